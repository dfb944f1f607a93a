"""The lifecycle of a Run: one table. Everything that changes a state asks this page first.

queued –claim→ starting –begin→ running ⇄ paused;  running –finish→ completed
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        return self in FINAL

    @property
    def live(self) -> bool:
        """A Worker holds it."""
        return self in LIVE


FINAL = frozenset({State.COMPLETED, State.FAILED, State.CANCELLED})
LIVE = frozenset({State.STARTING, State.RUNNING, State.PAUSED})


@dataclass(frozen=True)
class Transition:
    verb: str
    sources: frozenset[State]
    target: State
    says: str


def _row(verb: str, sources: tuple[State, ...], target: State, says: str) -> tuple[str, Transition]:
    return verb, Transition(verb, frozenset(sources), target, says)


TRANSITIONS: dict[str, Transition] = dict(
    (
        _row("claim", (State.QUEUED,), State.STARTING, "a Worker takes the Run; attempt + 1"),
        _row("begin", (State.STARTING,), State.RUNNING, "the engine is ready"),
        _row("pause", (State.RUNNING,), State.PAUSED, "asked for, taken at a step boundary"),
        _row("resume", (State.PAUSED,), State.RUNNING, "asked for"),
        _row("finish", (State.RUNNING,), State.COMPLETED, "result and artifacts are stored"),
        _row("fail", (State.STARTING, State.RUNNING, State.PAUSED), State.FAILED, "the engine or its input gave up"),
        _row(
            "lose",
            (State.STARTING, State.RUNNING, State.PAUSED),
            State.FAILED,
            "the Worker was lost; the reason says how",
        ),
        _row(
            "requeue",
            (State.STARTING, State.RUNNING, State.PAUSED),
            State.QUEUED,
            "the Worker was lost before it began, or the lab left a checkpoint",
        ),
        _row("cancel", (State.QUEUED, State.STARTING, State.RUNNING, State.PAUSED), State.CANCELLED, "asked for"),
    )
)


def diagram() -> str:
    """The table as a Mermaid state diagram; ARCHITECTURE.md holds this text, and a test compares them."""
    lines = ["stateDiagram-v2", "    [*] --> queued"]
    for move in TRANSITIONS.values():
        lines += [f"    {source} --> {move.target}: {move.verb}" for source in State if source in move.sources]
    return "\n".join([*lines, *(f"    {state} --> [*]" for state in State if state.final)])
