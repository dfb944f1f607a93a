"""The spiking engine: spikes from equations, one compiled loop over steps.

layout      who is in the network, and every neuron's parameters      mersenne   the contract's random numbers, compiled
weights     synapses drawn, in three forms                             pool       the forms in flat arrays for the loop
drive       the external input, a few rows at a time                   scalars    what all neurons share
loop        one step: arrivals, decay, membrane, threshold, spikes     models/    the eight neuron models and their methods
simulation  the state of a Run                                         spiking    the Engine: steps, events, the Result
silence     why a network stays silent: mean drive against rheobase    rheobase   in closed form, where there is one
tables      the tables of a Result
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quintant.labs.spiking.config import SpikingConfig
    from quintant.labs.spiking.engine.spiking import SpikingEngine

__all__ = ["SpikingEngine", "warm"]


def __getattr__(name: str) -> object:
    if name == "SpikingEngine":
        from quintant.labs.spiking.engine.spiking import SpikingEngine

        return SpikingEngine
    raise AttributeError(name)


def warm(only: SpikingConfig | None = None) -> None:
    """Load or compile everything that numba makes, and use once all that is measured, on a small network. For one config: in
    its precision and with its generator of random numbers, for each of which every kernel is another one."""
    from quintant.config import parse
    from quintant.lab import Streams
    from quintant.labs.spiking.config import SpikingConfig
    from quintant.labs.spiking.engine.spiking import PURPOSES, SpikingEngine

    small = {
        "n_e": 8, "n_i": 2, "t_ms": 300.0, "burn_in_ms": 50.0, "drive_e_start": 3.0, "drive_e_end": 3.0,
        "input_population": "all",
    }  # fmt: skip
    legacy = {f"legacy_seed_{stream}": 0 for stream in ("config", "inputs", "weights")}
    own_weights: dict[str, object] = {"weights_ee": {"mean": 0.02, "std": 0.01}}
    spike_train: dict[str, object] = {"input_type": "external_spike_train"}
    variants: list[dict[str, object]] = [
        {**legacy, "precision": "single"}, {**legacy, "precision": "single", **own_weights}, {**legacy, **own_weights},
        {**legacy, "precision": "single", "input_population": "e"}, {"input_population": "e"},
        {}, {"noise": "ou", **own_weights}, spike_train,
    ]  # fmt: skip
    if only is not None:
        old = only.legacy_seed_config is not None
        alike = [more for more in variants if ("legacy_seed_config" in more) == old]
        variants = [more for more in alike if more.get("precision", "double") == only.precision] or alike
    for more in variants:
        config = parse(SpikingConfig, {**small, **more})
        engine = SpikingEngine()
        step = engine.step(engine.init(config, Streams.derive(0, PURPOSES)), ())
        while not step.done:
            step = engine.step(step.state, ())
        engine.result(step.state)
