"""M, attacks against defences: accuracy in every cell, coloured by what is lost against the clean run; or attack success."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned, span
from quintant.figure.cells import cell, gradient, named_axis
from quintant.figure.number import SPACE
from quintant.figure.plane import Drawing, Plane, Style, across, linear, upward
from quintant.figure.series import INK
from quintant.figure.tooltip import tip
from quintant.lab import Outcome
from quintant.labs.federated.figures.rounds import final
from quintant.labs.federated.figures.trials import Trial, facts, trials
from quintant.statistics import Estimate

MOST_ACROSS, MOST_DOWN = 12, 20
Cells = dict[tuple[str, str], tuple[Trial, Estimate]]
Row = dict[str, Any]


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    """Final accuracy, coloured by the change from no attack."""
    return _matrix("matrix", "test_accuracy", outcomes, theme)


def build_success(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    """Final attack success."""
    return _matrix("matrix_success", "asr", outcomes, theme)


def _matrix(figure: str, column: str, outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    every, badges = trials(figure, outcomes)
    success = column == "asr"
    ends = [(trial, estimate) for trial in every if (estimate := final(figure, trial, column)).n]
    cells: Cells = {}
    for trial, estimate in ends:
        cells.setdefault((trial.attack, trial.defence), (trial, estimate))
    if not cells:
        raise cannot(figure, "no attack here wants a certain answer of the model" if success else "nothing is measured yet")
    columns = sorted({trial.attack: trial for trial in every}.values(), key=lambda trial: not trial.clean)
    attacks = [trial.attack for trial in columns if any(key[0] == trial.attack for key in cells)]
    rules = dict.fromkeys(trial.defence for trial in every)
    defences = [rule for rule in rules if any(key[1] == rule for key in cells)]
    if len(attacks) < 2 and len(defences) < 2:
        raise cannot(figure, "it compares attacks or defences and there is one of each; vary attack_schedule or strategies")
    if len(attacks) > MOST_ACROSS or len(defences) > MOST_DOWN:
        raise cannot(figure, f"{len(attacks)} attacks by {len(defences)} defences are more than {MOST_ACROSS} by {MOST_DOWN}")
    twice = len(ends) - len(cells)
    rows = [
        {**cell(x, y), "mx": x + 0.5, "my": y + 0.5, **_values(cells, attack, defence, success)}
        for x, attack in enumerate(attacks)
        for y, defence in enumerate(defences)
        if (attack, defence) in cells
    ]
    counts = sorted({row["n"] for row in rows})
    n = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]}–{counts[-1]}"
    clean = any(row["drop"] is not None for row in rows)
    accuracy = "accuracy on the central test set (%) after the last round"
    caption = Caption(
        sentence=_sentence(rows, success, clean),
        what="attack success (%) after the last round"
        if success
        else accuracy + (", coloured by the change from no attack" if clean else ""),
        band=f"mean ± 95 % CI where n ≥ 3, n = {n} seeds a cell" if counts[-1] > 1 else "n = 1 seed a cell, no interval",
        n=sum(row["n"] for row in rows),
        of="runs",
        badges=(*badges, f"{twice} cells were run more than once under other keys; the first is shown" if twice else ""),
        facts=facts(every),
        **span([row["value"] for row in rows], x="attack", y="%"),
    )
    return captioned(_map(rows, attacks, defences, success, clean, theme), caption)


def _values(cells: Cells, attack: str, defence: str, success: bool) -> Row:
    """What a cell says; `drop`: its change from the clean run of the same rule in points, None where there is none."""
    _, estimate = cells[attack, defence]
    base = next((clean for (_, other), (trial, clean) in cells.items() if other == defence and trial.clean), None)
    half = 50 * (float(estimate.high or 0) - float(estimate.low or 0)) if estimate.has_interval else None
    value = 100 * float(estimate.mean or 0)
    drop = None if success or base is None or base.mean is None else value - 100 * base.mean
    label = f"{value:.1f}" + (f" ± {half:.1f}" if half is not None else "")
    return {"value": value, "drop": drop, "n": estimate.n, "attack": attack, "defence": defence, "label": label}


def _map(rows: list[Row], attacks: Sequence[str], defences: Sequence[str], success: bool, clean: bool, theme: Theme) -> Drawing:
    lines = ["[" + ",".join(f"'{part}'" for part in _broken(name)) + "]" for name in attacks]
    broken: Style = {"labelExpr": f"[{','.join(lines)}][floor(datum.value)]", "labelFontSize": 10, "labelLimit": 260}
    x = across(linear(0, len(attacks)), named_axis(attacks, "Attack", orient="bottom", **broken))
    left = named_axis(defences, "Defence", orient="left", labelFontSize=11, labelLimit=260)
    wide = max(64, min(110, 560 // len(attacks)))
    plane = Plane(x, upward(linear(len(defences), 0), left), wide * len(attacks), 34 * len(defences))
    limit = max([5.0, *(abs(row["drop"]) for row in rows if row["drop"] is not None)])
    better, middle, worse = theme.diverging
    field, ticks = "value", Style(values=[0, 50, 100], format=".0f")
    if success:
        title, scale = "attack success (%)", alt.Scale(domain=[0, 100], range=[middle, worse], interpolate="rgb")
    elif clean:
        field, title, ticks = "drop", "change (points)", Style(values=[-limit, 0, limit], format="+.0f")
        scale = alt.Scale(domain=[-limit, 0, limit], range=[worse, middle, better], interpolate="rgb")
    else:
        title, scale = "accuracy (%)", alt.Scale(domain=[0, 100], **dict(theme.fill_ramp))
    for row in rows:
        row["ink"] = _ink(row, success, clean, limit, theme)
    change = [tip("drop:Q", "change (points)", "+.1f")] if field == "drop" else []
    tips = ["attack:N", "defence:N", tip("label:N", "attack success (%)" if success else "accuracy (%)"), *change, "n:Q"]
    tiles = plane.on(rows, ("x", "x2"), ("y", "y2")).mark_rect(stroke=theme.surface, strokeWidth=1.5)
    colour = alt.Color(f"{field}:Q", scale=scale, legend=gradient(title, 110, **ticks))
    labels = plane.on(rows, "mx", "my").mark_text(fontSize=11).encode(text="label:N", color=INK)
    return plane.layered([plane.frame(), tiles.encode(color=colour, tooltip=tips), labels])


def _broken(name: str) -> list[str]:
    """An attack's name in lines: what, and by how many."""
    what, by, who = name.partition(" by ")
    names, lines = what.split(" "), [""]
    for word in names:
        if lines[-1] and len(lines[-1]) + len(word) > 14:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return [*lines, f"by {who}"] if by else lines


