"""Distances between uploads: pairwise, to their centroid, to an aggregate. All in float64."""

from __future__ import annotations

import numpy as np

from quintant.labs.federated.engine.aggregation.rule import Bools, Doubles, Floats

DIRECT_LIMIT = 2e7
"""Below so many pair-coordinates (k·k·d / 2) pairs are subtracted one by one, which is exact for equal rows."""
SPOILED = 1e-9
"""A distance so small against the two norms (squared) is what a Gram matrix cannot see: such pairs are subtracted anyway."""


def squared_distances(weights: Floats) -> Doubles:
    """(k, k) squared Euclidean distances between the rows of (k, d); exactly 0 between equal rows."""
    k, d = weights.shape
    rows = weights.astype(np.float64, copy=False)
    distances = np.zeros((k, k))
    if k * k * d / 2 <= DIRECT_LIMIT:
        for i in range(k - 1):
            apart = rows[i + 1 :] - rows[i]
            distances[i, i + 1 :] = np.einsum("kd,kd->k", apart, apart)
        return distances + distances.T
    rows = rows - np.median(rows[:: max(1, k // 32)], axis=0)
    gram = rows @ rows.T
    norms = np.diag(gram)
    distances = np.maximum(norms[:, None] + norms[None, :] - 2 * gram, 0.0)
    for i, j in zip(*np.nonzero(np.triu(distances <= SPOILED * (norms[:, None] + norms[None, :]), 1)), strict=True):
        apart = rows[i] - rows[j]
        distances[i, j] = distances[j, i] = apart @ apart
    np.fill_diagonal(distances, 0.0)
    return distances


def distances_to(point: Doubles, weights: Floats) -> Doubles:
    """(k,) Euclidean distance of every row of (k, d) to a (d,) point."""
    apart = weights - point
    return np.sqrt(np.einsum("kd,kd->k", apart, apart, dtype=np.float64))


def distances_to_centroid(weights: Floats, living: Bools) -> Doubles:
    """(k,) distance of every row to the plain mean of the living rows ("absolute_distance")."""
    return distances_to(weights[living].mean(axis=0, dtype=np.float64), weights)
