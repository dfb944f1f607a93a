"""P1, raster: every spike by time and neuron, E block below, I block above, the input's course on top."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, cannot, captioned
from quintant.figure.columns import FINAL
from quintant.figure.decimation import extremes, positions
from quintant.figure.inline import inline
from quintant.figure.lettering import bold, small
from quintant.figure.number import SPACE, count, plain
from quintant.figure.plane import Drawing, Plane, Style, linear, upward
from quintant.lab import Outcome
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.figures.circuit import blocks, colour, config, facts
from quintant.labs.spiking.figures.spikes import Array, Spikes, spikes
from quintant.labs.spiking.figures.strip import burn_in, time

NAME = "raster"
WIDTH, HEIGHT, STRIP = 520, 330, 26
MOST_SPIKES = 30_000
"""More are thinned evenly over time, and the badge says so."""


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    (outcome,) = outcomes
    network = config(outcome)
    fired = spikes(NAME, outcome)
    shown = positions(len(fired.time_ms), MOST_SPIKES)
    main, strip = _main(network, fired, shown, theme), _strip(outcome, network, theme)
    chart = alt.vconcat(*(part for part in (strip, main) if part is not None), spacing=6)
    return captioned(chart, _caption(outcome, network, fired, len(shown), strip is not None))


def _main(network: SpikingConfig, fired: Spikes, shown: Array, theme: Theme) -> Drawing:
    """Time to the right from 0, neurons upwards from id 0."""
    parts = blocks(network)
    if not parts:
        raise cannot(NAME, "the network has no neurons")
    end = parts[-1].first + parts[-1].size
    y = upward(linear(-0.5, end - 0.5), alt.Axis(title="Neuron", grid=False, format="d", tickMinStep=1, tickCount=6))
    plane = Plane(time(network), y, WIDTH, HEIGHT)
    at, neuron = fired.time_ms[shown], fired.neuron[shown]
    tall = max(1.2, min(9.0, 0.8 * HEIGHT / end))
    dense = 4.0 * len(shown) * tall / (WIDTH * HEIGHT)  # how often ticks would cover the plane if spread evenly
    opacity = round(float(np.clip(1.0 - 0.25 * dense, 0.45, 1.0)), 2)
    tick: Style = {"orient": "vertical", "thickness": 1.2, "size": tall, "opacity": opacity, "clip": True}
    layers = [plane.frame(), *burn_in(network, plane, (-0.5, end - 0.5), theme, label=False)]
    for kind in (0, 1):
        low = min((block.first for block in parts if block.kind == kind), default=0)
        high = max((block.first + block.size for block in parts if block.kind == kind), default=0)
        own = (neuron >= low) & (neuron < high)
        if own.any():
            ticks = plane.on(inline(t=at[own], n=neuron[own]), "t", "n")
            layers.append(ticks.mark_tick(color=colour(kind, theme), **tick))
    for block in parts:  # the name beside the block and the line above the one below it
        if len(parts) <= 16:
            name = plane.on({"t": network.t_ms, "y": block.first + (block.size - 1) / 2}, "t", "y")
            layers.append(name.mark_text(text=block.label, align="left", dx=6, **bold(colour(block.kind, theme))))
        if block.first:
            layers.append(plane.on({"y": block.first - 0.5}, y="y").mark_rule(color=theme.muted, strokeWidth=0.8))
    return plane.layered(layers)


def _strip(outcome: Outcome, network: SpikingConfig, theme: Theme) -> Drawing | None:
    """The mean input of each population, in the least and greatest value of each column of pixels; None if not kept."""
    table = outcome.tables.get("input")
    if table is None or not table.num_rows:
        return None
    at = table.column("time_ms").to_numpy()
    rows, top, low = [], 0.0, 0.0
    for kind in sorted({block.kind for block in blocks(network)}):
        values = table.column(f"mean_{'ei'[kind]}").to_numpy()
        if not np.any(values):
            continue
        x, y = extremes(at, values, WIDTH // 2)
        top, low = max(top, float(y.max())), min(low, float(y.min()))
        rows += [{"t": float(t), "v": float(v), "colour": colour(kind, theme)} for t, v in zip(x, y, strict=True)]
    if not rows:
        return None
    domain = (low, top * 1.05 if top > 0 else 1.0)
    ends = [float(f"{v:.2g}") for v in ([low, 0.0, top] if low < 0 else [0.0, top])]
    left = alt.Axis(title=None, values=ends, grid=False, labelExpr="'' + datum.value")
    plane = Plane(time(network), upward(linear(*domain), left), WIDTH, STRIP)
    line = plane.on(rows, "t", "v").mark_line(strokeWidth=0.9, clip=True)
    text = "input (nA)" if network.neuron_model == "lif" else "input"
    end = plane.on({"x": network.t_ms}, "x").mark_text(text=text, align="left", dx=6, y=STRIP / 2, **small(theme.muted))
    own = {"color": alt.Color("colour:N", scale=None), "detail": "colour:N"}
    return plane.layered([line.encode(y=plane.y("v", True), **own), *burn_in(network, plane, domain, theme), end])


def _caption(outcome: Outcome, network: SpikingConfig, fired: Spikes, drawn: int, has_input: bool) -> Caption:
    total = len(fired.time_ms)
    thinned = f"{count(drawn)} of {count(total)} spikes drawn, evenly thinned; metrics use all"
    return Caption(
        sentence=_sentence(outcome, network, fired),
        n=total,
        what=f"one tick per spike, E below, I above{', mean input on top' if has_input else ''}",
        of="spikes",
        minimum=0.0 if total else None,
        maximum=float(fired.neuron.max()) if total else None,
        units={"x": "ms", "y": "1"},
        badges=(thinned if drawn < total else "",),
        facts=(*facts(network), f"{plain(network.t_ms)}{SPACE}ms"),
    )


def _sentence(outcome: Outcome, network: SpikingConfig, fired: Spikes) -> str:
    total = len(fired.time_ms)
    if total == 0:
        silent = "No spikes" if outcome.state in FINAL else "No spikes so far"
        why = next((str(e.payload.get("why")) for e in reversed(outcome.events) if e.kind == "no_spikes"), None)
        return f"{silent}: {why}" if why else silent
    peak = outcome.metrics.get("rhythm_peak_hz")
    if fired.so_far or peak is None:
        n_e = int(np.count_nonzero(fired.neuron < sum(block.size for block in blocks(network) if block.kind == 0)))
        return f"{count(total)} spikes{' so far' if fired.so_far else ''}: {count(n_e)} E, {count(total - n_e)} I"
    metrics = [(name, outcome.metrics.get(f"rate_{name.lower()}_hz")) for name in "EI"]
    rates = ", ".join(f"{name} {m.value:.1f}{SPACE}Hz" for name, m in metrics if m is not None and m.value is not None)
    if peak.value is not None:
        return f"Volleys at {peak.value:.1f}{SPACE}Hz; neurons fire at {rates}"
    searched = (peak.reason or "").startswith("no peak")
    why = "no peak above chance in this window" if searched else "rhythm not measured"
    return f"Neurons fire at {rates}; {why}" if rates else f"{count(total)} spikes; {why}"
