"""N3, weight change: by pair of neurons, over all synapses before and after, and step by step where it was kept.

Of a run without learning that keeps its weights, the weights themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, captioned
from quintant.figure.columns import FINAL
from quintant.figure.hatch import hatch
from quintant.figure.inline import inline
from quintant.figure.number import count
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


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    (outcome,) = outcomes
    given = config(outcome)
    found = columns(NAME, outcome, seam.WEIGHTS)
    learns = given.plasticity != "off"
    if learns:
        found = {name: values[found["plastic"].astype(bool)] for name, values in found.items()}
    value = (found["final"] - found["initial"]) if learns else found["final"]
    pre, source = _along(given, found["source"], found["pre"])
    post, target = _along(given, found["target"], found["post"])
    title = "mean change of weight" if learns else "mean weight"
    cells = _cells(pre, source, post, target, value)
    chart = alt.hconcat(_map(cells, source, target, title, theme), _histograms(found, learns, theme), spacing=30)
    chart = chart.resolve_scale(color="independent")
    history = _history(outcome, given, found, theme) if rows(outcome, seam.WEIGHT_HISTORY) else None
    badges = []
    if source.step * target.step > 1:
        badges.append(f"each cell of the map is the mean of {source.step} × {target.step} pairs")
    if cells.beyond:
        badges.append(f"{count(cells.beyond)} cells beyond the colours' ends, to {_signed(cells.furthest)}")
    if outcome.state not in FINAL:
        badges.append("so far")
    return captioned(
        chart if history is None else alt.vconcat(chart, history, spacing=22),
        Caption(
            sentence=_sentence(given, found, value, learns),
            what=("Change of plastic weights" if learns else "Weights")
            + " from pre- to postsynaptic neuron, hatched: no synapse",
            n=len(value),
            of="synapses",
            units={"x": "1", "y": "1"},
            minimum=float(value.min()) if len(value) else None,
            maximum=float(value.max()) if len(value) else None,
            badges=tuple(badges),
            facts=facts(given),
            keeps_aspect=True,
        ),
    )


def _sentence(given: ChipConfig, found: Mapping[str, Array], value: Array, learns: bool) -> str:
    n = count(len(value))
    if not learns:
        return f"{n} weights from {_signed(value.min())} to {_signed(value.max())}, none of which learns"
    changed = value != 0
    if not changed.any():
        return f"None of {n} plastic weights changed"
    floors = np.array([one.w_min for one in given.connections])[found["connection"]]
    tops = np.array([one.w_max for one in given.connections])[found["connection"]]
    at_limit = int((changed & ((found["final"] == floors) | (found["final"] == tops))).sum())
    told = f"{count(changed.sum())} of {n} plastic weights changed, {_signed(value.min())} … {_signed(value.max())}"
    return told + (f"; {count(at_limit)} at a limit" if at_limit else "")


def _signed(value: Any) -> str:
    number = int(value)
    return f"+{count(number)}" if number > 0 else count(number).replace("-", "−")


def _along(given: ChipConfig, population: Array, neuron: Array) -> tuple[Array, Side]:
    """Where each synapse's neuron stands along a side that holds only the populations which occur, as declared."""
    present = np.unique(population)
    sizes = [given.populations[place].size for place in present.tolist()]
    firsts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    labels = tuple(given.populations[place].label for place in present.tolist())
    side = Side(labels, tuple(firsts.tolist()), tuple(sizes))
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


