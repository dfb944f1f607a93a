"""How often values fall into each bin: bars from 0 up, a heading above them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from quintant.figure.lettering import bold
from quintant.figure.plane import Plane, Row, plot


def histogram(
    plane: Plane, bins: Sequence[Row], heading: str, colour: str, tips: Sequence[Any], low: float = 0
) -> alt.LayerChart:
    """`bins`: {low, high, n} in units of `x` and `y`; `tips` of a bar; `low`: where x begins."""
    frame = plot({"low": low, "n": 0})
    bars = plane.on(bins, ("low", "high"), "n").mark_rect(color=colour)
    return plane.layered(
        [
            frame.mark_point(opacity=0).encode(x=plane.x("low", True), y=plane.y("n", True)),
            bars.encode(y2=alt.datum(0), tooltip=tips),
            frame.mark_text(text=heading, align="left", baseline="bottom", x=0, y=-3, **bold(colour)),
        ]
    )
