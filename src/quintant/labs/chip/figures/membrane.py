"""N2, membrane potential of the probed neurons, with threshold, resting potential, refractory steps and spikes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, cannot, captioned, span
from quintant.figure.columns import FINAL
from quintant.figure.decimation import extremes
from quintant.figure.inline import inline
from quintant.figure.lettering import bold, small
from quintant.figure.number import SPACE, count
from quintant.figure.plane import Drawing, Layers, Plane, linear, upward
from quintant.lab import Outcome
from quintant.labs.chip import seam
from quintant.labs.chip.config import ChipConfig, Population
from quintant.labs.chip.figures.course import Course
from quintant.labs.chip.figures.populations import config, facts, shortened
from quintant.labs.chip.figures.tables import Array, columns

NAME = "membrane"
WIDTH, HEIGHT, DENDRITES = 480, 130, 46
MOST = 4
"""More probed neurons: the first ones of each population in turn."""
MOST_SPANS = 2000
DENDRITE_SUMS = ("dendrite_1", "dendrite_2", "dendrite_3")


@dataclass(frozen=True)
class Trace:
    """One probed neuron: `at` [n] steps, and the columns of the table there."""

    population: Population
    place: int
    neuron: int
    at: Array
    columns: Mapping[str, Array]

    @property
    def name(self) -> str:
        return f"{shortened(self.population.label)}[{self.neuron}]"

    @property
    def spikes(self) -> Array:
        result: Array = self.at[self.columns["spiked"].astype(bool)]
        return result

    def clamped(self) -> list[tuple[Array, int, str]]:
        """(steps, limit, mark) where the potential stands at a limit of its model."""
        if self.population.model == "linear":
            return []
        v = self.columns["potential"]
        ends = ((self.population.v_max, "⊤"), (self.population.v_min, "⊥"))
        return [(self.at[v == limit], limit, mark) for limit, mark in ends if (v == limit).any()]


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    (outcome,) = outcomes
    network = config(outcome)
    every = _traces(network, columns(NAME, outcome, seam.POTENTIALS))
    if not every:
        raise cannot(NAME, f"run {outcome.run_id} has not made a step yet")
    chosen = _chosen(every)
    course = Course(network, theme, WIDTH)
    panels = [part for at, trace in enumerate(chosen) for part in _panels(trace, course, at == 0, at == len(chosen) - 1)]
    counts = [(trace.name, len(trace.spikes)) for trace in chosen]
    spikes = [f"{name} {count(n)}{SPACE}{'spike' if n == 1 else 'spikes'}" for name, n in counts]
    stands = sum(len(steps) for trace in chosen for steps, _, _ in trace.clamped())
    shaded = max(len(_silent(trace, network.timesteps)) for trace in chosen)
    caption = Caption(
        sentence=", ".join(spikes[:3]) + (" and one more neuron" if len(spikes) > 3 else ""),
        what=_what(chosen),
        n=len(chosen),
        of="neurons",
        badges=(
            "least and greatest value of each pixel column drawn" if any(len(trace.at) > 2 * WIDTH for trace in chosen) else "",
            f"{len(chosen)} of {count(len(every))} probed neurons drawn" if len(chosen) < len(every) else "",
            f"{count(stands)} steps at a limit of the potential (⊤ ⊥)" if stands else "",
            f"the first {count(MOST_SPANS)} refractory spans of a neuron shaded" if shaded > MOST_SPANS else "",
            "so far" if outcome.state not in FINAL else "",
        ),
        facts=facts(network),
        **span(np.concatenate([trace.columns["potential"] for trace in chosen]), x="steps", y="1"),
    )
    return captioned(alt.vconcat(*panels, spacing=14), caption)


def _traces(network: ChipConfig, table: Mapping[str, Array]) -> list[Trace]:
    """Every probed neuron, by population and index."""
    place, neurons = table["population"], table["neuron"].astype(np.int64)
    traces = []
    for code in np.unique(place << 32 | neurons).tolist():
        at, neuron = code >> 32, code & 0xFFFFFFFF
        own = np.flatnonzero((place == at) & (neurons == neuron))
        steps, first = np.unique(table["step"][own], return_index=True)  # two probes may share a neuron
        kept = {name: values[own[first]] for name, values in table.items() if name not in ("population", "neuron", "step")}
        traces.append(Trace(network.populations[at], at, neuron, steps, kept))
    return traces


def _chosen(every: Sequence[Trace]) -> list[Trace]:
    by_place: dict[int, list[Trace]] = {}
    for trace in every:
        by_place.setdefault(trace.place, []).append(trace)
    turns = [own[turn] for turn in range(max(map(len, by_place.values()))) for own in by_place.values() if turn < len(own)]
    return sorted(turns[:MOST], key=lambda trace: (-trace.place, trace.neuron))


def _what(chosen: Sequence[Trace]) -> str:
    what = "Potential after each step, an integer that nothing rounds or wraps; threshold dashed"
    what += ", resting potential dotted" if any(trace.population.model == "linear" for trace in chosen) else ""
    what += ", refractory steps shaded" if any(trace.columns["refractory"].any() for trace in chosen) else ""
    return what + ", spikes as ticks above"


def _panels(trace: Trace, course: Course, first: bool, last: bool) -> list[Drawing]:
    sums = [name for name in DENDRITE_SUMS if name in trace.columns and trace.columns[name].any()]
    main = _main(trace, course, first, last and not sums)
    return [main, _dendrites(trace, sums, course, last)] if sums else [main]


def _main(trace: Trace, course: Course, first: bool, last: bool) -> Drawing:
    theme, hue = course.theme, course.theme.colour(trace.place)
    v, level = trace.columns["potential"], trace.columns["threshold"]
    resting = trace.population.resting if trace.population.model == "linear" else None
    low = float(min(v.min(), level.min(), 0 if resting is None else resting))
    high = float(max(v.max(), level.max()))
    rise = high - low or 1.0
    domain = (low - 0.05 * rise, high + 0.34 * rise)
    left = alt.Axis(title="Potential", tickCount=4, tickMinStep=1, grid=rise < 30, format="d")
    plane = Plane(course.x if last else course.untitled, upward(linear(*domain, zero=False), left), WIDTH, HEIGHT)
    layers: Layers = [plane.frame(0, low), *(course.top() if first else ()), _shade(trace, course, domain, plane)]
    layers += course.samples() if first else []
    layers.append(_line(trace.at, level, plane, color=theme.muted, strokeWidth=1.0, strokeDash=[6, 4]))
    if resting is not None:
        layers.append(plane.on({"y": resting}, y="y").mark_rule(strokeDash=[1, 3], color=theme.muted, strokeWidth=1.2))
    layers.append(_line(trace.at, v, plane, color=hue, strokeWidth=1.2, strokeDash=[]))
    spikes = len(trace.spikes)
    if spikes:
        ticks = inline(t=trace.spikes + 0.5, low=np.full(spikes, high + 0.1 * rise), high=np.full(spikes, high + 0.3 * rise))
        layers.append(plane.on(ticks, "t", ("low", "high")).mark_rule(color=hue, strokeWidth=1.2))
    for steps, limit, mark in trace.clamped():
        data = inline(t=steps[:200] + 0.5, v=np.full(len(steps[:200]), limit))
        layers.append(plane.on(data, "t", "v").mark_text(text=mark, **small(theme.text)))
    end = plane.on({"x": course.end}, "x")
    layers.append(end.mark_text(text=trace.name, align="left", dx=8, y=HEIGHT / 2, **bold(hue)))
    return plane.layered(layers)


def _line(at: Array, values: Array, plane: Plane, **style: Any) -> alt.Chart:
    """A value holds through its step; long lines are their extremes."""
    x, v = extremes(at, values, WIDTH)
    if len(x) == len(at):
        data, how = inline(t=np.append(x, x[-1] + 1), v=np.append(v, v[-1])), "step-after"
    else:
        data, how = inline(t=x, v=v), "linear"
    return plane.on(data, "t", "v").mark_line(interpolate=how, **style)


def _silent(trace: Trace, timesteps: int) -> list[tuple[int, int]]:
    """The steps in which input is thrown away, neighbours as one span (from, before)."""
    rest, gap = trace.columns["refractory"], int(trace.at[1] - trace.at[0]) if len(trace.at) > 1 else 1
    before = np.append(0, rest[:-1]) * (trace.at % timesteps > 0)
    silent = np.flatnonzero(((rest > 0) | (before >= gap) & (before > 0)) & ~trace.columns["spiked"].astype(bool))
    if not len(silent):
        return []
    parts = np.split(silent, np.flatnonzero(np.diff(silent) > 1) + 1)
    return [(int(trace.at[part[0]]), int(trace.at[part[-1]]) + gap) for part in parts]


def _shade(trace: Trace, course: Course, domain: tuple[float, float], plane: Plane) -> alt.Chart:
    rows = [{"x": a, "x2": b, "y": domain[0], "y2": domain[1]} for a, b in _silent(trace, course.network.timesteps)]
    return plane.on(rows[:MOST_SPANS], ("x", "x2"), ("y", "y2")).mark_rect(color=course.theme.grid, opacity=0.8)


def _dendrites(trace: Trace, sums: Sequence[str], course: Course, last: bool) -> Drawing:
    """What arrives at each dendritic compartment, the dendrite threshold dashed: only what exceeds it reaches the soma."""
    theme, level = course.theme, trace.population.dendrite_threshold
    values = np.concatenate([trace.columns[name] for name in sums])
    low, high = float(min(values.min(), 0, level)), float(max(values.max(), level))
    rise = high - low or 1.0
    left = alt.Axis(title="Dendrites", tickCount=2, tickMinStep=1, grid=False, format="d")
    y = upward(linear(low - 0.06 * rise, high + 0.06 * rise), left)
    plane = Plane(course.x if last else course.untitled, y, WIDTH, DENDRITES)
    threshold = plane.on({"y": level}, y="y").mark_rule(strokeDash=[6, 4], color=theme.muted, strokeWidth=1)
    layers: Layers = [plane.frame(0, low), threshold]
    for name in sums:
        dash = ([], [4, 2], [1, 2])[int(name[-1]) - 1]
        style = {"color": theme.colour(trace.place), "strokeWidth": 1.0, "strokeDash": dash}
        layers.append(_line(trace.at, trace.columns[name], plane, **style))
    text = f"{'dendrites' if len(sums) > 1 else 'dendrite'} {', '.join(name[-1] for name in sums)}"
    end = plane.on({"x": course.end}, "x")
    layers.append(end.mark_text(text=text, align="left", dx=8, y=DENDRITES / 2, **small(theme.muted)))
    return plane.layered(layers)
