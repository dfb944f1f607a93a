"""A weight matrix to look at: histograms of its blocks and a heat map of block means. Rows are targets, columns sources."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from quintant.labs.spiking.analysis.window import Array

BINS = 40
HEATMAP_CELLS = 200
AT_ONCE = 1_000_000
"""Weights counted in one go."""


@dataclass(frozen=True)
class Block:
    """The weights from `sources` neurons, ids from `first_source`, to `targets` neurons, ids from `first_target`.

    Either all the same, `weight`, or `matrix` [targets, sources]; a block of one weight costs no memory.
    """

    first_target: int
    targets: int
    first_source: int
    sources: int
    weight: float = 0.0
    matrix: Array | None = None

    @property
    def size(self) -> int:
        return self.targets * self.sources

    @property
    def largest(self) -> float:
        if not self.size:
            return 0.0
        return self.weight if self.matrix is None else float(self.matrix.max())


@dataclass(frozen=True)
class Histograms:
    """`centre` [40] of equal bins from 0 to the largest weight of all blocks; `counts` by block name [40]: zeros included,
    negative weights left out. Without a positive weight: centre [0, 1] and one count of 0 per block (Pinglab's answer)."""

    centre: Array
    counts: Mapping[str, Array]


def histograms(blocks: Mapping[str, Block]) -> Histograms:
    largest = max((block.largest for block in blocks.values()), default=0.0)
    if not largest > 0:
        return Histograms(np.array([0.0, 1.0]), {name: np.zeros(1) for name in blocks})
    edges = np.linspace(0.0, largest, BINS + 1)
    return Histograms((edges[:-1] + edges[1:]) / 2, {name: _counts(block, edges) for name, block in blocks.items()})


def bins_of(block: Block, centre: Array) -> Array:
    """Counts [len(centre)] by Pinglab's second rule: floor over the distance of the centres, clamped into both ends.
    It does not agree with `histograms`; clients of the contract get both."""
    if block.matrix is None:
        return _bins(np.full(1, block.weight), centre) * block.size
    rows = max(1, AT_ONCE // max(1, block.sources))
    return sum((_bins(block.matrix[at : at + rows].ravel(), centre) for at in range(0, block.targets, rows)),
               np.zeros(len(centre)))  # fmt: skip


def heatmap(blocks: Mapping[str, Block], n: int, cells: int = HEATMAP_CELLS) -> Array:
    """Means [m, m] of square patches of the whole matrix [n, n], m = ceil(n / step), step = ceil(n / cells); what no block
    covers is 0, and patches at the end may be smaller."""
    if n == 0:
        return np.empty((0, 0))
    step = math.ceil(n / cells)
    m = math.ceil(n / step)
    sums = np.zeros((m, m))
    for block in blocks.values():
        if not block.size:
            continue
        rows, row_starts, row_sizes = _patches(block.first_target, block.targets, step)
        columns, column_starts, column_sizes = _patches(block.first_source, block.sources, step)
        if block.matrix is None:
            part = block.weight * np.outer(row_sizes, column_sizes)
        else:
            part = np.add.reduceat(block.matrix, row_starts, axis=0, dtype=float)
            part = np.add.reduceat(part, column_starts, axis=1)
        sums[rows, columns] += part
    size = np.minimum(step, n - np.arange(m) * step)
    return sums / size[:, None] / size[None, :]


def _bins(values: Array, centre: Array) -> Array:
    span = float(centre[-1] - centre[0])
    place = np.floor((values - centre[0]) / span * (len(centre) - 1)) if span > 0 else np.zeros(len(values))
    return np.bincount(np.clip(place, 0, len(centre) - 1).astype(np.int64), minlength=len(centre)).astype(float)


def _patches(first: int, size: int, step: int) -> tuple[slice, Array, Array]:
    """Which patches ids first … first + size - 1 fall into, where each begins counted from `first`, and how many ids it has."""
    low, high = first // step, (first + size - 1) // step
    starts = np.maximum(np.arange(low, high + 1) * step - first, 0)
    return slice(low, high + 1), starts, np.diff(np.append(starts, size))


def _counts(block: Block, edges: Array) -> Array:
    """As numpy.histogram: half-open bins, the last one closed."""
    if block.matrix is None:
        return np.histogram([block.weight], edges)[0].astype(float) * block.size
    return np.histogram(block.matrix, edges)[0].astype(float)
