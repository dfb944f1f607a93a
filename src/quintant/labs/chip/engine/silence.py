"""Why a network stayed silent, in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quintant.labs.chip.engine.simulation import Simulation


def why_silent(state: Simulation) -> str:
    config = state.config
    samples = config.samples or ()
    stimuli = [*config.stimuli, *(stimulus for sample in samples for stimulus in sample.stimuli)]
    strongest = max(stimuli, key=lambda stimulus: stimulus.current, default=None)
    if strongest is None or strongest.current <= 0:
        return "no stimulus brings a positive current, and no neuron fires by itself"
    population = state.places[strongest.population].population
    current = f"the strongest current, {strongest.current} into {population.label},"
    if population.model == "linear" and strongest.current <= population.leak:
        return f"{current} does not exceed its leak of {population.leak}"
    return f"{current} did not bring a neuron to its threshold of {population.threshold}"
