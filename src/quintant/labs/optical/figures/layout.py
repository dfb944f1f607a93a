"""Layout: where the nodes of a topology are drawn. Geographic where every site is known, else the stored drawing
coordinates, else a circle in the order of the file, and the figure says which. Never a force-directed guess."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from quintant.figure.words import width_px
from quintant.labs.optical.topology import Topology

MARGIN_PX = 26
NODE_PX = 5


Place = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom in px."""


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


def _raw(topology: Topology) -> tuple[Literal["geographic", "stored", "circle"], list[tuple[float, float]]]:
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


@dataclass(frozen=True)
class Label:
    """`dx`, `dy`: px from the node; `align`, `baseline`: Vega's words."""

    dx: float
    dy: float
    align: str
    baseline: str


_SIDES = (
    Label(0, -7, "center", "bottom"),
    Label(0, 7, "center", "top"),
    Label(8, 0, "left", "middle"),
    Label(-8, 0, "right", "middle"),
    Label(6, -5, "left", "bottom"),
    Label(-6, -5, "right", "bottom"),
    Label(6, 5, "left", "top"),
    Label(-6, 5, "right", "top"),
)


def place_labels(
    layout: Layout, texts: Sequence[str], lines: Sequence[tuple[int, int]], size_px: float, taken: Sequence[Box] = ()
) -> tuple[Label | None, ...]:
    """For each node the side on which its text meets the fewest other texts, nodes and lines; greedy, in node order.
    None where every side would cover another text or node."""
    covered = list(taken)
    nodes = _node_boxes(layout)
    ends = [(layout.places[a], layout.places[b]) for a, b in lines]
    chosen: list[Label | None] = []
    for index, text in enumerate(texts):
        others = [box for place, box in enumerate(nodes) if place != index]
        best: tuple[float, Label, Box] | None = None
        for rank, side in enumerate(_SIDES):
            box = _box(layout.places[index], text, size_px, side)
            if _outside(box, layout) or any(_meet(box, other) for other in (*covered, *others)):
                continue
            cost = sum(_crosses(box, *line) for line in ends) + 0.01 * rank
            if best is None or cost < best[0]:
                best = cost, side, box
        chosen.append(best[1] if best else None)
        if best:
            covered.append(best[2])
    return tuple(chosen)


@dataclass(frozen=True)
class Callout:
    """A text centred on `x`, `y` within `box`, about the point `on_x`, `on_y` of a line."""

    x: float
    y: float
    on_x: float
    on_y: float
    box: Box


def place_beside(
    layout: Layout, start: Place, end: Place, text: str, size_px: float, lines: Sequence[tuple[int, int]]
) -> Callout:
    """Where a text about the line start→end stands clear of nodes and lines, as near to the line as can be."""
    wide = width_px(text, size_px, bold=True) + 8
    nodes = _node_boxes(layout)
    ends = [(layout.places[a], layout.places[b]) for a, b in lines]
    length = math.hypot(end[0] - start[0], end[1] - start[1]) or 1.0
    aside = -(end[1] - start[1]) / length, (end[0] - start[0]) / length
    best: tuple[float, Callout] | None = None
    for along in (0.5, 0.35, 0.65, 0.2, 0.8):
        x, y = (start[axis] + along * (end[axis] - start[axis]) for axis in (0, 1))
        for side in (1, -1):
            clear = abs(aside[0]) * wide / 2 + abs(aside[1]) * size_px / 2
            for away in (10, 22, 40, 60, 85, 110):
                centre = x + side * aside[0] * (clear + away), y + side * aside[1] * (clear + away)
                box = (centre[0] - wide / 2, centre[1] - size_px * 0.7, centre[0] + wide / 2, centre[1] + size_px * 0.7)
                cost = (
                    200 * _outside(box, layout)
                    + 60 * sum(_meet(box, node) for node in nodes)
                    + 18 * sum(_crosses(box, *line) for line in ends)
                    + away / 4
                    + 8 * abs(along - 0.5)
                    + (side < 0)
                )
                if best is None or cost < best[0]:
                    best = cost, Callout(*centre, x, y, box)
    assert best is not None
    return best[1]


def _node_boxes(layout: Layout) -> list[Box]:
    return [(x - NODE_PX, y - NODE_PX, x + NODE_PX, y + NODE_PX) for x, y in layout.places]


def _outside(box: Box, layout: Layout) -> bool:
    return box[0] < 0 or box[2] > layout.width_px or box[1] < 0 or box[3] > layout.height_px


def _box(place: Place, text: str, size: float, side: Label) -> Box:
    wide = width_px(text, size)
    x, y = place[0] + side.dx, place[1] + side.dy
    left = {"left": x, "center": x - wide / 2, "right": x - wide}[side.align]
    top = {"top": y, "middle": y - size / 2, "bottom": y - size}[side.baseline]
    return left, top, left + wide, top + size


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _crosses(box: Box, start: Place, end: Place) -> bool:
    """Whether a line passes through the box (Liang & Barsky 1984)."""
    low, high = 0.0, 1.0
    for axis in (0, 1):
        step, before, after = end[axis] - start[axis], box[axis] - start[axis], box[axis + 2] - start[axis]
        if step == 0:
            if before > 0 or after < 0:
                return False
            continue
        near, far = sorted((before / step, after / step))
        low, high = max(low, near), min(high, far)
        if low > high:
            return False
    return True
