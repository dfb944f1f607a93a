"""Quantities as the terminal shows them: a number to the precision its interval supports, durations, times, sizes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

DIMENSIONLESS = frozenset({"1", "", "fraction", "probability", "ratio"})
SMALLEST_PERCENT = 1e-4
"""Below 0.01 % a probability is written in powers of ten."""
LARGEST_WHOLE = 2**53
"""Below this a float that is whole is exactly that number."""


@dataclass(frozen=True)
class Scale:
    """How the numbers of one line are written, so that they can be compared by eye.

    `factor` is what the value is multiplied by; `decimals` None means powers of ten with `digits` significant digits;
    `counts` that all values are whole and are written like integers, whatever type they come in.
    """

    factor: float
    unit: str
    decimals: int | None
    digits: int = 3
    counts: bool = False

    def text(self, value: float) -> str:
        shown = value * self.factor
        if self.counts:
            return f"{int(value):,}".replace(",", " ")
        if self.decimals is None:
            return _powers(shown, self.digits)
        if isinstance(value, int) and self.factor == 1:
            return f"{value:,}".replace(",", " ")
        return f"{shown:.{self.decimals}f}"

    @property
    def suffix(self) -> str:
        return f" {self.unit}" if self.unit else ""


def scale(unit: str, values: Sequence[float | None], half_width: float | None = None, digits: int | None = None) -> Scale:
    """The scale for `values` of one unit. Their precision: as many digits of the greatest one as reach down to `digits`
    digits of `half_width` (two while it begins below 3.55, else one: the Particle Data Group's rule), else four."""
    known = [abs(value) for value in values if value is not None and math.isfinite(value)]
    greatest = max(known, default=0.0)
    dimensionless = unit in DIMENSIONLESS
    if dimensionless and SMALLEST_PERCENT <= greatest <= 1:
        factor, shown_unit = 100.0, "%"
    else:
        factor, shown_unit = 1.0, "" if dimensionless else unit
    significant = 4
    if half_width and half_width > 0 and greatest > 0:
        magnitude = math.floor(math.log10(half_width))
        kept = digits or (2 if half_width < 3.55 * 10.0**magnitude else 1)
        significant = max(2, math.floor(math.log10(greatest)) - magnitude + kept)

    if dimensionless and not half_width and 1 < greatest < LARGEST_WHOLE and all(float(value).is_integer() for value in known):
        return Scale(factor, shown_unit, 0, counts=True)
    top = greatest * factor
    if top == 0:
        return Scale(factor, shown_unit, 0)
    exponent = math.floor(math.log10(top))
    if exponent < -3 or exponent > 7:
        return Scale(factor, shown_unit, None, min(significant, 6))
    return Scale(factor, shown_unit, max(0, min(8, significant - 1 - exponent)), significant)


def single(value: float | int | None, unit: str = "1") -> str:
    """One value with its unit, "–" where there is none."""
    if value is None:
        return "–"
    drawn = scale(unit, [value])
    return drawn.text(value) + drawn.suffix


def whole(value: float, unit: str = "1") -> str:
    """All digits that the value has: 13.625 %."""
    drawn = scale(unit, [value])
    return f"{value * drawn.factor:.12g}{drawn.suffix}"


def rough(value: float, unit: str = "1") -> str:
    """One value to two significant digits, for numbers that still move."""
    drawn = scale(unit, [value], abs(value), digits=2)
    return drawn.text(float(value)) + drawn.suffix


def interval(
    value: float | int | None, low: float | None, high: float | None, unit: str = "1", upper_limit: bool = False
) -> str:
    """ "3.07 %  [2.98, 3.16]"; "< 0.003 %" for an upper limit; the value alone without an interval."""
    if upper_limit and high is not None:
        drawn = scale(unit, [high], high / 10)
        return f"< {drawn.text(high)}{drawn.suffix}"
    if value is None or low is None or high is None:
        return single(value, unit)
    drawn = scale(unit, [value, low, high], (high - low) / 2)
    return f"{drawn.text(value)}{drawn.suffix}  [{drawn.text(low)}, {drawn.text(high)}]"


def plus_minus(value: float, spread: float, unit: str = "1") -> str:
    """ "3.07 ± 0.20 %"."""
    drawn = scale(unit, [value], spread, digits=2)
    return f"{drawn.text(value)} ± {drawn.text(spread)}{drawn.suffix}"


def duration(seconds: float | None) -> str:
    """0.04 s · 4.6 s · 48 s · 2 min 14 s · 3 h 05 min."""
    if seconds is None:
        return "–"
    if seconds < 0.1:
        return f"{seconds:.2f} s"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def remaining(seconds: float) -> str:
    """Time to go, in whole seconds, never less than one: 8 s · 2 min 14 s."""
    left = max(1, math.ceil(seconds))
    return f"{left} s" if left < 60 else duration(left)


def when(seconds: float | None, now: float | None = None) -> str:
    """Local time: "today 14:02", "Mon 14:02" within a week, else "2024-01-15"."""
    if seconds is None:
        return "–"
    moment = datetime.fromtimestamp(seconds)
    today = datetime.now() if now is None else datetime.fromtimestamp(now)
    days = (today.date() - moment.date()).days
    if days == 0:
        return f"today {moment:%H:%M}"
    if 0 < days < 7:
        return f"{moment:%a %H:%M}"
    return f"{moment:%Y-%m-%d}"


def size(count: int) -> str:
    """847 B · 12 kB · 3.4 MB, in powers of 1000."""
    if count < 1000:
        return f"{count} B"
    amount = float(count)
    for unit in ("kB", "MB", "GB", "TB"):
        amount /= 1000
        if amount < 1000 or unit == "TB":
            break
    return f"{amount:.1f} {unit}" if amount < 10 else f"{amount:.0f} {unit}"


def _powers(value: float, digits: int) -> str:
    mantissa, _, exponent = f"{value:.{max(0, digits - 1)}e}".partition("e")
    return f"{mantissa}e{int(exponent)}"
