"""Text on coloured cells: black or white, whichever stands out more (WCAG 2.2, contrast at least 4.5 on every colour)."""

from __future__ import annotations

BLACK, WHITE = "#000000", "#FFFFFF"


def blend(low: str, high: str, share: float) -> str:
    """The colour `share` of the way from one to the other, by RGB, as a ramp of Vega's has it."""
    pairs = zip(_channels(low), _channels(high), strict=True)
    return "#" + "".join(f"{round(a + min(1.0, max(0.0, share)) * (b - a)):02X}" for a, b in pairs)


def ink(cell: str) -> str:
    """The colour of text that is read on a cell of this colour."""
    return BLACK if contrast(cell, BLACK) >= contrast(cell, WHITE) else WHITE


def contrast(first: str, second: str) -> float:
    """Of two colours, 1..21: (brighter + 0.05) / (darker + 0.05) of their relative luminances."""
    darker, brighter = sorted((_luminance(first), _luminance(second)))
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in _channels(colour))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
