"""The five status words, the run as the wire shows it, and times as the wire writes them."""

from __future__ import annotations

from collections.abc import Mapping

from quintant.config import suggest
from quintant.errors import ConfigError, NotFound, Problem
from quintant.json_value import Json
from quintant.labs.optical.contract.name import LAB
from quintant.wire.facade import Run, Runs
from quintant.wire.times import iso

WORDS: Mapping[str, str] = {
    "queued": "PENDING",
    "starting": "PENDING",
    "running": "RUNNING",
    "paused": "RUNNING",
    "completed": "COMPLETED",
    "failed": "FAILED",
    "cancelled": "CANCELLED",
}
"""State of the lifecycle -> the contract's status."""

STATUSES = tuple(dict.fromkeys(WORDS.values()))
FINAL = frozenset({"COMPLETED", "FAILED", "CANCELLED"})


def word(run: Run) -> str:
    return WORDS[str(run.state)]


def is_final(run: Run) -> bool:
    return word(run) in FINAL


def states(text: str | None) -> frozenset[str] | None:
    """The states that a comma-separated list of statuses asks for, any case; None for all."""
    if text is None or not text.strip():
        return None
    wanted = [part.strip().upper() for part in text.split(",") if part.strip()]
    bad = [part for part in wanted if part not in STATUSES]
    if bad:
        raise ConfigError(
            [
                Problem(
                    "status",
                    f"must be one of {', '.join(STATUSES)}, or several with commas between; got {part!r}.",
                    part,
                    list(STATUSES),
                    suggest(part, STATUSES),
                )
                for part in bad
            ]
        )
    return frozenset(state for state, status in WORDS.items() if status in wanted)


def own(runs: Runs, run_id: str) -> Run:
    """The Run if it came through this contract; to this door others do not exist."""
    run = runs.get(run_id)
    if run.contract != LAB:
        raise NotFound("Run", run_id)
    return run


def item(run: Run) -> dict[str, Json]:
    """A run as the list shows it."""
    request = run.request or {}
    status = word(run)
    return {
        "id": run.id,
        "name": request.get("name") or f"Run {run.id[:6]}",
        "status": status,
        "template": request.get("template"),
        "created_at": iso(run.created_at),
        "started_at": iso(run.started_at),
        "completed_at": iso(run.ended_at),
        "error_message": run.reason if status == "FAILED" else None,
        "progress": progress(run),
    }


def record(run: Run) -> dict[str, Json]:
    """The whole run: the list's item with its frozen configuration and what was warned about."""
    request = run.request or {}
    return {**item(run), "config": request.get("merged", {}), "warnings": request.get("warnings", [])}


def progress(run: Run) -> dict[str, Json] | None:
    """Where the run is, or was when it ended; None before it began to tell."""
    values = run.values
    if "current_erlang" not in values:
        return None
    return {
        "current_erlang": whole(values["current_erlang"]),
        "total_erlangs": values["total_erlangs"],
        "current_iteration": values["current_iteration"],
        "total_iterations": values["total_iterations"],
        "percent_complete": round(values.get("percent_complete", 100 * run.fraction), 2),
        "latest_metrics": values.get("latest_metrics") or {},
    }


def whole(number: Json) -> Json:
    """50 for 50.0, as the contract writes loads."""
    return int(number) if isinstance(number, float) and number.is_integer() else number
