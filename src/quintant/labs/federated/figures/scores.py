"""F3, scores by participant and round: what the rule thought of everybody, attackers first, the removed hatched."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, cannot, captioned, span
from quintant.figure.cells import cell, gradient, named_axis
from quintant.figure.hatch import hatch
from quintant.figure.lettering import heading
from quintant.figure.number import SPACE, many, plain
from quintant.figure.plane import Drawing, Layers, Plane, across, linear, upward
from quintant.figure.tooltip import tip
from quintant.lab import Outcome
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


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    (outcome,) = outcomes
    every, badges = trials(NAME, outcomes)
    scored = [trial for trial in every if np.isfinite(_scores(trial, outcome)[0]).any()]
    if not scored:
        raise cannot(NAME, f"{', '.join(dict.fromkeys(trial.rule for trial in every))} gives no participant a score")
    shown = scored[:MOST_STRATEGIES]
    if len(shown) < len(every):
        badges = (*badges, f"{len(shown)} of {len(every)} strategies drawn (only those that score, at most {MOST_STRATEGIES})")
    labels = names(every)
    panels: list[Drawing] = []
    values: list[float] = []
    for trial in shown:
        name = labels[every.index(trial)] if len(every) > 1 else ""
        panel, drawn, left_out = _panel(trial, outcome, name, trial is shown[-1], theme)
        panels.append(panel)
        values += drawn
        badges = (*badges, *left_out)
    caption = Caption(
        sentence=_sentence(shown[0], outcome),
        what="score by participant and round; cross: removed in this round, hatched: removed before, empty: not scored; "
        "attackers first, marked at the left",
        n=max(trial.plan.num_of_clients for trial in shown),
        of="participants",
        badges=tuple(dict.fromkeys(badges)),
        facts=facts(shown),
        **span(values, x="round", y="1"),
    )
    return captioned(alt.vconcat(*panels, spacing=14).resolve_scale(color="independent"), caption)


def _scores(trial: Trial, outcome: Outcome) -> tuple[Array, Array, list[int]]:
    """Scores and removals (participants, rounds), and the rounds."""
    rows = trial.columns(NAME, outcome, "participants")
    size = trial.plan.num_of_clients
    values, numbers = grid(rows["participant"], rows["round"], rows["criterion"], size)
    gone, _ = grid(rows["participant"], rows["round"], rows["removed"].astype(float), size)
    return values, np.nan_to_num(gone) > 0, numbers


def _panel(trial: Trial, outcome: Outcome, name: str, lowest: bool, theme: Theme) -> tuple[Drawing, list[float], list[str]]:
    """The map of one strategy, its values, and badges for what it leaves out."""
    values, gone, numbers = _scores(trial, outcome)
    attackers, worst = set(trial.attackers), trial.rule == "trust"
    typical = np.array([np.nanmean(row) if np.isfinite(row).any() else -np.inf for row in values])
    order = sorted(range(len(values)), key=lambda who: (who not in attackers, typical[who] if worst else -typical[who], who))
    order, badges = _chosen(order, attackers, [who for who in order if typical[who] > -np.inf])
    if len(numbers) > MOST_ROUNDS:
        badges.append(f"the last {MOST_ROUNDS} of {len(numbers)} rounds drawn")
    first = max(0, len(numbers) - MOST_ROUNDS)
    last = max(numbers[-1], trial.plan.num_of_rounds if len(numbers) <= MOST_ROUNDS else 0)
    tall, begin, end = 18 if len(order) <= 20 else 11, numbers[first] - 0.5, last + 0.5
    ticks = list(range(numbers[first], last + 1, max(1, -(-(last - numbers[first] + 1) // 12))))
    bottom = alt.Axis(title="Round" if lowest else None, labels=lowest, grid=False, format="d", domain=False, values=ticks)
    left = named_axis(order, "Participant", labelFontSize=10 if tall > 12 else 8, labelPadding=10)
    plane = Plane(across(linear(begin, end), bottom), upward(linear(len(order), 0), left), WIDTH, tall * len(order))

    cells, lines, crosses = [], [], []
    for place, who in enumerate(order):
        for at in range(first, len(numbers)):
            number, value = numbers[at], values[who, at]
            if np.isfinite(value):
                cells.append({**cell(number - 0.5, place), "value": float(value), "who": who, "round": number})
            if gone[who, at] and (at == 0 or not gone[who, at - 1]):
                crosses.append({"x": number, "y": place + 0.5})
        after = [numbers[at] for at in range(max(first, 1), len(numbers)) if gone[who, at] and gone[who, at - 1]]
        if after:
            out = (after[0] - 0.5, after[-1] + 0.5)
            px = (out[1] - out[0]) * (WIDTH / (end - begin))
            lines += hatch(out, (place, place + 1), lines=max(2, round((px + tall) / 9)), slope=max(0.05, px / tall))
    scores = [row["value"] for row in cells]
    title = WORDS.get(trial.plan.aggregation_strategy_keyword, "score")
    legend = gradient(title, min(110, plane.height - 20), format=".3~g", titleLimit=160)
    tips = [tip("who:N", "participant"), "round:Q", tip("value:Q", "score", ".4g")]
    tiles = plane.on(cells, ("x", "x2"), ("y", "y2")).mark_rect(stroke=theme.surface, strokeWidth=0.5)
    colour = alt.Color("value:Q", scale=_ramp(scores, theme, worst), legend=legend)
    layers: Layers = [plane.frame(begin, 0), tiles.encode(color=colour, tooltip=tips)]
    # Both are drawn twice, on an edge of the surface's colour, to be seen on any cell.
    strokes = plane.on(lines, ("x", "x2"), ("y", "y2"))
    for hue, width in ((theme.surface, 1.6), (theme.text, 0.7)) if lines else ():
        layers.append(strokes.mark_rule(color=hue, strokeWidth=width, clip=True))
    points = plane.on(crosses, "x", "y")
    for hue, width in ((theme.surface, 4.5), (theme.text, 2.0)) if crosses else ():
        layers.append(points.mark_point(shape=CROSS, size=4 * tall, stroke=hue, strokeWidth=width, opacity=1))
    marked = [{"y": place, "y2": place + 1} for place, who in enumerate(order) if who in attackers]
    if marked:
        layers.append(plane.on(marked, y=("y", "y2")).mark_rect(color=theme.series[1], width=5, x=-5))
    return plane.layered(layers, **heading(name)), scores, badges


def _chosen(order: list[int], attackers: set[int], scored: list[int]) -> tuple[list[int], list[str]]:
    """Whom of `order` to draw: those who were ever scored, of too many as many attackers as others, the most suspected."""
    badges = []
    if len(scored) < len(order):
        badges.append(f"{len(scored)} of {len(order)} participants were ever scored")
    if len(scored) <= MOST_PARTICIPANTS:
        return scored, badges
    evil, others = ([who for who in scored if (who in attackers) == bad] for bad in (True, False))
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


def _sentence(trial: Trial, outcome: Outcome) -> str:
    values, gone, numbers = _scores(trial, outcome)
    attackers = set(trial.attackers)
    out = set(np.flatnonzero(gone.any(axis=1)).tolist())
    if out and not attackers:
        return f"{trial.rule} removed {many(len(out), 'participant')} with nobody attacking"
    if out:
        right, wrong = len(out & attackers), len(out - attackers)
        others = f" and {wrong} who did not attack" if wrong else " and nobody else"
        return f"{trial.rule} removed {right} of {many(len(attackers), 'attacker')}{others}"
    scored = f"{trial.rule} scored {many(len(values), 'participant')}"
    if not attackers or len(attackers) == len(values):
        return f"{scored}, nobody was removed"
    means = {who: float(np.nanmean(row)) for who, row in enumerate(values) if np.isfinite(row).any()}
    inside = [mean for who, mean in means.items() if who in attackers]
    others_mean = [mean for who, mean in means.items() if who not in attackers]
    if not inside or not others_mean or not np.mean(others_mean):
        return f"{scored} in {numbers[-1]} rounds"
    ratio = float(np.mean(inside) / np.mean(others_mean))
    return f"{trial.rule} scores attackers {plain(float(f'{ratio:.2g}'))}{SPACE}times as high as the others"
