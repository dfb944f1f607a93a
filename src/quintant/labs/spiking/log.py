"""One readable line of the run log per event of the engine."""

from __future__ import annotations

from quintant.lab import Event

TITLES = {
    "built": "Network of {neurons_e} E and {neurons_i} I neurons with {synapses} synapses, {steps} steps",
    "simulated": "Simulated {t_ms:g} ms: {spikes} spikes ({spikes_e} E, {spikes_i} I)",
    "no_spikes": "No spikes: {why}",
    "ignored_keys": "Ignored, as the contract says: {paths}",
}


def log_line(event: Event) -> str | None:
    """The line of `event`; None for what the platform words itself."""
    title = TITLES.get(event.kind)
    return None if title is None else title.format(**event.payload)
