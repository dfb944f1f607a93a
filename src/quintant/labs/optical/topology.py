"""Topologies: the shipped ones by name, a user's own from JSON (or GraphML: graphml.py), and what makes one valid.

A topology lists each pair of neighbours once. Whether its two directions share one spectrum (`directed`) is a key of the
Config, because published set-ups on the same map disagree on it. The order of the nodes is the order of the source file:
FUSION's traffic generator draws node *indices*, so an exact replay depends on it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from quintant.config import suggest
from quintant.errors import ConfigError, Problem
from quintant.labs.optical.parts import OwnTopology

if TYPE_CHECKING:
    from quintant.labs.optical.config import OpticalConfig

EARTH_RADIUS_KM = 6371.0088
"""Mean radius R1 (IUGG)."""

ALIASES = {"geant_fusion39": "geant", "geant_2004": "geant2004", "jpn48_directed_lengths": "jpn48_directed"}
"""Second names. Case, `-`, `_` and spaces never matter, so that FUSION's "NSFNet" and "Pan-European" need no entry."""


@dataclass(frozen=True)
class Link:
    """A pair of neighbours. `reverse_length_km` is set only where the way back has another length."""

    source: str
    target: str
    length_km: float
    reverse_length_km: float | None = None


@dataclass(frozen=True)
class Topology:
    """A network as drawn on a map. `labels`, `lat`, `lon`, `x`, `y`: one entry per node, in the order of `node_ids`.

    `x`, `y` are drawing coordinates within 0..1000, y downwards; `lat`, `lon` are degrees where the site is known.
    `core_nodes`: the nodes that originate traffic when `traffic_nodes` is "core".
    """

    name: str
    description: str
    source: str
    node_ids: tuple[str, ...]
    labels: tuple[str, ...]
    lat: tuple[float | None, ...]
    lon: tuple[float | None, ...]
    x: tuple[float | None, ...]
    y: tuple[float | None, ...]
    links: tuple[Link, ...]
    core_nodes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def names() -> tuple[str, ...]:
    """Names of the shipped topologies, sorted."""
    return tuple(sorted(_files()))


def find(name: str) -> Topology:
    """The shipped topology called `name` (case, hyphens and underscores do not matter), or ConfigError."""
    known = {_folded(stem): stem for stem in _files()} | {_folded(other): stem for other, stem in ALIASES.items()}
    stem = known.get(_folded(name))
    if stem is None:
        hint = suggest(name, names())
        raise ConfigError(Problem("topology", f"must be one of {', '.join(names())}; got {name!r}.", name, list(names()), hint))
    return _shipped(stem)


def resolve(config: OpticalConfig) -> Topology:
    """The topology that `config` names or brings along."""
    return find(config.topology) if isinstance(config.topology, str) else from_own(config.topology)


def from_own(own: OwnTopology) -> Topology:
    """A user's own topology, validated: known endpoints, no duplicate, no self-loop, connected."""
    problems = tuple(_faults(own))
    if problems:
        raise ConfigError(problems)
    return Topology(
        name=own.name,
        description=own.description,
        source=own.source,
        node_ids=tuple(node.id for node in own.nodes),
        labels=tuple(node.label or node.id for node in own.nodes),
        lat=tuple(node.lat for node in own.nodes),
        lon=tuple(node.lon for node in own.nodes),
        x=tuple(node.x for node in own.nodes),
        y=tuple(node.y for node in own.nodes),
        links=tuple(Link(link.source, link.target, link.length_km, link.reverse_length_km) for link in own.links),
        core_nodes=own.core_nodes,
    )


def from_json(text: str | bytes) -> OwnTopology:
    """Read the shape of the shipped files: {name, description, source, nodes: [{id, …}], links: [{source, target,
    length_km}]}. Keys that describe but do not change the network (counts, coordinates, notes) may stand beside them."""
    try:
        raw = json.loads(text)
    except ValueError as error:
        raise ConfigError(Problem("topology", f"is not JSON: {error}.")) from None
    if not isinstance(raw, Mapping):
        raise ConfigError(Problem("topology", f"must be an object; got {type(raw).__name__}."))
    ignored = {"node_count", "link_count", "coordinates", "directed_in_source", "notes", "upstream_name"}
    return own({name: value for name, value in raw.items() if name not in ignored})


