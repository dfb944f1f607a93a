"""Cohort statistics against the contract's example, scipy and closed forms."""

import numpy as np
import pytest

from quintant.labs.persona.engine.cohort import changes, glass, holm

EXAMPLE = {"phq9": (3.2, 1.8, 4.8), "gad7": (2.1, 1.5, 3.2), "pss10": (15.3, 4.2, 18.7)}


def rng():
    return np.random.default_rng(0)


def scaled(mean, sd, n=9):
    """n values with exactly this mean and sample deviation."""
    raw = np.linspace(-1, 1, n)
    return mean + sd * raw / raw.std(ddof=1)


def test_the_contracts_example_flags_exactly_two():
    pairs = {name: list(zip(scaled(mean, sd), scaled(final, sd), strict=True)) for name, (mean, sd, final) in EXAMPLE.items()}
    found = changes(pairs, 0.8, rng())
    assert [name for name, change in found.items() if change.significant] == ["phq9", "pss10"]
    assert [round(found[name].glass_delta, 3) for name in EXAMPLE] == [0.889, 0.733, 0.81]


def test_nothing_is_invented_for_one_pair_or_without_spread():
    one = changes({"phq9": [(3, 9)]}, 0.8, rng())["phq9"]
    assert (one.change, one.glass_delta, one.p_value, one.low, one.significant) == (6, None, None, None, False)
    same = changes({"phq9": [(3, 9), (3, 8), (3, 9)]}, 0.8, rng())["phq9"]
    assert same.glass_delta is None and not same.significant
    none = changes({"phq9": []}, 0.8, rng())["phq9"]
    assert none.pairs == 0 and none.change is None


def test_paired_t_and_ranks_are_scipys():
    from scipy import stats

    before, after = np.array([3.0, 5, 4, 6]), np.array([6.0, 7, 8, 7])
    found = changes({"x": list(zip(before, after, strict=True))}, 0.8, rng())["x"]
    assert found.test == "paired t"
    assert found.p_value == pytest.approx(stats.ttest_rel(after, before).pvalue)
    many = [(float(i), float(i + 1 + i % 3)) for i in range(9)]
    assert changes({"x": many}, 0.8, rng())["x"].test == "Wilcoxon signed-rank"


def test_the_bootstrap_interval_covers_about_as_often_as_it_says():
    draws, hits = np.random.default_rng(5), 0
    for _ in range(200):
        change = draws.normal(2.0, 1.0, 25)
        found = changes({"x": [(0.0, float(one)) for one in change]}, 0.8, rng())["x"]
        hits += found.low <= 2.0 <= found.high
    assert 0.88 <= hits / 200 <= 0.98


def test_holm():
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx({"a": 0.03, "c": 0.06, "b": 0.06})
    assert holm({}) == {}


def test_glass_needs_spread():
    assert glass(1.0, 0.0, 2.0) is None
