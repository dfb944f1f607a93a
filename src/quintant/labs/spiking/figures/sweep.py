"""S, sweep view: the rhythm's frequency, its power and the rates against what was varied."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from quintant.figure import Theme, cannot, captioned
from quintant.figure.number import SPACE
from quintant.figure.plane import Drawing
from quintant.figure.sweep_panel import Series, panel
from quintant.figure.swept import Axis, Swept, caption, spoken, swept
from quintant.lab import Outcome
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.figures import sweep_map
from quintant.labs.spiking.figures.circuit import facts

NAME = "sweep"
PEAK = "rhythm_peak_hz"
EXAMPLE = "quintant run spiking --sweep tau_gaba_ms=4,6,9,12"


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    sweep = swept(NAME, outcomes, SpikingConfig, EXAMPLE)
    if len(sweep.axes) == 2:
        return sweep_map.chart(sweep, theme)
    (axis,) = sweep.axes
    if len(axis.values) < 2:
        raise cannot(NAME, f"only one value of {axis.path} has been measured yet")
    peak, power = [Series(PEAK, "", theme.text)], [Series("rhythm_power", "", theme.text)]
    rates = [Series("rate_e_hz", "E", theme.series[0]), Series("rate_i_hz", "I", theme.series[1], "square")]
    panels = [
        panel(sweep, "Peak (Hz)", peak, theme, last=False, absent="no peak"),
        panel(sweep, "Peak power (Hz²)", power, theme, scale="log", last=False, absent="no peak"),
        panel(sweep, "Rate (Hz per neuron)", rates, theme),
    ]
    summary = caption(sweep, _sentence(sweep, axis), f"against {axis.label}", sweep.means(PEAK), "Hz", _facts(sweep))
    return captioned(alt.vconcat(*panels, spacing=12), summary)


def _sentence(sweep: Swept[SpikingConfig], axis: Axis) -> str:
    peaks = sweep.measured(PEAK)
    silent = [spoken(point.at[0]) for point in sweep.points if point.mean(PEAK) is None]
    if not peaks:
        return f"No peak above chance at any {axis.path}"
    (first, low), (last, high) = peaks[0], peaks[-1]
    unit = f"{SPACE}{axis.unit}" if axis.unit else ""
    sentence = f"Peak at {low:.1f}{SPACE}Hz where {axis.path} is {spoken(first)}{unit}"
    if len(peaks) > 1:
        values = f"from {spoken(first)} to {spoken(last)}{unit}"
        sentence = f"Peak from {low:.1f} to {high:.1f}{SPACE}Hz as {axis.path} goes {values}"
    return sentence + (f"; none at {', '.join(silent[:4])}{' …' if len(silent) > 4 else ''}" if silent else "")


def _facts(sweep: Swept[SpikingConfig]) -> tuple[str, ...]:
    """What is the same at all points."""
    paths = [axis.path for axis in sweep.axes]
    varied = ["τ GABA"] if any("tau_gaba" in path for path in paths) else []
    varied += ["dt "] if "dt_ms" in paths else []
    sizes = any(path in ("n_e", "n_i") or path.startswith("populations") for path in paths)
    first, *rest = facts(sweep.config)
    rest = rest[1:] if "neuron_model" in paths else rest
    return tuple(fact for fact in (rest if sizes else (first, *rest)) if not any(fact.startswith(word) for word in varied))
