"""Partitioners: disjoint, complete where they promise it, reproducible, and each with its own property."""

import numpy as np
import pytest

from quintant.errors import EngineError
from quintant.labs.federated.engine.data.partition import PARTITIONERS, Pool, partition

LABELS = np.repeat(np.arange(10), 100)
POOL = Pool(LABELS, np.arange(1000) % 40, np.random.default_rng(0).random(1000))
N = 8
KEYS = {
    "size": {"partition_sizes": [10] * N},
    "distribution": {"distribution": [[1.0] * 10] * N},
    "grouped_natural_id": {"group_size": 5},
}


def split(name, keys=None, seed=1, n=N, pool=POOL):
    return partition(name, pool, n, KEYS.get(name, {}) if keys is None else keys, np.random.default_rng(seed))


@pytest.mark.parametrize("name", PARTITIONERS)
def test_parts_are_disjoint_and_none_is_empty(name):
    parts = split(name)
    joined = np.concatenate(parts)
    assert len(parts) == N
    assert min(map(len, parts)) >= 1
    assert len(np.unique(joined)) == len(joined)
    if name not in ("natural_id", "size"):
        assert len(joined) == 1000


@pytest.mark.parametrize("name", PARTITIONERS)
def test_a_seed_fixes_the_split(name):
    one, same, other = split(name), split(name), split(name, seed=2)
    assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    keys = {**KEYS.get(name, {}), "seed": 5}
    fixed = [sorted(part) for part in split(name, keys)]
    assert fixed == [sorted(part) for part in split(name, keys)]


def test_sizes_grow_as_named():
    for name, grow in (("linear", lambda i: i), ("square", lambda i: i**2), ("exponential", lambda i: np.exp(i))):
        shares = np.array([grow(float(i)) for i in range(1, N + 1)])
        wanted = np.maximum(1, 1000 * shares / shares.sum())
        sizes = np.array([len(part) for part in split(name)])
        assert np.all(np.abs(sizes - wanted) <= N + 1), (name, sizes, wanted)
    assert {len(part) for part in split("iid")} == {125}
    assert [len(part) for part in split("size", {"partition_sizes": [1, 2, 3, 4, 5, 6, 7, 8]})] == list(range(1, 9))


def test_pathological_participants_hold_that_many_classes():
    assert all(len(np.unique(LABELS[part])) == 2 for part in split("pathological", n=10))
    assert all(len(np.unique(LABELS[part])) == 3 for part in split("pathological", {"num_classes_per_partition": 3}, n=10))
    with pytest.raises(EngineError, match="11 classes per participant; the data have 10"):
        split("pathological", {"num_classes_per_partition": 11})


def test_dirichlet_is_uneven_for_small_alpha_and_even_for_large():
    def unevenness(alpha):
        parts = split("dirichlet", {"alpha": alpha, "min_partition_size": 1})
        counts = np.array([np.bincount(LABELS[part], minlength=10) for part in parts])
        return (counts / counts.sum(axis=1, keepdims=True)).std()

    assert unevenness(0.1) > 3 * unevenness(100.0)
    assert min(len(part) for part in split("dirichlet", {"alpha": 1.0, "min_partition_size": 40})) >= 40
    with pytest.raises(EngineError, match="parts of at least 200 need 1600 samples"):
        split("dirichlet", {"min_partition_size": 200})


def test_continuous_goes_from_even_to_sorted():
    sorted_parts = split("continuous", {"strictness": 1.0})
    ends = [POOL.property[part].max() for part in sorted_parts[:-1]]
    assert all(end <= POOL.property[part].min() for end, part in zip(ends, sorted_parts[1:], strict=True))
    mixed = split("continuous", {"strictness": 0.0})
    assert np.std([POOL.property[part].mean() for part in mixed]) < 0.1


def test_natural_groups_stay_together():
    for part in split("natural_id"):
        assert len(np.unique(POOL.groups[part])) == 1
    for part in split("grouped_natural_id"):
        assert len(np.unique(POOL.groups[part])) == 5
    with pytest.raises(EngineError, match="do not say whom"):
        split("natural_id", pool=Pool(LABELS, None, POOL.property))
    with pytest.raises(EngineError, match="41 participants need 41 groups; the data have 40"):
        split("natural_id", n=41)


def test_distribution_follows_its_rows():
    rows = [[1.0 if i % 10 == label else 0.0 for label in range(10)] for i in range(10)]
    parts = split("distribution", {"distribution": rows}, n=10)
    assert [set(LABELS[part]) for part in parts] == [{i} for i in range(10)]


def test_more_participants_than_samples():
    with pytest.raises(EngineError, match="1000 training samples cannot be spread over 1001"):
        split("iid", n=1001)
