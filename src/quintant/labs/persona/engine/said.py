"""Said: what one step tells, and what a task asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from quintant.lab import Ask, Event, Progress, Step
from quintant.labs.persona.engine.state import State
from quintant.labs.persona.results import batch

Question: TypeAlias = tuple[str, Mapping[str, Any]]
"""Kind and payload of an Ask."""


class Said:
    """What one step tells: events and rows of tables."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._rows: dict[str, list[dict[str, Any]]] = {}

    def rows(self, table: str) -> list[dict[str, Any]]:
        return self._rows.setdefault(table, [])

    def step(self, state: State, progress: Progress, *, done: bool = False, asks: Sequence[Ask] = ()) -> Step[State]:
        tables = {name: batch(name, rows) for name, rows in self._rows.items() if rows}
        return Step(state, done, progress, tuple(self.events), tables, asks)
