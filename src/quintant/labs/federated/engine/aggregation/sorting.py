"""Sorting each coordinate over a few participants."""

from __future__ import annotations

from functools import cache

import numpy as np

from quintant.labs.federated.engine.aggregation.rule import Floats

FEW = 16
"""Up to so many rows a network of whole-row comparisons beats numpy's sort along the first axis (1.6 to 3.6 times at 11)."""


def sorted_by_coordinate(weights: Floats) -> Floats:
    """A copy of (k, d) with every column in ascending order."""
    if len(weights) > FEW:
        return np.sort(weights, axis=0)
    rows = weights.copy()
    low = np.empty_like(rows[0])
    # A sorting network compares the same pairs whatever the values are, so each comparison can be made for all d columns in one
    # vector operation; it has O(k log² k) of them (Batcher 1968, doi 10.1145/1468075.1468121).
    for i, j in _network(len(rows)):
        np.minimum(rows[i], rows[j], out=low)
        np.maximum(rows[i], rows[j], out=rows[j])
        rows[i] = low
    return rows


@cache
def _network(n: int) -> tuple[tuple[int, int], ...]:
    """Batcher's odd-even merge sort (1968) of n keys: the pairs to put in order, one after another."""
    pairs = []
    merged = 1
    while merged < n:
        apart = merged
        while apart >= 1:
            for start in range(apart % merged, n - apart, 2 * apart):
                for i in range(start, min(start + apart, n - apart)):
                    if i // (2 * merged) == (i + apart) // (2 * merged):
                        pairs.append((i, i + apart))
            apart //= 2
        merged *= 2
    return tuple(pairs)
