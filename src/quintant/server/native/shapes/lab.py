"""Labs: a row of the list, one in full."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from quintant.server.native.shapes.base import Shape, example
from quintant.server.native.shapes.figure import FIGURE_EXAMPLE, FigureShape
from quintant.server.native.shapes.preset import PRESET_EXAMPLE, PresetShape

HEADLINE_OF_LAB_EXAMPLE = {
    "metric": "heads_share",
    "label": "heads_share",
    "unit": "1",
    "scale": "log",
    "summarised": "final",
}


LAB_EXAMPLE = {
    "name": "coin",
    "title": "A biased coin",
    "tag": "CO",
    "says": "Tosses a biased coin and counts heads.",
    "version": "1",
    "state": "ready",
    "reason": None,
    "extra": None,
    "headline": HEADLINE_OF_LAB_EXAMPLE,
    "presets": ["fair"],
    "default_preset": "fair",
}


class HeadlineOfLab(Shape):
    metric: str
    label: str
    unit: str
    scale: Literal["linear", "log"]
    summarised: str
    course: str | None = Field(None, description="The value of progress that the course of a Run is drawn of.")


class LabRow(Shape):
    model_config = example(LAB_EXAMPLE, extra="forbid")

    name: str
    title: str | None = Field(description="None when the lab cannot be loaded.")
    tag: str | None
    says: str | None
    version: str | None
    state: Literal["ready", "being installed", "not installed", "broken"]
    reason: str | None = Field(description="Why it is not ready, with the command that helps where there is one.")
    extra: str | None = Field(description='What `pip install "quintant[extra]"` adds.')
    headline: HeadlineOfLab | None
    presets: list[str]
    default_preset: str | None


class LabList(Shape):
    model_config = example({"labs": [LAB_EXAMPLE]}, extra="forbid")

    labs: list[LabRow]


class PreviewShape(Shape):
    name: str
    title: str
    says: str
    chooses: bool = Field(description="Something may be chosen in it.")


class LabDetail(Shape):
    model_config = example(
        {
            **LAB_EXAMPLE,
            "presets": [PRESET_EXAMPLE],
            "figures": [{**FIGURE_EXAMPLE, "links": {}}],
            "exact": "platform",
            "purposes": ["arrivals", "holding", "pairs", "demands"],
            "cite": "",
        },
        extra="forbid",
    )

    name: str
    title: str
    tag: str
    says: str
    version: str
    state: Literal["ready", "being installed", "not installed"]
    reason: str | None
    extra: str | None
    headline: HeadlineOfLab
    presets: list[PresetShape]
    default_preset: str
    figures: list[FigureShape]
    previews: list[PreviewShape] = Field(default=[], description="What is drawn of a config before it has run.")
    exact: Literal["anywhere", "platform"] = Field(description="Where the same seed promises the same result.")
    purposes: list[str] = Field(description="The named random streams that a root seed gives.")
    cite: str


class JsonSchema(BaseModel):
    """A JSON Schema 2020-12 of the lab's config: each key with unit, bounds, default, its source and one sentence."""

    model_config = example(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {
                "bias": {
                    "type": "number",
                    "minimum": 0,
                    "maximum": 1,
                    "default": 0.5,
                    "description": "Probability of heads.",
                    "group": "Coin",
                    "essential": True,
                    "x-order": 0,
                }
            },
        },
        extra="allow",
    )
