"""M, attacks against defences: accuracy in every cell, coloured by what is lost against the clean run; or attack success."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned
from quintant.figure.number import SPACE
from quintant.lab import Outcome
from quintant.labs.federated.figures.rounds import final
from quintant.labs.federated.figures.trials import Trial, facts, trials
from quintant.statistics import Estimate

MOST_ACROSS, MOST_DOWN = 12, 20
Cells = dict[tuple[str, str], tuple[Trial, Estimate]]


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    """Final accuracy, coloured by the change from no attack."""
    return _build("matrix", "test_accuracy", outcomes, theme)


def build_success(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    """Final attack success."""
    return _build("matrix_success", "asr", outcomes, theme)


def _build(figure: str, column: str, outcomes: Sequence[Outcome], theme: Theme) -> Any:
    found, badges = trials(figure, outcomes)
    cells: Cells = {}
    twice = 0
    for trial in found:
        estimate = final(figure, trial, column)
        if not estimate.n:
            continue
        twice += (trial.attack, trial.defence) in cells
        cells.setdefault((trial.attack, trial.defence), (trial, estimate))
    if not cells:
        raise cannot(
            figure, "no attack here wants a certain answer of the model" if column == "asr" else "nothing is measured yet"
        )
    across = sorted({trial.attack: trial for trial in found}.values(), key=lambda trial: not trial.clean)
    attacks = [trial.attack for trial in across if any(key[0] == trial.attack for key in cells)]
    defences = [one for one in dict.fromkeys(trial.defence for trial in found) if any(key[1] == one for key in cells)]
    if len(attacks) < 2 and len(defences) < 2:
        raise cannot(figure, "it compares attacks or defences and there is one of each; vary attack_schedule or strategies")
    if len(attacks) > MOST_ACROSS or len(defences) > MOST_DOWN:
        raise cannot(figure, f"{len(attacks)} attacks by {len(defences)} defences are more than {MOST_ACROSS} by {MOST_DOWN}")
    if twice:
        badges = (*badges, f"{twice} cells were run more than once under other keys; the first is shown")
    success = column == "asr"
    rows = [
        _row(attacks, defences, cells, attack, defence, success)
        for attack in attacks
        for defence in defences
        if (attack, defence) in cells
    ]
    counts = sorted({row["n"] for row in rows})
    n = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]}–{counts[-1]}"
    clean = any(row["drop"] is not None for row in rows)
    values = [row["value"] for row in rows]
    return captioned(
        alt.layer(*_layers(rows, attacks, defences, success, clean, theme))
        .properties(width=_wide(attacks) * len(attacks), height=34 * len(defences))
        .resolve_axis(x="independent", y="independent"),
        Caption(
            sentence=_sentence(rows, success, clean),
            what="attack success (%) after the last round"
            if success
            else "accuracy on the central test set (%) after the last round"
            + (", coloured by the change from no attack" if clean else ""),
            band=f"mean ± 95 % CI where n ≥ 3, n = {n} seeds a cell" if counts[-1] > 1 else "n = 1 seed a cell, no interval",
            n=sum(row["n"] for row in rows),
            of="runs",
            units={"x": "attack", "y": "%"},
            minimum=min(values),
            maximum=max(values),
            badges=badges,
            facts=facts(found),
        ),
    )


def _row(attacks: list[str], defences: list[str], cells: Cells, attack: str, defence: str, success: bool) -> dict[str, Any]:
    _, estimate = cells[attack, defence]
    assert estimate.mean is not None
    base = next((one for (_, other), (trial, one) in cells.items() if other == defence and trial.clean), None)
    half = 50 * (float(estimate.high or 0) - float(estimate.low or 0)) if estimate.has_interval else None
    value = 100 * estimate.mean
    drop = None if success or base is None or base.mean is None else value - 100 * base.mean
    x, y = attacks.index(attack), defences.index(defence)
    return {
        "x": x,
        "x2": x + 1,
        "y": y,
        "y2": y + 1,
        "mx": x + 0.5,
        "my": y + 0.5,
        "value": value,
        "drop": drop,
        "n": estimate.n,
        "attack": attack,
        "defence": defence,
        "label": f"{value:.1f}" + (f" ± {half:.1f}" if half is not None else ""),
    }


def _wide(attacks: Sequence[str]) -> int:
    return max(64, min(110, 560 // len(attacks)))


def _layers(
    rows: list[dict[str, Any]], attacks: Sequence[str], defences: Sequence[str], success: bool, clean: bool, theme: Theme
) -> list[Any]:
    def axis(names: Sequence[str], title: str, across: bool) -> alt.Axis:
        texts = ",".join("'" + name.replace("'", "\\'") + "'" for name in names)
        expression = f"[{texts}][floor(datum.value)]"
        if across:
            lines = ["[" + ",".join(f"'{part}'" for part in _broken(name)) + "]" for name in names]
            expression = f"[{','.join(lines)}][floor(datum.value)]"
        return alt.Axis(
            title=title,
            values=[at + 0.5 for at in range(len(names))],
            grid=False,
            ticks=False,
            domain=False,
            labelExpr=expression,
            orient="bottom" if across else "left",
            labelFontSize=10 if across else 11,
            labelLimit=260,
        )

    def x(field: str, shown: bool = False) -> alt.X:
        scale = alt.Scale(domain=[0, len(attacks)], nice=False)
        return alt.X(f"{field}:Q", scale=scale, axis=axis(attacks, "Attack", True) if shown else None)

    def y(field: str, shown: bool = False) -> alt.Y:
        scale = alt.Scale(domain=[len(defences), 0], nice=False)
        return alt.Y(f"{field}:Q", scale=scale, axis=axis(defences, "Defence", False) if shown else None)

    limit = max([5.0, *(abs(row["drop"]) for row in rows if row["drop"] is not None)])
    worse, middle, better = theme.diverging[2], theme.diverging[1], theme.diverging[0]
    if success:
        field, scale, title = (
            "value",
            alt.Scale(domain=[0, 100], range=[middle, worse], interpolate="rgb"),
            "attack success (%)",
        )
    elif clean:
        field, title = "drop", "change (points)"
        scale = alt.Scale(domain=[-limit, 0, limit], range=[worse, middle, better], interpolate="rgb")
    else:
        field, scale, title = "value", alt.Scale(domain=[0, 100], **dict(theme.fill_ramp)), "accuracy (%)"
    for row in rows:
        row["ink"] = _ink(row, success, clean, limit, theme)
    base = alt.Chart(alt.Data(values=rows))
    ticks = [-limit, 0, limit] if field == "drop" else [0, 50, 100]
    return [
        alt.Chart(alt.Data(values=[{"x": 0, "y": 0}])).mark_point(opacity=0).encode(x=x("x", True), y=y("y", True)),
        base.mark_rect(stroke=theme.surface, strokeWidth=1.5).encode(
            x=x("x"),
            x2="x2:Q",
            y=y("y"),
            y2="y2:Q",
            color=alt.Color(
                f"{field}:Q",
                scale=scale,
                legend=alt.Legend(
                    title=title,
                    orient="right",
                    direction="vertical",
                    gradientLength=110,
                    gradientThickness=9,
                    values=ticks,
                    format="+.0f" if field == "drop" else ".0f",
                ),
            ),
            tooltip=[
                alt.Tooltip("attack:N"),
                alt.Tooltip("defence:N"),
                alt.Tooltip("label:N", title="attack success (%)" if success else "accuracy (%)"),
                *([alt.Tooltip("drop:Q", title="change (points)", format="+.1f")] if field == "drop" else []),
                alt.Tooltip("n:Q"),
            ],
        ),
        base.mark_text(fontSize=11).encode(x=x("mx"), y=y("my"), text="label:N", color=alt.Color("ink:N", scale=None)),
    ]


def _broken(name: str) -> list[str]:
    """An attack's name in lines: what, and by how many."""
    what, by, who = name.partition(" by ")
    words, lines = what.split(" "), [""]
    for word in words:
        if lines[-1] and len(lines[-1]) + len(word) > 14:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return [*lines, f"by {who}"] if by else lines


