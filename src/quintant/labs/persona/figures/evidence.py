"""A2, drift evidence: how far every persona moved from its baseline, against the corridor of reliable change."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned, span
from quintant.figure.cells import named_axis
from quintant.figure.lettering import small
from quintant.figure.plane import Drawing, Layers, Plane, across, linear, upward
from quintant.figure.series import HUE, SHAPE
from quintant.figure.tooltip import bounds, tip
from quintant.lab import Outcome
from quintant.labs.persona.figures.arms import Arm, arms, colours, facts, listed
from quintant.labs.persona.figures.sessions import people, rows_if_any, scores, shared
from quintant.labs.persona.library import Instrument
from quintant.labs.persona.parts import InstrumentId
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


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    drawn, badges = arms([outcome for outcome in outcomes if "assessments" in outcome.tables])
    if not drawn:
        raise cannot(NAME, "no run has had a session yet")
    hues = colours(drawn, theme)
    names = list(dict.fromkeys(name for arm in drawn for name in people(arm.config).values()))
    every = shared(drawn)
    by_id = {own.id: [dot for place, arm in enumerate(drawn) for dot in _dots(own, place, arm)] for own in every}
    dots = {id: own for id, own in by_id.items() if own}
    if not dots:
        raise cannot(NAME, "no persona has a session after its baseline yet")
    shown = [instrument for instrument in every if instrument.id in dots]
    panels = [_panel(own, dots[own.id], names, drawn, hues, own is shown[-1], theme) for own in shown]
    bare = any(dot.low is None for own in dots.values() for dot in own)
    caption = Caption(
        sentence=_sentence(drawn, dots),
        what="change from the first session to the last; diamonds: an alert was raised on the way; grey: corridor of "
        "reliable change, derived on people, not on language models",
        band=_band(drawn),
        n=sum(len(arm.outcomes) for arm in drawn),
        of="runs",
        badges=(*badges, "no interval before a run has ended, nor over two seeds" if bare else ""),
        facts=facts(drawn),
        **span([dot.mean for own in dots.values() for dot in own], x="points", y="1"),
    )
    return captioned(alt.vconcat(*panels, spacing=14), caption)


def _dots(instrument: Instrument, place: int, arm: Arm) -> list[Dot]:
    tables = [(outcome, scores(NAME, outcome)) for outcome in arm.outcomes]
    dots = []
    for id, name in people(arm.config).items():
        known = [(outcome, table.change(id, instrument.id)) for outcome, table in tables]
        changes = [(outcome, change) for outcome, change in known if change is not None]
        if changes:
            low, high = _interval(changes, id, instrument.id)
            alerts = sum(alerted(outcome, id, instrument.id) for outcome, _ in changes)
            dots.append(Dot(name, place, tuple(change for _, change in changes), low, high, alerts))
    return dots


def _interval(changes: Sequence[tuple[Outcome, float]], persona: str, instrument: str) -> tuple[float | None, float | None]:
    """Over seeds by Student's t; of a single run from the noise of a session: a difference of two has √2 times as much."""
    if len(changes) > 1:
        estimate = interval([change for _, change in changes])
        return estimate.low, estimate.high
    outcome, change = changes[0]
    noise = outcome.documents.get("calibration", {}).get("noise_points", {}).get(persona, {}).get(instrument)
    if noise is None:
        return None, None
    half = Z_95 * math.sqrt(2) * noise
    return change - half, change + half


def alerted(outcome: Outcome, persona: str, instrument: str) -> bool:
    return any(row["persona_id"] == persona and row["instrument"] == instrument for row in rows_if_any(outcome, "alerts"))


