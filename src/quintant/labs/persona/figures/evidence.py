"""A2, drift evidence: how far every persona moved from its baseline, against the corridor of reliable change."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned
from quintant.lab import Outcome
from quintant.labs.persona.config import InstrumentId
from quintant.labs.persona.figures.arms import Arm, arms, colours, facts, listed
from quintant.labs.persona.figures.sessions import instruments, people, rows_if_any, scores
from quintant.labs.persona.library import Instrument
from quintant.labs.persona.results import SHORT
from quintant.statistics import interval

NAME = "evidence"
WIDTH, ROW, GAP = 470, 13, 7
Z_95 = 1.96


@dataclass(frozen=True)
class Dot:
    """One persona on one questionnaire in one arm. Changes in points; `values` one per seed."""

    who: str
    arm: int
    values: tuple[float, ...]
    low: float | None
    high: float | None
    alerts: int

    @property
    def mean(self) -> float:
        return sum(self.values) / len(self.values)


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    made, badges = arms([one for one in outcomes if "assessments" in one.tables])
    if not made:
        raise cannot(NAME, "no run has had a session yet")
    hues = colours(made, theme)
    asked = [
        one for one in instruments(made[0].outcomes[0], made[0].config) if all(one.id in a.config.instruments for a in made)
    ]
    names = list(dict.fromkeys(name for arm in made for name in people(arm.config).values()))
    found = {one.id: [dot for place, arm in enumerate(made) for dot in _dots(one, place, arm)] for one in asked}
    found = {id: dots for id, dots in found.items() if dots}
    if not found:
        raise cannot(NAME, "no persona has a session after its baseline yet")
    shown = [one for one in asked if one.id in found]
    panels = [_panel(one, found[one.id], names, made, hues, one is shown[-1], theme) for one in shown]
    if any(dot.low is None for dots in found.values() for dot in dots):
        badges = (*badges, "no interval before a run has ended, nor over two seeds")
    every = [dot.mean for dots in found.values() for dot in dots]
    return captioned(
        alt.vconcat(*panels, spacing=14),
        Caption(
            sentence=_sentence(made, found),
            what="change from the first session to the last; diamonds: an alert was raised on the way; grey: corridor of "
            "reliable change, derived on people, not on language models",
            band=_band(made),
            n=sum(len(arm.outcomes) for arm in made),
            of="runs",
            units={"x": "points", "y": "1"},
            minimum=min(every),
            maximum=max(every),
            badges=badges,
            facts=facts(made),
        ),
    )


def _dots(one: Instrument, place: int, arm: Arm) -> list[Dot]:
    told = [(outcome, scores(NAME, outcome)) for outcome in arm.outcomes]
    made = []
    for id, name in people(arm.config).items():
        changes = [(outcome, change) for outcome, known in told if (change := known.change(id, one.id)) is not None]
        if not changes:
            continue
        values = tuple(change for _, change in changes)
        low, high = _interval(changes, id, one.id)
        alerts = sum(alerted(outcome, id, one.id) for outcome, _ in changes)
        made.append(Dot(name, place, values, low, high, alerts))
    return made


def _interval(changes: Sequence[tuple[Outcome, float]], persona: str, instrument: str) -> tuple[float | None, float | None]:
    """Over seeds by Student's t; of a single run from the noise of a session: a difference of two has √2 times as much."""
    if len(changes) > 1:
        found = interval([change for _, change in changes])
        return found.low, found.high
    outcome, change = changes[0]
    noise = outcome.documents.get("calibration", {}).get("noise_points", {}).get(persona, {}).get(instrument)
    if noise is None:
        return None, None
    half = Z_95 * math.sqrt(2) * noise
    return change - half, change + half


def alerted(outcome: Outcome, persona: str, instrument: str) -> bool:
    return any(row["persona_id"] == persona and row["instrument"] == instrument for row in rows_if_any(outcome, "alerts"))


