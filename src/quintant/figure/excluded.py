"""What a run did before it was measured: hatched and bounded, never cropped away."""

from __future__ import annotations

from typing import Any

from quintant.figure.hatch import hatch
from quintant.figure.plane import Layers, Plane
from quintant.figure.theme import Theme

APART_PX = 9
"""Between the strokes, measured along both sides."""


def excluded(
    plane: Plane,
    until: float,
    px: float,
    y: tuple[float, float],
    theme: Theme,
    *,
    least: int = 4,
    log_y: bool = False,
    **stroke: Any,
) -> Layers:
    """Strokes over 0 … `until` of `x`, which is `px` wide, and over the domain `y`; and the edge at `until`. Nothing where
    nothing is left out. `least`: strokes that a narrow stretch has; `stroke`: other properties of theirs."""
    if until <= 0:
        return []
    strokes = hatch(
        (0, until), y, lines=max(least, round((px + plane.height) / APART_PX)), slope=px / plane.height, log_y=log_y
    )
    return [
        plane.on(strokes, ("x", "x2"), ("y", "y2")).mark_rule(color=theme.muted, strokeWidth=0.6, **stroke),
        plane.on({"x": until}, "x").mark_rule(color=theme.muted, strokeWidth=1),
    ]
