"""The five status words, the run as the wire shows it, and times as the wire writes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from quintant.config import suggest
from quintant.errors import ConfigError, Problem
from quintant.labs.optical.contract.facade import Run

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


def iso(seconds: float | None, *, micros: bool = False) -> str | None:
    """ISO 8601 in UTC with a Z: 2024-01-15T10:00:00Z."""
    if seconds is None:
        return None
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds" if micros else "seconds")
    return text.replace("+00:00", "Z")


def item(run: Run) -> dict[str, Any]:
    """A run as the list shows it."""
    asked = run.request or {}
    status = word(run)
    return {
        "id": run.id,
        "name": asked.get("name") or f"Run {run.id[:6]}",
        "status": status,
        "template": asked.get("template"),
        "created_at": iso(run.created_at),
        "started_at": iso(run.started_at),
        "completed_at": iso(run.ended_at),
        "error_message": run.reason if status == "FAILED" else None,
        "progress": progress(run),
    }


def record(run: Run) -> dict[str, Any]:
    """The whole run: the list's item with its frozen configuration and what was warned about."""
    asked = run.request or {}
    return {**item(run), "config": asked.get("merged", {}), "warnings": asked.get("warnings", [])}


def progress(run: Run) -> dict[str, Any] | None:
    """Where the run is, or was when it ended; None before it began to tell."""
    told = run.values
    if "current_erlang" not in told:
        return None
    return {
        "current_erlang": whole(told["current_erlang"]),
        "total_erlangs": told["total_erlangs"],
        "current_iteration": told["current_iteration"],
        "total_iterations": told["total_iterations"],
        "percent_complete": round(told.get("percent_complete", 100 * run.fraction), 2),
        "latest_metrics": told.get("latest_metrics") or {},
    }


def whole(number: Any) -> Any:
    """50 for 50.0, as the contract writes loads."""
    return int(number) if isinstance(number, float) and number.is_integer() else number
