"""Every key does what its `when` says: read, it changes what the engine does; not read, it changes nothing and is told."""

from __future__ import annotations

from typing import Any

import pytest

from quintant.config import parse
from quintant.labs.persona import LAB
from quintant.labs.persona.config import PersonaConfig
from quintant.testing import trials
from quintant.testing.trials import Trial

SMALL: dict[str, Any] = {
    "backend": {"kind": "scripted"}, "personas": ["kara", "marcus"], "condition": "STRESS", "duration_days": 6,
    "assessment_interval_days": 2, "baseline_days": 1, "stress_event_probability": 0.7, "neutral_event_probability": 0.2,
}  # fmt: skip
WORDS = {"backend": {"kind": "scripted", "model": "words"}, "scoring": "self_report"}
ALERTS = {"condition": "TRAUMA", "alert_change": {"phq9": 1, "gad7": 1, "pss10": 1}, "alert_z": 0.1}
INSIDE = "the scripted model has no inside, and the embedded one takes minutes: tests/verification/persona looks into it"
TRIALS = {
    "condition": Trial("TRAUMA", {"stress_event_probability": None, "neutral_event_probability": None}),
    "personas": Trial(["alfred"]),
    "recovery_condition": Trial("MINIMAL", {"recovery_condition": "CONTROL", "recovery_from_day": 2,
                                            "stress_event_probability": None, "neutral_event_probability": None}),
    "recovery_from_day": Trial(4, {"recovery_condition": "CONTROL", "recovery_from_day": 2,
                                   "stress_event_probability": None, "neutral_event_probability": None}),
    "neutral_event_probability": Trial(0.0),
    "stress_event_probability": Trial(0.1),
    "minimal_event_probability": Trial(1.0),
    "intensity_low": Trial(0.9),
    "intensity_high": Trial(0.5, {"intensity_low": 0.2}),
    "category_weights": Trial({"relationship": 99.0}, {"duration_days": 12}),
    "backend": Trial({"kind": "scripted", "model": "words"}),
    "scoring": Trial("self_report"),
    "contrast_gain": Trial(30.0, unread=WORDS),
    "reply_tokens": Trial(because="the scripted model's replies are shorter than the limit"),
    "memory_similarity": Trial(0.9),
    "memory_window_days": Trial(1),
    "memory_limit": Trial(1),
    "memory_url": Trial("http://127.0.0.1:6333", because="it says where memories are kept, not which"),
    "mirror_url": Trial("redis://127.0.0.1:6379", because="it says who else is told"),
    "instruments": Trial(["phq9"]),
    "readministrations": Trial(0, {"contrast_gain": 50.0}, unread=WORDS),
    "attention": Trial(because=INSIDE, beside={"backend": {"kind": "embedded"}}),
    "activations": Trial(because=INSIDE, beside={"backend": {"kind": "embedded"}}),
    "alert_change": Trial({"phq9": 20, "gad7": 20, "pss10": 30}, ALERTS),
    "alert_z": Trial(9.0, ALERTS),
    "reliable_change": Trial({"phq9": 1, "gad7": 1, "pss10": 1}, because="figures draw it"),
    "baseline_days": Trial(5),
    "glass_delta": Trial(0.001, {"condition": "TRAUMA", "personas": ["kara", "marcus", "alfred"], "glass_delta": 10.0,
                                "duration_days": 12, "contrast_gain": 30.0}),
    "trait_change_most": Trial(0.0),
    "stress_most": Trial(1.0),
    "seconds_per_day": Trial(0.5, because="it costs wall time only"),
}  # fmt: skip


@pytest.mark.parametrize("name", trials.names(LAB))
def test_a_key_that_is_read_has_an_effect(name):
    trials.has_an_effect(LAB, SMALL, name, TRIALS.get(name, Trial()))


@pytest.mark.parametrize("name", trials.conditional(LAB))
def test_a_key_that_is_not_read_has_no_effect_and_is_told(name):
    trial = TRIALS.get(name, Trial())
    trials.has_no_effect(LAB, SMALL, name, Trial(trial.value, unread=trial.unread))


@pytest.mark.parametrize(
    ("backend", "path", "sentence"),
    [
        ({"kind": "embedded", "model": "x"}, "backend.model", "kind is not embedded, and kind is embedded"),
        ({"kind": "ollama", "model": "m", "api_key_env": "A"}, "backend.api_key_env", "kind is openai, and kind is ollama"),
        ({"kind": "embedded", "timeout_s": 5.0}, "backend.timeout_s", "kind is ollama or openai, and kind is embedded"),
    ],
)
def test_a_backend_says_what_its_kind_does_not_read(backend, path, sentence):
    told = [str(problem) for problem in parse(PersonaConfig, {"backend": backend}).unread()]
    assert f"{path}: is read only when {sentence}: it has no effect here." in told


def test_every_conditional_key_of_a_part_is_tried():
    assert trials.nested(LAB) == {"Backend.model", "Backend.url", "Backend.api_key_env", "Backend.timeout_s"}
