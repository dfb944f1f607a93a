"""Who has the least score, whatever the order of the rows: ties are broken by what was sent, not by who sent it.

Ties are no accident: where one neighbour is counted (Krum with n = f + 3, the last picks of Bulyan) the two rows that are
nearest to each other have the same score. The earlier row would then win, and the aggregate depend on who has which number.
"""

from __future__ import annotations

from functools import cmp_to_key

import numpy as np

from quintant.labs.federated.engine.aggregation.rule import Bools, Doubles, Floats, Ints

TIED_BITS = 36
"""Scores that agree in so many bits are tied: sums over the same distances in another order differ by a few of the last 52."""


def least(scores: Doubles, living: Bools, count: int, weights: Floats) -> Ints:
    """Rows of the `count` least scores among the living, best first; of equal scores the row of (k, d) that comes first in
    lexicographic order."""

    def compared(first: int, second: int) -> int:
        return _compared(weights[first], weights[second])

    rows = np.flatnonzero(living)
    ranked = rows[np.argsort(_rounded(scores)[rows], kind="stable")]
    keys = _rounded(scores)[ranked]
    begin = 0
    while begin < min(count, len(ranked)):
        end = begin + int(np.searchsorted(keys[begin:], keys[begin], side="right"))
        if end - begin > 1:
            tied = [int(row) for row in ranked[begin:end]]
            ranked[begin:end] = sorted(tied, key=cmp_to_key(compared))
        begin = max(end, begin + 1)
    chosen: Ints = ranked[:count]
    return chosen


def suspect(scores: Doubles, living: Bools, weights: Floats) -> Bools:
    """(k,) True at the living row of the highest score; of equal scores at the last in lexicographic order."""
    marked = np.zeros(len(scores), dtype=bool)
    marked[least(scores, living, int(living.sum()), weights)[-1]] = True
    return marked


def _rounded(scores: Doubles) -> Doubles:
    mantissa, exponent = np.frexp(scores)
    rounded: Doubles = np.ldexp(np.round(mantissa * 2.0**TIED_BITS), exponent - TIED_BITS)
    return rounded


def _compared(a: Floats, b: Floats) -> int:
    """-1, 0 or 1 by the first coordinate in which the rows differ: the same after both are moved or scaled."""
    apart = np.flatnonzero(a != b)
    return 0 if not len(apart) else -1 if a[apart[0]] < b[apart[0]] else 1
