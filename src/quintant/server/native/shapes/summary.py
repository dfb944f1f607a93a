"""The points of a sweep, each over its replicates."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from quintant.server.native.shapes.base import RUN_ID, Shape, example
from quintant.server.native.shapes.estimate import ESTIMATE_EXAMPLE, EstimateShape
from quintant.server.native.shapes.sweep import SWEEP_EXAMPLE, SweepShape


class LookShape(Shape):
    n: int = Field(description="How many values were looked at, in the order of their seeds.")
    half_widths: dict[str, float | None] = Field(description="By metric; null: no interval yet.")
    levels: dict[str, float] = Field(description="By metric: the level of the t quantile, raised for skewed values.")
    met: bool


class VerdictShape(Shape):
    """What `until` says of a point."""

    converged: bool | None = Field(description="null: Runs of it have not ended, or more are needed.")
    reason: str | None
    looks: list[LookShape]


class PointShape(Shape):
    """One point of a Sweep: its replicates taken together, for every metric."""

    point: dict[str, Any]
    runs: list[str]
    states: dict[str, int]
    headline: EstimateShape
    metrics: dict[str, EstimateShape] = Field(description="Over the completed replicates; `n` says how many.")
    units: dict[str, str]
    missing: str | None = Field(description="Which replicates do not count yet, or never will.")
    until: VerdictShape | None = Field(description="Of a Sweep whose seeds are added until they are enough.")


class SweepSummary(Shape):
    model_config = example(
        {
            "sweep": SWEEP_EXAMPLE,
            "headline": "heads_share",
            "points": [
                {
                    "point": {"bias": 0.5},
                    "runs": [RUN_ID],
                    "states": {"completed": 3},
                    "headline": ESTIMATE_EXAMPLE,
                    "missing": None,
                    "metrics": {"heads_share": ESTIMATE_EXAMPLE},
                    "units": {"heads_share": "1"},
                    "until": None,
                }
            ],
        },
        extra="forbid",
    )

    sweep: SweepShape
    headline: str
    points: list[PointShape]
