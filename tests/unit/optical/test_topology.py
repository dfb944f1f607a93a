from __future__ import annotations

import json
from pathlib import Path

import pytest

from quintant.errors import ConfigError
from quintant.labs.optical import graphml, topology
from quintant.labs.optical.config import OpticalConfig
from quintant.labs.optical.parts import OwnTopology


def test_every_shipped_topology_is_whole() -> None:
    assert len(topology.names()) == 28
    for name in topology.names():
        found = topology.find(name)
        assert found.name == name and found.source and found.description
        own = OwnTopology.model_validate(
            {
                "name": found.name,
                "nodes": [{"id": id} for id in found.node_ids],
                "links": [{"source": link.source, "target": link.target, "length_km": link.length_km} for link in found.links],
            }
        )
        topology.from_own(own)  # connected, no duplicate, no self-loop
        assert all(len(column) == len(found.node_ids) for column in (found.labels, found.lat, found.lon, found.x, found.y))


@pytest.mark.parametrize(
    ("name", "nodes", "links"),
    [
        ("NSFNet", 14, 22),
        ("USNet", 24, 43),
        ("Pan-European", 27, 55),
        ("USbackbone60", 60, 79),
        ("Spainbackbone30", 30, 56),
        ("geant", 39, 121),
        ("toy_network", 6, 15),
        ("metro_net", 8, 16),
        ("dt_network", 14, 23),
        ("cost239", 11, 26),
        ("geant_fusion39", 39, 121),
        ("geant2004", 22, 36),
        ("pan_european", 27, 55),
        ("jpn48_directed_lengths", 48, 82),
    ],
)
def test_upstream_names_and_aliases(name: str, nodes: int, links: int) -> None:
    found = topology.find(name)
    assert (len(found.node_ids), len(found.links)) == (nodes, links)


def test_node_order_is_the_order_of_the_file() -> None:
    assert topology.find("nsfnet").node_ids == ("0", "1", "2", "7", "3", "5", "4", "10", "6", "13", "9", "8", "12", "11")


def test_an_unknown_name_is_refused_with_a_suggestion() -> None:
    with pytest.raises(ConfigError) as caught:
        topology.find("nsfnett")
    (problem,) = caught.value.problems
    assert problem.path == "topology" and problem.hint == "Did you mean 'nsfnet'?"
    assert str(problem).startswith("topology: must be one of abilene, ")
    assert "got 'nsfnett'" in str(problem)


def own(nodes: str, links: list[tuple[str, str]]) -> OwnTopology:
    return OwnTopology.model_validate(
        {
            "name": "own",
            "nodes": [{"id": id} for id in nodes],
            "links": [{"source": a, "target": b, "length_km": 10.0} for a, b in links],
        }
    )


