"""Preview: the map of a network with the candidate paths of two of its nodes, before any request is served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import altair as alt

from quintant.figure import Caption, Theme, captioned, span
from quintant.figure.number import SPACE, plain
from quintant.figure.plane import Drawing
from quintant.figure.series import INK
from quintant.figure.tooltip import tip
from quintant.lab import Choice
from quintant.labs.optical.config import OpticalConfig
from quintant.labs.optical.engine import paths
from quintant.labs.optical.engine.plan import plan_links
from quintant.labs.optical.figures.layout import SHRINK, ends, ids_fit, lay_out, plane
from quintant.labs.optical.figures.replicates import topology_name
from quintant.labs.optical.topology import Topology, resolve

NAME = "paths"
MOST_DRAWN = 5
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 2, 1, 2])
APART_PX = 3.0
ORDERS = {
    "km": "shortest first",
    "hops": "fewest links first",
    "spectral": "least spectrum first",
    "xlron_2025": "as the tables did",
}


def choices(config: OpticalConfig) -> dict[str, Choice]:
    """Two nodes: unless said the first, and the one whose shortest way from it is the longest."""
    topology = resolve(config)
    nodes = _traffic(topology, config)
    source = nodes[0]
    far = _far(topology, config, source, nodes)
    return {"source": Choice("from", nodes, source), "target": Choice("to", nodes, far)}


def build(config: OpticalConfig, root_seed: int, chosen: Mapping[str, str], theme: Theme) -> Drawing:
    """The candidates of the two chosen nodes in trying order, the first five drawn beside each other."""
    topology = resolve(config)
    index = {id: place for place, id in enumerate(topology.node_ids)}
    offered = choices(config)
    source, target = (index[chosen.get(name, offered[name].default)] for name in ("source", "target"))
    links = plan_links(config, topology)
    lengths = {(link.source, link.target): link.length_km for link in links}
    if not config.directed:
        lengths |= {(b, a): km for (a, b), km in lengths.items()}
    # The order of the tables goes by a pair's place among all pairs; every other one by the pair alone.
    nodes = tuple(index[id] for id in _traffic(topology, config)) if config.path_order == "xlron_2025" else (source, target)
    walks = () if source == target else paths.candidates(config, topology.node_ids, links, nodes)[source, target]
    kms = [sum(lengths[step] for step in pairwise(walk)) for walk in walks]
    ends = topology.node_ids[source], topology.node_ids[target]
    caption = Caption(
        sentence=_sentence(*ends, kms),
        what=f"candidate paths of two nodes, {ORDERS[config.path_order]}",
        n=len(walks),
        of="paths",
        facts=(topology_name(config), f"{len(topology.node_ids)}{SPACE}nodes, {len(topology.links)}{SPACE}links"),
        badges=(f"{MOST_DRAWN} of {len(walks)} candidates drawn" if len(walks) > MOST_DRAWN else "",),
        keeps_aspect=True,
        **span(kms, y="km"),
    )
    return captioned(_map(topology, walks[:MOST_DRAWN], kms, (source, target), theme), caption)


def _traffic(topology: Topology, config: OpticalConfig) -> tuple[str, ...]:
    return topology.core_nodes if config.traffic_nodes == "core" else topology.node_ids


def _far(topology: Topology, config: OpticalConfig, source: str, nodes: tuple[str, ...]) -> str:
    index = {id: place for place, id in enumerate(topology.node_ids)}
    steps: dict[int, dict[int, float]] = {place: {} for place in index.values()}
    for link in plan_links(config, topology):
        steps[link.source][link.target] = steps[link.target][link.source] = link.length_km
    far = paths.distances(steps, index[source])
    return max(nodes, key=lambda node: far.get(index[node], -1.0))


def _sentence(source: str, target: str, kms: list[float]) -> str:
    if not kms:
        return f"No path leads from {source} to {target}" if source != target else f"{source} is both ends"
    least, most = plain(round(min(kms))), plain(round(max(kms)))
    if len(kms) == 1:
        return f"From {source} to {target} the one candidate takes {least}{SPACE}km"
    between = f"{least}{SPACE}km" if least == most else f"{least} to {most}{SPACE}km"
    return f"From {source} to {target} the {len(kms)} candidates take {between}"


def _map(
    topology: Topology, walks: Sequence[Sequence[int]], kms: Sequence[float], chosen: tuple[int, int], theme: Theme
) -> Drawing:
    layout = lay_out(topology)
    places, map = layout.places, plane(layout)
    links = [{"x": places[a][0], "y": places[a][1], "x2": places[b][0], "y2": places[b][1]} for a, b in ends(topology)]
    layers = [map.on(links, ("x", "x2"), ("y", "y2")).mark_rule(color=theme.grid, strokeWidth=1.5)]
    for rank, walk in enumerate(walks):
        path = {"path": " – ".join(topology.node_ids[node] for node in walk), "hops": len(walk) - 1, "km": kms[rank]}
        rows = [{**path, "order": at, "x": places[node][0], "y": places[node][1]} for at, node in enumerate(walk)]
        aside = alt.expr(f"{(rank - (len(walks) - 1) / 2) * APART_PX} * {SHRINK}")
        style = {"color": theme.colour(rank), "strokeDash": list(DASHES[rank]), "strokeWidth": 2}
        line = map.on(rows, "x", "y").mark_line(**style, xOffset=aside, yOffset=aside)
        layers.append(line.encode(order="order:Q", tooltip=["path:N", "hops:Q", tip("km:Q", format=",.0f")]))
    nodes = [
        {"x": x, "y": y, "id": id, "label": label, "fill": theme.surface, "ink": theme.text}
        for (x, y), id, label in zip(places, topology.node_ids, topology.labels, strict=True)
    ]
    for node in chosen:
        nodes[node] |= {"fill": theme.text, "ink": theme.surface}
    inside = ids_fit(topology)
    size = alt.expr(f"{220 if inside else 60} * {SHRINK}")
    dots = map.on(nodes, "x", "y").mark_point(shape="circle", filled=True, size=size, stroke=theme.text, opacity=1)
    layers.append(dots.encode(fill=alt.Fill("fill:N", scale=None), tooltip=["id:N", "label:N"]))
    named = map.on(nodes if inside else [nodes[node] for node in chosen], "x", "y")
    text = named.mark_text(fontSize=alt.expr(f"max(7, 9 * {SHRINK})"), dy=0 if inside else -10)
    layers.append(text.encode(text="id:N", color=INK if inside else alt.value(theme.text)))
    return alt.layer(*layers, width=layout.width_px, height=layout.height_px)
