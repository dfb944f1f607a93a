"""Candidate, Router and Routes: what a routing method offers, and the routes that it may add to the Plan's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from quintant.labs.optical.engine.plan import Option, Plan, Route


@dataclass(frozen=True, slots=True)
class Candidate:
    """A path on offer. `rank`: its place in the offer, 0 first. `backup`: the disjoint path that protects it."""

    route: Route
    rank: int
    backup: Route | None = None

    @property
    def km(self) -> float:
        """Length that a format has to reach: the longer of path and backup."""
        return self.route.km if self.backup is None else max(self.route.km, self.backup.km)

    @property
    def links(self) -> tuple[int, ...]:
        return self.route.links if self.backup is None else self.route.links + self.backup.links


class Router(Protocol):
    def candidates(self, source: int, target: int, tier: int) -> Sequence[Candidate]:
        """Paths from `source` to `target` for a request at `tier`, in the order in which they are tried."""
        ...

    def options(self, candidate: Candidate, tier: int) -> Sequence[Option]:
        """Formats to try on `candidate` at `tier`, in order."""
        ...


class Routes(list[Route]):
    """The Plan's routes, and after them those that a routing method found; each walk stands here once per method."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan.routes)
        self._plan = plan
        self._known: dict[tuple[int, ...], Route] = {}
        for route in plan.routes:
            self._known.setdefault(route.nodes, route)

    def along(self, nodes: tuple[int, ...]) -> Route:
        """The route that walks along `nodes`, added if it is new."""
        route = self._known.get(nodes)
        if route is None:
            leads = self._plan.link_index
            links = tuple(leads[step] for step in pairwise(nodes))
            route = Route(len(self), nodes, links, sum(self._plan.links[link].length_km for link in links))
            self.append(route)
            self._known[nodes] = route
        return route
