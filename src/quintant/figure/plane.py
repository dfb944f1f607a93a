"""A plane: two sides, each with the scale that all layers share and the axis that one of them draws, and its size in px.

plane = Plane(across(linear(0, 50), alt.Axis(title="Time (ms)")), upward(linear(0, 1), alt.Axis(title="Rate")), 540, 200)
band = plane.on(rows, "t", ("low", "high")).mark_area(opacity=0.2)
line = plane.on(rows, "t", "mean").mark_line(color=theme.text)
chart = plane.layered([plane.frame(), band, line])
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import altair as alt

Drawing: TypeAlias = alt.TopLevelMixin
"""What a builder returns: a chart that becomes one Vega-Lite specification."""
Layers: TypeAlias = list[alt.Chart]
Row: TypeAlias = Mapping[str, Any]
Style: TypeAlias = dict[str, Any]
"""Properties of a mark, an axis or a legend."""
Extent: TypeAlias = str | tuple[str, str] | None
"""A field, or the fields at which a mark begins and ends."""


def plot(data: alt.Data | Sequence[Row] | Row) -> alt.Chart:
    """What is drawn, still to be given a mark and channels: rows, a single row, or the columns of `inline`."""
    if isinstance(data, alt.Data):
        return alt.Chart(data)
    return alt.Chart(alt.Data(values=[data] if isinstance(data, Mapping) else list(data)))


def linear(low: float, high: float, **more: Any) -> alt.Scale:
    """From `low` to `high` exactly."""
    return alt.Scale(domain=[low, high], nice=False, **more)


@dataclass(frozen=True)
class Side:
    """One side of a plane: a field becomes its channel, without the axis unless `shown`. `kind`: Vega-Lite's letter of type;
    `more`: whatever else the channel is given, such as `sort`."""

    channel: Callable[..., Any]
    scale: alt.Scale
    axis: alt.Axis | None = None
    kind: str = "Q"
    more: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, field: str, shown: bool = False) -> Any:
        return self.channel(f"{field}:{self.kind}", scale=self.scale, axis=self.axis if shown else None, **self.more)

    def shown(self, field: str) -> Any:
        """The channel with its axis, for panels of which every layer draws it: equal axes are drawn once."""
        return self(field, True)


def across(scale: alt.Scale, axis: alt.Axis | None = None, kind: str = "Q", **more: Any) -> Side:
    """The side to the right."""
    return Side(alt.X, scale, axis, kind, more)


def upward(scale: alt.Scale, axis: alt.Axis | None = None, kind: str = "Q", **more: Any) -> Side:
    """The side upwards; downwards where the scale's domain falls."""
    return Side(alt.Y, scale, axis, kind, more)


@dataclass(frozen=True)
class Plane:
    """`x`, `y`: the sides, or whatever else makes a channel of a field; `width`, `height` in px."""

    x: Callable[..., Any]
    y: Callable[..., Any]
    width: float
    height: float

    def on(self, data: alt.Data | Sequence[Row] | Row, x: Extent = None, y: Extent = None) -> alt.Chart:
        """`data` at these fields of the two sides, still to be given a mark. Without `x` a mark crosses the width."""
        return plot(data).encode(**_placed("x", self.x, x), **_placed("y", self.y, y))

    def frame(self, x: float = 0, y: float = 0) -> alt.Chart:
        """The layer that draws the axes and nothing else; it stands at a point inside the domains."""
        return plot({"x": x, "y": y}).mark_point(opacity=0).encode(x=self.x("x", True), y=self.y("y", True))

    def layered(self, layers: Sequence[Any], **more: Any) -> alt.LayerChart:
        """One above the other. Each layer has its own axes, of which all but the frame's are None."""
        layered = alt.layer(*layers, width=self.width, height=self.height, **more)
        return layered.resolve_axis(x="independent", y="independent")


def _placed(name: str, side: Callable[..., Any], extent: Extent) -> dict[str, Any]:
    if extent is None:
        return {}
    if isinstance(extent, str):
        return {name: side(extent)}
    return {name: side(extent[0]), f"{name}2": f"{extent[1]}:Q"}
