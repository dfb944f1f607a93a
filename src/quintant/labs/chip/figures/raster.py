"""N1, raster: every spike by step and neuron, grouped by population; stimuli and rewards above."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, captioned
from quintant.figure.columns import FINAL
from quintant.figure.decimation import positions
from quintant.figure.inline import inline
from quintant.figure.number import count
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


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    (outcome,) = outcomes
    given = config(outcome)
    found = columns(NAME, outcome, seam.SPIKES)
    place = found["population"]
    first = np.array([one.first for one in blocks(given)], np.int64)
    step, row = found["step"].astype(np.int64), first[place] + found["neuron"]
    shown = positions(len(step), MOST_SPIKES)
    plane = _Plane(given, theme)
    other = _other(outcome, given, step, row, plane)
    main = _main(step[shown], row[shown], place[shown], plane, other)
    above = strip(plane.course)
    chart = alt.vconcat(above, main, spacing=6) if above is not None else main
    return captioned(chart, _caption(outcome, given, step, place, len(shown), above is not None, other))


@dataclass(frozen=True)
class _Other:
    """The reference that a run was held against: `step`, `row` of the spikes that it has alone, and the document."""

    step: Array
    row: Array
    told: Mapping[str, Any]


def _other(outcome: Outcome, given: ChipConfig, step: Array, row: Array, plane: _Plane) -> _Other | None:
    """None before the run has ended: what it has yet to reach is no difference."""
    told = outcome.documents.get(seam.COMPARISON)
    if told is None or given.reference is None:
        return None
    first = {one.label: one.first for one in plane.blocks}
    theirs = [unpack(one.steps) * plane.rows + first[one.population] + unpack(one.neurons) for one in given.reference.spikes]
    alone = np.setdiff1d(np.concatenate(theirs), step * plane.rows + row)
    alone = alone[positions(len(alone), MOST_SPIKES)]
    return _Other(alone // plane.rows, alone % plane.rows, told)


class _Plane:
    """Steps to the right, neurons upwards, the first population lowest."""

    def __init__(self, given: ChipConfig, theme: Theme) -> None:
        self.course, self.theme, self.blocks = Course(given, theme, WIDTH), theme, blocks(given)
        self.rows = self.blocks[-1].first + self.blocks[-1].size

    def y(self, field: str, axis: bool = False) -> alt.Y:
        """Ticks count within each population; a block with little room has one at its first neuron, or none."""
        shown = None
        if axis:
            ticks = [(one.first + at, at) for one in self.blocks for at in _ticks(one.size, HEIGHT / self.rows)]
            words = ",".join(f"'{count(at)}'" for _, at in ticks)
            rows = ",".join(str(row) for row, _ in ticks)
            shown = alt.Axis(
                title="Neuron of each population",
                grid=False,
                values=[row for row, _ in ticks],
                labelExpr=f"[{words}][indexof([{rows}], datum.value)]",
            )
        return alt.Y(f"{field}:Q", axis=shown, scale=alt.Scale(domain=[-0.5, self.rows - 0.5], nice=False))


def _ticks(size: int, px: float) -> list[int]:
    """Round indices of one block whose neurons are `px` apart: 30 px between them and 12 px to the next block."""
    if size * px < 12:
        return []
    step = next(step for power in range(10) for step in (10**power, 2 * 10**power, 5 * 10**power) if step * px >= 30)
    return [at for at in range(0, size, step) if at == 0 or (size - at) * px >= 12]


def _main(step: Array, row: Array, place: Array, plane: _Plane, other: _Other | None) -> Any:
    theme, course = plane.theme, plane.course
    tall = max(1.2, min(9.0, 0.8 * HEIGHT / plane.rows))
    dense = 4.0 * len(step) * tall / (WIDTH * HEIGHT)  # how often ticks would cover the plane if spread evenly
    opacity = round(float(np.clip(1.0 - 0.25 * dense, 0.45, 1.0)), 2)
    bands = [{"x": 0, "x2": course.end, "y": one.first - 0.5, "y2": one.first + one.size - 0.5} for one in plane.blocks[1::2]]
    layers: list[Any] = [
        alt.Chart(alt.Data(values=[{"x": 0, "y": 0}]))
        .mark_point(opacity=0)
        .encode(x=course.x("x", axis=True), y=plane.y("y", axis=True)),
        alt.Chart(alt.Data(values=bands))
        .mark_rect(color=theme.grid, opacity=0.45)
        .encode(x=course.x("x"), x2="x2:Q", y=plane.y("y"), y2="y2:Q"),
        *course.top(),
        *course.samples(),
    ]
    for turn in range(len(theme.series)):  # a layer per colour: there may be thousands of populations
        own = place % len(theme.series) == turn
        if own.any():
            layers.append(
                alt.Chart(inline(t=step[own] + 0.5, n=row[own]))
                .mark_tick(orient="vertical", thickness=1.2, size=tall, color=theme.colour(turn), opacity=opacity, clip=True)
                .encode(x=course.x("t"), y=plane.y("n"))
            )
    if other is not None:
        layers += _differences(other, plane, tall)
    layers += _names(plane)
    return alt.layer(*layers, width=WIDTH, height=HEIGHT).resolve_axis(x="independent", y="independent")


def _differences(other: _Other, plane: _Plane, tall: float) -> list[Any]:
    """A hollow ring for each spike that only the reference has, and a line where the two first differ."""
    theme, course = plane.theme, plane.course
    layers: list[Any] = []
    if len(other.step):
        layers.append(
            alt.Chart(inline(t=other.step + 0.5, n=other.row))
            .mark_point(filled=False, size=max(9.0, tall**2), strokeWidth=1, color=theme.text, clip=True)
            .encode(x=course.x("t"), y=plane.y("n"))
        )
    if (first := other.told["first"]) is not None:
        at = alt.Chart(alt.Data(values=[{"x": first["step"] + 0.5}]))
        layers.append(at.mark_rule(color=theme.text, strokeWidth=1.2, strokeDash=[5, 3]).encode(x=course.x("x")))
    return layers


def _names(plane: _Plane) -> list[Any]:
    """Each population's name beside its block; with many, only where 11 px stay between them."""
    layers, above = [], -np.inf
    for one in plane.blocks:
        middle = (one.first + (one.size - 1) / 2) * HEIGHT / plane.rows
        if middle - above < 11:
            continue
        above = middle
        layers.append(
            alt.Chart(alt.Data(values=[{"x": plane.course.end, "y": one.first + (one.size - 1) / 2}]))
            .mark_text(text=one.title, align="left", dx=6, fontSize=11, fontWeight="bold", color=one.colour(plane.theme))
            .encode(x=plane.course.x("x"), y=plane.y("y"))
        )
    return layers


