"""F4, confusion matrix of the global model: rows in percent, or their change from the clean run where there is one."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, cannot, captioned, span
from quintant.figure.cells import cell, diverging, gradient, numbered_axis
from quintant.figure.columns import FINAL
from quintant.figure.ink import blend, ink
from quintant.figure.lettering import heading
from quintant.figure.number import SPACE
from quintant.figure.plane import Drawing, Layers, Plane, across, linear, upward
from quintant.figure.series import INK
from quintant.figure.tooltip import tip
from quintant.lab import Outcome
from quintant.labs.federated.figures.trials import Array, Trial, facts, named, names, trials

NAME = "confusion"
MOST = 4
MOST_CLASSES_WITH_NUMBERS = 12


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    every, badges = trials(NAME, outcomes)
    measured = [(trial, matrix) for trial in every if (matrix := _matrix(trial)) is not None]
    if not measured:
        why = "its data have no classes" if outcomes[0].state in FINAL else "no strategy has ended yet"
        raise cannot(NAME, f"run {outcomes[0].run_id} ({outcomes[0].state}) has no confusion matrix: {why}")
    clean = [(trial, matrix) for trial, matrix in measured if trial.clean]
    attacked = [(trial, matrix) for trial, matrix in measured if not trial.clean]
    pairs = [(trial, matrix, _baseline(trial, matrix, clean)) for trial, matrix in attacked or measured]
    if len(pairs) > MOST:
        badges = (*badges, f"{MOST} of {len(pairs)} strategies drawn; choose others to see them")
    pairs = pairs[:MOST]
    shown = [trial for trial, *_ in pairs]
    differs = all(base is not None for *_, base in pairs)
    shares = [100 * (rows(matrix) - rows(base) if differs and base is not None else rows(matrix)) for _, matrix, base in pairs]
    limit = max(1.0, *(float(np.nanmax(np.abs(values))) for values in shares))
    side = _side(pairs[0][1], len(pairs))
    titles = names(named(shown)) if len(pairs) > 1 else ("",)
    panels = [
        _panel(trial, values, title, differs, limit, side, theme)
        for trial, values, title in zip(shown, shares, titles, strict=True)
    ]
    runs = max(len(trial.outcomes) for trial in shown)
    change, share = "change in percentage points from the run without attack", "row by row in percent of the true class"
    caption = Caption(
        sentence=_sentence(shares[0], differs, titles[0]),
        what=f"{change if differs else share}, global model on the central test set after the last round",
        band=f"counts of {runs} seeds added" if runs > 1 else None,
        n=runs,
        badges=badges,
        facts=facts(shown),
        **span(
            np.concatenate([values[np.isfinite(values)] for values in shares]),
            x="class",
            y="percentage points" if differs else "%",
        ),
    )
    return captioned(alt.concat(*panels, columns=2, spacing=26) if len(panels) > 1 else panels[0], caption)


def rows(matrix: Array) -> Array:
    """Counts (classes, classes) as shares of each row, NaN where a class has no test samples."""
    totals = matrix.sum(axis=1, keepdims=True)
    result: Array = np.divide(matrix, totals, out=np.full(matrix.shape, np.nan), where=totals > 0)
    return result


def _matrix(trial: Trial) -> Array | None:
    """Counts (classes, classes), true by predicted, of the last round, added over the replicates."""
    total: Array | None = None
    for outcome in trial.outcomes:
        if "confusion" not in outcome.tables:
            continue
        columns = trial.columns(NAME, outcome, "confusion")
        if not len(columns["count"]):
            continue
        true, predicted, counts = (columns[name].astype(int) for name in ("true", "predicted", "count"))
        size = int(max(true.max(), predicted.max())) + 1
        matrix = np.zeros((size, size))
        np.add.at(matrix, (true, predicted), counts)
        total = matrix if total is None else total + matrix
    return total


def _baseline(trial: Trial, matrix: Array, clean: Sequence[tuple[Trial, Array]]) -> Array | None:
    """The clean matrix under the same rule, or under the only rule that was run clean."""
    fitting = [counts for other, counts in clean if other.defence == trial.defence and counts.shape == matrix.shape]
    if not fitting and len(clean) == 1 and clean[0][1].shape == matrix.shape:
        fitting = [clean[0][1]]
    return fitting[0] if fitting else None


def _side(matrix: Array, panels: int) -> float:
    cells = len(matrix)
    return max(9.0, min(34.0 if panels == 1 else 22.0, (360.0 if panels == 1 else 250.0) / cells))


def _panel(trial: Trial, values: Array, name: str, differs: bool, limit: float, side: float, theme: Theme) -> Drawing:
    size = len(values)
    step = max(1, -(-size * 14 // int(side * size)))  # every class has a place; names are thinned where they would touch
    x = across(linear(0, size), numbered_axis(size, "Predicted class", step, labelFontSize=10))
    y = upward(linear(size, 0), numbered_axis(size, "True class", step, labelFontSize=10))
    plane = Plane(x, y, side * size, side * size)
    cells = []
    for i, j in np.argwhere(np.isfinite(values)).tolist():
        value = float(values[i, j])
        labels = {"label": _label(value, differs), "ink": _ink(value, differs, limit, theme), "true": i, "predicted": j}
        cells.append({**cell(j, i), "mx": j + 0.5, "my": i + 0.5, "value": value, **labels})
    if differs:
        title, ramp = "change (points)", diverging(limit, theme)
        legend = gradient(title, 120, values=[-limit, 0, limit], format="+.0f")
    else:
        title = "share of the row (%)"
        legend = gradient(title, 120, values=[0, 50, 100], format=".0f")
        ramp = alt.Scale(domain=[0, 100], range=[theme.diverging[1], theme.series[0]], interpolate="rgb")
    tiles = plane.on(cells, ("x", "x2"), ("y", "y2")).mark_rect(stroke=theme.grid, strokeWidth=0.5)
    colour = alt.Color("value:Q", scale=ramp, legend=legend)
    layers: Layers = [
        plane.frame(),
        tiles.encode(color=colour, tooltip=["true:N", "predicted:N", tip("value:Q", title, ".1f")]),
    ]
    if size <= MOST_CLASSES_WITH_NUMBERS:
        numbers = plane.on(cells, "mx", "my").mark_text(fontSize=10 if side > 24 else 8)
        layers.append(numbers.encode(text="label:N", color=INK))
    outlined = [
        cell(entry.target_class, entry.source_class)
        for entry in trial.plan.attack_schedule
        if entry.source_class is not None and entry.target_class is not None and entry.attack_type == "targeted_label_flipping"
    ]
    if outlined:
        frames = plane.on(outlined, ("x", "x2"), ("y", "y2"))
        layers.append(frames.mark_rect(filled=False, fillOpacity=0, stroke=theme.text, strokeWidth=2.2))
    return plane.layered(layers, **heading(name))


def _label(value: float, differs: bool) -> str:
    if abs(value) < 0.5:
        return "·"
    return f"{value:+.0f}".replace("-", "−") if differs else f"{value:.0f}"


def _ink(value: float, differs: bool, limit: float, theme: Theme) -> str:
    """Text that stands out from its cell, by the colour that the ramp gives it."""
    low, centre, high = theme.diverging
    if differs:
        return ink(blend(centre, high if value > 0 else low, abs(value) / limit if limit else 0.0))
    return ink(blend(centre, theme.series[0], value / 100))


def _sentence(values: Array, differs: bool, name: str) -> str:
    who = f"Under {name} " if name else ""
    off = values.copy()
    np.fill_diagonal(off, np.nan)
    i, j = np.unravel_index(np.nanargmax(off), off.shape)
    worst = float(off[i, j])
    if differs:
        if worst < 1:
            return f"{who}{'no' if who else 'No'} class is taken for another more often than without the attack"
        noun = "class" if who else "Class"
        return f"{who}{noun} {i} is taken for {j} more often than without the attack: +{worst:.0f}{SPACE}points"
    recalled = float(np.nanmean(np.diag(values)))
    return f"{who}{recalled:.1f}{SPACE}% of a class is recognised on average; class {i} is taken for {j} in {worst:.0f}{SPACE}%"
