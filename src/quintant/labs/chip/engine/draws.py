"""Random numbers made of integers alone, so that every machine draws the same: SplitMix64, and what is drawn with it.

Steele, Lea & Flood 2014, doi 10.1145/2714064.2660195. A generator is one 64-bit word; `word` steps it by the golden gamma.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from quintant.errors import EngineError
from quintant.labs.chip.engine.compiled import compiled

Array = np.ndarray[Any, Any]
MASK = (1 << 64) - 1
GAMMA = 0x9E3779B97F4A7C15
LONGEST_TABLE = 1 << 16


def mixed(*parts: int) -> int:
    """One 64-bit word made of several, each of which changes all of it: the seed of one purpose among many."""
    z = 0
    for word in parts:
        z = (z ^ (word & MASK)) + GAMMA & MASK
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
        z ^= z >> 31
    return z


@lru_cache(maxsize=64)
def gaps(p: float) -> Array:
    """How far it is to the next success of probability p: T[g] = floor(2^64 (1-p)^(g+1)), so that a uniform word u stands for
    the number of T above u. Worked out in integers; cut where it is 0 or 65,536 long (a draw beyond goes on from there)."""
    q = (1 << 64) - round(p * (1 << 64)) if p < 1 else 0
    lengths: list[int] = []
    t = 1 << 64
    while len(lengths) < LONGEST_TABLE:
        t = t * q >> 64
        if t == 0:
            break
        lengths.append(min(t, MASK))
    return np.array(lengths, np.uint64)


def chosen(seed: int, p: float, trials: int) -> Array:
    """Which of `trials` independent trials of probability p succeed, ascending, int64."""
    if p == 0 or trials == 0:
        return np.empty(0, np.int64)
    out = np.empty(min(trials, int(trials * p + 10 * math.sqrt(trials * p) + 100)), np.int64)
    many = int(successes(np.uint64(seed), gaps(p), trials, out))
    if many < 0:
        raise EngineError(f"a draw of {trials:,} trials with p = {p:g} lies ten standard deviations above its mean.")
    return out[:many]


@compiled
def word(state: Any) -> Any:
    """The next 64 random bits of `state`, a uint64 [1]."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@compiled
def below(state: Any, n: int) -> Any:
    """Uniform in 0 … n - 1, n < 2^32: the high half of a product (Lemire 2019, doi 10.1145/3230636), without bias."""
    many = np.uint64(n)
    low_bits = np.uint64(0xFFFFFFFF)
    reject = (np.uint64(1) << np.uint64(32)) % many
    while True:
        product = (word(state) >> np.uint64(32)) * many
        if (product & low_bits) >= reject:
            return np.int64(product >> np.uint64(32))


@compiled
def gap(state: Any, table: Any, most: int) -> Any:
    """Failures before the next success, from `gaps(p)`; some number above `most` where there are more than that."""
    passed = np.int64(0)
    many = len(table)
    if many == 0:
        return passed
    while passed <= most:
        u = word(state)
        if u >= table[many - 1]:
            low, high = 0, many - 1
            while low < high:
                middle = (low + high) >> 1
                if table[middle] > u:
                    low = middle + 1
                else:
                    high = middle
            return passed + low
        passed += many
    return passed


@compiled
def successes(seed: Any, table: Any, trials: int, out: Any) -> Any:
    """Which of `trials` independent trials succeed, ascending, into `out`; the number of them, or -1 if `out` is too short."""
    state = np.full(1, seed, np.uint64)
    at = np.int64(-1)
    count = 0
    while True:
        at += 1 + gap(state, table, trials - at)
        if at >= trials:
            return count
        if count == len(out):
            return -1
        out[count] = at
        count += 1


@compiled
def choices(seed: Any, rows: int, k: int, n: int, out: Any) -> None:
    """For each of `rows`, k distinct of 0 … n - 1 into out[rows, k]. Drawn one by one; repeats are drawn again, and where
    k > n / 2 those left out are drawn instead."""
    state = np.full(1, seed, np.uint64)
    mark = np.full(n, -1, np.int64)
    rest = k > n - k
    draws = n - k if rest else k
    for row in range(rows):
        for at in range(draws):
            choice = below(state, n)
            while mark[choice] == row:
                choice = below(state, n)
            mark[choice] = row
            if not rest:
                out[row, at] = choice
        if rest:
            at = 0
            for choice in range(n):
                if mark[choice] != row:
                    out[row, at] = choice
                    at += 1
