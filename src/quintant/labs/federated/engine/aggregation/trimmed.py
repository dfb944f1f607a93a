"""Coordinate-wise rules: trimmed mean and median (Yin, Chen, Ramchandran and Bartlett, ICML 2018, arXiv 1803.01498).

Both need f < n / 2. Neither has a notion of a participant that is in or out: all living ones count as used.
"""

from __future__ import annotations

import numpy as np

from quintant.labs.federated.engine.aggregation.distances import distances_to
from quintant.labs.federated.engine.aggregation.inapplicable import by_loss
from quintant.labs.federated.engine.aggregation.rule import Aggregate, ClientUpdates, Doubles, Floats, Memory, RuleSettings
from quintant.labs.federated.engine.aggregation.sorting import sorted_by_coordinate

FEW = 2
"""The median of so many is their mean."""


def cut(weights: Floats, count: int) -> tuple[Doubles, Floats, Floats]:
    """Mean of (k, d) without the `count` least and largest values of each coordinate, and the (d,) bounds of what is kept."""
    # With at most `count` attackers, whatever of theirs survives in a coordinate lies between two honest values, so the mean is
    # off by no more than the honest values are spread; the median is the cut that leaves one value or two (Yin et al. 2018).
    k = len(weights)
    ordered = sorted_by_coordinate(weights)
    return ordered[count : k - count].mean(axis=0, dtype=np.float64), ordered[count], ordered[k - count - 1]


def trimmed_mean(updates: ClientUpdates, settings: RuleSettings, memory: Memory) -> Aggregate:
    """Per coordinate drop int(trim_ratio · n) values at each end and average the rest, samples not weighted.

    Score: the share of coordinates at which an update lay outside of what was kept. Nobody is removed.
    """
    living = living_rows(updates)
    # The cut is that of a full round: who is lost does not make room for the others.
    count = int(settings.trim_ratio * updates.expected)
    if updates.lost and 2 * count >= len(living):
        return by_loss("The trimmed mean", updates)
    mean, low, high = cut(living, count)
    outside = (updates.weights < low) | (updates.weights > high)
    return Aggregate(mean, updates.living.copy(), np.count_nonzero(outside, axis=1) / outside.shape[1])


def median(updates: ClientUpdates, settings: RuleSettings, memory: Memory) -> Aggregate:
    """The median of each coordinate. Score: distance to it. Nobody is removed."""
    living = living_rows(updates)
    if updates.lost and len(living) <= FEW:
        return by_loss("The median", updates)
    middle, _, _ = cut(living, (len(living) - 1) // 2)
    return Aggregate(middle, updates.living.copy(), distances_to(middle, updates.weights))


def living_rows(updates: ClientUpdates) -> Floats:
    """(l, d) weights of the living; not copied where all live."""
    return updates.weights if updates.living.all() else updates.weights[updates.living]
