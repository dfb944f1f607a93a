"""Lives: from when to when each lightpath of one iteration was lit, and what it carried meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quintant.labs.optical.engine.lightpath import Retired
from quintant.labs.optical.engine.outcome import Lightpaths
from quintant.labs.optical.engine.requests import Requests


@dataclass(frozen=True)
class Lives:
    """One entry per lightpath of the iteration, in the order of their set-up; backups follow their primary.

    `carried_gbps_time`: integral of the carried bit rate, Gb/s x time units; NaN for demands in slots.
    `utilisation_percent`: time average of carried over capacity.
    """

    since: np.ndarray  # float64
    until: np.ndarray  # float64
    carried_gbps_time: np.ndarray  # float64
    utilisation_percent: np.ndarray  # float64

    @classmethod
    def of_plain(cls, requests: Requests, lightpaths: Lightpaths, rates_gbps: np.ndarray) -> Lives:
        """Where every lightpath serves one request for as long as that holds. All are full but the last slice of a request
        that is no multiple of its tier, which carries the rest."""
        rows = lightpaths.request - requests.first
        since, until = requests.arrival[rows], requests.departure[rows]
        capacity = rates_gbps[lightpaths.tier]
        surplus = np.bincount(rows, capacity, len(requests))[rows] - rates_gbps[requests.tier[rows]]
        last = np.diff(rows, append=len(requests)) > 0
        carried_gbps = np.where(last, capacity - surplus, capacity)
        carried, whole = carried_gbps * (until - since), capacity * (until - since)
        percent = np.full(len(rows), 100.0)
        np.divide(carried, whole, out=percent, where=whole > 0)
        percent[whole > 0] *= 100.0
        return cls(since, until, carried, percent)

    @classmethod
    def of_retired(cls, retired: Sequence[Retired]) -> Lives:
        return cls(
            np.array([lightpath.since for lightpath in retired], np.float64),
            np.array([lightpath.until for lightpath in retired], np.float64),
            np.array([lightpath.carried_gbps_time for lightpath in retired], np.float64),
            np.array([lightpath.utilisation_percent for lightpath in retired], np.float64),
        )