def _ink(row: Row, success: bool, clean: bool, limit: float, theme: Theme) -> str:
    """Text that stands out from its cell."""
    if not success and not clean:
        return "#1B1F24" if row["value"] > 55 else "#FFFFFF"  # viridis is bright at its high end in both themes
    strong = row["value"] > 60 if success else row["drop"] is not None and abs(row["drop"]) > 0.6 * limit
    if theme.name == "dark":
        return "#14171C" if strong else theme.text
    return "#FFFFFF" if strong else theme.text


def _sentence(rows: Sequence[Row], success: bool, clean: bool) -> str:
    if success:
        worst = max(rows, key=lambda row: row["value"])
        return f"Attacks succeed most often with {worst['attack']} against {worst['defence']}: {worst['value']:.1f}{SPACE}%"
    lost = [row for row in rows if row["drop"] is not None]
    if clean and lost:
        worst = min(lost, key=lambda row: row["drop"])
        if worst["drop"] <= -1:
            sentence = f"{worst['defence']} loses most, {-worst['drop']:.1f}{SPACE}points to {worst['attack']}"
            by = {row["defence"]: min(other["drop"] for other in lost if other["defence"] == row["defence"]) for row in lost}
            best = max(by, key=lambda name: by[name])
            least = f"loses at most {-by[best]:.1f}" if by[best] <= -0.05 else "loses nothing"
            return sentence if len(by) == 1 else f"{sentence}; {best} {least}"
        return f"No attack costs more than {max(0.0, -worst['drop']):.1f}{SPACE}points"
    best, worst = max(rows, key=lambda row: row["value"]), min(rows, key=lambda row: row["value"])
    alone = len({row["attack"] for row in rows}) == 1
    places = [row["defence"] if alone else f"{row['defence']}, {row['attack']}" for row in (worst, best)]
    return f"From {worst['value']:.1f}{SPACE}% ({places[0]}) to {best['value']:.1f}{SPACE}% ({places[1]})"
