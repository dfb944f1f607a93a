"""What labelled samples were taken for, by the readout neuron that fired most."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, cannot, captioned, span
from quintant.figure.number import count, percent
from quintant.figure.plane import Drawing, Plane, Style, across, upward
from quintant.figure.series import INK
from quintant.figure.tooltip import tip
from quintant.lab import Outcome
from quintant.labs.chip import seam
from quintant.labs.chip.figures.populations import config, facts
from quintant.labs.chip.figures.tables import Array, columns

NAME = "confusion"
MOST_CLASSES = 40


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    (outcome,) = outcomes
    network = config(outcome)
    samples = columns(NAME, outcome, seam.SAMPLES)
    label, predicted = (samples[name].astype(float) for name in ("label", "predicted"))
    known = np.isfinite(label)
    if not known.any():
        raise cannot(NAME, f"the samples of run {outcome.run_id} carry no labels")
    judged = known & np.isfinite(predicted)
    none = int((known & ~judged).sum())
    classes = int(max(label[known].max(), predicted[judged].max(initial=0))) + 1
    if classes > MOST_CLASSES:
        raise cannot(NAME, f"{classes} classes are more than {MOST_CLASSES}")
    table = np.zeros((classes, classes), np.int64)
    np.add.at(table, (label[judged].astype(int), predicted[judged].astype(int)), 1)
    right, n = int(np.trace(table)), int(known.sum())
    caption = Caption(
        sentence=f"{count(right)} of {count(n)} samples right, {percent(right / n, 3)}",
        what=f"Samples by class and by the neuron of {network.readout} that fired most",
        n=n,
        of="samples",
        badges=(f"{count(none)} samples without a verdict: no readout neuron fired more than the others" if none else "",),
        facts=facts(network),
        keeps_aspect=True,
        **span(table, x="1", y="samples"),
    )
    return captioned(_map(table, theme), caption)


def _map(table: Array, theme: Theme) -> Drawing:
    """Class downwards, verdict to the right; on the diagonal they agree."""
    classes, high = len(table), int(table.max()) or 1
    side = max(14, min(46, 360 // classes))
    rows = [
        {"label": at, "verdict": to, "n": int(table[at, to]), "ink": "#1B1F24" if table[at, to] > 0.55 * high else "#FFFFFF"}
        for at, to in np.argwhere(table).tolist()
    ]
    band: Style = {"grid": True, "tickBand": "extent"}
    order = alt.Scale(domain=list(range(classes)))
    x = across(order, alt.Axis(title="Verdict", labelAngle=0, **band), "O")
    y = upward(order, alt.Axis(title="Class", **band), "O")
    base = Plane(x.shown, y.shown, side * classes, side * classes).on(rows, "verdict", "label")
    legend = alt.Legend(title="samples", orient="right", direction="vertical", gradientLength=110, tickMinStep=1, format="d")
    ramp = alt.Scale(domain=[0, high], **dict(theme.fill_ramp))
    tiles = base.mark_rect(stroke=theme.surface, strokeWidth=1).encode(
        color=alt.Color("n:Q", scale=ramp, legend=legend),
        tooltip=[tip("label:O", "class"), "verdict:O", tip("n:Q", "samples")],
    )
    layers = [tiles]
    if side >= 24:
        layers.append(base.mark_text(fontSize=11).encode(text="n:Q", color=INK))
    return alt.layer(*layers, width=side * classes, height=side * classes).resolve_scale(color="independent")
