"""F1, accuracy and loss by round: the global model on the central test set, participants behind it, the attack shaded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, cannot, captioned
from quintant.figure.number import SPACE
from quintant.lab import Outcome
from quintant.labs.federated.figures.attacks import many, shaded
from quintant.labs.federated.figures.plane import CROSS, WIDTH, Line, Plane
from quintant.labs.federated.figures.rounds import Course, course, grid
from quintant.labs.federated.figures.trials import Trial, facts, names, percent_of, trials

NAME = "accuracy"
HEIGHT, STRIP = 230, 90
MOST = 12
"""Lines that can be told apart: six colours, two dashes. More are the matrix's business."""
MOST_PARTICIPANTS = 60
DOTTED = (2, 3)


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    found, badges = trials(NAME, outcomes)
    if len(found) > MOST:
        raise cannot(NAME, f"{len(found)} strategies are more than {MOST} lines; choose some, or draw figure matrix")
    last = max(trial.plan.num_of_rounds for trial in found)
    accuracies = [course(NAME, trial, "test_accuracy") for trial in found]
    if not any(one.rounds for one in accuracies):
        raise cannot(NAME, "no round has a test accuracy")
    single = len(found) == 1
    called = names(found)
    upper = Plane(last, "Test accuracy (%)", (0.0, 100.0), HEIGHT, theme)
    plans = [trial.plan for trial in found]
    layers = [upper.frame(), *shaded(plans, upper.x, upper.end, WIDTH, theme), *_begins(found, upper)]
    thin: list[Any] = []
    if single:
        thin, told = _participants(found[0], upper)
        layers += thin
        badges = (*badges, *told)
    lines = [
        _line(trial, one.rows(100), name, at, len(found), theme)
        for at, (trial, one, name) in enumerate(zip(found, accuracies, called, strict=True))
        if one.rounds
    ]
    for line in lines:
        layers += upper.line(line)
    if single:
        layers += _crosses(found[0], upper)
    layers += upper.ends(lines)
    panels = [upper.layered(layers), *_strips(found, called, last, theme)]
    reached = [one for one in accuracies if one.rounds]
    counts = {one.last.n for one in reached}
    values = [100 * estimate.mean for one in accuracies for estimate in one.estimates if estimate.mean is not None]
    return captioned(
        alt.vconcat(*panels, spacing=10),
        Caption(
            sentence=_sentence(found, accuracies, called),
            what="global model on the central test set" + (", thin: each participant's validation part" if thin else ""),
            band=accuracies[0].last.band()
            if len(counts) == 1 and accuracies[0].rounds
            else f"n = {min(counts)}–{max(counts)} seeds",
            n=max(counts),
            units={"x": "round", "y": "%"},
            minimum=min(values),
            maximum=max(values),
            badges=badges,
            facts=facts(found),
        ),
    )


def _line(trial: Trial, rows: Any, name: str, at: int, drawn: int, theme: Theme) -> Line:
    """Thick ink where it is the only one; the clean runs dotted. Bands are fainter where several overlap."""
    if drawn == 1:
        return Line(rows, "global", theme.text, width=2.8)
    return Line(rows, name, theme.colour(at), DOTTED if trial.clean else theme.dash(at), band=0.16 if drawn < 4 else 0.07)


def _begins(found: Sequence[Trial], plane: Plane) -> list[Any]:
    """The round from which participants are removed, where it is the same for all that remove."""
    rounds = {trial.plan.begin_removing_from_round for trial in found if trial.plan.remove_clients}
    if len(rounds) != 1 or (begin := rounds.pop()) > plane.last:
        return []
    base = alt.Chart(alt.Data(values=[{"x": begin - 0.5}])).encode(x=plane.x("x"))
    muted = plane.theme.muted
    return [
        base.mark_rule(color=muted, strokeDash=[4, 3], strokeWidth=1),
        base.mark_text(text="removal begins", align="left", baseline="bottom", dx=3, y=HEIGHT - 4, fontSize=10, color=muted),
    ]


def _participants(trial: Trial, plane: Plane) -> tuple[list[Any], tuple[str, ...]]:
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
    badges = []
    if len(trial.outcomes) > 1:
        badges.append(f"participants of seed {outcome.root_seed} only")
    attackers = set(trial.attackers)
    benign = [one for one in range(len(values)) if one not in attackers]
    shown = [*benign[: MOST_PARTICIPANTS - min(len(attackers), 20)], *sorted(attackers)[:20]]
    if len(shown) < len(values):
        badges.append(f"{len(shown)} of {len(values)} participants drawn")
    layers = []
    for group, colour, dash in ((0, plane.theme.series[0], []), (1, plane.theme.series[1], [4, 3])):
        data = [
            {"round": number, "accuracy": 100 * value, "participant": one}
            for one in shown
            if (one in attackers) == bool(group)
            for number, value in zip(numbers, values[one].tolist(), strict=True)
            if np.isfinite(value)
        ]
        if data:
            layers.append(
                alt.Chart(alt.Data(values=data))
                .mark_line(strokeWidth=0.9, strokeOpacity=0.75 if group else 0.4, color=colour, strokeDash=dash)
                .encode(
                    x=plane.x("round"),
                    y=plane.y("accuracy"),
                    detail="participant:N",
                    tooltip=[alt.Tooltip("participant:N"), alt.Tooltip("round:Q"), alt.Tooltip("accuracy:Q", format=".1f")],
                )
            )
    return layers, tuple(badges)


