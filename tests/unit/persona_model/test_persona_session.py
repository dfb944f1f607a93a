"""One session end to end on the scripted model, and prompts as they are put together."""

import pytest

from quintant.errors import EngineError
from quintant.lab import Ask, AskContext
from quintant.labs.persona import prompts
from quintant.labs.persona.answers import answer
from quintant.labs.persona.backends.protocol import Part
from quintant.labs.persona.statements import pairs

ITEMS = [
    {"id": id, "present": pair.present, "opposite": pair.opposite, "question": id, "options": ["0", "1", "2", "3"]}
    for id, pair in pairs().items()
]
CALM = "The prize is mine, and we laughed in the garden."
DARK = "My uncle died. I am afraid, ashamed and alone."


def session(tmp_path, events, model="", **more):
    payload = {
        "backend": {"kind": "scripted", "model": model}, "persona": {"id": "kara", "name": "Kara"}, "seed": 1, "noise": 0,
        "segments": [{"name": "persona", "text": "I am Kara. I like hats. I own a dog."}, {"name": "events", "text": events}],
        "items": ITEMS, "capture": {"attention": True, "activations": True}, **more,
    }  # fmt: skip
    return answer(Ask("ask-1", "model.session", payload), AskContext("r", tmp_path, tmp_path)).payload


def test_events_between_sessions_change_the_answers(tmp_path):
    calm, dark = session(tmp_path, CALM), session(tmp_path, DARK)
    assert calm["method"] == "statement_contrast"
    assert [*calm["contrasts"]] == [item["id"] for item in ITEMS]
    assert all(dark["contrasts"][id]["c"] > calm["contrasts"][id]["c"] for id in dark["contrasts"])
    assert calm["prompt_hash"] != dark["prompt_hash"]
    assert session(tmp_path, CALM) == calm, "the same prompt, the same answers"


def test_a_baseline_is_asked_again_in_other_orders(tmp_path):
    found = session(tmp_path, DARK, noise=3)
    assert len(found["repeats"]) == 3 and {len(one) for one in found["repeats"]} == {26}
    first = [one["c"] for one in found["contrasts"].values()]
    assert all(again != first for again in found["repeats"])


def test_what_the_model_cannot_do_is_absent_with_its_reason(tmp_path):
    assert session(tmp_path, DARK)["mechanistic_reason"] == "the scripted model has no inside"
    words = session(tmp_path, DARK, model="words")
    assert words["method"] == "self_report" and {one["score"] for one in words["answers"].values()} == {2}
    refused = session(tmp_path, DARK, model="refuses")
    assert {one["score"] for one in refused["answers"].values()} == {None}
    with pytest.raises(EngineError, match="a session by 'guess' is not known"):
        session(tmp_path, DARK, method="guess")
    with pytest.raises(EngineError, match="LLM connection failed: the scripted model was told to break"):
        session(tmp_path, DARK, model="breaks")
    with pytest.raises(EngineError, match="does not know dances"):
        session(tmp_path, DARK, model="dances")


def test_a_prompt_is_a_diary_whose_parts_have_names():
    segments = [Part("persona", "I am Kara. "), Part("state", ""), Part("events", "What happened:\nToday: Rain.")]
    prompt = prompts.assessment(segments)
    assert [part.name for part in prompt] == ["persona", "events", "question"]
    assert "".join(part.text for part in prompt) == "I am Kara.\n\nWhat happened:\nToday: Rain.\n"


def test_another_order_keeps_every_line_and_the_heads():
    events = "What happened:\n" + "\n".join(f"Line {n}." for n in range(8))
    segments = [Part("persona", "I am Kara. I like hats. I own a dog. I sing."), Part("state", "Well."), Part("events", events)]
    again = prompts.reordered(segments, 4)
    assert again == prompts.reordered(segments, 4) != prompts.reordered(segments, 5)
    assert again[0].text.startswith("I am Kara. ") and again[0] != segments[0]
    assert sorted(again[0].text.split(". ")[0:1]) == ["I am Kara"]
    found = next(part for part in again if part.name == "events")
    assert found.text.startswith("What happened:\n") and sorted(found.text.splitlines()) == sorted(events.splitlines())
    assert found.text != events


def test_a_hash_tells_every_part_apart():
    one, other = [Part("a", "bc")], [Part("ab", "c")]
    assert len({prompts.prompt_hash(one), prompts.prompt_hash(other), prompts.prompt_hash(one, "x")}) == 3
