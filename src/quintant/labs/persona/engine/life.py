"""What happens to a persona on a day: life events, drawn from the templates of its condition.

Each persona-day has draws of its own. One uniform number u decides between a stressful event (u < p_stress), a neutral one
(u < p_stress + p_neutral) and none; another decides about a routine event. With the same root seed a condition with more
stress therefore has the stressful days of a condition with less, and more besides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from quintant.lab import Streams
from quintant.labs.persona import library, rules
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.engine.chance import draws
from quintant.labs.persona.library import ConditionRow, EventType, Template
from quintant.labs.persona.parts import Condition

WAKING_HOURS = (7, 23)
TRAUMATIC_IMPACT = 7.0


@dataclass(frozen=True)
class LifeEvent:
    """One event in the life of one persona. `intensity` is `stress_impact` / 10; `hour` 0..23 on `day`; duration in hours."""

    event_id: str
    persona_id: str
    day: int
    hour: int
    event_type: EventType
    category: str
    template: str
    title: str
    description: str
    diary: str
    intensity: float
    stress_impact: float
    duration_h: float
    trait_impacts: Mapping[str, float] = field(default_factory=dict)

    @property
    def traumatic(self) -> bool:
        return self.stress_impact >= TRAUMATIC_IMPACT


@dataclass(frozen=True)
class World:
    """What a Run draws its events from: the templates and the rows of its conditions, as they were when it began."""

    templates: Mapping[EventType, Sequence[Template]]
    conditions: Mapping[Condition, ConditionRow]

    @classmethod
    def read(cls) -> World:
        return cls(library.templates(), library.conditions())

    def condition(self, config: PersonaConfig, day: int) -> Condition:
        if config.recovery_condition and config.recovery_from_day and day >= config.recovery_from_day:
            return config.recovery_condition
        return config.condition


def events(world: World, config: PersonaConfig, rng: Streams, persona_id: str, day: int) -> list[LifeEvent]:
    """The events of one persona-day, in the order of the day."""
    row = world.conditions[world.condition(config, day)]
    u, routine = draws(rng["events"], persona_id, day).random(2)
    stress, neutral, minimal = rules.probabilities(config, row)
    kinds: list[EventType] = []
    if u < stress:
        kinds.append("stress")
    elif u < stress + neutral:
        kinds.append("neutral")
    if routine < minimal:
        kinds.append("minimal")
    chance = draws(rng["templates"], persona_id, day)
    made = [_event(world, config, row, kind, persona_id, day, chance, rng.root) for kind in kinds]
    return sorted(made, key=lambda event: event.hour)


def _event(
    world: World,
    config: PersonaConfig,
    row: ConditionRow,
    kind: EventType,
    persona_id: str,
    day: int,
    chance: np.random.Generator,
    root: int,
) -> LifeEvent:
    pool = rules.pool(config, row, world.templates[kind], kind)
    weights = np.array([weight for _, weight in pool])
    template = pool[int(chance.choice(len(pool), p=weights / weights.sum()))][0]
    low, high = rules.intensities(config, row)
    kept = (lambda impact: min(max(impact, 10 * low), 10 * high)) if kind == "stress" else (lambda impact: impact)
    return _from(template, kind, persona_id, day, chance, root, kept)


def _from(
    template: Template,
    kind: EventType,
    persona_id: str,
    day: int,
    chance: np.random.Generator,
    root: int,
    kept: Callable[[float], float],
) -> LifeEvent:
    """One event of a template; `kept` brings its impact into the condition's range."""
    variant = template.variants[int(chance.integers(len(template.variants)))]
    fillings = {name: choices[int(chance.integers(len(choices)))] for name, choices in template.words.items()}
    impact = round(kept(float(chance.uniform(*template.impact))), 3)
    traits: dict[str, float] = {name: round(float(chance.uniform(*span)), 4) for name, span in template.traits.items()}
    return LifeEvent(
        event_id="event_" + hashlib.sha256(f"{root}|{persona_id}|{day}|{kind}".encode()).hexdigest()[:12],
        persona_id=persona_id,
        day=day,
        duration_h=round(float(chance.uniform(*template.hours)), 1),
        hour=int(chance.integers(*WAKING_HOURS)),
        event_type=kind,
        category=template.category,
        template=template.id,
        title=_filled(variant.title, fillings),
        description=_filled(variant.description, fillings),
        diary=_filled(variant.diary, fillings),
        intensity=round(impact / 10, 4),
        stress_impact=impact,
        trait_impacts=traits,
    )


def _filled(text: str, fillings: Mapping[str, str]) -> str:
    said = text.format_map(dict(fillings))
    return said[:1].upper() + said[1:]


def to_json(event: LifeEvent) -> dict[str, Any]:
    return {**vars(event), "trait_impacts": dict(event.trait_impacts)}


def past(world: World, rng: Streams, persona_id: str, count: int) -> list[LifeEvent]:
    """`count` ordinary events on the days before day 0, so that the baseline's prompt has the form of every later one.

    Neutral and routine events in turn, from draws that no condition touches; they act on no state and are not counted.
    """
    chance = draws(rng["past"], persona_id, 0)
    made = []
    for number in range(count):
        kind: EventType = "neutral" if number % 2 else "minimal"
        pool = world.templates[kind]
        template = pool[int(chance.integers(len(pool)))]
        made.append(_from(template, kind, persona_id, number - count + 1, chance, rng.root, lambda impact: impact))
    return made
