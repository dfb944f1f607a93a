"""F2, attack success against main accuracy: where each defence ends, the ideal in the upper left corner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned
from quintant.figure.number import SPACE
from quintant.lab import Outcome
from quintant.labs.federated.figures.rounds import final
from quintant.labs.federated.figures.trials import Trial, facts, names, trials
from quintant.statistics import Estimate

NAME = "attack_success"
SIDE = 330
MOST = 24


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    every, badges = trials(NAME, outcomes)
    attacked = [trial for trial in every if not trial.clean]
    if not attacked:
        raise cannot(NAME, "nobody attacks in these runs")
    ends = [(trial, final(NAME, trial, "asr"), final(NAME, trial, "test_accuracy")) for trial in attacked]
    measured = [(trial, success, main) for trial, success, main in ends if success.n and main.n]
    if not measured:
        raise cannot(
            NAME,
            "no attack here wants a certain answer of the model, as label flips and backdoor triggers do",
        )
    if len(measured) > MOST:
        raise cannot(NAME, f"{len(measured)} points are more than {MOST}; choose some, or draw figure matrix_success")
    if len(measured) < len(every):
        badges = (*badges, f"{len(every) - len(measured)} of {len(every)} strategies have no attack success to measure")
    called = names([trial for trial, *_ in measured])
    rows = [
        _row(trial, success, main, name, at, theme)
        for at, ((trial, success, main), name) in enumerate(zip(measured, called, strict=True))
    ]
    best = min(rows, key=lambda row: (row["success"] - row["main"], row["name"]))
    return captioned(
        alt.layer(*_layers(rows, theme), width=SIDE + 110, height=SIDE).resolve_axis(x="independent", y="independent"),
        Caption(
            sentence=_sentence(rows, best),
            what="share of attacked test samples classified as the attacker wants, against accuracy on the central test set, "
            "after the last round",
            band=measured[0][1].band() if len({success.n for _, success, _ in measured}) == 1 else "n differs between points",
            n=max(success.n for _, success, _ in measured),
            units={"x": "%", "y": "%"},
            minimum=min(row["main"] for row in rows),
            maximum=max(row["main"] for row in rows),
            badges=badges,
            facts=facts([trial for trial, *_ in measured]),
        ),
    )


def _row(trial: Trial, success: Estimate, main: Estimate, name: str, at: int, theme: Theme) -> dict[str, Any]:
    assert success.mean is not None and main.mean is not None
    row: dict[str, Any] = {
        "success": 100 * success.mean,
        "main": 100 * main.mean,
        "name": name,
        "hue": theme.colour(at),
        "shape": theme.shape(at),
        "n": success.n,
    }
    for key, one in (("success", success), ("main", main)):
        if one.has_interval:
            row |= {f"{key}_low": 100 * float(one.low or 0), f"{key}_high": 100 * float(one.high or 0)}
    return row


def _layers(rows: Sequence[dict[str, Any]], theme: Theme) -> list[Any]:
    low = max(0.0, 10 * ((min(row["main"] for row in rows) - 5) // 10))
    wide = min(100.0, max(20.0, 10 * (max(row.get("success_high", row["success"]) for row in rows) * 1.2 // 10 + 1)))

    def x(field: str, shown: bool = False) -> alt.X:
        axis = alt.Axis(title="Attack success (%)", tickCount=6)
        return alt.X(f"{field}:Q", scale=alt.Scale(domain=[0, wide], nice=False), axis=axis if shown else None)

    def y(field: str, shown: bool = False) -> alt.Y:
        axis = alt.Axis(title="Test accuracy (%)", tickCount=6)
        return alt.Y(f"{field}:Q", scale=alt.Scale(domain=[low, 100], nice=False), axis=axis if shown else None)

    hue = alt.Color("hue:N", scale=None)
    base = alt.Chart(alt.Data(values=list(rows)))
    ideal = alt.Chart(alt.Data(values=[{"x": 0, "y": 100}]))
    across = [
        {**row, "success_low": max(0.0, row["success_low"]), "success_high": min(wide, row["success_high"])}
        for row in rows
        if "success_low" in row
    ]
    up = [
        {**row, "main_low": max(low, row["main_low"]), "main_high": min(100.0, row["main_high"])}
        for row in rows
        if "main_low" in row
    ]
    layers: list[Any] = [
        ideal.mark_point(opacity=0).encode(x=x("x", True), y=y("y", True)),
        ideal.mark_text(
            text="ideal: no success, no loss",
            align="left",
            baseline="top",
            dx=6,
            dy=6,
            fontSize=11,
            fontStyle="italic",
            color=theme.muted,
        ).encode(x=x("x"), y=y("y")),
    ]
    if across:
        layers.append(
            alt.Chart(alt.Data(values=across))
            .mark_rule(strokeWidth=1.3)
            .encode(x=x("success_low"), x2="success_high:Q", y=y("main"), color=hue)
        )
    if up:
        layers.append(
            alt.Chart(alt.Data(values=up))
            .mark_rule(strokeWidth=1.3)
            .encode(x=x("success"), y=y("main_low"), y2="main_high:Q", color=hue)
        )
    layers += _words(rows, low, wide, x, theme)
    layers.append(
        base.mark_point(filled=True, size=85, opacity=1, stroke=theme.surface, strokeWidth=0.8).encode(
            x=x("success"),
            y=y("main"),
            color=hue,
            shape=alt.Shape("shape:N", scale=None),
            tooltip=[
                alt.Tooltip("name:N"),
                alt.Tooltip("success:Q", title="attack success (%)", format=".1f"),
                alt.Tooltip("main:Q", title="accuracy (%)", format=".1f"),
                alt.Tooltip("n:Q"),
            ],
        )
    )
    return layers


def _words(rows: Sequence[dict[str, Any]], low: float, wide: float, x: Any, theme: Theme) -> list[Any]:
    """Names to the right of the points (left of those far right), moved down where they would touch another name."""
    placed: list[tuple[float, float]] = []
    layers = []
    for row in sorted(rows, key=lambda row: (-row["main"], row["success"])):
        level = (100 - row["main"]) / (100 - low) * SIDE
        while any(abs(row["success"] - other) < 0.45 * wide and abs(level - height) < 13 for other, height in placed):
            level += 4
        placed.append((row["success"], level))
        right = row["success"] < 0.7 * wide
        words: dict[str, Any] = {
            "text": row["name"],
            "align": "left" if right else "right",
            "dx": 10 if right else -10,
            "y": level,
            "fontSize": 11,
            "fontWeight": "bold",
        }
        base = alt.Chart(alt.Data(values=[row])).encode(x=x("success"))
        layers += [
            base.mark_text(**words, color=theme.surface, stroke=theme.surface, strokeWidth=3.5, strokeJoin="round"),
            base.mark_text(**words, color=row["hue"]),
        ]
    return layers


def _sentence(rows: Sequence[dict[str, Any]], best: dict[str, Any]) -> str:
    if len(rows) == 1:
        (row,) = rows
        return f"The attack succeeds in {row['success']:.1f}{SPACE}% at {row['main']:.1f}{SPACE}% accuracy under {row['name']}"
    worst = max(rows, key=lambda row: row["success"])
    told = f"{best['name']} keeps attack success at {best['success']:.1f}{SPACE}% with {best['main']:.1f}{SPACE}% accuracy"
    return told if worst is best else f"{told}; {worst['name']} lets {worst['success']:.1f}{SPACE}% through"
