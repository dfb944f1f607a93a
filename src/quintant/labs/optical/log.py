"""One readable line of the run log per event of the engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quintant.lab import Event

TITLES = {
    "load_start": "Load {load_erlang:g} Erlang begins",
    "warmup_end": "Warm-up of {requests} requests ends, measuring begins",
    "round_end": "Round {round} ends",
    "not_converged": "Not converged: {why}",
    "load_end": "Load {load_erlang:g} Erlang ends",
    "config": "Replay of {total_erlangs} loads, up to {total_iterations} iterations each",
    "departure": "Not as in FUSION ({about}): {says}",
    "not_exact": "Not exact ({about}): {says}",
    "kept": "As in FUSION ({about}): {says}",
    "erlang_start": "Load {erlang:g} Erlang begins",
    "iteration": "Load {erlang:g} Erlang, iteration {iteration} of at most {total_iterations}",
    "erlang_complete": "Load {erlang:g} Erlang ends",
}
HIDDEN = {
    "about",
    "says",
    "index",
    "total",
    "load_erlang",
    "why",
    "mode",
    "erlang",
    "erlang_index",
    "erlang_start",
    "erlang_stop",
    "erlang_step",
    "total_erlangs",
    "iteration",
    "total_iterations",
}
"""Said in the title, or known from the config."""


def event_line(event: Event) -> str | None:
    """The line of `event`; None for what the platform words itself."""
    title = TITLES.get(event.kind)
    if title is None:
        return None
    hidden = HIDDEN | ({"requests"} if event.kind == "warmup_end" else set()) | ({"round"} if "{round}" in title else set())
    values = {**event.payload, **event.payload.get("metrics", {})}
    facts = [text for name, value in values.items() if name not in hidden and (text := _fact(name, value))]
    return title.format(**event.payload) + (f": {', '.join(facts)}" if facts else "")


def _fact(name: str, value: Any) -> str | None:
    words = name.replace("_", " ")
    if value is None or isinstance(value, Mapping | list | tuple):
        return None
    if isinstance(value, bool):
        return words if value else f"not {words}"
    return f"{words} {value:.4g}" if isinstance(value, float) else f"{words} {value}"
