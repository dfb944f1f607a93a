"""A plot over rounds: axes with whole numbers, lines with their intervals, names at their ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from quintant.figure import Theme

WIDTH = 520
CROSS = "M-1,-1L1,1M1,-1L-1,1"
"""A mark for who was removed; drawn by its stroke, so that no font is needed."""


@dataclass(frozen=True)
class Line:
    """One line: its rows {round, mean, low, high, n}, the name at its end ("" without one), colour and dash."""

    rows: Sequence[dict[str, float | None]]
    name: str
    colour: str
    dash: Sequence[int] = ()
    width: float = 2.0
    band: float = 0.16


@dataclass(frozen=True)
class Plane:
    """Rounds 0.5 … last + 0.5 against `title` within `domain`; `lowest` carries the axis of rounds, `whole`: counts."""

    last: int
    title: str
    domain: tuple[float, float]
    height: int
    theme: Theme
    lowest: bool = False
    whole: bool = False

    @property
    def end(self) -> float:
        return self.last + 0.5

    def x(self, field: str, shown: bool = False) -> alt.X:
        step = max(1, -(-self.last // 12))
        ticks = [1, *range(step, self.last + 1, step)] if step > 1 else list(range(1, self.last + 1))
        axis = alt.Axis(title="Round" if self.lowest else None, labels=self.lowest, values=ticks, grid=False, format="d")
        scale = alt.Scale(domain=[0.5, self.end], nice=False)
        return alt.X(f"{field}:Q", scale=scale, axis=axis if shown else None)

    def y(self, field: str, shown: bool = False) -> alt.Y:
        axis = alt.Axis(
            title=self.title,
            tickCount=5 if self.height > 140 else 3,
            **({"format": "d", "tickMinStep": 1} if self.whole else {}),
        )
        scale = alt.Scale(domain=list(self.domain), nice=False)
        return alt.Y(f"{field}:Q", scale=scale, axis=axis if shown else None)

    def frame(self) -> Any:
        """The first layer: it draws the axes and nothing else."""
        row = [{"x": 0.5, "y": self.domain[0]}]
        return alt.Chart(alt.Data(values=row)).mark_point(opacity=0).encode(x=self.x("x", True), y=self.y("y", True))

    def line(self, line: Line) -> list[Any]:
        """Interval and mean; a single round is a point."""
        base = alt.Chart(alt.Data(values=list(line.rows)))
        layers: list[Any] = []
        floor, top = self.domain
        banded = [
            {"round": row["round"], "low": max(floor, row["low"]), "high": min(top, row["high"] or top)}
            for row in line.rows
            if row["low"] is not None and row["low"] < top
        ]
        if banded:
            layers.append(
                alt.Chart(alt.Data(values=banded))
                .mark_area(color=line.colour, fillOpacity=line.band)
                .encode(x=self.x("round"), y=self.y("low"), y2="high:Q")
            )
        tooltip = [alt.Tooltip("round:Q"), alt.Tooltip("mean:Q", title=self.title, format=".4g"), alt.Tooltip("n:Q")]
        if len(line.rows) == 1:
            layers.append(
                base.mark_point(filled=True, size=45, opacity=1, color=line.colour).encode(
                    x=self.x("round"), y=self.y("mean"), tooltip=tooltip
                )
            )
            return layers
        style: dict[str, Any] = {"strokeDash": list(line.dash)} if line.dash else {}
        if any((row["mean"] or 0.0) > top for row in line.rows):
            style["clip"] = True  # only where it is needed: a clip makes rasterising five times as slow
        layers.append(
            base.mark_line(color=line.colour, strokeWidth=line.width, **style).encode(
                x=self.x("round"), y=self.y("mean"), tooltip=tooltip
            )
        )
        return layers

    def ends(self, lines: Sequence[Line]) -> list[Any]:
        """The names of the lines beside their last points, 13 px apart at least and inside the plane's height."""
        named = sorted((line for line in lines if line.name and line.rows), key=lambda line: -(line.rows[-1]["mean"] or 0.0))
        low, high = self.domain
        levels: list[float] = []
        for line in named:
            level = (high - (line.rows[-1]["mean"] or 0.0)) / (high - low) * self.height
            levels.append(max(level, levels[-1] + 13) if levels else max(level, 0.0))
        shift = max(0.0, levels[-1] - (self.height + 10)) if levels else 0.0
        return [
            alt.Chart(alt.Data(values=[{"x": self.end if line.rows[-1]["round"] == self.last else line.rows[-1]["round"]}]))
            .mark_text(text=line.name, align="left", dx=6, y=level - shift, fontSize=11, fontWeight="bold", color=line.colour)
            .encode(x=self.x("x"))
            for line, level in zip(named, levels, strict=True)
        ]

    def layered(self, layers: Sequence[Any]) -> Any:
        return alt.layer(*layers, width=WIDTH, height=self.height).resolve_axis(x="independent", y="independent")
