"""One line of a run's progress, as the stream and progress.jsonl tell it."""

from __future__ import annotations

from collections.abc import Mapping

from quintant.json_value import Json
from quintant.labs.optical.contract.status import whole
from quintant.wire.times import iso

TOLD = ("config", "erlang_start", "iteration", "erlang_complete")
"""The engine's events that the wire shows; of the platform's it shows the end."""


def progress_line(
    kind: str, payload: Mapping[str, Json], at: float | None, seconds: float | None = None
) -> dict[str, Json] | None:
    """The event with its type first and its time last; None for events that the wire does not tell.

    `at`: seconds since 1970 UTC, left out where it is not known. `seconds`: how long a completed run took.
    """
    stamp = {} if at is None else {"ts": iso(at, 6)}
    if kind in TOLD:
        return {
            "type": kind,
            **{name: whole(value) if name.startswith("erlang") else value for name, value in payload.items()},
            **stamp,
        }
    if kind != "state":
        return None
    match payload.get("to"):
        case "completed":
            return {"type": "complete", "exit_code": 0, "summary": {"total_time_seconds": seconds}, **stamp}
        case "failed":
            return {"type": "error", "message": payload.get("reason"), **stamp}
    return None
