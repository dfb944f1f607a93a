"""Cells: what maps of coloured rectangles are made of: places, sides with a name for each cell, ramps and their legends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from quintant.figure.theme import Theme


def cell(x: float, y: float, width: float = 1, height: float = 1) -> dict[str, float]:
    """The corners of a rectangle, for `plane.on(rows, ("x", "x2"), ("y", "y2"))`."""
    return {"x": x, "x2": x + width, "y": y, "y2": y + height}


def named_axis(names: Sequence[object], title: str | None, step: int = 1, **more: Any) -> alt.Axis:
    """An axis with a name at the middle of each cell from 0 on, or of each `step`-th; no ticks between them."""
    words = ",".join("'" + str(name).replace("'", "\\'") + "'" for name in names)
    middles = [place + 0.5 for place in range(0, len(names), step)]
    label = {"values": middles, "labelExpr": f"[{words}][floor(datum.value)]"}
    return alt.Axis(**{"title": title, **label, "grid": False, "ticks": False, "domain": False, **more})


def numbered_axis(count: int, title: str | None, step: int = 1, **more: Any) -> alt.Axis:
    """The same for `count` cells that go by their number."""
    middles = [place + 0.5 for place in range(0, count, step)]
    label = {"values": middles, "labelExpr": "format(floor(datum.value), 'd')"}
    return alt.Axis(title=title, **label, grid=False, ticks=False, domain=False, **more)


def diverging(limit: float, theme: Theme, **more: Any) -> alt.Scale:
    """From blue through nothing to vermillion, as far below 0 as above."""
    return alt.Scale(domain=[-limit, 0, limit], range=list(theme.diverging), interpolate="rgb", **more)


def gradient(title: str | None, length: float, thickness: float = 9, **more: Any) -> alt.Legend:
    """A ramp's legend at the right, upright, `length` px long."""
    place = {"orient": "right", "direction": "vertical", "gradientLength": length, "gradientThickness": thickness}
    return alt.Legend(title=title, **place, **more)
