"""One quantity against one swept key: mean and interval at each point, both values of two seeds, names at the lines' ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from quintant.figure.axis import log_axis, near_ticks
from quintant.figure.swept import Axis, Point, Swept
from quintant.figure.theme import Theme
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
    found: Swept[Any],
    title: str,
    series: Sequence[Series],
    theme: Theme,
    *,
    scale: Scale = "linear",
    last: bool = True,
    absent: str = "none",
    width: int = WIDTH,
    height: int = HEIGHT,
) -> Any:
    """`last`: the lowest of several panels carries the axis of x. `absent`: the word where no replicate has a value."""
    (axis,) = found.axes
    rows = [_row(point, axis, one, scale) for one in series for point in found.points]
    values = [row[end] for row in rows for end in ("mean", "low", "high") if row.get(end) is not None]
    ends: dict[str, Any] = {"zero": True}
    if scale == "log":
        low, high = min(values, default=1.0), max(values, default=10.0)
        ends = {"type": "log", "domain": [low / 1.5, high * 1.5], "nice": False} if low > 0 else ends
    y_scale = alt.Scale(**ends)

    def x(shown: bool = False) -> alt.X:
        kind = "Q" if axis.numeric else "N"
        named = alt.Axis(
            title=axis.label if last else None,
            labels=last,
            grid=False,
            labelAngle=0,
            **({"values": list(axis.values)} if axis.numeric and len(axis.values) <= 12 else {}),
        )
        more = {} if axis.numeric else {"sort": [axis.place(value) for value in axis.values]}
        place = alt.Scale(zero=False, padding=18) if axis.numeric else alt.Scale(padding=0.5)
        return alt.X(f"at:{kind}", scale=place, axis=named if shown else None, **more)

    def y(field: str, shown: bool = False) -> alt.Y:
        log: dict[str, Any] = {}
        if ends.get("type") == "log":
            log = log_axis((ends["domain"][0], ends["domain"][1]), near_ticks((ends["domain"][0], ends["domain"][1]), 5))
        return alt.Y(f"{field}:Q", scale=y_scale, axis=alt.Axis(title=title, **(log or {"tickCount": 4})) if shown else None)

    hue = alt.Color("hue:N", scale=None)
    every = [{"at": axis.place(point.at[0])} for point in found.points]
    drawn = [row for row in rows if row["mean"] is not None]
    bars = [row for row in drawn if row["low"] is not None]
    layers: list[Any] = [
        alt.Chart(alt.Data(values=every)).mark_point(opacity=0).encode(x=x(True)),
        alt.Chart(alt.Data(values=drawn))
        .mark_line(strokeWidth=1.5)
        .encode(x=x(), y=y("mean", True), color=hue, detail="name:N"),
        alt.Chart(alt.Data(values=bars)).mark_rule(strokeWidth=1.4).encode(x=x(), y=y("low"), y2="high:Q", color=hue),
        alt.Chart(alt.Data(values=drawn))
        .mark_point(filled=True, size=55, opacity=1, stroke=theme.surface, strokeWidth=0.8)
        .encode(
            x=x(),
            y=y("mean"),
            color=hue,
            shape=alt.Shape("shape:N", scale=None),
            tooltip=[
                alt.Tooltip("at:N", title=axis.path),
                alt.Tooltip("mean:Q", format=".4g"),
                alt.Tooltip("low:Q", format=".4g"),
                alt.Tooltip("high:Q", format=".4g"),
                alt.Tooltip("n:Q"),
            ],
        ),
    ]
    pairs = [{**row, "value": value} for row in drawn if row["n"] == 2 for value in row["values"]]
    if pairs:
        layers.append(
            alt.Chart(alt.Data(values=pairs))
            .mark_point(filled=False, size=35, strokeWidth=1)
            .encode(x=x(), y=y("value"), color=hue)
        )
    ends_by = {row["name"]: row for row in drawn if row["name"]}
    top, below = max([row["mean"] for row in ends_by.values()], default=0.0) or 1.0, -1e9
    for name, end in sorted(ends_by.items(), key=lambda one: one[1]["mean"]):  # names are kept 13 px apart
        level = end["mean"] / top * height
        below = max(level, below + 13)
        layers.append(
            alt.Chart(alt.Data(values=[end]))
            .mark_text(text=name, align="left", dx=9, dy=level - below, fontSize=11, fontWeight="bold", color=end["hue"])
            .encode(x=x(), y=y("mean"))
        )
    silent = [
        {"at": axis.place(point.at[0])} for point in found.points if all(point.estimate(one.metric).n == 0 for one in series)
    ]
    if silent:
        layers.append(
            alt.Chart(alt.Data(values=silent))
            .mark_text(
                text=absent,
                y=height - 8,
                fontSize=10,
                fontStyle="italic",
                color=theme.muted,
            )
            .encode(x=x())
        )
    return alt.layer(*layers, width=width, height=height).resolve_axis(x="independent", y="independent")


def _row(point: Point, axis: Axis, one: Series, scale: Scale) -> dict[str, Any]:
    estimate = point.estimate(one.metric, scale)
    return {
        "at": axis.place(point.at[0]),
        "name": one.name,
        "hue": one.colour,
        "shape": one.shape,
        "mean": estimate.mean,
        "low": estimate.low,
        "high": estimate.high,
        "n": estimate.n,
        "values": list(estimate.values),
    }
