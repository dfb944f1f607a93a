"""POST /v1/jobs/estimate: what a job will take, before it is run.

How much a network fires nobody knows beforehand, so the estimate says what it assumes. Rates: this lab's compiled engine on one
core of 2026 (benchmarks/chip.py), rounded down.
"""

from __future__ import annotations

from quintant.json_value import JsonObject
from quintant.labs.chip.config import ChipConfig
from quintant.labs.chip.rules import synapses
from quintant.labs.chip.tiers import Tier

SPIKES_PER_NEURON_AND_STEP = 0.02
SYNAPSES_BUILT_PER_S = 20e6
NEURON_UPDATES_PER_S = 300e6
SYNAPTIC_EVENTS_PER_S = 100e6
PLASTIC_SHARE = {"off": 1.0, "stdp": 4.0, "three_factor": 6.0}
"""How much longer an event takes that is also learned from."""
LEAST_S = 0.002


def seconds(config: ChipConfig) -> float:
    """Compute seconds of a job, as they would be billed."""
    sizes = {population.label: population.size for population in config.populations}
    many = sum(synapses(connection, sizes) for connection in config.connections)
    steps = config.timesteps * (1 if config.samples is None else len(config.samples))
    events = many * steps * SPIKES_PER_NEURON_AND_STEP * PLASTIC_SHARE[config.plasticity]
    updates = sum(sizes.values()) * steps
    return LEAST_S + many / SYNAPSES_BUILT_PER_S + updates / NEURON_UPDATES_PER_S + events / SYNAPTIC_EVENTS_PER_S


def shape(config: ChipConfig, tier: Tier) -> JsonObject:
    compute_s = round(seconds(config), 6)
    return {
        "estimated_compute_seconds": compute_s,
        "estimated_cost_gbp": round(compute_s * tier.gbp_per_second, 9),
        "rate_per_second": tier.gbp_per_second,
        "assumes": f"each neuron fires in {100 * SPIKES_PER_NEURON_AND_STEP:g} % of the steps",
        "max_runtime_seconds": tier.max_runtime_s,
    }
