"""P5, membrane potential of the recorded neurons, with threshold, reset and spikes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, cannot, captioned, span
from quintant.figure.decimation import extremes
from quintant.figure.inline import inline
from quintant.figure.lettering import bold
from quintant.figure.number import SPACE, count
from quintant.figure.plane import Drawing, Plane, linear, upward
from quintant.lab import Outcome
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.figures.circuit import Block, blocks, colour, config, facts
from quintant.labs.spiking.figures.spikes import Array, columns, spikes
from quintant.labs.spiking.figures.strip import burn_in, time

NAME = "membrane"
WIDTH, HEIGHT = 540, 130
MOST = 4
"""More recorded neurons: the first ones of each population."""
UNBOUNDED = ("hh", "connor_stevens", "fitzhugh")
"""Models that come down by themselves: nothing is reset, and V shows its own spikes."""


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    (outcome,) = outcomes
    model = config(outcome)
    traces = columns(NAME, outcome, "traces")
    recorded = list(dict.fromkeys(traces["neuron"].tolist()))
    if not recorded:
        raise cannot(NAME, f"no neuron of run {outcome.run_id} was recorded")
    chosen = _chosen(recorded, blocks(model))
    fired = spikes(NAME, outcome) if "spikes" in outcome.tables else None
    panels, counts, decimated = [], [], False
    for place, (neuron, block) in enumerate(chosen):
        own = traces["neuron"] == neuron
        times = fired.time_ms[fired.neuron == neuron] if fired is not None else np.empty(0)
        trace = _Trace(_named(block, neuron), block, traces["time_ms"][own], traces["v_mv"][own], times)
        decimated |= len(trace.time) > 2 * WIDTH
        counts.append(f"{trace.name}: {count(len(times))} spike{'' if len(times) == 1 else 's'}")
        panels.append(_panel(model, trace, place == 0, place == len(chosen) - 1, theme))
    caption = Caption(
        sentence=", ".join(counts[:2]) + ("" if len(counts) <= 2 else f" and {len(counts) - 2} more"),
        what=_what(model),
        n=len(chosen),
        of="neurons",
        badges=(
            "least and greatest value of each pixel column drawn" if decimated else "",
            f"{len(chosen)} of {len(recorded)} recorded neurons drawn" if len(chosen) < len(recorded) else "",
        ),
        facts=facts(model),
        **span(traces["v_mv"], x="ms", y="mV"),
    )
    return captioned(alt.vconcat(*panels, spacing=16), caption)


@dataclass(frozen=True)
class _Trace:
    """One recorded neuron: `time` [n] in ms, `v` [n] in mV, `spikes` [m] in ms."""

    name: str
    block: Block
    time: Array
    v: Array
    spikes: Array


def threshold(model: SpikingConfig) -> tuple[float, str]:
    """Where a spike is counted, and its name."""
    if model.neuron_model == "adex":
        return model.adex_v_peak_mv, "cut"
    return model.v_th_mv, "mean threshold" if model.v_th_spread_mv else "threshold"


def reset(model: SpikingConfig) -> float | None:
    """Where V is set after a spike; None for models that reset nothing."""
    if model.neuron_model in UNBOUNDED:
        return None
    return model.izh_c_mv if model.neuron_model == "izhikevich" else model.v_reset_mv


def _chosen(recorded: Sequence[int], parts: Sequence[Block]) -> list[tuple[int, Block]]:
    """At most four: one of each population in turn, then the next of each; I above E, as in the raster."""
    by_block = [[(n, part) for n in recorded if part.first <= n < part.first + part.size] for part in parts]
    turns = [own[turn] for turn in range(max(map(len, by_block), default=0)) for own in by_block if turn < len(own)]
    return sorted(turns[:MOST], key=lambda pair: -pair[0])


def _named(block: Block, neuron: int) -> str:
    return f"{block.name} neuron {neuron}" if block.name in ("E", "I") else f"neuron {neuron} of population {block.name}"


def _what(model: SpikingConfig) -> str:
    level, name = threshold(model)
    back = reset(model)
    what = f"V of recorded neurons, {name} dashed at {level:g}{SPACE}mV"
    what += f", reset dotted at {back:g}{SPACE}mV" if back is not None else ""
    return what + ("" if model.neuron_model in UNBOUNDED else ", spikes as ticks above")


def _panel(model: SpikingConfig, trace: _Trace, first: bool, last: bool, theme: Theme) -> alt.LayerChart:
    level, back = threshold(model)[0], reset(model)
    ends = [float(trace.v.min()), float(trace.v.max()), level, *([back] if back is not None else [])]
    low, high = min(ends), max(ends)
    rise = high - low or 1.0
    ticks = model.neuron_model not in UNBOUNDED
    domain = (low - 0.05 * rise, high + (0.34 if ticks else 0.08) * rise)
    y = upward(linear(*domain, zero=False), alt.Axis(title="V (mV)", tickCount=4, grid=False))
    plane = Plane(time(model, "Time (ms)" if last else None, labels=last), y, WIDTH, HEIGHT)
    hue = colour(trace.block.kind, theme)
    layers = [plane.frame(0, low), *burn_in(model, plane, domain, theme, label=first)]
    layers.append(plane.on({"y": level}, y="y").mark_rule(strokeDash=[6, 4], color=theme.muted, strokeWidth=1))
    if back is not None:
        layers.append(plane.on({"y": back}, y="y").mark_rule(strokeDash=[1, 3], color=theme.muted, strokeWidth=1.2))
    t, v = extremes(trace.time, trace.v, WIDTH)
    layers.append(plane.on(inline(t=t, v=v), "t", "v").mark_line(color=hue, strokeWidth=1.1, strokeJoin="round"))
    n = len(trace.spikes)
    if ticks and n:
        marks = inline(t=trace.spikes, low=np.full(n, high + 0.1 * rise), high=np.full(n, high + 0.3 * rise))
        layers.append(plane.on(marks, "t", ("low", "high")).mark_rule(color=hue, strokeWidth=1.2))
    end = plane.on({"t": model.t_ms}, "t")
    layers.append(end.mark_text(text=trace.name, align="right", baseline="bottom", y=-3, **bold(hue)))
    return plane.layered(layers)
