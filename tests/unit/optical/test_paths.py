from __future__ import annotations

import hashlib
import itertools

import networkx as nx
import pytest

from quintant.labs.optical import topology
from quintant.labs.optical.config import OpticalConfig
from quintant.labs.optical.engine.plan import Plan, make_plan


def plan_of(**raw: object) -> Plan:
    return make_plan(OpticalConfig(**raw))


def every_path(plan: Plan, source: int, target: int) -> list[tuple[int, ...]]:
    graph = nx.Graph((link.source, link.target) for link in plan.links)
    return [tuple(path) for path in nx.all_simple_paths(graph, source, target)]


def digest(plan: Plan, walk: tuple[int, ...]) -> str:
    return hashlib.sha256(str([int(plan.node_ids[node]) for node in walk]).encode()).hexdigest()


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("order", ["km", "hops"])
def test_candidates_are_the_first_of_all_simple_paths(order: str, directed: bool) -> None:
    plan = plan_of(k_paths=7, path_order=order, directed=directed)
    km = {pair: plan.links[index].length_km for pair, index in plan.link_index.items()}
    for source, target in itertools.combinations(range(14), 2):
        walks = every_path(plan, source, target)
        cost = (lambda w: sum(km[step] for step in itertools.pairwise(w))) if order == "km" else len
        walks.sort(key=lambda w, cost=cost: (cost(w), len(w), digest(plan, w)))
        assert [route.nodes for route in plan.candidates(source, target)] == walks[:7]
        back = [route.nodes for route in plan.candidates(target, source)]
        if directed:
            walks.sort(key=lambda w, cost=cost: (cost(w), len(w), digest(plan, w[::-1])))
        assert back == [walk[::-1] for walk in walks[:7]]


@pytest.mark.parametrize("order", ["km", "hops"])
@pytest.mark.parametrize("name", ["nsfnet", "usnet", "toy_network"])
def test_generator_order_is_that_of_networkx(name: str, order: str) -> None:
    plan = plan_of(topology=name, k_paths=4, path_order=order, path_ties="generator", directed=False)
    graph, shipped = nx.Graph(), topology.find(name)
    graph.add_nodes_from(shipped.node_ids)
    for link in shipped.links:
        graph.add_edge(link.source, link.target, km=link.length_km)
    weight = "km" if order == "km" else None
    for source, target in itertools.permutations(range(len(plan.node_ids)), 2):
        ends = plan.node_ids[source], plan.node_ids[target]
        listed = list(itertools.islice(nx.shortest_simple_paths(graph, *ends, weight=weight), 4))
        assert [[plan.node_ids[node] for node in route.nodes] for route in plan.candidates(source, target)] == listed


def test_spectral_order_reorders_the_shortest_by_hops() -> None:
    hops, spectral = plan_of(k_paths=5), plan_of(k_paths=5, path_order="spectral")
    bits = [(625, 4), (1250, 3), (2500, 2), (float("inf"), 1)]

    def effort(route: object) -> float:
        return route.hops / next(bit for reach, bit in bits if route.km <= reach)

    changed = 0
    for source, target in itertools.permutations(range(14), 2):
        before, after = hops.candidates(source, target), spectral.candidates(source, target)
        assert sorted(route.nodes for route in before) == sorted(route.nodes for route in after)
        assert [effort(route) for route in after] == sorted(effort(route) for route in before)
        changed += [route.nodes for route in before] != [route.nodes for route in after]
    assert changed > 20


def test_routes_know_their_links_and_length() -> None:
    plan = plan_of(directed=True)
    assert len(plan.links) == 44
    for route in plan.routes:
        assert [plan.links[link].source for link in route.links] == list(route.nodes[:-1])
        assert [plan.links[link].target for link in route.links] == list(route.nodes[1:])
        assert route.km == sum(plan.links[link].length_km for link in route.links)
        assert plan.routes[route.index] is route


def test_fewer_paths_than_k_are_all_of_them() -> None:
    own = {
        "name": "ring",
        "nodes": [{"id": id} for id in "abc"],
        "links": [{"source": a, "target": b, "length_km": 1.0} for a, b in ("ab", "bc", "ca")],
    }
    plan = plan_of(topology=own, k_paths=50, directed=False)
    assert [len(plan.candidates(0, other)) for other in (1, 2)] == [2, 2]


def test_unit_lengths_and_core_nodes() -> None:
    plan = plan_of(topology="usbackbone60", traffic_nodes="core", unit_lengths=True, path_order="km", k_paths=2)
    assert len(plan.traffic_nodes) == 14 and len(plan.routes) == 14 * 13 * 2
    assert all(route.km == route.hops for route in plan.routes)


def test_a_way_back_of_another_length() -> None:
    own = {
        "name": "two",
        "nodes": [{"id": "a"}, {"id": "b"}],
        "links": [{"source": "a", "target": "b", "length_km": 5.0, "reverse_length_km": 6.0}],
    }
    plan = plan_of(topology=own)
    assert plan.candidates(0, 1)[0].km == 5.0 and plan.candidates(1, 0)[0].km == 6.0


