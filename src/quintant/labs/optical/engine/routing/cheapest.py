"""The cheapest path under link costs that change with the state of the network (Dijkstra 1959, doi 10.1007/BF01386390)."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection

from quintant.labs.optical.engine.plan import Plan

Step = tuple[int, int, float]
"""(link, the node that it leads to, its km)."""


class Neighbourhood:
    """The Plan's links by the node that they leave; a link with one spectrum for both ways leaves both its ends."""

    def __init__(self, plan: Plan) -> None:
        self.steps: list[list[Step]] = [[] for _ in plan.node_ids]
        for (source, target), link in plan.link_index.items():
            self.steps[source].append((link, target, plan.links[link].length_km))

    def cheapest(
        self,
        source: int,
        target: int,
        cost: Callable[[int], float],
        *,
        without_links: Collection[int] = (),
        without_nodes: Collection[int] = (),
    ) -> tuple[int, ...] | None:
        """Nodes of the path with the lowest sum of `cost(link)`; equal sums: fewer km, then the lower node numbers.

        None when no path is left.
        """
        done: set[int] = set()
        heap: list[tuple[float, float, tuple[int, ...]]] = [(0.0, 0.0, (source,))]
        while heap:
            spent, km, walk = heapq.heappop(heap)
            here = walk[-1]
            if here == target:
                return walk
            if here in done:
                continue
            done.add(here)
            for link, there, length in self.steps[here]:
                if there not in done and link not in without_links and there not in without_nodes:
                    heapq.heappush(heap, (spent + cost(link), km + length, (*walk, there)))
        return None
