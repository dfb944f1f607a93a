"""Presets with their expected results."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from quintant.server.native.shapes.base import Shape, example

PRESET_EXAMPLE = {
    "name": "fair",
    "title": "A fair coin",
    "says": "Five steps of a hundred tosses.",
    "config": {"bias": 0.5, "steps": 5},
    "seeds": 10,
    "expected": [
        {"metric": "heads_share", "value": 0.5, "plus_minus": 0.02, "source": "the law of large numbers", "within_sd": 2.0}
    ],
    "follows": {},
}


class ExpectedShape(Shape):
    metric: str
    value: float
    plus_minus: float
    source: str
    within_sd: float | None = None
    origin: str = "published"


class PresetShape(Shape):
    model_config = example(PRESET_EXAMPLE, extra="forbid")

    name: str
    title: str
    says: str
    config: dict[str, Any] = Field(description="What differs from the lab's defaults.")
    seeds: int
    expected: list[ExpectedShape] = Field(description="Numbers to hold a result against.")
    follows: dict[str, str] = Field(description="Path -> key: what stands there changes with the key, unless it is given.")


class PresetList(Shape):
    model_config = example({"presets": [PRESET_EXAMPLE]}, extra="forbid")

    presets: list[PresetShape]
