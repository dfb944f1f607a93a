"""`quintant data`: any lab's data sets by one verb."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from quintant.cli.app import app
from quintant.lab import Fetchable


def run(*words):
    return CliRunner().invoke(app, ["data", *words])


def test_list_names_what_the_federated_lab_can_fetch():
    told = run("list")
    assert told.exit_code == 0
    assert {line.split()[0] for line in told.output.splitlines()} == {"mnist", "fashion_mnist", "reuters_r8"}


def test_fetch_puts_it_into_the_cache_and_says_so(tmp_path, monkeypatch):
    asked = []

    def fetch(cache: Path, force: bool):
        asked.append((cache, force))
        return [cache / "a.bin"]

    monkeypatch.setenv("QUINTANT_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr("quintant.labs.federated.fetching.fetchable", lambda: {"coins": Fetchable("coins, CC0", fetch)})
    told = run("fetch", "coins", "--force")
    assert told.exit_code == 0 and str(tmp_path / "a.bin") in told.output
    assert asked == [(tmp_path, True)]


def test_an_unknown_name_is_answered_with_the_nearest():
    from quintant.errors import NotFound

    told = run("fetch", "mnits")
    assert isinstance(told.exception, NotFound) or told.exit_code == 2
    with pytest.raises(NotFound, match="mnist"):
        raise told.exception
