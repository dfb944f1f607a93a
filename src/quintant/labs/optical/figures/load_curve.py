"""The curve of blocking over several loads: mean and interval, a marker per series, targets, published points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt

from quintant.figure.axis import decades, log_axis, percent_axis
from quintant.figure.theme import Theme
from quintant.figure.words import width_px
from quintant.labs.optical.figures.measure import LoadPoint, Measured, Quantity
from quintant.labs.optical.figures.references import Reference

WIDTH, HEIGHT = 540, 320
TARGETS = (1e-3, 1e-2)
DIRECT_LABELS = 4


def chart(
    measured: Measured,
    references: Sequence[Reference],
    erlang: Sequence[tuple[float, float]] | None,
    quantity: Quantity,
    theme: Theme,
) -> Any:
    """`erlang`: (load, blocking) of Erlang's formula where it applies."""
    loads = measured.loads
    named = len(measured.series) > 1
    direct = named and len(measured.series) <= DIRECT_LABELS
    room = 0.04 * (loads[-1] - loads[0])
    plane = Plane(
        loads,
        (loads[0] - room, loads[-1] + room),
        16 + max(width_px(series.name, 11, bold=True) for series in measured.series) if direct else 0.0,
        decades(_extremes(measured, references)),
        quantity.label,
        theme,
    )
    rows = [
        _row(index, series.name, point, plane.y_domain[0])
        for index, series in enumerate(measured.series)
        for point in series.points
    ]
    layers: list[Any] = [*_targets(plane), *_bands(rows, plane)]
    if erlang:
        layers += _erlang(erlang, plane)
    for index in range(len(measured.series)):
        layers += _series([row for row in rows if row["index"] == index], index, plane)
    if direct:
        layers += _direct_labels(rows, plane)
    if named and not direct:
        layers.append(_legend(measured, rows, plane))
    layers += _limits(rows, plane) + _both(measured, plane) + _published(references, plane) + _alone(rows, plane)
    layers.append(_percent(rows, plane))
    return (
        alt.layer(*layers, width=WIDTH, height=HEIGHT)
        .resolve_axis(y="independent")
        .resolve_scale(color="independent", shape="independent")
    )


class Plane:
    """The axes that all layers share; the first layer draws them. `right_px`: room for names beside the last points, at
    any width."""

    def __init__(
        self,
        loads: Sequence[float],
        x_domain: tuple[float, float],
        right_px: float,
        y_domain: tuple[float, float],
        label: str,
        theme: Theme,
    ) -> None:
        self.loads, self.x_domain, self.right_px = loads, x_domain, right_px
        self.y_domain, self.label, self.theme = y_domain, label, theme

    def x(self, field: str = "load") -> alt.X:
        ticks = {"values": list(self.loads)} if len(self.loads) <= 12 else {}
        low, high = self.x_domain
        end = alt.expr(f"{low!r} + {high - low!r} * width / max(width - {self.right_px!r}, 40)")
        return alt.X(
            f"{field}:Q",
            title="Traffic load (Erlang)",
            scale=alt.Scale(domainMin=low, domainMax=end, nice=False, zero=False),
            axis=alt.Axis(grid=False, **ticks),
        )

    def y(self, field: str, axis: Any = None) -> alt.Y:
        scale = alt.Scale(type="log", domain=list(self.y_domain), nice=False, clamp=True)
        return alt.Y(f"{field}:Q", title=None, scale=scale, axis=axis)


def _row(index: int, name: str, point: LoadPoint, floor: float) -> dict[str, Any]:
    estimate = point.estimate
    low = None if estimate.low is None else max(estimate.low, floor)
    return {
        "index": index,
        "series": name,
        "load": point.load_erlang,
        "n": estimate.n,
        "limit": estimate.upper_limit,
        "iterations": len(point.samples[0].parts),
        "mean": estimate.mean if estimate.mean else None,
        "low": low,
        "high": estimate.high,
        "method": estimate.method,
    }


def _extremes(measured: Measured, references: Sequence[Reference]) -> list[float]:
    values: list[float] = []
    for point in measured.points:
        estimate = point.estimate
        values += [value for value in (estimate.mean, estimate.high, *estimate.values) if value]
        if estimate.low and estimate.mean and estimate.low > estimate.mean / 30:
            values.append(estimate.low)
    return values + [reference.value for reference in references]


