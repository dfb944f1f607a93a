"""A7, is the instrument stable? Baseline scores as asked, and asked again with the same diary in another order."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned
from quintant.lab import Outcome
from quintant.labs.persona.calls import SESSION, calls
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.engine import session
from quintant.labs.persona.figures.arms import arms, facts
from quintant.labs.persona.figures.sessions import instruments, people
from quintant.labs.persona.library import Instrument
from quintant.labs.persona.results import SHORT
from quintant.labs.persona.rules import cast
from quintant.labs.persona.scoring import from_answers

NAME = "stability"
WIDTH, ROW = 430, 20


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    """Day 0 comes before any event, so that the runs of all arms tell of the same thing; each persona and diary counts once."""
    made, badges = arms(outcomes)
    config = made[0].config
    asked = instruments(made[0].outcomes[0], config)
    told: dict[tuple[str, str], list[tuple[float, ...]]] = {}
    names: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    for arm in made:
        names |= people(arm.config)
        for outcome in arm.outcomes:
            for (hashed, whose, id), scores in _administrations(outcome, arm.config, asked).items():
                if (hashed, f"{whose} {id}") in seen:
                    continue
                seen.add((hashed, f"{whose} {id}"))
                told.setdefault((whose, id), []).append(scores)
    if not told:
        raise cannot(NAME, _why(outcomes, config))
    shown = [one for one in asked if any(id == one.id for _, id in told)]
    who = [id for id in names if any(persona == id for persona, _ in told)]
    panels = [_panel(one, told, who, names, one is shown[-1], theme) for one in shown]
    moved = {
        one.id: _spread([scores for (_, id), several in told.items() if id == one.id for scores in several]) for one in shown
    }
    every = [score for several in told.values() for scores in several for score in scores]
    again = max(len(scores) for several in told.values() for scores in several) - 1
    parts = ", ".join(f"{SHORT[id]} ± {spread:.1f}" for id, spread in moved.items())
    return captioned(
        alt.vconcat(*panels, spacing=14),
        Caption(
            sentence=f"Order alone moves {parts} points (1 SD)",
            what=f"baseline score before rounding; filled: as asked, open: asked {again} times more, same lines in another "
            "order; grey: the questionnaire's standard error on people",
            n=len(who),
            of="personas",
            units={"x": "points", "y": "1"},
            minimum=min(every),
            maximum=max(every),
            badges=badges,
            facts=facts(made),
        ),
    )


def _administrations(
    outcome: Outcome, config: PersonaConfig, asked: Sequence[Instrument]
) -> dict[tuple[str, str, str], tuple[float, ...]]:
    """(prompt's hash, persona, instrument) -> the scores of day 0, first as asked, then in other orders, before rounding."""
    of = {one.id: one for one in cast(config)}
    found: dict[tuple[str, str, str], tuple[float, ...]] = {}
    for call in calls(outcome.events):
        if call.kind != SESSION or call.ask["day"] != 0 or not call.answer.get("repeats"):
            continue
        persona, answer = of[call.ask["persona"]["id"]], call.answer
        for one in asked:
            if answer.get("contrasts"):
                first = session.contrasts(answer)
                orders = [first, *(dict(zip(first, values, strict=True)) for values in answer["repeats"])]
                scores = [session.contrast_score(persona, one, order, first, config).latent_total for order in orders]
            else:
                ids = list(answer["answers"])
                said = [{id: row["score"] for id, row in answer["answers"].items()}]
                said += [dict(zip(ids, values, strict=True)) for values in answer["repeats"]]
                scores = [from_answers(one, order).total for order in said]
            known = tuple(float(score) for score in scores if score is not None)
            if scores[0] is not None and len(known) > 1:
                found[answer["prompt_hash"], persona.id, one.id] = known
    return found


def _why(outcomes: Sequence[Outcome], config: PersonaConfig) -> str:
    if config.readministrations == 0:
        return "readministrations is 0: nothing was asked twice"
    return f"{outcomes[0].run_id} ({outcomes[0].state}) has no baseline that was asked again and could be read"


def _spread(several: Sequence[Sequence[float]]) -> float:
    """Pooled within-persona standard deviation of asking once (points)."""
    squares = [statistics.variance(scores) for scores in several]
    return float(sum(squares) / len(squares)) ** 0.5


def _panel(one: Instrument, told: Any, who: Sequence[str], names: dict[str, str], last: bool, theme: Theme) -> Any:
    labels = ",".join("'" + names[id].replace("'", "’") + "'" for id in who)

    def x(field: str, shown: bool = False) -> alt.X:
        axis = alt.Axis(title="Score (points)" if last else None, grid=False, tickCount=8) if shown else None
        return alt.X(f"{field}:Q", scale=alt.Scale(domain=[0, one.most], nice=False), axis=axis)

    def y(field: str, shown: bool = False) -> alt.Y:
        axis = alt.Axis(
            title=SHORT[one.id],
            values=[place + 0.5 for place in range(len(who))],
            labelExpr=f"[{labels}][floor(datum.value)]",
            grid=False,
            ticks=False,
            domain=False,
        )
        return alt.Y(f"{field}:Q", scale=alt.Scale(domain=[len(who), 0], nice=False), axis=axis if shown else None)

    firsts, others, spans = [], [], []
    for place, id in enumerate(who):
        for scores in told.get((id, one.id), ()):
            firsts.append({"x": scores[0], "y": place + 0.5, "who": names[id]})
            others += [{"x": score, "y": place + 0.5, "who": names[id]} for score in scores[1:]]
            spans.append(
                {
                    "x": max(0.0, scores[0] - one.standard_error_points),
                    "x2": min(float(one.most), scores[0] + one.standard_error_points),
                    "y": place + 0.22,
                    "y2": place + 0.78,
                }
            )
    tip = [alt.Tooltip("who:N", title="persona"), alt.Tooltip("x:Q", title="score", format=".2f")]
    layers = [
        alt.Chart(alt.Data(values=[{"x": 0, "y": 0}])).mark_point(opacity=0).encode(x=x("x", True), y=y("y", True)),
        alt.Chart(alt.Data(values=spans))
        .mark_rect(color=theme.text, opacity=0.09)
        .encode(x=x("x"), x2="x2:Q", y=y("y"), y2="y2:Q"),
        alt.Chart(alt.Data(values=others))
        .mark_point(filled=False, size=46, strokeWidth=1.3, color=theme.series[0], opacity=1)
        .encode(x=x("x"), y=y("y"), tooltip=tip),
        alt.Chart(alt.Data(values=firsts))
        .mark_point(filled=True, size=46, color=theme.series[0], opacity=1)
        .encode(x=x("x"), y=y("y"), tooltip=tip),
    ]
    return alt.layer(*layers, width=WIDTH, height=ROW * len(who)).resolve_axis(x="independent", y="independent")
