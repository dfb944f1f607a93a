"""Control: one wish for many Runs, in a few statements, and what became of each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from quintant.runs.lifecycle import FINAL, State

if TYPE_CHECKING:
    from quintant.runs.run import Run

Wish = Literal["cancel", "pause", "resume"]
Action = Literal["cancel", "pause", "resume", "delete"]
ACTIONS: tuple[Action, ...] = get_args(Action)

MAY: dict[Action, tuple[State, ...]] = {
    "cancel": tuple(state for state in State if not state.final),
    "pause": (State.QUEUED, State.STARTING, State.RUNNING),
    "resume": (State.PAUSED,),
    "delete": tuple(FINAL),
}
"""The states in which a Run can be asked. One that is queued pauses as soon as it has begun."""
ONLY: dict[Action, str] = {
    "cancel": "only one that has not ended can be cancelled",
    "pause": "only one that has not ended and is not paused can be paused",
    "resume": "only a paused one can be resumed",
    "delete": "only one that has ended can be deleted; cancel it first",
}
WANT: dict[Wish, str] = {"cancel": "cancel", "pause": "pause", "resume": "run"}
"""What stands in the row for the Driver to read."""


@dataclass(frozen=True)
class Answered:
    """What became of one Run: whether it was `done` (asked, or deleted), its state after that (of a deleted one its last, None
    of one that is not there any more), and the reason where it was left out."""

    run: str
    state: State | None
    done: bool
    reason: str | None = None


def left_out(run_id: str, state: State | None, action: Action, want: str = "run") -> Answered:
    """Why a Run could not be asked."""
    if state is None:
        return Answered(run_id, None, False, f"Run {run_id} was deleted meanwhile.")
    if want == "cancel" and not state.final:
        return Answered(run_id, state, False, f"Run {run_id} is being cancelled.")
    return Answered(run_id, state, False, f"Run {run_id} is {state}; {ONLY[action]}.")


def census(answers: Sequence[Answered]) -> str:
    """Those that were left out, counted by their states: "3 completed, 1 failed"."""
    counts: dict[str, int] = {}
    for answer in answers:
        if not answer.done:
            word = str(answer.state or "deleted meanwhile")
            counts[word] = counts.get(word, 0) + 1
    return ", ".join(f"{n} {word}" for word, n in counts.items())


AGAIN: Mapping[str, tuple[State, ...]] = {"retry": (State.FAILED,), "resume": (State.CANCELLED,)}
"""The ends that `retry` and `resume` of a sweep have executed anew. What was completed is never run again."""


def replaced(run: Run, by: str) -> Answered:
    """A Run that is executed again as another one, in its place."""
    return Answered(
        by, State.QUEUED, True, f"in the place of {run.id}, which {'failed' if run.state is State.FAILED else 'was cancelled'}"
    )