def _targets(plane: Plane) -> list[alt.Chart]:
    """Horizontal target lines; the first layer, which also draws the left axis."""
    theme, low, high = plane.theme, *plane.y_domain
    shown = [{"target": target, "label": f"{target:.0e}".replace("e-0", "e-")} for target in TARGETS if low < target < high]
    base = alt.Chart(alt.Data(values=shown or [{"target": low, "label": ""}]))
    axis = alt.Axis(title=plane.label, **log_axis(plane.y_domain), grid=True)
    rule = base.mark_rule(strokeDash=[5, 4], color=theme.muted, opacity=1 if shown else 0).encode(y=plane.y("target", axis))
    if not shown:
        return [rule]
    words = base.mark_text(
        align="left", baseline="bottom", dx=4, dy=-2, x=0, fontSize=10, color=theme.muted, text="target"
    ).encode(y=plane.y("target"))
    return [rule, words]


def _bands(rows: Sequence[dict[str, Any]], plane: Plane) -> list[alt.Chart]:
    layers = []
    for index in sorted({row["index"] for row in rows}):
        own = [row for row in rows if row["index"] == index and row["low"] and row["high"] and not row["limit"]]
        if len(own) > 1:
            layers.append(
                alt.Chart(alt.Data(values=own))
                .mark_area(opacity=0.18, color=plane.theme.colour(index), line=False)
                .encode(x=plane.x(), y=plane.y("low"), y2="high:Q")
            )
    return layers


def _series(own: Sequence[dict[str, Any]], index: int, plane: Plane) -> list[alt.Chart]:
    theme = plane.theme
    colour, dash = theme.colour(index), list(theme.dash(index))
    drawn = alt.Chart(alt.Data(values=[row for row in own if row["mean"]]))
    bars = alt.Chart(alt.Data(values=[row for row in own if row["low"] and row["high"] and not row["limit"]]))
    return [
        drawn.mark_line(color=colour, strokeWidth=1.8, strokeDash=dash or [1, 0]).encode(x=plane.x(), y=plane.y("mean")),
        bars.mark_rule(color=colour, strokeWidth=1.5).encode(x=plane.x(), y=plane.y("low"), y2="high:Q"),
        drawn.mark_point(
            filled=True, color=colour, shape=theme.shape(index), size=60, opacity=1, stroke=theme.surface, strokeWidth=0.8
        ).encode(x=plane.x(), y=plane.y("mean"), tooltip=_tooltip(plane)),
    ]


def _tooltip(plane: Plane) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("series:N"),
        alt.Tooltip("load:Q", title="load (Erlang)"),
        alt.Tooltip("mean:Q", title=plane.label.lower(), format=".3e"),
        alt.Tooltip("low:Q", format=".3e"),
        alt.Tooltip("high:Q", format=".3e"),
        alt.Tooltip("n:Q"),
        alt.Tooltip("method:N"),
    ]


def _direct_labels(rows: Sequence[dict[str, Any]], plane: Plane) -> list[alt.Chart]:
    """The name of each series at its last point, moved apart where lines end close together."""
    last = {row["index"]: row for row in rows if row["mean"] or row["high"]}
    span = math.log(plane.y_domain[1] / plane.y_domain[0])
    ends = sorted(
        ((HEIGHT * math.log(plane.y_domain[1] / (row["mean"] or row["high"])) / span, index) for index, row in last.items())
    )
    layers, below = [], -math.inf
    for level_px, index in ends:
        row = last[index]
        shown_px = max(level_px, below + 14)
        below = shown_px
        layers.append(
            alt.Chart(alt.Data(values=[{"load": row["load"], "mean": row["mean"] or row["high"]}]))
            .mark_text(
                align="left",
                dx=9,
                dy=shown_px - level_px,
                fontSize=11,
                fontWeight="bold",
                text=row["series"],
                color=plane.theme.colour(index),
            )
            .encode(x=plane.x(), y=plane.y("mean"))
        )
    return layers


def _legend(measured: Measured, rows: Sequence[dict[str, Any]], plane: Plane) -> alt.Chart:
    names = [series.name for series in measured.series]
    theme = plane.theme
    order = range(len(names))
    return (
        alt.Chart(alt.Data(values=[row for row in rows if row["mean"]]))
        .mark_point(filled=True, size=60)
        .encode(
            x=plane.x(),
            y=plane.y("mean"),
            color=alt.Color(
                "series:N",
                scale=alt.Scale(domain=names, range=[theme.colour(i) for i in order]),
                legend=alt.Legend(title=None, columns=3),
            ),
            shape=alt.Shape("series:N", scale=alt.Scale(domain=names, range=[theme.shape(i) for i in order])),
        )
    )


