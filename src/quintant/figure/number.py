"""Numbers as figures print them: to the precision that their interval supports, never to more."""

from __future__ import annotations

import math

SPACE = "\u00a0"
"""Does not break: "100 000" and "250 E" stay on one line."""


def significant(value: float, half_width: float | None, least: int = 2, most: int = 5) -> int:
    """How many digits `value` is worth: the last one printed is the first one of the half-width."""
    if half_width is None or half_width <= 0 or value == 0:
        return 3 if half_width is None else most
    digits = math.floor(math.log10(abs(value))) - math.floor(math.log10(half_width)) + 1
    return min(most, max(least, digits))


def scientific(value: float, digits: int = 2) -> str:
    """0.0307, 3 digits -> "3.07e-2"; 0 -> "0"."""
    if value == 0:
        return "0"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa}e{int(exponent)}" if int(exponent) else mantissa


def with_interval(value: float, low: float | None, high: float | None) -> str:
    """ "3.1e-2 [2.9e-2, 3.3e-2]"; only the value where there are no bounds."""
    if low is None or high is None:
        return scientific(value, 3)
    digits = significant(value, (high - low) / 2)
    return f"{scientific(value, digits)} [{scientific(low, digits)}, {scientific(high, digits)}]"


def percent(share: float, digits: int = 2) -> str:
    """0.0307 -> "3.1 %"; at least `digits` significant ones."""
    value = 100 * share
    if value == 0:
        return f"0{SPACE}%"
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{value:.{places}f}{SPACE}%"


def count(number: float) -> str:
    """100000 -> "100 000"."""
    return f"{number:,.0f}".replace(",", SPACE)


def plain(number: float) -> str:
    """250.0 -> "250", 0.25 -> "0.25", 1234567.0 -> "1 234 567"."""
    if float(number).is_integer() and abs(number) < 1e15:
        return count(number)
    return f"{number:.4g}"


def many(number: int, noun: str) -> str:
    """ "1 attacker", "3 attackers"."""
    return f"{number}{SPACE}{noun}{'' if number == 1 else 's'}"
