"""The axis of simulated days, and the life events along it: stress as ▼ as tall as it is intense, neutral as a dot."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import altair as alt

from quintant.figure import Theme
from quintant.figure.decimation import positions
from quintant.figure.lettering import bold
from quintant.figure.plane import Layers, Plane, Side, across, linear, upward
from quintant.figure.tooltip import tip

RUG = 15
MOST_MARKS = 600
OUTWARD = 1.0


def axis(last: int, titled: bool = True, pad: float = 0.0) -> Side:
    """Days 0 … `last` to the right, and `pad` days more at both ends."""
    least = max(1, -(-last // 10))
    step = next((step for step in (1, 2, 5, 7, 10, 14, 30, 60, 90, 180, 365) if step >= least), least)
    title = {"title": "Simulated day" if titled else None, "labels": titled}
    return across(linear(-pad, last + pad), alt.Axis(**title, values=list(range(0, last + 1, step)), grid=False, format="d"))


def rug(
    events: Sequence[dict[str, Any]],
    last: int,
    width: float,
    colour: str,
    theme: Theme,
    *,
    name: str = "",
    axes: bool = False,
    pad: float = 0.0,
) -> alt.LayerChart:
    """One row of events; routine ones are left out. `name` stands at its right; `axes`: with the axis of days."""
    every = [event for event in events if event["event_type"] in ("stress", "neutral")]
    rows: dict[str, list[dict[str, Any]]] = {"stress": [], "neutral": []}
    for event in (every[at] for at in positions(len(every), MOST_MARKS)):
        mark = {"x": event["day"], "y": 1.0, "y2": 1.0 - max(event["intensity"], 0.12), "who": event["persona_id"]}
        names = {"title": event["title"], "intensity": event["intensity"], "type": event["event_type"]}
        rows[event["event_type"]].append({**mark, **names})
    plane = Plane(axis(last, pad=pad), upward(linear(0, 1)), width, RUG)
    tips = [tip("x:Q", "day"), tip("who:N", "persona"), "type:N", "title:N", tip("intensity:Q", format=".2f")]
    frame = plane.on({"x": 0, "y": 0}, "x", "y").mark_point(opacity=0)
    tails = plane.on(rows["stress"], "x", ("y", "y2")).mark_rule(color=colour, strokeWidth=1.4, opacity=0.8)
    head = {"shape": "triangle-down", "filled": True, "size": 26, "opacity": 0.9, "yOffset": 1}
    heads = plane.on(rows["stress"], "x", "y2").mark_point(color=colour, **head)
    dots = plane.on(rows["neutral"], "x").mark_point(filled=True, size=8, color=theme.muted, opacity=0.8, y=RUG - 2)
    layers: Layers = [
        frame.encode(x=plane.x("x", axes)),
        tails.encode(tooltip=tips),
        heads.encode(tooltip=tips),
        dots.encode(tooltip=tips),
    ]
    if name:
        end = plane.on({"x": last + pad}, "x")
        layers.append(end.mark_text(text=name, align="left", dx=6, y=RUG / 2, **bold(colour, 10)))
    return plane.layered(layers)


def edges(days: Sequence[int]) -> list[tuple[float, float]]:
    """Where the cell of each session begins and ends: half way to its neighbours, and `OUTWARD` days beyond both ends."""
    middles = [(a + b) / 2 for a, b in itertools.pairwise(days)]
    return list(zip([days[0] - OUTWARD, *middles], [*middles, days[-1] + OUTWARD], strict=True))
