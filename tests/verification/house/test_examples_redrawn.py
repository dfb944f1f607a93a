"""The cards of the empty page are what the default presets give: run again with the same seed, and drawn again."""

from __future__ import annotations

import importlib.util
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from quintant import registry
from quintant.example import THEMES, example, picture
from quintant.runs import record
from quintant.runs.facade import open_runs
from quintant.settings import Settings

LABS = ("spiking", "chip", "optical", "federated", "persona")
_SPEC = importlib.util.spec_from_file_location("examples_tool", Path(__file__).parents[3] / "tools" / "examples.py")
assert _SPEC is not None and _SPEC.loader is not None
tool = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(tool)


@pytest.mark.parametrize("name", LABS)
def test_a_card_belongs_to_the_default_preset_as_it_is(name: str) -> None:
    """Else: tools/examples.py."""
    lab = registry.labs()[name]
    one = example(lab)
    assert one is not None and (one.preset, one.lab_version) == (lab.default_preset, lab.version), f"tools/examples.py {name}"
    assert dict(one.config) == tool.orjson.loads(tool.orjson.dumps(dict(lab.presets[one.preset].config)))
    assert one.figure in {figure.name for figure in lab.figures} and one.words["finding"]
    for theme in THEMES:
        data = picture(lab, theme).read_bytes()
        assert ElementTree.fromstring(data).tag.endswith("svg") and len(data) < 150_000
    assert picture(lab, "light").read_bytes() != picture(lab, "dark").read_bytes()


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name == "persona")) for name in LABS])
def test_a_card_is_drawn_again(name: str, tmp_path: Path) -> None:
    lab = registry.labs()[name]
    if reason := registry.missing(lab):
        pytest.skip(reason)
    kept, preset = example(lab), lab.presets[lab.default_preset]
    assert kept is not None
    figure = next(figure for figure in lab.figures if figure.name == kept.figure)
    with open_runs(Settings(data_dir=tmp_path), execute=True, only_own=True) as runs:
        members = tool.ended(runs, lab, preset, kept.seeds if kept.of == "sweep" else 1)
        outcomes = [runs.outcome(run.id) for run in members]
        card, pictures = tool.drawn(lab, preset, figure, outcomes, members[0].record["platform"])
    if kept.platform == record.platform_tag(lab):  # the same machine promises the same bits
        assert card == kept
        assert pictures == {theme: picture(lab, theme).read_bytes() for theme in THEMES}
    else:
        assert (card.what, card.figure, sorted(card.words)) == (kept.what, kept.figure, sorted(kept.words))
