"""Loss: what becomes of a Run whose Worker is gone without an end.

    asked to stop                                  cancel
    lost before it began                           requeue, MOST_STARTS attempts in all
    with a checkpoint                              requeue: it goes on there
    without one                                    requeue: it starts again from the beginning, `Run.retries` times
    killed by the same signal at the same step     lose: it would be killed there again
    otherwise                                      lose

Nothing that was told is told again, and what came from outside is taken from the Run's own log (`Driver`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quintant.runs.lifecycle import State
from quintant.runs.run import Run

MOST_STARTS = 5
"""Attempts of a Run that goes on from checkpoints, or never begins."""
MOST_RETRIES = 10
"""What one may ask for."""


@dataclass(frozen=True)
class Loss:
    """How a Worker was lost. `signal`: by which signal its process was killed, where that is known; `step`: the one that it
    was at, -1 where it had not begun one."""

    story: str
    signal: str | None = None
    step: int = -1

    @property
    def noted(self) -> dict[str, Any]:
        """What the Run's log keeps of it."""
        return {"lost": {"story": self.story, "signal": self.signal, "step": self.step}}


def verdict(run: Run, loss: Loss, earlier: Sequence[Mapping[str, Any]], *, checkpoint: bool) -> tuple[str, str]:
    """(verb of the lifecycle, reason). `earlier`: what was noted of the Run's earlier losses, in order."""
    if run.want == "cancel":
        return "cancel", "cancelled on request"
    again = any((death["signal"], death["step"]) == (loss.signal, loss.step) for death in earlier)
    if loss.signal is not None and loss.step >= 0 and again:
        return "lose", f"The run was lost: {loss.story}, the second time at step {loss.step}."
    if run.state is State.STARTING or checkpoint:
        if run.attempt < MOST_STARTS:
            where = "tried again" if run.state is State.STARTING else "goes on from its checkpoint"
            return "requeue", f"{where}: {loss.story}"
    elif len(earlier) < run.retries:
        return "requeue", f"starts again from the beginning ({len(earlier) + 1} of {run.retries} retries): {loss.story}"
    times = f" {run.attempt} times, the last time" if run.attempt > 1 else ""
    return "lose", f"The run was lost{times}: {loss.story}."
