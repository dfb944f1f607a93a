"""Fragmentation-aware routing: one path of least fragmentation.

Cost of a link: mean over its cores of 1 - largest free block / free slots, 1 for a full core; summed along the path.
Equal sums: fewer km.
"""

from __future__ import annotations

from quintant.labs.optical.engine.plan import Option, Plan
from quintant.labs.optical.engine.routing.candidate import Candidate, Routes
from quintant.labs.optical.engine.routing.cheapest import Neighbourhood
from quintant.labs.optical.engine.slotmask import largest_block
from quintant.labs.optical.engine.spectrum import Spectrum


class FragmentationAware:
    def __init__(self, plan: Plan, spectrum: Spectrum, routes: Routes) -> None:
        self._plan, self._spectrum, self._routes = plan, spectrum, routes
        self._near = Neighbourhood(plan)
        self._known: dict[int, tuple[int, float]] = {}

    def candidates(self, source: int, target: int, tier: int) -> list[Candidate]:
        walk = self._near.cheapest(source, target, self.cost)
        return [] if walk is None else [Candidate(self._routes.along(walk), 0)]

    def options(self, candidate: Candidate, tier: int) -> tuple[Option, ...]:
        return self._plan.tries(candidate.km, tier)

    def cost(self, link: int) -> float:
        change = self._spectrum.changes[link]
        known = self._known.get(link)
        if known is not None and known[0] == change:
            return known[1]
        total = 0.0
        for lane in self._spectrum.lanes:
            free = lane.full & ~self._spectrum.taken[lane.index][link]
            total += 1 - largest_block(free) / free.bit_count() if free else 1.0
        cost = total / len(self._spectrum.lanes)
        self._known[link] = change, cost
        return cost
