"""P4, E-I timing: by how much inhibition follows excitation."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, captioned, span
from quintant.figure.curves import Curves, curve, curves, pointer
from quintant.figure.lettering import corner, small
from quintant.figure.number import SPACE
from quintant.figure.plane import Drawing, Plane, across, linear, plot, upward
from quintant.lab import Outcome
from quintant.labs.spiking.analysis.timing import LAG_BIN_MS, LONGEST_LAG_MS, SMOOTHING_MS
from quintant.labs.spiking.figures.circuit import facts, one_point
from quintant.labs.spiking.figures.spikes import KEPT
from quintant.statistics import Estimate, interval

NAME = "timing"
WIDTH, HEIGHT = 540, 260


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    point = one_point(NAME, outcomes)
    reach = (-LONGEST_LAG_MS, LONGEST_LAG_MS)
    mean = curves(NAME, point.outcomes, "timing", "lag_ms", "correlation", reach, "i_follows_e_ms", KEPT)
    lags = [run.metrics["i_follows_e_ms"].value for run in mean.outcomes if "i_follows_e_ms" in run.metrics]
    estimate = interval([lag for lag in lags if lag is not None])
    caption = Caption(
        sentence=finding(estimate),
        what=f"correlation of the E and I rates, {LAG_BIN_MS:g}{SPACE}ms bins, Gaussian σ {SMOOTHING_MS:g}{SPACE}ms; "
        "right of 0: I comes later",
        n=len(mean.outcomes),
        band=mean.band,
        badges=(*point.badges, *mean.badges),
        facts=facts(point.config),
        **span(mean.mean, x="ms", y="1"),
    )
    return captioned(_plot(mean, estimate, theme), caption)


def finding(estimate: Estimate) -> str:
    """ "I follows E by 3.2 ms [2.9, 3.5], as in PING": the lag of the greatest correlation."""
    if estimate.mean is None:
        return "The lag of I is not known"
    if abs(estimate.mean) < LAG_BIN_MS / 2:
        return "I and E fire together"
    lag = f"I {'follows' if estimate.mean > 0 else 'leads'} E by {abs(estimate.mean):.1f}{SPACE}ms"
    if estimate.has_interval:
        low, high = sorted((abs(estimate.low or 0.0), abs(estimate.high or 0.0)))
        if (estimate.low or 0.0) * (estimate.high or 0.0) > 0:
            lag += f" [{low:.1f}, {high:.1f}]"
        else:
            return f"{lag}, not told apart from 0 by these seeds"
    hint = "as where E drives the rhythm (PING)" if estimate.mean > 0 else "a hint that I makes the rhythm (ING)"
    return f"{lag}, {hint}"


def _plot(curves: Curves, estimate: Estimate, theme: Theme) -> Drawing:
    values = curves.values if curves.low is None or curves.high is None else np.stack([curves.low, curves.high])
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    room = 0.16 * (high - low or 1.0)
    lags = alt.Axis(title="Lag of I behind E (ms)", grid=False, tickCount=11)
    x = across(linear(-LONGEST_LAG_MS, LONGEST_LAG_MS), lags)
    y = upward(linear(max(-1.05, low - room / 3), high + room), alt.Axis(title="Correlation", tickCount=6))
    plane = Plane(x, y, WIDTH, HEIGHT)
    zero, rule = {"x": 0, "y": 0}, {"color": theme.muted, "strokeWidth": 1}
    layers = [plane.frame(), plane.on(zero, "x").mark_rule(**rule), plane.on(zero, y="y").mark_rule(**rule)]
    layers += curve(curves, plane, theme, ("lag", "x", "v"), most=WIDTH)
    if estimate.mean is not None:
        at = int(np.argmin(np.abs(curves.x - estimate.mean)))
        place = {"x": estimate.mean, "y": float(curves.mean[at])}
        layers += pointer(plane, place, f"{estimate.mean:+.1f}{SPACE}ms", theme.accent)
    first = {"align": "left", "baseline": "top", "x": 6, "y": 6}
    layers.append(plot({}).mark_text(text="I first", **first, **small(theme.muted, 11)))
    return plane.layered([*layers, corner("E first", **small(theme.muted, 11))])
