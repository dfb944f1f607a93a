"""The axis of steps, in milliseconds too where a step has a length, and what drives a run along it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from quintant.figure import Theme
from quintant.figure.decimation import positions
from quintant.figure.number import plain
from quintant.labs.chip.config import ChipConfig, Stimulus
from quintant.labs.chip.figures.populations import blocks, steps

STRIP = 9
"""Height of the strip of one population's stimuli (px)."""
MOST_BARS, MOST_DRIVEN = 2000, 6


@dataclass(frozen=True)
class Course:
    """Steps from 0 to `end` to the right; step s covers s … s + 1 and is drawn at its middle by `x` when `middle`."""

    given: ChipConfig
    theme: Theme
    width: int

    @property
    def end(self) -> int:
        return steps(self.given)

    def x(self, field: str, axis: bool = False, title: bool = True) -> alt.X:
        shown = None
        if axis:
            words = "Time-step" if title else None
            shown = alt.Axis(title=words, labels=title, grid=False, tickCount=8, format="~f", tickMinStep=1)
        return alt.X(f"{field}:Q", axis=shown, scale=alt.Scale(domain=[0, self.end], nice=False))

    def top(self) -> list[Any]:
        """A second axis in milliseconds above, only where the user says how long a step is."""
        if self.given.step_ms is None:
            return []
        expression = f"format(datum.value * {self.given.step_ms!r}, '~r')"
        axis = alt.Axis(title="Time (ms)", orient="top", grid=False, tickCount=8, labelExpr=expression)
        x = alt.X("x:Q", axis=axis, scale=alt.Scale(domain=[0, self.end], nice=False))
        return [alt.Chart(alt.Data(values=[{"x": 0}])).mark_point(opacity=0).encode(x=x)]

    def samples(self) -> list[Any]:
        """A line where each sample begins, with its class while there is room."""
        given = self.given
        if given.samples is None or len(given.samples) > self.width // 6:
            return []
        rows = [
            {"x": at * given.timesteps, "word": "" if one.label is None else f"class {one.label}"}
            for at, one in enumerate(given.samples)
        ]
        layers: list[Any] = [
            alt.Chart(alt.Data(values=rows[1:]))
            .mark_rule(color=self.theme.muted, strokeWidth=0.8, strokeDash=[2, 2])
            .encode(x=self.x("x"))
        ]
        if any(row["word"] for row in rows) and len(rows) <= self.width // 52:
            layers.append(
                alt.Chart(alt.Data(values=[row for row in rows if row["word"]]))
                .mark_text(align="left", baseline="bottom", dx=3, y=-3, fontSize=10, color=self.theme.muted)
                .encode(x=self.x("x"), text="word:N")
            )
        return layers


def strip(course: Course) -> Any:
    """Stimuli as bars, one row per stimulated population in its colour, and rewards as ▲ (+) and ▽ (−); None without any."""
    given, theme = course.given, course.theme
    order = {one.label: one for one in blocks(given)}
    every = sorted({one.population for _, one in _stimuli(given)}, key=lambda label: order[label].place, reverse=True)
    driven = every[:MOST_DRIVEN]
    rows = [row for begin, one in _stimuli(given) if one.population in driven for row in _bars(given, begin, one)]
    if not rows and not given.rewards:
        return None
    rows = [rows[at] for at in positions(len(rows), MOST_BARS)]
    for row in rows:
        row |= {"y": driven.index(row["population"]), "colour": order[row["population"]].colour(theme)}
    rewards = [
        {"x": begin + one.timestep + 0.5, "shape": "triangle-up" if one.value > 0 else "triangle-down", "value": one.value}
        for begin in range(0, course.end, given.timesteps)
        for one in given.rewards
        if one.value
    ]
    rewards = [rewards[at] for at in positions(len(rewards), MOST_BARS)]
    lines = len(driven) + bool(rewards)
    scale = alt.Scale(domain=[-0.5, lines - 0.5], reverse=True, nice=False)
    height = max(14, (STRIP + 3) * lines)

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", scale=scale, axis=None)

    layers: list[Any] = [
        alt.Chart(alt.Data(values=rows))
        .mark_rect(opacity=0.85)
        .encode(
            x=course.x("start"),
            x2="stop:Q",
            y=y("low"),
            y2="high:Q",
            color=alt.Color("colour:N", scale=None),
            tooltip=[
                alt.Tooltip("population:N"),
                alt.Tooltip("current:Q", title="current"),
                alt.Tooltip("who:N", title="neurons"),
                alt.Tooltip("start:Q", title="from step"),
                alt.Tooltip("stop:Q", title="before step"),
            ],
        )
        .transform_calculate(low="datum.y - 0.38", high="datum.y + 0.38")
    ]
    words = []
    if driven:
        word = "stimuli" if driven == every else f"stimuli ({len(driven)} of {len(every)})"
        words.append({"x": course.end, "y": 0, "word": word})
    if rewards:
        words.append({"x": course.end, "y": lines - 1, "word": "reward"})
        rewards = [{**row, "y": lines - 1} for row in rewards]
        layers.append(
            alt.Chart(alt.Data(values=rewards))
            .mark_point(size=34, strokeWidth=1.2, color=theme.text, opacity=1)
            .encode(
                x=course.x("x"),
                y=y("y"),
                shape=alt.Shape("shape:N", scale=None),
                fill=alt.condition("datum.value > 0", alt.value(theme.text), alt.value(theme.surface)),
                tooltip=[alt.Tooltip("value:Q", title="reward"), alt.Tooltip("x:Q", title="step", format=".0f")],
            )
        )
    layers.append(
        alt.Chart(alt.Data(values=words))
        .mark_text(align="left", dx=6, fontSize=10, color=theme.muted)
        .encode(x=course.x("x"), y=y("y"), text="word:N")
    )
    return alt.layer(*layers, width=course.width, height=height).resolve_axis(x="independent", y="independent")


def _stimuli(given: ChipConfig) -> list[tuple[int, Stimulus]]:
    """Every stimulus with the step at which its presentation begins."""
    begins = range(0, steps(given), given.timesteps)
    every = [(begin, one) for begin in begins for one in given.stimuli]
    return every + [(begins[at], one) for at, sample in enumerate(given.samples or ()) for one in sample.stimuli]


def _bars(given: ChipConfig, begin: int, one: Stimulus) -> list[dict[str, Any]]:
    """Where a stimulus acts; neighbouring steps are one bar."""
    start, stop = one.start, given.timesteps if one.stop is None else min(one.stop, given.timesteps)
    if one.events is not None:
        at: Sequence[int] = sorted({step for step, _ in one.events})
    elif one.times is not None:
        at = sorted({step for step in one.times if start <= step < stop})
    else:
        at = ()
    spans = [(start, stop)] if one.events is None and one.times is None else _merged(at)
    who = (
        "all"
        if one.neurons is None and one.events is None
        else plain(len({n for _, n in one.events or ()} or one.neurons or ()))
    )
    row = {"population": one.population, "current": one.current, "who": who}
    return [{**row, "start": begin + a, "stop": begin + b} for a, b in spans if a < b]


def _merged(at: Sequence[int]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for step in at:
        if spans and spans[-1][1] == step:
            spans[-1] = (spans[-1][0], step + 1)
        else:
            spans.append((step, step + 1))
    return spans
