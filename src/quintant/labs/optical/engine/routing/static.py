"""Static routing: the Plan's candidates as they stand (k_shortest_path, shortest_path, external_ksp)."""

from __future__ import annotations

from quintant.labs.optical.engine.plan import Option, Plan
from quintant.labs.optical.engine.routing.candidate import Candidate


class Static:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._candidates: dict[tuple[int, int], tuple[Candidate, ...]] = {}
        self._options: dict[tuple[float, int], tuple[Option, ...]] = {}

    def candidates(self, source: int, target: int, tier: int) -> tuple[Candidate, ...]:
        candidates = self._candidates.get((source, target))
        if candidates is None:
            candidates = tuple(Candidate(route, rank) for rank, route in enumerate(self._plan.candidates(source, target)))
            self._candidates[source, target] = candidates
        return candidates

    def options(self, candidate: Candidate, tier: int) -> tuple[Option, ...]:
        key = candidate.km, tier
        options = self._options.get(key)
        if options is None:
            options = self._options[key] = self._plan.tries(candidate.km, tier)
        return options
