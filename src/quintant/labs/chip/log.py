"""One readable line of the run log per event of the engine."""

from __future__ import annotations

from quintant.lab import Event

TITLES = {
    "built": "Network of {neurons:,} neurons in {populations:,} populations with {synapses:,} synapses, {steps:,} steps",
    "simulated": "Simulated {steps:,} steps: {spikes:,} spikes",
    "no_spikes": "No spikes: {why}",
}


def log_line(event: Event) -> str | None:
    """The line of `event`; None for what the platform words itself."""
    title = TITLES.get(event.kind)
    return None if title is None else title.format(**event.payload)
