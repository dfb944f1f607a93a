"""`quintant prune`: only what ended long ago goes, what people named stays if they wish, and it says what it frees."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import update

from quintant.cli import call
from quintant.runs.store import database
from quintant.runs.store.models import runs as table

DAY_S = 86_400.0


@pytest.fixture
def aged(runs):
    """`aged(days)`: the id of a toy run that ended so long ago."""

    def make(days: float, **config) -> str:
        run = runs.wait(runs.submit("toy", config, root_seed=7).id, 60)
        with database.writing(runs.store.engine) as connection:
            connection.execute(update(table).where(table.c.id == run.id).values(ended_at=time.time() - days * DAY_S))
        return run.id

    return make


def ids(runs) -> set[str]:
    return {run.id for run in runs.list(limit=100).items}


def test_only_what_ended_long_ago_goes_and_its_size_is_told_first(runs, settings, aged, capsys):
    old, young, named = aged(40), aged(2), aged(50)
    runs.annotate(named, tags=("fig-3",))
    folder = str(settings.folder)
    assert call(["prune", "--older-than", "30d", "--keep-named", "--yes", "--data-dir", folder]) == 0
    out = capsys.readouterr().out
    assert out.startswith("1 run that ended more than 30d ago, ") and "kB" in out and "1 spared" in out
    assert out.endswith("deleted 1 run\n")
    assert ids(runs) == {young, named} and not runs.folder(old).exists()
    assert call(["prune", "--older-than", "30d", "--yes", "--data-dir", folder]) == 0
    assert ids(runs) == {young}


def test_a_filter_narrows_it_and_without_a_terminal_nothing_is_deleted_unasked(runs, settings, aged, capsys, monkeypatch):
    wanted, other = aged(40, bias=0.25), aged(40, bias=0.75)
    folder = str(settings.folder)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    assert call(["prune", "--older-than", "4w", "--data-dir", folder]) == 2
    assert "--yes" in capsys.readouterr().err and ids(runs) == {wanted, other}
    assert call(["prune", "--older-than", "4w", "--where", "bias<0.5", "--yes", "--data-dir", folder]) == 0
    assert ids(runs) == {other}
    assert call(["prune", "--older-than", "1h", "--where", "bias<0.5", "--yes", "--data-dir", folder]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("0 runs")


def test_more_than_a_page_is_seen(runs, settings, aged, monkeypatch):
    monkeypatch.setattr("quintant.cli.prune.PAGE", 2)
    for _ in range(5):
        aged(9)
    assert call(["prune", "--older-than", "8d", "--yes", "--data-dir", str(settings.folder)]) == 0
    assert ids(runs) == set()


@pytest.mark.parametrize("age", ["30", "a month", "5 MHz", "-3d"])
def test_an_age_without_a_time_is_refused(settings, age, capsys):
    assert call(["prune", f"--older-than={age}", "--data-dir", str(settings.folder)]) == 2
    assert "--older-than" in capsys.readouterr().err
