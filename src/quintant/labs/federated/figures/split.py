"""F6, data split: samples of each class by participant, as stacked bars, or as a heat map where classes or people are many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, captioned
from quintant.figure.columns import given
from quintant.figure.number import SPACE, count, percent
from quintant.figure.replicates import config_of
from quintant.lab import Outcome
from quintant.labs.federated.config import FederatedConfig
from quintant.labs.federated.figures.attacks import many
from quintant.labs.federated.figures.rounds import grid
from quintant.labs.federated.figures.trials import Array, Trial, facts

NAME = "split"
WIDTH, HEIGHT = 520, 240
MOST_CLASSES, MOST_BARS = 10, 40
MOST_ROWS = 200


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    (outcome,) = outcomes
    plans = config_of(outcome, FederatedConfig).plans
    table = given(NAME, outcome, "split")
    index = int(table.column("strategy")[0].as_py()) if table.num_rows else 0
    trial = Trial(index, plans[index], (outcome,))
    columns = trial.columns(NAME, outcome, "split")
    labels = sorted({int(label) for label in columns["label"]})
    place = {label: at for at, label in enumerate(labels)}
    size = trial.plan.num_of_clients
    counts, _ = grid(
        columns["participant"], np.array([place[int(label)] for label in columns["label"]]), columns["samples"], size
    )
    counts = np.nan_to_num(counts)
    badges = []
    if len({tuple(sorted(set(np.asarray(table.column("strategy")).tolist())))}) and len(plans) > 1 and _other_splits(plans):
        badges.append(f"split of strategy {index + 1}; other strategies split differently")
    if len(labels) <= MOST_CLASSES and size <= MOST_BARS:
        chart = _bars(counts, labels, trial, theme)
    else:
        chart = _cells(counts[:MOST_ROWS], labels, trial, theme)
        if size > MOST_ROWS:
            badges.append(f"{MOST_ROWS} of {size} participants drawn")
    sums = counts.sum(axis=1)
    return captioned(
        chart,
        Caption(
            sentence=_sentence(counts, labels),
            what="training samples by participant"
            + ("" if labels == [-1] else " and class")
            + (", attackers marked" if trial.attackers else ""),
            n=size,
            of="participants",
            units={"x": "participant", "y": "samples"},
            minimum=float(sums.min()),
            maximum=float(sums.max()),
            badges=badges,
            facts=(*facts([trial]), *_parameters(trial)),
        ),
    )


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
    told = f"{many(len(counts), 'participant')} with {sizes}"
    if len(labels) < 2:
        return told
    return f"{told}; their class shares lie {percent(skew(counts))} from those of all data"


def _bars(counts: Array, labels: Sequence[int], trial: Trial, theme: Theme) -> Any:
    attackers = set(trial.attackers)
    rows = []
    for participant, own in enumerate(counts):
        bottom = 0.0
        for at, samples in enumerate(own):
            if samples:
                rows.append(
                    {
                        "who": participant,
                        "from": bottom,
                        "to": bottom + samples,
                        "label": _name(labels[at]),
                        "samples": int(samples),
                    }
                )
            bottom += samples
    order = [_name(label) for label in labels]
    top = float(counts.sum(axis=1).max()) * 1.04 or 1.0
    x = alt.X("who:O", axis=alt.Axis(title="Participant", labelAngle=0, grid=False), scale=alt.Scale(paddingInner=0.15))
    y = alt.Y("from:Q", scale=alt.Scale(domain=[0, top], nice=False), axis=alt.Axis(title="Samples", tickCount=5))
    hue = alt.Color(
        "label:N",
        sort=order,
        scale=alt.Scale(domain=order, range=_colours(len(order), theme)),
        legend=alt.Legend(title="class", orient="right", direction="vertical", symbolType="square"),
    )
    if labels == [-1]:
        hue = alt.value(theme.series[0])
    layers: list[Any] = [
        alt.Chart(alt.Data(values=rows))
        .mark_bar(stroke=theme.surface, strokeWidth=0.6)
        .encode(
            x=x,
            y=y,
            y2="to:Q",
            color=hue,
            tooltip=[
                alt.Tooltip("who:O", title="participant"),
                alt.Tooltip("label:N", title="class"),
                alt.Tooltip("samples:Q"),
            ],
        ),
    ]
    if attackers:
        data = [{"who": one, "top": float(counts[one].sum())} for one in sorted(attackers)]
        layers.append(
            alt.Chart(alt.Data(values=data))
            .mark_text(text="▼", baseline="bottom", dy=-1, fontSize=11, color=theme.series[1])
            .encode(
                x=x,
                y=alt.Y("top:Q", scale=alt.Scale(domain=[0, top], nice=False), axis=None),
                tooltip=[alt.Tooltip("who:O", title="attacker")],
            )
        )
    return alt.layer(*layers, width=WIDTH, height=HEIGHT).resolve_axis(y="independent")


def _colours(many_classes: int, theme: Theme) -> list[str]:
    """The series colours, then the same lighter (on paper) or darker: ten classes that stay apart."""
    return [
        theme.colour(at) if at < len(theme.series) else _mixed(theme.colour(at), theme.surface) for at in range(many_classes)
    ]


def _mixed(colour: str, surface: str) -> str:
    parts = [(int(colour[at : at + 2], 16) * 45 + int(surface[at : at + 2], 16) * 55) // 100 for at in (1, 3, 5)]
    return "#" + "".join(f"{part:02X}" for part in parts)


def _cells(counts: Array, labels: Sequence[int], trial: Trial, theme: Theme) -> Any:
    size, classes = counts.shape
    wide, tall = max(4.0, min(30.0, 430 / classes)), max(2.0, min(14.0, 420 / size))
    rows = [
        {
            "x": at,
            "x2": at + 1,
            "y": who,
            "y2": who + 1,
            "samples": int(counts[who, at]),
            "label": _name(labels[at]),
            "who": who,
        }
        for who in range(size)
        for at in range(classes)
        if counts[who, at]
    ]

    def channel(kind: Any, field: str, count: int, each: float, title: str | None) -> Any:
        step = max(1, round(16 / each))
        axis = (
            alt.Axis(
                title=title,
                values=[one + 0.5 for one in range(0, count, step)],
                grid=False,
                ticks=False,
                domain=False,
                labelExpr="format(floor(datum.value), 'd')",
                labelFontSize=9,
                labelPadding=10 if kind is alt.Y else 2,
            )
            if title
            else None
        )
        return kind(f"{field}:Q", scale=alt.Scale(domain=[count, 0] if kind is alt.Y else [0, count], nice=False), axis=axis)

    layers = [
        alt.Chart(alt.Data(values=[{"x": 0, "y": 0}]))
        .mark_point(opacity=0)
        .encode(x=channel(alt.X, "x", classes, wide, "Class"), y=channel(alt.Y, "y", size, tall, "Participant")),
        alt.Chart(alt.Data(values=rows))
        .mark_rect()
        .encode(
            x=channel(alt.X, "x", classes, wide, None),
            x2="x2:Q",
            y=channel(alt.Y, "y", size, tall, None),
            y2="y2:Q",
            color=alt.Color(
                "samples:Q",
                scale=alt.Scale(**dict(theme.fill_ramp)),
                legend=alt.Legend(
                    title="samples", orient="right", direction="vertical", gradientLength=120, gradientThickness=9
                ),
            ),
            tooltip=[
                alt.Tooltip("who:N", title="participant"),
                alt.Tooltip("label:N", title="class"),
                alt.Tooltip("samples:Q"),
            ],
        ),
    ]
    marked = [{"y": who, "y2": who + 1} for who in trial.attackers if who < size]
    if marked:
        layers.append(
            alt.Chart(alt.Data(values=marked))
            .mark_rect(color=theme.series[1], width=5, x=-5)
            .encode(y=channel(alt.Y, "y", size, tall, None), y2="y2:Q")
        )
    return alt.layer(*layers, width=wide * classes, height=tall * size).resolve_axis(x="independent", y="independent")


def _name(label: int) -> str:
    return "all" if label < 0 else f"{label}{SPACE}"
