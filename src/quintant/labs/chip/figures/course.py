"""The axis of steps, in milliseconds too where a step has a length, and what drives a run along it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from quintant.figure import Theme
from quintant.figure.decimation import positions
from quintant.figure.lettering import small
from quintant.figure.number import plain
from quintant.figure.plane import Drawing, Layers, Plane, across, linear, plot, upward
from quintant.figure.series import SHAPE
from quintant.figure.tooltip import tip
from quintant.labs.chip.config import ChipConfig, Stimulus
from quintant.labs.chip.figures.populations import blocks, steps

STRIP = 9
"""Height of the strip of one population's stimuli (px)."""
MOST_BARS, MOST_DRIVEN = 2000, 6


@dataclass(frozen=True)
class Course:
    """Steps from 0 to `end` to the right; step s covers s … s + 1. `width` in px."""

    network: ChipConfig
    theme: Theme
    width: int

    @property
    def end(self) -> int:
        return steps(self.network)

    def x(self, field: str, shown: bool = False, titled: bool = True) -> alt.X:
        title = {"title": "Time-step" if titled else None, "labels": titled}
        axis = alt.Axis(**title, grid=False, tickCount=8, format="~f", tickMinStep=1)
        return across(linear(0, self.end), axis)(field, shown)

    def untitled(self, field: str, shown: bool = False) -> alt.X:
        """Of a panel with another one below it."""
        return self.x(field, shown, titled=False)

    def top(self) -> Layers:
        """A second axis in milliseconds above, only where the user says how long a step is."""
        if self.network.step_ms is None:
            return []
        expression = f"format(datum.value * {self.network.step_ms!r}, '~r')"
        axis = alt.Axis(title="Time (ms)", orient="top", grid=False, tickCount=8, labelExpr=expression)
        return [plot({"x": 0}).mark_point(opacity=0).encode(x=self.x("x").axis(axis))]

    def samples(self) -> Layers:
        """A line where each sample begins, with its class while there is room."""
        network, muted = self.network, self.theme.muted
        if network.samples is None or len(network.samples) > self.width // 6:
            return []
        rows = [
            {"x": at * network.timesteps, "word": "" if sample.label is None else f"class {sample.label}"}
            for at, sample in enumerate(network.samples)
        ]
        edges = plot(rows[1:]).mark_rule(color=muted, strokeWidth=0.8, strokeDash=[2, 2])
        named = [row for row in rows if row["word"]]
        names = plot(named).mark_text(align="left", baseline="bottom", dx=3, y=-3, **small(muted))
        layers = [edges.encode(x=self.x("x")), names.encode(x=self.x("x"), text="word:N")]
        return layers if named and len(rows) <= self.width // 52 else layers[:1]


def strip(course: Course) -> Drawing | None:
    """Stimuli as bars, one row per stimulated population in its colour, and rewards as ▲ (+) and ▽ (−); None without any."""
    network, theme = course.network, course.theme
    order = {block.label: block for block in blocks(network)}
    stimuli = _stimuli(network)
    every = sorted({stimulus.population for _, stimulus in stimuli}, key=lambda label: order[label].place, reverse=True)
    driven = every[:MOST_DRIVEN]
    bars = [row for begin, stimulus in stimuli if stimulus.population in driven for row in _bars(network, begin, stimulus)]
    if not bars and not network.rewards:
        return None
    bars = [bars[at] for at in positions(len(bars), MOST_BARS)]
    for bar in bars:
        bar |= {"y": driven.index(bar["population"]), "colour": order[bar["population"]].colour(theme)}
    rewards = [
        {"x": begin + reward.timestep + 0.5, "shape": f"triangle-{'up' if reward.value > 0 else 'down'}", "value": reward.value}
        for begin in range(0, course.end, network.timesteps)
        for reward in network.rewards
        if reward.value
    ]
    rewards = [{**rewards[at], "y": len(driven)} for at in positions(len(rewards), MOST_BARS)]
    lines = len(driven) + bool(rewards)
    y = upward(linear(-0.5, lines - 0.5, reverse=True))
    plane = Plane(course.x, y, course.width, max(14, (STRIP + 3) * lines))
    acts = [tip("start:Q", "from step"), tip("stop:Q", "before step")]
    tips = ["population:N", tip("current:Q", "current"), tip("who:N", "neurons"), *acts]
    rects = plane.on(bars, ("start", "stop"), ("low", "high")).mark_rect(opacity=0.85)
    rects = rects.encode(color=alt.Color("colour:N", scale=None), tooltip=tips)
    layers: Layers = [rects.transform_calculate(low="datum.y - 0.38", high="datum.y + 0.38")]
    labels = []
    if driven:
        word = "stimuli" if driven == every else f"stimuli ({len(driven)} of {len(every)})"
        labels.append({"x": course.end, "y": 0, "word": word})
    if rewards:
        labels.append({"x": course.end, "y": len(driven), "word": "reward"})
        marks = plane.on(rewards, "x", "y").mark_point(size=34, strokeWidth=1.2, color=theme.text, opacity=1)
        fill = alt.condition("datum.value > 0", alt.value(theme.text), alt.value(theme.surface))
        tips = [tip("value:Q", "reward"), tip("x:Q", "step", ".0f")]
        layers.append(marks.encode(shape=SHAPE, fill=fill, tooltip=tips))
    names = plane.on(labels, "x", "y").mark_text(align="left", dx=6, **small(theme.muted))
    return plane.layered([*layers, names.encode(text="word:N")])


def _stimuli(network: ChipConfig) -> list[tuple[int, Stimulus]]:
    """Every stimulus with the step at which its presentation begins."""
    begins = range(0, steps(network), network.timesteps)
    every = [(begin, stimulus) for begin in begins for stimulus in network.stimuli]
    return every + [(begins[at], own) for at, sample in enumerate(network.samples or ()) for own in sample.stimuli]


def _bars(network: ChipConfig, begin: int, stimulus: Stimulus) -> list[dict[str, Any]]:
    """Where a stimulus acts; neighbouring steps are one bar."""
    start = stimulus.start
    stop = network.timesteps if stimulus.stop is None else min(stimulus.stop, network.timesteps)
    spans = [(start, stop)]
    if stimulus.events is not None:
        spans = _merged(sorted({step for step, _ in stimulus.events}))
    elif stimulus.times is not None:
        spans = _merged(sorted({step for step in stimulus.times if start <= step < stop}))
    neurons = {neuron for _, neuron in stimulus.events or ()} or stimulus.neurons or ()
    who = "all" if stimulus.neurons is None and stimulus.events is None else plain(len(neurons))
    row = {"population": stimulus.population, "current": stimulus.current, "who": who}
    return [{**row, "start": begin + a, "stop": begin + b} for a, b in spans if a < b]


def _merged(at: Sequence[int]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for step in at:
        if spans and spans[-1][1] == step:
            spans[-1] = (spans[-1][0], step + 1)
        else:
            spans.append((step, step + 1))
    return spans
