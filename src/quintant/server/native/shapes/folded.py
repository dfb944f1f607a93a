"""Replicates as one row."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from quintant.runs.lifecycle import State
from quintant.server.native.shapes.base import RUN_ID, SWEEP_ID, T0, Shape, example
from quintant.server.native.shapes.estimate import ESTIMATE_EXAMPLE, EstimateShape

FOLDED_EXAMPLE = {
    "sweep_id": SWEEP_ID,
    "point": {"bias": 0.5},
    "lab": "coin",
    "name": "fair",
    "created_at": T0,
    "fraction": 1.0,
    "state": "completed",
    "states": {"completed": 3},
    "runs": [RUN_ID, "8a3a9c0d1e2b", "9b3a9c0d1e2b"],
    "metric": "heads_share",
    "unit": "1",
    "headline": ESTIMATE_EXAMPLE,
}


class FoldedRow(Shape):
    """Runs that differ in their seed only, as one row."""

    model_config = example(FOLDED_EXAMPLE, extra="forbid")

    sweep_id: str | None = Field(description="None for a Run of its own.")
    point: dict[str, Any]
    lab: str
    name: str
    created_at: str
    fraction: float
    state: State = Field(description="The state of all, or of the one that is furthest from its end.")
    states: dict[str, int]
    runs: list[str]
    metric: str | None
    unit: str | None
    headline: EstimateShape


class FoldedPage(Shape):
    model_config = example({"rows": [FOLDED_EXAMPLE], "total": 1, "limit": 50, "offset": 0}, extra="forbid")

    rows: list[FoldedRow]
    total: int
    limit: int
    offset: int