def _map(cells: Cells, source: Side, target: Side, title: str, theme: Theme) -> Any:
    """Postsynaptic neuron to the right, presynaptic upwards."""
    column, row, limit = cells.column, cells.row, cells.limit
    data = inline(
        x=column * target.step,
        x2=np.minimum((column + 1) * target.step, target.size),
        y=row * source.step,
        y2=np.minimum((row + 1) * source.step, source.size),
        w=cells.mean,
        n=cells.count,
    )

    def x(field: str, axis: bool = False) -> alt.X:
        return alt.X(f"{field}:Q", axis=_axis("Postsynaptic neuron", target) if axis else None, scale=_scale(target))

    def y(field: str, axis: bool = False) -> alt.Y:
        return alt.Y(f"{field}:Q", axis=_axis("Presynaptic neuron", source) if axis else None, scale=_scale(source))

    low, middle, high = theme.diverging
    colours = alt.Scale(domain=[-limit, 0, limit], range=[low, middle, high], interpolate="rgb", clamp=True)
    legend = alt.Legend(
        title=title,
        orient="bottom",
        direction="horizontal",
        gradientLength=SIDE - 20,
        gradientThickness=10,
        values=[-limit, -limit / 2, 0, limit / 2, limit],
        format=".3~r" if limit < 1000 else "d",
    )
    layers: list[Any] = [
        alt.Chart(alt.Data(values=hatch((0, target.size), (0, source.size), lines=44)))
        .mark_rule(color=theme.grid, strokeWidth=0.8, clip=True)
        .encode(x=x("x", axis=True), y=y("y", axis=True), x2="x2:Q", y2="y2:Q"),
        alt.Chart(data)
        .mark_rect(strokeWidth=0.5)
        .encode(
            x=x("x"),
            x2="x2:Q",
            y=y("y"),
            y2="y2:Q",
            color=alt.Color("w:Q", scale=colours, legend=legend),
            stroke=alt.Stroke("w:Q", scale=colours, legend=None),
            tooltip=[alt.Tooltip("w:Q", title=title, format=".4g"), alt.Tooltip("n:Q", title="synapses")],
        ),
    ]
    for side, channel in ((target, x), (source, y)):
        if len(side.firsts) <= SIDE // 6:  # edges closer than 6 px would cover the map
            edges = alt.Chart(alt.Data(values=[{"at": first} for first in side.firsts[1:]]))
            rule = edges.mark_rule(color=theme.text, strokeWidth=1)
            layers.append(rule.encode(x=x("at")) if channel is x else rule.encode(y=y("at")))
    return alt.layer(*layers, width=SIDE, height=SIDE).resolve_axis(x="independent", y="independent")


def _scale(side: Side) -> alt.Scale:
    return alt.Scale(domain=[0, side.size], nice=False)


def _axis(title: str, side: Side) -> alt.Axis:
    """One population: its indices. Several: the name of each at its middle, those that have room."""
    if len(side.labels) == 1:
        return alt.Axis(title=f"{title} of {shortened(side.labels[0])}", grid=False, format="d", tickMinStep=1, tickCount=5)
    named = [
        (first + size / 2, shortened(label, 14))
        for label, first, size in zip(side.labels, side.firsts, side.sizes, strict=True)
        if size * SIDE / side.size >= 14
    ]
    words = ",".join(_literal(label) for _, label in named)
    places = ",".join(str(at) for at, _ in named)
    return alt.Axis(
        title=title,
        grid=False,
        ticks=False,
        values=[at for at, _ in named],
        labelExpr=f"[{words}][indexof([{places}], datum.value)]",
        labelOverlap=True,
    )


def _literal(word: str) -> str:
    """A label as a literal of a Vega expression."""
    import orjson

    return orjson.dumps(word).decode()


