"""Random draws that give the same bits on every machine: integers by counter, logarithm by our own arithmetic.

A sub-stream is a 64-bit seed. Its n-th word is SplitMix64's output for state `seed + (n + 1) * golden` (Steele, Lea &
Flood 2014, doi 10.1145/2660193.2660195): a draw depends on its number alone, not on the draws before it.

The logarithm follows fdlibm's `__ieee754_log` (Sun, 1993; error below 1 ulp): only IEEE additions, multiplications and one
division, so no math library and no vector unit has a say in when a request arrives.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
MIX_2 = np.uint64(0x94D049BB133111EB)
UNIT = 2.0**-53

LN2_HIGH = 6.93147180369123816490e-01
LN2_LOW = 1.90821492927058770002e-10
L1, L2, L3, L4, L5, L6, L7 = (
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
    1.818357216161805012e-01,
    1.531383769920937332e-01,
    1.479819860511658591e-01,
)
"""Remez coefficients of fdlibm: log(1 + f) = f - f*f/2 + s*(f*f/2 + R(s*s)), s = f / (2 + f)."""

MANTISSA = np.int64(0x000FFFFFFFFFFFFF)
ONE = np.int64(0x3FF0000000000000)
SQRT_HALF_STEP = np.int64(0x0009_5F64_0000_0000)
"""Adding it to the mantissa bits carries into the exponent from about sqrt(2) on."""


@njit(cache=True, nogil=True, inline="always")
def word(seed: Any, number: Any) -> Any:
    """uint64: the `number`-th word (from 0) of the stream `seed`."""
    z = seed + (number + np.uint64(1)) * GOLDEN
    z = (z ^ (z >> np.uint64(30))) * MIX_1
    z = (z ^ (z >> np.uint64(27))) * MIX_2
    return z ^ (z >> np.uint64(31))


@njit(cache=True, nogil=True, inline="always")
def open_unit(bits: Any) -> Any:
    """float64 in (0, 1]: never 0, so that its logarithm is finite."""
    return np.float64(np.int64(bits >> np.uint64(11)) + np.int64(1)) * UNIT


@njit(cache=True, nogil=True, inline="always")
def half_open_unit(bits: Any) -> Any:
    """float64 in [0, 1)."""
    return np.float64(np.int64(bits >> np.uint64(11))) * UNIT


@njit(cache=True, nogil=True, inline="always")
def log(x: Any) -> Any:
    """Natural logarithm of a positive, normal, finite float64."""
    bits = np.float64(x).view(np.int64)
    carry = ((bits & MANTISSA) + SQRT_HALF_STEP) & np.int64(0x0010000000000000)
    exponent = np.float64((bits >> np.int64(52)) - np.int64(1023) + (carry >> np.int64(52)))
    f = np.int64((bits & MANTISSA) | (ONE ^ carry)).view(np.float64) - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    r = w * (L2 + w * (L4 + w * L6)) + z * (L1 + w * (L3 + w * (L5 + w * L7)))
    half = 0.5 * f * f
    return exponent * LN2_HIGH - ((half - (s * (half + r) + exponent * LN2_LOW)) - f)


@njit(cache=True, nogil=True)
def logs(x: Any) -> Any:
    """`log` of each element: float64 (n) -> float64 (n)."""
    out = np.empty(len(x), np.float64)
    for i in range(len(x)):
        out[i] = log(x[i])
    return out
