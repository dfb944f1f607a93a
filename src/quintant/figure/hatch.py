"""Hatches: the mark of what is missing, excluded or truncated. Vega fills no patterns, so a hatch is line segments."""

from __future__ import annotations

from collections.abc import Callable


def hatch(
    x: tuple[float, float],
    y: tuple[float, float],
    *,
    lines: int,
    slope: float = 1.0,
    log_y: bool = False,
) -> list[dict[str, float]]:
    """Diagonals over the rectangle `x` × `y` (data coordinates), `lines` of them, each {x, y, x2, y2} clipped to it.

    `slope`: rise over run in units of the rectangle (height / height per width / width): pass the drawn width over the
    drawn height for 45°. With `log_y` the rectangle is cut in log space, so that the diagonals stay straight.
    """
    import math

    to: Callable[[float], float] = math.log if log_y else float
    back: Callable[[float], float] = math.exp if log_y else float
    low, high = to(y[0]), to(y[1])
    width, height = x[1] - x[0], high - low
    if width <= 0 or height <= 0 or lines < 1:
        return []
    segments = []
    for index in range(lines):
        start = -slope + (1 + slope) * (index + 0.5) / lines  # where the line v = slope·u + start meets the left edge
        u1 = max(0.0, -start / slope)
        u2 = min(1.0, (1 - start) / slope)
        if u2 <= u1:
            continue
        segments.append(
            {
                "x": x[0] + u1 * width,
                "y": back(low + (slope * u1 + start) * height),
                "x2": x[0] + u2 * width,
                "y2": back(low + (slope * u2 + start) * height),
            }
        )
    return segments
