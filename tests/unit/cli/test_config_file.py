"""`run LAB --config FILE`: what an exported config becomes, and how a file that is none is refused."""

from __future__ import annotations

import json

import pytest

from quintant.cli.config_file import kept, read_config
from quintant.client.card import card
from quintant.config import canonical, parse
from quintant.errors import ConfigError
from quintant.registry import find, labs
from quintant.runs.overlay import DEFAULTS, overlay

OPTICAL = card(find("optical"))


def test_a_config_alone_and_a_run_with_one_are_read(tmp_path):
    (tmp_path / "config.json").write_text('{"k_paths": 3}')
    (tmp_path / "run.json").write_text('{"lab": "optical", "root_seed": 7, "name": "mine", "config": {"k_paths": 4}}')
    (tmp_path / "config.yaml").write_text("k_paths: 5\nrouting: k_shortest_path\n")
    alone, run, yaml = (read_config(tmp_path / name, OPTICAL) for name in ("config.json", "run.json", "config.yaml"))
    assert (alone.config, alone.root_seed) == ({"k_paths": 3}, None)
    assert (run.config, run.root_seed, run.name) == ({"k_paths": 4}, 7, "mine")
    assert yaml.config == {"k_paths": 5, "routing": "k_shortest_path"}


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("none.json", None, "cannot read .*No such file"),
        ("config.toml", "a=1", r"takes a file in \.json, \.yaml, \.yml; got 'config\.toml'"),
        ("bad.json", "{", "is not JSON"),
        ("bad.yaml", "a: [", "is not YAML"),
        ("list.json", "[1]", "must hold an object of parameters; it holds list"),
        ("chip.json", '{"lab": "chip", "config": {}}', "is of lab chip, not of optical"),
    ],
)
def test_a_file_that_holds_no_config_is_refused_by_its_name(tmp_path, name, text, words):
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError, match=words) as refused:
        read_config(tmp_path / name, OPTICAL)
    assert refused.value.problems[0].path == "--config" and "\n" not in str(refused.value)


@pytest.mark.parametrize("lab", sorted(labs()))
def test_an_exported_config_gives_the_same_config_again(lab, tmp_path):
    """Of every preset: only what differs from the defaults is given, and the whole is the same, byte for byte."""
    found = find(lab)
    described = card(found)
    for preset in found.presets.values():
        whole = json.loads(canonical(parse(found.config, preset.config)))
        (tmp_path / "config.json").write_text(json.dumps(whole))
        given = kept(read_config(tmp_path / "config.json", described).config, described, {}, {})
        assert len(given) < len(whole) or not whole
        assert canonical(overlay(found.config, DEFAULTS, given).config) == canonical(parse(found.config, preset.config))


def test_what_is_set_or_swept_beside_it_replaces_that_alone():
    config = {"k_paths": 3, "demand": {"low_gbps": 25, "high_gbps": 100}}
    assert kept(config, OPTICAL, {"k_paths": 4}, {}) == {"demand": {"low_gbps": 25, "high_gbps": 100}}
    assert kept(config, OPTICAL, {}, {"demand.high_gbps": [1, 2]}) == {"k_paths": 3, "demand.low_gbps": 25}
