"""P5, membrane potential of the recorded neurons, with threshold, reset and spikes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, cannot, captioned
from quintant.figure.decimation import extremes
from quintant.figure.inline import inline
from quintant.figure.number import SPACE, count
from quintant.lab import Outcome
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.figures.circuit import Block, blocks, burn_in_ms, colour, config, facts
from quintant.labs.spiking.figures.spikes import Array, columns, spikes
from quintant.labs.spiking.figures.strip import burn_in

NAME = "membrane"
WIDTH, HEIGHT = 540, 130
MOST = 4
"""More recorded neurons: the first ones of each population."""
UNBOUNDED = ("hh", "connor_stevens", "fitzhugh")
"""Models that come down by themselves: nothing is reset, and V shows its own spikes."""


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    (outcome,) = outcomes
    given = config(outcome)
    found = columns(NAME, outcome, "traces")
    recorded = list(dict.fromkeys(found["neuron"].tolist()))
    if not recorded:
        raise cannot(NAME, f"no neuron of run {outcome.run_id} was recorded")
    chosen = _chosen(recorded, blocks(given))
    fired = spikes(NAME, outcome) if "spikes" in outcome.tables else None
    panels, told, decimated = [], [], False
    for place, (neuron, block) in enumerate(chosen):
        own = found["neuron"] == neuron
        time, v = found["time_ms"][own], found["v_mv"][own]
        times = fired.time_ms[fired.neuron == neuron] if fired is not None else np.empty(0)
        decimated |= len(time) > 2 * WIDTH
        told.append(f"{_named(block, neuron)}: {count(len(times))} spike{'' if len(times) == 1 else 's'}")
        panels.append(_panel(given, block, neuron, time, v, times, place == 0, place == len(chosen) - 1, theme))
    v = found["v_mv"]
    badges = ["least and greatest value of each pixel column drawn"] if decimated else []
    if len(chosen) < len(recorded):
        badges.append(f"{len(chosen)} of {len(recorded)} recorded neurons drawn")
    return captioned(
        alt.vconcat(*panels, spacing=16),
        Caption(
            sentence=", ".join(told[:2]) + ("" if len(told) <= 2 else f" and {len(told) - 2} more"),
            what=_what(given),
            n=len(chosen),
            of="neurons",
            units={"x": "ms", "y": "mV"},
            minimum=float(v.min()),
            maximum=float(v.max()),
            badges=tuple(badges),
            facts=facts(given),
        ),
    )


def threshold(given: SpikingConfig) -> tuple[float, str]:
    """Where a spike is counted, and its name."""
    if given.neuron_model == "adex":
        return given.adex_v_peak_mv, "cut"
    return given.v_th_mv, "mean threshold" if given.v_th_spread_mv else "threshold"


def reset(given: SpikingConfig) -> float | None:
    """Where V is set after a spike; None for models that reset nothing."""
    if given.neuron_model in UNBOUNDED:
        return None
    return given.izh_c_mv if given.neuron_model == "izhikevich" else given.v_reset_mv


def _chosen(recorded: Sequence[int], found: Sequence[Block]) -> list[tuple[int, Block]]:
    """At most four: one of each population in turn, then the next of each; I above E, as in the raster."""
    by_block = [[(n, one) for n in recorded if one.first <= n < one.first + one.size] for one in found]
    turns = [own[turn] for turn in range(max(map(len, by_block), default=0)) for own in by_block if turn < len(own)]
    return sorted(turns[:MOST], key=lambda pair: -pair[0])


def _named(block: Block, neuron: int) -> str:
    return f"{block.name} neuron {neuron}" if block.name in ("E", "I") else f"neuron {neuron} of population {block.name}"


def _what(given: SpikingConfig) -> str:
    level, name = threshold(given)
    back = reset(given)
    words = f"V of recorded neurons, {name} dashed at {level:g}{SPACE}mV"
    words += f", reset dotted at {back:g}{SPACE}mV" if back is not None else ""
    return words + ("" if given.neuron_model in UNBOUNDED else ", spikes as ticks above")


def _panel(
    given: SpikingConfig, block: Block, neuron: int, time: Array, v: Array, times: Array, first: bool, last: bool, theme: Theme
) -> Any:
    level, back = threshold(given)[0], reset(given)
    ends = [float(v.min()), float(v.max()), level, *([back] if back is not None else [])]
    low, high = min(ends), max(ends)
    span = high - low or 1.0
    ticks = given.neuron_model not in UNBOUNDED
    domain = (low - 0.05 * span, high + (0.34 if ticks else 0.08) * span)

    def x(field: str, axis: bool = False) -> alt.X:
        title = "Time (ms)" if last else None
        shown = alt.Axis(title=title, labels=last, grid=False, tickCount=8, format="~f") if axis else None
        return alt.X(f"{field}:Q", axis=shown, scale=alt.Scale(domain=[0, given.t_ms], nice=False))

    def y(field: str, axis: bool = False) -> alt.Y:
        shown = alt.Axis(title="V (mV)", tickCount=4, grid=False) if axis else None
        return alt.Y(f"{field}:Q", axis=shown, scale=alt.Scale(domain=list(domain), nice=False, zero=False))

    hue = colour(block.kind, theme)
    t, shown = extremes(time, v, WIDTH)
    layers: list[Any] = [
        alt.Chart(alt.Data(values=[{"x": 0, "y": low}])).mark_point(opacity=0).encode(x=x("x", axis=True), y=y("y", axis=True))
    ]
    layers += burn_in(burn_in_ms(given), given.t_ms, domain, (WIDTH, HEIGHT), x, y, theme, label=first)
    rule = alt.Chart(alt.Data(values=[{"y": level}]))
    layers.append(rule.mark_rule(strokeDash=[6, 4], color=theme.muted, strokeWidth=1).encode(y=y("y")))
    if back is not None:
        layers.append(
            alt.Chart(alt.Data(values=[{"y": back}]))
            .mark_rule(strokeDash=[1, 3], color=theme.muted, strokeWidth=1.2)
            .encode(y=y("y"))
        )
    layers.append(
        alt.Chart(inline(t=t, v=shown)).mark_line(color=hue, strokeWidth=1.1, strokeJoin="round").encode(x=x("t"), y=y("v"))
    )
    if ticks and len(times):
        bottom, top = np.full(len(times), high + 0.1 * span), np.full(len(times), high + 0.3 * span)
        layers.append(
            alt.Chart(inline(t=times, low=bottom, high=top))
            .mark_rule(color=hue, strokeWidth=1.2)
            .encode(x=x("t"), y=y("low"), y2="high:Q")
        )
    layers.append(
        alt.Chart(alt.Data(values=[{"t": given.t_ms}]))
        .mark_text(
            text=_named(block, neuron), align="right", baseline="bottom", y=-3, fontSize=11, fontWeight="bold", color=hue
        )
        .encode(x=x("t"))
    )
    return alt.layer(*layers, width=WIDTH, height=HEIGHT).resolve_axis(x="independent", y="independent")