def _crosses(trial: Trial, plane: Plane) -> list[Any]:
    """A cross on the line of everybody who was removed, at the round; vermillion for attackers."""
    outcome = trial.outcomes[0]
    if "participants" not in outcome.tables:
        return []
    rows = trial.columns(NAME, outcome, "participants")
    attackers = set(trial.attackers)
    first: dict[int, dict[str, Any]] = {}
    for participant, number, gone, accuracy in zip(
        rows["participant"], rows["round"], rows["removed"], rows["accuracy"], strict=True
    ):
        if gone and int(participant) not in first and accuracy is not None and np.isfinite(accuracy):
            hue = plane.theme.series[1 if int(participant) in attackers else 0]
            first[int(participant)] = {
                "round": int(number),
                "accuracy": 100 * float(accuracy),
                "hue": hue,
                "who": int(participant),
            }
    if not first:
        return []
    return [
        alt.Chart(alt.Data(values=list(first.values())))
        .mark_point(shape=CROSS, size=60, strokeWidth=2.2, opacity=1)
        .encode(
            x=plane.x("round"),
            y=plane.y("accuracy"),
            stroke=alt.Stroke("hue:N", scale=None),
            tooltip=[alt.Tooltip("who:N", title="removed"), alt.Tooltip("round:Q")],
        )
    ]


def _strips(found: Sequence[Trial], called: Sequence[str], last: int, theme: Theme) -> list[Any]:
    """Loss, and attack success where it was measured, below the accuracy."""
    wanted = [("asr", "Attack success (%)", 100.0), ("test_loss", "Test loss", 1.0)]
    measured = [(title, factor, [course(NAME, trial, column) for trial in found]) for column, title, factor in wanted]
    measured = [one for one in measured if any(course.rounds for course in one[2])]
    panels = []
    for title, factor, courses in measured:
        tops = [factor * max(e.mean or 0.0, e.high or 0.0) for one in courses for e in one.estimates]
        high = 100.0 if factor == 100.0 else 1.05 * _sane(tops)
        plane = Plane(last, title, (0.0, high or 1.0), STRIP, theme, lowest=title == measured[-1][0])
        layers = [plane.frame(), *shaded([trial.plan for trial in found], plane.x, plane.end, WIDTH, theme, label=False)]
        for at, (trial, one, name) in enumerate(zip(found, courses, called, strict=True)):
            if one.rounds:
                layers += plane.line(_line(trial, one.rows(factor), name, at, len(found), theme))
        panels.append(plane.layered(layers))
    return panels


def _sane(tops: Sequence[float]) -> float:
    """The top of the loss axis: a loss that explodes (beyond 12 medians) leaves the plane instead of flattening all others."""
    ordered = sorted(tops)
    return min(ordered[-1], 12 * ordered[len(ordered) // 2] or 1.0)


def _sentence(found: Sequence[Trial], accuracies: Sequence[Course], called: Sequence[str]) -> str:
    reached = [
        (one.last, one.rounds[-1], trial, name)
        for one, trial, name in zip(accuracies, found, called, strict=True)
        if one.rounds
    ]
    if len(reached) == 1:
        estimate, number, trial, _ = reached[0]
        assert estimate.mean is not None
        told = f"{trial.defence} reaches {_with_interval(estimate)} in round {number}"
        if trial.clean:
            return f"{told} with nobody attacking"
        return f"{told} with {many(len(trial.attackers), 'attacker')} of {trial.plan.num_of_clients}{SPACE}participants"
    ranked = sorted(reached, key=lambda one: -(one[0].mean or 0.0))
    (best, *_, best_name), (worst, *_, worst_name) = ranked[0], ranked[-1]
    return f"{best_name} ends at {_with_interval(best)}, {worst_name} at {_with_interval(worst)}"


def _with_interval(estimate: Any) -> str:
    if estimate.has_interval:
        return f"{100 * estimate.mean:.1f} ± {50 * (estimate.high - estimate.low):.1f}{SPACE}%"
    return percent_of(estimate.mean)
