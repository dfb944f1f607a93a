"""The status words of the contract, and the status object made of a Run's own state.

The state is the Run's, told by whoever executes it; nothing is guessed from files that happen to lie in a folder.
"""

from __future__ import annotations

from collections.abc import Mapping

from quintant.config import parse
from quintant.json_value import Json
from quintant.labs.federated.config import FederatedConfig
from quintant.labs.federated.rules import unmet_by
from quintant.wire.facade import Run, Runs
from quintant.wire.times import iso

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
    status = WORDS[str(run.state)]
    return "failed" if status == "completed" and failures else status


def strategies_of(run: Run) -> int:
    return len(run.config.get("strategies") or ()) or 1


def status_object(run: Run, failures: Mapping[int, str], runs: Runs) -> dict[str, Json]:
    """The whole status object. `progress` is (current_strategy + current_round / total_rounds) / total_strategies."""
    status = word(run, failures)
    values, total = run.values, strategies_of(run)
    done = str(run.state) == "completed"
    rounds = int(values.get("total_rounds", _rounds(run)))
    current = total - 1 if done else int(values.get("current_strategy", 0))
    ended = {} if run.ended_at is None else {f"{status}_at": iso(run.ended_at, 6)}
    return {
        "status": status,
        "progress": 1.0 if done else round(run.fraction, 6),
        "current_round": int(values.get("current_round", 0)),
        "total_rounds": rounds,
        "current_strategy": current,
        "total_strategies": total,
        "error": _error(run, status, failures, runs),
        "origin": "api",
        "created_at": iso(run.created_at, 6),
        "started_at": iso(run.started_at, 6),
        **ended,
        **_undefended(run),
    }


def _undefended(run: Run) -> dict[str, Json]:
    """`undefended`: the strategies whose rule the config cannot meet, which average every round, each with the reason."""
    settings = [run.config, *(run.config.get("strategies") or ())]
    if all(keys.get("unmet_condition", "refuse") == "refuse" for keys in settings):
        return {}
    plans = parse(FederatedConfig, run.config).plans
    averaged = [
        f"strategy {number}: {plan.aggregation_strategy_keyword} cannot be applied ({why}); every round is averaged without a "
        "defence"
        for number, plan in enumerate(plans)
        if plan.unmet_condition == "average" and (why := unmet_by(plan)) is not None
    ]
    return {"undefended": averaged} if averaged else {}


def _rounds(run: Run) -> int:
    """The rounds of the first strategy, before a Run has begun to tell."""
    own: Mapping[str, Json] = (run.config.get("strategies") or ({},))[0]
    return int(own.get("num_of_rounds", run.config["num_of_rounds"]))


def _error(run: Run, status: str, failures: Mapping[int, str], runs: Runs) -> str | None:
    """Why it failed: the reason, then the run's log from its start."""
    if status != "failed":
        return None
    reason = run.reason or "The run failed."
    if failures:
        reasons = "; ".join(f"strategy {number}: {why}" for number, why in failures.items())
        reason = f"{len(failures)} of {strategies_of(run)} strategies failed: {reasons}. What the others left is kept."
    text = runs.log(run.id, 0, LONGEST_ERROR_BYTES).data.decode("utf-8", "replace")
    return f"{reason}\n\n{text}" if text else reason
