"""Pairs, draws and packed integers: against NumPy, exact probabilities, and a second implementation in plain Python."""

from __future__ import annotations

import base64
import zlib

import numpy as np
import pytest
from scipy import stats

from quintant.labs.chip.config import Connection, Packed
from quintant.labs.chip.engine import draws
from quintant.labs.chip.engine.wiring import ascending, pairs
from quintant.labs.chip.packed import pack, unpack


def pairs_of(topology, sources, targets, seed=3, **more):
    one = Connection(source="a", target="b", topology=topology, **more)
    pre, post = pairs(one, sources, targets, seed)
    assert pre.dtype == post.dtype == np.int32
    return list(zip(pre.tolist(), post.tolist(), strict=True))


def test_all_to_all_is_source_major_and_includes_self():
    assert pairs_of("all_to_all", 2, 3) == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]
    assert pairs_of("one_to_one", 3, 3) == [(0, 0), (1, 1), (2, 2)]


def test_seeded_draws_are_numpys_scalar_draws_in_order():
    draw = np.random.default_rng(7)
    expected = [(i, j) for i in range(20) for j in range(8) if draw.random() < 0.3]
    one = Connection(source="a", target="b", topology="random_sparse", p=0.3, seed=7)
    assert list(zip(*(part.tolist() for part in pairs(one, 20, 8, 0)), strict=True)) == expected
    draw = np.random.default_rng(9)
    expected = [(int(pre), post) for post in range(6) for pre in draw.choice(11, size=4, replace=False)]
    one = Connection(source="a", target="b", topology="fixed_fan_in", fan_in=4, seed=9)
    assert list(zip(*(part.tolist() for part in pairs(one, 11, 6, 0)), strict=True)) == expected


def test_seeded_blocks_of_draws_join_seamlessly(monkeypatch):
    from quintant.labs.chip.engine import wiring

    one = Connection(source="a", target="b", topology="random_sparse", p=0.3, seed=7)
    whole = pairs(one, 50, 40, 0)
    monkeypatch.setattr(wiring, "DRAWN_AT_ONCE", 97)
    assert all(np.array_equal(a, b) for a, b in zip(whole, pairs(one, 50, 40, 0), strict=True))


@pytest.mark.parametrize("k", [1, 4, 6, 10, 11, 99])
def test_fans_are_distinct_and_capped_at_all_there_are(k):
    found = pairs_of("fixed_fan_out", 200, 11, fan_out=k)
    assert len(found) == len(set(found)) == 200 * min(k, 11)
    found = pairs_of("fixed_fan_in", 11, 200, fan_in=k)
    assert len(found) == len(set(found)) == 200 * min(k, 11)


@pytest.mark.parametrize("k", [3, 9])
def test_every_target_is_as_likely_as_any_other(k):
    counts = np.bincount([post for _, post in pairs_of("fixed_fan_out", 6000, 12, fan_out=k)], minlength=12)
    assert stats.chisquare(counts).pvalue > 1e-3


@pytest.mark.parametrize("p", [0.001, 0.1, 0.5, 0.93])
def test_skipping_gives_independent_pairs_of_probability_p(p):
    found = pairs_of("random_sparse", 700, 900, p=p)
    assert found == sorted(set(found))
    assert stats.binomtest(len(found), 700 * 900, p).pvalue > 1e-3
    columns = np.bincount([post for _, post in found], minlength=900)
    assert stats.chisquare(columns).pvalue > 1e-3


def test_none_and_all():
    assert pairs_of("random_sparse", 9, 9, p=0.0) == []
    assert len(pairs_of("random_sparse", 9, 9, p=1.0)) == 81
    assert pairs_of("random_sparse", 9, 9, p=1e-300) == []


def test_gaps_are_the_powers_of_1_minus_p_and_go_on_beyond_the_table():
    table = draws.gaps(0.25)
    exact = [int(2**64 * 0.75 ** (g + 1)) for g in range(10)]
    assert all(abs(int(a) - b) < 2**12 for a, b in zip(table, exact, strict=False))
    many = np.empty(20_000, np.int64)
    found = draws.successes(np.uint64(5), draws.gaps(1e-6), 10**10, many)
    assert stats.poisson(10_000).cdf(found) > 1e-3 and stats.poisson(10_000).sf(found) > 1e-3
    assert stats.kstest(np.diff(many[:found]), stats.expon(scale=1e6).cdf).pvalue > 1e-3


def test_successes_are_those_of_a_second_implementation():
    state, table, found, at = 12345, [int(one) for one in draws.gaps(0.2)], [], -1

    def word():
        nonlocal state
        state = (state + 0x9E3779B97F4A7C15) % 2**64
        z = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ z >> 27) * 0x94D049BB133111EB % 2**64
        return z ^ z >> 31

    while True:
        u = word()
        at += 1 + sum(u < t for t in table)
        if at >= 300:
            break
        found.append(at)
    out = np.empty(300, np.int64)
    many = draws.successes(np.uint64(12345), draws.gaps(0.2), 300, out)
    assert out[:many].tolist() == found


def test_a_buffer_that_is_too_short_is_told():
    assert draws.successes(np.uint64(1), draws.gaps(0.9), 100, np.empty(3, np.int64)) == -1


def test_splitmix_is_the_published_generator():
    """First outputs for seed 1234567, from the reference implementation's test vector."""
    state = np.full(1, 1234567, np.uint64)
    assert [int(draws.word(state)) for _ in range(3)] == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_seeds_of_connections_differ_and_depend_on_all_words():
    seeds = {draws.mixed(root, at) for root in range(50) for at in range(50)}
    assert len(seeds) == 2500


def test_counting_sort_is_stable():
    keys = np.random.default_rng(1).integers(0, 9, 500).astype(np.int32)
    assert np.array_equal(ascending(keys, 9), np.argsort(keys, kind="stable"))


def test_packed_integers_come_back():
    values = np.random.default_rng(1).integers(-(2**31), 2**31, 1000)
    assert np.array_equal(unpack(Packed(**pack(values))), values)
    assert unpack((1, -2)).tolist() == [1, -2]
    with pytest.raises(ValueError, match="32 bits"):
        pack([2**31])


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "cut off"),
        (zlib.compress(b"abcd")[:-2], "cut off"),
        (zlib.compress(b"abcd") + b"x", "goes on"),
        (zlib.compress(b"abcde"), "32-bit integers; got 5 bytes"),
        (zlib.compress(bytes(4 * 64_000_000 + 4), 9), "more than 64000000"),
    ],
)
def test_packed_text_that_is_none_is_refused(data, text):
    with pytest.raises(ValueError, match=text):
        unpack(Packed(int32_zlib=base64.b64encode(data).decode()))
