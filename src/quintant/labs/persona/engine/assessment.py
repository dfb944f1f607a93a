"""Assessment: a persona looks back, answers all questionnaires in one session, and alerts follow from its scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quintant.lab import Event
from quintant.labs.persona.engine import prompt, session
from quintant.labs.persona.engine.alarm import Alert
from quintant.labs.persona.engine.said import Question, Said
from quintant.labs.persona.engine.state import State, backend, query, remembers, seed
from quintant.labs.persona.engine.task import Assess, LookBack

READING = ("self_reference_score", "emotional_salience", "sink_share")


def look_back(state: State, task: LookBack) -> Question | None:
    if not remembers(state):
        state.agenda.insert(0, Assess(task.persona, []))
        return None
    return "memory.recall", query(state, task.persona, prompt.SELF_QUERY)


def looked_back(state: State, task: LookBack, answer: Mapping[str, Any]) -> None:
    state.agenda.insert(0, Assess(task.persona, answer["memories"]))


def assess(state: State, task: Assess) -> Question:
    id, config = task.persona, state.config
    mind, first = state.minds[id], state.day == 0
    return "model.session", {
        "backend": backend(state),
        "method": state.method,
        "persona": {"id": id, "name": mind.persona.name},
        "day": state.day,
        "segments": prompt.segments(mind, config, state.day, task.memories),
        "items": session.items(state.instruments),
        "capture": {"attention": config.attention, "activations": config.activations},
        "seed": seed(state, "sessions", f"{id}|{state.day}"),
        "noise": config.readministrations if first else 0,
        "baseline": first,
    }


def assessed(state: State, task: Assess, answer: Mapping[str, Any], said: Said) -> None:
    id, config, first = task.persona, state.config, state.day == 0
    persona = state.minds[id].persona
    if first and answer.get("contrasts"):
        state.baseline_contrasts[id] = session.contrasts(answer)
    baseline = state.baseline_contrasts.get(id)
    made = session.assess(persona, state.day, state.rng.root, state.instruments, answer, baseline, config)
    if first and baseline:
        ids = list(baseline)
        for values in answer.get("repeats") or ():
            again = dict(zip(ids, values, strict=True))
            for instrument in state.instruments:
                total = session.contrast_score(persona, instrument, again, baseline, config).latent_total
                state.watches[id][instrument.id].repeat_scores.append(float(total or 0.0))
    for sitting in made:
        state.tally.assessments += 1
        said.rows("assessments").append(sitting.row(state.day < config.baseline_days))
        said.rows("responses").extend(sitting.responses())
        alerts: list[Alert] = []
        if sitting.scored.total is None:
            state.tally.invalid_assessments += 1
        else:
            state.latest.setdefault(id, {})[sitting.instrument.id] = (state.day, sitting.scored.total)
            alerts = state.watches[id][sitting.instrument.id].see(
                id, sitting.instrument, state.day, float(sitting.scored.total), config
            )
        shown = {name: sitting.row(first)[name] for name in ("assessment_id", "persona_id", "day", "instrument", "score")}
        said.events.append(
            Event("assessment", shown | {"severity": sitting.severity, "valid": sitting.scored.total is not None})
        )
        for alert in alerts:
            state.tally.alerts += 1
            said.rows("alerts").append(vars(alert))
            said.events.append(Event("drift_alert", vars(alert)))
    _look_inside(state, id, answer, said)


def _look_inside(state: State, id: str, answer: Mapping[str, Any], said: Said) -> None:
    """Rows of what was measured inside the model, or the reason why nothing was."""
    who = {"persona_id": id, "day": state.day}
    inside = answer.get("mechanistic")
    if not inside:
        said.rows("readings").append({**who, "reason": answer.get("mechanistic_reason") or "not asked for"})
        return
    said.rows("readings").append({**who, **{name: inside.get(name) for name in READING}, "reason": inside.get("reason")})
    said.rows("attention").extend({**who, **row} for row in inside.get("attention", ()))
    said.rows("activations").extend({**who, **row} for row in inside.get("activations", ()))
    state.validity = inside.get("validity") or state.validity
