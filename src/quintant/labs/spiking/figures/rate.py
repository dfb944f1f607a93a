"""P2, population rate: spikes per neuron and second over time, counted in 1 ms bins and smoothed by a Gaussian."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, cannot, captioned, span
from quintant.figure.decimation import extremes
from quintant.figure.inline import inline
from quintant.figure.lettering import bold
from quintant.figure.number import SPACE, plain
from quintant.figure.plane import Drawing, Plane, linear, upward
from quintant.lab import Outcome
from quintant.labs.spiking.analysis.rates import population_rate
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.figures.circuit import blocks, colour, config, facts
from quintant.labs.spiking.figures.spikes import Array, spikes
from quintant.labs.spiking.figures.strip import burn_in, time

NAME = "rate"
WIDTH, HEIGHT = 520, 120
BIN_MS, SIGMA_MS = 1.0, 2.0
MOST_BINS = 2_000_000


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    (outcome,) = outcomes
    network = config(outcome)
    if network.t_ms / BIN_MS > MOST_BINS:
        raise cannot(NAME, f"{plain(network.t_ms)} ms are more than {plain(MOST_BINS)} bins of {BIN_MS:g} ms")
    fired = spikes(NAME, outcome)
    sizes = [sum(block.size for block in blocks(network) if block.kind == kind) for kind in (0, 1)]
    kinds = [kind for kind in (0, 1) if sizes[kind]]
    if not kinds:
        raise cannot(NAME, "the network has no neurons")
    curves = {}
    for kind in kinds:
        own = (fired.neuron < sizes[0]) if kind == 0 else (fired.neuron >= sizes[0])
        at, raw = population_rate(fired.time_ms[own], sizes[kind], network.t_ms, BIN_MS)
        curves[kind] = _Curve("EI"[kind], at, raw, smoothed(raw, SIGMA_MS / BIN_MS), colour(kind, theme))
    means = {kind: outcome.metrics.get(f"rate_{'ei'[kind]}_hz") for kind in kinds}
    known = {kind: mean.value for kind, mean in means.items() if mean is not None and mean.value is not None}
    panels = [_panel(network, curves[kind], known.get(kind), kind == kinds[0], theme) for kind in reversed(kinds)]
    rates = ", ".join(f"{'EI'[kind]} {value:.1f}{SPACE}Hz" for kind, value in known.items())
    unknown = "Rates so far" if fired.so_far else "No mean rate is known"
    cut = ", ".join(f"{curve.name} {curve.raw.max():.0f}{SPACE}Hz" for curve in curves.values() if curve.raw.max() > curve.top)
    caption = Caption(
        sentence=f"Mean rates {rates}" if rates else unknown,
        what=f"spikes per neuron and second, bin {BIN_MS:g}{SPACE}ms, Gaussian σ {SIGMA_MS:g}{SPACE}ms (faint: unsmoothed)",
        n=len(fired.time_ms),
        of="spikes",
        badges=(
            "least and greatest value of each pixel column drawn" if len(at) > WIDTH * 2 else "",
            f"unsmoothed line leaves the plane, its greatest value is {cut}" if cut else "",
        ),
        facts=facts(network),
        **span(np.concatenate([curve.even for curve in curves.values()]), x="ms", y="Hz"),
    )
    return captioned(alt.vconcat(*panels, spacing=14), caption)


@dataclass(frozen=True)
class _Curve:
    """The rate of one population, `raw` and `even` (smoothed) [n] in Hz at the times `at` [n] in ms."""

    name: str
    at: Array
    raw: Array
    even: Array
    colour: str

    @property
    def top(self) -> float:
        """The smoothed line fills two thirds of its plane; the unsmoothed one may leave it."""
        return float(self.even.max()) * 1.5 or 1.0


def smoothed(values: Array, sigma_bins: float) -> Array:
    """`values` [n] under a Gaussian cut at 4 σ; at the ends it is divided by the part of it that lies inside."""
    reach = int(np.ceil(4 * sigma_bins))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma_bins) ** 2)
    inside = np.convolve(np.ones(len(values)), kernel)[reach : reach + len(values)]
    result: Array = np.convolve(values, kernel)[reach : reach + len(values)] / inside
    return result


def _panel(network: SpikingConfig, curve: _Curve, mean: float | None, lowest: bool, theme: Theme) -> alt.LayerChart:
    x = time(network, "Time (ms)" if lowest else None, labels=lowest)
    left = alt.Axis(title=f"{curve.name} rate (Hz per neuron)", tickCount=4)
    plane = Plane(x, upward(linear(0, curve.top), left), WIDTH, HEIGHT)
    layers = [plane.frame(), *burn_in(network, plane, (0, curve.top), theme, label=not lowest)]
    for values, opacity, wide in ((curve.raw, 0.25, 0.8), (curve.even, 1.0, 1.4)):
        t, v = extremes(curve.at, values, WIDTH)
        line = plane.on(inline(t=t, v=v), "t", "v")
        layers.append(line.mark_line(strokeWidth=wide, opacity=opacity, color=curve.colour, clip=True))
    if mean is not None:
        base = plane.on({"t": network.t_ms, "y": mean}, "t", "y")
        text = [f"{curve.name} mean", f"{mean:.1f}{SPACE}Hz"]
        layers += [
            base.mark_tick(orient="horizontal", size=9, thickness=2.5, color=curve.colour, xOffset=5),
            base.mark_text(text=text, align="left", dx=13, dy=-8, **bold(curve.colour)),
        ]
    return plane.layered(layers)
