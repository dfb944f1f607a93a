"""The wire's words for a Run: its id, its state, its times."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from quintant.errors import NotFound
from quintant.wire.facade import Run
from quintant.wire.times import iso

PREFIX = "sim_"
STATUS = {
    "queued": "running",
    "starting": "running",
    "running": "running",
    "paused": "paused",
    "completed": "completed",
    "failed": "error",
    "cancelled": "stopped",
}
FINAL = ("completed", "error", "stopped")


def simulation_id(run: Run) -> str:
    return PREFIX + run.id


def run_id(simulation: str) -> str:
    """The Run of a simulation id. NotFound when it is shaped like none."""
    if not simulation.startswith(PREFIX):
        raise NotFound("simulation", simulation[:80])
    return simulation[len(PREFIX) :]


def status(run: Run) -> str:
    """A Run that was asked to pause is paused for its client from then on, and running again when asked to resume."""
    word = STATUS[str(run.state)]
    if word == "running" and run.want == "pause":
        return "paused"
    return "running" if word == "paused" and run.want == "run" else word


def is_final(run: Run) -> bool:
    return status(run) in FINAL


def now() -> str:
    return iso(datetime.now(UTC).timestamp())


def numbers(run: Run) -> dict[str, Any]:
    """The counters of a simulation as the last progress told them."""
    counters = run.values
    days = int(counters.get("days", run.config["duration_days"]))
    day = int(counters.get("day", 0))
    return {
        "current_day": day,
        "total_days": days,
        "progress_percentage": round(100.0 * min(day / days, 1.0), 1),
        "active_personas": len(run.config["personas"]),
        "events_processed": int(counters.get("events", 0)),
        "assessments_completed": int(counters.get("assessments", 0)),
    }
