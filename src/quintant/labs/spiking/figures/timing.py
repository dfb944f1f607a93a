"""P4, E-I timing: by how much inhibition follows excitation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, captioned
from quintant.figure.decimation import extremes
from quintant.figure.inline import inline
from quintant.figure.number import SPACE
from quintant.lab import Outcome
from quintant.labs.spiking.analysis.timing import LAG_BIN_MS, LONGEST_LAG_MS, SMOOTHING_MS
from quintant.labs.spiking.figures.circuit import facts, one_point
from quintant.labs.spiking.figures.curves import Curves, curves
from quintant.statistics import Estimate, interval

NAME = "timing"
WIDTH, HEIGHT = 540, 260


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    point = one_point(NAME, outcomes)
    reach = (-LONGEST_LAG_MS, LONGEST_LAG_MS)
    found = curves(NAME, point.outcomes, "timing", "lag_ms", "correlation", reach, "i_follows_e_ms")
    lags = [o.metrics["i_follows_e_ms"].value for o in found.outcomes if "i_follows_e_ms" in o.metrics]
    estimate = interval([lag for lag in lags if lag is not None])
    return captioned(
        _plot(found, estimate, theme),
        Caption(
            sentence=words(estimate),
            what=f"correlation of the E and I rates, {LAG_BIN_MS:g}{SPACE}ms bins, Gaussian σ {SMOOTHING_MS:g}{SPACE}ms; "
            "right of 0: I comes later",
            n=len(found.outcomes),
            band=found.band,
            units={"x": "ms", "y": "1"},
            minimum=float(found.mean.min()),
            maximum=float(found.mean.max()),
            badges=(*point.badges, *found.badges),
            facts=facts(point.config),
        ),
    )


def words(estimate: Estimate) -> str:
    """ "I follows E by 3.2 ms [2.9, 3.5], as in PING": the lag of the greatest correlation."""
    if estimate.mean is None:
        return "The lag of I is not known"
    if abs(estimate.mean) < LAG_BIN_MS / 2:
        return "I and E fire together"
    told = f"I {'follows' if estimate.mean > 0 else 'leads'} E by {abs(estimate.mean):.1f}{SPACE}ms"
    if estimate.has_interval:
        low, high = sorted((abs(estimate.low or 0.0), abs(estimate.high or 0.0)))
        if (estimate.low or 0.0) * (estimate.high or 0.0) > 0:
            told += f" [{low:.1f}, {high:.1f}]"
        else:
            return f"{told}, not told apart from 0 by these seeds"
    hint = "as where E drives the rhythm (PING)" if estimate.mean > 0 else "a hint that I makes the rhythm (ING)"
    return f"{told}, {hint}"


def _plot(found: Curves, estimate: Estimate, theme: Theme) -> Any:
    values = found.values if found.low is None or found.high is None else np.stack([found.low, found.high])
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    room = 0.16 * (high - low or 1.0)
    domain = [max(-1.05, low - room / 3), high + room]

    def x(field: str, axis: bool = False) -> alt.X:
        shown = alt.Axis(title="Lag of I behind E (ms)", grid=False, tickCount=11) if axis else None
        return alt.X(f"{field}:Q", axis=shown, scale=alt.Scale(domain=[-LONGEST_LAG_MS, LONGEST_LAG_MS], nice=False))

    def y(field: str, axis: bool = False) -> alt.Y:
        shown = alt.Axis(title="Correlation", tickCount=6) if axis else None
        return alt.Y(f"{field}:Q", axis=shown, scale=alt.Scale(domain=domain, nice=False))

    zero = alt.Chart(alt.Data(values=[{"x": 0, "y": 0}]))
    layers: list[Any] = [
        zero.mark_point(opacity=0).encode(x=x("x", axis=True), y=y("y", axis=True)),
        zero.mark_rule(color=theme.muted, strokeWidth=1).encode(x=x("x")),
        zero.mark_rule(color=theme.muted, strokeWidth=1).encode(y=y("y")),
    ]
    if found.low is not None and found.high is not None:
        layers.append(
            alt.Chart(inline(lag=found.x, low=found.low, high=found.high))
            .mark_area(color=theme.text, opacity=0.2)
            .encode(x=x("lag"), y=y("low"), y2="high:Q")
        )
    thin = found.values if len(found.values) == 2 else ()
    for row in thin:
        layers.append(alt.Chart(_line(found.x, row)).mark_line(color=theme.muted, strokeWidth=0.8).encode(x=x("x"), y=y("v")))
    layers.append(alt.Chart(_line(found.x, found.mean)).mark_line(color=theme.text, strokeWidth=1.7).encode(x=x("x"), y=y("v")))
    if estimate.mean is not None:
        at = int(np.argmin(np.abs(found.x - estimate.mean)))
        base = alt.Chart(alt.Data(values=[{"x": estimate.mean, "y": float(found.mean[at])}]))
        layers += [
            base.mark_point(shape="triangle-down", filled=True, size=80, color=theme.accent, opacity=1, yOffset=-9).encode(
                x=x("x"), y=y("y")
            ),
            base.mark_text(
                text=f"{estimate.mean:+.1f}{SPACE}ms",
                align="left",
                dx=9,
                dy=-11,
                fontSize=13,
                fontWeight="bold",
                color=theme.accent,
            ).encode(x=x("x"), y=y("y")),
        ]
    for text, align, at_x in (("I first", "left", 6), ("E first", "right", alt.expr("width - 6"))):
        layers.append(
            alt.Chart(alt.Data(values=[{}])).mark_text(
                text=text, align=align, baseline="top", x=at_x, y=6, fontSize=11, color=theme.muted
            )
        )
    return alt.layer(*layers, width=WIDTH, height=HEIGHT).resolve_axis(x="independent", y="independent")


def _line(x: Any, values: Any) -> Any:
    t, v = extremes(x, values, WIDTH)
    return inline(x=t, v=v)
