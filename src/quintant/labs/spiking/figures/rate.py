"""P2, population rate: spikes per neuron and second over time, counted in 1 ms bins and smoothed by a Gaussian."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, cannot, captioned
from quintant.figure.decimation import extremes
from quintant.figure.inline import inline
from quintant.figure.number import SPACE, plain
from quintant.lab import Outcome
from quintant.labs.spiking.analysis.rates import population_rate
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.figures.circuit import blocks, burn_in_ms, colour, config, facts
from quintant.labs.spiking.figures.spikes import Array, spikes
from quintant.labs.spiking.figures.strip import burn_in

NAME = "rate"
WIDTH, HEIGHT = 520, 120
BIN_MS, SIGMA_MS = 1.0, 2.0
MOST_BINS = 2_000_000


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    (outcome,) = outcomes
    given = config(outcome)
    if given.t_ms / BIN_MS > MOST_BINS:
        raise cannot(NAME, f"{plain(given.t_ms)} ms are more than {plain(MOST_BINS)} bins of {BIN_MS:g} ms")
    found = spikes(NAME, outcome)
    kinds = [kind for kind in (0, 1) if any(one.kind == kind for one in blocks(given))]
    n_e = sum(one.size for one in blocks(given) if one.kind == 0)
    curves: dict[int, tuple[Array, Array, Array]] = {}
    for kind in kinds:
        size = sum(one.size for one in blocks(given) if one.kind == kind)
        own = (found.neuron < n_e) if kind == 0 else (found.neuron >= n_e)
        at, raw = population_rate(found.time_ms[own], size, given.t_ms, BIN_MS)
        curves[kind] = at, raw, smoothed(raw, SIGMA_MS / BIN_MS)
    if not curves:
        raise cannot(NAME, "the network has no neurons")
    means = {kind: outcome.metrics.get(f"rate_{'ei'[kind]}_hz") for kind in kinds}
    known = {kind: one.value for kind, one in means.items() if one is not None and one.value is not None}
    panels = [_panel(given, kind, *curves[kind], known.get(kind), kind == kinds[0], theme) for kind in reversed(kinds)]
    spoken = [f"{'EI'[kind]} {value:.1f}{SPACE}Hz" for kind, value in known.items()]
    badges = []
    if len(at) > WIDTH * 2:
        badges.append("least and greatest value of each pixel column drawn")
    cut = [f"{'EI'[kind]} {raw.max():.0f}{SPACE}Hz" for kind, (_, raw, even) in curves.items() if raw.max() > _top(even)]
    if cut:
        badges.append(f"unsmoothed line leaves the plane, its greatest value is {', '.join(cut)}")
    return captioned(
        alt.vconcat(*panels, spacing=14),
        Caption(
            sentence=f"Mean rates {', '.join(spoken)}"
            if spoken
            else "Rates so far"
            if found.so_far
            else "No mean rate is known",
            what=f"spikes per neuron and second, bin {BIN_MS:g}{SPACE}ms, Gaussian σ {SIGMA_MS:g}{SPACE}ms (faint: unsmoothed)",
            n=len(found.time_ms),
            of="spikes",
            units={"x": "ms", "y": "Hz"},
            minimum=min(float(even.min()) for _, _, even in curves.values()),
            maximum=max(float(even.max()) for _, _, even in curves.values()),
            badges=tuple(badges),
            facts=facts(given),
        ),
    )


def smoothed(values: Array, sigma_bins: float) -> Array:
    """`values` [n] under a Gaussian cut at 4 σ; at the ends it is divided by the part of it that lies inside."""
    reach = int(np.ceil(4 * sigma_bins))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma_bins) ** 2)
    inside = np.convolve(np.ones(len(values)), kernel)[reach : reach + len(values)]
    return np.convolve(values, kernel)[reach : reach + len(values)] / inside


def _top(even: Array) -> float:
    """The smoothed line fills two thirds of its plane; the unsmoothed one may leave it."""
    return float(even.max()) * 1.5 or 1.0


def _panel(
    given: SpikingConfig, kind: int, at: Array, raw: Array, even: Array, mean: float | None, lowest: bool, theme: Theme
) -> Any:
    top = _top(even)

    def x(field: str, axis: bool = False) -> alt.X:
        title = "Time (ms)" if lowest else None
        shown = alt.Axis(title=title, labels=lowest, grid=False, tickCount=8, format="~f") if axis else None
        return alt.X(f"{field}:Q", axis=shown, scale=alt.Scale(domain=[0, given.t_ms], nice=False))

    def y(field: str, axis: bool = False) -> alt.Y:
        shown = alt.Axis(title=f"{'EI'[kind]} rate (Hz per neuron)", tickCount=4) if axis else None
        return alt.Y(f"{field}:Q", axis=shown, scale=alt.Scale(domain=[0, top], nice=False))

    layers: list[Any] = [
        alt.Chart(alt.Data(values=[{"x": 0, "y": 0}])).mark_point(opacity=0).encode(x=x("x", axis=True), y=y("y", axis=True))
    ]
    layers += burn_in(burn_in_ms(given), given.t_ms, (0, top), (WIDTH, HEIGHT), x, y, theme, label=not lowest)
    for values, opacity, wide in ((raw, 0.25, 0.8), (even, 1.0, 1.4)):
        t, v = extremes(at, values, WIDTH)
        layers.append(
            alt.Chart(inline(t=t, v=v))
            .mark_line(strokeWidth=wide, opacity=opacity, color=colour(kind, theme), clip=True)
            .encode(x=x("t"), y=y("v"))
        )
    if mean is not None:
        base = alt.Chart(alt.Data(values=[{"t": given.t_ms, "y": mean}])).encode(x=x("t"), y=y("y"))
        layers += [
            base.mark_tick(orient="horizontal", size=9, thickness=2.5, color=colour(kind, theme), xOffset=5),
            base.mark_text(
                text=[f"{'EI'[kind]} mean", f"{mean:.1f}{SPACE}Hz"],
                align="left",
                dx=13,
                fontSize=11,
                dy=-8,
                fontWeight="bold",
                color=colour(kind, theme),
            ),
        ]
    return alt.layer(*layers, width=WIDTH, height=HEIGHT).resolve_axis(x="independent", y="independent")
