"""F1, accuracy and loss by round: the global model on the central test set, participants behind it, the attack shaded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, cannot, captioned, span
from quintant.figure.lettering import small
from quintant.figure.number import SPACE, many
from quintant.figure.plane import Drawing, Layers
from quintant.figure.tooltip import tip
from quintant.lab import Outcome
from quintant.labs.federated.figures.attacks import shaded
from quintant.labs.federated.figures.plane import CROSS, Line, Rounds, rounds
from quintant.labs.federated.figures.rounds import Course, course, grid
from quintant.labs.federated.figures.trials import Trial, facts, names, percent_of, trials
from quintant.statistics import Estimate

NAME = "accuracy"
HEIGHT, STRIP = 230, 90
MOST = 12
"""Lines that can be told apart: six colours, two dashes. More are the matrix's business."""
MOST_PARTICIPANTS = 60
DOTTED = (2, 3)


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    every, badges = trials(NAME, outcomes)
    if len(every) > MOST:
        raise cannot(NAME, f"{len(every)} strategies are more than {MOST} lines; choose some, or draw figure matrix")
    accuracies = [course(NAME, trial, "test_accuracy") for trial in every]
    reached = [accuracy for accuracy in accuracies if accuracy.rounds]
    if not reached:
        raise cannot(NAME, "no round has a test accuracy")
    labels = names(every)
    last = max(trial.plan.num_of_rounds for trial in every)
    upper = rounds(last, "Test accuracy (%)", (0.0, 100.0), HEIGHT)
    layers = [upper.axes(), *shaded([trial.plan for trial in every], upper, theme), *_begins(every, upper, theme)]
    thin: Layers = []
    if len(every) == 1:
        thin, left_out = _participants(every[0], upper, theme)
        layers += thin
        badges = (*badges, *left_out)
    lines = _lines(every, accuracies, labels, 100, theme)
    for line in lines:
        layers += upper.mean_with_band(line)
    if len(every) == 1:
        layers += _crosses(every[0], upper, theme)
    layers += upper.ends(lines)
    panels = [upper.layered(layers), *_strips(every, labels, last, theme)]
    counts = {accuracy.last.n for accuracy in reached}
    same = len(counts) == 1 and accuracies[0].rounds
    means = [100 * estimate.mean for accuracy in accuracies for estimate in accuracy.estimates if estimate.mean is not None]
    caption = Caption(
        sentence=_sentence(every, accuracies, labels),
        what="global model on the central test set" + (", thin: each participant's validation part" if thin else ""),
        band=accuracies[0].last.band() if same else f"n = {min(counts)}–{max(counts)} seeds",
        n=max(counts),
        badges=badges,
        facts=facts(every),
        **span(means, x="round", y="%"),
    )
    return captioned(alt.vconcat(*panels, spacing=10), caption)


def _lines(every: Sequence[Trial], courses: Sequence[Course], labels: Sequence[str], factor: float, theme: Theme) -> list[Line]:
    """Thick ink where it is the only one; the clean runs dotted. Bands are fainter where several overlap."""
    lines = []
    for place, (trial, values, label) in enumerate(zip(every, courses, labels, strict=True)):
        rows = values.rows(factor)
        if len(every) == 1:
            lines.append(Line(rows, "global", theme.text, width=2.8))
        else:
            dash = DOTTED if trial.clean else theme.dash(place)
            lines.append(Line(rows, label, theme.colour(place), dash, band=0.16 if len(every) < 4 else 0.07))
    return [line for line in lines if line.rows]


def _begins(every: Sequence[Trial], plane: Rounds, theme: Theme) -> Layers:
    """The round from which participants are removed, where it is the same for all that remove."""
    begins = {trial.plan.begin_removing_from_round for trial in every if trial.plan.remove_clients}
    if len(begins) != 1 or (begin := begins.pop()) > plane.last:
        return []
    base = plane.on({"x": begin - 0.5}, "x")
    place = {"align": "left", "baseline": "bottom", "dx": 3, "y": HEIGHT - 4}
    return [
        base.mark_rule(color=theme.muted, strokeDash=[4, 3], strokeWidth=1),
        base.mark_text(text="removal begins", **place, **small(theme.muted)),
    ]


