from __future__ import annotations

import json

import pytest

from quintant.errors import ConfigError
from quintant.labs.optical import topology
from quintant.labs.optical.config import OpticalConfig, OwnTopology


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
        read = topology.from_graphml(text)
        assert read.links[0].length_km == 600.5 and f"'{name}'" in read.description
        assert (read.nodes[0].label, read.nodes[0].lat) == ("Berlin", 52.52)


def test_graphml_without_lengths_takes_the_great_circle() -> None:
    read = topology.from_graphml(GRAPHML.format(keys="", kind="undirected", edges='<edge source="a" target="b"/>'))
    assert read.links[0].length_km == pytest.approx(504.4, abs=1.0)  # Berlin to Munich
    assert "great-circle" in read.description


def test_graphml_of_both_directions() -> None:
    edges = "".join(
        f'<edge source="{a}" target="{b}"><data key="e">{km}</data></edge>' for a, b, km in (("a", "b", 10), ("b", "a", 12))
    )
    read = topology.from_graphml(GRAPHML.format(keys=KEY.format("length"), kind="directed", edges=edges))
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
        topology.from_graphml(text)


def test_graphml_with_neither_lengths_nor_places() -> None:
    text = GRAPHML.format(keys="", kind="undirected", edges='<edge source="a" target="c"/>').replace(
        "</graph>", '<node id="c"/></graph>'
    )
    with pytest.raises(ConfigError, match="has no length"):
        topology.from_graphml(text)
