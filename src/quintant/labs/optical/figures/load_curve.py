"""The curve of blocking over several loads: mean and interval, a marker per series, targets, published points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt

from quintant.figure.axis import decades, log_axis, percent_axis
from quintant.figure.lettering import alone, apart, bold, small
from quintant.figure.plane import Drawing, Layers, Plane, across, plot, upward
from quintant.figure.series import colours, shapes
from quintant.figure.theme import Theme
from quintant.figure.tooltip import bounds, tip
from quintant.figure.words import width_px
from quintant.labs.optical.figures.measure import LoadPoint, Measured, Quantity
from quintant.labs.optical.figures.references import Reference

WIDTH, HEIGHT = 540, 320
TARGETS = (1e-3, 1e-2)
DIRECT_LABELS = 4
Row = dict[str, Any]


def chart(
    measured: Measured,
    references: Sequence[Reference],
    erlang: Sequence[tuple[float, float]] | None,
    quantity: Quantity,
    theme: Theme,
) -> Drawing:
    """`erlang`: (load, blocking) of Erlang's formula where it applies."""
    names = [series.name for series in measured.series]
    direct = 1 < len(names) <= DIRECT_LABELS
    domain = decades(_extremes(measured, references))
    plane = _plane(measured.loads, domain, 16 + max(width_px(name, 11, bold=True) for name in names) if direct else 0.0)
    mean = tip("mean:Q", quantity.label.lower(), ".3e")
    tips = ["series:N", tip("load:Q", "load (Erlang)"), mean, *bounds(".3e"), "n:Q", "method:N"]
    tracks = [[_row(at, series.name, point, domain[0]) for point in series.points] for at, series in enumerate(measured.series)]
    rows = [row for track in tracks for row in track]
    layers = [*_targets(plane, domain, quantity, theme), *_bands(tracks, plane, theme)]
    layers += _erlang(erlang, plane, domain[0], theme) if erlang else []
    for at, track in enumerate(tracks):
        layers += _series(track, at, plane, tips, theme)
    if direct:
        layers += _direct_labels(tracks, plane, domain, theme)
    elif len(names) > 1:
        layers.append(_legend(names, rows, plane, theme))
    layers += [*_limits(rows, plane, tips, theme), *_both(measured, plane, theme)]
    layers += _published(references, plane, domain[0], theme)
    if all(row["n"] == 1 and row["iterations"] <= 1 for row in rows):  # neither replicates nor iterations behind the line
        layers.append(alone(theme))
    # The right-hand axis: the same scale in percent.
    right = alt.Axis(title=None, orient="right", grid=False, **percent_axis(domain))
    layers.append(plot(rows[:1]).mark_point(opacity=0).encode(y=plane.y("high").axis(right)))
    layered = alt.layer(*layers, width=WIDTH, height=HEIGHT).resolve_axis(y="independent")
    return layered.resolve_scale(color="independent", shape="independent")


def _plane(loads: Sequence[float], domain: tuple[float, float], right_px: float) -> Plane:
    """`right_px`: room for names beside the last points, at any width. All layers draw the axis of loads, which merge."""
    room = 0.04 * (loads[-1] - loads[0])
    low, high = loads[0] - room, loads[-1] + room
    end = alt.expr(f"{low!r} + {high - low!r} * width / max(width - {right_px!r}, 40)")
    ticks = {"values": list(loads)} if len(loads) <= 12 else {}
    scale = alt.Scale(domainMin=low, domainMax=end, nice=False, zero=False)
    x = across(scale, alt.Axis(grid=False, **ticks), title="Traffic load (Erlang)")
    y = upward(alt.Scale(type="log", domain=list(domain), nice=False, clamp=True), title=None)
    return Plane(x.shown, y, WIDTH, HEIGHT)


def _row(index: int, name: str, point: LoadPoint, floor: float) -> Row:
    estimate = point.estimate
    low = None if estimate.low is None else max(estimate.low, floor)
    bounds = {"mean": estimate.mean or None, "low": low, "high": estimate.high, "n": estimate.n, "method": estimate.method}
    parts = {"limit": estimate.upper_limit, "iterations": len(point.samples[0].parts)}
    return {"index": index, "series": name, "load": point.load_erlang, **bounds, **parts}


def _extremes(measured: Measured, references: Sequence[Reference]) -> list[float]:
    values: list[float] = []
    for point in measured.points:
        estimate = point.estimate
        values += [value for value in (estimate.mean, estimate.high, *estimate.values) if value]
        if estimate.low and estimate.mean and estimate.low > estimate.mean / 30:
            values.append(estimate.low)
    return values + [reference.value for reference in references]


def _targets(plane: Plane, domain: tuple[float, float], quantity: Quantity, theme: Theme) -> Layers:
    """Horizontal target lines; the first layer, which also draws the left axis."""
    low, high = domain
    shown = [{"target": target, "label": f"{target:.0e}".replace("e-0", "e-")} for target in TARGETS if low < target < high]
    base = plot(shown or [{"target": low, "label": ""}])
    axis = alt.Axis(title=quantity.label, **log_axis(domain), grid=True)
    rule = base.mark_rule(strokeDash=[5, 4], color=theme.muted, opacity=1 if shown else 0)
    label = base.mark_text(text="target", align="left", baseline="bottom", dx=4, dy=-2, x=0, **small(theme.muted))
    layers = [rule.encode(y=plane.y("target").axis(axis)), label.encode(y=plane.y("target"))]
    return layers if shown else layers[:1]


