"""Warm processes come when they are needed, one by one in the background, and go when nobody needs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from quintant.cli import following, progress
from quintant.cli.door.local import LocalDoor
from quintant.lab import Headline
from quintant.runs import State, open_runs, supervisor, workers
from quintant.runs.store import database, feed

WAIT_S = 60.0


def until(what: Callable[[], Any], timeout_s: float = 20.0) -> Any:
    end = time.monotonic() + timeout_s
    while not (answer := what()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
    return answer


@pytest.fixture
def compiling(monkeypatch) -> threading.Event:
    """Zygotes compile until the event is set."""
    over = threading.Event()
    warm = workers.Zygote.warm

    def slow(self, timeout_s):
        self.compiling = True
        return over.wait(timeout_s) and warm(self, timeout_s)

    monkeypatch.setattr(workers.Zygote, "warm", slow)
    return over


def test_a_run_whose_kernels_are_compiled_is_queued_and_says_why(runs, compiling):
    run = runs.submit("toy", {})
    waiting = until(lambda: (now := runs.get(run.id)).reason and now)
    assert (waiting.state, waiting.reason) == (State.QUEUED, "compiling kernels (once, about 30 s)")
    assert waiting.started_at is None
    [told] = runs.events(run.id, kinds=["compiling"])
    assert told.payload == {"lab": "toy", "about_s": 30}
    with database.reading(runs.store.engine) as connection:
        assert feed.after(connection, 0, 10)[-1].payload["reason"] == waiting.reason
    compiling.set()
    ended = runs.wait(run.id, WAIT_S)
    assert (ended.state, ended.reason, ended.attempt) == (State.COMPLETED, None, 1)
    assert [event.seq for event in runs.events(run.id)] == list(range(1, ended.last_seq + 1))
    assert ended.record["timings"]["queued_s"] > ended.record["timings"]["starting_s"]


def test_it_is_cancelled_at_once_and_its_slot_is_free(runs, compiling):
    run = runs.submit("toy", {})
    until(lambda: runs.get(run.id).reason)
    began = time.monotonic()
    assert runs.cancel(run.id).state is State.CANCELLED
    assert time.monotonic() - began < 1.0
    until(lambda: not any(runs.executor._busy.values()))
    compiling.set()


def test_who_follows_is_told_and_no_time_to_go_counts_it(settings, compiling):
    with LocalDoor(settings, execute=True) as door:
        run = door.facade.submit("toy", {"steps": 400, "work": 100_000})
        ticks = following.follow(door, [run])
        last = next(tick for tick in ticks if _waits(tick))
        assert _waits(last) == "compiling kernels (once, about 30 s)"
        assert last.working_s == 0.0
        time.sleep(1.0)
        compiling.set()
        for last in ticks:
            assert last.working_s < last.elapsed_s - 0.9
        assert last.over and _waits(last) is None


def _waits(tick: following.Tick) -> str | None:
    return progress.read(tick.runs, Headline("heads_share", "heads"), tick.working_s).waits


COMPILE = """
import sys
from pathlib import Path
from quintant import kernels
kernels.keep(Path(sys.argv[1]))
from quintant.runs import zygote
zygote._tell_of_compiling("any")
from numba.tests.cache_usecases import add_usecase  # a cached function that numba ships
add_usecase(2, 3); add_usecase(2.0, 3)
"""


def test_numba_tells_of_what_it_compiles_and_not_of_what_it_loads(tmp_path):
    pytest.importorskip("numba.tests.cache_usecases")

    def told() -> list[dict[str, Any]]:
        environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
        done = subprocess.run([sys.executable, "-c", COMPILE, str(tmp_path)], capture_output=True, check=True, env=environment)
        return [json.loads(line) for line in done.stdout.splitlines()]

    assert told() == [{"compiling": "any"}], "once, however much there is to compile"
    assert told() == []


# --- coming and going ---


def test_an_idle_zygote_goes_and_comes_back_with_the_next_run(settings, monkeypatch):
    monkeypatch.setattr(supervisor, "IDLE_BYTES", 0)
    with open_runs(settings.model_copy(update={"idle_s": 0.5}), execute=True) as runs:
        assert runs.wait(runs.submit("toy", {}).id, WAIT_S).state is State.COMPLETED
        keeper = runs.executor.supervisor._zygotes["toy"]
        until(lambda: not runs.executor.supervisor._zygotes and not keeper.alive)
        assert runs.wait(runs.submit("toy", {}).id, WAIT_S).state is State.COMPLETED


def test_one_with_a_run_stays_however_long_it_takes(settings, monkeypatch):
    monkeypatch.setattr(supervisor, "IDLE_BYTES", 0)
    with open_runs(settings.model_copy(update={"idle_s": 0.0}), execute=True) as runs:
        run = runs.submit("toy", {"steps": 400, "work": 1_000_000})
        until(lambda: runs.get(run.id).state is State.RUNNING)
        keeper = runs.executor.supervisor._zygotes["toy"]
        time.sleep(2.5)  # it is looked at every second
        assert keeper.alive
        runs.cancel(run.id)


def test_the_small_one_that_was_used_last_stays(settings, monkeypatch):
    monkeypatch.setattr(supervisor, "WEIGH_EVERY_S", 0.1)
    monkeypatch.setattr(supervisor, "IDLE_BYTES", 2**40)
    with open_runs(settings.model_copy(update={"idle_s": 0.3}), execute=True) as runs:
        runs.executor.supervisor.zygote("chip")  # warm, and never used
        runs.wait(runs.submit("toy", {}).id, WAIT_S)
        until(lambda: set(runs.executor.supervisor._zygotes) == {"toy"}, WAIT_S)
        assert runs.executor.supervisor._zygotes["toy"].memory() > 10 * 2**20
        time.sleep(1.5)
        assert set(runs.executor.supervisor._zygotes) == {"toy"}
        monkeypatch.setattr(supervisor, "IDLE_BYTES", 0)  # the server has grown meanwhile
        until(lambda: not runs.executor.supervisor._zygotes)


def test_a_server_warms_one_lab_after_another(settings, monkeypatch):
    together: list[int] = []
    zygote = supervisor.Supervisor.zygote

    def counted(self, lab, config=None):
        cold = sum(not keeper.warm(0) for keeper in self._zygotes.values())
        together.append(cold)
        return zygote(self, lab, config)

    monkeypatch.setattr(supervisor.Supervisor, "zygote", counted)
    monkeypatch.setattr(supervisor, "IDLE_BYTES", 1 << 40)  # this process alone may be more than an idle server
    with open_runs(settings.model_copy(update={"labs": "toy,persona"}), execute=True, warm=True) as runs:
        until(lambda: set(runs.executor.supervisor._zygotes) == {"toy", "persona"}, WAIT_S)
        until(lambda: all(keeper.warm(0) for keeper in runs.executor.supervisor._zygotes.values()), WAIT_S)
    assert together == [0, 0]


# --- a command's own process ---

FORKED = """
import sys, threading
from pathlib import Path
from quintant.cli.door.local import LocalDoor
from quintant.settings import Settings
if sys.argv[2] == "threads":
    threading.Thread(target=threading.Event().wait, daemon=True).start()
