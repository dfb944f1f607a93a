"""N3, weight change: by pair of neurons, over all synapses before and after, and step by step where it was kept.

Of a run without learning that keeps its weights, the weights themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, captioned, span
from quintant.figure.axis import labels_at, literal
from quintant.figure.cells import diverging
from quintant.figure.columns import FINAL
from quintant.figure.hatch import hatch
from quintant.figure.histogram import histogram
from quintant.figure.inline import inline
from quintant.figure.lettering import small
from quintant.figure.number import count
from quintant.figure.plane import Drawing, Layers, Plane, across, linear, plot, upward
from quintant.figure.tooltip import tip
from quintant.lab import Outcome
from quintant.labs.chip import seam
from quintant.labs.chip.config import ChipConfig
from quintant.labs.chip.figures.course import Course, strip
from quintant.labs.chip.figures.populations import config, facts, shortened
from quintant.labs.chip.figures.tables import Array, columns, rows

NAME = "weights"
SIDE, CELLS = 290, 80
LINES_WIDTH, LINES_HEIGHT = 480, 120
MOST_LINES = 5


@dataclass(frozen=True)
class Side:
    """The populations along one side of the map: rows first … first + size - 1 of each."""

    labels: tuple[str, ...]
    firsts: tuple[int, ...]
    sizes: tuple[int, ...]

    @property
    def size(self) -> int:
        return sum(self.sizes)

    @property
    def step(self) -> int:
        """Neurons that share a cell."""
        return -(-self.size // CELLS)


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    (outcome,) = outcomes
    network = config(outcome)
    synapses = columns(NAME, outcome, seam.WEIGHTS)
    learns = network.plasticity != "off"
    if learns:
        synapses = {name: values[synapses["plastic"].astype(bool)] for name, values in synapses.items()}
    value = (synapses["final"] - synapses["initial"]) if learns else synapses["final"]
    pre, source = _along(network, synapses["source"], synapses["pre"])
    post, target = _along(network, synapses["target"], synapses["post"])
    cells = _cells(pre, source, post, target, value)
    map = _map(cells, source, target, "mean change of weight" if learns else "mean weight", theme)
    chart = alt.hconcat(map, _histograms(synapses, learns, theme), spacing=30).resolve_scale(color="independent")
    history = _history(outcome, network, theme) if rows(outcome, seam.WEIGHT_HISTORY) else None
    coarse, what = source.step * target.step > 1, "Change of plastic weights" if learns else "Weights"
    caption = Caption(
        sentence=_sentence(network, synapses, value, learns),
        what=f"{what} from pre- to postsynaptic neuron, hatched: no synapse",
        n=len(value),
        of="synapses",
        badges=(
            f"each cell of the map is the mean of {source.step} × {target.step} pairs" if coarse else "",
            f"{count(cells.beyond)} cells beyond the colours' ends, to {_signed(cells.furthest)}" if cells.beyond else "",
            "so far" if outcome.state not in FINAL else "",
        ),
        facts=facts(network),
        keeps_aspect=True,
        **span(value, x="1", y="1"),
    )
    return captioned(chart if history is None else alt.vconcat(chart, history, spacing=22), caption)


def _sentence(network: ChipConfig, synapses: Mapping[str, Array], value: Array, learns: bool) -> str:
    n = count(len(value))
    if not learns:
        return f"{n} weights from {_signed(value.min())} to {_signed(value.max())}, none of which learns"
    changed = value != 0
    if not changed.any():
        return f"None of {n} plastic weights changed"
    floors = np.array([connection.w_min for connection in network.connections])[synapses["connection"]]
    tops = np.array([connection.w_max for connection in network.connections])[synapses["connection"]]
    at_limit = int((changed & ((synapses["final"] == floors) | (synapses["final"] == tops))).sum())
    sentence = f"{count(changed.sum())} of {n} plastic weights changed, {_signed(value.min())} … {_signed(value.max())}"
    return sentence + (f"; {count(at_limit)} at a limit" if at_limit else "")


def _signed(value: Any) -> str:
    number = int(value)
    return f"+{count(number)}" if number > 0 else count(number).replace("-", "−")


def _along(network: ChipConfig, population: Array, neuron: Array) -> tuple[Array, Side]:
    """Where each synapse's neuron stands along a side that holds only the populations which occur, as declared."""
    present = np.unique(population)
    own = [network.populations[place] for place in present.tolist()]
    firsts = np.concatenate([[0], np.cumsum([part.size for part in own])[:-1]]).astype(np.int64)
    side = Side(tuple(part.label for part in own), tuple(firsts.tolist()), tuple(part.size for part in own))
    return firsts[np.searchsorted(present, population)] + neuron, side


