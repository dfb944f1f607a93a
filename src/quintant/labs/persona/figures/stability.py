"""A7, is the instrument stable? Baseline scores as asked, and asked again with the same diary in another order."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned, span
from quintant.figure.cells import named_axis
from quintant.figure.plane import Drawing, Plane, across, linear, upward
from quintant.figure.tooltip import tip
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
Repeats = dict[tuple[str, str], list[tuple[float, ...]]]
"""(persona, instrument) -> for each diary the score as asked and the scores as asked again."""


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    """Day 0 comes before any event, so that the runs of all arms tell of the same thing; each persona and diary counts once."""
    every, badges = arms(outcomes)
    config = every[0].config
    questionnaires = instruments(every[0].outcomes[0], config)
    distinct: dict[tuple[str, str, str], tuple[float, ...]] = {}
    names: dict[str, str] = {}
    for arm in every:
        names |= people(arm.config)
        for outcome in arm.outcomes:
            for key, scores in _administrations(outcome, arm.config, questionnaires).items():
                distinct.setdefault(key, scores)
    if not distinct:
        raise cannot(NAME, _why(outcomes, config))
    repeats: Repeats = {}
    for (_, persona, id), scores in distinct.items():
        repeats.setdefault((persona, id), []).append(scores)
    shown = [instrument for instrument in questionnaires if any(id == instrument.id for _, id in repeats)]
    personas = [id for id in names if any(persona == id for persona, _ in repeats)]
    panels = [_panel(instrument, repeats, personas, names, instrument is shown[-1], theme) for instrument in shown]
    spreads = [(own.id, _spread([scores for (*_, id), scores in distinct.items() if id == own.id])) for own in shown]
    again = max(map(len, distinct.values())) - 1
    caption = Caption(
        sentence=f"Order alone moves {', '.join(f'{SHORT[id]} ± {spread:.1f}' for id, spread in spreads)} points (1 SD)",
        what=f"baseline score before rounding; filled: as asked, open: asked {again} times more, same lines in another "
        "order; grey: the questionnaire's standard error on people",
        n=len(personas),
        of="personas",
        badges=badges,
        facts=facts(every),
        **span([score for scores in distinct.values() for score in scores], x="points", y="1"),
    )
    return captioned(alt.vconcat(*panels, spacing=14), caption)


def _administrations(
    outcome: Outcome, config: PersonaConfig, questionnaires: Sequence[Instrument]
) -> dict[tuple[str, str, str], tuple[float, ...]]:
    """(prompt's hash, persona, instrument) -> the scores of day 0, first as asked, then in other orders, before rounding."""
    personas = {persona.id: persona for persona in cast(config)}
    administrations: dict[tuple[str, str, str], tuple[float, ...]] = {}
    for call in calls(outcome.events):
        if call.kind != SESSION or call.ask["day"] != 0 or not call.answer.get("repeats"):
            continue
        persona, answer = personas[call.ask["persona"]["id"]], call.answer
        for instrument in questionnaires:
            if answer.get("contrasts"):
                first = session.contrasts(answer)
                orders = [first, *(dict(zip(first, values, strict=True)) for values in answer["repeats"])]
                scores = [session.contrast_score(persona, instrument, own, first, config).latent_total for own in orders]
            else:
                ids = list(answer["answers"])
                sheets = [{id: row["score"] for id, row in answer["answers"].items()}]
                sheets += [dict(zip(ids, values, strict=True)) for values in answer["repeats"]]
                scores = [from_answers(instrument, sheet).total for sheet in sheets]
            known = tuple(float(score) for score in scores if score is not None)
            if scores[0] is not None and len(known) > 1:
                administrations[answer["prompt_hash"], persona.id, instrument.id] = known
    return administrations


def _why(outcomes: Sequence[Outcome], config: PersonaConfig) -> str:
    if config.readministrations == 0:
        return "readministrations is 0: nothing was asked twice"
    return f"{outcomes[0].run_id} ({outcomes[0].state}) has no baseline that was asked again and could be read"


def _spread(several: Sequence[Sequence[float]]) -> float:
    """Pooled within-persona standard deviation of asking once (points)."""
    squares = [statistics.variance(scores) for scores in several]
    value: float = float(sum(squares) / len(squares)) ** 0.5
    return value


def _panel(
    instrument: Instrument, repeats: Repeats, personas: Sequence[str], names: dict[str, str], last: bool, theme: Theme
) -> Drawing:
    x = across(linear(0, instrument.most), alt.Axis(title="Score (points)" if last else None, grid=False, tickCount=8))
    left = named_axis([names[id].replace("'", "’") for id in personas], SHORT[instrument.id])
    plane = Plane(x, upward(linear(len(personas), 0), left), WIDTH, ROW * len(personas))
    firsts, others, spans = [], [], []
    error, most = instrument.standard_error_points, float(instrument.most)
    for place, id in enumerate(personas):
        for first, *again in repeats.get((id, instrument.id), ()):
            point = {"y": place + 0.5, "who": names[id]}
            firsts.append({"x": first, **point})
            others += [{"x": score, **point} for score in again]
            spans.append({"x": max(0.0, first - error), "x2": min(most, first + error), "y": place + 0.22, "y2": place + 0.78})
    tips = [tip("who:N", "persona"), tip("x:Q", "score", ".2f")]
    style = {"size": 46, "color": theme.series[0], "opacity": 1}
    return plane.layered(
        [
            plane.frame(),
            plane.on(spans, ("x", "x2"), ("y", "y2")).mark_rect(color=theme.text, opacity=0.09),
            plane.on(others, "x", "y").mark_point(filled=False, strokeWidth=1.3, **style).encode(tooltip=tips),
            plane.on(firsts, "x", "y").mark_point(filled=True, **style).encode(tooltip=tips),
        ]
    )
