"""Student's t distribution: its two-sided quantile, in plain Python.

An interval needs one number of it, and the import of a library that has the number costs a command more than everything
else that it does. The quantile is accurate to some units of the last place (a test holds it against scipy and mpmath).
"""

from __future__ import annotations

import math
from functools import lru_cache

LONGEST_STEP = 2.0
MOST_STEPS = 200
ROUNDING = 1e-9
SMALLEST = 1e-300

# Γ(a + ½) / Γ(a) ~ √a (1 - 1/8a + 1/128a² + …): Tricomi & Erdélyi 1951, doi 10.2140/pjm.1951.1.133; DLMF 5.11.13. From
# a = 16 on these terms give every bit; logarithms of the gamma function would lose some of them for large a.
_RATIO = (
    -1 / 8, 1 / 128, 5 / 1024, -21 / 32768, -399 / 262144, 869 / 4194304, 39325 / 33554432, -334477 / 2147483648,
    -28717403 / 17179869184,
)  # fmt: skip
_RATIO_FROM = 16


@lru_cache(maxsize=4096)
def quantile(confidence: float, degrees_of_freedom: float) -> float:
    """± this many standard errors hold `confidence` of Student's t distribution. ValueError outside 0 < confidence < 1 and
    degrees_of_freedom > 0."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence: must lie between 0 and 1; got {confidence!r}")
    if not 0 < degrees_of_freedom < math.inf:
        raise ValueError(f"degrees_of_freedom: must be greater than 0; got {degrees_of_freedom!r}")
    # Newton's method on the logarithm of the smaller share as a function of log t. Near zero the share inside is
    # proportional to t, far out the share outside is to t to the power -ν: in logarithms both are lines, which it follows
    # in a step. In between the curve is concave and steps beyond it come back; the longest is bounded.
    at, last = 0.0, math.inf
    for _ in range(MOST_STEPS):
        inside, outside, slope = _shares(math.exp(at), degrees_of_freedom)
        if confidence < 0.5:
            step = -math.log(inside / confidence) * inside / slope
        else:
            step = math.log(outside / (1 - confidence)) * outside / slope
        if abs(step) < ROUNDING and abs(step) >= last:  # what is left is the rounding of the shares: no step mends it
            break
        at, last = at + max(-LONGEST_STEP, min(LONGEST_STEP, step)), abs(step)
    return math.exp(at)


def p_value(t: float, degrees_of_freedom: float) -> float:
    """The chance to lie at least |t| from 0 on either side, to some 1e-14. ValueError unless degrees_of_freedom > 0."""
    if not 0 < degrees_of_freedom < math.inf:
        raise ValueError(f"degrees_of_freedom: must be greater than 0; got {degrees_of_freedom!r}")
    if math.isnan(t):
        raise ValueError("t: must be a number; got nan")
    at = abs(t)
    return 1.0 if at == 0 else 0.0 if math.isinf(at) else _shares(at, degrees_of_freedom)[1]


def _shares(t: float, nu: float) -> tuple[float, float, float]:
    """How much of the distribution lies inside ± t and outside, and the derivative of the first by log t.

    The share inside is the incomplete beta function I_y(½, ν/2) with y = t² / (ν + t²), the one outside I_{1-y}(ν/2, ½)
    (Abramowitz & Stegun 26.7.1 and 26.5.2). The one whose continued fraction converges fast is taken, the other is what
    is left of 1. The factor x^a (1-x)^b / B(a, b) before it is the density times t.
    """
    squared = t * t
    density = _gamma_ratio(nu / 2) / math.sqrt(math.pi * nu) * math.exp(-(nu + 1) / 2 * math.log1p(squared / nu))
    factor = density * t
    y = squared / (nu + squared)
    if y < 4 / (nu / 2 + 5):
        inside = factor / 0.5 * _fraction(0.5, nu / 2, y)
        return inside, 1 - inside, 2 * factor
    outside = factor / (nu / 2) * _fraction(nu / 2, 0.5, nu / (nu + squared))
    return 1 - outside, outside, 2 * factor


def _gamma_ratio(a: float) -> float:
    """Γ(a + ½) / Γ(a)."""
    factor = 1.0
    while a < _RATIO_FROM:  # Γ(a + 1) = a Γ(a), above and below the line
        factor *= a / (a + 0.5)
        a += 1
    series = 0.0
    for coefficient in reversed(_RATIO):
        series = (series + coefficient) / a
    return factor * math.sqrt(a) * (1 + series)


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta function (DLMF 8.17.22), by the modified method of Lentz (Thompson &
    Barnett 1986, doi 10.1016/0021-9991(86)90046-X): numerator and denominator advance as ratios, none of which may be 0."""
    numerator, denominator = 1.0, 1 / (1 - (a + b) * x / (a + 1) or SMALLEST)
    value = denominator
    m, change = 0, 0.0
    while abs(change - 1) > 1e-15:
        m += 1
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            denominator = 1 / (1 + term * denominator or SMALLEST)
            numerator = 1 + term / numerator or SMALLEST
            change = numerator * denominator
            value *= change
    return value