def _histograms(found: Mapping[str, Array], learns: bool, theme: Theme) -> Any:
    """How many synapses have which weight, before and after on one axis."""
    shown = [("before", found["initial"], theme.muted), ("after", found["final"], theme.series[0])]
    if not learns:
        shown = [("weights", found["initial"], theme.series[0])]
    every = np.concatenate([values for _, values, _ in shown])
    low, high = int(every.min()), int(every.max())
    wide = max(1, -(-(high - low + 1) // 60))
    edges = np.arange(low, high + wide + 1, wide)
    x = alt.Scale(domain=[int(edges[0]), int(edges[-1])], nice=False)
    tall = [np.histogram(values, edges)[0] for _, values, _ in shown]
    top = max(int(heights.max()) for heights in tall)
    panels = []
    for (name, values, hue), heights in zip(shown, tall, strict=True):
        last = name != "before"
        some = np.flatnonzero(heights)
        bars = [{"low": int(edges[at]), "high": int(edges[at + 1]), "n": int(heights[at])} for at in some]
        title = "Weight" + (f" (bins of {wide})" if wide > 1 else "") if last else None
        y = alt.Y("n:Q", scale=alt.Scale(domain=[0, top], nice=True))
        base = alt.Chart(alt.Data(values=[{"low": low, "n": 0}]))
        axis = alt.Axis(title=title, labels=last, tickCount=4, tickMinStep=1, grid=False, format="d")
        panels.append(
            alt.layer(
                base.mark_point(opacity=0).encode(
                    x=alt.X("low:Q", scale=x, axis=axis), y=y.axis(title="Synapses", tickCount=3, tickMinStep=1, format="d")
                ),
                alt.Chart(alt.Data(values=bars))
                .mark_rect(color=hue)
                .encode(
                    x=alt.X("low:Q", scale=x, axis=None),
                    x2="high:Q",
                    y=y.axis(None),
                    y2=alt.datum(0),
                    tooltip=[alt.Tooltip("low:Q", title="from"), alt.Tooltip("high:Q", title="before"), alt.Tooltip("n:Q")],
                ),
                base.mark_text(
                    text=f"{name}, mean {values.mean():.4g}".replace("-", "−"),
                    align="left",
                    baseline="bottom",
                    x=0,
                    y=-3,
                    fontSize=11,
                    fontWeight="bold",
                    color=hue,
                ),
                width=190,
                height=100,
            ).resolve_axis(x="independent", y="independent")
        )
    return alt.vconcat(*panels, spacing=24)


def _history(outcome: Outcome, given: ChipConfig, found: Mapping[str, Array], theme: Theme) -> Any:
    """The weights of the synapses that moved most, step by step; rewards and stimuli above."""
    kept = columns(NAME, outcome, seam.WEIGHT_HISTORY)
    every = columns(NAME, outcome, seam.WEIGHTS)
    moved = np.abs(every["final"] - every["initial"])
    chosen = [row for row in np.argsort(-moved, kind="stable")[:MOST_LINES].tolist() if moved[row]]
    course = Course(given, theme, LINES_WIDTH)
    scale = alt.Scale(zero=False, nice=True)

    def y(axis: bool = False) -> alt.Y:
        return alt.Y(
            "w:Q", scale=scale, axis=alt.Axis(title="Weight", tickCount=4, tickMinStep=1, format="d") if axis else None
        )

    layers: list[Any] = []
    ends: list[tuple[int, str, str]] = []
    for at, synapse in enumerate(chosen):
        own = kept["synapse"] == synapse
        data = inline(t=np.append(kept["step"][own] + 1, course.end), w=np.append(kept["weight"][own], every["final"][synapse]))
        layers.append(
            alt.Chart(data)
            .mark_line(interpolate="step-after", color=theme.colour(at), strokeWidth=1.3, strokeDash=list(theme.dash(at)))
            .encode(x=course.x("t", axis=at == 0), y=y(at == 0))
        )
        source, target = (given.populations[int(every[end][synapse])].label for end in ("source", "target"))
        name = f"{shortened(source, 12)}[{every['pre'][synapse]}] → {shortened(target, 12)}[{every['post'][synapse]}]"
        ends.append((int(every["final"][synapse]), name, theme.colour(at)))
    if not layers:
        return None
    for at, (_, name, hue) in enumerate(sorted(ends, key=lambda one: -one[0])):
        layers.append(
            alt.Chart(alt.Data(values=[{"x": course.end}]))
            .mark_text(text=name, align="left", baseline="top", dx=8, y=2 + 15 * at, fontSize=10, color=hue)
            .encode(x=course.x("x"))
        )
    lines = alt.layer(*layers, width=LINES_WIDTH, height=LINES_HEIGHT).resolve_axis(x="independent", y="independent")
    above = strip(course)
    return lines if above is None else alt.vconcat(above, lines, spacing=6)
