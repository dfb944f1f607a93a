"""Events come with the probabilities of the condition, for each persona and day by themselves."""

import math

import pytest

from quintant.config import parse
from quintant.lab import Streams
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.engine import life

PURPOSES = ("events", "templates", "past")
WORLD = life.World.read()


def lived(raw, root=1, people=("persona_kara", "persona_marcus", "persona_alfred"), days=400):
    config, rng = parse(PersonaConfig, {"duration_days": days, **raw}), Streams.derive(root, PURPOSES)
    return [event for who in people for day in range(1, days + 1) for event in life.events(WORLD, config, rng, who, day)]


@pytest.mark.parametrize(
    ("raw", "kind", "probability"),
    [
        ({"condition": "STRESS"}, "stress", 0.3),
        ({"condition": "STRESS"}, "neutral", 0.1),
        ({"condition": "TRAUMA"}, "stress", 0.3),
        ({"condition": "TRAUMA"}, "neutral", 0.05),
        ({"condition": "CONTROL"}, "neutral", 0.3),
        ({"condition": "CONTROL", "stress_event_probability": 0.1}, "stress", 0.1),
        ({"condition": "MINIMAL"}, "minimal", 0.9),
    ],
)
def test_probabilities_hold_per_persona_day(raw, kind, probability):
    days = 1200
    found = sum(event.event_type == kind for event in lived(raw))
    assert abs(found / days - probability) < 4 * math.sqrt(probability * (1 - probability) / days)


def test_control_has_no_stress():
    assert not [event for event in lived({"condition": "CONTROL"}) if event.event_type == "stress"]


def test_personas_have_lives_of_their_own():
    events = lived({"condition": "STRESS"})
    of = {
        who: {event.day for event in events if event.persona_id == who and event.event_type == "stress"}
        for who in ("persona_kara", "persona_marcus")
    }
    together = len(of["persona_kara"] & of["persona_marcus"])
    assert of["persona_kara"] != of["persona_marcus"]
    assert abs(together - 400 * 0.09) < 4 * math.sqrt(400 * 0.09 * 0.91)


def test_leaving_a_persona_out_shifts_nobody_else():
    alone = lived({"condition": "STRESS"}, people=("persona_kara",))
    assert alone == [event for event in lived({"condition": "STRESS"}) if event.persona_id == "persona_kara"]


def test_more_stress_keeps_the_stressful_days_and_adds_to_them():
    few, many = (
        {event.day for event in lived({"condition": "STRESS", "stress_event_probability": p}) if event.event_type == "stress"}
        for p in (0.1, 0.3)
    )
    assert few < many


def test_trauma_draws_only_severe_templates_within_its_intensity():
    events = [event for event in lived({"condition": "TRAUMA"}) if event.event_type == "stress"]
    assert {event.category for event in events} == {"death", "work", "health", "trauma", "loss"}
    assert all(0.8 <= event.intensity <= 1.0 and event.traumatic for event in events)


def test_a_category_without_weight_does_not_come():
    events = lived({"condition": "TRAUMA", "category_weights": {"death": 0, "work": 5}})
    drawn = [event.category for event in events if event.event_type == "stress"]
    assert "death" not in drawn
    assert drawn.count("work") / len(drawn) == pytest.approx(5 / 8, abs=0.1)


def test_recovery_changes_the_condition_on_its_day():
    raw = {"condition": "TRAUMA", "recovery_condition": "CONTROL", "recovery_from_day": 200}
    days = [event.day for event in lived(raw) if event.event_type == "stress"]
    assert days and max(days) < 200
    assert max(days) > 180


def test_every_text_is_filled_in():
    for condition in ("STRESS", "TRAUMA", "NEUTRAL"):
        for event in lived({"condition": condition}):
            assert "{" not in event.title + event.description + event.diary
            assert 7 <= event.hour < 23


def test_the_past_is_ordinary_and_the_same_in_every_condition():
    past = life.past(WORLD, Streams.derive(3, PURPOSES), "persona_kara", 12)
    assert [event.day for event in past] == list(range(-11, 1))
    assert {event.event_type for event in past} == {"neutral", "minimal"}
