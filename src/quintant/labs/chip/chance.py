"""Chance: whether anything in a config is drawn from the Run's root seed."""

from __future__ import annotations

from typing import Any

DRAWN = ("random_sparse", "fixed_fan_in", "fixed_fan_out")


def seedless(config: Any) -> str | None:
    """Why the root seed does not matter to `config`, or None when something is drawn from it."""
    samples = config.samples or ()
    stimuli = [*config.stimuli, *(stimulus for sample in samples for stimulus in sample.stimuli)]
    if any(stimulus.probability is not None for stimulus in stimuli):
        return None
    drawn = [connection for connection in config.connections if connection.topology in DRAWN and connection.seed is None]
    if not drawn:
        return "nothing is drawn from it: every synapse and every input is given, or has a seed of its own."
    if config.network_seed is not None:
        return "the wiring comes from network_seed, which is part of the config, and no input is drawn."
    return None
