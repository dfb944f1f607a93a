"""What is wrong with a data folder is found and comes with what to do; a whole one has nothing bad."""

from __future__ import annotations

import shutil
import sqlite3

import pytest

from quintant.cli import call
from quintant.runs.inspection import Finding, inspect
from quintant.settings import Settings


@pytest.fixture
def ended(runs) -> str:
    return runs.wait(runs.submit("toy", {}, root_seed=7).id, 60).id


def found(settings, of: str, level: str) -> list[Finding]:
    return [finding for finding in inspect(settings) if finding.of == of and finding.level == level]


def test_a_folder_in_which_nothing_has_run_is_no_fault_and_stays_away(settings):
    assert not [finding for finding in inspect(settings) if finding.level == "bad"]
    assert not settings.folder.exists()


def test_a_whole_folder_has_nothing_bad(settings, ended):
    findings = list(inspect(settings))
    assert not [finding for finding in findings if finding.level == "bad"]
    assert any("it holds 1 run." in finding.says for finding in findings)
    assert any("have the sha256 that was recorded" in finding.says for finding in findings)
    assert any("have the size that was recorded" in finding.says for finding in inspect(settings, hashes=False))


def test_a_file_of_the_same_size_with_other_bytes_is_found_by_its_sha256(settings, runs, ended):
    path = runs.folder(ended) / "result.json"
    path.write_bytes(b"x" * path.stat().st_size)
    [finding] = found(settings, "files", "bad")
    assert f"{ended}/result.json" in finding.says and finding.remedy
    assert not [one for one in inspect(settings, hashes=False) if one.level == "bad"], "sizes alone do not tell"


def test_rows_without_folders_and_folders_without_rows_are_named(settings, runs, ended):
    (settings.folder / "runs" / "stranger").mkdir()
    [doubt] = found(settings, "files", "doubtful")
    assert "stranger" in doubt.says
    shutil.rmtree(runs.folder(ended))
    [lost] = found(settings, "files", "bad")
    assert ended in lost.says and "quintant rm" in lost.remedy


def test_a_damaged_database_is_bad(settings, ended, tmp_path):
    other = Settings(data_dir=tmp_path / "damaged")
    path = other.made_folder() / "quintant.db"
    with sqlite3.connect(settings.folder / "quintant.db") as read, sqlite3.connect(path) as copy:
        read.backup(copy)
    data = bytearray(path.read_bytes())
    third = len(data) // 3
    data[third : 2 * third] = b"\xff" * third
    path.write_bytes(data)
    [finding, *_] = found(other, "store", "bad")
    assert "damaged" in finding.says or "cannot be opened" in finding.says
    assert "quintant restore" in finding.remedy


def test_an_older_database_is_told_and_left_as_it_is(settings, ended):
    path = settings.folder / "quintant.db"
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    [finding] = found(settings, "store", "doubtful")
    assert "0001" in finding.says
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)


def test_the_command_prints_it_and_exits_1_where_something_is_bad(settings, runs, ended, capsys):
    folder = str(settings.folder)
    assert call(["doctor", "--data-dir", folder]) == 0
    assert "✓ store" in capsys.readouterr().out
    (runs.folder(ended) / "result.json").unlink()
    assert call(["doctor", "--quick", "--data-dir", folder]) == 1
    out = capsys.readouterr().out
    assert "✗ files" in out and "→ Restore them from a backup" in out
