"""P4's second half, autocorrelation of the E rate: after how long the network repeats itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, captioned
from quintant.figure.inline import inline
from quintant.figure.number import SPACE
from quintant.lab import Outcome
from quintant.labs.spiking.analysis.timing import LAG_BIN_MS, SMOOTHING_MS, timing
from quintant.labs.spiking.analysis.window import after_burn_in
from quintant.labs.spiking.figures.circuit import facts, one_point
from quintant.labs.spiking.figures.curves import Curves, curves
from quintant.labs.spiking.figures.spikes import spikes
from quintant.labs.spiking.rules import neurons

NAME = "autocorrelation"
WIDTH, HEIGHT = 540, 260
LONGEST_LAG_MS = 100.0
LEAST_LAG_MS = 5.0
"""Nearer than this, a lag is the width of a volley."""
LEAST_PROMINENCE = 0.1


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    point = one_point(NAME, outcomes)
    measured = [_measured(outcome) for outcome in point.outcomes]
    reach = (0.0, LONGEST_LAG_MS)
    found, cut = _bounded(curves(NAME, measured, NAME, "lag_ms", "correlation", reach, "gamma_peak_hz"))
    peak = first_peak(found)
    return captioned(
        _plot(found, peak, theme),
        Caption(
            sentence=words(peak),
            what=f"of the E rate, {LAG_BIN_MS:g}{SPACE}ms bins, Gaussian σ {SMOOTHING_MS:g}{SPACE}ms; 1 at lag 0",
            n=len(found.outcomes),
            band=found.band,
            units={"x": "ms", "y": "1"},
            minimum=float(found.mean.min()),
            maximum=float(found.mean.max()),
            badges=(*point.badges, *found.badges, *cut),
            facts=facts(point.config),
        ),
    )


def _measured(outcome: Outcome) -> Outcome:
    """The outcome with the curve as a table beside those that it has: it is counted from all its spikes."""
    import pyarrow as pa

    given, told = outcome.config, spikes(NAME, outcome)
    window = after_burn_in(given.burn_in_ms, given.t_ms, given.dt_ms)
    e_ms, _ = window.select(told.time_ms, told.neuron, 0, neurons(given)[0])
    own = timing(e_ms, e_ms, window.duration_ms, LONGEST_LAG_MS)
    table = pa.table({"lag_ms": own.lag_ms, "correlation": own.correlation})
    return replace(outcome, tables={**outcome.tables, NAME: table})


def _bounded(found: Curves) -> tuple[Curves, tuple[str, ...]]:
    """The curves with their interval cut where correlations end, and a badge if it was."""
    if found.low is None or found.high is None:
        return found, ()
    low, high = (np.clip(end, -1.0, 1.0) for end in (found.low, found.high))
    cut = not (np.array_equal(low, found.low) and np.array_equal(high, found.high))
    return replace(found, low=low, high=high), ("interval cut at ±1",) if cut else ()


def first_peak(found: Curves) -> tuple[float, float] | None:
    """(lag in ms, height) of the first peak of the mean curve that stands out by 0.1; None when it does not come back."""
    from scipy.signal import find_peaks

    places, _ = find_peaks(found.mean, prominence=LEAST_PROMINENCE)
    later = [at for at in places if found.x[at] >= LEAST_LAG_MS]
    return (float(found.x[later[0]]), float(found.mean[later[0]])) if later else None


def words(peak: tuple[float, float] | None) -> str:
    """ "E repeats itself after 34.1 ms (29.3 Hz), correlation 0.62"."""
    if peak is None:
        return f"E does not repeat itself within {LONGEST_LAG_MS:g}{SPACE}ms"
    lag_ms, height = peak
    return f"E repeats itself after {lag_ms:.1f}{SPACE}ms ({1000 / lag_ms:.1f}{SPACE}Hz), correlation {height:.2f}"


def _plot(found: Curves, peak: tuple[float, float] | None, theme: Theme) -> Any:
    low = min(-0.05, float((found.values if found.low is None else found.low).min()))

    def x(field: str, axis: bool = False) -> alt.X:
        shown = alt.Axis(title="Lag (ms)", grid=False, tickCount=11) if axis else None
        return alt.X(f"{field}:Q", axis=shown, scale=alt.Scale(domain=[0, LONGEST_LAG_MS], nice=False))

    def y(field: str, axis: bool = False) -> alt.Y:
        shown = alt.Axis(title="Autocorrelation", tickCount=6) if axis else None
        return alt.Y(f"{field}:Q", axis=shown, scale=alt.Scale(domain=[low * 1.1, 1.12], nice=False))

    zero = alt.Chart(alt.Data(values=[{"x": 0, "y": 0}]))
    layers: list[Any] = [
        zero.mark_point(opacity=0).encode(x=x("x", axis=True), y=y("y", axis=True)),
        zero.mark_rule(color=theme.muted, strokeWidth=1).encode(y=y("y")),
    ]
    if found.low is not None and found.high is not None:
        band = alt.Chart(inline(lag=found.x, low=found.low, high=found.high))
        layers.append(band.mark_area(color=theme.text, opacity=0.2).encode(x=x("lag"), y=y("low"), y2="high:Q"))
    for values in found.values if len(found.values) == 2 else ():
        thin = alt.Chart(inline(x=found.x, v=values)).mark_line(color=theme.muted, strokeWidth=0.8)
        layers.append(thin.encode(x=x("x"), y=y("v")))
    ink = alt.Chart(inline(x=found.x, v=found.mean)).mark_line(color=theme.text, strokeWidth=1.7)
    layers.append(ink.encode(x=x("x"), y=y("v")))
    if peak is not None:
        base = alt.Chart(alt.Data(values=[{"x": peak[0], "y": peak[1]}]))
        mark = {"filled": True, "size": 80, "color": theme.accent, "opacity": 1, "yOffset": -9}
        text = f"{peak[0]:.1f}{SPACE}ms"
        layers += [
            base.mark_point(shape="triangle-down", **mark).encode(x=x("x"), y=y("y")),
            base.mark_text(text=text, align="left", dx=9, dy=-11, fontSize=13, fontWeight="bold", color=theme.accent).encode(
                x=x("x"), y=y("y")
            ),
        ]
    return alt.layer(*layers, width=WIDTH, height=HEIGHT).resolve_axis(x="independent", y="independent")
