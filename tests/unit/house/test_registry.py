"""Labs enter by entry point; a broken one is shown with its reason."""

from __future__ import annotations

import sys

import pytest

from quintant import registry
from quintant.errors import ConfigError, NotFound, NotInstalled


def test_the_toy_lab_of_the_tests_entered_by_the_same_door():
    assert registry.find("toy").title == "A biased coin"


def test_a_broken_lab_is_named_and_the_others_stay(tmp_path, monkeypatch):
    info = tmp_path / "broken_lab-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-lab\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[quintant.labs]\nbroken = no.such.module:LAB\nwrong = quintant.lab:Lab\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    registry.forget()
    try:
        assert "toy" in registry.labs()
        assert set(registry.broken()) == {"broken", "wrong"}
        assert "No module named 'no'" in registry.broken()["broken"]
        with pytest.raises(NotInstalled, match="cannot be loaded"):
            registry.find("broken")
    finally:
        monkeypatch.undo()
        registry.forget()
    assert registry.broken() == {}


def test_a_choice_of_labs_is_checked():
    assert list(registry.labs("toy")) == ["toy"]
    with pytest.raises(ConfigError, match="Did you mean 'optical'"):
        registry.labs("opticl")
    with pytest.raises(NotFound, match="Did you mean 'optical'"):
        registry.find("optcal")