def _panel(
    one: Instrument,
    dots: Sequence[Dot],
    names: Sequence[str],
    made: Sequence[Arm],
    hues: Sequence[str],
    last: bool,
    theme: Theme,
) -> Any:
    """A row per persona, one line in it per arm."""
    tall = ROW * len(made) + GAP
    ends = [end for dot in dots for end in (*dot.values, dot.low or 0.0, dot.high or 0.0)]
    reach = {getattr(arm.config.reliable_change, one.id) for arm in made}
    far = max([abs(end) for end in ends] + [1.4 * max(reach)])
    scale = alt.Scale(domain=[min(0.0, *ends, -1.15 * max(reach)), max(far, 1.15 * max(reach))], nice=True)
    text = ",".join(f"'{name}'" for name in (value.replace("'", "’") for value in names))

    def x(field: str, shown: bool = False) -> alt.X:
        title = "Change from baseline (points)" if last else None
        return alt.X(f"{field}:Q", scale=scale, axis=alt.Axis(title=title, grid=False, tickCount=8) if shown else None)

    def y(field: str, shown: bool = False) -> alt.Y:
        axis = alt.Axis(
            title=SHORT[one.id],
            values=[place + 0.5 for place in range(len(names))],
            labelExpr=f"[{text}][floor(datum.value)]",
            grid=False,
            ticks=False,
            domain=False,
        )
        return alt.Y(f"{field}:Q", scale=alt.Scale(domain=[len(names), 0], nice=False), axis=axis if shown else None)

    rows = [
        {
            "y": names.index(dot.who) + (GAP / 2 + ROW * (dot.arm + 0.5)) / tall,
            "mean": dot.mean,
            "low": dot.low,
            "high": dot.high,
            "hue": hues[dot.arm],
            "shape": "diamond" if dot.alerts else "circle",
            "who": dot.who,
            "arm": made[dot.arm].name,
            "n": len(dot.values),
        }
        for dot in dots
    ]
    layers: list[Any] = [
        alt.Chart(alt.Data(values=[{"x": 0, "y": 0}])).mark_point(opacity=0).encode(x=x("x", True), y=y("y", True))
    ]
    if len(reach) == 1:
        (half,) = reach
        layers.append(
            alt.Chart(alt.Data(values=[{"x": -half, "x2": half}]))
            .mark_rect(color=theme.text, opacity=0.09)
            .encode(x=x("x"), x2="x2:Q")
        )
        layers.append(
            alt.Chart(alt.Data(values=[{"x": half}]))
            .mark_text(text=f"± {half:g}", align="right", dx=-3, y=-6, fontSize=9.5, color=theme.muted)
            .encode(x=x("x"))
        )
    layers.append(alt.Chart(alt.Data(values=[{"x": 0}])).mark_rule(color=theme.muted, strokeWidth=0.8).encode(x=x("x")))
    hue = alt.Color("hue:N", scale=None)
    data = alt.Data(values=rows)
    each = [
        {"x": value, "y": row["y"], "hue": row["hue"]}
        for dot, row in zip(dots, rows, strict=True)
        for value in dot.values
        if len(dot.values) > 1
    ]
    layers += [
        alt.Chart(alt.Data(values=[row for row in rows if row["low"] is not None]))
        .mark_rule(strokeWidth=1.5)
        .encode(x=x("low"), x2="high:Q", y=y("y"), color=hue),
        alt.Chart(alt.Data(values=each))
        .mark_point(filled=False, size=20, strokeWidth=0.8)
        .encode(x=x("x"), y=y("y"), color=hue),
        alt.Chart(data)
        .mark_point(filled=True, size=62, opacity=1, stroke=theme.surface, strokeWidth=0.8)
        .encode(
            x=x("mean"),
            y=y("y"),
            color=hue,
            shape=alt.Shape("shape:N", scale=None),
            tooltip=[
                alt.Tooltip("who:N", title="persona"),
                alt.Tooltip("arm:N"),
                alt.Tooltip("mean:Q", title="change", format="+.2f"),
                alt.Tooltip("low:Q", format="+.2f"),
                alt.Tooltip("high:Q", format="+.2f"),
                alt.Tooltip("n:Q", title="seeds"),
            ],
        ),
    ]
    if len(made) > 1:
        beside = [row for row in rows if row["who"] == names[0]]
        layers.append(
            alt.Chart(alt.Data(values=beside))
            .mark_text(align="left", x=WIDTH + 6, fontSize=9.5, fontWeight="bold")
            .encode(y=y("y"), text="arm:N", color=hue)
        )
    return alt.layer(*layers, width=WIDTH, height=tall * len(names)).resolve_axis(x="independent", y="independent")


def _band(made: Sequence[Arm]) -> str:
    counts = sorted({len(arm.outcomes) for arm in made})
    if counts == [1]:
        noise = "the persona's own, at least the questionnaire's standard error"
        return f"bars: ± 1.96·√2 times the noise of a session ({noise}), n = 1 seed"
    n = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]}–{counts[-1]}"
    return f"mean ± 95 % CI over n = {n} seeds" + (", of one seed ± 1.96·√2 noise" if counts[0] == 1 else "")


def _sentence(made: Sequence[Arm], found: Mapping[InstrumentId, list[Dot]]) -> str:
    """Who left the corridor; in CONTROL, how many alerts were false."""
    told: list[str] = []
    moved: list[str] = []
    for place, arm in enumerate(made):
        mine = [(id, dot) for id, dots in found.items() for dot in dots if dot.arm == place]
        runs = sum(len(dot.values) for _, dot in mine)
        if arm.condition == "CONTROL":
            told.append(f"false alarms in CONTROL {sum(dot.alerts for _, dot in mine)} of {runs}")
            continue
        beyond = sum(abs(value) > getattr(arm.config.reliable_change, id) for id, dot in mine for value in dot.values)
        moved.append(f"{beyond} of {runs} in {arm.name}")
    if moved:
        told.insert(0, f"Beyond reliable change: {listed(moved)}")
    words = "; ".join(told)
    return words[:1].upper() + words[1:]
