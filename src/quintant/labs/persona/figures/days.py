"""The axis of simulated days, and the life events along it: stress as ▼ as tall as it is intense, neutral as a dot."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import altair as alt

from quintant.figure import Theme
from quintant.figure.decimation import positions

RUG = 15
MOST_MARKS = 600
OUTWARD = 1.0


def axis_x(field: str, last: int, shown: bool = False, titled: bool = True, pad: float = 0.0) -> alt.X:
    step = max(1, -(-last // 10))
    nice = next((one for one in (1, 2, 5, 7, 10, 14, 30, 60, 90, 180, 365) if one >= step), step)
    axis = alt.Axis(
        title="Simulated day" if titled else None,
        labels=titled,
        values=list(range(0, last + 1, nice)),
        grid=False,
        format="d",
    )
    return alt.X(f"{field}:Q", scale=alt.Scale(domain=[-pad, last + pad], nice=False), axis=axis if shown else None)


def rug(
    events: Sequence[dict[str, Any]],
    last: int,
    width: float,
    colour: str,
    theme: Theme,
    *,
    name: str = "",
    axis: bool = False,
    pad: float = 0.0,
) -> Any:
    """One row of events; routine ones are left out. `name` stands at its right."""
    told = [one for one in events if one["event_type"] in ("stress", "neutral")]
    told = [told[at] for at in positions(len(told), MOST_MARKS)]
    rows = [
        {
            "x": one["day"],
            "y": 1.0,
            "y2": 1.0 - max(one["intensity"], 0.12),
            "who": one["persona_id"],
            "title": one["title"],
            "intensity": one["intensity"],
            "type": one["event_type"],
        }
        for one in told
    ]
    y = alt.Y("y:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=None)
    tooltip = [
        alt.Tooltip("x:Q", title="day"),
        alt.Tooltip("who:N", title="persona"),
        alt.Tooltip("type:N"),
        alt.Tooltip("title:N"),
        alt.Tooltip("intensity:Q", format=".2f"),
    ]
    stress = alt.Chart(alt.Data(values=[row for row in rows if row["type"] == "stress"]))
    x = axis_x("x", last, pad=pad)
    layers: list[Any] = [
        alt.Chart(alt.Data(values=[{"x": 0, "y": 0}])).mark_point(opacity=0).encode(x=axis_x("x", last, axis, pad=pad), y=y),
        stress.mark_rule(color=colour, strokeWidth=1.4, opacity=0.8).encode(x=x, y=y, y2="y2:Q", tooltip=tooltip),
        stress.mark_point(shape="triangle-down", filled=True, size=26, color=colour, opacity=0.9, yOffset=1).encode(
            x=x, y=alt.Y("y2:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=None), tooltip=tooltip
        ),
        alt.Chart(alt.Data(values=[row for row in rows if row["type"] == "neutral"]))
        .mark_point(filled=True, size=8, color=theme.muted, opacity=0.8, y=RUG - 2)
        .encode(x=x, tooltip=tooltip),
    ]
    if name:
        layers.append(
            alt.Chart(alt.Data(values=[{"x": last + pad}]))
            .mark_text(text=name, align="left", dx=6, y=RUG / 2, fontSize=10, fontWeight="bold", color=colour)
            .encode(x=x)
        )
    return alt.layer(*layers, width=width, height=RUG).resolve_axis(x="independent", y="independent")


def edges(days: Sequence[int]) -> list[tuple[float, float]]:
    """Where the cell of each session begins and ends: half way to its neighbours, and `OUTWARD` days beyond both ends."""
    middles = [(a + b) / 2 for a, b in itertools.pairwise(days)]
    return list(zip([days[0] - OUTWARD, *middles], [*middles, days[-1] + OUTWARD], strict=True))
