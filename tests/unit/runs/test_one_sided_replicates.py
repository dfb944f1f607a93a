"""Replicates that are all 0 have an upper limit together, those that are all 1 a lower one: pooled by what stands behind."""

import pytest

from quintant.lab import Metric
from quintant.runs.statistics import over_replicates
from quintant.statistics import Estimate, interval, zero_event_limit


def all_(low: float | None, effective: float | None) -> Metric:
    return Metric(1.0, "1", low, 1.0, 1000, "95 % lower limit", effective=effective)


def none(high: float, effective: float) -> Metric:
    return Metric(0.0, "1", 0.0, high, 1000, "95 % upper limit", upper_limit=True, effective=effective)


@pytest.mark.parametrize("scale", ["log", "linear"])
def test_everything_is_pooled_as_nothing_is(scale):
    found = over_replicates([all_(0.97, 100.0), all_(0.98, 150.0)], scale)
    limit = zero_event_limit(250.0)
    assert (found.mean, found.low, found.high, found.upper_limit) == (1.0, pytest.approx(1 - limit), 1.0, False)
    assert found.method == "an event in each of 250 effective observations, 95 % lower limit"
    nothing = over_replicates([none(0.03, 100.0), none(0.02, 150.0)], "log")
    assert nothing.high == pytest.approx(limit)


def test_pooled_shares_whole():
    pooled = over_replicates([all_(0.97, 100.0), all_(None, 150.0)], "linear")
    method = "an event in each of 250 effective observations, 95 % lower limit"
    assert pooled == Estimate(1.0, 1.0 - zero_event_limit(250.0), 1.0, 2, method, False, (1.0, 1.0))


@pytest.mark.parametrize(
    "other",
    [
        Metric(1.0, "1", 0.97, 1.0),  # nothing known of what stands behind it
        Metric(1.0, "1", 0.97, 1.02, effective=100.0),  # an interval around 1, not a limit
        Metric(1.0, "1", 0.97, None, effective=100.0),
        Metric(1.0, "1", 1.0, 1.0, effective=100.0),  # no room below: not a share's limit
    ],
)
def test_one_that_is_no_such_share_keeps_all_from_being_pooled(other):
    assert over_replicates([all_(0.97, 100.0), all_(0.97, 100.0), other], "linear") == interval([1.0, 1.0, 1.0])


def test_shares_without_a_limit_of_their_own_are_left_as_they_are():
    assert over_replicates([Metric(1.0, "1", n=10), Metric(1.0, "1", n=10), Metric(1.0, "1", n=10)], "linear").low == 1.0
    mixed = over_replicates([all_(0.97, 100.0), Metric(0.9, "1"), all_(0.97, 100.0)], "linear")
    assert mixed.mean == pytest.approx(2.9 / 3) and "limit" not in mixed.method


@pytest.mark.parametrize(
    ("values", "scale", "taken"),
    [
        ([1.0, 2.0, 4.0], "linear", "linear"),
        ([-1.0, 2.0, 4.0], "linear", "linear"),
        ([0.5, 2.0, 4.0], "log", "log"),
        ([0.0, 0.2, 0.4], "log", "log"),
        ([-0.1, 2.0, 4.0], "log", "linear"),
        ([0.0, 0.1, 0.9], "share", "share"),
        ([0.2, 0.9, 1.0], "share", "share"),
        ([0.2, 0.9, 1.01], "share", "linear"),
        ([-0.01, 0.1, 0.9], "share", "linear"),
    ],
)
def test_the_scale_is_taken_where_every_value_fits_it(values, scale, taken):
    """A lab may call a metric a share, and a Run still give a value that is none: then the interval is the plain one."""
    assert over_replicates([Metric(value) for value in values], scale) == interval(values, taken)


def test_observations_are_pooled_only_where_every_run_tells_them():
    whole = over_replicates([Metric(0.0, effective=100.0), Metric(0.0, effective=50.0)], "log")
    assert whole.high == pytest.approx(zero_event_limit(150.0)) and whole.upper_limit
    part = over_replicates([Metric(0.0, effective=100.0), Metric(0.0)], "log")
    assert part.high is None and not part.upper_limit
