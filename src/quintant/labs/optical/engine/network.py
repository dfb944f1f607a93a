"""Network: what is lit, and the rules under which one more lightpath may be."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto
from typing import TYPE_CHECKING

from quintant.labs.optical.engine import allocation
from quintant.labs.optical.engine.adjacency import neighbours
from quintant.labs.optical.engine.allocation import Fit
from quintant.labs.optical.engine.lightpath import Lightpath, Retired
from quintant.labs.optical.engine.physical.channels import Channels, Signal
from quintant.labs.optical.engine.physical.choice import check, grid, phis
from quintant.labs.optical.engine.physical.external import SnrTables
from quintant.labs.optical.engine.plan import Option, Plan, Route
from quintant.labs.optical.engine.routing.candidate import Candidate, Routes
from quintant.labs.optical.engine.routing.choice import router
from quintant.labs.optical.engine.slotmask import window
from quintant.labs.optical.engine.spectrum import Lane, Spectrum

if TYPE_CHECKING:
    from quintant.labs.optical.config import OpticalConfig


class Obstacle(Enum):
    """What stood against one lightpath."""

    SPECTRUM = auto()
    QUALITY = auto()
    RECHECK = auto()
    TRANSPONDER = auto()
    SEGMENTS = auto()


class Network:
    """The state: spectrum, channels and lightpaths. `set_up` lights a lightpath or names the Obstacle; `take_down`
    undoes it and leaves the state as if it had never been."""

    def __init__(
        self, config: OpticalConfig, plan: Plan, tables: SnrTables | None = None, routes: Routes | None = None
    ) -> None:
        self.plan = plan
        self.spectrum = Spectrum(plan, allocation.core_order(config))
        self.routes = Routes(plan) if routes is None else routes
        self.lightpaths: dict[int, Lightpath] = {}
        self.retired: list[Retired] | None = None
        """Records of the lightpaths that ended, where somebody asks for them."""
        self.slot_time = [0.0] * len(plan.links)
        self.lit_time = 0.0
        """Slots taken on each link and lightpaths that were up, integrated over the lives of those that ended."""
        self.transponders = [0] * len(plan.node_ids)
        self._channels = Channels()
        self._grid = grid(config, plan)
        self._phis = phis(config, plan)
        self.policy = allocation.policy(config)
        self.router = router(config, plan, self.spectrum, self._channels, self.routes, self._grid)
        self.check = check(config, plan, self.spectrum, self._channels, self._grid, tables)
        self.by_capacity = config.fixed_grid and self.check is not None and self.check.capacity_gbps is not None
        """Fixed grid: a lightpath carries what the best format that its signal allows carries."""
        self._grooming = config.grooming
        self._tracks_channels = self.check is not None or config.routing == "nli_aware"
        self._transponder_limit = config.transponders_per_node
        self._recheck = config.snr_recheck and self.check is not None
        self._recheck_bands = config.recheck_crossband
        self._recheck_cores = neighbours(plan.cores) if self._recheck and config.recheck_adjacent_cores else None
        self._next_id = 1

    def fit(self, candidate: Candidate, option: Option) -> Fit | None:
        """Where a lightpath of `option` would go, guard slots included, on the path and on its backup alike."""
        return self.policy(self.spectrum, candidate.links, option.slots + self.plan.guard)

    def set_up(
        self,
        request: int,
        candidate: Candidate,
        option: Option,
        tier: int,
        now: float,
        need_gbps: float | None = None,
        fit: Fit | None = None,
    ) -> Lightpath | Obstacle:
        """Light a lightpath for `request`, with its backup where the candidate has one.

        `need_gbps`: what it has to carry at least, where its capacity depends on its signal. `fit`: where to put it, when
        that is known.
        """
        if fit is None:
            fit = self.fit(candidate, option)
            if fit is None:
                return Obstacle.SPECTRUM
        source, target = candidate.route.nodes[0], candidate.route.nodes[-1]
        if self._transponder_limit is not None and (
            max(self.transponders[source], self.transponders[target]) >= self._transponder_limit
        ):
            return Obstacle.TRANSPONDER
        format, db = option.format, None
        capacity: float | None = None
        if self.check is not None:
            db, best = self._judge(candidate, fit.lane, fit.start, option)
            if best is None:
                return Obstacle.QUALITY
            if self.by_capacity:
                capacities = self.check.capacity_gbps
                assert capacities is not None
                format, carries = best, float(capacities[self.plan.formats[best]])
                if need_gbps is not None and carries < need_gbps:
                    return Obstacle.QUALITY
                capacity = carries
        if not self.by_capacity:
            capacity = self._capacity_gbps(candidate, option, tier)
        mask = window(fit.start, option.slots + self.plan.guard)

        def made(route: Route, backup: bool) -> Lightpath:
            lightpath = Lightpath(
                id=self._next_id,
                request=request,
                route=route,
                rank=candidate.rank,
                lane=fit.lane,
                start=fit.start,
                slots=option.slots,
                guard=self.plan.guard,
                mask=mask,
                tier=tier,
                format=format,
                since=now,
                capacity_gbps=capacity,
                spare_gbps=capacity or 0.0,
                snr_db=db,
                backup=backup,
                carried_since=now,
            )
            self._next_id += 1
            self._light(lightpath)
            return lightpath

        lightpath = made(candidate.route, False)
        if candidate.backup is not None:
            lightpath.twin = made(candidate.backup, True)
        self.transponders[source] += 1
        self.transponders[target] += 1
        if self._recheck and not all(self._still_works(other) for other in self._beside(lightpath)):
            self.take_down(lightpath)
            return Obstacle.RECHECK
        return lightpath

    def take_down(self, lightpath: Lightpath) -> None:
        """Give back everything that `set_up` took."""
        for part in (lightpath, lightpath.twin):
            if part is not None:
                self.spectrum.give_back(part.lane, part.route.links, part.mask)
                if self._tracks_channels:
                    self._channels.remove(part.id, part.route.links, part.lane.core)
                del self.lightpaths[part.id]
        self.transponders[lightpath.route.nodes[0]] -= 1
        self.transponders[lightpath.route.nodes[-1]] -= 1

    def retire(self, lightpath: Lightpath, now: float) -> None:
        """Take a lightpath down at the end of its life, and keep what it leaves behind."""
        lived = now - lightpath.since
        busy = (lightpath.slots + lightpath.guard) * lived
        for part in (lightpath, lightpath.twin):
            if part is not None:
                self.lit_time += lived
                for link in part.route.links:
                    self.slot_time[link] += busy
        if self.retired is not None:
            record = lightpath.retired(now)
            self.retired.append(record)
            if lightpath.twin is not None:
                self.retired.append(record._replace(id=lightpath.twin.id))
        self.take_down(lightpath)

    def _light(self, lightpath: Lightpath) -> None:
        self.spectrum.take(lightpath.lane, lightpath.route.links, lightpath.mask)
        if self._tracks_channels:
            centre_hz = self._grid.centre_hz(lightpath.lane.band, lightpath.start, lightpath.slots)
            bandwidth_hz = lightpath.slots * self._grid.slot_width_hz
            self._channels.add(
                lightpath.id, lightpath.route.links, lightpath.lane.core, centre_hz, bandwidth_hz, self._phis[lightpath.format]
            )
        self.lightpaths[lightpath.id] = lightpath

    def _capacity_gbps(self, candidate: Candidate, option: Option, tier: int) -> float | None:
        """What a lightpath can carry: its tier; with grooming, the highest tier that the same format carries in the same
        slots over the same distance, because that is the bandwidth that is left to groom."""
        gbps = self.plan.tiers[tier].gbps
        if gbps is None or not self._grooming:
            return None if gbps is None else float(gbps)
        return float(
            max(
                other.gbps
                for other in self.plan.tiers
                if other.gbps is not None
                and other.gbps >= gbps
                and any(
                    same.format == option.format and same.slots <= option.slots and same.reach_km >= candidate.km
                    for same in other.options
                )
            )
            if option.reach_km >= candidate.km
            else gbps
        )

    def _judge(self, candidate: Candidate, lane: Lane, start: int, option: Option) -> tuple[float, int | None]:
        """(dB, format that works there): the worse of path and backup. On a capacity grid, the best format that works."""
        assert self.check is not None
        routes = (candidate.route,) if candidate.backup is None else (candidate.route, candidate.backup)
        values = [
            self.check.db(self._signal(0, route, lane, start, option.slots, self.plan.guard, option.format, candidate.rank))
            for route in routes
        ]
        if not self.by_capacity:
            works = all(self.check.accepts(self.plan.formats[option.format], db) for db in values)
            return min(values), option.format if works else None
        capacities = self.check.capacity_gbps
        assert capacities is not None
        ranked = sorted(range(len(self.plan.formats)), key=lambda rank: capacities[self.plan.formats[rank]], reverse=True)
        return min(values), next(
            (rank for rank in ranked if all(self.check.accepts(self.plan.formats[rank], db) for db in values)), None
        )

    def _signal(self, id: int, route: Route, lane: Lane, start: int, slots: int, guard: int, format: int, rank: int) -> Signal:
        width = self._grid.signal_slots(slots, guard)
        return Signal(
            id=id,
            links=route.links,
            lane=lane,
            start=start,
            slots=width,
            mask=window(start, width) & lane.full,
            centre_hz=self._grid.centre_hz(lane.band, start, width),
            bandwidth_hz=width * self._grid.slot_width_hz,
            format=self.plan.formats[format],
            phi=self._phis[format],
            source=route.nodes[0],
            target=route.nodes[-1],
            rank=rank,
        )

    def _beside(self, lightpath: Lightpath) -> Iterator[Lightpath]:
        """The lightpaths that a new one may disturb: on a common link, on its core (and on adjacent ones, and in other
        bands, where the Config says so)."""
        cores = [lightpath.lane.core]
        if self._recheck_cores is not None:
            cores += self._recheck_cores[lightpath.lane.core]
        own = {part.id for part in (lightpath, lightpath.twin) if part is not None}
        seen: set[int] = set()
        for part in (lightpath, lightpath.twin):
            if part is None:
                continue
            for link in part.route.links:
                for core in cores:
                    for id in self._channels.ids(link, core):
                        if id in own or id in seen:
                            continue
                        seen.add(id)
                        other = self.lightpaths[id]
                        if self._recheck_bands or other.lane.band == lightpath.lane.band:
                            yield other

    def _still_works(self, lightpath: Lightpath) -> bool:
        assert self.check is not None
        signal = self._signal(
            lightpath.id,
            lightpath.route,
            lightpath.lane,
            lightpath.start,
            lightpath.slots,
            lightpath.guard,
            lightpath.format,
            lightpath.rank,
        )
        return self.check.accepts(signal.format, self.check.db(signal))
