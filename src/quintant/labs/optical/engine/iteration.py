"""Iteration: one pass of FUSION's replay, from an empty network to the last departure, and its statistics.

Blocking = blocked requests / requests; bit-rate blocking = Gb/s not served / Gb/s asked for. Hops, lengths and transponders
are per served request (a sliced one counts its one path once and its lightpaths as transponders); a request that was groomed
altogether has none of them. A connection that a failure dropped counts as blocked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from quintant.labs.optical.engine.lives import Lives
from quintant.labs.optical.engine.outcome import Lightpaths, Outcomes, Reason, Status
from quintant.labs.optical.engine.plan import Plan, Route
from quintant.labs.optical.engine.protection import Switchovers
from quintant.labs.optical.engine.requests import Requests


@dataclass(frozen=True)
class Iteration:
    """`outcomes`: of all `requests`. `occupied`: bool (links, cores, slots) and `live`: lightpaths that are up and
    `spent` (`Simulator.spent`), all right after the last arrival. `routes`: the simulator's."""

    plan: Plan
    requests: Requests
    outcomes: Outcomes
    lives: Lives
    routes: Sequence[Route]
    occupied: np.ndarray
    live: Lightpaths
    spent: tuple[np.ndarray, float]
    counted: Switchovers

    @cached_property
    def blocked(self) -> np.ndarray:
        """bool (n): blocked at arrival, or dropped later."""
        blocked = self.outcomes.status == Status.BLOCKED
        blocked[self.outcomes.dropped - self.requests.first] = True
        result: np.ndarray = blocked
        return result

    @cached_property
    def reasons(self) -> np.ndarray:
        """uint8 (n), Reason; a dropped connection has FAILURE."""
        reasons = self.outcomes.reason.copy()
        reasons[self.outcomes.dropped - self.requests.first] = Reason.FAILURE
        return reasons

    @cached_property
    def asked_gbps(self) -> np.ndarray:
        result: np.ndarray = self.plan.rates_gbps[self.requests.tier]
        return result

    @cached_property
    def served_gbps(self) -> np.ndarray:
        """float64 (n): bit rate served; 0 for blocked and dropped ones."""
        return np.where(self.blocked, 0.0, self.outcomes.served_gbps)

    @property
    def blocking(self) -> float | None:
        """None when nothing was asked for (load 0)."""
        return float(self.blocked.sum() / len(self.blocked)) if len(self.blocked) else None

    @property
    def bitrate_blocking(self) -> float | None:
        """None for demands in slots, and when nothing was asked for."""
        offered = float(self.asked_gbps.sum())
        return None if not len(self.blocked) or np.isnan(offered) else float((offered - self.served_gbps.sum()) / offered)

    @cached_property
    def primary(self) -> np.ndarray:
        """int (m): rows of the lightpaths that are no backups."""
        backup = self.outcomes.lightpaths.backup
        return np.arange(len(self.outcomes.lightpaths)) if backup is None else np.flatnonzero(~backup)

    @cached_property
    def served_by(self) -> tuple[np.ndarray, np.ndarray]:
        """(first lightpath row, number of lightpaths) of each request that set up any."""
        request = self.outcomes.lightpaths.request[self.primary]
        first = np.flatnonzero(np.diff(request, prepend=-1))
        return self.primary[first], np.diff(first, append=len(request))

    @cached_property
    def route_hops(self) -> np.ndarray:
        if self.routes is self.plan.routes:
            return self.plan.route_hops
        return np.array([route.hops for route in self.routes], np.int64)

    @cached_property
    def route_km(self) -> np.ndarray:
        if self.routes is self.plan.routes:
            return self.plan.route_km
        return np.array([route.km for route in self.routes], np.float64)

    @property
    def hops(self) -> np.ndarray:
        """int64: hops of each served request that set up a lightpath."""
        result: np.ndarray = self.route_hops[self.outcomes.lightpaths.route[self.served_by[0]]]
        return result

    @property
    def km(self) -> np.ndarray:
        """float64: length of each served request's path."""
        result: np.ndarray = self.route_km[self.outcomes.lightpaths.route[self.served_by[0]]]
        return result

    def crossings(self) -> tuple[np.ndarray, np.ndarray]:
        """(lightpath row, link) of every link of every lightpath, backups included."""
        steps = [np.array(route.links, np.int64) for route in self.routes]
        sizes = np.array([len(step) for step in steps], np.int64)
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        flat = np.concatenate(steps) if steps else np.empty(0, np.int64)
        routes = self.outcomes.lightpaths.route
        count = sizes[routes]
        rows = np.repeat(np.arange(len(routes)), count)
        within = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
        return rows, flat[np.repeat(starts[routes], count) + within]

    @cached_property
    def link_utilisation(self) -> np.ndarray | None:
        """float64 (links): time average of the taken part of each link up to the last arrival, 0..1; None where no time
        passed."""
        whole = self.plan.cores * self.plan.slots * self.duration
        return self.spent[0] / whole if whole > 0 else None

    @property
    def active_lightpaths(self) -> float | None:
        """Time average of the number of lit lightpaths, backups included; None where no time passed."""
        return self.spent[1] / self.duration if self.duration > 0 else None

    @property
    def duration(self) -> float:
        """Time of the last arrival; the iteration begins at 0."""
        return float(self.requests.arrival[-1]) if len(self.requests) else 0.0
