"""The lifecycle of a Run: one table. Everything that changes a state asks this page first.

queued –claim→ starting –begin→ running ⇄ paused;  running –finish→ completed;  queued –reuse→ completed
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from quintant.errors import ConfigError, Problem


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

    @classmethod
    def read(cls, names: str | Iterable[str], path: str = "state") -> list[State]:
        """States from their words, with commas or in a list; ConfigError for a word that is none."""
        parts = names.split(",") if isinstance(names, str) else [str(word) for word in names]
        known = [str(state) for state in cls]
        states = []
        for word in filter(None, map(str.strip, parts)):
            if word.lower() not in known:
                from quintant.config import suggest

                message = f"must be one of {', '.join(known)}; got '{word}'."
                raise ConfigError(Problem(path, message, word, known, suggest(word, known)))
            states.append(cls(word.lower()))
        return states

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


TRANSITIONS: dict[str, Transition] = {
    move.verb: move
    for move in (
        Transition("claim", frozenset({State.QUEUED}), State.STARTING, "a Worker takes the Run; attempt + 1"),
        Transition("reuse", frozenset({State.QUEUED}), State.COMPLETED, "an identical Run has this result already"),
        Transition("begin", frozenset({State.STARTING}), State.RUNNING, "the engine is ready"),
        Transition("pause", frozenset({State.RUNNING}), State.PAUSED, "asked for, taken at a step boundary"),
        Transition("resume", frozenset({State.PAUSED}), State.RUNNING, "asked for"),
        Transition("finish", frozenset({State.RUNNING}), State.COMPLETED, "result and artifacts are stored"),
        Transition("fail", LIVE, State.FAILED, "the engine or its input gave up"),
        Transition(
            "lose", LIVE, State.FAILED,
            "the Worker was lost for good: no checkpoint and no retry is left, or the same signal came twice",
        ),
        Transition(
            "requeue", LIVE, State.QUEUED,
            "the Worker or its zygote was lost: it goes on from a checkpoint, or starts again, at most `retries` times",
        ),
        Transition("cancel", LIVE | {State.QUEUED}, State.CANCELLED, "asked for"),
    )
}  # fmt: skip


def diagram() -> str:
    """The table as a Mermaid state diagram; ARCHITECTURE.md holds this text, and a test compares them."""
    lines = ["stateDiagram-v2", "    [*] --> queued"]
    for move in TRANSITIONS.values():
        lines += [f"    {source} --> {move.target}: {move.verb}" for source in State if source in move.sources]
    return "\n".join([*lines, *(f"    {state} --> [*]" for state in State if state.final)])