def _ink(row: dict[str, Any], success: bool, clean: bool, limit: float, theme: Theme) -> str:
    """Text that stands out from its cell."""
    if not success and not clean:
        return "#1B1F24" if row["value"] > 55 else "#FFFFFF"  # viridis is bright at its high end in both themes
    strong = row["value"] > 60 if success else row["drop"] is not None and abs(row["drop"]) > 0.6 * limit
    if theme.name == "dark":
        return "#14171C" if strong else theme.text
    return "#FFFFFF" if strong else theme.text


def _sentence(rows: Sequence[dict[str, Any]], success: bool, clean: bool) -> str:
    if success:
        worst = max(rows, key=lambda row: row["value"])
        return f"Attacks succeed most often with {worst['attack']} against {worst['defence']}: {worst['value']:.1f}{SPACE}%"
    lost = [row for row in rows if row["drop"] is not None]
    if clean and lost:
        worst = min(lost, key=lambda row: row["drop"])
        if worst["drop"] <= -1:
            told = f"{worst['defence']} loses most, {-worst['drop']:.1f}{SPACE}points to {worst['attack']}"
            by = {row["defence"]: min(other["drop"] for other in lost if other["defence"] == row["defence"]) for row in lost}
            best = max(by, key=lambda name: by[name])
            least = f"loses at most {-by[best]:.1f}" if by[best] <= -0.05 else "loses nothing"
            return told if len(by) == 1 else f"{told}; {best} {least}"
        return f"No attack costs more than {max(0.0, -worst['drop']):.1f}{SPACE}points"
    best, worst = max(rows, key=lambda row: row["value"]), min(rows, key=lambda row: row["value"])
    alone = len({row["attack"] for row in rows}) == 1
    places = [row["defence"] if alone else f"{row['defence']}, {row['attack']}" for row in (worst, best)]
    return f"From {worst['value']:.1f}{SPACE}% ({places[0]}) to {best['value']:.1f}{SPACE}% ({places[1]})"
