"""A wall clock that is set while Runs are at work: nobody is taken for dead, and nobody comes twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import psutil
import pytest

from quintant.process import alive, birth
from quintant.runs import State

LIBRARIES = sorted(Path("/usr/lib").glob("**/faketime/libfaketimeMT.so.1"))
SLOW = {"steps": 1200, "work": 150_000}


def test_a_process_is_known_by_its_pid_its_ticks_and_the_boot(monkeypatch):
    me = birth()
    assert me is not None and alive(os.getpid(), me) and birth(os.getpid()) == me
    assert not alive(os.getpid(), birth(os.getppid()))
    monkeypatch.setattr(psutil, "boot_time", lambda: 1.0)  # what a clock that was set does to dates of creation
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: 12345.0)
    assert birth() == me and alive(os.getpid(), me)
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    born = birth(process.pid)
    while Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
        time.sleep(0.01)
    assert not alive(process.pid, born), "a zombie is dead"
    process.wait()
    assert not alive(process.pid, born) and birth(process.pid) is None and not alive(None, born)


def test_the_name_of_a_program_may_hold_brackets_and_blanks(tmp_path):
    program = tmp_path / "a) S (b 1"
    program.symlink_to("/bin/sleep")
    process = subprocess.Popen([str(program), "30"])
    try:
        assert birth(process.pid) is not None and alive(process.pid, birth(process.pid))
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_leases_do_not_follow_the_wall_clock(kind, tmp_path, request, monkeypatch):
    from quintant.runs import open_runs
    from quintant.settings import Settings

    url = request.getfixturevalue("postgres") if kind == "postgresql" else None
    with open_runs(Settings(data_dir=tmp_path, store_url=url), execute=False) as runs:
        run = runs.submit("toy", {})
        runs.store.claim(run.id, "elsewhere:1:b:t", "elsewhere", 60.0)
        for step_s in (0.0, 3600.0, -3600.0):
            monkeypatch.setattr(runs.store, "now", lambda step_s=step_s: time.time() + step_s)
            (held,) = [held for held in runs.store.held() if held.run.id == run.id]
            assert 50 < held.lease_left_s <= 60
        runs.store.renew(run.id, 1, -5.0)
        (held,) = [held for held in runs.store.held() if held.run.id == run.id]
        assert held.lease_left_s < 0


@pytest.mark.skipif(not LIBRARIES, reason="libfaketime is not installed: apt-get install faketime")
@pytest.mark.parametrize("step", ["+1", "-1h"])
def test_a_clock_step_loses_no_run_and_lets_no_second_server_in(tmp_path: Path, step: str):
    clock = tmp_path / "clock"
    clock.write_text("+0\n")
    environment = {
        **os.environ, "LD_PRELOAD": str(LIBRARIES[0]), "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1",
    }  # fmt: skip
    folder = tmp_path / "data"
    command = [sys.executable, "-m", "quintant.cli", "serve", "--port", "0", "--data-dir", str(folder), "--labs", "toy"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        while "/api/v2" not in (line := server.stdout.readline()):
            assert line, server.stderr.read()
        with httpx2.Client(base_url=json.loads((folder / "server.json").read_text())["url"], trust_env=False) as client:
            bodies = [{"lab": "toy", "config": {**SLOW, "bias": bias}} for bias in (0.3, 0.6)]
            ids = [client.post("/api/v2/runs", json=body).json()["runs"][0]["id"] for body in bodies]

            def rows() -> list[dict]:
                return [client.get(f"/api/v2/runs/{id}").json() for id in ids]

            until(lambda: any(row["state"] == "running" and row["fraction"] > 0.01 for row in rows()))
            clock.write_text(f"{step}\n")
            second = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)
            assert second.returncode != 0 and "A server already works on" in second.stderr
            until(lambda: all(State(row["state"]).final for row in rows()), 150)
            assert [(row["state"], row["attempt"]) for row in rows()] == [("completed", 1)] * 2
    finally:
        server.terminate()
        server.communicate(timeout=30)


def until(what, timeout_s: float = 60.0) -> None:
    end = time.monotonic() + timeout_s
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
