"""Sweep view: activity, synaptic work, energy and accuracy against what was varied; two keys give a heat map, and runs that
differ in nothing but their seed the rate of each population."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned
from quintant.figure.number import SPACE
from quintant.figure.replicates import fold
from quintant.figure.sweep_map import cells
from quintant.figure.sweep_panel import Series, panel
from quintant.figure.swept import Axis, Swept, band, spoken, swept
from quintant.lab import Outcome
from quintant.labs.chip.config import ChipConfig
from quintant.labs.chip.figures import replicates
from quintant.labs.chip.figures.populations import facts, shortened

NAME = "sweep"
EXAMPLE = "quintant run chip --sweep connections.0.weight=200,400,600"
RATE = "rate"
MOST_LINES = 5


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    folded = fold(outcomes, ChipConfig)
    if len(folded) == 1:
        return replicates.chart(NAME, folded[0], theme)
    found = swept(NAME, outcomes, ChipConfig, EXAMPLE)
    measured = "accuracy" if _has(found, "accuracy") else RATE
    if len(found.axes) == 2:
        return _map(found, measured, theme)
    (axis,) = found.axes
    if len(axis.values) < 2:
        raise cannot(NAME, f"only one value of {axis.path} has been measured yet")
    known = _means(found, measured)
    return captioned(
        alt.vconcat(*_panels(found, theme), spacing=14),
        Caption(
            sentence=_sentence(found, axis, measured),
            what=f"against {axis.label}; energy is an estimate",
            band=band(found.points),
            n=sum(len(point.outcomes) for point in found.points),
            of="runs",
            units={"x": axis.unit or "1", "y": "1"},
            minimum=min(known, default=None),
            maximum=max(known, default=None),
            badges=found.badges,
            facts=_shared(found),
        ),
    )


def _panels(found: Swept[ChipConfig], theme: Theme) -> list[Any]:
    labels = [one.label for one in found.config.populations]
    lines = [Series(RATE, "", theme.text)]
    if 1 < len(labels) <= MOST_LINES and all(_has(found, f"{RATE}_{label}") for label in labels):
        lines = [
            Series(f"{RATE}_{label}", shortened(label, 14), theme.colour(place), theme.shape(place))
            for place, label in enumerate(labels)
        ]
    rows: list[tuple[str, list[Series], Any]] = []
    if _has(found, "accuracy"):
        rows.append(("Accuracy", [Series("accuracy", "", theme.text)], "linear"))
    rows.append(("Spikes per neuron and step", lines, "linear"))
    events = _means(found, "synaptic_events")
    rows.append(
        ("Synaptic events", [Series("synaptic_events", "", theme.text)], "log" if min(events, default=0) > 0 else "linear")
    )
    energy = _means(found, "energy_nj")
    if energy:
        rows.append(("Energy, ESTIMATE (nJ)", [Series("energy_nj", "", theme.text)], "log" if min(energy) > 0 else "linear"))
    return [
        panel(found, title, series, theme, scale=scale, last=at == len(rows) - 1, width=480, height=116)
        for at, (title, series, scale) in enumerate(rows)
    ]


def _has(found: Swept[ChipConfig], metric: str) -> bool:
    return any(point.estimate(metric).n for point in found.points)


def _means(found: Swept[ChipConfig], metric: str) -> list[float]:
    return [mean for point in found.points if (mean := point.estimate(metric).mean) is not None]


def _sentence(found: Swept[ChipConfig], axis: Axis, metric: str) -> str:
    told = [(point.at[0], mean) for point in found.points if (mean := point.estimate(metric).mean) is not None]
    if not told:
        return f"Nothing was measured over {axis.path}"
    (first, begin), (last, end) = told[0], told[-1]
    unit = f"{SPACE}{axis.unit}" if axis.unit else ""
    name = "Accuracy" if metric == "accuracy" else "Spikes per neuron and step"
    if len(told) == 1:
        return f"{name} {begin:.3g} where {axis.path} is {spoken(first)}{unit}"
    return f"{name} from {begin:.3g} to {end:.3g} as {axis.path} goes from {spoken(first)} to {spoken(last)}{unit}"


def _map(found: Swept[ChipConfig], metric: str, theme: Theme) -> Any:
    across, up = found.axes
    name = "accuracy" if metric == "accuracy" else "spikes per neuron and step"
    drawn = cells(found, metric, name, theme, label="{:.2g}".format)
    sentence = f"No {name} was measured"
    if drawn.values:
        low, high = min(drawn.values), max(drawn.values)
        sentence = f"{name.capitalize()} from {low:.3g} to {high:.3g} over {across.path} and {up.path}"
    return captioned(
        drawn.chart,
        Caption(
            sentence=sentence,
            what=f"mean {name}, hatched: not measured, empty: not run",
            band=drawn.n,
            units={"x": across.unit or "1", "y": "1"},
            n=sum(len(point.outcomes) for point in found.points),
            of="runs",
            minimum=min(drawn.values, default=None),
            maximum=max(drawn.values, default=None),
            badges=found.badges,
            facts=_shared(found),
        ),
    )


def _shared(found: Swept[ChipConfig]) -> tuple[str, ...]:
    """Facts that all points share: none that a swept key may have changed."""
    top = {axis.path.partition(".")[0] for axis in found.axes} | {
        key.partition(".")[0] for axis in found.axes for key in axis.also
    }
    told_by = {
        "neuron": {"populations"},
        "steps": {"timesteps", "samples"},
        "ms a step": {"step_ms"},
        "learning": {"plasticity"},
    }
    told_by |= {"STDP": {"plasticity"}, "graded": {"graded"}, "neurons": {"populations"}}
    kept = [fact for fact in facts(found.config) if not any(word in fact and keys & top for word, keys in told_by.items())]
    return (*kept, *_who(found))


def _who(found: Swept[ChipConfig]) -> list[str]:
    """Which connection or population a swept index means, where all points have the same."""
    told = []
    for path in dict.fromkeys(".".join(axis.path.split(".")[:2]) for axis in found.axes):
        kind, _, place = path.partition(".")
        if kind == "connections" and place.isdecimal():
            one = found.config.connections[int(place)]
            told.append(f"{path}: {shortened(one.source)} → {shortened(one.target)}")
        elif kind == "populations" and place.isdecimal():
            told.append(f"{path}: {shortened(found.config.populations[int(place)].label)}")
    return told
