"""A plot over rounds: axes with whole numbers, lines with their intervals, names at their ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from quintant.figure.lettering import apart, bold
from quintant.figure.plane import Layers, Plane, across, linear, upward
from quintant.figure.tooltip import tip

WIDTH = 520
CROSS = "M-1,-1L1,1M1,-1L-1,1"
"""A mark for who was removed; drawn by its stroke, so that no font is needed."""


@dataclass(frozen=True)
class Line:
    """One line: its rows {round, mean, low, high, n}, the name at its end ("" without one), colour and dash."""

    rows: Sequence[dict[str, Any]]
    name: str
    colour: str
    dash: Sequence[int] = ()
    width: float = 2.0
    band: float = 0.16


@dataclass(frozen=True)
class Rounds(Plane):
    """Rounds 0.5 … last + 0.5 against `title` within `domain`."""

    last: int
    title: str
    domain: tuple[float, float]

    @property
    def end(self) -> float:
        return self.last + 0.5

    def axes(self) -> alt.Chart:
        return self.frame(0.5, self.domain[0])

    def mean_with_band(self, line: Line) -> Layers:
        """Interval and mean; a single round is a point."""
        floor, top = self.domain
        banded = [
            {"round": row["round"], "low": max(floor, row["low"]), "high": min(top, row["high"] or top)}
            for row in line.rows
            if row["low"] is not None and row["low"] < top
        ]
        band = self.on(banded, "round", ("low", "high")).mark_area(color=line.colour, fillOpacity=line.band)
        mean = self.on(line.rows, "round", "mean").encode(tooltip=["round:Q", tip("mean:Q", self.title, ".4g"), "n:Q"])
        if len(line.rows) == 1:
            mean = mean.mark_point(filled=True, size=45, opacity=1, color=line.colour)
        else:
            style: dict[str, Any] = {"strokeDash": list(line.dash)} if line.dash else {}
            if any((row["mean"] or 0.0) > top for row in line.rows):
                style["clip"] = True  # only where it is needed: a clip makes rasterising five times as slow
            mean = mean.mark_line(color=line.colour, strokeWidth=line.width, **style)
        return [band, mean] if banded else [mean]

    def ends(self, lines: Sequence[Line]) -> Layers:
        """The names of the lines beside their last points, 13 px apart at least and inside the plane's height."""
        named = sorted((line for line in lines if line.name and line.rows), key=lambda line: -(line.rows[-1]["mean"] or 0.0))
        low, high = self.domain
        levels = [(high - (line.rows[-1]["mean"] or 0.0)) / (high - low) * self.height for line in named]
        levels = apart([max(level, 0.0) if place == 0 else level for place, level in enumerate(levels)])
        shift = max(0.0, levels[-1] - (self.height + 10)) if levels else 0.0
        layers = []
        for line, level in zip(named, levels, strict=True):
            last = line.rows[-1]["round"]
            base = self.on({"x": self.end if last == self.last else last}, "x")
            layers.append(base.mark_text(text=line.name, align="left", dx=6, y=level - shift, **bold(line.colour)))
        return layers


def rounds(
    last: int, title: str, domain: tuple[float, float], height: int, *, lowest: bool = False, whole: bool = False
) -> Rounds:
    """`lowest` carries the axis of rounds; `whole`: what is drawn are counts."""
    step = max(1, -(-last // 12))
    ticks = [1, *range(step, last + 1, step)] if step > 1 else list(range(1, last + 1))
    bottom = alt.Axis(title="Round" if lowest else None, labels=lowest, values=ticks, grid=False, format="d")
    counts = {"format": "d", "tickMinStep": 1} if whole else {}
    left = alt.Axis(title=title, tickCount=5 if height > 140 else 3, **counts)
    return Rounds(across(linear(0.5, last + 0.5), bottom), upward(linear(*domain), left), WIDTH, height, last, title, domain)
