"""Differences of two arms: against SciPy's tests, and their coverage."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from quintant.difference import Difference, corrected, difference
from quintant.statistics import holm

RNG = np.random.default_rng(7)


def arm(mean: float, n: int, noise: np.ndarray | None = None, first: int = 42) -> dict[int, float]:
    shared = RNG.normal(0, 1, n) if noise is None else noise
    return {first + i: float(mean + shared[i] + RNG.normal(0, 0.1)) for i in range(n)}


def test_common_seeds_are_paired_as_scipy_does() -> None:
    noise = RNG.normal(0, 1, 12)
    x, b = arm(5.5, 12, noise), arm(5, 12, noise)
    found = difference(x, b)
    their = stats.ttest_rel(list(x.values()), list(b.values())).confidence_interval(0.95)
    assert found.paired and found.n == 12
    assert (found.low, found.high) == (pytest.approx(their.low, rel=1e-5), pytest.approx(their.high, rel=1e-5))
    assert found.p == pytest.approx(stats.ttest_rel(list(x.values()), list(b.values())).pvalue, rel=1e-9)
    apart = difference({seed + 100: value for seed, value in x.items()}, b)
    assert not apart.paired and apart.high - apart.low > 4 * (found.high - found.low), "shared chance falls out"
    assert found.method == "95 % paired t, n = 12 common seeds"


def test_without_common_seeds_it_is_welch() -> None:
    x, b = arm(5.5, 9, first=1), arm(5, 14, first=100)
    found = difference(x, b, 0.9)
    their = stats.ttest_ind(list(x.values()), list(b.values()), equal_var=False).confidence_interval(0.9)
    assert not found.paired and found.n == 9 and found.confidence == 0.9
    assert found.p == pytest.approx(stats.ttest_ind(list(x.values()), list(b.values()), equal_var=False).pvalue, rel=1e-9)
    assert (found.low, found.high) == (pytest.approx(their.low, rel=1e-4), pytest.approx(their.high, rel=1e-4))


def test_only_common_seeds_count_where_there_are_three() -> None:
    x, b = {1: 2.0, 2: 3.0, 3: 5.0, 9: 1e9}, {1: 1.0, 2: 2.0, 3: 3.0, 8: -1e9}
    found = difference(x, b)
    assert (found.paired, found.n) == (True, 3) and found.mean == pytest.approx(4 / 3)


def test_what_has_no_interval() -> None:
    one = difference({42: 3.0}, {42: 2.0})
    assert (one.mean, one.relative, one.low, one.told_apart) == (1.0, 0.5, None, False)
    assert one.method == "n = 1 pair, no interval"
    assert difference({42: 3.0}, {7: 2.0, 8: 2.0}).method == "n = 1 on one side, no interval"
    assert difference({}, {42: 1.0}).mean is None
    for base in (0.0, -65.0):
        assert difference({1: 1.0, 2: 2.0, 3: 1.0}, dict.fromkeys((1, 2, 3), base)).relative is None


def test_equal_values_differ_by_nothing_and_that_is_sure() -> None:
    same = dict.fromkeys(range(5), 0.25)
    found = difference(same, same)
    assert (found.mean, found.low, found.high, found.told_apart, found.p) == (0, 0, 0, False, 1.0)
    more = difference(dict.fromkeys(range(5), 0.5), same)
    assert (more.told_apart, more.p) == (True, 0.0), "no spread, no chance"
    shifted = dict.fromkeys(range(9, 14), 0.5)
    found = difference(shifted, same)
    assert (found.low, found.high, found.told_apart) == (0.25, 0.25, True)


@pytest.mark.parametrize("paired", [True, False])
def test_the_relative_interval_holds_the_truth_as_often_as_it_says(paired: bool) -> None:
    rng, truth, hits, tries = np.random.default_rng(1), 0.2, 0, 2_000
    for _ in range(tries):
        noise = rng.normal(0, 0.1, 10)
        b = {i: 1 + noise[i] + rng.normal(0, 0.05) for i in range(10)}
        other = noise if paired else rng.normal(0, 0.1, 10)
        x = {i + (0 if paired else 50): 1.2 * (1 + other[i]) + rng.normal(0, 0.05) for i in range(10)}
        found = difference(x, b)
        hits += found.relative_low <= truth <= found.relative_high
    assert abs(hits / tries - 0.95) < 3.3 * math.sqrt(0.95 * 0.05 / tries) + 0.005


def test_holm_by_hand() -> None:
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx({"a": 0.03, "c": 0.06, "b": 0.06})
    assert holm({}) == {} and holm({"a": 0.9, "b": 0.8}) == {"a": 1.0, "b": 1.0}


def test_what_chance_alone_tells_apart_at_some_point_is_not_told_apart() -> None:
    """Twenty points without any difference, 400 times: some point is "told apart" in 5 of 100 comparisons, not in 64."""
    rng = np.random.default_rng(11)
    alone = together = 0
    for _ in range(400):
        points = {
            str(at): difference(dict(enumerate(rng.normal(0, 1, 6))), dict(enumerate(rng.normal(0, 1, 6)))) for at in range(20)
        }
        alone += any(point.told_apart for point in points.values())
        together += any(point.told_apart for point in corrected(points).values())
    assert alone / 400 > 0.5
    assert together / 400 == pytest.approx(0.05, abs=3 * math.sqrt(0.05 * 0.95 / 400))


def test_a_point_that_stands_alone_is_what_its_interval_says() -> None:
    one: Difference = difference({1: 1.0, 2: 1.1, 3: 1.2}, {1: 0.5, 2: 0.65, 3: 0.68})
    assert corrected({"": one})[""].told_apart is one.told_apart is True