def _caption(
    outcome: Outcome, given: ChipConfig, step: Array, place: Array, drawn: int, strip: bool, other: _Other | None
) -> Caption:
    badges = []
    if drawn < len(step):
        badges.append(f"{count(drawn)} of {count(len(step))} spikes drawn")
    if outcome.state not in FINAL:
        badges.append("so far")
    elif outcome.state != "completed":
        badges.append(f"{outcome.state} after these spikes")
    by_block: list[tuple[Block, int]] = [(one, int((place == one.place).sum())) for one in blocks(given)]
    told = [f"{shortened(one.label)} {count(spikes)}" for one, spikes in sorted(by_block, key=lambda pair: -pair[1]) if spikes]
    silent = [shortened(one.label) for one, spikes in by_block if not spikes]
    n = len(step)
    sentence = f"{count(n)} {'spike' if n == 1 else 'spikes'}" if told else "No spikes"
    sentence += f": {listed(told)}" if told and len(by_block) > 1 else ""
    sentence += f"; {listed(silent)} silent" if told and silent else ""
    what = "each spike at its time-step"
    if other is not None:
        first, title = other.told["first"], other.told["title"]
        if first is None:
            sentence += f"; every spike as in {title}"
        else:
            sentence += f"; first differs from {title} at step {count(first['step'])}"
            what += f"; dashed: the first difference, at {shortened(first['population'])}[{count(first['neuron'])}]"
            what += "; rings: spikes of the reference alone" if len(other.step) else ""
    if strip:
        what += "; above: stimuli in the colour of their population" + (
            ", rewards as triangles, filled where positive" if given.rewards else ""
        )
    return Caption(
        sentence=sentence,
        what=what,
        n=n,
        of="spikes",
        units={"x": "steps", "y": "steps"},
        minimum=float(step.min()) if n else None,
        maximum=float(step.max()) if n else None,
        badges=tuple(badges),
        facts=facts(given),
    )
