"""nli-aware routing: one path of least non-linear interference.

c of a link: for every place where the request would fit on one of its cores, the sum over the channels of that core of
(P / B_k)^2 ln((d + B_k / 2) / (d - B_k / 2)), divided by 6.335e-27 and times the link's spans; averaged over the
places, 1000 when there is none. Cost: beta * km / longest link + (1 - beta) * c, summed along the path. Equal sums:
fewer km. What "would fit" is the most efficient format that reaches over the pair's shortest path.
"""

from __future__ import annotations

import numpy as np

from quintant.labs.optical.engine.physical.channels import Channels, Grid
from quintant.labs.optical.engine.physical.fibre import SPAN_KM
from quintant.labs.optical.engine.plan import Option, Plan
from quintant.labs.optical.engine.routing.candidate import Candidate, Routes
from quintant.labs.optical.engine.routing.cheapest import Neighbourhood
from quintant.labs.optical.engine.slotmask import starts
from quintant.labs.optical.engine.spectrum import Lane, Spectrum

FULL = 1000.0
"""Cost of a link on which the request fits nowhere."""
SCALE_W2_PER_HZ2 = 6.335e-27
"""FUSION's normalisation of the interference sum."""


class NliAware:
    def __init__(
        self, plan: Plan, spectrum: Spectrum, channels: Channels, routes: Routes, grid: Grid, power_w: float, beta: float
    ) -> None:
        self._plan, self._spectrum, self._channels, self._routes = plan, spectrum, channels, routes
        self._grid, self._power_w, self._beta = grid, power_w, beta
        self._near = Neighbourhood(plan)
        self._longest_km = max(link.length_km for link in plan.links)
        self._slots: dict[tuple[int, int, int], int] = {}
        self._known: dict[tuple[int, int], tuple[int, float]] = {}

    def candidates(self, source: int, target: int, tier: int) -> list[Candidate]:
        slots = self._probe(source, target, tier)
        walk = self._near.cheapest(source, target, lambda link: self.cost(link, slots))
        return [] if walk is None else [Candidate(self._routes.along(walk), 0)]

    def options(self, candidate: Candidate, tier: int) -> tuple[Option, ...]:
        return self._plan.tries(candidate.km, tier)

    def cost(self, link: int, slots: int) -> float:
        km = self._plan.links[link].length_km
        return self._beta * km / self._longest_km + (1 - self._beta) * self.exposure(link, slots)

    def exposure(self, link: int, slots: int) -> float:
        """c of a link for a signal of `slots` slots."""
        change = self._spectrum.changes[link]
        known = self._known.get((link, slots))
        if known is not None and known[0] == change:
            return known[1]
        places, total = 0, 0.0
        for lane in self._spectrum.lanes:
            free = lane.full & ~self._spectrum.taken[lane.index][link]
            fits = starts(free, slots + self._plan.guard)
            if fits:
                places += fits.bit_count()
                total += self._interference(link, lane, fits, slots)
        spans = self._plan.links[link].length_km / SPAN_KM
        exposure = total / SCALE_W2_PER_HZ2 * spans / places if places else FULL
        self._known[link, slots] = change, exposure
        return exposure

    def _interference(self, link: int, lane: Lane, fits: int, slots: int) -> float:
        """Sum over the places in `fits` and the channels of the core, in W^2/Hz^2."""
        _, centres_hz, bandwidths_hz, _ = self._channels.on(link, lane.core)
        if not len(centres_hz):
            return 0.0
        raw = np.frombuffer(fits.to_bytes((lane.slots + 7) // 8, "little"), np.uint8)
        places = np.flatnonzero(np.unpackbits(raw, bitorder="little"))
        here_hz = self._grid.edges_hz[lane.band] + (places + slots / 2) * self._grid.slot_width_hz
        apart = np.abs(here_hz[:, None] - centres_hz[None, :])
        psd = self._power_w / bandwidths_hz
        return float((psd**2 * np.log((apart + bandwidths_hz / 2) / (apart - bandwidths_hz / 2))).sum())

    def _probe(self, source: int, target: int, tier: int) -> int:
        slots = self._slots.get((source, target, tier))
        if slots is None:
            options = self._plan.tiers[tier].options
            shortest = self._near.cheapest(source, target, lambda link: self._plan.links[link].length_km)
            km = 0.0 if shortest is None else self._routes.along(shortest).km
            slots = next((option.slots for option in options if option.reach_km >= km), options[-1].slots)
            self._slots[source, target, tier] = slots
        return slots
