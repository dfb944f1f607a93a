"""Evenly spaced items of too many."""

from __future__ import annotations

import numpy as np

from quintant.labs.spiking.analysis.window import Array


def positions(count: int, most: int | None) -> Array:
    """Which of `count` items to keep so that at most `most` remain: all, or evenly spaced ones, ends included."""
    if most is None or count <= most:
        return np.arange(count)
    return np.linspace(0, count - 1, most).astype(np.int64)
