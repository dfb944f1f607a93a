"""N4, activity: spikes per step, stacked by population, and how often a neuron of each fires."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, cannot, captioned, span
from quintant.figure.columns import FINAL
from quintant.figure.inline import inline
from quintant.figure.number import SPACE, count
from quintant.figure.plane import Drawing, Plane, Style, upward
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


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    (outcome,) = outcomes
    network = config(outcome)
    table = columns(NAME, outcome, seam.ACTIVITY)
    known = int(table["step"].max()) + 1 if len(table["step"]) else 0
    if not known:
        raise cannot(NAME, f"run {outcome.run_id} has not made a step yet")
    spikes = np.zeros((len(network.populations), known), np.int64)
    np.add.at(spikes, (table["population"], table["step"]), table["spikes"])
    layers = _layers(network, spikes, theme)
    course = Course(network, theme, WIDTH)
    per = -(-known // WIDTH)
    parts = [strip(course), _areas(course, layers, per)]
    chart = alt.vconcat(*(part for part in parts if part is not None), spacing=6)
    return captioned(chart, _caption(outcome, network, layers, spikes.sum(axis=0), per))


def _layers(network: ChipConfig, spikes: Array, theme: Theme) -> list[Layer]:
    """The lowest first, as populations are declared."""
    every = blocks(network)
    most = sorted(every, key=lambda block: -int(spikes[block.place].sum()))
    kept = {block.place for block in (most if len(every) <= MOST_LAYERS else most[: MOST_LAYERS - 1])}
    rest = [block for block in every if block.place not in kept]
    layers = [
        Layer(block.label, block.colour(theme), block.size, spikes[block.place]) for block in every if block.place in kept
    ]
    if rest:
        summed = spikes[[block.place for block in rest]].sum(axis=0)
        layers.append(Layer(f"{len(rest)} others", theme.muted, sum(block.size for block in rest), summed))
    return layers


def _areas(course: Course, layers: Sequence[Layer], per: int) -> Drawing:
    """Columns without gaps, `per` steps wide and as high as the mean of their spikes."""
    steps = len(layers[0].spikes)
    starts = np.arange(0, steps, per)
    stops = np.minimum(starts + per, steps)
    means = [np.add.reduceat(layer.spikes, starts) / (stops - starts) for layer in layers]
    heights = np.cumsum(means, axis=0)
    left = alt.Axis(title="Spikes per step", tickCount=5, tickMinStep=1 if per == 1 else 0, format="~f")
    y = upward(alt.Scale(domain=[0, float(heights[-1].max()) or 1.0], nice=True), left)
    plane = Plane(course.x, y, WIDTH, HEIGHT)
    drawn = [plane.frame(), *course.top()]
    for layer, mean, high in zip(layers, means, heights, strict=True):
        some = mean > 0
        if some.any():
            data = inline(x=starts[some], x2=stops[some], low=(high - mean)[some], high=high[some])
            drawn.append(plane.on(data, ("x", "x2"), ("low", "high")).mark_rect(color=layer.colour, strokeWidth=0))
    drawn += course.samples()
    for at, layer in enumerate(reversed(layers)):  # names stand in the order of the stack
        end = plane.on({"x": course.end}, "x")
        place: Style = {"align": "left", "baseline": "top", "dx": 8, "fontSize": 11}
        rate = {"text": f"{1000 * layer.rate:.3g} per 1000 steps", "color": course.theme.muted, "fontWeight": "normal"}
        name = {"text": shortened(layer.name), "color": layer.colour, "fontWeight": "bold"}
        drawn += [end.mark_text(**name, **place, y=4 + 33 * at), end.mark_text(**rate, **place, y=4 + 33 * at + 13)]
    return plane.layered(drawn)


def _caption(outcome: Outcome, network: ChipConfig, layers: Sequence[Layer], total: Array, per: int) -> Caption:
    rate = float(total.sum()) / (sum(layer.neurons for layer in layers) * len(total))
    peak = int(total.argmax())
    sentence = f"{rate:.3g} spikes per neuron and step, at most {count(total[peak])} in one step ({count(peak)})"
    return Caption(
        sentence=sentence if total.any() else "No spikes",
        what=f"Spikes per step, stacked; beside: spikes of a neuron per 1000{SPACE}steps",
        n=len(total),
        of="steps",
        badges=(
            f"each column is the mean of {count(per)} steps" if per > 1 else "",
            f"so far, {count(len(total))} steps" if outcome.state not in FINAL else "",
        ),
        facts=facts(network),
        **span(total, x="steps", y="spikes"),
    )
