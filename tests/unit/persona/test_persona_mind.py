"""Stress fades, traits return, moods lag, and no score feeds back."""

import dataclasses

import pytest

from quintant.config import parse
from quintant.labs.persona import library
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.engine.life import LifeEvent
from quintant.labs.persona.engine.mind import Mind
from quintant.labs.persona.engine.prompt import segments

CONFIG = parse(PersonaConfig, {})


def event(impact=5.0, day=1, **traits):
    return LifeEvent(
        "event_1", "persona_kara", day, 12, "stress", "work", "t", "Title", "Text", "Diary.", impact / 10, impact, 24.0, traits
    )


@pytest.fixture
def mind():
    return Mind(library.persona("kara"))


def test_ordinary_stress_fades_by_a_tenth_a_day(mind):
    mind.live(event(5.0), CONFIG)
    mind.sleep(CONFIG)
    assert mind.stress(CONFIG) == pytest.approx(4.5)


def test_traumatic_stress_counts_less_and_stays_longer(mind):
    mind.live(event(10.0), CONFIG)
    assert mind.stress(CONFIG) == pytest.approx(8.0)
    mind.sleep(CONFIG)
    assert mind.stress(CONFIG) == pytest.approx(7.6)


def test_ordinary_days_are_in_the_baseline_and_add_no_stress(mind):
    for kind in ("neutral", "minimal"):
        for _ in range(30):
            mind.live(dataclasses.replace(event(2.0), event_type=kind), CONFIG)
            mind.sleep(CONFIG)
    assert mind.stress(CONFIG) == 0 and mind.mood == "content"
    assert len(mind.recent) == CONFIG.recent_events


def test_stress_has_a_ceiling(mind):
    for _ in range(9):
        mind.live(event(6.0), CONFIG)
        mind.live(event(9.0), CONFIG)
    assert mind.stress(CONFIG) == CONFIG.stress_most


def test_one_event_bends_a_trait_by_a_bounded_amount_and_it_returns(mind):
    mind.live(event(neuroticism=0.5), CONFIG)
    assert mind.trait("neuroticism") == pytest.approx(0.6)
    for _ in range(200):
        mind.sleep(CONFIG)
    assert mind.trait("neuroticism") == 0.4
    assert mind.drift_magnitude == 0


def test_traits_stay_in_their_scale(mind):
    for _ in range(10):
        mind.live(event(extraversion=0.2), CONFIG)
    assert mind.trait("extraversion") == 1.0


def test_the_mood_follows_after_two_days(mind):
    mind.live(event(10.0), CONFIG)
    assert mind.mood == "content"
    mind.sleep(CONFIG)
    mind.live(event(10.0), CONFIG)
    mind.sleep(CONFIG)
    assert mind.mood in ("anxious", "depressed")


def test_a_mind_survives_a_dump(mind):
    mind.live(event(8.0, neuroticism=0.1), CONFIG)
    mind.sleep(CONFIG)
    again = Mind.load(mind.dump())
    assert dataclasses.asdict(again) == dataclasses.asdict(mind)


def test_events_and_memories_reach_the_prompt_once(mind):
    mind.live(event(8.0, day=3), CONFIG)
    memories = [{"event_id": "event_1", "text": "Diary.", "day": 3}, {"event_id": "event_0", "text": "An older one.", "day": 1}]
    found = {one["name"]: one["text"] for one in segments(mind, CONFIG, 4, memories)}
    assert list(found) == ["persona", "state", "memories", "events"]
    assert found["events"] == "What happened:\nYesterday: Diary."
    assert found["memories"] == "What comes back to me: (3 days ago) An older one."
    assert "Kara" in found["persona"] and "stress is 6" in found["state"]
