"""The executor's promises, with real worker processes: control, loss, continuation, adoption, exactly one execution."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from quintant.errors import Conflict, StoreAway
from quintant.runs import State, open_runs, workers
from quintant.runs import result as results
from quintant.runs.executors.local import LocalExecutor

SLOW = {"steps": 2000, "work": 300_000}
"""About 5 ms of work a step, ten seconds in all."""


def until(what, timeout_s: float = 15.0):
    end = time.monotonic() + timeout_s
    while not (found := what()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
    return found


def running(runs, run_id):
    return until(lambda: (run := runs.get(run_id)).state is State.RUNNING and run.fraction > 0 and run)


def held(runs, run_id):
    return until(lambda: next((h for h in runs.store.held() if h.run.id == run_id and h.pid), None))


def test_a_run_ends_with_result_record_and_artifacts(runs):
    run = runs.wait(runs.submit("toy", {"bias": 0.25}, root_seed=7).id, 30)
    assert (run.state, run.fraction, run.attempt) == (State.COMPLETED, 1.0, 1)
    result = runs.result(run.id)
    assert result.metrics["heads_share"].value == run.headline
    assert result.tables["steps"].column("heads").to_pylist() == [
        e.payload["heads"] for e in runs.events(run.id, kinds=["tossed"])
    ]
    assert run.record["root_seed"] == 7
    assert run.record["result_hash"] == run.result_hash
    assert {a.path for a in runs.artifacts(run.id)} >= {
        "config.json",
        "result.json",
        "record.json",
        "tables/steps.arrow",
        "run.log",
    }
    for artifact in runs.artifacts(run.id):
        from quintant.runs.artifact import digest

        assert digest(runs.folder(run.id) / artifact.path) == (artifact.size, artifact.sha256)
    last = runs.events(run.id)[-1]
    assert (last.kind, last.payload["to"]) == ("state", "completed")


def test_the_same_root_gives_the_same_bits_and_two_roots_differ(runs):
    one, two, three = (runs.submit("toy", {}, root_seed=seed).id for seed in (1, 1, 2))
    hashes = [runs.wait(run_id, 30).result_hash for run_id in (one, two, three)]
    assert hashes[0] == hashes[1] != hashes[2]


def test_cancel_ends_a_run_in_its_middle(runs):
    run = running(runs, runs.submit("toy", SLOW).id)
    process = held(runs, run.id).pid
    cancelled = runs.cancel(run.id)
    assert cancelled.state is State.CANCELLED and cancelled.fraction < 0.9
    until(lambda: not psutil.pid_exists(process))
    with pytest.raises(Conflict, match="cancelled"):
        runs.cancel(run.id)


def test_a_queued_run_is_cancelled_without_ever_starting(settings):
    with open_runs(settings, execute=False) as runs:
        run = runs.cancel(runs.submit("toy", {}).id)
        assert (run.state, run.attempt) == (State.CANCELLED, 0)


def test_a_run_that_does_not_listen_is_killed_with_its_children(runs):
    run_id = runs.submit("toy", {"misbehave": "hang_with_child", "steps": 3}).id
    pid = held(runs, run_id).pid
    child = until(lambda: psutil.Process(pid).children())[0]
    run = runs.cancel(run_id, wait_s=30)
    assert run.state is State.CANCELLED
    until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
    until(lambda: not psutil.pid_exists(pid))
    assert "killed" in run.reason


def test_pause_holds_and_resume_goes_on_to_the_same_result(runs):
    config = {"steps": 300, "work": 300_000}
    run_id = running(runs, runs.submit("toy", config).id).id
    runs.pause(run_id)
    until(lambda: runs.get(run_id).state is State.PAUSED)
    fraction, seq = runs.get(run_id).fraction, runs.get(run_id).last_seq
    time.sleep(0.4)
    assert (runs.get(run_id).fraction, runs.get(run_id).last_seq) == (fraction, seq)
    runs.resume(run_id)
    ended = runs.wait(run_id, 30)
    assert ended.result_hash == runs.wait(runs.submit("toy", config).id, 30).result_hash
    assert ended.record["timings"]["paused_s"] > 0.3
    with pytest.raises(Conflict):
        runs.pause(run_id)


def test_a_paused_run_can_be_cancelled(runs):
    run_id = running(runs, runs.submit("toy", SLOW).id).id
    runs.pause(run_id)
    until(lambda: runs.get(run_id).state is State.PAUSED)
    assert runs.cancel(run_id).state is State.CANCELLED
    moves = [event.payload for event in runs.events(run_id) if event.kind == "state"]
    assert [move["to"] for move in moves[-2:]] == ["paused", "cancelled"], "it does not run on in between"
    assert moves[-1]["reason"].startswith("stopped on request after"), "its Worker heard it, and told what it had measured"


@pytest.mark.parametrize(
    ("how", "reason"),
    [("raise", "ZeroDivisionError: the coin stands on its edge"), ("refuse", "bias: the coin refuses")],
)
def test_an_engine_that_gives_up_fails_its_run_with_the_reason(runs, how, reason):
    run = runs.wait(runs.submit("toy", {"misbehave": how}).id, 30)
    assert (run.state, run.reason) == (State.FAILED, reason)
    assert runs.result(run.id) is None
    assert reason in runs.log(run.id).data.decode()
    assert runs.folder(run.id).joinpath("coin.txt").read_text() == "failed\n"


def test_an_engine_that_tells_more_than_all_is_not_believed(runs):
    run = runs.wait(runs.submit("toy", {"misbehave": "overshoot", "steps": 100, "work": 300_000}).id, 30)
    fractions = [event.payload["fraction"] for event in runs.events(run.id, kinds=["progress"])]
    assert len(fractions) > 1 and run.state is State.COMPLETED
    assert all(0 <= fraction <= 1 for fraction in fractions)


def test_a_run_lost_without_a_checkpoint_fails_and_says_how(runs):
    run = runs.wait(runs.submit("toy", {"misbehave": "die"}).id, 30)
    assert run.state is State.FAILED
    assert "killed by SIGKILL" in run.reason


@pytest.mark.parametrize("asks", [False, True])
def test_a_lost_run_goes_on_from_its_checkpoint_to_the_same_result(runs, tmp_path, asks):
    """Killed after its checkpoint, it continues there; events and tables hold every step once, asks are repeated."""
    spare = tmp_path / "spared"
    config = {"steps": 400, "work": 300_000, "spare": str(spare), "misbehave": "hang", "misbehave_at": 390, "asks": asks}
    run_id = running(runs, runs.submit("toy", config).id).id
    runs.pause(run_id)
    until(lambda: runs.get(run_id).state is State.PAUSED)
    runs.resume(run_id)
    until(lambda: runs.get(run_id).state is State.RUNNING)
    spare.touch()
    os.kill(held(runs, run_id).pid, signal.SIGKILL)
    run = runs.wait(run_id, 60)
    assert (run.state, run.attempt) == (State.COMPLETED, 2)
    events = runs.events(run_id, limit=10_000)
    assert [e.payload["step"] for e in events if e.kind == "tossed"] == list(range(1, 401))
    assert any(e.kind == "resumed" and e.payload["step"] > 0 for e in events)
    assert [e.seq for e in events] == list(range(1, len(events) + 1))
    straight = runs.wait(runs.submit("toy", config).id, 60)
    assert straight.result_hash == run.result_hash
    assert results.read(runs.folder(run_id).joinpath).tables["steps"].column("step").to_pylist() == list(range(1, 401))


def test_two_executors_on_one_store_run_everything_once(settings):
    with open_runs(settings, execute=True) as one, open_runs(settings, execute=True) as two:
        ids = [(one if n % 2 else two).submit("toy", {}, root_seed=n).id for n in range(12)]
        assert {one.wait(run_id, 60).attempt for run_id in ids} == {1}
        for run_id in ids:
            assert [e.payload["to"] for e in one.events(run_id, kinds=["state"])] == ["starting", "running", "completed"]


def test_short_requests_do_not_wait_behind_long_runs(runs):
    long = [runs.submit("toy", SLOW).id for _ in range(4)]
    until(lambda: runs.get(long[1]).state is State.RUNNING)
    assert runs.wait(runs.submit("toy", {}, lane="sync").id, 30).state is State.COMPLETED
    assert [runs.get(run_id).state for run_id in long] == [State.RUNNING] * 2 + [State.QUEUED] * 2, "they borrow nothing"
    for run_id in long:
        runs.cancel(run_id)


def test_short_requests_borrow_idle_slots_until_a_long_run_wants_them(runs):
    short = [runs.submit("toy", SLOW, lane="sync").id for _ in range(4)]
    for run_id in short[:3]:  # one slot of their own, two of the workers
        running(runs, run_id)
    long = runs.submit("toy", SLOW).id
    assert [runs.get(run_id).state for run_id in (short[3], long)] == [State.QUEUED] * 2
    runs.cancel(short[0])
    running(runs, long)
    assert runs.get(short[3]).state is State.QUEUED, "a borrowed slot goes back first"
    for run_id in [*short[1:], long]:
        runs.cancel(run_id)


@pytest.mark.parametrize(
    ("batch", "sync", "queued", "free"),
    [
        (0, 0, {"sync"}, (2, 3)),
        (0, 0, {"sync", "batch"}, (2, 1)),
        (2, 0, {"sync"}, (0, 1)),
        (2, 0, {"batch"}, (0, 1)),
        (0, 3, {"sync"}, (0, 0)),
        (0, 3, {"batch"}, (0, 0)),
        (1, 2, {"sync"}, (0, 0)),
        (0, 2, {"sync"}, (1, 1)),
        (3, 2, {"sync"}, (-2, 0)),  # adopted ones may be too many
    ],
)
def test_slots_are_lent_one_way(batch, sync, queued, free):
    executor = LocalExecutor(None, None, {"batch": 2, "sync": 1}, labs=None)
    executor._busy = {"batch": set(range(batch)), "sync": set(range(sync))}
    assert tuple(executor._free(queued).values()) == free


SERVER = """
import sys, time
from quintant.settings import Settings
from quintant.runs import open_runs, workers
runs = open_runs(Settings(data_dir=sys.argv[1], workers=2), execute=True)
ids = [runs.submit("toy", {"steps": 120, "work": 300_000}, root_seed=n).id for n in range(10)]
print(" ".join(ids), flush=True)
time.sleep(600)
"""


def test_killing_the_server_in_the_middle_of_ten_runs_loses_none(settings):
    """kill -9 of the server: living children are adopted, queued runs run, nothing runs twice."""
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(settings.data_dir)], stdout=subprocess.PIPE, text=True)
    ids = server.stdout.readline().split()
    with open_runs(settings, execute=False) as watch:
        until(lambda: any(watch.get(i).state is State.RUNNING and watch.get(i).fraction > 0 for i in ids), 30)
        server.kill()
        server.wait()
        states = [watch.get(i).state for i in ids]
        assert states.count(State.QUEUED) >= 6
        assert any(state.live for state in states)
    with open_runs(settings, execute=True) as runs:
        ended = [runs.wait(i, 60) for i in ids]
    assert [run.state for run in ended] == [State.COMPLETED] * 10
    assert [run.attempt for run in ended] == [1] * 10
    assert len({run.result_hash for run in ended}) == 10


def test_a_child_that_died_with_its_server_is_settled_at_the_next_start(settings):
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(settings.data_dir)], stdout=subprocess.PIPE, text=True)
    ids = server.stdout.readline().split()
    with open_runs(settings, execute=False) as watch:
        victim = until(lambda: next((h for h in watch.store.held() if h.pid and h.run.fraction > 0), None), 30)
        server.kill()
        server.wait()
        os.kill(victim.pid, signal.SIGKILL)
    with open_runs(settings, execute=True) as runs:
        run = runs.wait(victim.run.id, 60)
        assert (run.state, run.attempt) == (State.COMPLETED, 2)
        (loss,) = runs.store.losses(run.id)
        assert loss["story"] == f"its worker process {victim.pid} is gone"
        assert all(runs.wait(i, 60).state is State.COMPLETED for i in ids if i != run.id)


def test_a_cancel_left_while_no_server_ran_is_obeyed_after_adoption(settings):
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(settings.data_dir)], stdout=subprocess.PIPE, text=True)
    server.stdout.readline()
    with open_runs(settings, execute=False) as watch:
        orphan = until(lambda: next((h for h in watch.store.held() if h.pid and h.run.fraction > 0), None), 30)
        server.kill()
        server.wait()
        for queued in watch.list(states=[State.QUEUED]).items:
            watch.cancel(queued.id)
        assert watch.cancel(orphan.run.id).state is State.CANCELLED


def test_a_run_goes_when_its_time_is_over_unless_it_is_kept(runs):
    gone, kept = (runs.submit("toy", {}, expires_in_s=0.3).id for _ in range(2))
    runs.keep(kept)
    until(lambda: runs.list().total == 1, 10)
    assert runs.get(kept).expires_at is None
    until(lambda: not runs.folder(gone).exists(), 5)
    assert runs.wait(kept, 10).state is State.COMPLETED


def test_a_run_that_works_longer_than_its_request_may_fails_with_the_limit(runs):
    slow, quick = (runs.submit("toy", config, request={"limit_s": 0.3}).id for config in (SLOW, {"steps": 2}))
    ended = runs.wait(slow, 30)
    assert (ended.state, ended.reason.partition(" after ")[0]) == (State.FAILED, "The run was stopped")
    assert ended.reason.endswith("s of work: 0.3 s are allowed.")
    timings = ended.record["timings"]
    assert 0.3 < timings["init_s"] + timings["steps_s"] < 2
    assert runs.wait(quick, 30).state is State.COMPLETED


def test_a_store_that_is_away_for_a_while_ends_neither_the_taking_nor_the_watching(settings, monkeypatch):
    away = StoreAway("the database is restarting")
    with open_runs(settings, execute=True) as runs:
        first = running(runs, runs.submit("toy", {"steps": 400, "work": 300_000}).id)
        pid = held(runs, first.id).pid
        with monkeypatch.context() as patch:
            for name in ("wanted", "queued", "held", "move"):
                patch.setattr(runs.store, name, lambda *_, **__: (_ for _ in ()).throw(away))
            os.kill(pid, signal.SIGKILL)
            second = runs.submit("toy", {"bias": 0.25})
            time.sleep(2.5)
        lost = runs.wait(first.id, 60)
        told = next(e.payload for e in runs.events(first.id) if e.kind == "state" and e.payload["verb"] in ("lose", "requeue"))
        assert f"its worker process {pid} was killed by SIGKILL" in told["reason"]
        assert lost.state is (State.FAILED if told["verb"] == "lose" else State.COMPLETED)
        assert runs.wait(second.id, 60).state is State.COMPLETED


def test_a_zygote_that_warms_for_longer_than_the_lease_loses_no_run(settings, monkeypatch):
    """Its keeper lives: neither another executor of this machine nor one of another machine may take the run."""
    born = workers.Zygote.fork
    beats: list[float | None] = []

    def slow(self, run_id, attempt, waiting, every_s, **more):
        for _ in range(4):
            waiting()
            beats.extend(held.lease_left_s for held in one.store.held() if held.run.id == run_id)
            time.sleep(settings.lease_s / 2)
        return born(self, run_id, attempt, waiting, every_s, **more)

    monkeypatch.setattr(workers.Zygote, "fork", slow)
    with open_runs(settings, execute=True) as one, open_runs(settings, execute=True):
        run = one.wait(one.submit("toy", {}).id, 60)
    assert (run.attempt, str(run.state)) == (1, "completed")
    assert len(beats) == 4 and min(beats) > 0, "the lease was renewed while the zygote warmed"


def test_a_stopped_run_keeps_what_was_measured_and_counts_nowhere(runs):
    sweep, (slow, quick) = runs.sweep("toy", {"work": SLOW["work"], "bias": 0.3}, axes={"steps": [2000, 5]})
    running(runs, slow.id)
    runs.wait(quick.id, 60)
    runs.cancel(slow.id, wait_s=20)
    run = runs.get(slow.id)
    assert run.state is State.CANCELLED and run.reason.startswith("stopped on request after ")
    assert run.reason.endswith(" of 2000 steps") and run.record["stopped_after"] in run.reason
    kept = runs.result(slow.id, so_far=True)
    steps = kept.tables["steps"].num_rows
    assert kept.metrics["heads_share"].n == steps * 100 and f"after {steps} of" in run.reason
    assert runs.result(slow.id) is None and run.headline is None
    counted = {point.point["steps"]: point for point in runs.summary(sweep.id)}
    assert counted[2000].headline.n == 0 and counted[5].headline.n == 1
    with pytest.raises(Conflict, match="only completed runs can be compared"):
        runs.compare(slow.id, quick.id)
    with pytest.raises(Conflict, match="only a completed one can be verified"):
        runs.verify(slow.id)
    assert {"result.json", "tables/steps.arrow", "record.json"} <= {item.path for item in runs.artifacts(slow.id)}


def test_a_contracts_run_that_is_stopped_ends_as_before(runs):
    run_id = runs.submit("toy", SLOW, contract="toy").id
    running(runs, run_id)
    runs.cancel(run_id, wait_s=20)
    assert runs.get(run_id).reason == "cancelled on request" and runs.result(run_id, so_far=True) is None
