"""The texts of errors in a terminal, and the exit code that each means."""

from __future__ import annotations

import pytest

from quintant import errors
from quintant.cli import problems
from quintant.errors import ConfigError, Problem

KEYS = frozenset({"k_paths", "slots", "demand"})


def told(*faults: Problem, lab: str | None = "optical") -> list[str]:
    return list(problems.lines(ConfigError(faults), lab, KEYS))


def test_a_misspelt_parameter_reads_as_a_sentence():
    fault = Problem("k_pths", "is not a parameter.", 3, sorted(KEYS), "Did you mean 'k_paths'?")
    assert told(fault) == [
        "error: k_pths is not a parameter of optical. Did you mean k_paths?",
        "       See: quintant explain optical k_paths",
    ]


def test_every_fault_is_told_and_each_parameter_is_referred_to_once():
    assert told(
        Problem("slots", "must be at least 1; got 0.", 0),
        Problem("demand.low_gbps", "must be integer; got 'x'.", "x"),
        Problem("demand.high_gbps", "is required."),
    ) == [
        "error: slots: must be at least 1; got 0.",
        "error: demand.low_gbps: must be integer; got 'x'.",
        "error: demand.high_gbps is required.",
        "       See: quintant explain optical slots",
        "       See: quintant explain optical demand",
    ]


def test_what_no_parameter_is_about_refers_to_none():
    assert told(Problem("seeds", "must be at least 1; got 0.", 0)) == ["error: seeds: must be at least 1; got 0."]
    assert told(Problem("zzz", "is not a parameter.", 1), lab=None) == ["error: zzz is not a parameter."]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError(Problem("a", "b")), 2), (errors.NotFound("Run", "x"), 2), (errors.Conflict("x"), 2),
        (errors.NotInstalled("x"), 2), (errors.Forbidden("x"), 2), (errors.Unreachable("x"), 3), (errors.EngineError("x"), 1),
        (errors.Busy("x"), 1), (problems.Refused("x"), 2),
    ],
)  # fmt: skip
def test_exit_codes(error, code):
    assert problems.exit_code(error) == code


def test_an_error_of_several_lines_is_indented_and_a_hint_follows():
    assert list(problems.lines(errors.Busy("first\nsecond"))) == ["error: first", "       second"]
    assert list(problems.lines(problems.Refused("no", "Say so with --yes."))) == ["error: no", "       Say so with --yes."]
