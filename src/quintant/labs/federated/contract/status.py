"""The status words of the contract, and the status object made of a Run's own state.

The state is the Run's, told by whoever executes it; nothing is guessed from files that happen to lie in a folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from quintant.labs.federated.contract.facade import Run, Runs

WORDS: Mapping[str, str] = {
    "queued": "queued",
    "starting": "queued",
    "running": "running",
    "paused": "running",
    "completed": "completed",
    "failed": "failed",
    "cancelled": "stopped",
}
"""State of the lifecycle -> the contract's status. `pending` (a directory without a status) never happens here."""

COUNTED = ("queued", "pending", "running", "completed", "failed", "stopped")
FINAL = frozenset({"completed", "failed", "stopped"})
LONGEST_ERROR_BYTES = 100 * 1024


def is_final(run: Run) -> bool:
    return WORDS[str(run.state)] in FINAL


def word(run: Run, failures: Mapping[int, str]) -> str:
    """The status of a Run. `completed` means that every strategy finished; `failures` holds those that did not."""
    found = WORDS[str(run.state)]
    return "failed" if found == "completed" and failures else found


def strategies_of(run: Run) -> int:
    return len(run.config.get("strategies") or ()) or 1


def of(run: Run, failures: Mapping[int, str], runs: Runs) -> dict[str, Any]:
    """The whole status object. `progress` is (current_strategy + current_round / total_rounds) / total_strategies."""
    found = word(run, failures)
    told, total = run.values, strategies_of(run)
    done = str(run.state) == "completed"
    rounds = int(told.get("total_rounds", _rounds(run)))
    current = total - 1 if done else int(told.get("current_strategy", 0))
    ended = {} if run.ended_at is None else {f"{found}_at": iso(run.ended_at)}
    return {
        "status": found,
        "progress": 1.0 if done else round(run.fraction, 6),
        "current_round": int(told.get("current_round", 0)),
        "total_rounds": rounds,
        "current_strategy": current,
        "total_strategies": total,
        "error": _error(run, found, failures, runs),
        "origin": "api",
        "created_at": iso(run.created_at),
        "started_at": iso(run.started_at),
        **ended,
    }


def iso(seconds: float | None) -> str | None:
    """ISO 8601 in UTC with a Z: 2024-01-15T10:00:00.123456Z."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _rounds(run: Run) -> int:
    """The rounds of the first strategy, before a Run has begun to tell."""
    own: Mapping[str, Any] = (run.config.get("strategies") or ({},))[0]
    return int(own.get("num_of_rounds", run.config["num_of_rounds"]))


def _error(run: Run, found: str, failures: Mapping[int, str], runs: Runs) -> str | None:
    """Why it failed: the reason, then the run's log from its start."""
    if found != "failed":
        return None
    reason = run.reason or "The run failed."
    if failures:
        told = "; ".join(f"strategy {number}: {why}" for number, why in failures.items())
        reason = f"{len(failures)} of {strategies_of(run)} strategies failed: {told}. What the others left is kept."
    text = runs.log(run.id, 0, LONGEST_ERROR_BYTES).data.decode("utf-8", "replace")
    return f"{reason}\n\n{text}" if text else reason
