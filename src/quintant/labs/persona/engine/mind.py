"""The state of a persona between days: stress that accumulates and fades, traits that bend and return, a mood that lags.

Stress has two pools. Ordinary events fill the first with their impact, which fades by `stress_decay_per_day`; traumatic ones
(impact ≥ 7) fill the second with 0.8 of their impact, which fades at half that rate. Light ones (impact up to 3.5: every
neutral and minimal event) are coped with by the next morning and leave none: otherwise an uneventful month would add up to
strain. Scores of questionnaires never feed back into the state, so that measuring more often changes nothing in the life that
is measured.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.engine.life import LifeEvent
from quintant.labs.persona.parts import Persona

TRAITS = ("openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism")
TRAUMA_FACTOR = 0.8
COPED_WITH_IMPACT = 3.5
LEAST_TRAIT_CHANGE = 0.01
MOOD_PERSISTENCE_DAYS = 2
MOODS = ((8.0, "depressed"), (6.0, "anxious"), (4.0, "strained"), (2.0, "neutral"), (0.0, "content"))


@dataclass
class Mind:
    """What life did to one persona. `stress` 0..10; `trait_changes` add to the baseline traits."""

    persona: Persona
    ordinary_stress: float = 0.0
    trauma_stress: float = 0.0
    trait_changes: dict[str, float] = field(default_factory=lambda: dict.fromkeys(TRAITS, 0.0))
    mood: str = "content"
    strange_days: int = 0
    recent: list[LifeEvent] = field(default_factory=list)

    def stress(self, config: PersonaConfig) -> float:
        return min(self.ordinary_stress + self.trauma_stress, config.stress_most)

    def trait(self, name: str) -> float:
        """The trait as it is today, kept in 0..1."""
        value: float = min(max(getattr(self.persona.traits, name) + self.trait_changes[name], 0.0), 1.0)
        return value

    @property
    def drift_magnitude(self) -> float:
        """Mean absolute change over the five traits."""
        return sum(abs(change) for change in self.trait_changes.values()) / len(TRAITS)

    def live(self, event: LifeEvent, config: PersonaConfig) -> None:
        """Take one event in."""
        if event.event_type != "stress":
            pass
        elif event.traumatic:
            self.trauma_stress = min(self.trauma_stress + TRAUMA_FACTOR * event.stress_impact, config.stress_most)
        elif event.stress_impact > COPED_WITH_IMPACT:
            self.ordinary_stress = min(self.ordinary_stress + event.stress_impact, config.stress_most)
        for name, impact in event.trait_impacts.items():
            self.trait_changes[name] += min(max(impact, -config.trait_change_most), config.trait_change_most)
        if config.recent_events:
            self.recent = [*self.recent, event][-config.recent_events :]
        self._feel(config, days=0)

    def _strain(self, event: LifeEvent, config: PersonaConfig) -> None:
        if event.traumatic:
            self.trauma_stress = min(self.trauma_stress + TRAUMA_FACTOR * event.stress_impact, config.stress_most)
        else:
            self.ordinary_stress = min(self.ordinary_stress + event.stress_impact, config.stress_most)

    def sleep(self, config: PersonaConfig) -> None:
        """A night: stress and trait changes fade, and the mood follows when the stress has stayed where it is."""
        self.ordinary_stress = round(self.ordinary_stress * (1 - config.stress_decay_per_day), 6)
        self.trauma_stress = round(self.trauma_stress * (1 - config.stress_decay_per_day / 2), 6)
        for name, change in self.trait_changes.items():
            faded = round(change * (1 - config.trait_decay_per_day), 6)
            self.trait_changes[name] = 0.0 if abs(faded) < LEAST_TRAIT_CHANGE else faded
        self._feel(config, days=1)

    def _feel(self, config: PersonaConfig, days: int) -> None:
        """The mood takes the stress level's word once it has differed from it for MOOD_PERSISTENCE_DAYS."""
        stress = self.stress(config)
        mood = next(name for least, name in MOODS if stress >= least)
        self.strange_days = 0 if mood == self.mood else self.strange_days + days
        if self.strange_days >= MOOD_PERSISTENCE_DAYS:
            self.mood, self.strange_days = mood, 0

    def dump(self) -> dict[str, Any]:
        return {
            "persona": self.persona.model_dump(mode="json"),
            "ordinary_stress": self.ordinary_stress,
            "trauma_stress": self.trauma_stress,
            "trait_changes": self.trait_changes,
            "mood": self.mood,
            "strange_days": self.strange_days,
            "recent": [vars(event) for event in self.recent],
        }

    @classmethod
    def load(cls, data: dict[str, Any]) -> Mind:
        return cls(
            **{**data, "persona": Persona(**data["persona"]), "recent": [LifeEvent(**event) for event in data["recent"]]}
        )
