"""Memory: what is near, recent and weighty comes back; nothing of tomorrow, nobody else's, and the same after a restart."""

import hashlib
import math

import pytest

from quintant.errors import EngineError
from quintant.labs.persona.memory import Memory

pytest.importorskip("qdrant_client")

WORDS = ("grief", "work", "garden", "money")


def embed(texts):
    """One axis per word of WORDS, a little of an axis by the text's hash: cosine is the share of common words."""
    vectors = []
    for text in texts:
        vector = [0.0] * 384
        for axis, word in enumerate(WORDS):
            vector[axis] = float(word in text)
        vector[10 + hashlib.sha256(text.encode()).digest()[0]] = 0.1
        length = math.sqrt(sum(one * one for one in vector))
        vectors.append([one / length for one in vector])
    return vectors


def point(event_id, text, day, importance=0.5):
    return {"event_id": event_id, "text": text, "day": day, "importance": importance, "kind": "stress"}


@pytest.fixture
def memory(tmp_path):
    one = Memory("run-1", tmp_path, None, embed)
    yield one
    one.close()


def ids(found):
    return [one["event_id"] for one in found]


def recall(memory, query="grief", persona="kara", day=20, limit=5, window=30, **more):
    return memory.recall(persona, query, day, limit, window, **more)


def test_what_is_near_recent_and_weighty_comes_first(memory):
    memory.remember("kara", [
        point("far", "work again", 19), point("old", "grief", 1), point("new", "grief", 19), point("weighty", "grief", 19, 1.0),
    ])  # fmt: skip
    found = recall(memory, least_similarity=0.3)
    assert ids(found) == ["weighty", "new", "old"]
    weighty = found[0]
    assert weighty["score"] == pytest.approx(weighty["similarity"] * (1 - 0.5 * 1 / 30) * 1.0, abs=1e-5)
    assert {*weighty} == {"event_id", "text", "day", "similarity", "importance", "score"}


def test_nothing_of_tomorrow_and_nothing_beyond_the_window(memory):
    memory.remember("kara", [point("later", "grief", 21), point("today", "grief", 20), point("gone", "grief", 10)])
    assert ids(recall(memory, window=10)) == ["today"]


def test_nobody_else_and_nothing_that_is_already_told(memory):
    memory.remember("kara", [point("mine", "grief", 20), point("told", "grief", 20)])
    memory.remember("mei", [point("hers", "grief", 20)])
    assert ids(recall(memory, without=["told"])) == ["mine"]
    assert ids(recall(memory, persona="mei")) == ["hers"]
    assert recall(memory, persona="alfred") == []
    assert recall(memory, limit=0) == []


def test_telling_twice_and_going_on_after_a_crash_change_nothing(tmp_path):
    first = Memory("run-1", tmp_path, None, embed)
    assert first.remember("kara", [point("a", "grief", 1), point("b", "work", 2)]) == 2
    wanted = recall(first)
    first.close()
    again = Memory("run-1", tmp_path, None, embed)
    again.remember("kara", [point("a", "grief", 1), point("b", "work", 2), point("c", "grief", 25)])
    assert recall(again) == wanted
    assert again.client.count(again.collection).count == 3
    again.close()


def test_many_memories_are_limited(memory):
    memory.remember("kara", [point(f"e{n}", "grief and work", n % 20) for n in range(60)])
    assert len(recall(memory, limit=5)) == 5
    assert memory.remember("kara", []) == 0


def test_a_server_beyond_this_machine_must_be_allowed(tmp_path, monkeypatch):
    monkeypatch.delenv("QUINTANT_PERSONA_HOSTS", raising=False)
    with pytest.raises(EngineError, match=r"memory_url: 'qdrant.example' is not this machine"):
        Memory("run-1", tmp_path, "http://qdrant.example:6333", embed)


def test_a_server_that_is_not_there_is_told(tmp_path):
    with pytest.raises(EngineError, match="the Qdrant server failed"):
        Memory("run-1", tmp_path, "http://127.0.0.1:9", embed)
