"""The persona engine: days of a small cohort, one question to the language model at a time.

    task      what is still to be done, in order                  state     where a Run stands, and its checkpoint
    introduction  what the language model is and can              day       events, answered, told and remembered
    assessment    sessions, and what was seen inside              night     a day is closed      outcome   the result
    chance    independent draws per purpose, persona and day      life      life events from the templates of a condition
    mind      stress, traits and mood between days                prompt    the diary that a persona answers from
    session   questionnaires scored                               alarm     when a persona's score moved too far
    cohort    whether the group changed                           said      what a step tells

A step does what needs nobody, up to the next question (Ask) or the end of a day. The state between two steps is plain data:
a Run continues after a crash with the day it was in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from quintant.errors import EngineError
from quintant.lab import Answer, Ask, Result, Step, Streams
from quintant.labs.persona import library, rules
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.engine import assessment, day, introduction, life, night, outcome, state, task
from quintant.labs.persona.engine.alarm import Watch
from quintant.labs.persona.engine.life import World
from quintant.labs.persona.engine.mind import Mind
from quintant.labs.persona.engine.said import Question, Said
from quintant.labs.persona.engine.state import State
from quintant.labs.persona.engine.task import (
    Assess,
    Live,
    LookBack,
    Meet,
    Mirror,
    Recall,
    Remember,
    Reply,
    Task,
    Tell,
    Wait,
)  # fmt: skip

PAST_EVENTS = 12


class PersonaEngine:
    """See the module."""

    def init(self, config: PersonaConfig, rng: Streams) -> State:
        people = rules.cast(config)
        begun = State(
            config=config,
            rng=rng,
            world=World.read(),
            instruments=[library.instrument(id) for id in config.instruments],
            minds={persona.id: Mind(persona) for persona in people},
            watches={persona.id: {id: Watch() for id in config.instruments} for persona in people},
        )
        begun.agenda = [Meet()]
        for id, mind in begun.minds.items():
            past = life.past(begun.world, rng, id, PAST_EVENTS)
            mind.recent = past[-config.recent_events :] if config.recent_events else []
            begun.agenda += [Remember(id, [life.to_json(event) for event in past])]
        begun.agenda += [LookBack(id) for id in begun.minds]
        begun.agenda += [Mirror()] if config.mirror_url else []
        return begun

    def step(self, state: State, answers: Sequence[Answer]) -> Step[State]:
        said = Said()
        if state.asked is not None:
            if not answers:
                raise EngineError(f"the question {task.name(state.asked)!r} was not answered")
            answered, state.asked = state.asked, None
            _hear(state, answered, answers[0].payload, said)
        while True:
            if not state.agenda:
                done = night.close(state, said)
                return said.step(state, night.progress(state, over=True), done=done)
            current = state.agenda.pop(0)
            question = _do(state, current, said)
            if question is not None:
                state.asked = current
                state.asks += 1
                return said.step(state, night.progress(state), asks=(Ask(f"ask-{state.asks}", *question),))

    def result(self, state: State) -> Result:
        return outcome.result(state)

    def so_far(self, state: State) -> tuple[Result, str] | None:
        return outcome.so_far(state)

    def dump(self, kept: State) -> bytes:
        return state.dump(kept)

    def load(self, data: bytes) -> State:
        return state.load(data)


def _do(state: State, current: Task, said: Said) -> Question | None:
    """Do a task, or the question to the world that it waits for."""
    match current:
        case Meet():
            return introduction.meet(state)
        case Live():
            day.live(state, current)
        case Recall():
            return day.recall(state, current)
        case Reply():
            return day.reply(state, current)
        case Tell():
            day.tell(state, current, said)
        case Remember():
            return day.remember(state, current)
        case LookBack():
            return assessment.look_back(state, current)
        case Assess():
            return assessment.assess(state, current)
        case Mirror():
            return night.mirror(state)
        case Wait():
            return "clock.wait", {"seconds": state.config.seconds_per_day}
    return None


def _hear(state: State, answered: Task, answer: Mapping[str, Any], said: Said) -> None:
    """Take up the world's answer to the question of a task."""
    match answered:
        case Meet():
            introduction.met(state, answer, said)
        case Recall():
            day.recalled(state, answered, answer)
        case Reply():
            day.replied(state, answered, answer)
        case Remember():
            day.remembered(answered, answer)
        case LookBack():
            assessment.looked_back(state, answered, answer)
        case Assess():
            assessment.assessed(state, answered, answer, said)
        case Mirror() | Wait() | Live() | Tell():
            return
