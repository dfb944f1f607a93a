"""Distances between updates: pairwise, to their centroid, to an aggregate. All in float64.

A matrix of many gigabytes is walked in blocks of coordinates, so that no float64 copy of all of it is ever made.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from quintant.labs.federated.engine.aggregation.rule import Bools, Doubles, Floats
from quintant.labs.federated.engine.aggregation.sorting import sorted_by_coordinate

DIRECT_LIMIT = 2e7
"""Below so many pair-coordinates (k·k·d / 2) pairs are subtracted one by one, which is exact for equal rows."""
SPOILED = 1e-9
"""A distance so small against the two norms (squared) is what a Gram matrix cannot see: such pairs are subtracted anyway."""
BLOCK_VALUES = 8_000_000
"""Values of a block: 64 MB in float64."""


def blocks(weights: Floats) -> Iterator[slice]:
    """Coordinates of (k, d) in slices of at most BLOCK_VALUES values, one at least."""
    k, d = weights.shape
    width = max(1, BLOCK_VALUES // max(1, k))
    for start in range(0, d, width):
        yield slice(start, min(d, start + width))


def squared_distances(weights: Floats) -> Doubles:
    """(k, k) squared Euclidean distances between the rows of (k, d); exactly 0 between equal rows.

    Rows are centred on the median of five of them, so that one far out does not cost the others their digits.
    """
    k, d = weights.shape
    distances = np.zeros((k, k))
    if k * k * d / 2 <= DIRECT_LIMIT:
        rows = weights.astype(np.float64, copy=False)
        for i in range(k - 1):
            apart = rows[i + 1 :] - rows[i]
            distances[i, i + 1 :] = np.einsum("kd,kd->k", apart, apart)
        return _far_where_unknown(distances + distances.T)
    gram = np.zeros((k, k))
    for block in blocks(weights):
        part = weights[:, block].astype(np.float64)
        part -= sorted_by_coordinate(part[np.linspace(0, k - 1, 5).astype(np.int64)])[2]
        gram += part @ part.T
    # |x - y|² = |x|² + |y|² - 2 x·y turns k² passes over d into one matrix product, at the price of cancellation: where the
    # result is tiny against the norms its digits are gone, so those few pairs are subtracted after all.
    norms = np.diag(gram)
    distances = np.maximum(norms[:, None] + norms[None, :] - 2 * gram, 0.0)
    spoiled = (distances <= SPOILED * (norms[:, None] + norms[None, :])) | ~np.isfinite(distances)
    for i, j in zip(*np.nonzero(np.triu(spoiled, 1)), strict=True):
        distances[i, j] = distances[j, i] = np.square(distances_to(weights[i].astype(np.float64), weights[j : j + 1])[0])
    np.fill_diagonal(distances, 0.0)
    return _far_where_unknown(distances)


def _far_where_unknown(distances: Doubles) -> Doubles:
    """Infinity minus infinity of two rows that are both beyond all numbers counts as far, never as missing."""
    return np.where(np.isnan(distances), np.inf, distances)


def distances_to(point: Doubles, weights: Floats) -> Doubles:
    """(k,) Euclidean distance of every row of (k, d) to a (d,) point."""
    squares = np.zeros(len(weights))
    for block in blocks(weights):
        apart = weights[:, block] - point[block]
        squares += np.einsum("kd,kd->k", apart, apart, dtype=np.float64)
    distances = np.sqrt(squares)
    for row in np.flatnonzero(~np.isfinite(squares)):  # beyond 1e154 squares overflow, the distance itself does not
        apart = np.abs(weights[row].astype(np.float64) - point)
        largest = apart.max()
        distances[row] = largest * np.linalg.norm(apart / largest) if np.isfinite(largest) else np.inf
    return distances


def distances_to_centroid(weights: Floats, living: Bools) -> Doubles:
    """(k,) distance of every row to the plain mean of the living rows ("absolute_distance")."""
    rows = weights[living]
    centroid = rows.mean(axis=0, dtype=np.float64)
    if not np.isfinite(centroid).all():  # the sum overflowed, the mean does not
        centroid = (rows / len(rows)).sum(axis=0, dtype=np.float64)
    return distances_to(centroid, weights)
