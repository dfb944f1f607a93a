"""N1, raster: every spike by step and neuron, grouped by population; stimuli and rewards above."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, captioned, span
from quintant.figure.axis import labels_at
from quintant.figure.columns import FINAL
from quintant.figure.decimation import positions
from quintant.figure.inline import inline
from quintant.figure.lettering import bold
from quintant.figure.number import count
from quintant.figure.plane import Drawing, Layers, Plane, Style, linear, upward
from quintant.lab import Outcome
from quintant.labs.chip import seam
from quintant.labs.chip.config import ChipConfig
from quintant.labs.chip.figures.course import Course, strip
from quintant.labs.chip.figures.populations import Block, blocks, config, facts, listed, shortened
from quintant.labs.chip.figures.tables import Array, columns
from quintant.labs.chip.packed import unpack

NAME = "raster"
WIDTH, HEIGHT = 510, 330
MOST_SPIKES = 30_000
"""More are thinned evenly over time, and the badge says so."""


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    (outcome,) = outcomes
    raster = _Raster.from_outcome(outcome)
    course = Course(raster.network, theme, WIDTH)
    other, above = _other(outcome, raster), strip(course)
    shown = positions(len(raster.step), MOST_SPIKES)
    main = _main(raster, shown, course, other)
    chart = alt.vconcat(above, main, spacing=6) if above is not None else main
    return captioned(chart, _caption(outcome, raster, len(shown), above is not None, other))


@dataclass(frozen=True)
class _Raster:
    """The spikes [n] by step, row and the place of their population; rows upwards, the first population lowest."""

    network: ChipConfig
    blocks: Sequence[Block]
    step: Array
    row: Array
    place: Array

    @classmethod
    def from_outcome(cls, outcome: Outcome) -> _Raster:
        network = config(outcome)
        spikes, parts = columns(NAME, outcome, seam.SPIKES), blocks(network)
        place = spikes["population"]
        first = np.array([block.first for block in parts], np.int64)
        return cls(network, parts, spikes["step"].astype(np.int64), first[place] + spikes["neuron"], place)

    @property
    def rows(self) -> int:
        return self.blocks[-1].first + self.blocks[-1].size


@dataclass(frozen=True)
class _Other:
    """The reference that a run was held against: `step`, `row` of the spikes that it has alone, and the document."""

    step: Array
    row: Array
    document: Mapping[str, Any]


def _other(outcome: Outcome, raster: _Raster) -> _Other | None:
    """None before the run has ended: what it has yet to reach is no difference."""
    document, reference = outcome.documents.get(seam.COMPARISON), raster.network.reference
    if document is None or reference is None:
        return None
    first, rows = {block.label: block.first for block in raster.blocks}, raster.rows
    theirs = [unpack(part.steps) * rows + first[part.population] + unpack(part.neurons) for part in reference.spikes]
    alone = np.setdiff1d(np.concatenate(theirs), raster.step * rows + raster.row)
    alone = alone[positions(len(alone), MOST_SPIKES)]
    return _Other(alone // rows, alone % rows, document)


def _plane(raster: _Raster, course: Course) -> Plane:
    """Ticks count within each population; a block with little room has one at its first neuron, or none."""
    ticks = [(block.first + at, at) for block in raster.blocks for at in _ticks(block.size, HEIGHT / raster.rows)]
    rows = [row for row, _ in ticks]
    labels = labels_at(rows, [f"'{count(at)}'" for _, at in ticks])
    left = alt.Axis(title="Neuron of each population", grid=False, values=rows, labelExpr=labels)
    return Plane(course.x, upward(linear(-0.5, raster.rows - 0.5), left), WIDTH, HEIGHT)


def _ticks(size: int, px: float) -> list[int]:
    """Round indices of one block whose neurons are `px` apart: 30 px between them and 12 px to the next block."""
    if size * px < 12:
        return []
    step = next(step for power in range(10) for step in (10**power, 2 * 10**power, 5 * 10**power) if step * px >= 30)
    return [at for at in range(0, size, step) if at == 0 or (size - at) * px >= 12]


def _main(raster: _Raster, shown: Array, course: Course, other: _Other | None) -> Drawing:
    theme, plane = course.theme, _plane(raster, course)
    step, row, place = raster.step[shown], raster.row[shown], raster.place[shown]
    tall = max(1.2, min(9.0, 0.8 * HEIGHT / raster.rows))
    dense = 4.0 * len(step) * tall / (WIDTH * HEIGHT)  # how often ticks would cover the plane if spread evenly
    opacity = round(float(np.clip(1.0 - 0.25 * dense, 0.45, 1.0)), 2)
    tick: Style = {"orient": "vertical", "thickness": 1.2, "size": tall, "opacity": opacity, "clip": True}
    second = [{"x": 0, "x2": course.end, "y": b.first - 0.5, "y2": b.first + b.size - 0.5} for b in raster.blocks[1::2]]
    bands = plane.on(second, ("x", "x2"), ("y", "y2")).mark_rect(color=theme.grid, opacity=0.45)
    layers: Layers = [plane.frame(), bands, *course.top(), *course.samples()]
    for turn in range(len(theme.series)):  # a layer per colour: there may be thousands of populations
        own = place % len(theme.series) == turn
        if own.any():
            spikes = plane.on(inline(t=step[own] + 0.5, n=row[own]), "t", "n")
            layers.append(spikes.mark_tick(color=theme.colour(turn), **tick))
    if other is not None:
        layers += _differences(other, plane, tall, theme)
    return plane.layered([*layers, *_names(raster, plane, course)])


def _differences(other: _Other, plane: Plane, tall: float, theme: Theme) -> Layers:
    """A hollow ring for each spike that only the reference has, and a line where the two first differ."""
    layers: Layers = []
    if len(other.step):
        rings = plane.on(inline(t=other.step + 0.5, n=other.row), "t", "n")
        layers.append(rings.mark_point(filled=False, size=max(9.0, tall**2), strokeWidth=1, color=theme.text, clip=True))
    if (first := other.document["first"]) is not None:
        edge = plane.on({"x": first["step"] + 0.5}, "x")
        layers.append(edge.mark_rule(color=theme.text, strokeWidth=1.2, strokeDash=[5, 3]))
    return layers


def _names(raster: _Raster, plane: Plane, course: Course) -> Layers:
    """Each population's name beside its block; with many, only where 11 px stay between them."""
    layers, above = [], -np.inf
    for block in raster.blocks:
        middle = block.first + (block.size - 1) / 2
        if middle * HEIGHT / raster.rows - above >= 11:
            above = middle * HEIGHT / raster.rows
            end = plane.on({"x": course.end, "y": middle}, "x", "y")
            layers.append(end.mark_text(text=block.title, align="left", dx=6, **bold(block.colour(course.theme))))
    return layers


