"""Several short runs of a sweep in one worker: faster, and otherwise as if each had its own."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from quintant.runs import Runs, State, open_runs, worker_log, workers, zygote

WAIT_S = 60.0


def until(what: Callable[[], Any], timeout_s: float = 20.0) -> Any:
    end = time.monotonic() + timeout_s
    while not (answer := what()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
    return answer


@pytest.fixture
def processes(monkeypatch) -> dict[str, list[int]]:
    """The processes that each run was given, in order."""
    pids: dict[str, list[int]] = {}
    fork = workers.Zygote.fork

    def noted(self, run_id, *arguments, **more):
        worker = fork(self, run_id, *arguments, **more)
        pids.setdefault(run_id, []).append(worker.pid)
        return worker

    monkeypatch.setattr(workers.Zygote, "fork", noted)
    return pids


@pytest.fixture
def runs(settings, processes):
    """One slot: what could share a process does."""
    with open_runs(settings.model_copy(update={"workers": 1}), execute=True) as opened:
        yield opened


def ended(runs: Runs, made) -> list[State]:
    return [runs.wait(run.id, WAIT_S).state for run in made]


def test_short_runs_of_a_sweep_share_a_process_and_give_what_each_gives_alone(runs, processes):
    _, made = runs.sweep("toy", {"steps": 3}, axes={"bias": [0.2, 0.7]}, seeds=3)
    assert set(ended(runs, made)) == {State.COMPLETED}
    assert len({pid for run in made for pid in processes[run.id]}) == 1
    for run in made:
        alone = runs.wait(runs.submit("toy", run.config, root_seed=run.root_seed).id, WAIT_S)
        assert alone.result_hash == runs.get(run.id).result_hash
        assert processes[alone.id] != processes[run.id], "a run that is of no sweep has a process of its own"


def test_files_log_events_and_record_are_each_runs_own(runs):
    _, made = runs.sweep("toy", {"steps": 2}, seeds=4)
    ended(runs, made)
    for run in made:
        now, folder = runs.get(run.id), runs.folder(run.id)
        others = {other.id for other in made} - {run.id}
        assert run.id in (text := (folder / "run.log").read_text()) and not any(other in text for other in others)
        assert (folder / worker_log.OUTPUT).read_text() == ""
        assert now.record["run"] == run.id and now.record["attempt"] == 1 and now.record["steps"] == 2
        assert [event.seq for event in runs.events(run.id)] == list(range(1, now.last_seq + 1))
        assert {artifact.run_id for artifact in runs.artifacts(run.id)} == {run.id}


def test_another_sweep_gets_another_process(runs, processes):
    first = runs.sweep("toy", {"steps": 1}, seeds=2)[1]
    second = runs.sweep("toy", {"steps": 1}, seeds=2)[1]
    ended(runs, [*first, *second])
    pids = [{pid for run in made for pid in processes[run.id]} for made in (first, second)]
    assert not pids[0] & pids[1]


def test_a_failure_is_the_failing_runs_own_and_the_next_gets_a_fresh_process(runs, processes):
    _, made = runs.sweep("toy", {"steps": 3}, axes={"misbehave": ["no", "raise", "no"]}, seeds=2)
    assert [str(state) for state in ended(runs, made)] == ["completed"] * 2 + ["failed"] * 2 + ["completed"] * 2
    own = [processes[run.id][0] for run in made]
    assert own[0] == own[1] == own[2], "nothing was wrong until then"
    assert len({own[2], own[3], own[4]}) == 3, "each failure ended its process"
    assert "Traceback" not in (runs.folder(made[0].id) / "run.log").read_text()


def test_a_crash_loses_only_the_run_it_was_in(runs, processes):
    _, made = runs.sweep("toy", {"steps": 3}, axes={"misbehave": ["no", "die", "no"]}, seeds=2)
    states = ended(runs, made)
    assert states[:2] == states[4:] == [State.COMPLETED] * 2
    assert State.COMPLETED not in states[2:4]
    assert all(runs.get(run.id).attempt == 1 for run in (*made[:2], *made[4:]))


def test_a_worker_killed_from_outside_loses_only_the_run_it_was_in(runs, processes):
    _, made = runs.sweep("toy", {"steps": 60, "work": 300_000}, seeds=3)
    runs.wait(made[0].id, WAIT_S)
    until(lambda: runs.get(made[1].id).state is State.RUNNING)
    assert processes[made[1].id] == processes[made[0].id]
    os.kill(processes[made[1].id][0], signal.SIGKILL)
    states = ended(runs, made)
    assert states[0] is states[2] is State.COMPLETED
    assert processes[made[2].id][0] != processes[made[0].id][0]


@pytest.mark.parametrize("config", [{}, {"misbehave": "hang", "misbehave_at": 1}])
def test_cancelling_one_leaves_the_others(runs, processes, config):
    """Whether it stops at a step boundary or must be killed."""
    _, made = runs.sweep("toy", {"steps": 40, "work": 300_000, **config}, seeds=1, axes={"tosses_per_step": [1, 2]})
    until(lambda: runs.get(made[0].id).state is State.RUNNING)
    assert runs.cancel(made[0].id, wait_s=10).state is State.CANCELLED
    if config:
        runs.cancel(made[1].id, wait_s=10)
    else:
        assert runs.wait(made[1].id, WAIT_S).state is State.COMPLETED


def test_a_worker_that_waits_for_nothing_goes(runs, processes):
    _, made = runs.sweep("toy", {"steps": 1}, seeds=2)
    ended(runs, made)
    [pid] = {pid for run in made for pid in processes[run.id]}
    until(lambda: not workers.alive(pid, None), zygote.WAIT_S + 5)


def test_workers_that_wait_go_with_their_server(settings, processes):
    with open_runs(settings, execute=True) as runs:
        _, made = runs.sweep("toy", {"steps": 1}, seeds=4)
        ended(runs, made)
        pids = {pid for run in made for pid in processes[run.id]}
    until(lambda: not any(workers.alive(pid, None) for pid in pids))


def test_an_order_that_meets_a_leaving_worker_is_carried_out_by_a_new_one(settings):
    """The keeper may hand a run to a worker that goes at this moment: the zygote notices, and forks."""
    with open_runs(settings, execute=False) as runs:
        sweep, made = runs.sweep("toy", {"steps": 1}, seeds=2)
        folder = settings.folder / "runs"
        keeper = workers.Zygote("toy", runs.store.url, folder, settings.cache, 10.0, 0, lambda: None)
        try:
            for run in made:
                runs.store.claim(run.id, "here:1:1:x", "elsewhere", 60)
            first = keeper.fork(made[0].id, 1, lambda: None, 1.0, batch=sweep.id)
            until(lambda: first.waits)
            keeper.release(first, sweep.id)
            os.kill(first.pid, signal.SIGSTOP)  # it cannot take what it is given …
            threading.Timer(0.5, os.kill, (first.pid, signal.SIGKILL)).start()  # … and dies
            second = keeper.fork(made[1].id, 1, lambda: None, 1.0, batch=sweep.id)
            assert second.pid != first.pid
            assert runs.wait(made[1].id, WAIT_S).state is State.COMPLETED
        finally:
            keeper.close()


def test_nobody_signals_a_worker_that_is_at_another_run():
    worker = workers.Worker(os.getpid(), None, reported=True)
    worker.ended(0, waits=True)
    worker.signal(signal.SIGKILL)  # we are still here
    assert worker.dead and worker.code == 0


@pytest.mark.parametrize(
    ("state", "took_s", "taken", "stays"),
    [
        (State.COMPLETED, 0.1, 1, True),
        (State.COMPLETED, zygote.SHORT_S + 1, 1, False),
        (State.COMPLETED, 0.1, zygote.MOST_IN_ONE, False),
        (State.FAILED, 0.1, 1, False),
        (State.CANCELLED, 0.1, 1, False),
        (None, 0.1, 1, False),
    ],
)
def test_who_may_take_another(state, took_s, taken, stays):
    assert zygote.may_stay(state, took_s, taken) is stays
