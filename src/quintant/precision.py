"""Precision: a value and its interval as text, with the digits that the interval supports: 0.0297 [0.0250, 0.0344]."""

from __future__ import annotations

import math

DIGITS = 2
"""Significant digits of half the interval's width that are written."""
WIDEST = 1e7


def written(value: float | None, low: float | None = None, high: float | None = None) -> str:
    """Without an interval six significant digits; "–" without a value."""
    if value is None:
        return "–"
    if low is None or high is None or not all(map(math.isfinite, (value, low, high))):
        return f"{value:.6g}"
    half = (high - low) / 2
    greatest = max(abs(value), abs(low), abs(high))
    if half <= 0 or greatest >= WIDEST or half < 1e-5:
        digits = 6 if half <= 0 else max(DIGITS, math.floor(math.log10(greatest)) - math.floor(math.log10(half)) + DIGITS)
        return f"{value:.{digits}g} [{low:.{digits}g}, {high:.{digits}g}]"
    decimals = max(0, DIGITS - 1 - math.floor(math.log10(half)))
    return f"{value:.{decimals}f} [{low:.{decimals}f}, {high:.{decimals}f}]"