def _caption(outcome: Outcome, raster: _Raster, drawn: int, strip: bool, other: _Other | None) -> Caption:
    n = len(raster.step)
    by_block = [(block, int((raster.place == block.place).sum())) for block in raster.blocks]
    ranked = sorted(by_block, key=lambda pair: -pair[1])
    firing = [f"{shortened(block.label)} {count(spikes)}" for block, spikes in ranked if spikes]
    silent = [shortened(block.label) for block, spikes in by_block if not spikes]
    sentence = f"{count(n)} {'spike' if n == 1 else 'spikes'}" if firing else "No spikes"
    sentence += f": {listed(firing)}" if firing and len(by_block) > 1 else ""
    sentence += f"; {listed(silent)} silent" if firing and silent else ""
    what = "each spike at its time-step"
    if other is not None:
        first, title = other.document["first"], other.document["title"]
        if first is None:
            sentence += f"; every spike as in {title}"
        else:
            sentence += f"; first differs from {title} at step {count(first['step'])}"
            what += f"; dashed: the first difference, at {shortened(first['population'])}[{count(first['neuron'])}]"
            what += "; rings: spikes of the reference alone" if len(other.step) else ""
    if strip:
        what += "; above: stimuli in the colour of their population"
        what += ", rewards as triangles, filled where positive" if raster.network.rewards else ""
    ended = "" if outcome.state == "completed" else f"{outcome.state} after these spikes"
    return Caption(
        sentence=sentence,
        what=what,
        n=n,
        of="spikes",
        badges=(
            f"{count(drawn)} of {count(n)} spikes drawn" if drawn < n else "",
            ended if outcome.state in FINAL else "so far",
        ),
        facts=facts(raster.network),
        **span(raster.step, x="steps", y="steps"),
    )
