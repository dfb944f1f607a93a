"""What a failed Run's process said is kept as worker.log, without secrets."""

from __future__ import annotations

import stat

import pytest

from quintant.runs import State, worker_log
from quintant.runs.worker_log import strike

SECRETS = {
    "QUINTANT_API_KEY": "abcdefghijklmnop",
    "AWS_SECRET_ACCESS_KEY": "zzzz/yyyy+x",
    "HOME": "/home/me",
    "DB_PASSWORD": "short",
}


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("key abcdefghijklmnop!", "key ********!"),
        ("postgresql+psycopg://me:hush@db/quintant", "postgresql+psycopg://me:********@db/quintant"),
        ("Authorization: Bearer sk-123.456", "Authorization: Bearer ********"),
        ("X-API-Key: cn_live_abc", "X-API-Key: ********"),
        ("in /home/me at zzzz/yyyy+x", "in /home/me at ********"),
        ("a short word", "a short word"),
    ],
)
def test_secrets_are_struck(said, kept):
    assert strike(said, SECRETS) == kept


def test_a_long_output_is_cut_at_its_beginning(tmp_path):
    (tmp_path / worker_log.OUTPUT).write_bytes(b"first line\n" + b"x" * 79 + b"\n" + b"middle\n" * 200_000 + b"the end\n")
    (item,) = worker_log.kept("r", tmp_path)
    text = (tmp_path / "worker.log").read_text()
    assert text.startswith("(the last 1,048,576 of 1,4") and text.endswith("the end\n") and "first line" not in text
    assert item.size == len(text)


def test_silence_leaves_no_file(tmp_path):
    assert worker_log.kept("r", tmp_path) == []
    (tmp_path / worker_log.OUTPUT).write_text("\n")
    assert worker_log.kept("r", tmp_path) == []


@pytest.mark.parametrize("misbehave", ["die", "raise"])
def test_a_failed_run_shows_what_its_process_said(runs, monkeypatch, misbehave):
    run = runs.submit("toy", {"steps": 400, "work": 300_000, "misbehave": misbehave, "misbehave_at": 399})
    while runs.get(run.id).state is not State.RUNNING:
        runs.notifier.wait(-1, 0.05)
    with (runs.folder(run.id) / worker_log.OUTPUT).open("a") as file:
        file.write("Fatal error with Bearer sk-secret-of-somebody\n")
    failed = runs.wait(run.id, 60)
    assert failed.state is State.FAILED
    shown = runs.open_artifact(run.id, "worker.log").read_text()
    assert "Fatal error with Bearer ********" in shown


def test_a_data_folder_and_its_database_are_their_owners(tmp_path):
    from quintant.runs import open_runs
    from quintant.settings import Settings

    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    (folder / "quintant.db").touch(0o644)
    with open_runs(Settings(data_dir=folder), execute=False) as opened:
        opened.list()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        databases = list(folder.glob("quintant.db*"))
        assert len(databases) >= 2
        assert {stat.S_IMODE(file.stat().st_mode) for file in databases} == {0o600}
