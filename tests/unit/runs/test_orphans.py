"""Nobody is left working for nobody: a Worker whose folder is gone ends, and so does what a killed test run leaves behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from quintant.runs import State
from quintant.runs.vanishing import LOOKS, Vanishing
from quintant.runs.workers import Worker

TESTS = Path(__file__).parents[2]
HANGS = {"misbehave": "hang_with_child", "steps": 3}

START = """
import sys, time
from pathlib import Path
from quintant.runs import open_runs
from quintant.settings import Settings
settings = Settings(data_dir=Path(sys.argv[1]), workers=1, lease_s=1, grace_s=0.3)
with open_runs(settings, execute=True) as runs:
    run = runs.submit("toy", {"misbehave": "hang_with_child", "steps": 3})
    while True:
        for held in runs.store.held():
            if held.pid:
                print(held.pid, flush=True)
        time.sleep(0.1)
"""


def until(what: Callable[[], object], for_s: float = 60.0) -> object:
    end = time.monotonic() + for_s
    while not (seen := what()):
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)
    return seen


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def working(pid: int) -> list[psutil.Process]:
    """The Worker and the child that it has started."""
    worker = psutil.Process(pid)
    [child] = until(lambda: worker.children())  # type: ignore[misc]
    return [worker, child]


def test_a_worker_whose_data_folder_vanished_ends_by_itself(tmp_path):
    """Its server was killed, so that nobody else looks after it; it hangs, so that it reaches no step either."""
    server = subprocess.Popen([sys.executable, "-c", START, str(tmp_path / "data")], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    processes = working(int(server.stdout.readline()))
    server.kill()
    server.wait()
    time.sleep(2.0)
    assert not any(gone(process) for process in processes), "a Worker outlives its server"
    shutil.rmtree(tmp_path / "data")
    until(lambda: all(gone(process) for process in processes))


def test_a_run_whose_folder_was_deleted_starts_again_or_says_why_it_failed(runs):
    run_id = runs.submit("toy", {**HANGS, "misbehave": "hang"}, retries=0).id
    until(lambda: runs.folder(run_id).exists() and runs.get(run_id).state is State.RUNNING)
    shutil.rmtree(runs.folder(run_id))
    run = runs.wait(run_id, 30)
    assert run.state is State.FAILED
    assert "ended, because the run's folder was gone" in run.reason


def test_only_a_folder_that_is_missing_again_and_again_is_gone(tmp_path, monkeypatch):
    vanishing = Vanishing(tmp_path / "run")
    (tmp_path / "run").mkdir()
    assert not any(vanishing.seen() for _ in range(3 * LOOKS))
    (tmp_path / "run").rmdir()
    assert [vanishing.seen() for _ in range(LOOKS)] == [False] * (LOOKS - 1) + [True]
    (tmp_path / "run").mkdir()
    assert not vanishing.seen()
    (tmp_path / "run").rmdir()

    def away(path: object, **how: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "stat", away)
    assert not any(vanishing.seen() for _ in range(3 * LOOKS))


def test_the_end_of_such_a_worker_is_told_in_words():
    worker = Worker(2**22 + 1, None)
    worker.ended(5)
    assert worker.story().endswith("ended, because the run's folder was gone")


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's way to tell of an end")
def test_what_a_killed_test_run_left_behind_ends(tmp_path):
    """A test run of its own, with a server, its Worker and what that has started; killed, nothing of it goes on."""
    (tmp_path / "test_inner.py").write_text(
        f"import subprocess, sys\nSTART = {START!r}\n"
        "def test_hangs(tmp_path):\n"
        "    with open(sys.argv[-1] + '/pids', 'w') as pids:\n"
        "        subprocess.run([sys.executable, '-c', START, str(tmp_path / 'data')], stdout=pids)\n"
    )
    (tmp_path / "inner").mkdir()
    paths = os.pathsep.join([str(TESTS), str(TESTS / "toylab")])
    inner = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-p", "reaper", "-p", "no:cacheprovider", "--rootdir", tmp_path,
         "--basetemp", tmp_path / "base", tmp_path / "test_inner.py", "-o", "addopts=", f"--junitxml={tmp_path}/x.xml",
         "--confcutdir", str(tmp_path / "inner")],
        env={**os.environ, "PYTHONPATH": paths}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    pids = tmp_path / "inner" / "pids"
    until(lambda: inner.poll() is not None or (pids.exists() and pids.read_text().strip()), 120)
    assert inner.poll() is None, inner.stdout and inner.stdout.read()
    processes = working(int(pids.read_text().split()[0]))
    inner.kill()
    inner.wait()
    until(lambda: all(gone(process) for process in processes))
