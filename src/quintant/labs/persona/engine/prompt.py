"""The prompt of a persona: a diary in four named segments — who it is, how it is, what comes back to it, what happened.

The order is fixed and the names are kept, because attention is reported per segment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.engine.life import LifeEvent
from quintant.labs.persona.engine.mind import TRAITS, Mind
from quintant.labs.persona.parts import Persona

Segment = dict[str, str]

POLES: Mapping[str, tuple[str, str]] = {
    "openness": ("I prefer what I know to what is new.", "New ideas and places draw me."),
    "conscientiousness": ("I leave things unfinished.", "I do what I promised, and on time."),
    "extraversion": ("I am quiet among people.", "People give me energy."),
    "agreeableness": ("I say no more easily than yes.", "I care how others feel."),
    "neuroticism": ("Little upsets me.", "I worry easily."),
}
MOOD_WORDS = {
    "content": "calm and well",
    "neutral": "much as always",
    "strained": "under strain",
    "anxious": "anxious and on edge",
    "depressed": "low and worn out",
}
SELF_QUERY = "How I have been lately: my mood, my sleep, my worries and what weighs on me."
REPLY_INSTRUCTION = "In two or three sentences, I write down what this does to me:"


def segments(mind: Mind, config: PersonaConfig, day: int, memories: Sequence[Mapping[str, Any]]) -> list[Segment]:
    """All four segments; one that has nothing to say is left out."""
    recent = {event.event_id for event in mind.recent}
    kept = [memory for memory in memories if memory["event_id"] not in recent]
    texts = {
        "persona": _who(mind),
        "state": f"These days I feel {MOOD_WORDS[mind.mood]}; from 0 to 10, my stress is {mind.stress(config):.0f}.",
        "memories": " ".join(f"({day - memory['day']} days ago) {memory['text']}" for memory in kept),
        "events": "\n".join(_entry(event, day) for event in mind.recent),
    }
    heads = {"memories": "What comes back to me: ", "events": "What happened:\n"}
    return [{"name": name, "text": heads.get(name, "") + text} for name, text in texts.items() if text]


def _who(mind: Mind) -> str:
    persona: Persona = mind.persona
    poles = [POLES[name][mind.trait(name) >= 0.5] for name in TRAITS if abs(mind.trait(name) - 0.5) >= 0.1]
    parts = [
        f"The diary of {persona.name}.",
        f"I am {persona.name}, {persona.age} years old, and work as a {persona.occupation.lower()}.",
        persona.background.strip(),
        *poles,
        f"What matters to me: {', '.join(persona.values)}." if persona.values else "",
        f"I remember: {' '.join(persona.core_memories)}" if persona.core_memories else "",
    ]
    return " ".join(part for part in parts if part)


def _entry(event: LifeEvent, today: int) -> str:
    ago = today - event.day
    when = {0: "Today", 1: "Yesterday"}.get(ago, f"{ago} days ago")
    return f"{when}: {event.diary}"
