"""Layout: where the nodes of a topology are drawn. Geographic where every site is known, else the stored drawing
coordinates, else a circle in the order of the file, and the figure says which. Never a force-directed guess."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from quintant.figure.placement import Place
from quintant.figure.plane import Plane, across, linear, upward
from quintant.labs.optical.topology import Topology

MARGIN_PX = 26
SHRINK = "clamp(width / 560, 0.5, 1)"
"""Of widths and nodes when a map is drawn narrower than its natural 560 px (a journal's column)."""


@dataclass(frozen=True)
class Layout:
    """`places`: (x, y) per node in px, y downwards, within width_px × height_px."""

    kind: Literal["geographic", "stored", "circle"]
    width_px: float
    height_px: float
    places: tuple[Place, ...]


def lay_out(topology: Topology, width: float = 560, least_height: float = 240, most_height: float = 460) -> Layout:
    kind, raw = _raw(topology)
    xs, ys = [x for x, _ in raw], [y for _, y in raw]
    wide, tall = max(xs) - min(xs), max(ys) - min(ys)
    room = width - 2 * MARGIN_PX
    scale = room / wide if wide > 0 else math.inf
    height = min(most_height, max(least_height, (tall * scale if wide > 0 else most_height) + 2 * MARGIN_PX))
    if tall > 0:
        scale = min(scale, (height - 2 * MARGIN_PX) / tall)
    if not math.isfinite(scale):
        scale = 1.0  # all nodes on one spot
    left = (width - wide * scale) / 2 - min(xs) * scale
    top = (height - tall * scale) / 2 - min(ys) * scale
    return Layout(kind, width, height, tuple((x * scale + left, y * scale + top) for x, y in raw))


def _raw(topology: Topology) -> tuple[Literal["geographic", "stored", "circle"], list[Place]]:
    latitudes = [value for value in topology.lat if value is not None]
    longitudes = [value for value in topology.lon if value is not None]
    if len(latitudes) == len(longitudes) == len(topology.node_ids):
        shrink = math.cos(math.radians((min(latitudes) + max(latitudes)) / 2))  # equirectangular, true at mid-latitude
        return "geographic", [(lon * shrink, -lat) for lat, lon in zip(latitudes, longitudes, strict=True)]
    xs = [value for value in topology.x if value is not None]
    ys = [value for value in topology.y if value is not None]
    if len(xs) == len(ys) == len(topology.node_ids):
        return "stored", list(zip(xs, ys, strict=True))
    count = len(topology.node_ids)
    turns = [2 * math.pi * index / count for index in range(count)]
    return "circle", [(math.sin(turn), -math.cos(turn)) for turn in turns]


def plane(layout: Layout) -> Plane:
    """Positions are px of the nominal drawing; the scales keep them when the figure is resized."""
    x, y = linear(0, layout.width_px, zero=False), linear(layout.height_px, 0, zero=False)
    return Plane(across(x), upward(y), layout.width_px, layout.height_px)


def ends(topology: Topology) -> list[tuple[int, int]]:
    """Both nodes of each link by their place among the nodes."""
    index = {id: place for place, id in enumerate(topology.node_ids)}
    return [(index[link.source], index[link.target]) for link in topology.links]


def ids_fit(topology: Topology) -> bool:
    """Whether ids are so few and so short that they stand inside the nodes."""
    return max(map(len, topology.node_ids)) <= 3 and len(topology.node_ids) <= 30
