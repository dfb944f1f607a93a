"""What a config names beyond itself is refused or allowed when it arrives, and is part of the run's identity from then on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from quintant import registry
from quintant.errors import ConfigError, Conflict
from quintant.lab import Lab
from quintant.outside import Permission
from quintant.runs import Runs, State, open_runs
from quintant.settings import Settings


@pytest.fixture
def naming(tmp_path: Path, monkeypatch) -> Iterator[tuple[Runs, Path]]:
    """The toy lab, whose `spare` names a file; (runs of a server with an open folder, that folder)."""
    opened = tmp_path / "open"
    opened.mkdir()
    monkeypatch.setenv("QUINTANT_FOLDERS", str(opened))
    toy: Lab = registry.labs()["toy"]
    monkeypatch.setattr(registry, "find", lambda name, _find=registry.find: naming if name == "toy" else _find(name))
    naming = replace(toy, outside="quintant.testing.toy:outside")
    with open_runs(Settings(data_dir=tmp_path / "data"), execute=False) as runs:
        monkeypatch.setattr(runs, "_described", lambda name: naming)
        yield runs, opened


def named(path: Path) -> dict[str, object]:
    return {"misbehave": "raise", "spare": str(path)}


def test_the_digest_stands_in_the_config_hash(naming):
    runs, opened = naming
    file = opened / "spare"
    file.write_text("a")
    first, again = (runs.submit("toy", named(file)) for _ in range(2))
    file.write_text("b")
    changed = runs.submit("toy", named(file))
    assert first.config_hash == again.config_hash != changed.config_hash
    assert first.outside[0]["key"] == "spare" and first.outside[0]["sha256"] != changed.outside[0]["sha256"]
    assert runs.get(first.id).outside == first.outside
    assert runs.submit("toy", {}).outside == ()


def test_a_file_elsewhere_is_refused_with_the_setting_that_opens_it(naming, tmp_path):
    runs, _ = naming
    (tmp_path / "elsewhere").write_text("x")
    with pytest.raises(ConfigError, match=r"lies outside the folders.*QUINTANT_FOLDERS="):
        runs.submit("toy", named(tmp_path / "elsewhere"))
    with pytest.raises(ConfigError, match="lies outside"):
        runs.sweep("toy", named(tmp_path / "elsewhere"), seeds=2)
    assert runs.list().total == 0
    runs.permission = Permission(keyed=False)
    assert runs.submit("toy", named(tmp_path / "elsewhere")).outside


def test_a_file_that_is_not_there_is_told_by_its_key(naming):
    runs, opened = naming
    with pytest.raises(ConfigError, match=r"spare: .*cannot be read"):
        runs.submit("toy", named(opened / "nothing"))


def test_verify_says_what_was_changed(naming):
    runs, opened = naming
    file = opened / "spare"
    file.write_text("a")
    run = runs.submit("toy", named(file))
    claim = runs.store.claim(run.id, "w", "h", 60)
    runs.store.move(run.id, "begin", attempt=claim.attempt)
    runs.store.move(run.id, "finish", attempt=claim.attempt)
    assert runs.get(run.id).state is State.COMPLETED
    assert runs.verify(run.id).verify_of == run.id
    file.write_text("b")
    with pytest.raises(Conflict, match=r"cannot be verified: .*spare \(spare\) was changed since"):
        runs.verify(run.id)
