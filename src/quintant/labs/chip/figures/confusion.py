"""What labelled samples were taken for, by the readout neuron that fired most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, cannot, captioned
from quintant.figure.number import count, percent
from quintant.lab import Outcome
from quintant.labs.chip import seam
from quintant.labs.chip.figures.populations import config, facts
from quintant.labs.chip.figures.tables import columns

NAME = "confusion"
MOST_CLASSES = 40


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    (outcome,) = outcomes
    given = config(outcome)
    found = columns(NAME, outcome, seam.SAMPLES)
    label, predicted = (found[name].astype(float) for name in ("label", "predicted"))
    known = np.isfinite(label)
    if not known.any():
        raise cannot(NAME, f"the samples of run {outcome.run_id} carry no labels")
    none = int((known & ~np.isfinite(predicted)).sum())
    told = known & np.isfinite(predicted)
    classes = int(max(label[known].max(), predicted[told].max(initial=0))) + 1
    if classes > MOST_CLASSES:
        raise cannot(NAME, f"{classes} classes are more than {MOST_CLASSES}")
    table = np.zeros((classes, classes), np.int64)
    np.add.at(table, (label[told].astype(int), predicted[told].astype(int)), 1)
    right, n = int(np.trace(table)), int(known.sum())
    badges = [f"{count(none)} samples without a verdict: no readout neuron fired more than the others"] if none else []
    return captioned(
        _map(table, theme),
        Caption(
            sentence=f"{count(right)} of {count(n)} samples right, {percent(right / n, 3)}",
            what=f"Samples by class and by the neuron of {given.readout} that fired most",
            n=n,
            of="samples",
            units={"x": "1", "y": "samples"},
            minimum=float(table.min()),
            maximum=float(table.max()),
            badges=tuple(badges),
            facts=facts(given),
            keeps_aspect=True,
        ),
    )


def _map(table: Any, theme: Theme) -> Any:
    """Class downwards, verdict to the right; on the diagonal they agree."""
    classes = len(table)
    cell = max(14, min(46, 360 // classes))
    high = int(table.max()) or 1
    rows = [
        {"label": at, "verdict": to, "n": int(table[at, to]), "ink": "#1B1F24" if table[at, to] > 0.55 * high else "#FFFFFF"}
        for at in range(classes)
        for to in range(classes)
        if table[at, to]
    ]
    order = list(range(classes))
    x = alt.X(
        "verdict:O", scale=alt.Scale(domain=order), axis=alt.Axis(title="Verdict", labelAngle=0, grid=True, tickBand="extent")
    )
    y = alt.Y("label:O", scale=alt.Scale(domain=order), axis=alt.Axis(title="Class", grid=True, tickBand="extent"))
    base = alt.Chart(alt.Data(values=rows)).encode(x=x, y=y)
    legend = alt.Legend(title="samples", orient="right", direction="vertical", gradientLength=110, tickMinStep=1, format="d")
    layers: list[Any] = [
        base.mark_rect(stroke=theme.surface, strokeWidth=1).encode(
            color=alt.Color("n:Q", scale=alt.Scale(domain=[0, high], **dict(theme.fill_ramp)), legend=legend),
            tooltip=[alt.Tooltip("label:O", title="class"), alt.Tooltip("verdict:O"), alt.Tooltip("n:Q", title="samples")],
        )
    ]
    if cell >= 24:
        layers.append(base.mark_text(fontSize=11).encode(text="n:Q", color=alt.Color("ink:N", scale=None)))
    return alt.layer(*layers, width=cell * classes, height=cell * classes).resolve_scale(color="independent")