def test_formats_are_tried_the_most_efficient_first() -> None:
    mix = {"kind": "rates", "shares_by_gbps": {"100": 1.0}}
    every = plan_of(modulations="default", modulation_choice="all", demand=mix)
    tier = next(tier.index for tier in every.tiers if tier.gbps == 100)
    names = [every.formats[option.format] for option in every.tries(900.0, tier)]
    assert names == ["64-QAM", "16-QAM", "QPSK"]
    assert [option.slots for option in every.tries(2375.0, tier)] == [2, 4]  # the reach itself is within reach
    assert every.tries(5541.0, tier) == ()
    best = plan_of(modulations="default", demand=mix)
    assert [best.formats[option.format] for option in best.tries(900.0, tier)] == ["64-QAM"]


def test_slots_by_spectral_efficiency() -> None:
    plan = plan_of()
    slots = {(tier.gbps, km): plan.tries(km, tier.index)[0].slots for tier in plan.tiers for km in (600, 1000, 2000, 9000)}
    assert slots[25, 600] == 1 and slots[100, 600] == 2 and slots[100, 1000] == 3 and slots[100, 2000] == 4
    assert slots[100, 9000] == 8 and slots[51, 600] == 2 and slots[50, 600] == 1


def test_walks_of_the_network_before_are_kept_and_of_no_other(monkeypatch) -> None:
    """Replicates run one after another in one process; whatever else changes, the walks are worked out anew."""
    from quintant.labs.optical.engine import paths

    counts = []
    work_out = paths._candidates
    monkeypatch.setattr(paths, "_candidates", lambda *given: counts.append(1) or work_out(*given))
    monkeypatch.setattr(paths, "_last", None)
    first, again = plan_of(k_paths=3), plan_of(k_paths=3)
    assert [route.nodes for route in first.routes] == [route.nodes for route in again.routes] and len(counts) == 1
    ways = ({"k_paths": 4}, {"topology": "cost239"}, {"path_order": "hops"}, {"directed": False}, {"unit_lengths": True})
    for number, way in enumerate(ways, 2):
        plan = plan_of(**{"k_paths": 3, **way})
        assert len(counts) == number
        monkeypatch.setattr(paths, "_last", None)
        assert [route.nodes for route in plan_of(**{"k_paths": 3, **way}).routes] == [route.nodes for route in plan.routes]
        counts.pop()


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("order", ["km", "hops"])
def test_shortest_ties_are_fewest_hops_then_fewest_km(order: str, directed: bool) -> None:
    plan = plan_of(k_paths=7, path_order=order, path_ties="shortest", directed=directed)
    km = {pair: plan.links[index].length_km for pair, index in plan.link_index.items()}
    moved = 0
    for source, target in itertools.combinations(range(14), 2):
        far = {walk: sum(km[step] for step in itertools.pairwise(walk)) for walk in every_path(plan, source, target)}
        first = (lambda w, far=far: (far[w], len(w), w)) if order == "km" else (lambda w, far=far: (len(w), far[w], w))
        walks = [route.nodes for route in plan.candidates(source, target)]
        assert walks == sorted(far, key=first)[:7]
        moved += walks != sorted(far, key=lambda w: (len(w), digest(plan, w)))[:7]
    assert moved > 20


@pytest.mark.parametrize(
    ("name", "directed", "demand"),
    [
        ("nsfnet_deeprmsa", True, {}),
        ("nsfnet_deeprmsa", False, {}),
        ("cost239", True, {}),
        ("usnet_ptrnet", False, {"demand": {"kind": "slots", "shares_by_slots": {"1": 1.0}}}),
    ],
)
def test_the_order_behind_the_published_tables(name: str, directed: bool, demand: dict) -> None:
    """XLRON's `init_path_link_array` at 77f6273, written again: networkx's K paths by breadth; the list of formats (the least
    efficient first) is turned round before each pair; links over efficiency, then one over the length. Slots know none."""
    plan = plan_of(topology=name, k_paths=5, path_order="xlron_2025", directed=directed, **demand)
    shipped = topology.find(name)
    graph = nx.DiGraph() if directed else nx.Graph()
    graph.add_nodes_from(shipped.node_ids)
    graph.add_edges_from((link.source, link.target, {"km": link.length_km}) for link in shipped.links)
    if directed:
        graph.add_edges_from((link.target, link.source, {"km": link.length_km}) for link in shipped.links)
    formats = [(float("inf"), 1), (2500.0, 2), (1250.0, 3), (625.0, 4)]
    pairs = list(itertools.combinations(shipped.node_ids, 2))
    place = {node: index for index, node in enumerate(plan.node_ids)}
    for source, target in [*pairs, *((b, a) for a, b in pairs if directed)]:
        walks = list(itertools.islice(nx.shortest_simple_paths(graph, source, target), 5))
        formats = formats[::-1]
        cost = {}
        for walk in walks:
            km = nx.path_weight(graph, walk, "km")
            bits = 1 if demand else next(bits for reach, bits in formats if km <= reach)
            cost[tuple(walk)] = ((len(walk) - 1) / bits, 1 / km)
        listed = [list(walk) for walk in sorted(cost, key=lambda walk, cost=cost: cost[walk])]
        routes = plan.candidates(place[source], place[target])
        assert [[plan.node_ids[node] for node in route.nodes] for route in routes] == listed
        if not directed:
            back = plan.candidates(place[target], place[source])
            assert [[plan.node_ids[node] for node in reversed(route.nodes)] for route in back] == listed
