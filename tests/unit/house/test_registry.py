"""Labs enter by entry point; a broken one is shown with its reason."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

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


@pytest.fixture
def rival(tmp_path, monkeypatch) -> Iterator[None]:
    """An installed distribution that offers a lab called chip, too."""
    info = tmp_path / "rival_chip-2.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: rival-chip\nVersion: 2.0\n")
    (info / "entry_points.txt").write_text("[quintant.labs]\nchip = rival_chip:LAB\n")
    (tmp_path / "rival_chip.py").write_text(
        "from dataclasses import replace\n"
        "from quintant.testing.toy import LAB as TOY\n"
        "LAB = replace(TOY, name='chip', title='Rival')\n"
    )
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delenv("QUINTANT_LABS", raising=False)
    registry.forget()
    yield
    monkeypatch.undo()
    registry.forget()


def test_a_package_cannot_replace_a_lab_of_ours_by_being_installed(rival):
    assert registry.labs()["chip"].title == "Integer neuromorphic chips"
    assert registry.origin("chip").distribution == "quintant"
    reason = registry.broken()["chip (rival-chip 2.0)"]
    assert "rival-chip 2.0 and quintant" in reason and "QUINTANT_LABS=chip=rival_chip:LAB" in reason
    assert registry.find("chip").title == "Integer neuromorphic chips"


def test_the_operator_may_replace_one_on_purpose_and_the_record_tells(rival, monkeypatch, tmp_path):
    monkeypatch.setenv("QUINTANT_LABS", "toy, chip = rival_chip:LAB")
    registry.forget()
    chosen = registry.labs("toy, chip = rival_chip:LAB")
    assert list(chosen) == ["toy", "chip"] and chosen["chip"].title == registry.find("chip").title == "Rival"
    assert str(registry.origin("chip")) == "rival_chip:LAB, by QUINTANT_LABS"
    for wrong, says in (("chip=no.such:LAB", "No module named"), ("chip=rival_chip:sys", "has no attribute")):
        with pytest.raises(ConfigError, match=says):
            registry.labs(wrong)


def test_a_choice_reaches_the_processes_that_compute(rival, monkeypatch):
    monkeypatch.setenv("QUINTANT_LABS", "toy")
    registry.labs("chip=rival_chip:LAB")
    assert os.environ["QUINTANT_LABS"] == "chip=rival_chip:LAB"
    assert registry.find("chip").title == "Rival"
