"""Decimation: a line of many points as the extremes of each column of pixels, so that no peak is lost (never every n-th);
of too many equal marks, evenly spaced ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


def extremes(x: Array, y: Array, columns: int) -> tuple[Array, Array]:
    """`x`, `y` [n] as they are when n is at most twice `columns`; else the least and the greatest y of each of `columns`
    equal stretches, in their order of x."""
    import itertools

    import numpy as np

    if len(x) <= 2 * columns:
        return x, y
    starts = np.linspace(0, len(x), columns + 1).astype(np.int64)
    kept = np.empty(2 * columns, np.int64)
    for column, (start, stop) in enumerate(itertools.pairwise(starts)):
        part = y[start:stop]
        kept[2 * column : 2 * column + 2] = sorted((start + int(part.argmin()), start + int(part.argmax())))
    kept = np.unique(kept)
    return x[kept], y[kept]


def positions(count: int, most: int | None) -> Array:
    """Which of `count` items to keep so that at most `most` remain: all, or evenly spaced ones, ends included."""
    import numpy as np

    if most is None or count <= most:
        return np.arange(count)
    return np.linspace(0, count - 1, most).astype(np.int64)
