"""Sweep view: the mean change of each questionnaire against what was varied; two keys give a heat map."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from quintant.figure import Theme, cannot, captioned
from quintant.figure.number import SPACE
from quintant.figure.plane import Drawing
from quintant.figure.sweep_map import cells
from quintant.figure.sweep_panel import Series, panel
from quintant.figure.swept import Swept, caption, spoken, swept
from quintant.lab import Outcome
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.figures.arms import listed, points
from quintant.labs.persona.figures.sessions import scores
from quintant.labs.persona.results import NOTICE, SHORT

NAME = "sweep"
EXAMPLE = "quintant run persona --sweep condition=CONTROL,STRESS,TRAUMA"
ORDER = ("CONTROL", "MINIMAL", "NEUTRAL", "STRESS", "TRAUMA")
METRIC = "phq9_change"


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    sweep = swept(NAME, sorted(outcomes, key=_place), PersonaConfig, EXAMPLE)
    if len(sweep.axes) == 2:
        return _map(sweep, theme)
    (axis,) = sweep.axes
    if len(axis.values) < 2:
        raise cannot(NAME, f"only one value of {axis.path} has been measured yet")
    measured = [id for id in SHORT if sweep.means(f"{id}_change")]
    if not measured:
        raise cannot(NAME, "no run has measured a change yet")
    panels = []
    for place, id in enumerate(measured):
        series = [Series(f"{id}_change", "", theme.colour(place), theme.shape(place))]
        last = id == measured[-1]
        panels.append(panel(sweep, f"Δ{SHORT[id]} (points)", series, theme, last=last, width=480, height=104))
    means = [mean for id in measured for mean in sweep.means(f"{id}_change")]
    what = f"mean change from baseline to the last session against {axis.label}"
    facts = (NOTICE.removesuffix("."), *_pairs(sweep))
    summary = caption(sweep, _sentence(sweep, measured[0]), what, means, "points", facts)
    return captioned(alt.vconcat(*panels, spacing=14), summary)


def _place(outcome: Outcome) -> int:
    """Conditions from quiet to severe, whatever order they were run in."""
    condition = outcome.config["condition"] if isinstance(outcome.config, dict) else outcome.config.condition
    return ORDER.index(condition)


def _sentence(sweep: Swept[PersonaConfig], id: str) -> str:
    (axis,) = sweep.axes
    means = sweep.measured(f"{id}_change")
    if not means:
        return f"Nothing was measured over {axis.path}"
    if not axis.numeric:
        parts = [
            f"{points(mean)} where {'it' if place else axis.path} is {spoken(at)}" for place, (at, mean) in enumerate(means)
        ]
        return f"Mean {SHORT[id]} moves by {listed(parts)}"
    (first, begin), (last, end) = means[0], means[-1]
    unit = f"{SPACE}{axis.unit}" if axis.unit else ""
    moved = f"Mean change of {SHORT[id]} from {points(begin)} to {points(end)}"
    return f"{moved} as {axis.path} goes from {spoken(first)} to {spoken(last)}{unit}"


def _pairs(sweep: Swept[PersonaConfig]) -> list[str]:
    """The same personas with the same seed under the last and the first condition: in how many pairs the last is above."""
    (axis,) = sweep.axes
    if axis.path != "condition" or len(sweep.points) < 2:
        return []
    low, high = sweep.points[0], sweep.points[-1]
    by_seed = {outcome.root_seed: outcome for outcome in low.outcomes}
    above = pairs = 0
    for outcome in high.outcomes:
        if (other := by_seed.get(outcome.root_seed)) is None:
            continue
        left, right = scores(NAME, other), scores(NAME, outcome)
        for key in left.points.keys() & right.points.keys():
            before, after = left.change(*key), right.change(*key)
            if before is not None and after is not None:
                pairs += 1
                above += after > before
    return [f"{high.at[0]} above {low.at[0]} in {above} of {pairs} pairs (persona × questionnaire × seed)"] if pairs else []


def _map(sweep: Swept[PersonaConfig], theme: Theme) -> Drawing:
    across, up = sweep.axes
    map = cells(sweep, METRIC, "ΔPHQ-9", theme, label=points)
    sentence = "No change of PHQ-9 was measured"
    if map.values:
        low, high = min(map.values), max(map.values)
        sentence = f"Mean change of PHQ-9 from {points(low)} to {points(high)} over {across.path} and {up.path}"
    what = "mean change of PHQ-9 from baseline to the last session, hatched: not measured, empty: not run"
    facts = (NOTICE.removesuffix("."),)
    return captioned(map.chart, caption(sweep, sentence, what, map.values, "points", facts, band=map.n))