@dataclass(frozen=True)
class Cells:
    """Cells of the map that hold synapses [n]: where they stand, how many and their mean. Colours end at ± `limit`; where a
    few cells are far out, before them: `beyond` counts those, `furthest` is the greatest."""

    column: Array
    row: Array
    count: Array
    mean: Array
    limit: float
    beyond: int
    furthest: float


def _cells(pre: Array, source: Side, post: Array, target: Side, value: Array) -> Cells:
    across, up = -(-target.size // target.step), -(-source.size // source.step)
    cell = (post // target.step) * up + pre // source.step
    counts = np.bincount(cell, minlength=across * up)
    filled = np.flatnonzero(counts)
    means = np.bincount(cell, value.astype(float), minlength=across * up)[filled] / counts[filled]
    size = np.abs(means)
    limit = float(size.max(initial=0.0))
    most = float(np.quantile(size[size > 0], 0.9)) if limit else 0.0
    if limit > 3 * most:
        limit = most
    furthest = float(means[size.argmax()]) if len(size) else 0.0
    return Cells(filled // up, filled % up, counts[filled], means, limit or 1.0, int((size > limit).sum()), furthest)


def _map(cells: Cells, source: Side, target: Side, title: str, theme: Theme) -> Drawing:
    """Postsynaptic neuron to the right, presynaptic upwards."""
    column, row, limit = cells.column, cells.row, cells.limit
    right, top = (np.minimum((at + 1) * side.step, side.size) for at, side in ((column, target), (row, source)))
    data = inline(x=column * target.step, x2=right, y=row * source.step, y2=top, w=cells.mean, n=cells.count)
    x = across(linear(0, target.size), _axis("Postsynaptic neuron", target))
    plane = Plane(x, upward(linear(0, source.size), _axis("Presynaptic neuron", source)), SIDE, SIDE)
    ramp = diverging(limit, theme, clamp=True)
    ticks = {"values": [-limit, -limit / 2, 0, limit / 2, limit], "format": ".3~r" if limit < 1000 else "d"}
    size = {"gradientLength": SIDE - 20, "gradientThickness": 10}
    legend = alt.Legend(title=title, orient="bottom", direction="horizontal", **size, **ticks)
    hatched = plane.on(hatch((0, target.size), (0, source.size), lines=44), ("x", "x2"), ("y", "y2"))
    hatched = hatched.mark_rule(color=theme.grid, strokeWidth=0.8, clip=True)
    tiles = (
        plane.on(data, ("x", "x2"), ("y", "y2"))
        .mark_rect(strokeWidth=0.5)
        .encode(
            color=alt.Color("w:Q", scale=ramp, legend=legend),
            stroke=alt.Stroke("w:Q", scale=ramp, legend=None),
            tooltip=[tip("w:Q", title, ".4g"), tip("n:Q", "synapses")],
        )
    )
    layers: Layers = [hatched.encode(x=plane.x("x", True), y=plane.y("y", True)), tiles]
    for side, name in ((target, "x"), (source, "y")):
        if len(side.firsts) <= SIDE // 6:  # edges closer than 6 px would cover the map
            edges = plane.on([{"at": first} for first in side.firsts[1:]], **{name: "at"})
            layers.append(edges.mark_rule(color=theme.text, strokeWidth=1))
    return plane.layered(layers)


def _axis(title: str, side: Side) -> alt.Axis:
    """One population: its indices. Several: the name of each at its middle, those that have room."""
    if len(side.labels) == 1:
        return alt.Axis(title=f"{title} of {shortened(side.labels[0])}", grid=False, format="d", tickMinStep=1, tickCount=5)
    named = [
        (first + size / 2, literal(shortened(label, 14)))
        for label, first, size in zip(side.labels, side.firsts, side.sizes, strict=True)
        if size * SIDE / side.size >= 14
    ]
    places = [at for at, _ in named]
    labels = labels_at(places, [label for _, label in named])
    return alt.Axis(title=title, grid=False, ticks=False, values=places, labelExpr=labels, labelOverlap=True)


def _histograms(synapses: Mapping[str, Array], learns: bool, theme: Theme) -> Drawing:
    """How many synapses have which weight, before and after on one axis."""
    shown = [("before", synapses["initial"], theme.muted), ("after", synapses["final"], theme.series[0])]
    if not learns:
        shown = [("weights", synapses["initial"], theme.series[0])]
    every = np.concatenate([values for _, values, _ in shown])
    low, high = int(every.min()), int(every.max())
    wide = max(1, -(-(high - low + 1) // 60))
    edges = np.arange(low, high + wide + 1, wide)
    tall = [np.histogram(values, edges)[0] for _, values, _ in shown]
    scale = alt.Scale(domain=[0, max(int(heights.max()) for heights in tall)], nice=True)
    y = upward(scale, alt.Axis(title="Synapses", tickCount=3, tickMinStep=1, format="d"))
    tips = [tip("low:Q", "from"), tip("high:Q", "before"), "n:Q"]
    title = "Weight" + (f" (bins of {wide})" if wide > 1 else "")
    panels = []
    for (name, values, hue), heights in zip(shown, tall, strict=True):
        last = name != "before"
        bins = [{"low": int(edges[at]), "high": int(edges[at + 1]), "n": int(heights[at])} for at in np.flatnonzero(heights)]
        bottom = alt.Axis(title=title if last else None, labels=last, tickCount=4, tickMinStep=1, grid=False, format="d")
        plane = Plane(across(linear(int(edges[0]), int(edges[-1])), bottom), y, 190, 100)
        heading = f"{name}, mean {values.mean():.4g}".replace("-", "−")
        panels.append(histogram(plane, bins, heading, hue, tips, low))
    return alt.vconcat(*panels, spacing=24)


def _history(outcome: Outcome, network: ChipConfig, theme: Theme) -> Drawing | None:
    """The weights of the synapses that moved most, step by step; rewards and stimuli above."""
    kept = columns(NAME, outcome, seam.WEIGHT_HISTORY)
    every = columns(NAME, outcome, seam.WEIGHTS)
    moved = np.abs(every["final"] - every["initial"])
    chosen = [row for row in np.argsort(-moved, kind="stable")[:MOST_LINES].tolist() if moved[row]]
    if not chosen:
        return None
    course = Course(network, theme, LINES_WIDTH)
    y = upward(alt.Scale(zero=False, nice=True), alt.Axis(title="Weight", tickCount=4, tickMinStep=1, format="d"))
    plane = Plane(course.x, y, LINES_WIDTH, LINES_HEIGHT)
    layers: Layers = []
    for at, synapse in enumerate(chosen):
        own, first = kept["synapse"] == synapse, at == 0  # the first line draws the axes
        data = inline(t=np.append(kept["step"][own] + 1, course.end), w=np.append(kept["weight"][own], every["final"][synapse]))
        style = {"color": theme.colour(at), "strokeWidth": 1.3, "strokeDash": list(theme.dash(at))}
        line = plot(data).mark_line(interpolate="step-after", **style)
        layers.append(line.encode(x=plane.x("t", first), y=plane.y("w", first)))
    ends = sorted(enumerate(chosen), key=lambda pair: -int(every["final"][pair[1]]))
    for level, (at, synapse) in enumerate(ends):
        source, target = (network.populations[int(every[end][synapse])].label for end in ("source", "target"))
        name = f"{shortened(source, 12)}[{every['pre'][synapse]}] → {shortened(target, 12)}[{every['post'][synapse]}]"
        place = {"align": "left", "baseline": "top", "dx": 8, "y": 2 + 15 * level}
        layers.append(plane.on({"x": course.end}, "x").mark_text(text=name, **place, **small(theme.colour(at))))
    above, lines = strip(course), plane.layered(layers)
    return lines if above is None else alt.vconcat(above, lines, spacing=6)
