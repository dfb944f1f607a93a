"""F6, data split: samples of each class by participant, as stacked bars, or as a heat map where classes or people are many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, captioned, span
from quintant.figure.cells import cell, gradient, numbered_axis
from quintant.figure.columns import given
from quintant.figure.number import SPACE, count, many, percent
from quintant.figure.plane import Drawing, Plane, across, linear, upward
from quintant.figure.replicates import config_of
from quintant.figure.tooltip import tip
from quintant.lab import Outcome
from quintant.labs.federated.config import FederatedConfig
from quintant.labs.federated.figures.rounds import grid
from quintant.labs.federated.figures.trials import Array, Trial, facts

NAME = "split"
WIDTH, HEIGHT = 520, 240
MOST_CLASSES, MOST_BARS = 10, 40
MOST_ROWS = 200


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    (outcome,) = outcomes
    plans = config_of(outcome, FederatedConfig).plans
    table = given(NAME, outcome, "split")
    index = int(table.column("strategy")[0].as_py()) if table.num_rows else 0
    trial = Trial(index, plans[index], (outcome,))
    columns = trial.columns(NAME, outcome, "split")
    size = trial.plan.num_of_clients
    # Labels need not count from 0: each takes the place of a column.
    samples, labels = grid(columns["participant"], columns["label"], columns["samples"], size)
    counts = np.nan_to_num(samples)
    bars = len(labels) <= MOST_CLASSES and size <= MOST_BARS
    chart = _bars(counts, labels, trial, theme) if bars else _cells(counts[:MOST_ROWS], labels, trial, theme)
    other = table.num_rows and len(plans) > 1 and _other_splits(plans)
    classes, marked = "" if labels == [-1] else " and class", ", attackers marked" if trial.attackers else ""
    caption = Caption(
        sentence=_sentence(counts, labels),
        what=f"training samples by participant{classes}{marked}",
        n=size,
        of="participants",
        badges=(
            f"split of strategy {index + 1}; other strategies split differently" if other else "",
            f"{MOST_ROWS} of {size} participants drawn" if size > MOST_ROWS else "",
        ),
        facts=(*facts([trial]), *_parameters(trial)),
        **span(counts.sum(axis=1), x="participant", y="samples"),
    )
    return captioned(chart, caption)


def _other_splits(plans: Sequence[Any]) -> bool:
    keys = ("dataset_keyword", "partitioning_strategy", "partitioning_params", "num_of_clients", "samples_per_client")
    return any(getattr(plan, key) != getattr(plans[0], key) for plan in plans for key in keys)


def _parameters(trial: Trial) -> tuple[str, ...]:
    return tuple(f"{key.replace('_', ' ')} {value}" for key, value in trial.plan.partitioning_params.items())


def skew(counts: Array) -> float:
    """How far the participants' class shares lie from those of all data: mean total variation distance, 0 … 1."""
    sums = counts.sum(axis=1, keepdims=True)
    some = sums[:, 0] > 0
    shares = counts[some] / sums[some]
    return float(0.5 * np.abs(shares - counts.sum(axis=0) / counts.sum()).sum(axis=1).mean())


def _sentence(counts: Array, labels: Sequence[int]) -> str:
    sums = counts.sum(axis=1)
    low, high = int(sums.min()), int(sums.max())
    sizes = f"{count(low)} samples each" if low == high else f"{count(low)} to {count(high)} samples each"
    sentence = f"{many(len(counts), 'participant')} with {sizes}"
    if len(labels) < 2:
        return sentence
    return f"{sentence}; their class shares lie {percent(skew(counts))} from those of all data"


def _bars(counts: Array, labels: Sequence[int], trial: Trial, theme: Theme) -> Drawing:
    rows = []
    for participant, own in enumerate(counts):
        bottom = 0.0
        for label, samples in zip(labels, own, strict=True):
            if samples:
                bar = {"who": participant, "from": bottom, "to": bottom + samples}
                rows.append({**bar, "label": _name(label), "samples": int(samples)})
            bottom += samples
    order = [_name(label) for label in labels]
    bottom_axis = alt.Axis(title="Participant", labelAngle=0, grid=False)
    x = across(alt.Scale(paddingInner=0.15), bottom_axis, "O")
    y = upward(linear(0, float(counts.sum(axis=1).max()) * 1.04 or 1.0), alt.Axis(title="Samples", tickCount=5))
    plane = Plane(x.shown, y, WIDTH, HEIGHT)
    hue = alt.Color(
        "label:N",
        sort=order,
        scale=alt.Scale(domain=order, range=_colours(len(order), theme)),
        legend=alt.Legend(title="class", orient="right", direction="vertical", symbolType="square"),
    )
    bars = plane.on(rows, "who", ("from", "to")).mark_bar(stroke=theme.surface, strokeWidth=0.6).encode(y=y.shown("from"))
    tips = [tip("who:O", "participant"), tip("label:N", "class"), "samples:Q"]
    layers = [bars.encode(color=alt.value(theme.series[0]) if labels == [-1] else hue, tooltip=tips)]
    if trial.attackers:
        tops = plane.on([{"who": who, "top": float(counts[who].sum())} for who in sorted(set(trial.attackers))], "who", "top")
        marks = tops.mark_text(text="▼", baseline="bottom", dy=-1, fontSize=11, color=theme.series[1])
        layers.append(marks.encode(tooltip=[tip("who:O", "attacker")]))
    return alt.layer(*layers, width=WIDTH, height=HEIGHT).resolve_axis(y="independent")


def _colours(many_classes: int, theme: Theme) -> list[str]:
    """The series colours, then the same lighter (on paper) or darker: ten classes that stay apart."""
    return [
        theme.colour(at) if at < len(theme.series) else _mixed(theme.colour(at), theme.surface) for at in range(many_classes)
    ]


def _mixed(colour: str, surface: str) -> str:
    parts = [(int(colour[at : at + 2], 16) * 45 + int(surface[at : at + 2], 16) * 55) // 100 for at in (1, 3, 5)]
    return "#" + "".join(f"{part:02X}" for part in parts)


def _cells(counts: Array, labels: Sequence[int], trial: Trial, theme: Theme) -> Drawing:
    size, classes = counts.shape
    wide, tall = max(4.0, min(30.0, 430 / classes)), max(2.0, min(14.0, 420 / size))
    rows = [
        {**cell(at, who), "samples": int(counts[who, at]), "label": _name(labels[at]), "who": who}
        for who in range(size)
        for at in range(classes)
        if counts[who, at]
    ]
    bottom = numbered_axis(classes, "Class", max(1, round(16 / wide)), labelFontSize=9, labelPadding=2)
    left = numbered_axis(size, "Participant", max(1, round(16 / tall)), labelFontSize=9, labelPadding=10)
    plane = Plane(across(linear(0, classes), bottom), upward(linear(size, 0), left), wide * classes, tall * size)
    colour = alt.Color("samples:Q", scale=alt.Scale(**dict(theme.fill_ramp)), legend=gradient("samples", 120))
    tips = [tip("who:N", "participant"), tip("label:N", "class"), "samples:Q"]
    tiles = plane.on(rows, ("x", "x2"), ("y", "y2")).mark_rect().encode(color=colour, tooltip=tips)
    layers = [plane.frame(), tiles]
    marked = [{"y": who, "y2": who + 1} for who in trial.attackers if who < size]
    if marked:
        layers.append(plane.on(marked, y=("y", "y2")).mark_rect(color=theme.series[1], width=5, x=-5))
    return plane.layered(layers)


def _name(label: int) -> str:
    return "all" if label < 0 else f"{label}{SPACE}"
