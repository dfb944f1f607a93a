"""`quintant lab new`: what it writes is a lab that runs, passes its own tests, and is found by its entry point."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from quintant.cli import call
from quintant.testing import conformance, decay


@pytest.mark.parametrize("check", conformance.checks(), ids=lambda check: check.__name__)
def test_the_gentle_lab_passes_what_every_lab_passes(check):
    check(decay.LAB, {"atoms": 200})


def test_a_new_lab_runs_and_passes_its_own_tests(tmp_path: Path, capsys):
    folder = tmp_path / "mine"
    assert call(["lab", "new", "half_life", "--to", str(folder)]) == 0
    assert "pip install --editable" in capsys.readouterr().out
    # what `pip install --editable` leaves, without an index: the sources on the path, and the entry point
    info = folder / "src" / "quintant_half_life-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: quintant-half_life\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text("[quintant.labs]\nhalf_life = quintant_half_life:LAB\n")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder / "src"), os.environ.get("PYTHONPATH", "")])}
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder / "tests")],
        capture_output=True, text=True, env=environment, cwd=folder,
    )  # fmt: skip
    assert tests.returncode == 0, tests.stdout
    run = subprocess.run(
        [sys.executable, "-m", "quintant.cli", "run", "half_life", "--data-dir", str(tmp_path / "data"), "--no-figure"],
        capture_output=True, text=True, env=environment,
    )  # fmt: skip
    assert run.returncode == 0 and "share left" in run.stdout, run.stderr
    assert "95 % CI, n = 5" in run.stdout


@pytest.mark.parametrize(
    ("name", "words"),
    [("optical", "There is a lab called optical already (quintant"), ("Bad Name", "must be 2 to 31 lower"), ("a", "must be")],
)
def test_a_name_that_cannot_be_taken_is_refused_and_nothing_is_written(tmp_path, monkeypatch, capsys, name, words):
    monkeypatch.chdir(tmp_path)
    assert call(["lab", "new", name]) == 2 or call(["lab", "new", name]) == 1
    assert words in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_use_is_left_alone(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("x")
    assert call(["lab", "new", "walk", "--to", str(tmp_path)]) != 0
    assert "not an empty folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
