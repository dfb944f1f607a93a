"""Where the values of a sweep's point land in its config."""

from __future__ import annotations

import pytest

from quintant.config import Config, key
from quintant.errors import ConfigError
from quintant.runs.sweep import placed, reachable

BASE = {
    "seed": 1,
    "demand": {"low": 2, "high": 9},
    "parts": [{"size": 3, "name": "a"}, {"size": 4, "name": "b"}],
    "none": None,
    "empty": [],
}


def test_a_dotted_key_reaches_into_objects_and_lists_and_leaves_the_base_alone():
    point = {"seed": 7, "demand.low": 3, "parts.1.size": 5, "fresh.key": 1, "none.key": 2}
    assert placed(BASE, point) == {
        "seed": 7,
        "demand": {"low": 3, "high": 9},
        "parts": [{"size": 3, "name": "a"}, {"size": 5, "name": "b"}],
        "none": {"key": 2},
        "empty": [],
        "fresh": {"key": 1},
    }
    assert BASE["parts"][1]["size"] == 4 and BASE["demand"]["low"] == 2


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("parts.2.size", r"sweep.parts.2.size: leads nowhere at '2': must have an index below 2 there."),
        ("parts.first.size", r"leads nowhere at 'first': must have an index below 2 there."),
        ("parts.-1", r"leads nowhere at '-1': must have an index below 2 there."),
        ("empty.0.size", r"sweep.empty.0.size: leads nowhere at '0': the list that it reaches into is empty."),
        ("seed.low", r"sweep.seed.low: reaches into 'seed', which has no parts; it is 1."),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(path, words):
    with pytest.raises(ConfigError, match=words):
        placed(BASE, {path: 1})


class Part(Config):
    size: int = 3


class Parts(Config):
    needed: int = key(group="Parts", says="Has no default.")
    parts: tuple[Part, ...] = key((Part(), Part(size=4)), group="Parts", says="Some.")
    none: int | None = key(None, group="Parts", says="Nothing.")


def test_what_a_dotted_axis_reaches_into_comes_along_from_the_defaults():
    whole = [{"size": 3}, {"size": 4}]
    assert reachable(Parts, {}, ["parts.1.size", "needed"]) == {"parts": whole}
    assert reachable(Parts, {"parts": []}, ["parts.1.size"]) == {"parts": []}, "what is given is not touched"
    assert reachable(Parts, {"none": 1}, ["none", "needed.x", "unknown.0"]) == {"none": 1}
