"""F3, scores by participant and round: what the rule thought of everybody, attackers first, the removed hatched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, cannot, captioned
from quintant.figure.hatch import hatch
from quintant.figure.number import SPACE, plain
from quintant.lab import Outcome
from quintant.labs.federated.figures.attacks import many
from quintant.labs.federated.figures.plane import CROSS
from quintant.labs.federated.figures.rounds import grid
from quintant.labs.federated.figures.trials import Array, Trial, facts, names, trials
from quintant.labs.federated.names import KRUM_FAMILY, PID_FAMILY

NAME = "scores"
WIDTH = 470
MOST_STRATEGIES, MOST_PARTICIPANTS, MOST_ROUNDS = 4, 60, 120
WORDS = {
    **dict.fromkeys((*KRUM_FAMILY, "arkrum"), "sum of squared distances"),
    "bulyan": "distance to the aggregate",
    **dict.fromkeys(("rfa", "median"), "distance to the median"),
    "trimmed_mean": "share trimmed",
    "trust": "trust",
    **dict.fromkeys(PID_FAMILY, "PID score"),
}  # fmt: skip


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    (outcome,) = outcomes
    found, badges = trials(NAME, outcomes)
    scored = [trial for trial in found if np.isfinite(_scores(trial, outcome)[0]).any()]
    if not scored:
        raise cannot(NAME, f"{', '.join(dict.fromkeys(trial.rule for trial in found))} gives no participant a score")
    shown = scored[:MOST_STRATEGIES]
    if len(shown) < len(found):
        badges = (*badges, f"{len(shown)} of {len(found)} strategies drawn (only those that score, at most {MOST_STRATEGIES})")
    called = names(found)
    panels, told, values = [], [], []
    for trial in shown:
        name = called[found.index(trial)] if len(found) > 1 else ""
        panel, some, left_out = _panel(trial, outcome, name, trial is shown[-1], theme)
        panels.append(panel)
        values += some
        badges = (*badges, *left_out)
        told.append(_told(trial, outcome))
    return captioned(
        alt.vconcat(*panels, spacing=14).resolve_scale(color="independent"),
        Caption(
            sentence=told[0],
            what="score by participant and round; cross: removed in this round, hatched: removed before, empty: not scored; "
            "attackers first, marked at the left",
            n=max(trial.plan.num_of_clients for trial in shown),
            of="participants",
            units={"x": "round", "y": "1"},
            minimum=min(values),
            maximum=max(values),
            badges=tuple(dict.fromkeys(badges)),
            facts=facts(shown),
        ),
    )


def _scores(trial: Trial, outcome: Outcome) -> tuple[Array, Array, list[int]]:
    """Scores and removals (participants, rounds), and the rounds."""
    rows = trial.columns(NAME, outcome, "participants")
    size = trial.plan.num_of_clients
    values, numbers = grid(rows["participant"], rows["round"], rows["criterion"], size)
    gone, _ = grid(rows["participant"], rows["round"], rows["removed"].astype(float), size)
    return values, np.nan_to_num(gone) > 0, numbers


def _panel(trial: Trial, outcome: Outcome, name: str, lowest: bool, theme: Theme) -> tuple[Any, list[float], tuple[str, ...]]:
    values, gone, numbers = _scores(trial, outcome)
    attackers = set(trial.attackers)
    worst = trial.rule == "trust"
    typical = np.array([np.nanmean(row) if np.isfinite(row).any() else -np.inf for row in values])
    order = sorted(range(len(values)), key=lambda one: (one not in attackers, typical[one] if worst else -typical[one], one))
    order, badges = _chosen(order, attackers, [one for one in order if typical[one] > -np.inf])
    if len(numbers) > MOST_ROUNDS:
        badges.append(f"the last {MOST_ROUNDS} of {len(numbers)} rounds drawn")
    first = max(0, len(numbers) - MOST_ROUNDS)
    last = max(numbers[-1], trial.plan.num_of_rounds if len(numbers) <= MOST_ROUNDS else 0)
    tall = 18 if len(order) <= 20 else 11
    height = tall * len(order)
    begin = numbers[first] - 0.5

    def x(field: str, shown: bool = False) -> alt.X:
        step = max(1, -(-(last - numbers[first] + 1) // 12))
        axis = alt.Axis(
            title="Round" if lowest else None,
            labels=lowest,
            grid=False,
            format="d",
            domain=False,
            values=list(range(numbers[first], last + 1, step)),
        )
        return alt.X(f"{field}:Q", scale=alt.Scale(domain=[begin, last + 0.5], nice=False), axis=axis if shown else None)

    def y(field: str, shown: bool = False) -> alt.Y:
        texts = ",".join(f"'{one}'" for one in order)
        axis = alt.Axis(
            title="Participant",
            values=[place + 0.5 for place in range(len(order))],
            grid=False,
            ticks=False,
            domain=False,
            labelExpr=f"[{texts}][floor(datum.value)]",
            labelFontSize=10 if tall > 12 else 8,
            labelPadding=10,
        )
        scale = alt.Scale(domain=[len(order), 0], nice=False)
        return alt.Y(f"{field}:Q", scale=scale, axis=axis if shown else None)

    cells, lines, crosses = [], [], []
    wide = WIDTH / (last + 0.5 - begin)
    for place, one in enumerate(order):
        for at in range(first, len(numbers)):
            number, value = numbers[at], values[one, at]
            if np.isfinite(value):
                cells.append(
                    {
                        "x": number - 0.5,
                        "x2": number + 0.5,
                        "y": place,
                        "y2": place + 1,
                        "value": float(value),
                        "who": one,
                        "round": number,
                    }
                )
            if gone[one, at] and (at == 0 or not gone[one, at - 1]):
                crosses.append({"x": number, "y": place + 0.5})
        after = [numbers[at] for at in range(max(first, 1), len(numbers)) if gone[one, at] and gone[one, at - 1]]
        if after:
            span = (after[0] - 0.5, after[-1] + 0.5)
            lines += hatch(
                span,
                (place, place + 1),
                lines=max(2, round(((span[1] - span[0]) * wide + tall) / 9)),
                slope=max(0.05, (span[1] - span[0]) * wide / tall),
            )
    every = [cell["value"] for cell in cells]
    ramp = _ramp(every, theme, worst)
    layers: list[Any] = [
        alt.Chart(alt.Data(values=[{"x": begin, "y": 0}])).mark_point(opacity=0).encode(x=x("x", True), y=y("y", True)),
        alt.Chart(alt.Data(values=cells))
        .mark_rect(stroke=theme.surface, strokeWidth=0.5)
        .encode(
            x=x("x"),
            x2="x2:Q",
            y=y("y"),
            y2="y2:Q",
            color=alt.Color(
                "value:Q",
                scale=ramp,
                legend=alt.Legend(
                    title=WORDS.get(trial.plan.aggregation_strategy_keyword, "score"),
                    orient="right",
                    direction="vertical",
                    gradientLength=min(110, height - 20),
                    gradientThickness=9,
                    format=".3~g",
                    titleLimit=160,
                ),
            ),
            tooltip=[
                alt.Tooltip("who:N", title="participant"),
                alt.Tooltip("round:Q"),
                alt.Tooltip("value:Q", title="score", format=".4g"),
            ],
        ),
    ]
    if lines:
        for colour, stroke in ((theme.surface, 1.6), (theme.text, 0.7)):
            layers.append(
                alt.Chart(alt.Data(values=lines))
                .mark_rule(color=colour, strokeWidth=stroke, clip=True)
                .encode(x=x("x"), x2="x2:Q", y=y("y"), y2="y2:Q")
            )
    if crosses:
        base = alt.Chart(alt.Data(values=crosses)).encode(x=x("x"), y=y("y"))
        for colour, stroke in ((theme.surface, 4.5), (theme.text, 2.0)):
            layers.append(base.mark_point(shape=CROSS, size=4 * tall, stroke=colour, strokeWidth=stroke, opacity=1))
    marked = [{"y": place, "y2": place + 1} for place, one in enumerate(order) if one in attackers]
    if marked:
        layers.append(
            alt.Chart(alt.Data(values=marked)).mark_rect(color=theme.series[1], width=5, x=-5).encode(y=y("y"), y2="y2:Q")
        )
    titled: dict[str, Any] = {"title": alt.Title(name, fontSize=12, anchor="start", offset=4)} if name else {}
    chart = alt.layer(*layers, width=WIDTH, height=height, **titled).resolve_axis(x="independent", y="independent")
    return chart, every, tuple(badges)


def _chosen(order: list[int], attackers: set[int], scored: list[int]) -> tuple[list[int], list[str]]:
    """Whom of `order` to draw: those who were ever scored, of too many as many attackers as others, the most suspected."""
    badges = []
    if len(scored) < len(order):
        badges.append(f"{len(scored)} of {len(order)} participants were ever scored")
    if len(scored) <= MOST_PARTICIPANTS:
        return scored, badges
    evil, others = ([one for one in scored if (one in attackers) == bad] for bad in (True, False))
    room = max(MOST_PARTICIPANTS // 2, MOST_PARTICIPANTS - len(others))
    kept = evil[:room]
    kept += others[: MOST_PARTICIPANTS - len(kept)]
    badges.append(f"the {MOST_PARTICIPANTS} most suspected of {len(scored)} drawn, attackers and others")
    return kept, badges


def _ramp(values: Sequence[float], theme: Theme, lowest_is_bad: bool) -> alt.Scale:
    """Bright is suspected; on a log scale where scores span more than a factor of 20, as squared distances do under attack."""
    low, high = min(values), max(values)
    wide = low > 0 and high / low > 20
    scheme = dict(theme.fill_ramp)
    if lowest_is_bad:
        scheme["reverse"] = not scheme.get("reverse", False)
    return alt.Scale(type="log" if wide else "linear", domain=[low, high if high > low else low + 1], nice=False, **scheme)


def _told(trial: Trial, outcome: Outcome) -> str:
    values, gone, numbers = _scores(trial, outcome)
    attackers = set(trial.attackers)
    out = {int(one) for one in np.flatnonzero(gone.any(axis=1))}
    if out:
        right = len(out & attackers)
        told = f"{trial.rule} removed {right} of {many(len(attackers), 'attacker')}"
        wrong = len(out - attackers)
        return (
            told + (f" and {wrong} who did not attack" if wrong else " and nobody else")
            if attackers
            else (f"{trial.rule} removed {many(len(out), 'participant')} with nobody attacking")
        )
    if not attackers or len(attackers) == len(values):
        return f"{trial.rule} scored {many(len(values), 'participant')}, nobody was removed"
    means = {one: float(np.nanmean(row)) for one, row in enumerate(values) if np.isfinite(row).any()}
    inside = [mean for one, mean in means.items() if one in attackers]
    others = [mean for one, mean in means.items() if one not in attackers]
    if not inside or not others or not np.mean(others):
        return f"{trial.rule} scored {many(len(values), 'participant')} in {numbers[-1]} rounds"
    ratio = float(np.mean(inside) / np.mean(others))
    return f"{trial.rule} scores attackers {plain(float(f'{ratio:.2g}'))}{SPACE}times as high as the others"
