"""F2, attack success against main accuracy: where each defence ends, the ideal in the upper left corner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned, span
from quintant.figure.lettering import haloed, small
from quintant.figure.number import SPACE
from quintant.figure.plane import Drawing, Layers, Plane, across, linear, upward
from quintant.figure.series import HUE, SHAPE
from quintant.figure.tooltip import tip
from quintant.lab import Outcome
from quintant.labs.federated.figures.rounds import final
from quintant.labs.federated.figures.trials import facts, names, trials
from quintant.statistics import Estimate

NAME = "attack_success"
SIDE = 330
MOST = 24
Row = dict[str, Any]


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    every, badges = trials(NAME, outcomes)
    attacked = [trial for trial in every if not trial.clean]
    if not attacked:
        raise cannot(NAME, "nobody attacks in these runs")
    ends = [(trial, final(NAME, trial, "asr"), final(NAME, trial, "test_accuracy")) for trial in attacked]
    measured = [(trial, success, main) for trial, success, main in ends if success.n and main.n]
    if not measured:
        raise cannot(NAME, "no attack here wants a certain answer of the model, as label flips and backdoor triggers do")
    if len(measured) > MOST:
        raise cannot(NAME, f"{len(measured)} points are more than {MOST}; choose some, or draw figure matrix_success")
    if len(measured) < len(every):
        badges = (*badges, f"{len(every) - len(measured)} of {len(every)} strategies have no attack success to measure")
    shown = [trial for trial, *_ in measured]
    rows: list[Row] = [
        {"name": name, "n": success.n, "hue": theme.colour(place), "shape": theme.shape(place)}
        | {**_ends("success", success), **_ends("main", main)}
        for place, ((_, success, main), name) in enumerate(zip(measured, names(shown), strict=True))
    ]
    counts = {success.n for _, success, _ in measured}
    caption = Caption(
        sentence=_sentence(rows),
        what="share of attacked test samples classified as the attacker wants, against accuracy on the central test set, "
        "after the last round",
        band=measured[0][1].band() if len(counts) == 1 else "n differs between points",
        n=max(counts),
        badges=badges,
        facts=facts(shown),
        **span([row["main"] for row in rows], x="%", y="%"),
    )
    return captioned(_points(rows, theme), caption)


def _ends(name: str, estimate: Estimate) -> dict[str, float]:
    """Mean and, where there is an interval, its bounds; in percent."""
    mean, low, high = (100 * float(end or 0) for end in (estimate.mean, estimate.low, estimate.high))
    return {name: mean, f"{name}_low": low, f"{name}_high": high} if estimate.has_interval else {name: mean}


def _points(rows: Sequence[Row], theme: Theme) -> Drawing:
    low = max(0.0, 10 * ((min(row["main"] for row in rows) - 5) // 10))
    wide = min(100.0, max(20.0, 10 * (max(max(row["success"], row.get("success_high", 0.0)) for row in rows) * 1.2 // 10 + 1)))
    x = across(linear(0, wide), alt.Axis(title="Attack success (%)", tickCount=6))
    y = upward(linear(low, 100), alt.Axis(title="Test accuracy (%)", tickCount=6))
    plane = Plane(x, y, SIDE + 110, SIDE)
    ideal = {"text": "ideal: no success, no loss", "align": "left", "baseline": "top", "dx": 6, "dy": 6, "fontStyle": "italic"}
    layers: Layers = [
        plane.frame(0, 100),
        plane.on({"x": 0, "y": 100}, "x", "y").mark_text(**ideal, **small(theme.muted, 11)),
    ]
    success, main = _within(rows, "success", 0.0, wide), _within(rows, "main", low, 100.0)
    if success:
        bars = plane.on(success, ("success_low", "success_high"), "main").mark_rule(strokeWidth=1.3)
        layers.append(bars.encode(color=HUE))
    if main:
        bars = plane.on(main, "success", ("main_low", "main_high")).mark_rule(strokeWidth=1.3)
        layers.append(bars.encode(color=HUE))
    layers += _labels(rows, low, wide, plane, theme)
    points = plane.on(rows, "success", "main").mark_point(
        filled=True, size=85, opacity=1, stroke=theme.surface, strokeWidth=0.8
    )
    tips = ["name:N", tip("success:Q", "attack success (%)", ".1f"), tip("main:Q", "accuracy (%)", ".1f"), "n:Q"]
    return plane.layered([*layers, points.encode(color=HUE, shape=SHAPE, tooltip=tips)])


def _within(rows: Sequence[Row], name: str, least: float, most: float) -> list[Row]:
    """The rows that have an interval of this quantity, cut where the plane ends."""
    low, high = f"{name}_low", f"{name}_high"
    return [{**row, low: max(least, row[low]), high: min(most, row[high])} for row in rows if low in row]


def _labels(rows: Sequence[Row], low: float, wide: float, plane: Plane, theme: Theme) -> Layers:
    """Names to the right of the points (left of those far right), moved down where they would touch another name."""
    placed: list[tuple[float, float]] = []
    layers: Layers = []
    for row in sorted(rows, key=lambda row: (-row["main"], row["success"])):
        level = (100 - row["main"]) / (100 - low) * SIDE
        while any(abs(row["success"] - other) < 0.45 * wide and abs(level - height) < 13 for other, height in placed):
            level += 4
        placed.append((row["success"], level))
        side = {"align": "left", "dx": 10} if row["success"] < 0.7 * wide else {"align": "right", "dx": -10}
        style = {"text": row["name"], "y": level, "fontSize": 11, "fontWeight": "bold", **side}
        layers += haloed(plane.on(row, "success"), row["hue"], theme, **style)
    return layers


def _sentence(rows: Sequence[Row]) -> str:
    if len(rows) == 1:
        (row,) = rows
        return f"The attack succeeds in {row['success']:.1f}{SPACE}% at {row['main']:.1f}{SPACE}% accuracy under {row['name']}"
    best = min(rows, key=lambda row: (row["success"] - row["main"], row["name"]))
    worst = max(rows, key=lambda row: row["success"])
    sentence = f"{best['name']} keeps attack success at {best['success']:.1f}{SPACE}% with {best['main']:.1f}{SPACE}% accuracy"
    return sentence if worst is best else f"{sentence}; {worst['name']} lets {worst['success']:.1f}{SPACE}% through"
