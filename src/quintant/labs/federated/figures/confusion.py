"""F4, confusion matrix of the global model: rows in percent, or their change from the clean run where there is one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, cannot, captioned
from quintant.figure.columns import FINAL
from quintant.figure.number import SPACE
from quintant.lab import Outcome
from quintant.labs.federated.figures.trials import Array, Trial, facts, named, names, trials

NAME = "confusion"
MOST = 4
MOST_CLASSES_WITH_NUMBERS = 12


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
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
    differs = all(base is not None for *_, base in pairs)
    called = names(named([trial for trial, *_ in pairs]))
    share = [
        100 * (rows(matrix) - rows(base)) if differs and base is not None else 100 * rows(matrix) for _, matrix, base in pairs
    ]
    limit = max(1.0, *(float(np.nanmax(np.abs(values))) for values in share))
    side = _side(pairs[0][1], len(pairs))
    panels = [
        _panel(trial, values, name if len(pairs) > 1 else "", differs, limit, side, theme)
        for (trial, _, _), values, name in zip(pairs, share, called, strict=True)
    ]
    chart = alt.concat(*panels, columns=2, spacing=26) if len(panels) > 1 else panels[0]
    finite = np.concatenate([values[np.isfinite(values)] for values in share])
    runs = max(len(trial.outcomes) for trial, *_ in pairs)
    return captioned(
        chart,
        Caption(
            sentence=_sentence(pairs[0][0], share[0], differs, called[0] if len(pairs) > 1 else ""),
            what=(
                "change in percentage points from the run without attack"
                if differs
                else "row by row in percent of the true class"
            )
            + ", global model on the central test set after the last round",
            band=f"counts of {runs} seeds added" if runs > 1 else None,
            n=runs,
            units={"x": "class", "y": "percentage points" if differs else "%"},
            minimum=float(finite.min()),
            maximum=float(finite.max()),
            badges=badges,
            facts=facts([trial for trial, *_ in pairs]),
        ),
    )


def rows(matrix: Array) -> Array:
    """Counts (classes, classes) as shares of each row, NaN where a class has no test samples."""
    totals = matrix.sum(axis=1, keepdims=True)
    return np.divide(matrix, totals, out=np.full(matrix.shape, np.nan), where=totals > 0)


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
    fitting = [one for other, one in clean if other.defence == trial.defence and one.shape == matrix.shape]
    if not fitting and len(clean) == 1 and clean[0][1].shape == matrix.shape:
        fitting = [clean[0][1]]
    return fitting[0] if fitting else None


def _side(matrix: Array, panels: int) -> float:
    cells = len(matrix)
    return max(9.0, min(34.0 if panels == 1 else 22.0, (360.0 if panels == 1 else 250.0) / cells))


def _panel(trial: Trial, values: Array, name: str, differs: bool, limit: float, side: float, theme: Theme) -> Any:
    size = len(values)

    def channel(kind: Any, field: str, title: str | None) -> Any:
        # every class has a place; names are thinned where they would touch
        step = max(1, -(-size * 14 // int(side * size)))
        axis = (
            alt.Axis(
                title=title,
                values=[one + 0.5 for one in range(0, size, step)],
                grid=False,
                ticks=False,
                domain=False,
                labelExpr="format(floor(datum.value), 'd')",
                labelFontSize=10,
            )
            if title
            else None
        )
        domain = [size, 0] if kind is alt.Y else [0, size]
        return kind(f"{field}:Q", scale=alt.Scale(domain=domain, nice=False), axis=axis)

    cells = [
        {
            "x": j,
            "x2": j + 1,
            "y": i,
            "y2": i + 1,
            "value": float(values[i, j]),
            "mx": j + 0.5,
            "my": i + 0.5,
            "label": _label(float(values[i, j]), differs),
            "true": i,
            "predicted": j,
            "ink": _ink(float(values[i, j]), differs, limit, theme),
        }
        for i in range(size)
        for j in range(size)
        if np.isfinite(values[i, j])
    ]
    if differs:
        low, centre, high = theme.diverging
        ramp = alt.Scale(domain=[-limit, 0, limit], range=[low, centre, high], interpolate="rgb")
        title = "change (points)"
    else:
        ramp = alt.Scale(domain=[0, 100], range=[theme.diverging[1], theme.series[0]], interpolate="rgb")
        title = "share of the row (%)"
    base = alt.Chart(alt.Data(values=cells))
    x, y = channel(alt.X, "x", None), channel(alt.Y, "y", None)
    layers: list[Any] = [
        alt.Chart(alt.Data(values=[{"x": 0, "y": 0}]))
        .mark_point(opacity=0)
        .encode(x=channel(alt.X, "x", "Predicted class"), y=channel(alt.Y, "y", "True class")),
        base.mark_rect(stroke=theme.grid, strokeWidth=0.5).encode(
            x=x,
            x2="x2:Q",
            y=y,
            y2="y2:Q",
            color=alt.Color(
                "value:Q",
                scale=ramp,
                legend=alt.Legend(
                    title=title,
                    orient="right",
                    direction="vertical",
                    gradientLength=120,
                    gradientThickness=9,
                    values=[-limit, 0, limit] if differs else [0, 50, 100],
                    format="+.0f" if differs else ".0f",
                ),
            ),
            tooltip=[alt.Tooltip("true:N"), alt.Tooltip("predicted:N"), alt.Tooltip("value:Q", title=title, format=".1f")],
        ),
    ]
    if size <= MOST_CLASSES_WITH_NUMBERS:
        layers.append(
            base.mark_text(fontSize=10 if side > 24 else 8).encode(
                x=channel(alt.X, "mx", None), y=channel(alt.Y, "my", None), text="label:N", color=alt.Color("ink:N", scale=None)
            )
        )
    outlined = [
        {"x": entry.target_class, "x2": entry.target_class + 1, "y": entry.source_class, "y2": entry.source_class + 1}
        for entry in trial.plan.attack_schedule
        if entry.source_class is not None and entry.target_class is not None and entry.attack_type == "targeted_label_flipping"
    ]
    if outlined:
        layers.append(
            alt.Chart(alt.Data(values=outlined))
            .mark_rect(filled=False, fillOpacity=0, stroke=theme.text, strokeWidth=2.2)
            .encode(x=x, x2="x2:Q", y=y, y2="y2:Q")
        )
    titled: dict[str, Any] = {"title": alt.Title(name, fontSize=12, anchor="start", offset=4)} if name else {}
    return alt.layer(*layers, width=side * size, height=side * size, **titled).resolve_axis(x="independent", y="independent")


def _label(value: float, differs: bool) -> str:
    if abs(value) < 0.5:
        return "·"
    return f"{value:+.0f}".replace("-", "−") if differs else f"{value:.0f}"


def _ink(value: float, differs: bool, limit: float, theme: Theme) -> str:
    """Text that stands out from its cell."""
    strong = abs(value) > (0.6 * limit if differs else 55)
    if theme.name == "dark":
        return "#14171C" if strong else theme.text
    return "#FFFFFF" if strong else theme.text


def _sentence(trial: Trial, values: Array, differs: bool, name: str) -> str:
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
