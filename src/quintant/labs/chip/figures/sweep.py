"""Sweep view: activity, synaptic work, energy and accuracy against what was varied; two keys give a heat map, and runs that
differ in nothing but their seed the rate of each population."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from quintant.figure import Theme, cannot, captioned
from quintant.figure.number import SPACE
from quintant.figure.plane import Drawing
from quintant.figure.replicates import fold
from quintant.figure.sweep_map import cells
from quintant.figure.sweep_panel import Series, panel
from quintant.figure.swept import Axis, Swept, caption, spoken, swept
from quintant.lab import Outcome
from quintant.labs.chip.config import ChipConfig
from quintant.labs.chip.figures import replicates
from quintant.labs.chip.figures.populations import facts, shortened
from quintant.statistics import Scale

NAME = "sweep"
EXAMPLE = "quintant run chip --sweep connections.0.weight=200,400,600"
RATE = "rate"
MOST_LINES = 5


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    folded = fold(outcomes, ChipConfig)
    if len(folded) == 1:
        return replicates.chart(NAME, folded[0], theme)
    sweep = swept(NAME, outcomes, ChipConfig, EXAMPLE)
    metric = "accuracy" if sweep.means("accuracy") else RATE
    if len(sweep.axes) == 2:
        return _map(sweep, metric, theme)
    (axis,) = sweep.axes
    if len(axis.values) < 2:
        raise cannot(NAME, f"only one value of {axis.path} has been measured yet")
    what = f"against {axis.label}; energy is an estimate"
    summary = caption(sweep, _sentence(sweep, axis, metric), what, sweep.means(metric), "1", _shared(sweep))
    return captioned(alt.vconcat(*_panels(sweep, theme), spacing=14), summary)


def _panels(sweep: Swept[ChipConfig], theme: Theme) -> list[Drawing]:
    def single(metric: str) -> list[Series]:
        return [Series(metric, "", theme.text)]

    def scale(values: Sequence[float]) -> Scale:
        return "log" if min(values, default=0) > 0 else "linear"

    labels = [population.label for population in sweep.config.populations]
    rates = single(RATE)
    if 1 < len(labels) <= MOST_LINES and all(sweep.means(f"{RATE}_{label}") for label in labels):
        rates = [
            Series(f"{RATE}_{label}", shortened(label, 14), theme.colour(place), theme.shape(place))
            for place, label in enumerate(labels)
        ]
    events, energy = sweep.means("synaptic_events"), sweep.means("energy_nj")
    rows: list[tuple[str, list[Series], Scale]] = [("Spikes per neuron and step", rates, "linear")]
    if sweep.means("accuracy"):
        rows.insert(0, ("Accuracy", single("accuracy"), "linear"))
    rows.append(("Synaptic events", single("synaptic_events"), scale(events)))
    if energy:
        rows.append(("Energy, ESTIMATE (nJ)", single("energy_nj"), scale(energy)))
    return [
        panel(sweep, title, series, theme, scale=scale, last=at == len(rows) - 1, width=480, height=116)
        for at, (title, series, scale) in enumerate(rows)
    ]


def _sentence(sweep: Swept[ChipConfig], axis: Axis, metric: str) -> str:
    means = sweep.measured(metric)
    if not means:
        return f"Nothing was measured over {axis.path}"
    (first, begin), (last, end) = means[0], means[-1]
    unit = f"{SPACE}{axis.unit}" if axis.unit else ""
    name = "Accuracy" if metric == "accuracy" else "Spikes per neuron and step"
    if len(means) == 1:
        return f"{name} {begin:.3g} where {axis.path} is {spoken(first)}{unit}"
    return f"{name} from {begin:.3g} to {end:.3g} as {axis.path} goes from {spoken(first)} to {spoken(last)}{unit}"


def _map(sweep: Swept[ChipConfig], metric: str, theme: Theme) -> Drawing:
    across, up = sweep.axes
    name = "accuracy" if metric == "accuracy" else "spikes per neuron and step"
    map = cells(sweep, metric, name, theme, label="{:.2g}".format)
    sentence = f"No {name} was measured"
    if map.values:
        low, high = min(map.values), max(map.values)
        sentence = f"{name.capitalize()} from {low:.3g} to {high:.3g} over {across.path} and {up.path}"
    what = f"mean {name}, hatched: not measured, empty: not run"
    return captioned(map.chart, caption(sweep, sentence, what, map.values, "1", _shared(sweep), band=map.n))


def _shared(sweep: Swept[ChipConfig]) -> tuple[str, ...]:
    """Facts that all points share: none that a swept key may have changed."""
    paths = [path for axis in sweep.axes for path in (axis.path, *axis.also)]
    top = {path.partition(".")[0] for path in paths}
    keys_by_word = {
        "neuron": {"populations"},
        "steps": {"timesteps", "samples"},
        "ms a step": {"step_ms"},
        "learning": {"plasticity"},
        "STDP": {"plasticity"},
        "graded": {"graded"},
    }
    changed = [word for word, keys in keys_by_word.items() if keys & top]
    return (*(fact for fact in facts(sweep.config) if not any(word in fact for word in changed)), *_members(sweep))


def _members(sweep: Swept[ChipConfig]) -> list[str]:
    """Which connection or population a swept index means, where all points have the same."""
    members = []
    for path in dict.fromkeys(".".join(axis.path.split(".")[:2]) for axis in sweep.axes):
        kind, _, place = path.partition(".")
        if kind == "connections" and place.isdecimal():
            connection = sweep.config.connections[int(place)]
            members.append(f"{path}: {shortened(connection.source)} → {shortened(connection.target)}")
        elif kind == "populations" and place.isdecimal():
            members.append(f"{path}: {shortened(sweep.config.populations[int(place)].label)}")
    return members
