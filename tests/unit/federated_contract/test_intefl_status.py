"""Status words and progress, made of a Run's own state."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from quintant.labs.federated.contract import status
from quintant.labs.federated.contract.simulation import stored
from quintant.runs.lifecycle import State


class Log:
    def __init__(self, text: bytes = b"") -> None:
        self.text = text

    def log(self, run_id: str, offset: int = 0, limit: int = 1 << 20) -> Any:
        return SimpleNamespace(data=self.text[offset : offset + limit])


def run(state: str, **more: Any) -> Any:
    given = {
        "id": "7f3a9c41d2aa", "state": state, "config": {"num_of_rounds": 10, "strategies": [{}, {"num_of_rounds": 4}]},
        "values": {}, "fraction": 0.0, "reason": None, "created_at": 0.0, "started_at": None, "ended_at": None, **more,
    }  # fmt: skip
    return SimpleNamespace(**given)


def test_every_state_of_the_lifecycle_has_a_word():
    assert set(status.WORDS) == {str(state) for state in State}
    assert set(status.WORDS.values()) <= set(status.COUNTED)


@pytest.mark.parametrize(
    ("state", "word"),
    [("queued", "queued"), ("starting", "queued"), ("running", "running"), ("paused", "running"), ("completed", "completed"),
     ("failed", "failed"), ("cancelled", "stopped")],
)  # fmt: skip
def test_the_word_is_the_states(state, word):
    told = status.status_object(run(state), {}, Log())
    assert told["status"] == word
    assert {"status", "progress", "current_round", "total_rounds", "current_strategy", "total_strategies", "error"} <= set(told)


def test_before_it_begins_the_totals_are_known():
    told = status.status_object(run("queued"), {}, Log())
    assert (told["total_rounds"], told["total_strategies"], told["current_round"], told["progress"]) == (10, 2, 0, 0.0)


def test_progress_is_what_the_run_says_and_one_at_its_end():
    values = {"current_strategy": 1, "current_round": 2, "total_rounds": 4}
    told = status.status_object(run("running", fraction=0.75, values=values), {}, Log())
    assert (told["progress"], told["current_strategy"], told["current_round"], told["total_rounds"]) == (0.75, 1, 2, 4)
    assert status.status_object(run("completed", fraction=0.99, values=values), {}, Log())["progress"] == 1.0


def test_a_failed_run_says_why_and_then_its_log_from_the_start():
    told = status.status_object(run("failed", reason="no data"), {}, Log(b"a" * 200_000))
    assert told["error"].startswith("no data\n\na")
    assert len(told["error"]) == len("no data\n\n") + 100 * 1024
    assert status.status_object(run("failed", reason="no data"), {}, Log())["error"] == "no data"


def test_completed_means_that_every_strategy_finished():
    told = status.status_object(run("completed", ended_at=60.0), {1: "no data"}, Log())
    assert told["status"] == "failed"
    assert told["error"] == "1 of 2 strategies failed: strategy 1: no data. What the others left is kept."
    assert told["failed_at"] == "1970-01-01T00:01:00.000000Z"


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ({"a": 1, "b": None}, {"shared_settings": {"a": 1}, "simulation_strategies": [{"a": 1}]}),
        (
            {"shared_settings": {"a": None, "b": [None, {"c": None, "d": 0}]}, "simulation_strategies": [{}]},
            {"shared_settings": {"b": [None, {"d": 0}]}, "simulation_strategies": [{}]},
        ),
        ({}, {"shared_settings": {}, "simulation_strategies": [{}]}),
    ],
)
def test_a_body_is_kept_structured_and_without_nulls(body, kept):
    assert stored(body) == kept