def _participants(trial: Trial, plane: Rounds, theme: Theme) -> tuple[Layers, tuple[str, ...]]:
    """A thin line per participant of the first replicate: benign blue-grey, attackers dashed."""
    outcome = trial.outcomes[0]
    if "participants" not in outcome.tables:
        return [], ()
    if (trial.plan.clients_per_round or trial.plan.num_of_clients) < trial.plan.num_of_clients:
        return [], (f"participants not drawn: {trial.plan.clients_per_round} of them train in a round",)
    rows = trial.columns(NAME, outcome, "participants")
    values, numbers = grid(rows["participant"], rows["round"], rows["accuracy"], trial.plan.num_of_clients)
    if np.isnan(values).all():
        return [], ("no participant has validation data of its own",)
    attackers = set(trial.attackers)
    benign = [who for who in range(len(values)) if who not in attackers]
    kept = [*benign[: MOST_PARTICIPANTS - min(len(attackers), 20)], *sorted(attackers)[:20]]
    badges = (
        f"participants of seed {outcome.root_seed} only" if len(trial.outcomes) > 1 else "",
        f"{len(kept)} of {len(values)} participants drawn" if len(kept) < len(values) else "",
    )
    layers = []
    for attacking, opacity, dash in ((False, 0.4, []), (True, 0.75, [4, 3])):
        data = [
            {"round": number, "accuracy": 100 * value, "participant": who}
            for who in kept
            if (who in attackers) == attacking
            for number, value in zip(numbers, values[who].tolist(), strict=True)
            if np.isfinite(value)
        ]
        if data:
            style = {"strokeWidth": 0.9, "strokeOpacity": opacity, "strokeDash": dash, "color": theme.series[attacking]}
            tips = ["participant:N", "round:Q", tip("accuracy:Q", format=".1f")]
            thin = plane.on(data, "round", "accuracy").mark_line(**style)
            layers.append(thin.encode(detail="participant:N", tooltip=tips))
    return layers, badges


def _crosses(trial: Trial, plane: Rounds, theme: Theme) -> Layers:
    """A cross on the line of everybody who was removed, at the round; vermillion for attackers."""
    outcome = trial.outcomes[0]
    if "participants" not in outcome.tables:
        return []
    rows = trial.columns(NAME, outcome, "participants")
    first: dict[int, dict[str, Any]] = {}
    for values in zip(*(rows[name] for name in ("participant", "round", "removed", "accuracy")), strict=True):
        who, number, gone, accuracy = int(values[0]), int(values[1]), values[2], values[3]
        if gone and who not in first and accuracy is not None and np.isfinite(accuracy):
            hue = theme.series[1 if who in trial.attackers else 0]
            first[who] = {"round": number, "accuracy": 100 * float(accuracy), "hue": hue, "who": who}
    if not first:
        return []
    points = plane.on(list(first.values()), "round", "accuracy")
    crosses = points.mark_point(shape=CROSS, size=60, strokeWidth=2.2, opacity=1)
    return [crosses.encode(stroke=alt.Stroke("hue:N", scale=None), tooltip=[tip("who:N", "removed"), "round:Q"])]


def _strips(every: Sequence[Trial], labels: Sequence[str], last: int, theme: Theme) -> list[Drawing]:
    """Loss, and attack success where it was measured, below the accuracy."""
    columns = (("asr", "Attack success (%)", 100.0), ("test_loss", "Test loss", 1.0))
    quantities = [(title, factor, [course(NAME, trial, column) for trial in every]) for column, title, factor in columns]
    measured = [quantity for quantity in quantities if any(values.rounds for values in quantity[2])]
    panels = []
    for title, factor, courses in measured:
        tops = [factor * max(e.mean or 0.0, e.high or 0.0) for values in courses for e in values.estimates]
        high = 100.0 if factor == 100.0 else 1.05 * _sane(tops)
        plane = rounds(last, title, (0.0, high or 1.0), STRIP, lowest=title == measured[-1][0])
        layers = [plane.axes(), *shaded([trial.plan for trial in every], plane, theme, label=False)]
        for line in _lines(every, courses, labels, factor, theme):
            layers += plane.mean_with_band(line)
        panels.append(plane.layered(layers))
    return panels


def _sane(tops: Sequence[float]) -> float:
    """The top of the loss axis: a loss that explodes (beyond 12 medians) leaves the plane instead of flattening all others."""
    ordered = sorted(tops)
    return min(ordered[-1], 12 * ordered[len(ordered) // 2] or 1.0)


def _sentence(every: Sequence[Trial], accuracies: Sequence[Course], labels: Sequence[str]) -> str:
    reached = [
        (accuracy.last, accuracy.rounds[-1], trial, label)
        for accuracy, trial, label in zip(accuracies, every, labels, strict=True)
        if accuracy.rounds
    ]
    if len(reached) == 1:
        estimate, number, trial, _ = reached[0]
        attackers = f"{many(len(trial.attackers), 'attacker')} of {trial.plan.num_of_clients}{SPACE}participants"
        sentence = f"{trial.defence} reaches {_with_interval(estimate)} in round {number} with"
        return f"{sentence} nobody attacking" if trial.clean else f"{sentence} {attackers}"
    ranked = sorted(reached, key=lambda end: -(end[0].mean or 0.0))
    (best, *_, best_label), (worst, *_, worst_label) = ranked[0], ranked[-1]
    return f"{best_label} ends at {_with_interval(best)}, {worst_label} at {_with_interval(worst)}"


def _with_interval(estimate: Estimate) -> str:
    mean, low, high = estimate.mean or 0.0, estimate.low or 0.0, estimate.high or 0.0
    return f"{100 * mean:.1f} ± {50 * (high - low):.1f}{SPACE}%" if estimate.has_interval else percent_of(mean)
