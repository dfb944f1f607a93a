"""Placement: where the names of a drawn graph stand, clear of each other, of nodes and of lines.

Positions are px from the upper left corner, y downwards.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from quintant.figure.words import width_px

NODE_PX = 5
Place: TypeAlias = tuple[float, float]
Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom in px."""


class Layout(Protocol):
    """A graph as it is drawn: `places` of its nodes within width_px × height_px."""

    @property
    def width_px(self) -> float: ...

    @property
    def height_px(self) -> float: ...

    @property
    def places(self) -> tuple[Place, ...]: ...


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