@pytest.mark.parametrize(
    ("nodes", "links", "path", "text"),
    [
        ("ab", [("a", "z")], "topology.links.0.target", "must be the id of a node; got 'z'."),
        ("ab", [("a", "b"), ("a", "a")], "topology.links.1", "must join two different nodes; both ends are 'a'."),
        ("ab", [("a", "b"), ("b", "a")], "topology.links.1", "must be the only link between 'b' and 'a'; link 0 joins them"),
        (
            "abcd",
            [("a", "b"), ("c", "d")],
            "topology.links",
            "must join all nodes into one network; 'a' does not reach 'c', 'd'.",
        ),
        ("aba", [("a", "b")], "topology.nodes.2.id", "must be unique; 'a' is node 0 already."),
    ],
)
def test_what_makes_an_own_topology_impossible(nodes: str, links: list, path: str, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        topology.from_own(own(nodes, links))
    assert any(problem.path == path and text in problem.message for problem in caught.value.problems)


def test_json_of_the_shipped_shape_comes_back() -> None:
    from importlib.resources import files

    text = (files("quintant.labs.optical") / "topologies" / "nsfnet_deeprmsa.json").read_text()
    read, shipped = topology.from_own(topology.from_json(text)), topology.find("nsfnet_deeprmsa")
    assert (read.node_ids, read.links, read.labels) == (shipped.node_ids, shipped.links, shipped.labels)
    OpticalConfig(topology=topology.from_json(text))


@pytest.mark.parametrize("text", ["{", "[]", json.dumps({"name": "x"}), json.dumps({"name": "x", "nodes": [], "links": []})])
def test_json_that_is_no_topology(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        topology.from_json(text)
    assert all(problem.path.startswith("topology") for problem in caught.value.problems)


GRAPHML = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="d0" for="node" attr.name="Latitude" attr.type="double"/><key id="d1" for="node" attr.name="Longitude"
 attr.type="double"/><key id="d2" for="node" attr.name="label" attr.type="string"/>{keys}
<graph edgedefault="{kind}"><node id="a"><data key="d0">52.52</data><data key="d1">13.405</data><data key="d2">Berlin</data>
</node><node id="b"><data key="d0">48.137</data><data key="d1">11.575</data></node>{edges}</graph></graphml>"""
KEY = '<key id="e" for="edge" attr.name="{}" attr.type="double"/>'


def test_graphml_with_lengths() -> None:
    for name in ("length_km", "length", "weight", "dist"):
        text = GRAPHML.format(
            keys=KEY.format(name), kind="undirected", edges='<edge source="a" target="b"><data key="e">600.5</data></edge>'
        )
        read = graphml.read(text)
        assert read.links[0].length_km == 600.5 and f"'{name}'" in read.description
        assert (read.nodes[0].label, read.nodes[0].lat) == ("Berlin", 52.52)


def test_graphml_without_lengths_takes_the_great_circle() -> None:
    read = graphml.read(GRAPHML.format(keys="", kind="undirected", edges='<edge source="a" target="b"/>'))
    assert read.links[0].length_km == pytest.approx(504.4, abs=1.0)  # Berlin to Munich
    assert "great-circle" in read.description


def test_graphml_of_both_directions() -> None:
    edges = "".join(
        f'<edge source="{a}" target="{b}"><data key="e">{km}</data></edge>' for a, b, km in (("a", "b", 10), ("b", "a", 12))
    )
    read = graphml.read(GRAPHML.format(keys=KEY.format("length"), kind="directed", edges=edges))
    assert [(link.length_km, link.reverse_length_km) for link in read.links] == [(10.0, 12.0)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<a/>",
        GRAPHML.format(
            keys=KEY.format("length"), kind="undirected", edges=('<edge source="a" target="b"><data key="e">-1</data></edge>')
        ),
    ],
)
def test_graphml_that_is_no_topology(text: str) -> None:
    with pytest.raises(ConfigError):
        graphml.read(text)


def test_graphml_with_neither_lengths_nor_places() -> None:
    text = GRAPHML.format(keys="", kind="undirected", edges='<edge source="a" target="c"/>').replace(
        "</graph>", '<node id="c"/></graph>'
    )
    with pytest.raises(ConfigError, match="must each have a length: 1 without a length, whose ends have no lat and lon"):
        graphml.read(text)


ZOO = (Path(__file__).parents[2] / "data" / "optical" / "zoo_1.graphml").read_bytes()
"""Invented, in the shape of the Topology Zoo's files: node 4 without coordinates, 2 and 5 at one place, 0-1 three times and 2-5
twice. Lengths by a great circle of 6371 km, as computed for it elsewhere."""
KM = {("0", "1"): 136.43, ("1", "2"): 208.29, ("2", "3"): 192.44, ("1", "5"): 208.29, ("0", "3"): 282.59}


def told(rules: graphml.Rules | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        graphml.read(ZOO, rules)
    return "\n".join(map(str, caught.value.problems))


def test_what_a_file_leaves_open_is_refused_by_name() -> None:
    text = told()
    assert "2 without a length, whose ends have no lat and lon (0-4, 3-4)" in text
    assert "2 between nodes at one place (2-5, 2-5)" in text
    assert "--default-length KM, --drop-nodes-without-place" in text
    parallel = told(graphml.Rules(default_length_km=1.0))
    assert "parallel fibres are not simulated: 3 times 0-1, 2 times 2-5" in parallel and "--parallel shortest" in parallel
    assert "between nodes at one place" in told(graphml.Rules(drop_nodes_without_place=True, parallel="shortest"))


def test_each_rule_does_what_it_is_called_and_the_description_says_so() -> None:
    kept = graphml.read(ZOO, graphml.Rules(default_length_km=5.0, parallel="shortest"))
    assert len(kept.nodes) == 6 and len(kept.links) == 8
    lengths = {(link.source, link.target): link.length_km for link in kept.links}
    assert {pair: lengths[pair] for pair in KM} == pytest.approx(KM, rel=0.005)
    assert lengths["3", "4"] == lengths["0", "4"] == lengths["2", "5"] == 5.0
    assert "4 of 5 km by default (0-4, 2-5, 2-5, 3-4)" in kept.description
    assert "3 parallel left out, the shortest taken" in kept.description
    dropped = graphml.read(ZOO, graphml.Rules(True, 5.0, "shortest"))
    assert [node.id for node in dropped.nodes] == ["0", "1", "2", "3", "5"] and len(dropped.links) == 6
    assert "1 without a place dropped (4)" in dropped.description


def test_a_length_that_some_edges_lack_is_not_guessed() -> None:
    """Half of the edges with a length and all nodes with places: neither mixed with great circles nor overlooked."""
    edges = '<edge source="a" target="b"><data key="e">600</data></edge><edge source="b" target="c"/>'
    text = GRAPHML.format(keys=KEY.format("length"), kind="undirected", edges=edges).replace(
        "</graph>", '<node id="c"><data key="d0">50</data><data key="d1">9</data></node></graph>'
    )
    with pytest.raises(ConfigError, match="1 without 'length', which other edges have"):
        graphml.read(text)
    read = graphml.read(text, graphml.Rules(default_length_km=70.0))
    assert [link.length_km for link in read.links] == [600.0, 70.0]


@pytest.mark.parametrize("kind", ["undirected", "directed"])
def test_parallel_edges_are_never_merged(kind: str) -> None:
    edges = "".join(f'<edge source="a" target="b"><data key="e">{km}</data></edge>' for km in (12, 10))
    text = GRAPHML.format(keys=KEY.format("length"), kind=kind, edges=edges)
    with pytest.raises(ConfigError, match="2 times a-b"):
        graphml.read(text)
    assert [link.length_km for link in graphml.read(text, graphml.Rules(parallel="shortest")).links] == [10.0]


def test_an_undirected_file_has_no_ways_back() -> None:
    edges = "".join(f'<edge source="{e}"><data key="e">10</data></edge>' for e in ('a" target="b', 'b" target="a'))
    with pytest.raises(ConfigError, match="2 times a-b"):
        graphml.read(GRAPHML.format(keys=KEY.format("length"), kind="undirected", edges=edges))
