"""What a Run left is what was recorded: changed, foreign and hidden files are shown by no reader."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from quintant.errors import Changed, NotFound, QuintantError
from quintant.runs import Runs, artifact


@pytest.fixture
def ended(runs: Runs) -> str:
    return runs.wait(runs.submit("toy", {"steps": 3}, root_seed=5).id, 60).id


READERS: dict[str, Callable[[Runs, str], object]] = {
    "result": lambda runs, run: runs.result(run),
    "outcome": lambda runs, run: runs.outcome(run),
}


@pytest.mark.parametrize("path", ["result.json", "tables/steps.arrow", "documents/coin.json"])
@pytest.mark.parametrize("reader", READERS)
def test_a_changed_file_is_refused_by_every_reader(runs, ended, path, reader):
    READERS[reader](runs, ended)
    file = runs.folder(ended) / path
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(Changed, match=f"{path} of run {ended} was changed"):
        READERS[reader](runs, ended)
    with pytest.raises(Changed):
        runs.open_artifact(ended, path)


@pytest.mark.parametrize("path", ["result.json", "tables/steps.arrow", "documents/coin.json"])
def test_a_comparison_tells_what_was_changed_or_refuses(runs, ended, path):
    file = runs.folder(ended) / path
    whole = file.read_bytes()
    for place in range(0, len(whole), max(1, len(whole) // 12)):
        data = bytearray(whole)
        data[place] ^= 1
        file.write_bytes(data)
        try:
            told = runs.compare(ended, ended)
        except Changed as error:
            assert f"{path} of run {ended} was changed" in str(error)
        else:
            assert not told.identical and f"stored result of run {ended}" in told.differences[0]
    file.write_bytes(whole)
    assert runs.compare(ended, ended).identical


def test_a_change_back_and_a_touch_are_no_change(runs, ended, monkeypatch):
    file = runs.folder(ended) / "result.json"
    before = file.read_bytes()
    file.write_bytes(before + b" ")
    with pytest.raises(Changed):
        runs.result(ended)
    file.write_bytes(before)
    assert runs.result(ended) is not None
    os.utime(file, (time.time() + 5, time.time() + 5))
    assert runs.result(ended) is not None
    digested: list[Path] = []
    real = artifact.digest
    monkeypatch.setattr(artifact, "digest", lambda path: digested.append(path) or real(path))
    runs.result(ended)
    assert digested == [], "a file that did not change is hashed once"


def test_a_file_put_back_with_its_old_times_is_still_seen(runs, ended):
    file = runs.folder(ended) / "result.json"
    runs.result(ended)
    facts, data = file.stat(), bytearray(file.read_bytes())
    data[5] ^= 1
    other = file.with_name("other")
    other.write_bytes(data)
    os.utime(other, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    other.replace(file)  # same size, same times, another inode
    with pytest.raises(Changed):
        runs.result(ended)


@pytest.mark.parametrize("path", ["stray.txt", ".checkpoint", ".parts/steps/000000000.arrow", ".worker.txt", "tables/.hidden"])
def test_an_ended_run_shows_its_artifacts_and_nothing_else(runs, ended, path):
    file = runs.folder(ended) / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("anything")
    with pytest.raises(NotFound):
        runs.open_artifact(ended, path)
    assert path not in {item.path for item in runs.artifacts(ended)}


def test_a_running_run_shows_no_hidden_file(runs):
    run = runs.submit("toy", {"steps": 2000, "work": 300_000})
    while not (runs.folder(run.id) / ".worker.txt").exists():
        time.sleep(0.01)
    with pytest.raises(NotFound):
        runs.open_artifact(run.id, ".worker.txt")
    runs.cancel(run.id, wait_s=20)


def test_a_link_to_a_recorded_name_is_no_recorded_file(runs, ended, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("x")
    file = runs.folder(ended) / "result.json"
    file.unlink()
    file.symlink_to(secret)
    with pytest.raises(QuintantError):
        runs.open_artifact(ended, "result.json")
