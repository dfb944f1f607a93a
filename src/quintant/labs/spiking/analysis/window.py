"""The part of a run that is measured, and its bins."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

BIN_MS = 5.0
"""Width of Pinglab's bins."""


@dataclass(frozen=True)
class Window:
    """The measured part [start_ms, stop_ms) of a run."""

    start_ms: float
    stop_ms: float

    @property
    def duration_ms(self) -> float:
        return self.stop_ms - self.start_ms

    def select(self, time_ms: Array, neuron: Array, first: int, size: int) -> tuple[Array, Array]:
        """Spikes of one population within the window: times from its start, ids from 0."""
        low, high = np.searchsorted(time_ms, [self.start_ms, self.stop_ms])
        time_ms, neuron = time_ms[low:high], neuron[low:high]
        own = (neuron >= first) & (neuron < first + size)
        return time_ms[own] - self.start_ms, neuron[own] - first


def after_burn_in(burn_in_ms: float, duration_ms: float, dt_ms: float) -> Window:
    """From the burn-in to the end; a burn-in longer than the run leaves its last step."""
    return Window(min(burn_in_ms, max(0.0, duration_ms - dt_ms)), duration_ms)


def edges_ms(duration_ms: float, bin_ms: float = BIN_MS) -> Array:
    """Edges [n+1] of n = ceil(duration/bin) equal bins on [0, duration]."""
    return np.linspace(0.0, duration_ms, max(1, math.ceil(duration_ms / bin_ms)) + 1)


def centres(edges: Array) -> Array:
    return (edges[:-1] + edges[1:]) / 2


def counts(time_ms: Array, edges: Array) -> Array:
    """Spikes per bin [n], float; the last edge is part of the last bin."""
    return np.histogram(time_ms, edges)[0].astype(float)


def counts_by_neuron(time_ms: Array, neuron: Array, size: int, edges: Array) -> Array:
    """Spikes per neuron and bin [size, n], float."""
    n = len(edges) - 1
    place = np.minimum(np.searchsorted(edges, time_ms, side="right") - 1, n - 1)
    flat = np.bincount(neuron.astype(np.int64) * n + place, minlength=size * n)
    return flat.reshape(size, n).astype(float)
