"""Outcomes: what became of each request, in the arrays that both simulators fill and all statistics read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol

import numpy as np

from quintant.labs.optical.engine.plan import Route
from quintant.labs.optical.engine.requests import Requests


class Status(IntEnum):
    SERVED = 0
    BLOCKED = 1
    PARTLY = 2  # served below its bit rate (partial_service)


class Reason(IntEnum):
    """Why a request was blocked; the sentence of each is in `SENTENCES`. Order matters to no one."""

    NONE = 0
    DISTANCE = 1
    NO_SPECTRUM = 2
    FRAGMENTATION = 3
    XT_THRESHOLD = 4
    SNR_FAIL = 5
    SNR_RECHECK_FAIL = 6
    FAILURE = 7
    TRANSPONDER_LIMIT = 8
    MAX_SEGMENTS = 9
    NO_DISJOINT_PATH = 10
    NO_COMMON_SPECTRUM = 11
    BACKUP_PATH_DISTANCE = 12


SENTENCES = {
    Reason.NONE: "served",
    Reason.DISTANCE: "no candidate path is within the reach of any format",
    Reason.NO_SPECTRUM: "too few free slots on every candidate path that is within reach",
    Reason.FRAGMENTATION: "enough free slots on a candidate path, but not contiguous and the same on all its links",
    Reason.XT_THRESHOLD: "spectrum was free, but crosstalk exceeded what the format accepts",
    Reason.SNR_FAIL: "spectrum was free, but the signal quality was below the threshold",
    Reason.SNR_RECHECK_FAIL: "the new lightpath would have pushed an existing one below its threshold",
    Reason.FAILURE: "every candidate path crossed a failed link, or a failure dropped the connection",
    Reason.TRANSPONDER_LIMIT: "no transponder left at an end node",
    Reason.MAX_SEGMENTS: "slicing would have needed more segments than allowed",
    Reason.NO_DISJOINT_PATH: "no two disjoint paths join the nodes",
    Reason.NO_COMMON_SPECTRUM: "no slots were free on both the primary and the backup path",
    Reason.BACKUP_PATH_DISTANCE: "no disjoint pair of paths is within reach",
}


@dataclass(frozen=True)
class Lightpaths:
    """Lightpath records, one array entry each. Slots `start..end` (end exclusive) include the guard slots at the end;
    slot numbers count from 0 within the band.

    `request`: index in the whole Run (`Requests.first` + row). `route`: index into `Simulator.routes`. `tier`: the bit
    rate carried, index into `Plan.tiers`. `snr_db`: None when no signal quality was computed. `backup`: True for the
    second lightpath of a protected connection; None when there is no protection.
    """

    request: np.ndarray  # int64
    route: np.ndarray  # int32
    tier: np.ndarray  # int32
    format: np.ndarray  # int16
    core: np.ndarray  # int16
    band: np.ndarray  # int16
    start: np.ndarray  # int32
    end: np.ndarray  # int32
    snr_db: np.ndarray | None = None  # float64
    backup: np.ndarray | None = None  # bool

    def __len__(self) -> int:
        return len(self.request)


@dataclass(frozen=True)
class Outcomes:
    """What `Simulator.serve` returns for one chunk of requests, in their order.

    `rank`: which candidate served the request (0 = first), -1 when none did. `served_gbps`: bit rate really carried;
    NaN for demands in slots. `dropped`: requests of the whole Run that were served, now or earlier, and lost to a failure
    at `dropped_at` (they also count as blocked, reason FAILURE).
    """

    status: np.ndarray  # uint8 (n), Status
    reason: np.ndarray  # uint8 (n), Reason
    rank: np.ndarray  # int16 (n)
    served_gbps: np.ndarray  # float64 (n)
    lightpaths: Lightpaths
    dropped: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    dropped_at: np.ndarray = field(default_factory=lambda: np.empty(0, np.float64))


class Simulator(Protocol):
    """A network that serves requests chunk after chunk, carrying its state along. Starts empty.

    A connection whose departure is at or before an arrival leaves before that arrival is served. `routes` begins with
    `Plan.routes`; a routing method that finds its own paths appends to it.
    """

    routes: Sequence[Route]

    def serve(self, requests: Requests) -> Outcomes: ...

    def occupied(self) -> np.ndarray:
        """bool (links, cores, slots of all bands side by side), guard slots included, after the last arrival served."""
        ...

    def spent(self) -> tuple[np.ndarray, float]:
        """(float64 (links), float): slots taken on each link (guard slots included) and lightpaths that were up, both
        integrated over time from 0 to the last arrival served. The difference of two calls over the time between them is
        a time average, exactly."""
        ...

    def live(self) -> Lightpaths:
        """The lightpaths that are up after the last arrival served, by ascending request."""
        ...
