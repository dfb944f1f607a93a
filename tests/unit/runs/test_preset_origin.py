"""Where a config comes from, and the one command that gives it again: the command line reads it back to the same request."""

from __future__ import annotations

import shlex

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quintant import registry
from quintant.cli import values
from quintant.config import canonical, config_hash, parse
from quintant.runs.overlay import Base, overlay
from quintant.runs.preset import changes_to, command, origin, spelled, spelled_axis, whole_preset

LABS = [lab for lab in registry.labs().values() if registry.missing(lab) is None]


def given_by(line: str) -> tuple[list[str], list[str], dict[str, str]]:
    words = shlex.split(line)
    assert words[:2] == ["quintant", "run"]
    found: dict[str, list[str]] = {}
    for option, value in zip(words[3::2], words[4::2], strict=True):
        found.setdefault(option, []).append(value)
    return found.pop("--set", []), found.pop("--sweep", []), {option: one for option, (one,) in found.items()}


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.name)
def test_every_preset_is_its_own_origin_and_its_command_gives_it_again(lab):
    for name in lab.presets:
        whole = whole_preset(lab, name)
        config = parse(lab.config, whole)
        found = origin(lab, whole, config_hash(config))
        assert found.differs == {} and whole_preset(lab, found.preset) == whole
        for other in list(lab.presets)[:3]:  # said as a change of another preset, it is the same config
            differs = changes_to(lab.presets[other], whole_preset(lab, other), whole)
            sets, _, options = given_by(command(lab.name, other, differs))
            assert options == {"--preset": other}
            again = overlay(lab.config, Base.of_preset(lab.presets[other]), values.overrides(sets))
            assert (orjson.loads(canonical(again.config)), again.notes) == (whole, ())


single = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=9)
json = st.recursive(
    single | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
counts = st.integers(1, 6)
steps = st.sampled_from([0.1, 0.25])


@settings(max_examples=300, deadline=None)
@given(json)
def test_a_value_is_read_as_it_was_spelled(value):
    [word] = shlex.split(command("lab", "base", {"key": value}))[6:]
    assert values.overrides([word]) == {"key": value}
    assert values.value("key", spelled(value)) == value


@settings(max_examples=300, deadline=None)
@given(
    st.lists(json, min_size=1, max_size=4, unique_by=lambda value: canonical(value))
    | st.builds(lambda a, d, n: [a + d * i for i in range(n)], st.integers(-9, 9), st.integers(1, 9), counts)
    | st.builds(lambda a, d, n: [round(a + d * i, 6) for i in range(n)], st.integers(-9, 9), steps, counts)
)
def test_an_axis_is_read_as_it_was_spelled(axis):
    if "" in axis or len({(type(one), str(one)) for one in axis}) < len(axis):
        return  # the command line refuses empty and equal values
    assert values.axes([f"key={spelled_axis(axis)}"]) == {"key": axis}


def test_a_command_is_one_a_person_would_write():
    line = command(
        "optical", "deeprmsa-nsfnet", {"k_paths": 7, "path_order": "km"}, axes={"load_erlang": [150, 170, 190]}, seeds=10,
        root_seed=42, name="load study",
    )  # fmt: skip
    assert line == (
        "quintant run optical --preset deeprmsa-nsfnet --set k_paths=7 --set path_order=km --sweep load_erlang=150:190:20 "
        "--seeds 10 --root-seed 42 --name 'load study'"
    )
