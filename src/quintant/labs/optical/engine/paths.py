"""Candidate paths: which K simple paths join two nodes, and in which order they are tried.

The order and its tie rule move blocking by factors (the lab's page.md), so both are keys of the Config:

* `path_order` km: shortest first. hops: fewest links first. spectral: fewest slot-links first (hops over bits per symbol).
  xlron_2025: the order of the code behind the published tables (`_as_in_2025`).
* `path_ties` generator: as `networkx.shortest_simple_paths` yields them, the order of FUSION. sha256: by the SHA-256 of the
  text of the node-id list, "[1, 2, 4]": arbitrary, but the same whatever the order of the file. shortest: by km, then links,
  then the places of the nodes in the topology; with hops, "fewest hops, then fewest km".

Simple paths are enumerated best first, guided by the exact distance to the target (A*; Hart, Nilsson & Raphael 1968, doi
10.1109/TSSC.1968.300136): far fewer steps than Yen's algorithm on networks of this size. networkx decides only where its
own order of equal paths is asked for.
"""

from __future__ import annotations

import hashlib
import heapq
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations, islice, pairwise, permutations
from typing import TYPE_CHECKING, Any

from quintant.config import canonical
from quintant.labs.optical import modulation

if TYPE_CHECKING:
    from quintant.labs.optical.config import OpticalConfig
    from quintant.labs.optical.engine.plan import PlanLink

Walk = tuple[int, ...]
"""Node indices from source to target."""

TIE_KM = 1e-6
"""Two lengths closer than this are equal: far below a metre, far above the rounding of a sum of links."""


Walks = Mapping[tuple[int, int], tuple[Walk, ...]]

_last: tuple[object, Walks] | None = None
"""Of the newest network, with all that the walks follow from: replicates of a sweep run one after another in one process."""


def candidates(config: OpticalConfig, node_ids: Sequence[str], links: Sequence[PlanLink], core: Sequence[int]) -> Walks:
    """The candidate walks of every ordered pair of `core` nodes, in trying order; at most K, fewer where no more exist."""
    global _last
    network = (canonical(config), tuple(node_ids), tuple(links), tuple(core))
    if _last is None or _last[0] != network:
        _last = network, _candidates(config, node_ids, links, core)
    return _last[1]


def _candidates(config: OpticalConfig, node_ids: Sequence[str], links: Sequence[PlanLink], core: Sequence[int]) -> Walks:
    k = 1 if config.routing == "shortest_path" else config.k_paths
    by_km, in_2025 = config.path_order == "km", config.path_order == "xlron_2025"
    lengths: dict[int, dict[int, float]] = {node: {} for node in range(len(node_ids))}
    for link in links:
        lengths[link.source][link.target] = link.length_km
        if not config.directed:
            lengths[link.target][link.source] = link.length_km
    steps = {node: {other: km if by_km else 1.0 for other, km in out.items()} for node, out in lengths.items()}
    ahead = {target: distances(steps, target) for target in core}

    def text(walk: Walk) -> str:
        return hashlib.sha256(f"[{', '.join(node_ids[node] for node in walk)}]".encode()).hexdigest()

    def km(walk: Walk) -> float:
        return sum(lengths[a][b] for a, b in pairwise(walk))

    effort = _effort(config)
    symmetric = all(lengths[other].get(node) == far for node, out in lengths.items() for other, far in out.items())
    as_generated = in_2025 or config.path_ties == "generator"
    generator = _Generator(lengths, links, config.directed, by_km) if as_generated else None

    def tie(walk: Walk) -> tuple[object, ...]:
        return (round(km(walk) / TIE_KM), len(walk), walk) if config.path_ties == "shortest" else (len(walk), text(walk), walk)

    mirrored: dict[tuple[int, int], list[tuple[float, Walk]]] = {}
    by_pair: dict[tuple[int, int], tuple[Walk, ...]] = {}
    for source, target in permutations(core, 2):
        if not config.directed and generator is None and (target, source) in by_pair:
            by_pair[source, target] = tuple(walk[::-1] for walk in by_pair[target, source])
            continue
        if symmetric and (target, source) in mirrored:
            cheapest = [(cost, walk[::-1]) for cost, walk in mirrored.pop((target, source))]
        else:
            cheapest = mirrored[source, target] = _best(steps, ahead[target], source, target, k)
        if generator is None:
            walks = [walk for _, walk in sorted(cheapest, key=lambda pair: (round(pair[0] / TIE_KM), *tie(pair[1])))[:k]]
        elif _settled(cheapest, k):
            walks = [walk for _, walk in cheapest[:k]]
        else:
            walks = generator.take(source, target, k)
        if config.path_order == "spectral":
            walks = sorted(walks, key=lambda walk: (len(walk) - 1) * effort(km(walk)))
        by_pair[source, target] = tuple(walks)
    return _as_in_2025(by_pair, core, km, effort, config.directed) if in_2025 else by_pair


