"""Session: what one administration of all questionnaires to one persona came to, as rows.

Two ways lead from a language model to item scores: the calibrated contrast of statement pairs, relative to the persona's own
baseline contrasts, and the parsed answers of a model that only talks. Both end in integers whose sum is the total.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.library import Instrument
from quintant.labs.persona.parts import Persona
from quintant.labs.persona.scoring import Scored, from_answers, from_contrasts
from quintant.labs.persona.statements import pairs


@dataclass(frozen=True)
class Assessment:
    """One instrument of one session, scored."""

    assessment_id: str
    persona_id: str
    day: int
    instrument: Instrument
    scored: Scored
    method: str
    prompt_hash: str
    answer: Mapping[str, Any]

    @property
    def severity(self) -> str | None:
        return None if self.scored.total is None else self.instrument.severity(self.scored.total)

    def row(self, baseline: bool) -> dict[str, Any]:
        """The row of the assessments table."""
        return {
            "assessment_id": self.assessment_id,
            "persona_id": self.persona_id,
            "day": self.day,
            "instrument": self.instrument.id,
            "score": self.scored.total,
            "latent": self.scored.latent_total,
            "severity": self.severity,
            "valid": self.scored.total is not None,
            "missing_items": sum(score is None for score in self.scored.items),
            "baseline": baseline,
            "method": self.method,
            "prompt_hash": self.prompt_hash,
        }

    def responses(self) -> list[dict[str, Any]]:
        """The rows of the responses table, one per item."""
        return [self._response(number, item) for number, item in enumerate(self.instrument.items, start=1)]

    def _response(self, number: int, item: Any) -> dict[str, Any]:
        score = self.scored.items[number - 1]
        raw = score if score is None or not item.reversed else self.instrument.most_per_item - score
        id = self.instrument.item_id(number)
        contrast = (self.answer.get("contrasts") or {}).get(id)
        said = (self.answer.get("answers") or {}).get(id)
        return {
            "assessment_id": self.assessment_id,
            "persona_id": self.persona_id,
            "day": self.day,
            "instrument": self.instrument.id,
            "item": number,
            "question": item.text,
            "response": None if raw is None else self.instrument.options[raw],
            "score": score,
            "raw_score": raw,
            "latent": self.scored.latent[number - 1],
            "contrast": contrast and contrast["c"],
            "raw_response": said and said["raw"],
            "sensitive": number in self.instrument.sensitive_items,
        }


def items(instruments: Sequence[Instrument]) -> list[dict[str, Any]]:
    """What the language model is asked: every item with its pair of statements, its wording and its options."""
    said = pairs()
    return [
        {
            "id": (id := instrument.item_id(number)),
            "present": said[id].present,
            "opposite": said[id].opposite,
            "question": f"{instrument.stem} {item.text}",
            "options": list(instrument.options),
        }
        for instrument in instruments
        for number, item in enumerate(instrument.items, start=1)
    ]


def assess(
    persona: Persona,
    day: int,
    root: int,
    instruments: Sequence[Instrument],
    answer: Mapping[str, Any],
    baseline: Mapping[str, float] | None,
    config: PersonaConfig,
) -> list[Assessment]:
    """Score the answer of one session. `baseline`: the persona's contrast of each item on day 0 (statement contrast only)."""
    made = []
    for instrument in instruments:
        if answer.get("contrasts"):
            scored = contrast_score(persona, instrument, contrasts(answer), baseline or contrasts(answer), config)
        else:
            scored = from_answers(instrument, {id: said["score"] for id, said in answer["answers"].items()})
        digest = hashlib.sha256(f"{root}|{persona.id}|{day}|{instrument.id}".encode()).hexdigest()[:12]
        made.append(
            Assessment(f"assess_{digest}", persona.id, day, instrument, scored, answer["method"], answer["prompt_hash"], answer)
        )
    return made


def contrast_score(
    persona: Persona, instrument: Instrument, session: Mapping[str, float], baseline: Mapping[str, float], config: PersonaConfig
) -> Scored:
    """The calibrated score of one instrument from its items' contrasts."""
    return from_contrasts(instrument, session, baseline, getattr(persona.baselines, instrument.id), config.contrast_gain)


def contrasts(answer: Mapping[str, Any]) -> dict[str, float]:
    return {id: contrast["c"] for id, contrast in answer["contrasts"].items()}
