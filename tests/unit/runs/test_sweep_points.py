"""Where the values of a sweep's point land in its config."""

from __future__ import annotations

import pytest

from quintant.errors import ConfigError
from quintant.runs.sweep import placed

BASE = {"seed": 1, "demand": {"low": 2, "high": 9}, "parts": [{"size": 3, "name": "a"}, {"size": 4, "name": "b"}], "none": None}


def test_a_dotted_key_reaches_into_objects_and_lists_and_leaves_the_base_alone():
    point = {"seed": 7, "demand.low": 3, "parts.1.size": 5, "fresh.key": 1, "none.key": 2}
    assert placed(BASE, point) == {
        "seed": 7,
        "demand": {"low": 3, "high": 9},
        "parts": [{"size": 3, "name": "a"}, {"size": 5, "name": "b"}],
        "none": {"key": 2},
        "fresh": {"key": 1},
    }
    assert BASE["parts"][1]["size"] == 4 and BASE["demand"]["low"] == 2


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("parts.2.size", r"sweep.parts.2.size: must have an index below 2 where it has '2'."),
        ("parts.first.size", r"must have an index below 2 where it has 'first'."),
        ("parts.-1", r"must have an index below 2 where it has '-1'."),
        ("seed.low", r"sweep.seed.low: reaches into 'seed', which has no parts."),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(path, words):
    with pytest.raises(ConfigError, match=words):
        placed(BASE, {path: 1})
