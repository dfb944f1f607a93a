"""Inter-spike intervals (ISI) of each neuron, and what Pinglab makes of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quintant.labs.spiking.analysis.window import Array


@dataclass(frozen=True)
class Intervals:
    """ISI statistics of the neurons with at least two spikes, in ascending id.

    neuron [k], mean_ms [k], sd_ms [k] (population standard deviation), count [k] (number of intervals);
    `size`: neurons of the population, silent ones included.
    """

    size: int
    neuron: Array
    mean_ms: Array
    sd_ms: Array
    count: Array

    @property
    def rate_hz(self) -> float:
        """Mean over the whole population of 1000/mean ISI; a neuron with fewer than two spikes counts 0 (Pinglab's rate)."""
        return float(np.sum(1000.0 / self.mean_ms) / self.size) if self.size else 0.0

    @property
    def cv(self) -> float | None:
        """Mean over neurons of SD/mean; None when no neuron has an interval."""
        return float(np.mean(self.sd_ms / self.mean_ms)) if len(self.neuron) else None

    @property
    def mean_of_means_ms(self) -> float | None:
        return float(np.mean(self.mean_ms)) if len(self.neuron) else None


def intervals(time_ms: Array, neuron: Array, size: int) -> Intervals:
    """ISI statistics of a population from its spikes, sorted by time, ids from 0."""
    order = np.argsort(neuron, kind="stable")
    who, when = neuron[order], time_ms[order]
    same = who[1:] == who[:-1]
    gap, owner = np.diff(when)[same], who[1:][same]
    count = np.bincount(owner, minlength=size)
    total = np.bincount(owner, gap, minlength=size)
    firing = np.flatnonzero(count)
    mean = total[firing] / count[firing]
    at = np.zeros(size)
    at[firing] = mean
    squares = np.bincount(owner, (gap - at[owner]) ** 2, minlength=size)[firing]
    return Intervals(size, firing, mean, np.sqrt(squares / count[firing]), count[firing])
