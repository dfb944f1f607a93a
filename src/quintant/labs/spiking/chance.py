"""Chance: whether anything in a config is drawn from the Run's root seed."""

from __future__ import annotations

from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.parts import Weights


def seedless(config: SpikingConfig) -> str | None:
    """Why the root seed does not matter to `config`, or None when something is drawn from it.

    Own populations and connections may draw in many ways and count as drawn.
    """
    if _heterogeneity(config) or _input(config) or _weights(config):
        return None
    if any(seed is not None for seed in (config.legacy_seed_config, config.legacy_seed_inputs, config.legacy_seed_weights)):
        return "what is drawn comes from the contract's own seeds (legacy_seed_…), which are part of the config."
    return "nothing is drawn: no noise, no spread of the neurons, and one weight per block."


def _heterogeneity(config: SpikingConfig) -> bool:
    spreads = (config.g_leak_spread, config.capacitance_spread, config.v_th_spread_mv, config.t_ref_spread_ms)
    return config.populations is not None or (config.legacy_seed_config is None and max(spreads) > 0)


def _input(config: SpikingConfig) -> bool:
    if config.legacy_seed_inputs is not None:
        return False
    noise = [config.noise_std if own is None else own for own in (config.noise_std_e, config.noise_std_i)]
    return config.input_type == "external_spike_train" or max(noise) > 0


def _weights(config: SpikingConfig) -> bool:
    if config.connections is not None:
        return True
    blocks = (config.weights_ee, config.weights_ei, config.weights_ie, config.weights_ii)
    return config.legacy_seed_weights is None and any(not isinstance(block, Weights) or block.std > 0 for block in blocks)