def _bounded(track: Sequence[Row]) -> list[Row]:
    return [row for row in track if row["low"] and row["high"] and not row["limit"]]


def _bands(tracks: Sequence[Sequence[Row]], plane: Plane, theme: Theme) -> Layers:
    return [
        plane.on(_bounded(track), "load", ("low", "high")).mark_area(opacity=0.18, color=theme.colour(at), line=False)
        for at, track in enumerate(tracks)
        if len(_bounded(track)) > 1
    ]


def _series(track: Sequence[Row], index: int, plane: Plane, tips: Sequence[Any], theme: Theme) -> Layers:
    colour = theme.colour(index)
    drawn = plane.on([row for row in track if row["mean"]], "load", "mean")
    marker = {"shape": theme.shape(index), "size": 60, "stroke": theme.surface, "strokeWidth": 0.8}
    return [
        drawn.mark_line(color=colour, strokeWidth=1.8, strokeDash=list(theme.dash(index)) or [1, 0]),
        plane.on(_bounded(track), "load", ("low", "high")).mark_rule(color=colour, strokeWidth=1.5),
        drawn.mark_point(filled=True, color=colour, opacity=1, **marker).encode(tooltip=tips),
    ]


def _direct_labels(tracks: Sequence[Sequence[Row]], plane: Plane, domain: tuple[float, float], theme: Theme) -> Layers:
    """The name of each series at its last point, moved apart where lines end close together."""
    last = [[row for row in track if row["mean"] or row["high"]][-1:] for track in tracks]
    span = math.log(domain[1] / domain[0])
    ends = sorted(
        (HEIGHT * math.log(domain[1] / (row["mean"] or row["high"])) / span, at) for at, rows in enumerate(last) for row in rows
    )
    layers = []
    for (level, at), shown in zip(ends, apart([level for level, _ in ends], 14), strict=True):
        (row,) = last[at]
        label = plane.on({"load": row["load"], "mean": row["mean"] or row["high"]}, "load", "mean")
        layers.append(label.mark_text(text=row["series"], align="left", dx=9, dy=shown - level, **bold(theme.colour(at))))
    return layers


def _legend(names: Sequence[str], rows: Sequence[Row], plane: Plane, theme: Theme) -> alt.Chart:
    points = plane.on([row for row in rows if row["mean"]], "load", "mean").mark_point(filled=True, size=60)
    legend = alt.Legend(title=None, columns=3)
    return points.encode(
        color=alt.Color("series:N", scale=colours(names, theme), legend=legend),
        shape=alt.Shape("series:N", scale=shapes(names, theme)),
    )


def _limits(rows: Sequence[Row], plane: Plane, tips: Sequence[Any], theme: Theme) -> Layers:
    """No event: an open triangle at the upper limit, pointing down to where the value must lie."""
    marker = {"shape": "triangle-down", "filled": False, "size": 90, "strokeWidth": 1.6}
    return [
        plane.on(row, "load", "high").mark_point(color=theme.colour(row["index"]), **marker).encode(tooltip=tips)
        for row in rows
        if row["limit"] and row["high"]
    ]


def _both(measured: Measured, plane: Plane, theme: Theme) -> Layers:
    """Two replicates give no interval: both are shown."""
    rows = [
        {"load": point.load_erlang, "value": value, "colour": theme.colour(index)}
        for index, series in enumerate(measured.series)
        for point in series.points
        if point.estimate.n == 2
        for value in point.estimate.values
        if value > 0
    ]
    points = plane.on(rows, "load", "value").mark_point(filled=False, size=45, strokeWidth=1.2)
    return [points.encode(color=alt.Color("colour:N", scale=None))] if rows else []


def _published(references: Sequence[Reference], plane: Plane, floor: float, theme: Theme) -> Layers:
    if not references:
        return []
    rows: list[Row] = []
    for reference in references:
        low, high = max(reference.value - reference.plus_minus, floor), reference.value + reference.plus_minus
        point = {"load": reference.load_erlang, "value": reference.value, "source": reference.source}
        rows.append({**point, "low": low, "high": high})
    bars = plane.on([row for row in rows if row["high"] > row["value"]], "load", ("low", "high"))
    points = plane.on(rows, "load", "value").encode(tooltip=[tip("source:N", "published"), tip("value:Q", format=".3e")])
    label = plane.on(rows[-1], "load", "value")
    return [
        bars.mark_rule(color=theme.text, strokeWidth=1),
        points.mark_point(shape="diamond", filled=False, size=120, strokeWidth=1.4, color=theme.text),
        label.mark_text(text=references[-1].kind, align="right", dx=-8, dy=-9, **small(theme.text, 11)),
    ]


def _erlang(curve: Sequence[tuple[float, float]], plane: Plane, floor: float, theme: Theme) -> Layers:
    rows = [{"load": load, "value": max(value, floor)} for load, value in curve]
    label = plane.on(rows[0], "load", "value").mark_text(text="Erlang B", align="left", dx=6, dy=12, **small(theme.text, 11))
    line = plane.on(rows, "load", "value").mark_line(color=theme.text, strokeDash=[2, 3], strokeWidth=1.4)
    return [line, label]
