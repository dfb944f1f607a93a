"""What becomes of a run whose worker is gone: the rule as a table, and real processes that are killed."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace

import pytest

from quintant.errors import ConfigError
from quintant.runs import State
from quintant.runs.loss import MOST_STARTS, Loss, verdict

SLOW = {"steps": 300, "work": 300_000}
KILLED = Loss("its worker was killed by SIGKILL", "SIGKILL", 7)


def until(what, timeout_s: float = 60.0):
    end = time.monotonic() + timeout_s
    while not (met := what()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
    return met


@pytest.fixture
def row(idle):
    return replace(idle.submit("toy", {}), state=State.RUNNING, attempt=1)


def noted(*losses: Loss) -> list[dict]:
    return [loss.noted["lost"] for loss in losses]


OTHER = replace(KILLED, step=3)


@pytest.mark.parametrize(
    ("changes", "loss", "earlier", "checkpoint", "verb", "words"),
    [
        ({}, KILLED, [], False, "requeue", "starts again from the beginning (1 of 2 retries)"),
        ({"attempt": 2}, KILLED, [OTHER], False, "requeue", "(2 of 2 retries)"),
        ({"attempt": 3}, KILLED, [OTHER, replace(OTHER, step=4)], False, "lose", "lost 3 times, the last time:"),
        ({"retries": 0}, KILLED, [], False, "lose", "The run was lost: its worker"),
        ({"attempt": 2}, KILLED, [KILLED], False, "lose", "the second time at step 7"),
        ({"attempt": 2}, KILLED, [KILLED], True, "lose", "the second time at step 7"),
        ({"attempt": 2}, replace(KILLED, signal="SIGSEGV"), [KILLED], False, "requeue", "(2 of 2"),
        ({"attempt": 2}, replace(KILLED, step=-1), [replace(KILLED, step=-1)], False, "requeue", "(2 of 2"),
        ({"attempt": 2}, Loss("gone", None, 7), [Loss("gone", None, 7)], False, "requeue", "(2 of 2"),
        ({"attempt": 4}, KILLED, [OTHER] * 3, True, "requeue", "goes on from its checkpoint"),
        ({"attempt": MOST_STARTS}, KILLED, [OTHER] * 4, True, "lose", "lost 5 times"),
        ({"state": State.STARTING}, Loss("the zygote has ended"), [], False, "requeue", "tried again: the zygote"),
        ({"state": State.STARTING, "attempt": MOST_STARTS}, Loss("gone"), [], False, "lose", "5 times"),
        ({"want": "cancel"}, KILLED, [], True, "cancel", "cancelled on request"),
    ],
)
def test_the_rule(row, changes, loss, earlier, checkpoint, verb, words):
    met, reason = verdict(replace(row, **changes), loss, noted(*earlier), checkpoint=checkpoint)
    assert met == verb and words in reason


@pytest.mark.parametrize("retries", [-1, 11, True, 1.5, None])
def test_retries_are_checked(idle, retries):
    with pytest.raises(ConfigError, match="retries: must be an integer from 0 to 10"):
        idle.submit("toy", {}, retries=retries)


@pytest.fixture
def forgetful(monkeypatch):
    """The toy lab without checkpoints."""
    from quintant import registry

    toy = registry.labs()["toy"]
    object.__setattr__(toy, "resumable", False)
    monkeypatch.setenv("QUINTANT_TOY_RESUMABLE", "no")
    yield
    object.__setattr__(toy, "resumable", True)


def worker_of(runs, run_id: str, attempt: int) -> int:
    """The pid of the worker at this attempt, once it has told a few steps."""

    def held():
        rows = [held for held in runs.store.held() if held.run.id == run_id]
        good = rows and rows[0].run.attempt == attempt and rows[0].run.state is State.RUNNING and rows[0].run.last_seq > 20
        return rows[0].pid if good and runs.store.last_step(run_id) > 5 * attempt else None

    return until(held)


def test_a_run_without_a_checkpoint_starts_again_and_tells_nothing_twice(forgetful, runs):
    asked = runs.submit("toy", {**SLOW, "asks": True}, root_seed=3)
    for attempt in (1, 2):
        os.kill(worker_of(runs, asked.id, attempt), signal.SIGKILL)
    run = runs.wait(asked.id, 120)
    assert (run.state, run.attempt) == (State.COMPLETED, 3)
    events = runs.events(run.id, limit=100_000)
    assert [event.payload["step"] for event in events if event.kind == "tossed"] == list(range(1, 301))
    asks = [event.payload["id"] for event in events if event.kind == "ask"]
    answers = [event.payload["id"] for event in events if event.kind == "answer"]
    assert len(answers) == len(set(answers)) == 299 and set(answers) == set(asks), "nobody was asked twice and answered twice"
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    told = [event.payload["reason"] for event in events if event.payload.get("verb") == "requeue"]
    assert [text.partition(":")[0] for text in told] == [f"starts again from the beginning ({n} of 2 retries)" for n in (1, 2)]
    assert [event.payload["attempt"] for event in events if event.kind == "restarted"] == [2, 3]
    text = runs.log(run.id).data.decode()
    assert text.count("starts again from the beginning") == 2
    straight = runs.wait(runs.submit("toy", {**SLOW, "asks": True}, root_seed=3).id, 120)
    assert straight.result_hash == run.result_hash
    assert not list(runs.folder(run.id).rglob("*.part")) + list(runs.folder(run.id).rglob("*.tmp"))


def test_a_run_that_is_killed_at_the_same_step_twice_is_not_tried_a_third_time(forgetful, runs):
    run = runs.wait(runs.submit("toy", {**SLOW, "misbehave": "die", "misbehave_at": 123}, retries=5).id, 120)
    assert (run.state, run.attempt) == (State.FAILED, 2)
    assert run.reason.endswith("was killed by SIGKILL, the second time at step 123.")


def test_without_retries_a_lost_run_fails_with_the_reason(forgetful, runs):
    run_id = runs.submit("toy", SLOW, retries=0).id
    os.kill(worker_of(runs, run_id, 1), signal.SIGKILL)
    run = runs.wait(run_id, 60)
    assert run.state is State.FAILED and "killed by SIGKILL" in run.reason and run.attempt == 1


def test_the_death_of_a_zygote_is_none_of_the_runs_fault(runs):
    first = runs.wait(runs.submit("toy", {}).id, 60)
    assert first.state is State.COMPLETED
    zygote = runs.executor.supervisor.zygote("toy")
    os.kill(zygote._process.pid, signal.SIGSTOP)
    run_id = runs.submit("toy", {}).id
    until(lambda: runs.get(run_id).state is State.STARTING)
    os.kill(zygote._process.pid, signal.SIGKILL)
    run = runs.wait(run_id, 60)
    assert (run.state, run.attempt) == (State.COMPLETED, 2)


def test_halves_of_files_go_when_a_run_is_claimed_again(forgetful, runs):
    run_id = runs.submit("toy", SLOW).id
    pid = worker_of(runs, run_id, 1)
    halves = [runs.folder(run_id) / ".result.json.1.part", runs.folder(run_id) / ".parts" / "steps" / "000000999.tmp"]
    for half in halves:
        half.write_bytes(b"half")
    os.kill(pid, signal.SIGKILL)
    assert runs.wait(run_id, 60).state is State.COMPLETED
    assert not any(half.exists() for half in halves)
