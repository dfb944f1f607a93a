"""P4's second half, autocorrelation of the E rate: after how long the network repeats itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, captioned, span
from quintant.figure.curves import Curves, curve, curves, pointer
from quintant.figure.number import SPACE
from quintant.figure.plane import Drawing, Plane, across, linear, upward
from quintant.lab import Outcome
from quintant.labs.spiking.analysis.timing import LAG_BIN_MS, SMOOTHING_MS, timing
from quintant.labs.spiking.analysis.window import after_burn_in
from quintant.labs.spiking.figures.circuit import facts, one_point
from quintant.labs.spiking.figures.spikes import spikes
from quintant.labs.spiking.rules import neurons

NAME = "autocorrelation"
WIDTH, HEIGHT = 540, 260
LONGEST_LAG_MS = 100.0
LEAST_LAG_MS = 5.0
"""Nearer than this, a lag is the width of a volley."""
LEAST_PROMINENCE = 0.1


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    point = one_point(NAME, outcomes)
    measured = [_measured(outcome) for outcome in point.outcomes]
    reach = (0.0, LONGEST_LAG_MS)
    mean, cut = _bounded(curves(NAME, measured, NAME, "lag_ms", "correlation", reach, "rhythm_peak_hz"))
    peak = first_peak(mean)
    caption = Caption(
        sentence=finding(peak),
        what=f"of the E rate, {LAG_BIN_MS:g}{SPACE}ms bins, Gaussian σ {SMOOTHING_MS:g}{SPACE}ms; 1 at lag 0",
        n=len(mean.outcomes),
        band=mean.band,
        badges=(*point.badges, *mean.badges, cut),
        facts=facts(point.config),
        **span(mean.mean, x="ms", y="1"),
    )
    return captioned(_plot(mean, peak, theme), caption)


def _measured(outcome: Outcome) -> Outcome:
    """The outcome with the curve as a table beside those that it has: it is counted from all its spikes."""
    import pyarrow as pa

    config, fired = outcome.config, spikes(NAME, outcome)
    window = after_burn_in(config.burn_in_ms, config.t_ms, config.dt_ms)
    e_ms, _ = window.select(fired.time_ms, fired.neuron, 0, neurons(config)[0])
    own = timing(e_ms, e_ms, window.duration_ms, LONGEST_LAG_MS)
    table = pa.table({"lag_ms": own.lag_ms, "correlation": own.correlation})
    return replace(outcome, tables={**outcome.tables, NAME: table})


def _bounded(curves: Curves) -> tuple[Curves, str]:
    """The curves with their interval cut where correlations end, and a badge if it was."""
    if curves.low is None or curves.high is None:
        return curves, ""
    low, high = (np.clip(end, -1.0, 1.0) for end in (curves.low, curves.high))
    cut = not (np.array_equal(low, curves.low) and np.array_equal(high, curves.high))
    return replace(curves, low=low, high=high), "interval cut at ±1" if cut else ""


def first_peak(curves: Curves) -> tuple[float, float] | None:
    """(lag in ms, height) of the first peak of the mean curve that stands out by 0.1; None when it does not come back."""
    from scipy.signal import find_peaks

    places, _ = find_peaks(curves.mean, prominence=LEAST_PROMINENCE)
    later = [at for at in places if curves.x[at] >= LEAST_LAG_MS]
    return (float(curves.x[later[0]]), float(curves.mean[later[0]])) if later else None


def finding(peak: tuple[float, float] | None) -> str:
    """ "E repeats itself after 34.1 ms (29.3 Hz), correlation 0.62"."""
    if peak is None:
        return f"E does not repeat itself within {LONGEST_LAG_MS:g}{SPACE}ms"
    lag_ms, height = peak
    return f"E repeats itself after {lag_ms:.1f}{SPACE}ms ({1000 / lag_ms:.1f}{SPACE}Hz), correlation {height:.2f}"


def _plot(curves: Curves, peak: tuple[float, float] | None, theme: Theme) -> Drawing:
    low = min(-0.05, float((curves.values if curves.low is None else curves.low).min()))
    x = across(linear(0, LONGEST_LAG_MS), alt.Axis(title="Lag (ms)", grid=False, tickCount=11))
    y = upward(linear(low * 1.1, 1.12), alt.Axis(title="Autocorrelation", tickCount=6))
    plane = Plane(x, y, WIDTH, HEIGHT)
    zero = plane.on({"x": 0, "y": 0}, y="y").mark_rule(color=theme.muted, strokeWidth=1)
    layers = [plane.frame(), zero, *curve(curves, plane, theme, ("lag", "x", "v"))]
    if peak is not None:
        layers += pointer(plane, {"x": peak[0], "y": peak[1]}, f"{peak[0]:.1f}{SPACE}ms", theme.accent)
    return plane.layered(layers)
