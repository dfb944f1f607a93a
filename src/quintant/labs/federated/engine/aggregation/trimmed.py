"""Coordinate-wise rules: trimmed mean and median (Yin, Chen, Ramchandran and Bartlett, ICML 2018, arXiv 1803.01498).

Both need f < n / 2. Neither has a notion of a participant that is in or out: all living ones count as used.
"""

from __future__ import annotations

import numpy as np

from quintant.labs.federated.engine.aggregation.distances import distances_to
from quintant.labs.federated.engine.aggregation.rule import Doubles, Floats, Memory, RuleSettings, Uploads, Verdict
from quintant.labs.federated.engine.aggregation.sorting import sorted_by_coordinate


def cut(weights: Floats, count: int) -> tuple[Doubles, Floats, Floats]:
    """Mean of (k, d) without the `count` least and largest values of each coordinate, and the (d,) bounds of what is kept."""
    k = len(weights)
    ordered = sorted_by_coordinate(weights)
    return ordered[count : k - count].mean(axis=0, dtype=np.float64), ordered[count], ordered[k - count - 1]


def trimmed_mean(uploads: Uploads, settings: RuleSettings, memory: Memory) -> Verdict:
    """Per coordinate drop int(trim_ratio · n) values at each end and average the rest, samples not weighted.

    Score: the share of coordinates at which an upload lay outside of what was kept. Nobody is removed.
    """
    living = living_rows(uploads)
    mean, low, high = cut(living, int(settings.trim_ratio * len(living)))
    outside = (uploads.weights < low) | (uploads.weights > high)
    return Verdict(mean, uploads.living.copy(), np.count_nonzero(outside, axis=1) / outside.shape[1])


def median(uploads: Uploads, settings: RuleSettings, memory: Memory) -> Verdict:
    """The median of each coordinate. Score: distance to it. Nobody is removed."""
    living = living_rows(uploads)
    middle, _, _ = cut(living, (len(living) - 1) // 2)
    return Verdict(middle, uploads.living.copy(), distances_to(middle, uploads.weights))


def living_rows(uploads: Uploads) -> Floats:
    """(l, d) weights of the living; not copied where all live."""
    return uploads.weights if uploads.living.all() else uploads.weights[uploads.living]
