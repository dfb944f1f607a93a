"""quintant.statistics against scipy.stats, hand values and its own coverage."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from quintant.statistics import Estimate, interval, zero_event_limit

T_2 = 0.95 * math.sqrt(2 / (1 - 0.95**2))  # t(0.975) of two degrees of freedom, closed form; tables print 4.303
BLOCKING = (0.031, 0.029, 0.034, 0.030, 0.028)


def test_linear_interval_is_that_of_scipy():
    estimate = interval(BLOCKING)
    low, high = stats.t.interval(0.95, len(BLOCKING) - 1, loc=np.mean(BLOCKING), scale=stats.sem(BLOCKING))
    assert estimate.mean == pytest.approx(np.mean(BLOCKING), rel=1e-15)
    assert (estimate.low, estimate.high) == pytest.approx((low, high), rel=1e-12)
    assert estimate.n == 5 and estimate.values == BLOCKING


def test_three_values_by_hand():
    # mean 2, s 1, so 2 ± t / √3
    estimate = interval([1, 2, 3])
    assert estimate.low == pytest.approx(2 - T_2 / math.sqrt(3), rel=1e-12)
    assert estimate.high == pytest.approx(2 + T_2 / math.sqrt(3), rel=1e-12)
    assert estimate.relative_half_width == pytest.approx(T_2 / math.sqrt(3) / 2)


def test_log_interval_by_the_delta_method():
    estimate = interval([1, 2, 3], scale="log")
    factor = math.exp(T_2 / (math.sqrt(3) * 2))
    assert estimate.low == pytest.approx(2 / factor, rel=1e-12)
    assert estimate.high == pytest.approx(2 * factor, rel=1e-12)
    assert math.sqrt(estimate.low * estimate.high) == pytest.approx(estimate.mean)


def test_log_and_linear_agree_where_the_spread_is_small():
    close = [1.000, 1.001, 0.999, 1.0005]
    linear, log = interval(close), interval(close, scale="log")
    assert log.low == pytest.approx(linear.low, rel=1e-5)
    assert log.high == pytest.approx(linear.high, rel=1e-5)


def test_log_interval_stays_positive_and_defined_with_a_zero_among_the_values():
    estimate = interval([0.0, 1e-5, 3e-5], scale="log")
    assert 0 < estimate.low < estimate.mean < estimate.high


def test_two_values_are_shown_without_an_interval():
    estimate = interval([1, 3], scale="log")
    assert (estimate.mean, estimate.low, estimate.high) == (2, None, None)
    assert not estimate.has_interval and estimate.values == (1, 3)
    assert estimate.band() == "both of n = 2 seeds, no interval"


def test_one_value_and_none():
    assert interval([0.5]).band() == "n = 1"
    empty = interval([])
    assert empty.mean is None and empty.n == 0 and empty.method == "no values"


def test_no_event_is_an_upper_limit():
    estimate = interval([0, 0, 0], scale="log", effective_observations=30_000)
    assert estimate.upper_limit and estimate.mean == 0 and not estimate.has_interval
    assert estimate.high == pytest.approx(3 / 30_000, rel=2e-3)  # the rule of three
    exact = stats.binomtest(0, 30_000).proportion_ci(0.90, method="exact").high  # two-sided 90 % = one-sided 95 %
    assert estimate.high == pytest.approx(exact, rel=1e-9)
    assert estimate.band() == "no event, 95 % upper limit, n = 3 seeds"


def test_one_run_without_events_has_an_upper_limit_too():
    estimate = interval([0], scale="log", effective_observations=1000)
    assert estimate.upper_limit and estimate.band() == "no event, 95 % upper limit, n = 1 seed"


@pytest.mark.parametrize("confidence", [0.95, 0.9])
def test_an_estimate_without_events_whole(confidence):
    percent = f"{100 * confidence:g} %"
    known = interval([0, 0], "log", confidence, effective_observations=1234.0)
    limit = 1 - (1 - confidence) ** (1 / 1234)
    method = f"no event in 1,234 effective observations, {percent} upper limit"
    assert known == Estimate(0.0, 0.0, known.high, 2, method, True, (0.0, 0.0), confidence)
    assert known.high == pytest.approx(limit, rel=1e-9)
    method = "no event; an upper limit needs the effective number of observations"
    assert interval([0, 0], "log", confidence) == Estimate(0.0, None, None, 2, method, False, (0.0, 0.0), confidence)


def test_no_event_and_unknown_observations_gives_no_limit():
    estimate = interval([0, 0, 0], scale="log")
    assert not estimate.upper_limit and estimate.high is None and "needs the effective number" in estimate.method


def test_zeros_are_ordinary_values_on_the_linear_scale():
    estimate = interval([0, 0, 0])
    assert (estimate.mean, estimate.low, estimate.high) == (0, 0, 0) and not estimate.upper_limit


def test_zero_event_limit_of_one_observation():
    assert zero_event_limit(1) == pytest.approx(0.95)


def test_band_names_the_confidence():
    assert interval(BLOCKING).band() == "mean ± 95 % CI, n = 5 seeds"
    assert interval(BLOCKING, confidence=0.9).band("batches") == "mean ± 90 % CI, n = 5 batches"


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: interval([1, math.nan]), r"values\[1\]: must be finite; got nan"),
        (lambda: interval([1, -1], scale="log"), r"values\[1\]: must not be negative on the log scale; got -1.0"),
        (lambda: interval([1], scale="cubic"), r"scale: must be 'linear', 'log' or 'share'; got 'cubic'"),
        (lambda: interval([0.5, 1.1], scale="share"), r"values\[1\]: must lie between 0 and 1 to be a share; got 1.1"),
        (lambda: interval([-0.1], scale="share"), r"values\[0\]: must lie between 0 and 1 to be a share; got -0.1"),
        (lambda: interval([1], confidence=95), r"confidence: must lie between 0 and 1; got 95"),
        (lambda: zero_event_limit(0), r"effective_observations: must be greater than 0; got 0"),
    ],
)
def test_what_is_refused(call, text):
    with pytest.raises(ValueError, match=text):
        call()


@pytest.mark.parametrize(
    ("values", "ends"),
    [((0.1, 0.9, 0.95), " and 1"), ((0.0, 0.02, 0.3), "0"), ((0.9, 0.99, 0.7), "1"), ((0.5, 0.51, 0.49), "")],
)
def test_a_shares_interval_is_the_linear_one_cut_at_its_ends_and_says_so(values, ends):
    linear, share = interval(values), interval(values, scale="share")
    assert (share.low, share.high) == (max(0.0, linear.low), min(1.0, linear.high))
    assert (share.mean, share.n, share.values) == (linear.mean, linear.n, linear.values)
    cut = f", cut at {'0 and 1' if ends == ' and 1' else ends}" if ends else ""
    assert share.method == f"95 % Student t, n = 3{cut}"


def test_a_cut_interval_of_shares_covers_as_often_as_the_whole():
    """Of beta-distributed shares whose intervals leave 0 to 1 in a third of all draws, none loses its truth by the cut."""
    draws = np.random.default_rng(3).beta(0.5, 2.0, size=(2000, 4))
    kept = [(interval(row), interval(row, scale="share")) for row in draws]
    assert sum(share.low == 0.0 for _, share in kept) > 600
    held = [(one.low <= 0.2 <= one.high, cut.low <= 0.2 <= cut.high) for one, cut in kept]
    assert all(whole == cut for whole, cut in held)


@pytest.mark.parametrize(("scale", "shape"), [("linear", 200.0), ("log", 20.0)])
def test_coverage_is_nominal(scale, shape):
    """95 % intervals over n = 10 hold the truth in 93…97 % of 2000 draws (binomial error 0.5 %), gamma-distributed."""
    draws = np.random.default_rng(1).gamma(shape, 1 / shape, size=(2000, 10))
    held = sum((e := interval(row, scale=scale)).low <= 1.0 <= e.high for row in draws)
    assert 0.93 <= held / 2000 <= 0.97


@pytest.mark.parametrize(
    ("values", "scale", "whole"),
    [
        ([], "linear", Estimate(None, None, None, 0, "no values", False, (), 0.9)),
        ([2.0], "linear", Estimate(2.0, None, None, 1, "n = 1, no interval", False, (2.0,), 0.9)),
        ([1.0, 3.0], "log", Estimate(2.0, None, None, 2, "n = 2, no interval", False, (1.0, 3.0), 0.9)),
        ([5.0] * 3, "linear", Estimate(5.0, 5.0, 5.0, 3, "90 % Student t, n = 3", False, (5.0,) * 3, 0.9)),
        ([0.5] * 3, "share", Estimate(0.5, 0.5, 0.5, 3, "90 % Student t, n = 3", False, (0.5,) * 3, 0.9)),
        ([0.0] * 3, "share", Estimate(0.0, 0.0, 0.0, 3, "90 % Student t, n = 3", False, (0.0,) * 3, 0.9)),
        ([1.0] * 3, "share", Estimate(1.0, 1.0, 1.0, 3, "90 % Student t, n = 3", False, (1.0,) * 3, 0.9)),
        (
            [5.0] * 3, "log",
            Estimate(5.0, 5.0, 5.0, 3, "90 % Student t on the log scale (delta method), n = 3", False, (5.0,) * 3, 0.9),
        ),
    ],
)  # fmt: skip
def test_an_estimate_whole(values, scale, whole):
    """Every field at once: where the values do not differ, the interval is the mean, and no arithmetic hides a slip."""
    assert interval(values, scale, 0.9) == whole


@pytest.mark.parametrize(
    ("values", "ends"),
    [
        ([0.0, 0.1, 0.9], "cut at 0 and 1"),
        ([0.0, 0.0, 0.1], "cut at 0"),
        ([1.0, 1.0, 0.9], "cut at 1"),
        ([0.5, 0.51, 0.52], None),
    ],
)
def test_a_share_says_where_its_interval_was_cut(values, ends):
    estimate = interval(values, "share")
    assert estimate.method == "95 % Student t, n = 3" + (f", {ends}" if ends else "")
    assert 0 <= estimate.low <= estimate.mean <= estimate.high <= 1 and not estimate.upper_limit
    assert (estimate.low == 0) == ("0" in (ends or "")) and (estimate.high == 1) == ("1" in (ends or ""))


@pytest.mark.parametrize("confidence", [0.0, 1.0, 1.5, -0.1])
def test_a_confidence_lies_between_0_and_1(confidence):
    with pytest.raises(ValueError, match=r"^confidence: must lie between 0 and 1; got"):
        interval([1, 2, 3], confidence=confidence)
