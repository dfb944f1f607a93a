"""1+1 protection: a working path and a backup that no single failure takes down together.

Both carry the same slots on the same core and band. Disjoint in links means in fibre pairs: a cut takes both directions.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import combinations
from typing import Literal

from quintant.labs.optical.engine.plan import Option, Plan, Route
from quintant.labs.optical.engine.routing.candidate import Candidate, Router, Routes
from quintant.labs.optical.engine.routing.cheapest import Neighbourhood


class OnePlusOne:
    """Pairs out of a largest set of disjoint paths (max-flow; Ford & Fulkerson 1956, doi 10.4153/CJM-1956-045-5),
    shortest first.

    The pairs are offered in the order (0, 1), (0, 2), …, (1, 2), …; FUSION takes the first one where a format reaches over
    both, and so does what reads `options`.
    """

    def __init__(self, plan: Plan, routes: Routes, disjoint: Literal["link", "node"]) -> None:
        import networkx as nx

        self._plan, self._routes, self._disjoint = plan, routes, disjoint
        self._graph = nx.Graph()
        self._graph.add_nodes_from(range(len(plan.node_ids)))
        self._graph.add_edges_from((link.source, link.target) for link in plan.links)
        self._pairs: dict[tuple[int, int], tuple[Candidate, ...]] = {}

    def candidates(self, source: int, target: int, tier: int) -> tuple[Candidate, ...]:
        pair = self._pairs.get((source, target))
        if pair is None:
            pair = self._pairs[source, target] = self._find(source, target)
        for candidate in pair:
            if self.options(candidate, tier):
                return (candidate,)
        return pair[:1]

    def options(self, candidate: Candidate, tier: int) -> tuple[Option, ...]:
        return self._plan.tries(candidate.km, tier)

    def _find(self, source: int, target: int) -> tuple[Candidate, ...]:
        import networkx as nx

        search = nx.edge_disjoint_paths if self._disjoint == "link" else nx.node_disjoint_paths
        try:
            walks = [tuple(walk) for walk in search(self._graph, source, target)]
        except nx.NetworkXNoPath:
            return ()
        routes = sorted((self._routes.along(walk) for walk in walks), key=lambda route: (route.km, route.nodes))
        return tuple(Candidate(work, rank, spare) for rank, (work, spare) in enumerate(combinations(routes, 2)))


class Protected:
    """Another router's paths, each with the shortest path that is disjoint from it; those without one are left out."""

    def __init__(self, plan: Plan, routes: Routes, inner: Router, disjoint: Literal["link", "node"]) -> None:
        self._plan, self._routes, self._inner, self._disjoint = plan, routes, inner, disjoint
        self._near = Neighbourhood(plan)
        self._twins: dict[int, set[int]] = {}
        for link in plan.links:
            self._twins.setdefault(link.pair, set()).add(link.index)
        self._backups: dict[tuple[int, ...], Route | None] = {}

    def candidates(self, source: int, target: int, tier: int) -> list[Candidate]:
        candidates: list[Candidate] = []
        for candidate in self._inner.candidates(source, target, tier):
            backup = self.backup(candidate.route)
            if backup is not None:
                candidates.append(Candidate(candidate.route, candidate.rank, backup))
        return candidates

    def options(self, candidate: Candidate, tier: int) -> Sequence[Option]:
        return self._inner.options(candidate, tier)

    def backup(self, route: Route) -> Route | None:
        """The shortest path between the ends of `route` that shares none of its fibres (nor of its inner nodes)."""
        if route.nodes not in self._backups:
            cut: Collection[int] = {twin for link in route.links for twin in self._twins[self._plan.links[link].pair]}
            inner: Collection[int] = route.nodes[1:-1] if self._disjoint == "node" else ()
            walk = self._near.cheapest(
                route.nodes[0],
                route.nodes[-1],
                lambda link: self._plan.links[link].length_km,
                without_links=cut,
                without_nodes=inner,
            )
            self._backups[route.nodes] = None if walk is None else self._routes.along(walk)
        return self._backups[route.nodes]
