"""N2, membrane potential of the probed neurons, with threshold, resting potential, refractory steps and spikes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, cannot, captioned
from quintant.figure.columns import FINAL
from quintant.figure.decimation import extremes
from quintant.figure.inline import inline
from quintant.figure.number import SPACE, count
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
        return self.at[self.columns["spiked"].astype(bool)]

    def clamped(self) -> list[tuple[Array, int, str]]:
        """(steps, limit, mark) where the potential stands at a limit of its model."""
        if self.population.model == "linear":
            return []
        v = self.columns["potential"]
        ends = ((self.population.v_max, "⊤"), (self.population.v_min, "⊥"))
        return [(self.at[v == limit], limit, mark) for limit, mark in ends if (v == limit).any()]


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    (outcome,) = outcomes
    given = config(outcome)
    found = columns(NAME, outcome, seam.POTENTIALS)
    every = _traces(given, found)
    if not every:
        raise cannot(NAME, f"run {outcome.run_id} has not made a step yet")
    chosen = _chosen(every)
    course = Course(given, theme, WIDTH)
    panels = [part for at, one in enumerate(chosen) for part in _panels(one, course, at == 0, at == len(chosen) - 1)]
    told = [f"{one.name} {count(len(one.spikes))}{SPACE}{'spike' if len(one.spikes) == 1 else 'spikes'}" for one in chosen]
    badges = []
    if any(len(one.at) > 2 * WIDTH for one in chosen):
        badges.append("least and greatest value of each pixel column drawn")
    if len(chosen) < len(every):
        badges.append(f"{len(chosen)} of {count(len(every))} probed neurons drawn")
    stands = sum(len(steps) for one in chosen for steps, _, _ in one.clamped())
    if stands:
        badges.append(f"{count(stands)} steps at a limit of the potential (⊤ ⊥)")
    if any(len(_silent(one, given.timesteps)) > MOST_SPANS for one in chosen):
        badges.append(f"the first {count(MOST_SPANS)} refractory spans of a neuron shaded")
    if outcome.state not in FINAL:
        badges.append("so far")
    v = np.concatenate([one.columns["potential"] for one in chosen])
    return captioned(
        alt.vconcat(*panels, spacing=14),
        Caption(
            sentence=", ".join(told[:3]) + (" and one more neuron" if len(told) > 3 else ""),
            what=_what(chosen),
            n=len(chosen),
            of="neurons",
            units={"x": "steps", "y": "1"},
            minimum=float(v.min()),
            maximum=float(v.max()),
            badges=tuple(badges),
            facts=facts(given),
        ),
    )


def _traces(given: ChipConfig, found: Mapping[str, Array]) -> list[Trace]:
    """Every probed neuron, by population and index."""
    place, neurons = found["population"], found["neuron"].astype(np.int64)
    traces = []
    for one in np.unique(place << 32 | neurons).tolist():
        at, neuron = one >> 32, one & 0xFFFFFFFF
        own = np.flatnonzero((place == at) & (neurons == neuron))
        steps, first = np.unique(found["step"][own], return_index=True)  # two probes may share a neuron
        kept = {name: values[own[first]] for name, values in found.items() if name not in ("population", "neuron", "step")}
        traces.append(Trace(given.populations[at], at, neuron, steps, kept))
    return traces


def _chosen(every: Sequence[Trace]) -> list[Trace]:
    by_place: dict[int, list[Trace]] = {}
    for one in every:
        by_place.setdefault(one.place, []).append(one)
    turns = [own[turn] for turn in range(max(map(len, by_place.values()))) for own in by_place.values() if turn < len(own)]
    return sorted(turns[:MOST], key=lambda one: (-one.place, one.neuron))


def _what(chosen: Sequence[Trace]) -> str:
    words = "Potential after each step, an integer that nothing rounds or wraps; threshold dashed"
    words += ", resting potential dotted" if any(one.population.model == "linear" for one in chosen) else ""
    words += ", refractory steps shaded" if any(one.columns["refractory"].any() for one in chosen) else ""
    return words + ", spikes as ticks above"


def _panels(one: Trace, course: Course, first: bool, last: bool) -> list[Any]:
    sums = [name for name in DENDRITE_SUMS if name in one.columns and one.columns[name].any()]
    main = _main(one, course, first, last and not sums)
    return [main, _dendrites(one, sums, course, last)] if sums else [main]


def _main(one: Trace, course: Course, first: bool, last: bool) -> Any:
    theme = course.theme
    v, level = one.columns["potential"], one.columns["threshold"]
    resting = one.population.resting if one.population.model == "linear" else None
    low = float(min(v.min(), level.min(), 0 if resting is None else resting))
    high = float(max(v.max(), level.max()))
    span = high - low or 1.0
    domain = (low - 0.05 * span, high + 0.34 * span)

    def y(field: str, axis: bool = False) -> alt.Y:
        shown = alt.Axis(title="Potential", tickCount=4, tickMinStep=1, grid=span < 30, format="d") if axis else None
        return alt.Y(f"{field}:Q", axis=shown, scale=alt.Scale(domain=list(domain), nice=False, zero=False))

    hue = theme.colour(one.place)
    layers: list[Any] = [
        alt.Chart(alt.Data(values=[{"x": 0, "y": low}]))
        .mark_point(opacity=0)
        .encode(x=course.x("x", axis=True, title=last), y=y("y", axis=True))
    ]
    if first:
        layers += course.top()
    layers += _shade(one, course, domain, y)
    layers += course.samples() if first else []
    layers.append(_line(one.at, level, course, y, theme.muted, 1.0, dash=[6, 4]))
    if resting is not None:
        rest = alt.Chart(alt.Data(values=[{"y": resting}]))
        layers.append(rest.mark_rule(strokeDash=[1, 3], color=theme.muted, strokeWidth=1.2).encode(y=y("y")))
    layers.append(_line(one.at, v, course, y, hue, 1.2))
    if len(one.spikes):
        bottom, top = np.full(len(one.spikes), high + 0.1 * span), np.full(len(one.spikes), high + 0.3 * span)
        layers.append(
            alt.Chart(inline(t=one.spikes + 0.5, low=bottom, high=top))
            .mark_rule(color=hue, strokeWidth=1.2)
            .encode(x=course.x("t"), y=y("low"), y2="high:Q")
        )
    for steps, limit, mark in one.clamped():
        layers.append(
            alt.Chart(inline(t=steps[:200] + 0.5, v=np.full(len(steps[:200]), limit)))
            .mark_text(text=mark, fontSize=10, color=theme.text)
            .encode(x=course.x("t"), y=y("v"))
        )
    layers.append(
        alt.Chart(alt.Data(values=[{"x": course.end}]))
        .mark_text(text=one.name, align="left", dx=8, y=HEIGHT / 2, fontSize=11, fontWeight="bold", color=hue)
        .encode(x=course.x("x"))
    )
    return alt.layer(*layers, width=WIDTH, height=HEIGHT).resolve_axis(x="independent", y="independent")


def _line(at: Array, values: Array, course: Course, y: Any, hue: str, wide: float, dash: Sequence[int] = ()) -> Any:
    """A value holds through its step; long lines are their extremes."""
    x, v = extremes(at, values, WIDTH)
    if len(x) == len(at):
        data, how = inline(t=np.append(x, x[-1] + 1), v=np.append(v, v[-1])), "step-after"
    else:
        data, how = inline(t=x, v=v), "linear"
    mark = alt.Chart(data).mark_line(interpolate=how, color=hue, strokeWidth=wide, strokeDash=list(dash))
    return mark.encode(x=course.x("t"), y=y("v"))


def _silent(one: Trace, timesteps: int) -> list[tuple[int, int]]:
    """The steps in which input is thrown away, neighbours as one span (from, before)."""
    rest, gap = one.columns["refractory"], int(one.at[1] - one.at[0]) if len(one.at) > 1 else 1
    before = np.append(0, rest[:-1]) * (one.at % timesteps > 0)
    silent = np.flatnonzero(((rest > 0) | (before >= gap) & (before > 0)) & ~one.columns["spiked"].astype(bool))
    if not len(silent):
        return []
    parts = np.split(silent, np.flatnonzero(np.diff(silent) > 1) + 1)
    return [(int(one.at[part[0]]), int(one.at[part[-1]]) + gap) for part in parts]


def _shade(one: Trace, course: Course, domain: tuple[float, float], y: Any) -> list[Any]:
    rows = [{"x": a, "x2": b, "y": domain[0], "y2": domain[1]} for a, b in _silent(one, course.given.timesteps)]
    return [
        alt.Chart(alt.Data(values=rows[:MOST_SPANS]))
        .mark_rect(color=course.theme.grid, opacity=0.8)
        .encode(x=course.x("x"), x2="x2:Q", y=y("y"), y2="y2:Q")
    ]


def _dendrites(one: Trace, sums: Sequence[str], course: Course, last: bool) -> Any:
    """What arrives at each dendritic compartment, the dendrite threshold dashed: only what exceeds it reaches the soma."""
    theme, level = course.theme, one.population.dendrite_threshold
    values = np.concatenate([one.columns[name] for name in sums])
    low, high = float(min(values.min(), 0, level)), float(max(values.max(), level))
    span = high - low or 1.0

    def y(field: str, axis: bool = False) -> alt.Y:
        shown = alt.Axis(title="Dendrites", tickCount=2, tickMinStep=1, grid=False, format="d") if axis else None
        return alt.Y(f"{field}:Q", axis=shown, scale=alt.Scale(domain=[low - 0.06 * span, high + 0.06 * span], nice=False))

    layers: list[Any] = [
        alt.Chart(alt.Data(values=[{"x": 0, "y": low}]))
        .mark_point(opacity=0)
        .encode(x=course.x("x", axis=True, title=last), y=y("y", axis=True)),
        alt.Chart(alt.Data(values=[{"y": level}]))
        .mark_rule(strokeDash=[6, 4], color=theme.muted, strokeWidth=1)
        .encode(y=y("y")),
    ]
    for name in sums:
        at = int(name[-1])
        layers.append(
            _line(one.at, one.columns[name], course, y, theme.colour(one.place), 1.0, dash=([], [4, 2], [1, 2])[at - 1])
        )
    words = f"{'dendrites' if len(sums) > 1 else 'dendrite'} {', '.join(name[-1] for name in sums)}"
    layers.append(
        alt.Chart(alt.Data(values=[{"x": course.end}]))
        .mark_text(text=words, align="left", dx=8, y=DENDRITES / 2, fontSize=10, color=theme.muted)
        .encode(x=course.x("x"))
    )
    return alt.layer(*layers, width=WIDTH, height=DENDRITES).resolve_axis(x="independent", y="independent")
