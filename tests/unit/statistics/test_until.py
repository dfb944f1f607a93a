"""When replicates may stop: the grammar of a target, and what the rule never does."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quintant.errors import ConfigError
from quintant.statistics import interval
from quintant.until import BLOCK, EVENTS, EVERY, LEAST, MOST, Target, Until, clopper_pearson, estimate, judge, level, skewness

WIDTHS = st.floats(1e-9, 1e9, allow_nan=False)
NUMBERS = st.lists(st.floats(-1e6, 1e6, allow_nan=False), min_size=LEAST, max_size=120)


def until(*texts: str, most: int = MOST) -> Until:
    read = Until.read(texts, most)
    assert read is not None
    return read


@settings(deadline=None)
@given(st.from_regex(r"[a-z][a-z0-9_.]{0,30}", fullmatch=True), WIDTHS, st.booleans(), st.sampled_from(["", "Hz", "Gb/s"]))
def test_a_target_is_read_as_it_is_written(metric, width, relative, unit):
    target = Target(metric, width, relative, "" if relative else unit)
    again = Target.read(str(target))
    assert (again.metric, again.relative, again.unit) == (target.metric, target.relative, target.unit)
    assert again.half_width == pytest.approx(width, rel=1e-11)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("blocking+-5%", Target("blocking", 0.05, True)),
        ("blocking ± 5 %", Target("blocking", 0.05, True)),
        ("rhythm_peak_hz+/-0.5 Hz", Target("rhythm_peak_hz", 0.5, False, "Hz")),
        ("test_accuracy@10±.01", Target("test_accuracy@10", 0.01, False)),
        ("a.b+-1e-3", Target("a.b", 1e-3, False)),
    ],
)
def test_targets_in_the_spellings_that_people_have(text, target):
    assert Target.read(text) == target


@pytest.mark.parametrize(
    "text", ["", "blocking", "blocking<5%", "+-5%", "a+-", "a+-0", "a+--1", "a+-nan", "a+-inf", "a b+-1", "a+-x%"]
)
def test_what_is_no_target_is_answered_with_the_grammar(text):
    with pytest.raises(ConfigError, match=r"until: must be METRIC\+-NUMBER"):
        Target.read(text)


def test_a_request_that_cannot_be_met_is_refused():
    for texts, most, message in (
        (["a+-1", "a+-2"], None, "names a twice"), (["a+-1"], LEAST - 1, "max_seeds: must be an integer from 20 on"),
        (["a+-1"], True, "max_seeds: must be"), ([], 50, "max_seeds: has no effect without until"),
    ):  # fmt: skip
        with pytest.raises(ConfigError, match=message):
            Until.read(texts, most)
    assert Until.read([]) is None
    kept = until("a+-5%", "b+-0.5 Hz", most=40)
    assert Until.stored({"until": kept.wire}) == kept and Until.stored({}) is None


@settings(deadline=None)
@given(NUMBERS, st.floats(0.01, 100))
def test_what_comes_later_changes_no_earlier_verdict(values, width):
    """So nothing need be remembered: a sweep that is looked at again is found where it was."""
    wanted = Until((Target("m", width, False),), 1000)
    whole = judge(wanted, {"m": values})
    for n in range(LEAST, len(values) + 1, 7):
        before = judge(wanted, {"m": values[:n]})
        assert before.looks == whole.looks[: len(before.looks)]
        if before.converged:
            assert whole.converged and whole.looks == before.looks


@settings(deadline=None)
@given(NUMBERS)
def test_more_seeds_are_wanted_until_the_next_look_and_never_beyond_the_most(values):
    verdict = judge(Until((Target("m", 1e-12, False),), 130), {"m": values})
    assert verdict.converged is None and len(values) < verdict.wanted <= min(130, len(values) + BLOCK)
    assert judge(Until((Target("m", 1e-12, False),), len(values)), {"m": values}).converged is False


def test_it_stops_at_two_looks_in_a_row_not_at_one():
    rng = np.random.default_rng(3)
    values = list(rng.normal(10, 1, 200))
    wide = until("m+-0.45")
    verdict = judge(wide, {"m": values})
    assert verdict.converged and [look.n for look in verdict.looks][:2] == [LEAST, LEAST + EVERY]
    assert [look.met for look in verdict.looks[-2:]] == [True, True]
    assert judge(wide, {"m": values[:LEAST]}).converged is None, "one look, however narrow"


@pytest.mark.parametrize("value", [0.0, 1.0, 0.37])
def test_values_that_do_not_vary_are_never_precise_enough(value):
    verdict = judge(until("m+-50%", most=60), {"m": [value] * 60})
    assert verdict.converged is False and "did not vary" in verdict.reason


def test_proportions_need_events_and_blocks():
    few = [1.0] * (EVENTS - 1) + [0.0] * (60 - EVENTS + 1)
    verdict = judge(until("m+-0.3", most=60), {"m": few})
    assert [look.n for look in verdict.looks] == [20, 40, 60] and verdict.converged is False
    assert "fewer than 5 events" in verdict.reason
    half = [0.0, 1.0] * 30
    assert judge(until("m+-0.3", most=60), {"m": half}).looks[-1].n == 40
    assert estimate(half).method.startswith("95 % Clopper-Pearson")


@pytest.mark.parametrize(("events", "n"), [(0, 20), (1, 20), (10, 20), (20, 20), (3, 1000)])
def test_the_exact_interval_of_a_proportion_is_that_of_scipy(events, n):
    from scipy.stats import binomtest

    exact = binomtest(events, n).proportion_ci(0.95, "exact")
    assert clopper_pearson(events, n) == pytest.approx((exact.low, exact.high), abs=1e-12)


def test_lost_runs_are_counted_and_too_many_of_them_end_it():
    values: list[float | None] = list(np.random.default_rng(1).normal(10, 0.1, 40))
    assert judge(until("m+-5%"), {"m": values}).converged
    some = [None, None, None, *values[3:]]
    verdict = judge(until("m+-5%"), {"m": some})
    assert verdict.converged is None, "3 of 40 are more than 5 %"
    assert judge(until("m+-5%", most=40), {"m": some}).reason == "not converged after 40 seeds: 3 of them have no value"
    lost = judge(until("m+-5%"), {"m": [None] * 15 + values[15:20]})
    assert (lost.converged, lost.reason) == (False, "not converged: 15 of 20 runs have no value")


def test_all_targets_must_hold_at_once():
    rng = np.random.default_rng(5)
    narrow, wide = list(rng.normal(10, 0.1, 60)), list(rng.normal(10, 5, 60))
    assert judge(until("a+-5%"), {"a": narrow}).looks[-1].n == 25
    both = judge(until("a+-5%", "b+-5%", most=60), {"a": narrow, "b": wide})
    assert both.converged is False and "b is known to ±" in both.reason and "a is" not in both.reason


@settings(deadline=None)
@given(NUMBERS)
def test_the_interval_is_never_narrower_than_students(values):
    if min(values) == max(values) or set(values) <= {0.0, 1.0} or skewness(values) != skewness(values):
        return
    told, plain = estimate(values), interval(values)
    assert told.mean == plain.mean and told.low <= plain.low + 1e-9 and told.high >= plain.high - 1e-9
    assert ("widened" in told.method) is (level(skewness(values)) > 0.95)


def test_the_interval_of_a_share_ends_at_zero_and_one():
    values = [0.9, 1.0, 1.0, 1.0, 0.2]
    assert estimate(values, "share").high == 1.0 and "cut at 1" in estimate(values, "share").method
    assert estimate([0.0, 0.0, 0.0, 9.0], "log").low == 0.0
    assert math.isfinite(estimate(values).low)
