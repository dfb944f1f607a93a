"""P1, raster: every spike by time and neuron, E block below, I block above, the input's course on top."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, cannot, captioned
from quintant.figure.columns import FINAL
from quintant.figure.decimation import extremes, positions
from quintant.figure.inline import inline
from quintant.figure.number import SPACE, count, plain
from quintant.lab import Outcome
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.figures.circuit import Block, blocks, burn_in_ms, colour, config, facts
from quintant.labs.spiking.figures.spikes import Spikes, spikes
from quintant.labs.spiking.figures.strip import burn_in

NAME = "raster"
WIDTH, HEIGHT, STRIP = 520, 330, 26
MOST_SPIKES = 30_000
"""More are thinned evenly over time, and the badge says so."""


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    (outcome,) = outcomes
    given = config(outcome)
    found = spikes(NAME, outcome)
    shown = positions(len(found.time_ms), MOST_SPIKES)
    plane = _Plane(given, theme)
    strip = _strip(outcome, plane)
    parts = [strip, _spikes(found, shown, plane)]
    chart = alt.vconcat(*(part for part in parts if part is not None), spacing=6)
    return captioned(chart, _caption(outcome, given, found, len(shown), strip is not None))


class _Plane:
    """Time to the right from 0, neurons upwards from id 0."""

    def __init__(self, given: SpikingConfig, theme: Theme) -> None:
        self.given, self.theme = given, theme
        self.blocks = blocks(given)
        if not self.blocks:
            raise cannot(NAME, "the network has no neurons")
        self.end = self.blocks[-1].first + self.blocks[-1].size

    def x(self, field: str, axis: bool = False) -> alt.X:
        shown = alt.Axis(title="Time (ms)", grid=False, tickCount=8, format="~f") if axis else None
        return alt.X(f"{field}:Q", axis=shown, scale=alt.Scale(domain=[0, self.given.t_ms], nice=False))

    def y(self, field: str, axis: bool = False) -> alt.Y:
        shown = alt.Axis(title="Neuron", grid=False, format="d", tickMinStep=1, tickCount=6) if axis else None
        return alt.Y(f"{field}:Q", axis=shown, scale=alt.Scale(domain=[-0.5, self.end - 0.5], nice=False))


def _spikes(found: Spikes, shown: Any, plane: _Plane) -> Any:
    theme, given = plane.theme, plane.given
    time, neuron = found.time_ms[shown], found.neuron[shown]
    tall = max(1.2, min(9.0, 0.8 * HEIGHT / plane.end))
    dense = 4.0 * len(shown) * tall / (WIDTH * HEIGHT)  # how often ticks would cover the plane if spread evenly
    opacity = round(float(np.clip(1.0 - 0.25 * dense, 0.45, 1.0)), 2)
    frame = (
        alt.Chart(alt.Data(values=[{"x": 0, "y": 0}]))
        .mark_point(opacity=0)
        .encode(x=plane.x("x", axis=True), y=plane.y("y", axis=True))
    )
    layers: list[Any] = [frame]
    layers += burn_in(
        burn_in_ms(given), given.t_ms, (-0.5, plane.end - 0.5), (WIDTH, HEIGHT), plane.x, plane.y, theme, label=False
    )
    for kind in (0, 1):
        low = min((one.first for one in plane.blocks if one.kind == kind), default=0)
        high = max((one.first + one.size for one in plane.blocks if one.kind == kind), default=0)
        own = (neuron >= low) & (neuron < high)
        if own.any():
            layers.append(
                alt.Chart(inline(t=time[own], n=neuron[own]))
                .mark_tick(orient="vertical", thickness=1.2, size=tall, color=colour(kind, theme), opacity=opacity, clip=True)
                .encode(x=plane.x("t"), y=plane.y("n"))
            )
    for one in plane.blocks:
        layers += _block(one, plane)
    return alt.layer(*layers, width=WIDTH, height=HEIGHT).resolve_axis(x="independent", y="independent")


def _block(one: Block, plane: _Plane) -> list[alt.Chart]:
    """The name beside the block and the line above the one below it."""
    rows = [{"t": plane.given.t_ms, "y": one.first + (one.size - 1) / 2}]
    layers = []
    if len(plane.blocks) <= 16:
        layers.append(
            alt.Chart(alt.Data(values=rows))
            .mark_text(text=one.label, align="left", dx=6, fontSize=11, fontWeight="bold", color=colour(one.kind, plane.theme))
            .encode(x=plane.x("t"), y=plane.y("y"))
        )
    if one.first:
        edge = alt.Chart(alt.Data(values=[{"y": one.first - 0.5}]))
        layers.append(edge.mark_rule(color=plane.theme.muted, strokeWidth=0.8).encode(y=plane.y("y")))
    return layers


def _strip(outcome: Outcome, plane: _Plane) -> Any:
    """The mean input of each population, in the least and greatest value of each column of pixels; None if not kept."""
    table = outcome.tables.get("input")
    if table is None or not table.num_rows:
        return None
    time = table.column("time_ms").to_numpy()
    theme, given = plane.theme, plane.given
    rows, top, low = [], 0.0, 0.0
    for kind, name in ((0, "mean_e"), (1, "mean_i")):
        if not any(one.kind == kind for one in plane.blocks):
            continue
        values = table.column(name).to_numpy()
        if not np.any(values):
            continue
        x, y = extremes(time, values, WIDTH // 2)
        top, low = max(top, float(y.max())), min(low, float(y.min()))
        rows += [{"t": float(t), "v": float(v), "colour": colour(kind, theme)} for t, v in zip(x, y, strict=True)]
    if not rows:
        return None
    scale = alt.Scale(domain=[low, top * 1.05 if top > 0 else 1.0], nice=False)
    ends = [low, 0.0, top] if low < 0 else [0.0, top]
    axis = alt.Axis(title=None, values=[float(f"{v:.2g}") for v in ends], grid=False, labelExpr="'' + datum.value")
    y = alt.Y("v:Q", scale=scale, axis=axis)

    def bare(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", scale=scale, axis=None)

    line = (
        alt.Chart(alt.Data(values=rows))
        .mark_line(strokeWidth=0.9, clip=True)
        .encode(x=plane.x("t"), y=y, color=alt.Color("colour:N", scale=None), detail="colour:N")
    )
    words = (
        alt.Chart(alt.Data(values=[{"x": given.t_ms}]))
        .mark_text(
            text="input (nA)" if given.neuron_model == "lif" else "input",
            align="left",
            dx=6,
            y=STRIP / 2,
            fontSize=10,
            color=theme.muted,
        )
        .encode(x=plane.x("x"))
    )
    hatched = burn_in(
        burn_in_ms(given), given.t_ms, (low, top * 1.05 if top > 0 else 1.0), (WIDTH, STRIP), plane.x, bare, theme
    )
    return alt.layer(line, *hatched, words, width=WIDTH, height=STRIP).resolve_axis(x="independent", y="independent")


def _caption(outcome: Outcome, given: SpikingConfig, found: Spikes, drawn: int, has_input: bool) -> Caption:
    total = len(found.time_ms)
    badges = []
    if drawn < total:
        badges.append(f"{count(drawn)} of {count(total)} spikes drawn, evenly thinned; metrics use all")
    rates = {kind: outcome.metrics.get(f"rate_{kind}_hz") for kind in ("e", "i")}
    counted = [found.neuron < sum(one.size for one in blocks(given) if one.kind == 0)]
    spoken = [
        f"{name} {metric.value:.1f}{SPACE}Hz"
        for name, metric in (("E", rates["e"]), ("I", rates["i"]))
        if metric is not None and metric.value is not None
    ]
    peak = outcome.metrics.get("gamma_peak_hz")
    if total == 0:
        sentence = "No spikes" if outcome.state in FINAL else "No spikes so far"
        why = next((str(e.payload.get("why")) for e in reversed(outcome.events) if e.kind == "no_spikes"), None)
        sentence = f"{sentence}: {why}" if why else sentence
    elif found.so_far or peak is None:
        n_e = int(np.count_nonzero(counted[0]))
        sentence = f"{count(total)} spikes{' so far' if found.so_far else ''}: {count(n_e)} E, {count(total - n_e)} I"
    elif peak.value is not None:
        sentence = f"Volleys at {peak.value:.1f}{SPACE}Hz; neurons fire at {', '.join(spoken)}"
    else:
        looked = (peak.reason or "").startswith(("no peak", "no rhythm"))
        why = "no rhythm above background" if looked else "rhythm not measured"
        sentence = f"Neurons fire at {', '.join(spoken)}; {why}" if spoken else f"{count(total)} spikes; {why}"
    return Caption(
        sentence=sentence,
        n=total,
        what=f"one tick per spike, E below, I above{', mean input on top' if has_input else ''}",
        of="spikes",
        minimum=0.0 if total else None,
        maximum=float(found.neuron.max()) if total else None,
        units={"x": "ms", "y": "1"},
        badges=tuple(badges),
        facts=(*facts(given), f"{plain(given.t_ms)}{SPACE}ms"),
    )
