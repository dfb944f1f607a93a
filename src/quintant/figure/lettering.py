"""Lettering: the styles of text within a figure, and the few texts that stand at the same place in all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from quintant.figure.plane import Layers, Row, plot
from quintant.figure.theme import Theme


def bold(colour: str, size: float = 11) -> dict[str, Any]:
    """The name of a line, a block or a point, in its colour."""
    return {"fontSize": size, "fontWeight": "bold", "color": colour}


def small(colour: str, size: float = 10) -> dict[str, Any]:
    """A remark: what a reference line or a hatched part is."""
    return {"fontSize": size, "color": colour}


def haloed(chart: alt.Chart, colour: str, theme: Theme, **style: Any) -> Layers:
    """A text on an edge of the surface's colour, readable over lines."""
    halo = chart.mark_text(**style, color=theme.surface, stroke=theme.surface, strokeWidth=3.5, strokeJoin="round")
    return [halo, chart.mark_text(**style, color=colour)]


def alone(theme: Theme, y: float = 6) -> alt.Chart:
    """ "n = 1" in amber in the upper right corner: no replicate stands behind what is drawn."""
    return corner("n = 1", y=y, **bold(theme.amber, 12))


def corner(text: str, inset: float = 6, y: float = 6, **style: Any) -> alt.Chart:
    """A text in the upper right corner, `inset` px from the right side and `y` from the top."""
    return plot({}).mark_text(text=text, align="right", baseline="top", x=alt.expr(f"width - {inset:g}"), y=y, **style)


def heading(text: str) -> dict[str, Any]:
    """The title of one panel of several, as a property; none where `text` is empty."""
    return {"title": alt.Title(text, fontSize=12, anchor="start", offset=4)} if text else {}


def apart(levels: list[float], gap: float = 13) -> list[float]:
    """`levels` [n] in px from the top, ascending, moved down as far as keeps names beside them `gap` px from each other."""
    moved: list[float] = []
    for level in levels:
        moved.append(max(level, moved[-1] + gap) if moved else level)
    return moved


LINE_PX = 16
"""From one line of a typeset list to the next."""


def typeset(rows: Sequence[Row], x: float | None = None) -> alt.Chart:
    """Words and marks of a list, in px throughout: rows at their line `y` (0 is the first) and at `x`, or each at its own."""
    placed = [{**row, "px": row["x"] if x is None else x, "py": LINE_PX * row["y"] + LINE_PX / 2} for row in rows]
    return plot(placed).encode(x=alt.X("px:Q", scale=None, axis=None), y=alt.Y("py:Q", scale=None, axis=None))
