"""Chance: whether anything in a config is drawn from the Run's root seed."""

from __future__ import annotations

from typing import Any

DRAWN = ("random_sparse", "fixed_fan_in", "fixed_fan_out")


def seedless(config: Any) -> str | None:
    """Why the root seed does not matter to `config`, or None when something is drawn from it."""
    samples = config.samples or ()
    stimuli = [*config.stimuli, *(one for sample in samples for one in sample.stimuli)]
    if any(one.probability is not None for one in stimuli):
        return None
    drawn = [one for one in config.connections if one.topology in DRAWN and one.seed is None]
    if not drawn:
        return "nothing is drawn from it: every synapse and every input is given, or has a seed of its own."
    if config.network_seed is not None:
        return "the wiring comes from network_seed, which is part of the config, and no input is drawn."
    return None
