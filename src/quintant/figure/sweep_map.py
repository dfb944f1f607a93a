"""One quantity against two swept keys: a heat map, cells without a value hatched, cells that were not run left empty."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from quintant.figure.cells import cell, gradient, named_axis
from quintant.figure.hatch import hatch
from quintant.figure.plane import Layers, Plane, across, linear, upward
from quintant.figure.series import INK
from quintant.figure.swept import Axis, Swept, spoken
from quintant.figure.theme import Theme
from quintant.figure.tooltip import tip

MOST_PX, LEAST_PX, ROOM_PX = (76, 54), 26, (520, 360)
"""Width and height of a cell at most, both at least, and of all cells together."""


@dataclass(frozen=True)
class Cells:
    """`chart` without a caption; `values` of the cells that have one; `silent`: cells that were run and have none;
    `mixed`: cells where only some replicates have one."""

    chart: alt.LayerChart
    values: tuple[float, ...]
    silent: int
    mixed: int
    n: str


def cells(swept: Swept[Any], metric: str, title: str, theme: Theme, label: Callable[[float], str]) -> Cells:
    """The mean of `metric` over the replicates of each cell, written into it by `label`."""
    wide, tall = (
        max(LEAST_PX, min(most, room // len(axis.values)))
        for axis, most, room in zip(swept.axes, MOST_PX, ROOM_PX, strict=True)
    )
    rows: list[dict[str, Any]] = []
    lines: list[dict[str, float]] = []
    for point in swept.points:
        x, y = (axis.values.index(value) for axis, value in zip(swept.axes, point.at, strict=True))
        estimate = point.estimate(metric)
        if estimate.mean is None:
            lines += hatch((x, x + 1), (y, y + 1), lines=6, slope=wide / tall)
        else:
            words = {"label": label(estimate.mean), "n": estimate.n, "of": len(point.outcomes)}
            rows.append({**cell(x, y), "value": estimate.mean, **words})
    counts = sorted({len(point.outcomes) for point in swept.points})
    n = f"n = {counts[0]}" if len(counts) == 1 else f"n = {counts[0]}–{counts[-1]}"
    return Cells(
        _map(rows, lines, swept.axes, (wide, tall), title, theme),
        tuple(row["value"] for row in rows),
        len(swept.points) - len(rows),
        sum(row["n"] < row["of"] for row in rows),
        f"{n} {'run' if counts == [1] else 'seeds'} a cell",
    )


def _map(
    rows: list[dict[str, Any]],
    lines: list[dict[str, float]],
    axes: Sequence[Axis],
    px: tuple[int, int],
    title: str,
    theme: Theme,
) -> alt.LayerChart:
    sizes = [len(axis.values) for axis in axes]
    bottom, left = (named_axis([spoken(value) for value in axis.values], axis.label) for axis in axes)
    x, y = across(linear(0, sizes[0]), bottom), upward(linear(0, sizes[1]), left)
    plane = Plane(x, y, px[0] * sizes[0], px[1] * sizes[1])
    values = [row["value"] for row in rows]
    low, high = min(values, default=0.0), max(values, default=1.0)
    ramp = alt.Scale(domain=[low, high if high > low else low + 1], **dict(theme.fill_ramp))
    for row in rows:  # viridis is bright at its high end and dark at its low one, in both themes
        row["ink"] = "#1B1F24" if row["value"] > low + 0.55 * (high - low or 1) else "#FFFFFF"
    tiles = plane.on(rows, ("x", "x2"), ("y", "y2")).mark_rect(stroke=theme.surface, strokeWidth=1)
    colour = alt.Color("value:Q", scale=ramp, legend=gradient(title, 120, 10))
    layers: Layers = [
        plane.frame(),
        tiles.encode(color=colour, tooltip=[tip("value:Q", title, ".4g"), "n:Q", "of:Q"]),
    ]
    if lines:
        layers.append(plane.on(lines, ("x", "x2"), ("y", "y2")).mark_rule(color=theme.muted, strokeWidth=0.7))
    if px[0] >= 30:
        middles = [{**row, "x": row["x"] + 0.5, "y": row["y"] + 0.5} for row in rows]
        layers.append(plane.on(middles, "x", "y").mark_text(fontSize=11).encode(text="label:N", color=INK))
    return plane.layered(layers).resolve_scale(color="independent")
