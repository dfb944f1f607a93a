"""Crosstalk-aware routing: one path of least crosstalk.

c of a link: mean over its free slots, on all cores, of the part of the neighbouring cores that is taken at that slot; 1000
for a full link. Cost: spans * c (`xt_type` without_length) or beta * km / longest link + (1 - beta) * c (with_length), summed
along the path. Equal sums: fewer km.
"""

from __future__ import annotations

from quintant.labs.optical.engine.adjacency import neighbours
from quintant.labs.optical.engine.physical.fibre import SPAN_KM
from quintant.labs.optical.engine.plan import Option, Plan
from quintant.labs.optical.engine.routing.candidate import Candidate, Routes
from quintant.labs.optical.engine.routing.cheapest import Neighbourhood
from quintant.labs.optical.engine.spectrum import Spectrum

FULL = 1000.0
"""Cost of a link without a free slot."""


class CrosstalkAware:
    """`beta` None leaves the length out of the weighing (without_length)."""

    def __init__(self, plan: Plan, spectrum: Spectrum, routes: Routes, beta: float | None) -> None:
        self._plan, self._spectrum, self._routes, self._beta = plan, spectrum, routes, beta
        self._near = Neighbourhood(plan)
        self._cores = neighbours(plan.cores)
        self._longest_km = max(link.length_km for link in plan.links)
        self._known: dict[int, tuple[int, float]] = {}

    def candidates(self, source: int, target: int, tier: int) -> list[Candidate]:
        walk = self._near.cheapest(source, target, self.cost)
        return [] if walk is None else [Candidate(self._routes.along(walk), 0)]

    def options(self, candidate: Candidate, tier: int) -> tuple[Option, ...]:
        return self._plan.tries(candidate.km, tier)

    def cost(self, link: int) -> float:
        km = self._plan.links[link].length_km
        if self._beta is None:
            return km / SPAN_KM * self.exposure(link)
        return self._beta * km / self._longest_km + (1 - self._beta) * self.exposure(link)

    def exposure(self, link: int) -> float:
        """Mean over the link's free slots of the taken part of the neighbouring cores; FULL without a free slot."""
        change = self._spectrum.changes[link]
        known = self._known.get(link)
        if known is not None and known[0] == change:
            return known[1]
        slots, lit = 0, 0.0
        for lane in self._spectrum.lanes:
            free = lane.full & ~self._spectrum.taken[lane.index][link]
            slots += free.bit_count()
            near = self._cores[lane.core]
            for core in near:
                other = self._spectrum.lane(core, lane.band)
                lit += (free & self._spectrum.taken[other.index][link]).bit_count() / len(near)
        exposure = lit / slots if slots else FULL
        self._known[link] = change, exposure
        return exposure
