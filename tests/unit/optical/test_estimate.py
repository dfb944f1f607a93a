from __future__ import annotations

import numpy as np
import pytest

from quintant.labs.optical.engine import estimate


def test_student_t_of_the_tables() -> None:
    assert estimate.student_t(31) == pytest.approx(2.0395, abs=1e-4)
    assert estimate.student_t(9) == pytest.approx(2.2622, abs=1e-4)


def test_mean_of_batches() -> None:
    found = estimate.mean(np.array([1.0, 3.0, 2.0]), np.ones(3), 30, "")
    assert found.value == 2.0
    assert found.half_width == pytest.approx(4.3027 * 1.0 / 3**0.5, abs=1e-3)
    drifting = estimate.mean(np.array([1.0, 2.0, 3.0]), np.ones(3), 30, "")  # neighbours alike: correlation 0 + 1/3
    assert drifting.half_width == pytest.approx(found.half_width * (1 + 2 / 3) ** 0.5)
    assert found.metric().method == "95 % batch means, 3 batches"


def test_the_interval_ends_where_values_end() -> None:
    metric = estimate.mean(np.array([0.0, 1.0]), np.ones(2), 2, "").metric(ceiling=1.0)
    assert (metric.low, metric.high) == (0.0, 1.0)


def test_no_weight_no_value() -> None:
    metric = estimate.mean(np.zeros(3), np.zeros(3), 0, "nothing happened").metric("km")
    assert metric.value is None and metric.reason == "nothing happened" and metric.unit == "km"


def test_one_batch_gives_a_value_and_says_why_no_interval() -> None:
    metric = estimate.mean(np.array([3.0]), np.array([4.0]), 4, "").metric()
    assert (metric.value, metric.low, metric.reason) == (0.75, None, "one batch gives no interval")


def test_independent_trials_count_fully() -> None:
    rng = np.random.default_rng(1)
    trials = np.full(1000, 1000)
    found = estimate.probability(rng.binomial(1000, 0.03, 1000), trials, np.zeros(1000, int), 100.0)
    assert found.effective == pytest.approx(1_000_000, rel=0.15)
    assert found.half_width == pytest.approx(1.96 * (0.03 * 0.97 / 1e6) ** 0.5, rel=0.1)


def test_bursts_count_less() -> None:
    """Each event ten times over: a tenth of the information."""
    rng = np.random.default_rng(2)
    found = estimate.probability(10 * rng.binomial(100, 0.03, 1000), np.full(1000, 1000), np.zeros(1000, int), 100.0)
    assert found.effective == pytest.approx(100_000, rel=0.15)


def test_no_event_is_an_upper_limit() -> None:
    trials, none = np.full(32, 1000), np.zeros(32, int)
    lone = estimate.probability(none, trials, none, 50.0).metric(ceiling=1.0)
    assert (lone.value, lone.upper_limit) == (0.0, True)
    assert lone.high == pytest.approx(3 / (32_000 / 50))
    assert "one per mean holding time" in lone.reason
    detours = np.random.default_rng(3).poisson(20, 32)  # independent: every request tells something
    better = estimate.probability(none, trials, detours, 50.0).metric(ceiling=1.0)
    assert 3 / 32_000 <= better.high < lone.high
    assert "first candidate" in better.reason


def test_no_event_in_few_trials_is_at_most_certain() -> None:
    none = np.zeros(8, int)
    assert estimate.probability(none, np.ones(8, int), none, 500.0).high == 1.0


def test_merged_sums_neighbours() -> None:
    assert estimate.merged(np.arange(6), 3).tolist() == [1, 5, 9]
    assert estimate.merged(np.arange(8).reshape(4, 2), 2).tolist() == [[2, 4], [10, 12]]


