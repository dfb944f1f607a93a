"""N4, activity: spikes per step, stacked by population, and how often a neuron of each fires."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, cannot, captioned
from quintant.figure.columns import FINAL
from quintant.figure.inline import inline
from quintant.figure.number import SPACE, count
from quintant.lab import Outcome
from quintant.labs.chip import seam
from quintant.labs.chip.config import ChipConfig
from quintant.labs.chip.figures.course import Course, strip
from quintant.labs.chip.figures.populations import blocks, config, facts, shortened
from quintant.labs.chip.figures.tables import Array, columns

NAME = "activity"
WIDTH, HEIGHT = 480, 210
MOST_LAYERS = 6
"""More populations: the five that fire most, and the rest together."""


@dataclass(frozen=True)
class Layer:
    """Spikes of one population, or of the rest together, at each step [steps]; `neurons` share them."""

    name: str
    colour: str
    neurons: int
    spikes: Array

    @property
    def rate(self) -> float:
        """Spikes per neuron and step: the contract's firing rate."""
        return float(self.spikes.sum()) / (self.neurons * len(self.spikes))


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    (outcome,) = outcomes
    given = config(outcome)
    found = columns(NAME, outcome, seam.ACTIVITY)
    known = int(found["step"].max()) + 1 if len(found["step"]) else 0
    if not known:
        raise cannot(NAME, f"run {outcome.run_id} has not made a step yet")
    spikes = np.zeros((len(given.populations), known), np.int64)
    np.add.at(spikes, (found["population"], found["step"]), found["spikes"])
    layers = _layers(given, spikes, theme)
    course = Course(given, theme, WIDTH)
    per = -(-known // WIDTH)
    parts = [strip(course), _areas(course, layers, per)]
    chart = alt.vconcat(*(part for part in parts if part is not None), spacing=6)
    return captioned(chart, _caption(outcome, given, layers, spikes.sum(axis=0), per))


def _layers(given: ChipConfig, spikes: Array, theme: Theme) -> list[Layer]:
    """The lowest first, as populations are declared."""
    every = blocks(given)
    most = sorted(every, key=lambda one: -int(spikes[one.place].sum()))
    kept = {one.place for one in (most if len(every) <= MOST_LAYERS else most[: MOST_LAYERS - 1])}
    layers = [Layer(one.label, one.colour(theme), one.size, spikes[one.place]) for one in every if one.place in kept]
    rest = [one for one in every if one.place not in kept]
    if rest:
        summed = spikes[[one.place for one in rest]].sum(axis=0)
        layers.append(Layer(f"{len(rest)} others", theme.muted, sum(one.size for one in rest), summed))
    return layers


def _areas(course: Course, layers: Sequence[Layer], per: int) -> Any:
    """Columns without gaps, `per` steps wide and as high as the mean of their spikes."""
    steps = len(layers[0].spikes)
    starts = np.arange(0, steps, per)
    stops = np.minimum(starts + per, steps)
    means = [np.add.reduceat(one.spikes, starts) / (stops - starts) for one in layers]
    heights = np.cumsum(means, axis=0)
    top = float(heights[-1].max()) or 1.0

    def y(field: str, axis: bool = False) -> alt.Y:
        shown = alt.Axis(title="Spikes per step", tickCount=5, tickMinStep=1 if per == 1 else 0, format="~f") if axis else None
        return alt.Y(f"{field}:Q", axis=shown, scale=alt.Scale(domain=[0, top], nice=True))

    drawn: list[Any] = [
        alt.Chart(alt.Data(values=[{"x": 0, "y": 0}]))
        .mark_point(opacity=0)
        .encode(x=course.x("x", axis=True), y=y("y", axis=True)),
        *course.top(),
    ]
    for one, mean, high in zip(layers, means, heights, strict=True):
        some = mean > 0
        if some.any():
            data = inline(x=starts[some], x2=stops[some], low=(high - mean)[some], high=high[some])
            drawn.append(
                alt.Chart(data)
                .mark_rect(color=one.colour, strokeWidth=0)
                .encode(x=course.x("x"), x2="x2:Q", y=y("low"), y2="high:Q")
            )
    drawn += course.samples()
    for at, one in enumerate(reversed(layers)):  # names stand in the order of the stack
        end = alt.Chart(alt.Data(values=[{"x": course.end}]))
        drawn += [
            end.mark_text(
                text=text, align="left", baseline="top", dx=8, y=4 + 33 * at + below, fontSize=11, fontWeight=weight, color=hue
            ).encode(x=course.x("x"))
            for text, below, weight, hue in (
                (shortened(one.name), 0, "bold", one.colour),
                (f"{1000 * one.rate:.3g} per 1000 steps", 13, "normal", course.theme.muted),
            )
        ]
    return alt.layer(*drawn, width=WIDTH, height=HEIGHT).resolve_axis(x="independent", y="independent")


def _caption(outcome: Outcome, given: ChipConfig, layers: Sequence[Layer], total: Array, per: int) -> Caption:
    neurons = sum(one.neurons for one in layers)
    rate = float(total.sum()) / (neurons * len(total))
    peak = int(total.argmax())
    sentence = "No spikes"
    if total.any():
        sentence = f"{rate:.3g} spikes per neuron and step, at most {count(total[peak])} in one step ({count(peak)})"
    badges = [f"each column is the mean of {count(per)} steps"] if per > 1 else []
    if outcome.state not in FINAL:
        badges.append(f"so far, {count(len(total))} steps")
    return Caption(
        sentence=sentence,
        what=f"Spikes per step, stacked; beside: spikes of a neuron per 1000{SPACE}steps",
        n=len(total),
        of="steps",
        units={"x": "steps", "y": "spikes"},
        minimum=float(total.min()),
        maximum=float(total.max()),
        badges=tuple(badges),
        facts=facts(given),
    )
