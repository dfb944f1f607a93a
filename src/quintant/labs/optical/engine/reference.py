"""The reference simulator: the whole model, request by request, written to be read.

`kernel` is the compiled twin for the plain part of it and gives the same outcomes, bit for bit. In the order in which
things happen to a request that arrives:

1. Connections whose departure is at or before the arrival leave. A failure or a repair that is due at this arrival happens.
2. Grooming, where asked for, puts it on lightpaths that already join its two nodes; a rest goes on the same path. If that
   fails, replay blocks it, as FUSION does; steady goes on as if nothing had been groomed.
3. The routing method offers candidates; those that cross a failed link are passed over. On each in turn, each format within
   reach is tried: free slots by the allocation policy, then the physical-layer check. The first success is taken.
4. Where slicing is allowed, a second pass over the same candidates tries several lightpaths.
5. Otherwise the request is blocked, with the reason why.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from quintant.errors import ConfigError, Problem
from quintant.labs.optical.engine.attempt import Attempt
from quintant.labs.optical.engine.failures import outage
from quintant.labs.optical.engine.grooming import Groups
from quintant.labs.optical.engine.lightpath import Connection, Lightpath, Retired
from quintant.labs.optical.engine.network import Network, Obstacle
from quintant.labs.optical.engine.outcome import Lightpaths, Outcomes, Reason, Status
from quintant.labs.optical.engine.physical.external import SnrTables
from quintant.labs.optical.engine.plan import Plan, Route
from quintant.labs.optical.engine.protection import Switchovers, revert, strike
from quintant.labs.optical.engine.requests import Requests
from quintant.labs.optical.engine.routing.candidate import Candidate, Routes
from quintant.labs.optical.engine.slicing import Slicer

if TYPE_CHECKING:
    from quintant.labs.optical.config import OpticalConfig

NO_RANK = -1


class Reference:
    """A `Simulator` (see outcome.py) of every config.

    `tables`: look-up arrays of the external check. `records`: keep what every lightpath leaves behind, for `ended`. `routes`:
    where new routes are added, to share them between simulators.
    """

    def __init__(
        self,
        config: OpticalConfig,
        plan: Plan,
        tables: SnrTables | None = None,
        *,
        records: bool = False,
        routes: Routes | None = None,
    ) -> None:
        if config.grooming and config.demand.kind == "slots":
            raise ConfigError(Problem("grooming", "needs bit rates; demands in slots have none.", True, [False]))
        self.network = Network(config, plan, tables, routes)
        self.network.retired = [] if records else None
        self.routes: Sequence[Route] = self.network.routes
        self.counted = Switchovers()
        self._plan = plan
        self._slicer = Slicer(max_segments=config.max_segments, dynamic=config.dynamic_slicing, partial=config.partial_service)
        self._groups = Groups(directed=config.directed) if config.grooming else None
        self._anew = config.mode == "steady"
        """Whether a request whose rest does not fit beside its groomed part is tried anew without grooming."""
        self._partial = config.partial_service
        self._lowest_slot = config.first == "slot"
        self._outage = outage(config, plan)
        self._down: frozenset[int] = frozenset()
        self._revert = config.revert_to_primary
        self._protected = config.protection != "none" or config.routing == "1plus1_protection"
        self._connections: dict[int, Connection] = {}
        self._leaving: list[tuple[float, int]] = []
        self._lit: list[Lightpath] = []
        self._now = 0.0

    def serve(self, requests: Requests) -> Outcomes:
        n = len(requests)
        status, reason = np.zeros(n, np.uint8), np.zeros(n, np.uint8)
        rank, served_gbps = np.full(n, NO_RANK, np.int16), np.zeros(n)
        dropped: list[int] = []
        dropped_at: list[float] = []
        self._lit = []
        rows = zip(
            requests.arrival.tolist(),
            requests.departure.tolist(),
            requests.source.tolist(),
            requests.target.tolist(),
            requests.tier.tolist(),
            strict=True,
        )
        for row, (now, until, source, target, tier) in enumerate(rows):
            request = requests.first + row
            self._now = now
            self._depart(now)
            if self._outage is not None:
                for lost in self._fail_or_repair(request, now):
                    dropped.append(lost)
                    dropped_at.append(now)
            connection, gbps, chosen, why = self._arrive(request, source, target, tier, now)
            if connection is None:
                status[row], reason[row] = Status.BLOCKED, why
                continue
            rank[row], served_gbps[row] = chosen, gbps
            offered = self._plan.tiers[tier].gbps
            status[row] = Status.SERVED if offered is None or gbps >= offered else Status.PARTLY
            self._connections[request] = connection
            heapq.heappush(self._leaving, (until, request))
        return Outcomes(
            status, reason, rank, served_gbps, self._records(self._lit), np.array(dropped, np.int64), np.array(dropped_at)
        )

    def occupied(self) -> np.ndarray:
        return self.network.spectrum.occupied()

    def spent(self) -> tuple[np.ndarray, float]:
        network = self.network
        slot_time, lit_time = np.array(network.slot_time), network.lit_time
        for lightpath in sorted(network.lightpaths.values(), key=lambda lightpath: (lightpath.request, lightpath.id)):
            lit_time += self._now - lightpath.since
            for link in lightpath.route.links:
                slot_time[link] += (lightpath.end - lightpath.start) * (self._now - lightpath.since)
        return slot_time, lit_time

    def live(self) -> Lightpaths:
        return self._records(sorted(self.network.lightpaths.values(), key=lambda lightpath: (lightpath.request, lightpath.id)))

    def slots_used(self) -> list[int]:
        """Slots taken on each link of the Plan, guard slots included, all cores and bands together."""
        return self.network.spectrum.used()

    def ended(self) -> list[Retired]:
        """What every lightpath that has ended left behind, in the order of their set-up: the rows of the Outcomes'
        lightpaths, once all have ended (`drain`). Needs `records`."""
        if self.network.retired is None:
            raise ValueError("Reference.ended: needs records=True")
        return sorted(self.network.retired, key=lambda lightpath: lightpath.id)

    def drain(self) -> None:
        """Let every connection leave at its time: the end of an iteration."""
        self._depart(float("inf"))

    # --- arrivals ---

    def _arrive(
        self, request: int, source: int, target: int, tier: int, now: float
    ) -> tuple[Connection | None, float, int, Reason]:
        """(connection or None, Gb/s served, rank of the candidate, reason of a block)."""
        gbps = self._plan.tiers[tier].gbps
        rate = None if gbps is None else float(gbps)
        attempt = Attempt(self.network, request, source, target, tier, now, rate)
        groomed = self._groom(attempt)
        if groomed:
            same, chosen = self._same_path(groomed[-1][0]), None
            if attempt.gbps:
                attempt.tier = self._tier_for(attempt.gbps)
                chosen = self._light(attempt, same)
            if chosen is not None or not attempt.gbps or self._partial:
                return self._served(attempt, groomed, chosen)
            if not self._anew:
                return None, 0.0, NO_RANK, self._why(attempt, same, same)
            attempt = Attempt(self.network, request, source, target, tier, now, rate)
        candidates = alive = self.network.router.candidates(source, target, tier)
        if self._down:
            alive = [candidate for candidate in candidates if not any(link in self._down for link in candidate.links)]
        chosen = self._light(attempt, alive)
        if chosen is None:
            return None, 0.0, NO_RANK, self._why(attempt, candidates, alive)
        return self._served(attempt, [], chosen)

    def _light(self, attempt: Attempt, alive: Sequence[Candidate]) -> Candidate | None:
        """The candidate on which the request was lit: whole, in slices, or in part; None and nothing lit otherwise."""
        chosen = attempt.whole(alive, attempt.tier, lowest_slot=self._lowest_slot)
        if chosen is None and self._slicer.slices() and attempt.gbps is not None:
            chosen = self._slicer.serve(attempt, alive)
        if chosen is None and self._partial:
            chosen = self._slicer.serve_part(attempt, alive)
        return chosen

    def _served(
        self, attempt: Attempt, groomed: list[tuple[Lightpath, float]], chosen: Candidate | None
    ) -> tuple[Connection, float, int, Reason]:
        carried = sum(gbps for _, gbps in (*groomed, *attempt.made)) if attempt.gbps is not None else float("nan")
        return self._connect(attempt, groomed), carried, NO_RANK if chosen is None else chosen.rank, Reason.NONE

    def _groom(self, attempt: Attempt) -> list[tuple[Lightpath, float]]:
        """Shares of existing lightpaths for the request; what they cannot carry stays in `attempt.gbps`."""
        if self._groups is None or attempt.gbps is None:
            return []
        shares: list[tuple[Lightpath, float]] = []
        for lightpath in self._groups.richest(attempt.source, attempt.target, self._down):
            gbps = min(attempt.gbps, lightpath.spare_gbps)
            if gbps > 0:
                shares.append((lightpath, gbps))
                attempt.gbps -= gbps
        return shares

    def _connect(self, attempt: Attempt, groomed: list[tuple[Lightpath, float]]) -> Connection:
        connection = Connection(attempt.request, [*groomed, *attempt.made])
        for lightpath, gbps in connection.shares:
            lightpath.carry(gbps, attempt.now)
            lightpath.users += 1
        for lightpath, _ in attempt.made:
            self._lit.append(lightpath)
            if lightpath.twin is not None:
                self._lit.append(lightpath.twin)
            if self._groups is not None:
                self._groups.add(lightpath)
        return connection

    def _tier_for(self, gbps: float) -> int:
        """The lowest tier that carries `gbps`."""
        return min((tier for tier in self._plan.tiers if (tier.gbps or 0) >= gbps), key=lambda tier: tier.gbps or 0).index

    @staticmethod
    def _same_path(lightpath: Lightpath) -> list[Candidate]:
        """The path of a lightpath that a request was groomed on: where the rest of the request goes."""
        twin = lightpath.twin
        return [Candidate(lightpath.route, lightpath.rank, None if twin is None else twin.route)]

    # --- departures and failures ---

    def _depart(self, now: float) -> None:
        leaving = self._leaving
        while leaving and leaving[0][0] <= now:
            at, request = heapq.heappop(leaving)
            connection = self._connections.pop(request, None)
            if connection is not None:
                self._release(connection, at)

    def _release(self, connection: Connection, at: float) -> None:
        for lightpath, gbps in connection.shares:
            lightpath.users -= 1
            if lightpath.users == 0:
                if self._groups is not None:
                    self._groups.remove(lightpath)
                self.network.retire(lightpath, at)
            lightpath.carry(-gbps, at)

    def _fail_or_repair(self, request: int, now: float) -> list[int]:
        """What is due at the arrival of `request`; returns the requests whose connections were dropped."""
        assert self._outage is not None
        if request == self._outage.ends:
            self._down = frozenset()
            if self._revert:
                revert(self._connections.values(), self.counted)
        if request != self._outage.begins:
            return []
        self._down = self._outage.links
        lost = strike(self._connections.values(), self._down, self.counted)
        for connection in lost:
            del self._connections[connection.request]
            self._release(connection, now)
        return [connection.request for connection in lost]

    # --- reasons ---

    def _why(self, attempt: Attempt, candidates: Sequence[Candidate], alive: Sequence[Candidate]) -> Reason:
        """Why no candidate took a request, the most telling reason first."""
        if not candidates:
            return Reason.NO_DISJOINT_PATH if self._protected else Reason.DISTANCE
        met = attempt.obstacles
        if not met:
            if len(alive) < len(candidates) and any(
                self.network.router.options(candidate, attempt.tier) for candidate in candidates
            ):
                return Reason.FAILURE
            return Reason.BACKUP_PATH_DISTANCE if self._protected else Reason.DISTANCE
        if met == {Obstacle.SEGMENTS}:
            return Reason.MAX_SEGMENTS
        if Obstacle.TRANSPONDER in met:
            return Reason.TRANSPONDER_LIMIT
        if Obstacle.RECHECK in met:
            return Reason.SNR_RECHECK_FAIL
        if Obstacle.QUALITY in met:
            assert self.network.check is not None
            return self.network.check.reason
        if self._protected:
            return Reason.NO_COMMON_SPECTRUM
        return Reason.FRAGMENTATION if self._enough(attempt) else Reason.NO_SPECTRUM

    def _enough(self, attempt: Attempt) -> bool:
        """Whether on some path that was tried each link has, on one common lane, as many free slots as the leanest format
        that was tried there needs."""
        spectrum = self.network.spectrum
        for links, slots in attempt.unplaced.items():
            for lane in spectrum.lanes:
                taken = spectrum.taken[lane.index]
                if all(lane.slots - taken[link].bit_count() >= slots + self._plan.guard for link in links):
                    return True
        return False

    # --- records ---

    def _records(self, lightpaths: Sequence[Lightpath]) -> Lightpaths:
        def column(values: list[Any], kind: type) -> np.ndarray[Any, Any]:
            return np.array(values, kind)

        judged = self.network.check is not None
        return Lightpaths(
            request=column([lightpath.request for lightpath in lightpaths], np.int64),
            route=column([lightpath.route.index for lightpath in lightpaths], np.int32),
            tier=column([lightpath.tier for lightpath in lightpaths], np.int32),
            format=column([lightpath.format for lightpath in lightpaths], np.int16),
            core=column([lightpath.lane.core for lightpath in lightpaths], np.int16),
            band=column([lightpath.lane.band for lightpath in lightpaths], np.int16),
            start=column([lightpath.start for lightpath in lightpaths], np.int32),
            end=column([lightpath.end for lightpath in lightpaths], np.int32),
            snr_db=column([lightpath.snr_db for lightpath in lightpaths], np.float64) if judged else None,
            backup=column([lightpath.backup for lightpath in lightpaths], np.bool_) if self._protected else None,
        )