def test_merged_makes_equal_batches_but_for_the_last() -> None:
    assert estimate.merged(np.ones(7, int), 3).tolist() == [3, 3, 1]
    assert estimate.merged(np.arange(2), 32).tolist() == [0, 1]
    assert estimate.merged(np.zeros((0, 5), int), 32).shape == (0, 5)


def test_no_event_limits_the_bit_rate_too_even_if_only_the_largest_were_blocked() -> None:
    none = estimate.probability(np.zeros(4, int), np.full(4, 1000), np.zeros(4, int), 40.0)
    one_rate = estimate.weighed(none, 100.0, np.full(4, 100_000.0))
    assert (one_rate.value, one_rate.upper_limit, one_rate.high) == (0.0, True, none.high)
    mixed = estimate.weighed(none, 400.0, np.full(4, 160_000.0)).metric(ceiling=1.0)
    assert mixed.high == pytest.approx(2.5 * none.high) and mixed.upper_limit
    assert "times 2.5, the largest bit rate over the mean one" in mixed.reason


def test_everything_is_a_lower_limit_as_nothing_is_an_upper_one() -> None:
    trials, none = np.full(32, 1000), np.zeros(32, int)
    nothing = estimate.probability(none, trials, none, 50.0).metric(ceiling=1.0)
    everything = estimate.probability(trials, trials, none, 50.0).metric(ceiling=1.0)
    assert (everything.value, everything.high, everything.upper_limit) == (1.0, 1.0, False)
    assert everything.low == pytest.approx(1.0 - nothing.high) and everything.effective == nothing.effective == 640.0
    assert everything.method == "95 % lower limit, 3 / effective observations"
    assert everything.reason == "everything was blocked; 640 effective observations, one per mean holding time"


def test_everything_of_few_trials_says_nothing() -> None:
    trials = np.ones(8, int)
    assert estimate.probability(trials, trials, np.zeros(8, int), 500.0).low == 0.0


def test_everything_limits_the_bit_rate_too_even_if_only_the_largest_got_through() -> None:
    trials = np.full(4, 1000)
    all_ = estimate.probability(trials, trials, np.zeros(4, int), 40.0)
    assert estimate.weighed_share(all_, 100.0, np.full(4, 100_000.0)).low == all_.low
    mixed = estimate.weighed_share(all_, 400.0, np.full(4, 160_000.0)).metric(ceiling=1.0)
    assert mixed.low == pytest.approx(1.0 - 2.5 * (1.0 - all_.low)) and mixed.high == mixed.value == 1.0


def test_short_batches_are_joined_down_to_eight() -> None:
    assert [estimate.batch_count(n, 100.0, 32) for n in (100, 20_000, 40_000, 80_000, 10**6)] == [8, 8, 16, 32, 32]
    assert estimate.batch_count(10**6, 100.0, 64) == 64


def test_a_rare_share_is_skewed_and_knows_little_of_its_spread() -> None:
    """Twelve events in two of eight batches: one degree of freedom, an interval that reaches much further up than down."""
    events = np.array([0, 7, 0, 0, 5, 0, 0, 0])
    rare = estimate.share(events.astype(float), np.full(8, 1000.0), 8000, "")
    assert rare.value == pytest.approx(12 / 8000) and rare.batches == 8
    assert rare.low is not None and rare.high is not None and rare.half_width == pytest.approx((rare.high - rare.low) / 2)
    assert 0 <= rare.low < rare.value / 3 and rare.high > 3 * rare.value


def test_a_common_share_is_the_rest_of_a_rare_one() -> None:
    events = np.array([3.0, 7, 2, 4, 5, 9, 1, 6])
    whole = np.full(8, 1000.0)
    rare, common = estimate.share(events, whole, 8000, ""), estimate.share(whole - events, whole, 8000, "")
    assert common.value == pytest.approx(1 - rare.value) and common.half_width == pytest.approx(rare.half_width)
    assert (common.low, common.high) == (pytest.approx(1 - rare.high), pytest.approx(1 - rare.low))
