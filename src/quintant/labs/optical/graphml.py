"""GraphML: a network of one's own, with a rule for everything that the format leaves open and a simulator needs.

Lengths are the edge attribute `length_km`, `length`, `weight` or `dist`, else the great circle between the ends' `lat`/`lon`.
Parallel edges, nodes without a place, nodes at one place and missing lengths are refused by name unless `Rules` says what to
do with them, and then the description of the network says what was done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from quintant.errors import ConfigError, Problem
from quintant.labs.optical.parts import OwnTopology

LENGTHS = ("length_km", "length", "weight", "dist")
TOLD = 5
"""So many edges or nodes are named in a refusal; the rest are counted."""


@dataclass(frozen=True)
class Rules:
    """What to do where a file leaves something open. `default_length_km`: of links without a length, and of links between
    nodes at one place. `parallel` "shortest": of several links between two nodes the shortest is taken."""

    drop_nodes_without_place: bool = False
    default_length_km: float | None = None
    parallel: Literal["refuse", "shortest"] = "refuse"


@dataclass(frozen=True)
class Edge:
    source: str
    target: str
    length_km: float


def read(text: str | bytes, rules: Rules | None = None) -> OwnTopology:
    """The network of a GraphML text, or ConfigError."""
    import networkx as nx

    from quintant.labs.optical import topology

    rules = rules or Rules()
    data = text.encode() if isinstance(text, str) else text
    try:
        graph = nx.parse_graphml(data.decode("utf-8"), force_multigraph=True)
    except Exception as error:  # the reader raises whatever XML and number parsing raise
        raise ConfigError(Problem("topology", f"is not GraphML: {type(error).__name__}: {error}.")) from None
    places = {str(id): topology.place(values) for id, values in graph.nodes(data=True)}
    rows = [(str(a), str(b), values) for a, b, values in graph.edges(data=True)]
    loops = [f"{a}-{b}" for a, b, _ in rows if a == b]
    if loops:
        raise ConfigError(Problem("topology.links", f"must join two different nodes: {_some(loops)}.", len(loops)))
    attribute = next((name for name in LENGTHS if any(name in values for _, _, values in rows)), None)
    said = [f"lengths from the edge attribute '{attribute}', taken as km"] if attribute else []
    if attribute is None:
        said.append("lengths computed as great-circle distances from lat/lon")
        homeless = [id for id, place in places.items() if not {"lat", "lon"} <= set(place)]
        if homeless and rules.drop_nodes_without_place:
            places = {id: place for id, place in places.items() if id not in homeless}
            rows = [row for row in rows if row[0] in places and row[1] in places]
            said.append(f"{len(homeless)} without a place dropped ({_some(homeless)})")
    edges, defaulted = _measured(rows, places, attribute, rules)
    if defaulted:
        said.append(f"{len(defaulted)} of {rules.default_length_km:g} km by default ({_some(defaulted)})")
    links, dropped = _pairs(edges, graph.is_directed(), rules)
    if dropped:
        said.append(f"{dropped} parallel left out, the shortest taken")
    description = str(graph.graph.get("description", "")).strip()
    return topology.own(
        {
            "name": str(graph.graph.get("name") or graph.graph.get("Network") or "own"),
            "description": "; ".join([description] * bool(description) + said),
            "source": "GraphML",
            "nodes": [{"id": id, **place} for id, place in places.items()],
            "links": links,
        }
    )


def _measured(
    rows: Sequence[tuple[str, str, Mapping[str, Any]]],
    places: Mapping[str, Mapping[str, Any]],
    attribute: str | None,
    rules: Rules,
) -> tuple[list[Edge], list[str]]:
    """The edges with their lengths, and which of them have the default one. ConfigError for those that have none."""
    from quintant.labs.optical import topology

    edges: list[Edge] = []
    defaulted: list[str] = []
    lacking: dict[str, list[str]] = {}
    for index, (a, b, values) in enumerate(rows):
        km: float | None = None
        if attribute is not None:
            if attribute in values:
                km = topology.number(values[attribute], f"topology.links.{index}.{attribute}")
            why = f"without '{attribute}', which other edges have"
        elif all({"lat", "lon"} <= set(places[end]) for end in (a, b)):
            km = topology.great_circle_km(places[a]["lat"], places[a]["lon"], places[b]["lat"], places[b]["lon"])
            why = "between nodes at one place"
        else:
            why = "without a length, whose ends have no lat and lon"
        if not km and (km is None or attribute is None):
            if rules.default_length_km is None:
                lacking.setdefault(why, []).append(f"{a}-{b}")
                continue
            km = rules.default_length_km
            defaulted.append(f"{a}-{b}")
        edges.append(Edge(a, b, km or 0.0))
    if lacking:
        homeless = "without a length, whose ends have no lat and lon" in lacking
        raise ConfigError(
            Problem(
                "topology.links",
                f"must each have a length: {len(names)} {why} ({_some(names)}).",
                len(names),
                list(LENGTHS),
                "Give the edges a length_km, or name a rule: --default-length KM"
                + (", --drop-nodes-without-place." if homeless else "."),
            )
            for why, names in lacking.items()
        )
    return edges, defaulted


def _pairs(edges: Iterable[Edge], directed: bool, rules: Rules) -> tuple[list[dict[str, Any]], int]:
    """Links by pairs of neighbours, and how many parallel ones were left out. In a directed graph an edge and one the other
    way are the two directions of one link; otherwise they are parallel."""
    ways: dict[tuple[str, str], list[Edge]] = {}
    for edge in edges:
        key = (edge.source, edge.target)
        ways.setdefault(key if directed or key[::-1] not in ways else key[::-1], []).append(edge)
    parallel = {f"{a}-{b}": len(several) for (a, b), several in ways.items() if len(several) > 1}
    if parallel and rules.parallel == "refuse":
        raise ConfigError(
            Problem(
                "topology.links",
                "must be the only ones between their nodes, parallel fibres are not simulated: "
                + _some([f"{count} times {pair}" for pair, count in parallel.items()])
                + ".",
                sum(parallel.values()),
                None,
                "Give each pair one link, or name a rule: --parallel shortest.",
            )
        )
    links: dict[tuple[str, str], dict[str, Any]] = {}
    for (a, b), several in ways.items():
        km = min(edge.length_km for edge in several)
        back = links.get((b, a))
        if back is None:
            links[a, b] = {"source": a, "target": b, "length_km": km}
        elif km != back["length_km"]:
            back["reverse_length_km"] = km
    return list(links.values()), sum(parallel.values()) - len(parallel)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:TOLD]) + (f" and {len(names) - TOLD} more" if len(names) > TOLD else "")
