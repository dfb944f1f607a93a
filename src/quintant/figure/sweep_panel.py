"""One quantity against one swept key: mean and interval at each point, both values of two seeds, names at the lines' ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from quintant.figure.axis import log_axis, near_ticks
from quintant.figure.lettering import apart, bold, small
from quintant.figure.plane import Layers, Plane, Row, Side, across, linear, upward
from quintant.figure.series import HUE, SHAPE
from quintant.figure.swept import Axis, Point, Swept
from quintant.figure.theme import Theme
from quintant.figure.tooltip import bounds, tip
from quintant.statistics import Scale

WIDTH, HEIGHT = 500, 130


@dataclass(frozen=True)
class Series:
    """A line: the metric it shows, the name at its end ("" without one), its colour and marker."""

    metric: str
    name: str
    colour: str
    shape: str = "circle"


def panel(
    swept: Swept[Any],
    title: str,
    series: Sequence[Series],
    theme: Theme,
    *,
    scale: Scale = "linear",
    last: bool = True,
    absent: str = "none",
    width: int = WIDTH,
    height: int = HEIGHT,
) -> alt.LayerChart:
    """`last`: the lowest of several panels carries the axis of x. `absent`: the word where no replicate has a value."""
    (axis,) = swept.axes
    rows = [_row(point, axis, line, scale) for line in series for point in swept.points]
    plane = Plane(_across(axis, last), _upward(rows, title, scale), width, height)
    drawn = [row for row in rows if row["mean"] is not None]
    places = plane.on([{"at": axis.place(point.at[0])} for point in swept.points])
    bars = plane.on([row for row in drawn if row["low"] is not None], "at", ("low", "high")).mark_rule(strokeWidth=1.4)
    means = plane.on(drawn, "at", "mean")
    lines = means.mark_line(strokeWidth=1.5).encode(y=plane.y("mean", True), color=HUE, detail="name:N")
    points = means.mark_point(filled=True, size=55, opacity=1, stroke=theme.surface, strokeWidth=0.8)
    tips = [tip("at:N", axis.path), tip("mean:Q", format=".4g"), *bounds(), "n:Q"]
    layers: Layers = [
        places.mark_point(opacity=0).encode(x=plane.x("at", True)),
        lines,
        bars.encode(color=HUE),
        points.encode(color=HUE, shape=SHAPE, tooltip=tips),
    ]
    pairs = [{**row, "value": value} for row in drawn if row["n"] == 2 for value in row["values"]]
    if pairs:
        both = plane.on(pairs, "at", "value").mark_point(filled=False, size=35, strokeWidth=1)
        layers.append(both.encode(color=HUE))
    layers += _names(drawn, plane)
    silent = [point for point in swept.points if all(point.mean(line.metric) is None for line in series)]
    if silent:
        words = plane.on([{"at": axis.place(point.at[0])} for point in silent], "at")
        layers.append(words.mark_text(text=absent, y=height - 8, fontStyle="italic", **small(theme.muted)))
    return plane.layered(layers)


def _across(axis: Axis, last: bool) -> Side:
    """Numbers where they lie; words side by side in their order."""
    ticks = {"values": list(axis.values)} if axis.numeric and len(axis.values) <= 12 else {}
    bottom = alt.Axis(title=axis.label if last else None, labels=last, grid=False, labelAngle=0, **ticks)
    if axis.numeric:
        return across(alt.Scale(zero=False, padding=18), bottom)
    return across(alt.Scale(padding=0.5), bottom, "N", sort=[axis.place(value) for value in axis.values])


def _upward(rows: Sequence[Row], title: str, scale: Scale) -> Side:
    """On a log axis where it is asked for and everything is above 0."""
    values = [row[end] for row in rows for end in ("mean", "low", "high") if row[end] is not None]
    low, high = min(values, default=1.0), max(values, default=10.0)
    if scale == "linear" or low <= 0:
        return upward(alt.Scale(zero=True), alt.Axis(title=title, tickCount=4))
    domain = (low / 1.5, high * 1.5)
    return upward(linear(*domain, type="log"), alt.Axis(title=title, **log_axis(domain, near_ticks(domain, 5))))


def _names(drawn: Sequence[Row], plane: Plane) -> Layers:
    """Of the lines at their ends, kept apart from each other."""
    ends = sorted({row["name"]: row for row in drawn if row["name"]}.values(), key=lambda row: row["mean"])
    top = max([row["mean"] for row in ends], default=0.0) or 1.0
    levels = [row["mean"] / top * plane.height for row in ends]
    return [
        plane.on(row, "at", "mean").mark_text(text=row["name"], align="left", dx=9, dy=level - shown, **bold(row["hue"]))
        for row, level, shown in zip(ends, levels, apart(levels), strict=True)
    ]


def _row(point: Point, axis: Axis, series: Series, scale: Scale) -> dict[str, Any]:
    estimate = point.estimate(series.metric, scale)
    look = {"at": axis.place(point.at[0]), "name": series.name, "hue": series.colour, "shape": series.shape}
    ends = {"mean": estimate.mean, "low": estimate.low, "high": estimate.high, "n": estimate.n}
    return {**look, **ends, "values": list(estimate.values)}