def _limits(rows: Sequence[dict[str, Any]], plane: Plane) -> list[alt.Chart]:
    """No event: an open triangle at the upper limit, pointing down to where the value must lie."""
    shown = [row for row in rows if row["limit"] and row["high"]]
    return [
        alt.Chart(alt.Data(values=[row]))
        .mark_point(shape="triangle-down", filled=False, size=90, strokeWidth=1.6, color=plane.theme.colour(row["index"]))
        .encode(x=plane.x(), y=plane.y("high"), tooltip=_tooltip(plane))
        for row in shown
    ]


def _both(measured: Measured, plane: Plane) -> list[alt.Chart]:
    """Two replicates give no interval: both are shown."""
    rows = [
        {"load": point.load_erlang, "value": value, "colour": plane.theme.colour(index)}
        for index, series in enumerate(measured.series)
        for point in series.points
        if point.estimate.n == 2
        for value in point.estimate.values
        if value > 0
    ]
    if not rows:
        return []
    return [
        alt.Chart(alt.Data(values=rows))
        .mark_point(filled=False, size=45, strokeWidth=1.2)
        .encode(x=plane.x(), y=plane.y("value"), color=alt.Color("colour:N", scale=None))
    ]


def _published(references: Sequence[Reference], plane: Plane) -> list[alt.Chart]:
    if not references:
        return []
    rows: list[dict[str, Any]] = [
        {
            "load": one.load_erlang,
            "value": one.value,
            "low": max(one.value - one.plus_minus, plane.y_domain[0]),
            "high": one.value + one.plus_minus,
            "source": one.source,
        }
        for one in references
    ]
    theme = plane.theme
    base = alt.Chart(alt.Data(values=rows))
    label = alt.Chart(alt.Data(values=rows[-1:])).mark_text(
        text=references[-1].kind, align="right", dx=-8, dy=-9, fontSize=11, color=theme.text
    )
    bars = [row for row in rows if row["high"] > row["value"]]
    return [
        alt.Chart(alt.Data(values=bars))
        .mark_rule(color=theme.text, strokeWidth=1)
        .encode(x=plane.x(), y=plane.y("low"), y2="high:Q"),
        base.mark_point(shape="diamond", filled=False, size=120, strokeWidth=1.4, color=theme.text).encode(
            x=plane.x(),
            y=plane.y("value"),
            tooltip=[alt.Tooltip("source:N", title="published"), alt.Tooltip("value:Q", format=".3e")],
        ),
        label.encode(x=plane.x(), y=plane.y("value")),
    ]


def _erlang(line: Sequence[tuple[float, float]], plane: Plane) -> list[alt.Chart]:
    rows = [{"load": load, "value": max(value, plane.y_domain[0])} for load, value in line]
    base = alt.Chart(alt.Data(values=rows))
    return [
        base.mark_line(color=plane.theme.text, strokeDash=[2, 3], strokeWidth=1.4).encode(x=plane.x(), y=plane.y("value")),
        alt.Chart(alt.Data(values=rows[:1]))
        .mark_text(text="Erlang B", align="left", dx=6, dy=12, fontSize=11, color=plane.theme.text)
        .encode(x=plane.x(), y=plane.y("value")),
    ]


def _alone(rows: Sequence[dict[str, Any]], plane: Plane) -> list[alt.Chart]:
    """ "n = 1" in amber where neither replicates nor iterations stand behind the line."""
    if not rows or any(row["n"] > 1 or row["iterations"] > 1 for row in rows):
        return []
    return [
        alt.Chart(alt.Data(values=[{}])).mark_text(
            text="n = 1",
            align="right",
            baseline="top",
            x=alt.expr("width - 6"),
            y=6,
            fontSize=12,
            fontWeight="bold",
            color=plane.theme.amber,
        )
    ]


def _percent(rows: Sequence[dict[str, Any]], plane: Plane) -> alt.Chart:
    """The right-hand axis, the same scale in percent."""
    axis = alt.Axis(title=None, orient="right", grid=False, **percent_axis(plane.y_domain))
    return alt.Chart(alt.Data(values=list(rows[:1]))).mark_point(opacity=0).encode(y=plane.y("high", axis))
