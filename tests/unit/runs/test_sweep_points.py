"""Where the values of a sweep's point land in its config."""

from __future__ import annotations

import pytest

from quintant.config import Config, key
from quintant.errors import ConfigError
from quintant.runs.axis import axes
from quintant.runs.sweep import MOST_RUNS, check_size, placed, reachable, roots

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


@pytest.mark.parametrize(
    ("seeds", "root_seed", "expected"),
    [
        (1, 42, [42]),
        (3, 0, [0, 1, 2]),
        (MOST_RUNS, 1, list(range(1, MOST_RUNS + 1))),
        (1, 2**63 - 1, [2**63 - 1]),
        ([0], 42, [0]),
        ([9, 3, 2**63 - 1], 42, [9, 3, 2**63 - 1]),
        ((5, 4), 42, [5, 4]),
        (list(range(MOST_RUNS)), 42, list(range(MOST_RUNS))),
    ],
)
def test_roots_follow_each_other_or_are_those_that_are_named(seeds, root_seed, expected):
    assert roots(seeds, root_seed) == expected


MANY = f"must be an integer from 1 to {MOST_RUNS}; got "
ROOT = "must be an integer from 0 to 2^63 - 1; got "


@pytest.mark.parametrize(
    ("seeds", "root_seed", "path", "message", "value"),
    [
        (0, 42, "seeds", f"{MANY}0.", 0),
        (MOST_RUNS + 1, 42, "seeds", f"{MANY}{MOST_RUNS + 1}.", MOST_RUNS + 1),
        (True, 42, "seeds", f"{MANY}True.", True),
        (1.5, 42, "seeds", f"{MANY}1.5.", 1.5),
        ("12", 42, "seeds", f"{MANY}'12'.", "12"),
        (b"12", 42, "seeds", f"{MANY}b'12'.", b"12"),
        ([], 42, "seeds", f"must name 1 to {MOST_RUNS} root seeds; got 0.", 0),
        (
            list(range(MOST_RUNS + 1)),
            42,
            "seeds",
            f"must name 1 to {MOST_RUNS} root seeds; got {MOST_RUNS + 1}.",
            MOST_RUNS + 1,
        ),
        ([1, -1], 42, "seeds.1", f"{ROOT}-1.", -1),
        ([2**63], 42, "seeds.0", f"{ROOT}{2**63}.", 2**63),
        ([1, "2"], 42, "seeds.1", f"{ROOT}'2'.", "2"),
        ([1, True], 42, "seeds.1", f"{ROOT}True.", True),
        ([7, 8, 7], 42, "seeds", "holds 7 twice: the same root seed gives the same run.", 7),
        (2, 2**63 - 1, "root_seed", f"must leave room for 2 seeds below 2^63; got {2**63 - 1}.", 2**63 - 1),
    ],
)
def test_seeds_that_are_none_are_refused_by_path_and_value(seeds, root_seed, path, message, value):
    with pytest.raises(ConfigError) as refused:
        roots(seeds, root_seed)
    [problem] = refused.value.problems
    assert (problem.path, problem.message, problem.value) == (path, message, value)


def test_a_sweep_of_exactly_the_most_runs_is_made_and_one_more_is_not():
    hundred = axes({"k": list(range(100))})
    check_size(hundred, 100)
    with pytest.raises(ConfigError) as refused:
        check_size(hundred, 101)
    [problem] = refused.value.problems
    assert (problem.path, problem.value) == ("sweep", 10_100)
    assert problem.message == "would make 10100 runs; at most 10000 are allowed."
