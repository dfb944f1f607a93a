"""Congestion: candidates by how full their links are (congestion_aware, least_congested)."""

from __future__ import annotations

from quintant.labs.optical.engine.plan import Option, Plan
from quintant.labs.optical.engine.routing.candidate import Candidate, Routes
from quintant.labs.optical.engine.routing.cheapest import Neighbourhood
from quintant.labs.optical.engine.routing.static import Static
from quintant.labs.optical.engine.spectrum import Spectrum


class CongestionAware:
    """The Plan's K paths, ascending by a * mean occupancy + (1 - a) * km / longest km of the K.

    Occupancy is that of the first band, over all cores and links of the path. One format per path, the most efficient that
    reaches; `beyond_reach` falls back to QPSK where none does, which FUSION does although no signal would arrive: replay
    keeps it, steady does not.
    """

    def __init__(self, plan: Plan, spectrum: Spectrum, weight: float, *, beyond_reach: bool) -> None:
        self._plan, self._spectrum, self._weight = plan, spectrum, weight
        self._static = Static(plan)
        self._fallback = plan.formats.index("QPSK") if beyond_reach and "QPSK" in plan.formats else None

    def candidates(self, source: int, target: int, tier: int) -> list[Candidate]:
        plain = self._static.candidates(source, target, tier)
        if not plain:
            return []
        longest = max(candidate.route.km for candidate in plain)
        a = self._weight
        scores = [a * self._occupancy(candidate.route.links) + (1 - a) * candidate.route.km / longest for candidate in plain]
        order = sorted(range(len(plain)), key=scores.__getitem__)
        return [Candidate(plain[place].route, rank) for rank, place in enumerate(order)]

    def options(self, candidate: Candidate, tier: int) -> tuple[Option, ...]:
        options = self._plan.tiers[tier].options
        reaching = [option for option in options if option.reach_km >= candidate.km]
        if reaching:
            return tuple(reaching[:1])
        return tuple(option for option in options if option.format == self._fallback)

    def _occupancy(self, links: tuple[int, ...]) -> float:
        lanes = [lane for lane in self._spectrum.lanes if lane.band == 0]
        full = sum(self._spectrum.taken[lane.index][link].bit_count() for lane in lanes for link in links)
        return full / (len(links) * sum(lane.slots for lane in lanes))


class LeastCongested:
    """Of all simple paths with at most one hop more than the fewest, the one whose fullest link has most free slots.

    Free slots are counted over all cores and bands; equal paths: fewer km, then the order of node numbers. QPSK only,
    as in FUSION, where the table has it.
    """

    def __init__(self, plan: Plan, spectrum: Spectrum, routes: Routes) -> None:
        self._plan, self._spectrum, self._routes = plan, spectrum, routes
        self._steps = Neighbourhood(plan).steps
        self._short: dict[tuple[int, int], list[tuple[float, tuple[int, ...], tuple[int, ...]]]] = {}
        self._only = plan.formats.index("QPSK") if "QPSK" in plan.formats else None

    def candidates(self, source: int, target: int, tier: int) -> list[Candidate]:
        short = self._short.get((source, target))
        if short is None:
            short = self._short[source, target] = self._enumerate(source, target)
        if not short:
            return []
        taken = self._spectrum.used()
        _, walk, _ = min(short, key=lambda path: max(taken[link] for link in path[2]))
        return [Candidate(self._routes.along(walk), 0)]

    def options(self, candidate: Candidate, tier: int) -> tuple[Option, ...]:
        if self._only is None:
            return self._plan.tries(candidate.km, tier)
        return tuple(
            option
            for option in self._plan.tiers[tier].options
            if option.format == self._only and option.reach_km >= candidate.km
        )

    def _enumerate(self, source: int, target: int) -> list[tuple[float, tuple[int, ...], tuple[int, ...]]]:
        """(km, nodes, links) of the simple paths with at most one hop more than the fewest, shortest first."""
        front: list[tuple[float, tuple[int, ...], tuple[int, ...]]] = [(0.0, (source,), ())]
        walks: list[tuple[float, tuple[int, ...], tuple[int, ...]]] = []
        fewest: int | None = None
        while front and (fewest is None or len(front[0][2]) <= fewest):
            ahead: list[tuple[float, tuple[int, ...], tuple[int, ...]]] = []
            for km, walk, links in front:
                for link, there, length in self._steps[walk[-1]]:
                    if there == target:
                        walks.append((km + length, (*walk, there), (*links, link)))
                        fewest = len(links) + 1 if fewest is None else fewest
                    elif there not in walk:
                        ahead.append((km + length, (*walk, there), (*links, link)))
            front = ahead
        return sorted(walks)
