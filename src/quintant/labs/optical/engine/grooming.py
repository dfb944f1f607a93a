"""Grooming: filling the spare bandwidth of lightpaths that already join the two nodes of a request.

Lightpaths between a pair of nodes are grouped by path; the group with most spare bandwidth is filled, lightpath by lightpath
in the order of their set-up. With a spectrum shared by both directions a lightpath serves both, so the pair is unordered.
"""

from __future__ import annotations

from collections.abc import Collection

from quintant.labs.optical.engine.lightpath import Lightpath
from quintant.labs.optical.engine.plan import Route

Key = tuple[int, int]


class Groups:
    def __init__(self, *, directed: bool) -> None:
        self._directed = directed
        self._groups: dict[Key, dict[frozenset[int], list[Lightpath]]] = {}

    def add(self, lightpath: Lightpath) -> None:
        paths = self._groups.setdefault(self._key(lightpath.route), {})
        paths.setdefault(frozenset(lightpath.route.links), []).append(lightpath)

    def remove(self, lightpath: Lightpath) -> None:
        paths = self._groups[self._key(lightpath.route)]
        path = frozenset(lightpath.route.links)
        paths[path].remove(lightpath)
        if not paths[path]:
            del paths[path]

    def richest(self, source: int, target: int, down: Collection[int]) -> list[Lightpath]:
        """The group of the pair with most spare bandwidth that crosses no failed link; empty when none has any."""
        key = (source, target) if self._directed else (min(source, target), max(source, target))
        best: list[Lightpath] = []
        most = 0.0
        for path, group in self._groups.get(key, {}).items():
            spare = sum(lightpath.spare_gbps for lightpath in group)
            twins = (lightpath.twin for lightpath in group if lightpath.twin is not None)
            if spare > most and not (down and (path & set(down) or any(set(twin.route.links) & set(down) for twin in twins))):
                best, most = group, spare
        return best

    def _key(self, route: Route) -> Key:
        ends = route.nodes[0], route.nodes[-1]
        return ends if self._directed else (min(ends), max(ends))
