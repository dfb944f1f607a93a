"""The wire's words for a run, and one line of its progress."""

from types import SimpleNamespace

import pytest

from quintant.errors import ConfigError
from quintant.labs.optical.contract import progress, status

VALUES = {
    "current_erlang": 100.0,
    "total_erlangs": 16,
    "current_iteration": 45,
    "total_iterations": 100,
    "percent_complete": 35.2,
    "latest_metrics": {"blocking_prob": 0.0234},
    "slots_used": [1, 2],
}


def run(**more):
    facts = {
        "id": "a1b2c3d4e5f6",
        "state": "running",
        "request": {"name": None, "template": "default"},
        "created_at": 1705312800.0,
        "started_at": 1705312801.5,
        "ended_at": None,
        "reason": None,
        "values": VALUES,
        "fraction": 0.352,
    }
    return SimpleNamespace(**{**facts, **more})


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ("queued", "PENDING"),
        ("starting", "PENDING"),
        ("running", "RUNNING"),
        ("paused", "RUNNING"),
        ("completed", "COMPLETED"),
        ("failed", "FAILED"),
        ("cancelled", "CANCELLED"),
    ],
)
def test_every_state_has_its_word(state, word):
    assert status.word(run(state=state)) == word
    assert status.is_final(run(state=state)) == (word in ("COMPLETED", "FAILED", "CANCELLED"))


@pytest.mark.parametrize(
    ("text", "states"),
    [
        (None, None),
        ("", None),
        ("RUNNING", {"running", "paused"}),
        ("pending, Failed", {"queued", "starting", "failed"}),
        ("COMPLETED,", {"completed"}),
    ],
)
def test_a_list_of_statuses_becomes_states(text, states):
    assert status.states(text) == (None if states is None else frozenset(states))


def test_an_unknown_status_is_refused():
    with pytest.raises(ConfigError, match=r"must be one of PENDING, RUNNING, .*; got 'RUNING'. Did you mean 'RUNNING'\?"):
        status.states("runing")


def test_a_run_in_the_list():
    assert status.item(run()) == {
        "id": "a1b2c3d4e5f6",
        "name": "Run a1b2c3",
        "status": "RUNNING",
        "template": "default",
        "created_at": "2024-01-15T10:00:00Z",
        "started_at": "2024-01-15T10:00:01Z",
        "completed_at": None,
        "error_message": None,
        "progress": {
            "current_erlang": 100,
            "total_erlangs": 16,
            "current_iteration": 45,
            "total_iterations": 100,
            "percent_complete": 35.2,
            "latest_metrics": {"blocking_prob": 0.0234},
        },
    }


def test_before_it_tells_anything_a_run_has_no_progress():
    assert status.progress(run(values={})) is None


def test_only_a_failed_run_has_an_error_message():
    assert status.item(run(state="failed", reason="the engine gave up"))["error_message"] == "the engine gave up"
    assert status.item(run(state="cancelled", reason="cancelled"))["error_message"] is None


@pytest.mark.parametrize(
    ("kind", "payload", "told"),
    [
        (
            "iteration",
            {"erlang": 50.0, "iteration": 45, "total_iterations": 100, "metrics": {"blocking_prob": 0.023}},
            {"type": "iteration", "erlang": 50, "iteration": 45, "total_iterations": 100, "metrics": {"blocking_prob": 0.023}},
        ),
        (
            "erlang_complete",
            {"erlang": 52.5, "metrics": {"mean_blocking": 0.022}},
            {"type": "erlang_complete", "erlang": 52.5, "metrics": {"mean_blocking": 0.022}},
        ),
        ("state", {"to": "completed"}, {"type": "complete", "exit_code": 0, "summary": {"total_time_seconds": 2.5}}),
        ("state", {"to": "failed", "reason": "why"}, {"type": "error", "message": "why"}),
        ("state", {"to": "cancelled"}, None),
        ("state", {"to": "running"}, None),
        ("progress", {"fraction": 0.5}, None),
        ("created", {}, None),
    ],
)
def test_what_the_progress_tells(kind, payload, told):
    assert progress.progress_line(kind, payload, None, 2.5) == told


def test_a_line_of_progress_carries_its_time():
    assert progress.progress_line("config", {"total_erlangs": 1}, 1705312800.25) == {
        "type": "config",
        "total_erlangs": 1,
        "ts": "2024-01-15T10:00:00.250000Z",
    }
