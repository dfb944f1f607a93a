"""S, sweep view: the rhythm's frequency, its power and the rates against what was varied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned
from quintant.figure.number import SPACE
from quintant.figure.sweep_panel import Series, panel
from quintant.figure.swept import Axis, Swept, band, spoken, swept
from quintant.lab import Outcome
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.figures import sweep_map
from quintant.labs.spiking.figures.circuit import facts

NAME = "sweep"
PEAK = "gamma_peak_hz"
EXAMPLE = "quintant run spiking --sweep tau_gaba_ms=4,6,9,12"


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    found = swept(NAME, outcomes, SpikingConfig, EXAMPLE)
    if len(found.axes) == 2:
        return sweep_map.chart(found, theme)
    (axis,) = found.axes
    if len(axis.values) < 2:
        raise cannot(NAME, f"only one value of {axis.path} has been measured yet")
    rates = [Series("rate_e_hz", "E", theme.series[0]), Series("rate_i_hz", "I", theme.series[1], "square")]
    panels = [
        panel(found, "Peak (Hz)", [Series(PEAK, "", theme.text)], theme, last=False, absent="no peak"),
        panel(
            found,
            "Peak power (Hz²/Hz)",
            [Series("gamma_power", "", theme.text)],
            theme,
            scale="log",
            last=False,
            absent="no peak",
        ),
        panel(found, "Rate (Hz per neuron)", rates, theme),
    ]
    peaks = [point.estimate(PEAK).mean for point in found.points]
    known = [peak for peak in peaks if peak is not None]
    return captioned(
        alt.vconcat(*panels, spacing=12),
        Caption(
            sentence=_sentence(found, axis),
            what=f"against {axis.label}",
            band=band(found.points),
            n=sum(len(point.outcomes) for point in found.points),
            of="runs",
            units={"x": axis.unit or "1", "y": "Hz"},
            minimum=min(known, default=None),
            maximum=max(known, default=None),
            badges=found.badges,
            facts=_facts(found),
        ),
    )


def _sentence(found: Swept[SpikingConfig], axis: Axis) -> str:
    peaks = [(point.at[0], point.estimate(PEAK).mean) for point in found.points]
    known = [(at, peak) for at, peak in peaks if peak is not None]
    silent = [spoken(at) for at, peak in peaks if peak is None]
    if not known:
        return f"No peak above background at any {axis.path}"
    (first, low), (last, high) = known[0], known[-1]
    unit = f"{SPACE}{axis.unit}" if axis.unit else ""
    told = f"Peak at {low:.1f}{SPACE}Hz where {axis.path} is {spoken(first)}{unit}"
    if len(known) > 1:
        told = f"Peak from {low:.1f} to {high:.1f}{SPACE}Hz as {axis.path} goes from {spoken(first)} to {spoken(last)}{unit}"
    return told + (f"; none at {', '.join(silent[:4])}{' …' if len(silent) > 4 else ''}" if silent else "")


def _facts(found: Swept[SpikingConfig]) -> tuple[str, ...]:
    """What is the same at all points."""
    shared = ["τ GABA"] if any("tau_gaba" in axis.path for axis in found.axes) else []
    shared += ["dt "] if any(axis.path == "dt_ms" for axis in found.axes) else []
    sizes = any(axis.path in ("n_e", "n_i") or axis.path.startswith("populations") for axis in found.axes)
    model = any(axis.path == "neuron_model" for axis in found.axes)
    kept = facts(found.config)
    kept = kept[2 if model else 1 :] if sizes else (kept[0], *kept[2 if model else 1 :])
    return tuple(fact for fact in kept if not any(fact.startswith(word) for word in shared))