def _as_in_2025(
    walks: Walks, core: Sequence[int], km: Callable[[Walk], float], effort: Callable[[float], float], directed: bool
) -> Walks:
    """The K walks of fewest links in networkx's order, sorted as XLRON sorted them until its commit 40966a5 (January 2026,
    whose message and comment say so; `init_path_link_array` at 77f6273, November 2024, made the tables of doi
    10.1364/JOCN.559990). It turned its list of formats round at every pair of nodes, so that the pairs in turn are sorted by
    links over bits per symbol and, with the least efficient format first in the list, by links alone; equal ones longest
    first. First all pairs in the order of the nodes, then, where directions count, all of them the other way."""
    ahead = list(combinations(core, 2))
    pairs = [*ahead, *((target, source) for source, target in ahead)] if directed else ahead
    ordered: dict[tuple[int, int], tuple[Walk, ...]] = {}
    for place, pair in enumerate(pairs):
        cost = effort if place % 2 == 0 else _one
        ordered[pair] = tuple(sorted(walks[pair], key=lambda walk, cost=cost: ((len(walk) - 1) * cost(km(walk)), -km(walk))))  # type: ignore[misc]
        if not directed:
            ordered[pair[1], pair[0]] = tuple(walk[::-1] for walk in ordered[pair])
    return ordered


def _one(km: float) -> float:
    return 1.0


def _best(
    steps: Mapping[int, Mapping[int, float]], ahead: Mapping[int, float], source: int, target: int, k: int
) -> list[tuple[float, Walk]]:
    """The k cheapest simple paths and all that are as cheap as the k-th, cheapest first: (cost, walk)."""
    shortest: list[tuple[float, Walk]] = []
    heap: list[tuple[float, int, float, Walk]] = [(ahead[source], 0, 0.0, (source,))]
    count = 0
    while heap:
        bound, _, cost, walk = heapq.heappop(heap)
        if len(shortest) >= k and bound > shortest[k - 1][0] + TIE_KM:
            break
        here = walk[-1]
        if here == target:
            shortest.append((cost, walk))
            continue
        for other, step in steps[here].items():
            if other not in walk and other in ahead:
                count += 1
                heapq.heappush(heap, (cost + step + ahead[other], count, cost + step, (*walk, other)))
    return sorted(shortest, key=lambda pair: pair[0])


def _settled(walks: Sequence[tuple[float, Walk]], k: int) -> bool:
    """Whether no two of the first k costs, nor the k-th and the next, are equal: then every tie rule agrees."""
    return all(b - a > TIE_KM for (a, _), (b, _) in pairwise(walks[: k + 1]))


def distances(steps: Mapping[int, Mapping[int, float]], target: int) -> dict[int, float]:
    """Exact cost from each node to `target` (Dijkstra on the reversed graph)."""
    into: dict[int, list[tuple[int, float]]] = {node: [] for node in steps}
    for node, out in steps.items():
        for other, step in out.items():
            into[other].append((node, step))
    far: dict[int, float] = {}
    heap = [(0.0, target)]
    while heap:
        cost, node = heapq.heappop(heap)
        if node in far:
            continue
        far[node] = cost
        for other, step in into[node]:
            if other not in far:
                heapq.heappush(heap, (cost + step, other))
    return far


class _Generator:
    """networkx's own order of simple paths: nodes and links inserted in the topology's order, where directions count first
    all links as they are listed and then all the ways back; by length, or by breadth first (weight None) for hops."""

    def __init__(
        self, lengths: Mapping[int, Mapping[int, float]], links: Sequence[PlanLink], directed: bool, by_km: bool
    ) -> None:
        import networkx as nx

        self._graph: Any = nx.DiGraph() if directed else nx.Graph()
        self._graph.add_nodes_from(lengths)
        ways = 2 if directed else 1
        for link in (*links[::ways], *(links[1::ways] if directed else ())):
            self._graph.add_edge(link.source, link.target, km=link.length_km)
        self._paths: Callable[..., Iterator[list[int]]] = nx.shortest_simple_paths
        self._weight = "km" if by_km else None

    def take(self, source: int, target: int, k: int) -> list[Walk]:
        return [tuple(walk) for walk in islice(self._paths(self._graph, source, target, weight=self._weight), k)]


def _effort(config: OpticalConfig) -> Callable[[float], float]:
    """Spectrum that one link of a path of some length costs: 1 / bits per symbol, or slots at the largest rate asked for
    where the table is by rate; infinite beyond every reach."""
    efficient = modulation.efficiencies(config)
    if config.demand.kind == "slots":
        return lambda km: 1.0
    if efficient is not None:
        rows = sorted((reach, 1 / bits) for _, reach, bits in efficient)
    else:
        table = modulation.table(config) or {}
        pairs = (
            [config.demand.high_gbps]
            if config.demand.kind == "uniform"
            else [int(rate) for rate, share in config.demand.shares_by_gbps.items() if share > 0]
        )
        rows = sorted((reach, float(slots)) for _, reach, slots in table[max(pairs)])
    return lambda km: next((cost for reach, cost in rows if reach >= km), math.inf)
