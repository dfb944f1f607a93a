"""FeedEntry: what became of a Run, with its place among those of all Runs (`store/feed.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FeedEntry:
    """`kind`: created, state, annotated, deleted, restored."""

    cursor: int
    at: float
    run_id: str
    kind: str
    payload: Mapping[str, Any]
