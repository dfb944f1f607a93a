"""Spectrum as bit masks: 64 slots to a word, bit 0 of word 0 is slot 0, a set bit is a free slot.

The search for n contiguous free slots doubles: after `x &= x >> 1` a bit says "two free from here", after another
`x &= x >> 2` "four free", and so on, in log2(n) passes over the words. Bits beyond the last slot are never free.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import njit, types
from numba.extending import intrinsic

ZERO, UNIT, FULL = np.uint64(0), np.uint64(1), np.uint64(0xFFFFFFFFFFFFFFFF)


@intrinsic
def trailing_zeros(typingctx: Any, x: Any) -> Any:
    """int64: number of the lowest set bit of a uint64 that is not 0."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), generate


@intrinsic
def leading_zeros(typingctx: Any, x: Any) -> Any:
    """int64: how many clear bits stand above the highest set bit of a uint64 that is not 0."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctlz(args[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), generate


@intrinsic
def ones(typingctx: Any, x: Any) -> Any:
    """int64: number of set bits of a uint64."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.int64(types.uint64), generate


@njit(cache=True, nogil=True, _nrt=False, inline="always")
def starts_of_runs(x: Any, words: Any, n: Any) -> Any:
    """Turn free slots into starts: afterwards bit i of `x` says that slots i .. i + n - 1 are free. In place."""
    # With R_m the starts of m free slots, R_(a+b) = R_a & (R_a >> b) for b <= a: a + b slots from i on are free where a are
    # from i on and a from i + b on, which overlap or touch. So m doubles per pass, and the last pass adds what is missing
    # (Warren, Hacker's Delight, 2nd ed. 2013, section 6-2). `back` is never 64, a shift that the machine does not define,
    # because shift < 64 is at least 1 where skip is 0.
    have = 1
    while have < n:
        shift = min(have, n - have)
        skip, bits = shift >> 6, np.uint64(shift & 63)
        if skip == 0:
            back = np.uint64(64) - bits
            for w in range(words - 1):
                x[w] &= (x[w] >> bits) | (x[w + 1] << back)
            x[words - 1] &= x[words - 1] >> bits
        else:
            for w in range(words):
                low = x[w + skip] if w + skip < words else ZERO
                if bits != ZERO:
                    high = x[w + skip + 1] if w + skip + 1 < words else ZERO
                    low = (low >> bits) | (high << (np.uint64(64) - bits))
                x[w] &= low
        have += shift


@njit(cache=True, nogil=True, _nrt=False, inline="always")
def lowest(x: Any, words: Any) -> Any:
    """Number of the lowest set bit, -1 when there is none."""
    for w in range(words):
        if x[w] != ZERO:
            return w * 64 + trailing_zeros(x[w])
    return -1


@njit(cache=True, nogil=True, _nrt=False, inline="always")
def highest(x: Any, words: Any) -> Any:
    """Number of the highest set bit, -1 when there is none."""
    for w in range(words - 1, -1, -1):
        if x[w] != ZERO:
            return w * 64 + 63 - leading_zeros(x[w])
    return -1


@njit(cache=True, nogil=True, _nrt=False, inline="always")
def next_set(x: Any, first: Any, words: Any, at: Any) -> Any:
    """Number of the lowest set bit at or above `at`, counted from word `first`; -1 when there is none in `words` words."""
    w = at >> 6
    if w >= words:
        return -1
    here = x[first + w] & (FULL << np.uint64(at & 63))
    while here == ZERO:
        w += 1
        if w >= words:
            return -1
        here = x[first + w]
    return w * 64 + trailing_zeros(here)


@njit(cache=True, nogil=True, _nrt=False, inline="always")
def next_clear(x: Any, first: Any, words: Any, at: Any) -> Any:
    """Number of the lowest clear bit at or above `at`; the number of bits when there is none."""
    w = at >> 6
    if w >= words:
        return words * 64
    here = ~x[first + w] & (FULL << np.uint64(at & 63))
    while here == ZERO:
        w += 1
        if w >= words:
            return words * 64
        here = ~x[first + w]
    return w * 64 + trailing_zeros(here)


@njit(cache=True, nogil=True, _nrt=False, inline="always")
def flip(x: Any, first: Any, start: Any, stop: Any) -> Any:
    """Invert bits `start .. stop - 1`, counted from word `first`: take free slots, or give taken ones back."""
    # One xor for both directions: nothing is taken that is not free, and nothing is given back that is not taken. Ones from
    # the first bit on and ones up to the last bit; their intersection where both lie in one word.
    w, last = start >> 6, (stop - 1) >> 6
    low = FULL << np.uint64(start & 63)
    high = FULL >> np.uint64(63 - ((stop - 1) & 63))
    if w == last:
        x[first + w] ^= low & high
    else:
        x[first + w] ^= low
        for between in range(w + 1, last):
            x[first + between] ^= FULL
        x[first + last] ^= high


@njit(cache=True, nogil=True, _nrt=False, inline="always")
def count(x: Any, first: Any, words: Any) -> Any:
    """Number of set bits in `words` words from word `first` on."""
    total = 0
    for w in range(words):
        total += ones(x[first + w])
    return total
