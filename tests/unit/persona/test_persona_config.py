"""The persona Config refuses what cannot be run, with path and what is allowed."""

import pytest

from quintant.config import parse
from quintant.errors import ConfigError
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.presets import PRESETS

SEVERE = ("death", "work", "health", "trauma", "loss")


def refused(raw):
    with pytest.raises(ConfigError) as caught:
        parse(PersonaConfig, raw)
    return {problem.path: problem for problem in caught.value.problems}


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ({"condition": "stress"}, "condition"),
        ({"duration_days": 0}, "duration_days"),
        ({"duration_days": 1826}, "duration_days"),
        ({"duration_days": 6}, "assessment_interval_days"),
        ({"assessment_interval_days": 31}, "assessment_interval_days"),
        ({"personas": []}, "personas"),
        ({"personas": ["kara"] * 11}, "personas"),
        ({"personas": ["../kara"]}, "personas.0"),
        ({"personas": ["kra"]}, "personas.0"),
        ({"personas": ["kara", "marcus", "kara"]}, "personas.2"),
        ({"stress_event_probability": 1.5}, "stress_event_probability"),
        ({"stress_event_probability": float("nan")}, "stress_event_probability"),
        ({"stress_event_probability": 0.6, "neutral_event_probability": 0.5}, "neutral_event_probability"),
        ({"condition": "STRESS", "neutral_event_probability": 0.71}, "neutral_event_probability"),
        ({"intensity_low": 0.9, "intensity_high": 0.2}, "intensity_low"),
        ({"recovery_condition": "CONTROL"}, "recovery_from_day"),
        ({"recovery_from_day": 5}, "recovery_from_day"),
        ({"recovery_condition": "CONTROL", "recovery_from_day": 31}, "recovery_from_day"),
        ({"instruments": ["phq9", "phq9"]}, "instruments"),
        ({"category_weights": {"deth": 1}}, "category_weights.deth"),
        ({"condition": "TRAUMA", "category_weights": dict.fromkeys(SEVERE, 0)}, "category_weights"),
        ({"backend": {"kind": "openai", "model": "m"}}, "backend.url"),
        ({"backend": {"kind": "ollama"}}, "backend.model"),
        ({"backend": {"kind": "embedded", "url": "http://127.0.0.1:1"}}, "backend.url"),
        ({"backend": {"kind": "ollama", "model": "m"}, "scoring": "statement_contrast"}, "scoring"),
        ({"durations_days": 3}, "durations_days"),
    ],
)  # fmt: skip
def test_refused(raw, path):
    assert path in refused(raw)


def test_an_unknown_persona_is_answered_with_the_known_ones():
    assert "kara" in refused({"personas": ["kra"]})["personas.0"].allowed


def test_a_persona_can_be_written_out():
    own = {"name": "Ada Byron", "age": 36, "occupation": "Analyst", "traits": {"neuroticism": 0.9}}
    config = parse(PersonaConfig, {"personas": [own, "kara"]})
    assert config.personas[0].id == "persona_ada_byron"
    assert config.personas[0].traits.openness == 0.5


@pytest.mark.parametrize("age", [17, 81])
def test_ages_are_bounded(age):
    assert refused({"personas": [{"name": "A", "age": age, "occupation": "x"}]})


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_every_preset_is_accepted_without_a_doubt_about_the_model(preset):
    config = parse(PersonaConfig, preset.config)
    assert all(problem.path == "personas" for problem in config.warnings())


def test_a_remote_model_warns_that_nothing_is_seen_inside():
    config = parse(PersonaConfig, {"backend": {"kind": "ollama", "model": "llama3.1:8b"}})
    assert any("activations" in problem.message for problem in config.warnings())


@pytest.mark.parametrize(
    ("interval", "baseline", "words"),
    [
        (2, 7, "takes sessions of days 2 to 6 into the baseline"),
        (7, 8, "takes sessions of days 7 to 7 into the baseline"),
        (1, 30, "takes sessions of days 1 to 29 into the baseline"),
        (7, 7, None),
        (2, 2, None),
    ],
)
def test_sessions_of_the_condition_in_the_baseline_are_told(interval, baseline, words):
    """With sessions every two days and seven days of baseline, days 2 to 6 of the condition halved its effect in silence."""
    config = parse(PersonaConfig, {"assessment_interval_days": interval, "baseline_days": baseline, "duration_days": 30})
    told = [problem.message for problem in config.warnings() if problem.path == "baseline_days"]
    assert (told == []) if words is None else (len(told) == 1 and words in told[0])
