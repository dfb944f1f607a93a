"""Axes that a default would get wrong: decades, and the same decades in percent."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
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


def near_ticks(domain: tuple[float, float], most: int = 7) -> list[float]:
    """Round values for any log domain, also a narrow one: an even step below a factor of 5, decades beyond."""
    low, high = domain
    if high / low >= 5:
        for steps in ((1, 2, 5), (1, 3), (1,)):
            powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
            every = [float(f"{step}e{power}") for power in powers for step in steps]
            inside = [value for value in every if low <= value <= high]
            if len(inside) <= most:
                break
        return inside
    size = 10.0 ** math.floor(math.log10(high - low))
    for step in (size / 10, size / 5, size / 2, size, 2 * size, 5 * size):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= most:
            break
    return [float(f"{index * step:.12g}") for index in range(first, last + 1)]


def log_axis(domain: tuple[float, float], values: Sequence[float] | None = None, **more: Any) -> dict[str, Any]:
    """A Vega-Lite axis with "1e-3" at the ticks (exponents that every font has). `values`: other ticks than decades."""
    return _axis(ticks(domain) if values is None else values, lambda value: scientific(value, _digits(value)), more)


def percent_axis(domain: tuple[float, float], values: Sequence[float] | None = None, **more: Any) -> dict[str, Any]:
    """The same ticks in percent, for the other side."""
    return _axis(ticks(domain) if values is None else values, lambda value: percent(value, _digits(value)), more)


def labels_at(places: Iterable[object], literals: Iterable[str]) -> str:
    """An expression that gives the value at each of `places` its label; both are literals of Vega's language."""
    return f"[{','.join(literals)}][indexof([{','.join(map(str, places))}], datum.value)]"


def literal(word: str) -> str:
    """A label, whatever its letters, as a literal of Vega's language."""
    import orjson

    return orjson.dumps(word).decode()


def _axis(values: Sequence[float], name: Callable[[float], str], more: dict[str, Any]) -> dict[str, Any]:
    return {"values": list(values), "labelExpr": _labelled(values, [name(value) for value in values]), **more}


def _digits(value: float) -> int:
    """Significant digits that a round value needs."""
    return max(1, len(f"{value:.11e}".split("e")[0].rstrip("0").replace(".", "")))


def _labelled(values: Sequence[float], labels: Sequence[str]) -> str:
    """An expression that gives each tick its own label; values are compared by their logarithm, which rounding spares."""
    quoted = ",".join(f"'{label}'" for label in labels)
    places = ",".join(str(round(math.log10(value) * 1e6)) for value in values)
    return f"[{quoted}][indexof([{places}], round(log(datum.value)/LN10*1e6))]"