with LocalDoor(Settings(data_dir=Path(sys.argv[1])), execute=True) as door:
    run = door.facade.wait(door.facade.submit("toy", {}).id, 60)
    keeper = door.facade.executor.supervisor._zygotes["toy"]
    print(run.state, type(keeper._process).__name__, keeper.alive)
print(keeper.alive)
"""


@pytest.mark.parametrize(("threads", "kind"), [("one", "Forked"), ("threads", "Popen")])
def test_a_command_forks_its_zygote_while_it_has_one_thread_and_else_starts_one(tmp_path, threads, kind):
    if sys.platform != "linux" and kind == "Forked":
        pytest.skip("forked on Linux only")
    done = subprocess.run([sys.executable, "-c", FORKED, str(tmp_path), threads], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["completed", kind, "True", "False"]
    assert "threads" not in done.stderr


def test_a_command_that_runs_nothing_leaves_no_process(tmp_path):
    code = FORKED.replace('run = door.facade.wait(door.facade.submit("toy", {}).id, 60)', "door.facade; print(1); sys.exit()")
    subprocess.run([sys.executable, "-c", code, str(tmp_path), "one"], capture_output=True, text=True, check=True)
    assert not [p for p in psutil.process_iter(["cmdline"]) if str(tmp_path) in " ".join(p.info["cmdline"] or [])]


def test_what_is_warmed_ahead_goes_at_once_where_it_is_too_much_unless_somebody_wants_it(settings, monkeypatch):
    """One lab after another: never all of them in memory, whatever the time after which an idle one goes."""
    labs = ["toy", "chip"]
    monkeypatch.setattr(supervisor, "IDLE_BYTES", 0)
    most: list[int] = []
    zygote = supervisor.Supervisor.zygote

    def counted(self, *arguments, **more):
        most.append(len(self._zygotes))
        return zygote(self, *arguments, **more)

    monkeypatch.setattr(supervisor.Supervisor, "zygote", counted)
    with open_runs(settings.model_copy(update={"labs": ",".join(labs)}), execute=True, warm=True) as runs:
        until(lambda: len(most) >= 2 and not runs.executor.supervisor._zygotes, WAIT_S)
        assert most == [0, 0]
        keeper = runs.executor.supervisor.zygote("toy")
        runs.executor.supervisor.zygote("toy")
        runs.executor.supervisor.dismiss("toy")
        assert keeper.alive, "somebody else has asked for it"
        monkeypatch.setattr(supervisor, "IDLE_BYTES", 2**40)
        small = runs.executor.supervisor.zygote("chip")
        assert small.warm(WAIT_S)
        runs.executor.supervisor.dismiss("chip")
        assert small.alive, "there is room for it"
        runs.executor.supervisor.dismiss("optical")
