"""Every lab's warm process has one thread when it forks, and its workers may take one run after another."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import orjson
import psutil
import pytest

from quintant import registry
from quintant.runs import State, open_runs, workers, zygote
from small_configs import SMALL

WAIT_S = 240.0


def threads(pid: int) -> int:
    """Threads as the operating system counts them."""
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted in /proc")
@pytest.mark.parametrize("lab", list(SMALL))
def test_a_lab_is_forked_from_one_thread_and_a_second_run_in_a_worker_is_as_its_first(settings, monkeypatch, lab, capfd):
    if reason := registry.missing(registry.labs()[lab]):
        pytest.skip(reason)
    config = SMALL[lab][0]
    counts: list[int] = []
    pids: list[int] = []
    fork = workers.Zygote.fork

    def counted(self, *arguments, **more):
        worker = fork(self, *arguments, **more)
        counts.append(threads(self._process.pid))
        pids.append(worker.pid)
        return worker

    monkeypatch.setattr(workers.Zygote, "fork", counted)
    with open_runs(settings.model_copy(update={"workers": 1}), execute=True) as runs:
        _, made = runs.sweep(lab, config, seeds=3, root_seed=1)
        ends = [runs.wait(run.id, WAIT_S) for run in made]
        alone = runs.wait(runs.submit(lab, config, root_seed=3).id, WAIT_S)
        warm = runs.executor.supervisor._zygotes[lab]._process.pid
        assert lab in psutil.Process(warm).cmdline()
        assert threads(warm) == 1
    assert {run.state for run in [*ends, alone]} == {State.COMPLETED}, [run.reason for run in ends]
    assert counts == [1, 1, 1, 1]
    assert pids[0] == pids[1] == pids[2] != pids[3]
    assert ends[2].result_hash == alone.result_hash
    assert "threads" not in capfd.readouterr().err


def test_a_warm_process_that_has_threads_says_so_before_it_forks(settings, monkeypatch, capfd, tmp_path):
    code = f"""
import threading, time
from quintant.runs import zygote
threading.Thread(target=time.sleep, args=(1.0,), daemon=True).start()
keeper = zygote._Keeper({{"folder": {str(tmp_path)!r}}}, None)
zygote._work = lambda *_: zygote.os._exit(0)
keeper._fork({{"run": "x", "attempt": 1}})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "forking from 2 threads" in done.stderr


@pytest.mark.parametrize("lab", ["toy", "optical"])
def test_a_command_becomes_a_zygote_before_it_has_threads(tmp_path, lab):
    """The zygote of a command that executes its own Runs is forked from the command: it tells of threads on its stderr."""
    sets = [f"--set={key}={orjson.dumps(value).decode()}" for key, value in SMALL[lab][0].items()]
    command = [sys.executable, "-m", "quintant.cli", "run", lab, *sets, "--seeds", "3", "--no-figure", "--data-dir", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "threads" not in done.stderr and "done in" in done.stdout


def test_workers_compute_sums_in_one_order_whatever_the_machine(settings):
    """Two BLAS threads group a matrix product's sums otherwise than one: workers have one, whatever the environment says."""
    assert zygote.ONE_THREAD["OPENBLAS_NUM_THREADS"] == "1"
    with open_runs(settings, execute=True) as runs:
        runs.wait(runs.submit("toy", {}).id, WAIT_S)
        environment = psutil.Process(runs.executor.supervisor._zygotes["toy"]._process.pid).environ()
    assert zygote.ONE_THREAD.items() <= environment.items()
