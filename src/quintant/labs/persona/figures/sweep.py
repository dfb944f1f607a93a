"""Sweep view: the mean change of each questionnaire against what was varied; two keys give a heat map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned
from quintant.figure.number import SPACE
from quintant.figure.sweep_map import cells
from quintant.figure.sweep_panel import Series, panel
from quintant.figure.swept import Swept, band, spoken, swept
from quintant.lab import Outcome
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.figures.arms import listed, points
from quintant.labs.persona.figures.sessions import scores
from quintant.labs.persona.results import NOTICE, SHORT

NAME = "sweep"
EXAMPLE = "quintant run persona --sweep condition=CONTROL,STRESS,TRAUMA"
ORDER = ("CONTROL", "MINIMAL", "NEUTRAL", "STRESS", "TRAUMA")
METRIC = "phq9_change"


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    found = swept(NAME, sorted(outcomes, key=_place), PersonaConfig, EXAMPLE)
    if len(found.axes) == 2:
        return _map(found, theme)
    (axis,) = found.axes
    if len(axis.values) < 2:
        raise cannot(NAME, f"only one value of {axis.path} has been measured yet")
    measured = [id for id in SHORT if any(point.estimate(f"{id}_change").n for point in found.points)]
    if not measured:
        raise cannot(NAME, "no run has measured a change yet")
    panels = [
        panel(
            found,
            f"Δ{SHORT[id]} (points)",
            [Series(f"{id}_change", "", theme.colour(place), theme.shape(place))],
            theme,
            last=id == measured[-1],
            width=480,
            height=104,
        )
        for place, id in enumerate(measured)
    ]
    means = [mean for id in measured for point in found.points if (mean := point.estimate(f"{id}_change").mean) is not None]
    return captioned(
        alt.vconcat(*panels, spacing=14),
        Caption(
            sentence=_sentence(found, measured[0]),
            what=f"mean change from baseline to the last session against {axis.label}",
            band=band(found.points),
            n=sum(len(point.outcomes) for point in found.points),
            of="runs",
            units={"x": axis.unit or "1", "y": "points"},
            minimum=min(means),
            maximum=max(means),
            badges=found.badges,
            facts=(NOTICE.removesuffix("."), *_pairs(found)),
        ),
    )


def _place(outcome: Outcome) -> int:
    """Conditions from quiet to severe, whatever order they were run in."""
    condition = outcome.config["condition"] if isinstance(outcome.config, dict) else outcome.config.condition
    return ORDER.index(condition)


def _sentence(found: Swept[PersonaConfig], id: str) -> str:
    (axis,) = found.axes
    told = [(point.at[0], mean) for point in found.points if (mean := point.estimate(f"{id}_change").mean) is not None]
    if not told:
        return f"Nothing was measured over {axis.path}"
    if not axis.numeric:
        parts = [
            f"{points(mean)} where {'it' if place else axis.path} is {spoken(at)}" for place, (at, mean) in enumerate(told)
        ]
        return f"Mean {SHORT[id]} moves by {listed(parts)}"
    (first, begin), (last, end) = told[0], told[-1]
    unit = f"{SPACE}{axis.unit}" if axis.unit else ""
    moved = f"Mean change of {SHORT[id]} from {points(begin)} to {points(end)}"
    return f"{moved} as {axis.path} goes from {spoken(first)} to {spoken(last)}{unit}"


def _pairs(found: Swept[PersonaConfig]) -> list[str]:
    """The same personas with the same seed under the last and the first condition: in how many pairs the last is above."""
    (axis,) = found.axes
    if axis.path != "condition" or len(found.points) < 2:
        return []
    low, high = found.points[0], found.points[-1]
    by_seed = {one.root_seed: one for one in low.outcomes}
    above = pairs = 0
    for one in high.outcomes:
        other = by_seed.get(one.root_seed)
        if other is None:
            continue
        left, right = scores(NAME, other), scores(NAME, one)
        for key in left.of.keys() & right.of.keys():
            before, after = left.change(*key), right.change(*key)
            if before is not None and after is not None:
                pairs += 1
                above += after > before
    return [f"{high.at[0]} above {low.at[0]} in {above} of {pairs} pairs (persona × questionnaire × seed)"] if pairs else []


def _map(found: Swept[PersonaConfig], theme: Theme) -> Any:
    across, up = found.axes
    drawn = cells(found, METRIC, "ΔPHQ-9", theme, label=points)
    sentence = "No change of PHQ-9 was measured"
    if drawn.values:
        low, high = min(drawn.values), max(drawn.values)
        sentence = f"Mean change of PHQ-9 from {points(low)} to {points(high)} over {across.path} and {up.path}"
    return captioned(
        drawn.chart,
        Caption(
            sentence=sentence,
            what="mean change of PHQ-9 from baseline to the last session, hatched: not measured, empty: not run",
            band=drawn.n,
            units={"x": across.unit or "1", "y": "points"},
            n=sum(len(point.outcomes) for point in found.points),
            of="runs",
            minimum=min(drawn.values, default=None),
            maximum=max(drawn.values, default=None),
            badges=found.badges,
            facts=(NOTICE.removesuffix("."),),
        ),
    )
