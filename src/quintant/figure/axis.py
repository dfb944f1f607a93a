"""Axes that a default would get wrong: decades, and the same decades in percent."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from quintant.figure.number import percent, scientific


def decades(values: Iterable[float], least: float = 1e-6, most: float = 1.0) -> tuple[float, float]:
    """The whole decades around the positive `values`, within least..most and at least one decade."""
    positive = [value for value in values if value > 0]
    low = math.floor(math.log10(max(least, min(positive, default=least))) + 1e-9)
    high = math.ceil(math.log10(min(most, max(positive, default=most))) - 1e-9)
    return 10.0**low, 10.0 ** max(high, low + 1)


def ticks(domain: tuple[float, float]) -> list[float]:
    """1, 2 and 5 in each decade when there are at most two of them, else only the decades."""
    low, high = (round(math.log10(end)) for end in domain)
    steps = (1, 2, 5) if high - low <= 2 else (1,)
    every = [float(f"{step}e{power}") for power in range(low, high + 1) for step in steps]
    return [value for value in every if domain[0] * 0.999 <= value <= domain[1] * 1.001]


def log_axis(domain: tuple[float, float], **more: Any) -> dict[str, Any]:
    """A Vega-Lite axis with "1e-3" at the ticks (exponents that every font has)."""
    values = ticks(domain)
    return {"values": values, "labelExpr": _labelled(values, [scientific(value, 1) for value in values]), **more}


def percent_axis(domain: tuple[float, float], **more: Any) -> dict[str, Any]:
    """The same ticks in percent, for the right side."""
    values = ticks(domain)
    return {"values": values, "labelExpr": _labelled(values, [percent(value, 1) for value in values]), **more}


def _labelled(values: Sequence[float], labels: Sequence[str]) -> str:
    """An expression that gives each tick its own label; ticks are compared in their logarithm's neighbourhood."""
    quoted = ",".join(f"'{label}'" for label in labels)
    first = math.log10(values[0])
    places = ",".join(repr(round((math.log10(value) - first) * 1000)) for value in values)
    return f"[{quoted}][indexof([{places}], round((log(datum.value)/LN10 - ({first!r}))*1000))]"
