"""A weight matrix to look at: histograms of its blocks and a heat map of block means. Rows are targets, columns sources."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from quintant.labs.spiking.analysis.window import Array

BINS = 40
HEATMAP_CELLS = 200


@dataclass(frozen=True)
class Histograms:
    """`centre` [40] of equal bins from 0 to the largest weight of all blocks; `counts` by block name [40]: zeros included,
    negative weights left out. Without a positive weight: centre [0, 1] and one count of 0 per block (Pinglab's answer)."""

    centre: Array
    counts: Mapping[str, Array]


def histograms(blocks: Mapping[str, Array]) -> Histograms:
    largest = max((float(block.max()) for block in blocks.values() if block.size), default=0.0)
    if not largest > 0:
        return Histograms(np.array([0.0, 1.0]), {name: np.zeros(1) for name in blocks})
    edges = np.linspace(0.0, largest, BINS + 1)
    return Histograms((edges[:-1] + edges[1:]) / 2, {name: _counts(block, edges) for name, block in blocks.items()})


def bins_of(block: Array, centre: Array) -> Array:
    """Counts [len(centre)] by Pinglab's second rule, floor over the distance of the centres, clamped into both ends.
    It does not agree with `histograms`; clients of the contract get both."""
    if not block.size:
        return np.zeros(len(centre))
    span = centre[-1] - centre[0]
    place = np.floor((block.ravel() - centre[0]) / span * (len(centre) - 1)) if span > 0 else np.zeros(block.size)
    return np.bincount(np.clip(place, 0, len(centre) - 1).astype(np.int64), minlength=len(centre)).astype(float)


def heatmap(matrix: Array, cells: int = HEATMAP_CELLS) -> Array:
    """Means [m, m] of square patches of W [n, n], m = ceil(n / step), step = ceil(n / cells); the last may be smaller."""
    n = len(matrix)
    if n == 0:
        return np.empty((0, 0))
    step = math.ceil(n / cells)
    starts = np.arange(0, n, step)
    size = np.diff(np.append(starts, n))
    sums = np.add.reduceat(np.add.reduceat(matrix.astype(float, copy=False), starts, axis=0), starts, axis=1)
    return sums / size[:, None] / size[None, :]


def _counts(block: Array, edges: Array) -> Array:
    """As numpy.histogram: half-open bins, the last one closed."""
    return np.histogram(block, edges)[0].astype(float)