def great_circle_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Distance on the sphere by the haversine formula; degrees in, km out."""
    p1, p2 = math.radians(lat1), math.radians(lat2)
    half_lat, half_lon = (p2 - p1) / 2, math.radians(lon2 - lon1) / 2
    a = math.sin(half_lat) ** 2 + math.cos(p1) * math.cos(p2) * math.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, a)))


def _folded(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter not in "-_ ")


@lru_cache(maxsize=1)
def _files() -> Mapping[str, Any]:
    folder = files("quintant.labs.optical") / "topologies"
    return {item.name.removesuffix(".json"): item for item in folder.iterdir() if item.name.endswith(".json")}


@lru_cache(maxsize=64)
def _shipped(stem: str) -> Topology:
    raw = json.loads(_files()[stem].read_text(encoding="utf-8"))
    nodes, links = raw["nodes"], raw["links"]
    return Topology(
        name=stem,
        description=raw["description"],
        source=raw["source"],
        node_ids=tuple(node["id"] for node in nodes),
        labels=tuple(node.get("label") or node["id"] for node in nodes),
        lat=tuple(node.get("lat") for node in nodes),
        lon=tuple(node.get("lon") for node in nodes),
        x=tuple(node.get("x") for node in nodes),
        y=tuple(node.get("y") for node in nodes),
        links=tuple(
            Link(link["source"], link["target"], float(link["length_km"]), link.get("reverse_length_km")) for link in links
        ),
        core_nodes=tuple(raw.get("core_nodes") or ()),
        notes=tuple(raw.get("notes") or ()),
    )


def own(raw: Mapping[str, Any]) -> OwnTopology:
    """A network in the shape of the shipped files, checked whole."""
    from pydantic import ValidationError

    try:
        network = OwnTopology.model_validate(raw)
    except ValidationError as error:
        raise ConfigError(
            Problem(".".join(("topology", *map(str, fault["loc"]))), f"{fault['msg']}.", fault.get("input"))
            for fault in error.errors(include_url=False)
        ) from None
    from_own(network)
    return network


def _faults(own: OwnTopology) -> Iterator[Problem]:
    known: dict[str, int] = {}
    for index, node in enumerate(own.nodes):
        if node.id in known:
            yield Problem(
                f"topology.nodes.{index}.id", f"must be unique; {node.id!r} is node {known[node.id]} already.", node.id
            )
        known.setdefault(node.id, index)
    seen: dict[frozenset[str], int] = {}
    neighbours: dict[str, set[str]] = {id: set() for id in known}
    for index, link in enumerate(own.links):
        path = f"topology.links.{index}"
        strange = False
        for end in ("source", "target"):
            id = getattr(link, end)
            if id not in known:
                strange = True
                yield Problem(
                    f"{path}.{end}", f"must be the id of a node; got {id!r}.", id, list(known)[:50], suggest(id, known)
                )
        if strange:
            continue
        if link.source == link.target:
            yield Problem(path, f"must join two different nodes; both ends are {link.source!r}.", link.source)
            continue
        pair = frozenset((link.source, link.target))
        if pair in seen:
            yield Problem(
                path,
                f"must be the only link between {link.source!r} and {link.target!r}; link {seen[pair]} joins them already.",
                None,
                None,
                "Give the way back as reverse_length_km.",
            )
        seen.setdefault(pair, index)
        neighbours[link.source].add(link.target)
        neighbours[link.target].add(link.source)
    for index, id in enumerate(own.core_nodes):
        if id not in known:
            yield Problem(
                f"topology.core_nodes.{index}",
                f"must be the id of a node; got {id!r}.",
                id,
                list(known)[:50],
                suggest(id, known),
            )
    if known:
        reached, front = {own.nodes[0].id}, [own.nodes[0].id]
        while front:
            for other in neighbours[front.pop()] - reached:
                reached.add(other)
                front.append(other)
        apart = [id for id in known if id not in reached]
        if apart:
            some = ", ".join(repr(id) for id in apart[:5]) + (" …" if len(apart) > 5 else "")
            yield Problem(
                "topology.links",
                f"must join all nodes into one network; {own.nodes[0].id!r} does not reach {some}.",
                len(apart),
            )


def place(values: Mapping[str, Any]) -> dict[str, Any]:
    """Where a node is and what it is called, from attributes of many spellings: lat, lon, x, y, label."""
    lower = {str(name).lower(): value for name, value in values.items()}
    places: dict[str, Any] = {}
    for key, spellings in {"lat": ("lat", "latitude"), "lon": ("lon", "longitude", "long"), "x": ("x",), "y": ("y",)}.items():
        value = next((lower[spelling] for spelling in spellings if spelling in lower), None)
        if value is not None:
            places[key] = number(value, f"topology.nodes.{key}")
    label = next((str(lower[name]) for name in ("label", "name", "city") if lower.get(name) not in (None, "")), None)
    return places if label is None else {**places, "label": label}


def number(value: Any, path: str) -> float:
    """A finite number, or ConfigError at `path`."""
    try:
        read = float(value)
    except (TypeError, ValueError):
        read = math.nan
    if not math.isfinite(read):
        raise ConfigError(Problem(path, f"must be a number; got {value!r}.", str(value)))
    return read