def _panel(
    instrument: Instrument,
    dots: Sequence[Dot],
    names: Sequence[str],
    arms: Sequence[Arm],
    hues: Sequence[str],
    last: bool,
    theme: Theme,
) -> Drawing:
    """A row per persona, one line in it per arm."""
    tall = ROW * len(arms) + GAP
    ends = [end for dot in dots for end in (*dot.values, dot.low or 0.0, dot.high or 0.0)]
    reach = {getattr(arm.config.reliable_change, instrument.id) for arm in arms}
    far = max([abs(end) for end in ends] + [1.4 * max(reach)])
    scale = alt.Scale(domain=[min(0.0, *ends, -1.15 * max(reach)), max(far, 1.15 * max(reach))], nice=True)
    x = across(scale, alt.Axis(title="Change from baseline (points)" if last else None, grid=False, tickCount=8))
    left = named_axis([name.replace("'", "’") for name in names], SHORT[instrument.id])
    plane = Plane(x, upward(linear(len(names), 0), left), WIDTH, tall * len(names))
    rows = []
    for dot in dots:
        y = names.index(dot.who) + (GAP / 2 + ROW * (dot.arm + 0.5)) / tall
        style = {"hue": hues[dot.arm], "shape": "diamond" if dot.alerts else "circle"}
        labels = {"who": dot.who, "arm": arms[dot.arm].name, "n": len(dot.values)}
        rows.append({"y": y, "mean": dot.mean, "low": dot.low, "high": dot.high, **style, **labels})
    layers: Layers = [plane.frame()]
    if len(reach) == 1:
        (half,) = reach
        label = plane.on({"x": half}, "x").mark_text(text=f"± {half:g}", align="right", dx=-3, y=-6, **small(theme.muted, 9.5))
        layers += [plane.on({"x": -half, "x2": half}, ("x", "x2")).mark_rect(color=theme.text, opacity=0.09), label]
    layers.append(plane.on({"x": 0}, "x").mark_rule(color=theme.muted, strokeWidth=0.8))
    each = [
        {"x": value, "y": row["y"], "hue": row["hue"]}
        for dot, row in zip(dots, rows, strict=True)
        for value in dot.values
        if len(dot.values) > 1
    ]
    bars = plane.on([row for row in rows if row["low"] is not None], ("low", "high"), "y").mark_rule(strokeWidth=1.5)
    seeds = plane.on(each, "x", "y").mark_point(filled=False, size=20, strokeWidth=0.8)
    means = plane.on(rows, "mean", "y").mark_point(filled=True, size=62, opacity=1, stroke=theme.surface, strokeWidth=0.8)
    tips = [tip("who:N", "persona"), "arm:N", tip("mean:Q", "change", "+.2f"), *bounds("+.2f"), tip("n:Q", "seeds")]
    layers += [bars.encode(color=HUE), seeds.encode(color=HUE), means.encode(color=HUE, shape=SHAPE, tooltip=tips)]
    if len(arms) > 1:
        beside = plane.on([row for row in rows if row["who"] == names[0]], y="y")
        labels = beside.mark_text(align="left", x=WIDTH + 6, fontSize=9.5, fontWeight="bold")
        layers.append(labels.encode(text="arm:N", color=HUE))
    return plane.layered(layers)


def _band(arms: Sequence[Arm]) -> str:
    counts = sorted({len(arm.outcomes) for arm in arms})
    if counts == [1]:
        noise = "the persona's own, at least the questionnaire's standard error"
        return f"bars: ± 1.96·√2 times the noise of a session ({noise}), n = 1 seed"
    n = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]}–{counts[-1]}"
    return f"mean ± 95 % CI over n = {n} seeds" + (", of one seed ± 1.96·√2 noise" if counts[0] == 1 else "")


def _sentence(arms: Sequence[Arm], dots: Mapping[InstrumentId, list[Dot]]) -> str:
    """Who left the corridor; in CONTROL, how many alerts were false."""
    parts: list[str] = []
    moved: list[str] = []
    for place, arm in enumerate(arms):
        own = [(id, dot) for id, every in dots.items() for dot in every if dot.arm == place]
        runs = sum(len(dot.values) for _, dot in own)
        if arm.condition == "CONTROL":
            parts.append(f"false alarms in CONTROL {sum(dot.alerts for _, dot in own)} of {runs}")
            continue
        beyond = sum(abs(value) > getattr(arm.config.reliable_change, id) for id, dot in own for value in dot.values)
        moved.append(f"{beyond} of {runs} in {arm.name}")
    if moved:
        parts.insert(0, f"Beyond reliable change: {listed(moved)}")
    sentence = "; ".join(parts)
    return sentence[:1].upper() + sentence[1:]
