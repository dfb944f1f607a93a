"""Figures as they are described."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from quintant.server.native.shapes.base import SWEEP_ID, Shape, example

FIGURE_EXAMPLE = {
    "name": "heads",
    "title": "Heads against bias",
    "says": "Share of heads, with intervals over seeds.",
    "of": "sweep",
    "hero": True,
    "links": {"svg": f"/api/v2/sweeps/{SWEEP_ID}/figures/heads.svg"},
}


class FigureShape(Shape):
    model_config = example(FIGURE_EXAMPLE, extra="forbid")

    name: str
    title: str
    says: str
    of: Literal["run", "sweep"]
    hero: bool
    links: dict[str, str] = Field({}, description="By format; empty where the figure is only described.")
    drawable: bool | None = Field(default=None, description="Whether it can be drawn now; null: not asked (`drawable=true`).")
    reason: str | None = Field(default=None, description="Why it cannot.")
    finding: str | None = Field(default=None, description="What it says in one sentence.")


class FigureList(Shape):
    model_config = example({"figures": [FIGURE_EXAMPLE]}, extra="forbid")

    figures: list[FigureShape]
    live: bool = Field(default=False, description="Their Runs have not all ended: they will change.")
