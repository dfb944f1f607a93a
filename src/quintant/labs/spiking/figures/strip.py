"""What is drawn but not measured: the burn-in, hatched and labelled, never cropped away."""

from __future__ import annotations

from typing import Any

import altair as alt

from quintant.figure import Theme
from quintant.figure.hatch import hatch


def burn_in(
    until_ms: float,
    end_ms: float,
    y: tuple[float, float],
    size: tuple[float, float],
    x: Any,
    scale_y: Any,
    theme: Theme,
    label: bool = True,
) -> list[alt.Chart]:
    """Layers over 0 … `until_ms` of a plane that ends at `end_ms`. `y`: its domain; `size`: its width and height in px;
    `x`: "field" -> X channel without an axis; `scale_y`: "field" -> Y channel without an axis."""
    if until_ms <= 0:
        return []
    width, height = size
    wide = width * until_ms / end_ms
    segments = hatch((0, until_ms), y, lines=max(3, round((wide + height) / 9)), slope=wide / height)
    layers = [
        alt.Chart(alt.Data(values=segments))
        .mark_rule(color=theme.muted, strokeWidth=0.6, opacity=0.55, clip=True)
        .encode(x=x("x"), y=scale_y("y"), x2="x2:Q", y2="y2:Q"),
        alt.Chart(alt.Data(values=[{"x": until_ms}])).mark_rule(color=theme.muted, strokeWidth=1).encode(x=x("x")),
    ]
    if label:
        layers.append(
            alt.Chart(alt.Data(values=[{"x": 0}]))
            .mark_text(text="burn-in", align="left", baseline="bottom", dx=1, y=-3, fontSize=10, color=theme.muted)
            .encode(x=x("x"))
        )
    return layers
