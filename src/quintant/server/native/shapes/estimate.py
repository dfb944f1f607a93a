"""A number over replicates, with its interval."""

from __future__ import annotations

from pydantic import Field

from quintant.server.native.shapes.base import Shape


class EstimateShape(Shape):
    mean: float | None
    low: float | None
    high: float | None
    n: int = Field(description="How many Runs stand behind it.")
    method: str
    upper_limit: bool = Field(description="No event was seen; `high` is the most that fits the data.")
    values: list[float]
    confidence: float


ESTIMATE_EXAMPLE = {
    "mean": 0.502,
    "low": 0.0301,
    "high": 0.0313,
    "n": 3,
    "method": "95 % Student t on the log scale (delta method), n = 3",
    "upper_limit": False,
    "values": [0.0305, 0.502, 0.0309],
    "confidence": 0.95,
}
