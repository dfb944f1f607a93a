"""Fetching: what is not the checked file is refused, and nothing is left behind."""

import sys

import pytest

from quintant.errors import ConfigError, EngineError, Unreachable
from quintant.labs.federated import fetching
from quintant.labs.federated.fetching import Source, fetch


def source(script, unpack=lambda brought, made: (made / "x.csv").write_bytes((brought / "x.csv").read_bytes())):
    digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    return Source((sys.executable, "-c", script), "a package", "MIT", unpack, {"x.csv": digest})


@pytest.fixture
def sources(monkeypatch):
    known = {}
    monkeypatch.setattr(fetching, "SOURCES", known)
    return known


def left(place):
    return sorted(path.name for path in place.rglob("*"))


def test_a_checked_file_is_put_in_place(tmp_path, sources):
    sources["set"] = source("open('x.csv', 'w').write('x')")
    (path,) = fetch("set", tmp_path)
    assert path.read_text() == "x"
    assert left(tmp_path) == ["set", "x.csv"]
    sources["set"] = source("raise SystemExit('not asked again')")
    assert fetch("set", tmp_path) == [path]


def test_another_file_is_refused_and_nothing_stays(tmp_path, sources):
    sources["set"] = source("open('x.csv', 'w').write('y')")
    with pytest.raises(EngineError, match="is not the file that was checked"):
        fetch("set", tmp_path)
    assert left(tmp_path) == []


def test_a_client_that_fails_is_told_in_its_own_words(tmp_path, sources):
    sources["set"] = source("raise SystemExit('network is unreachable')")
    with pytest.raises(Unreachable, match="failed \\(exit 1\\): network is unreachable"):
        fetch("set", tmp_path)
    sources["none"] = Source(("no-such-client-here",), "a package", "MIT", lambda a, b: None, {"x": ""})
    with pytest.raises(Unreachable, match="no-such-client-here is not installed here"):
        fetch("none", tmp_path)
    assert left(tmp_path) == []


def test_files_of_ones_own_are_not_replaced_unasked(tmp_path, sources):
    sources["set"] = source("open('x.csv', 'w').write('x')")
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "x.csv").write_text("mine")
    with pytest.raises(ConfigError, match="replace with --force"):
        fetch("set", tmp_path)
    assert fetch("set", tmp_path, force=True)[0].read_text() == "x"


def test_unknown_names_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="must be one of fashion_mnist, mnist, reuters_r8; got 'minst'"):
        fetch("minst", tmp_path)
