from __future__ import annotations

import math

import numpy as np
import pytest

from quintant.config import parse
from quintant.lab import Streams
from quintant.labs.optical.config import OpticalConfig
from quintant.labs.optical.engine import draws, requests
from quintant.labs.optical.engine.plan import make_plan

PURPOSES = ("arrivals", "holding", "pairs", "demands")
REPLAY = {
    "mode": "replay",
    "topology": "nsfnet",
    "directed": False,
    "modulations": "default",
    "holding": "exponential",
    "mean_holding": 0.2,
    "requests": 2000,
    "demand": {"kind": "rates", "shares_by_gbps": {"25": 0.1, "50": 0.1, "100": 0.5, "200": 0.2, "400": 0.1}},
}


def steady(root: int = 1, **raw: object) -> requests.SteadyTraffic:
    config = parse(OpticalConfig, raw)
    return requests.SteadyTraffic(config, make_plan(config), Streams.derive(root, PURPOSES))


def test_the_logarithm_is_good_to_the_last_place() -> None:
    x = np.random.default_rng(1).random(200_000)
    x = np.concatenate([x, x**20, 1 - x * 1e-12, [1.0, 0.5, 2.0**-53, 2.0**-52, 1e300, 3.0]])
    mine, theirs = draws.logs(x), np.array([math.log(value) for value in x])
    assert np.all(np.abs(mine - theirs) <= 1.01 * np.spacing(np.abs(theirs)))


def test_words_are_those_of_splitmix64() -> None:
    """The published test vector of seed 1234567."""
    words = [int(draws.word(np.uint64(1234567), np.uint64(number))) for number in range(5)]
    assert words == [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821]


def test_replay_draws_as_the_original_does() -> None:
    """Draw by draw, in plain Python, from NumPy's legacy generator."""
    config = parse(OpticalConfig, REPLAY)
    plan = make_plan(config)
    found = requests.replay(config, plan, 3, 100.0)
    uniform = np.random.RandomState(3).random_sample
    left, clock, last = [200, 200, 1000, 400, 200], 0.0, 0.0
    for row in range(2000):
        clock += -math.log(uniform()) / (100.0 / 0.2)
        until = clock + (-1 / (1 / 0.2)) * math.log(uniform())
        source = target = int(uniform() * 14)
        while target == source:
            target = int(uniform() * 14)
        tier = int(uniform() * 5)
        while left[tier] == 0:
            tier = int(uniform() * 5)
        left[tier] -= 1
        assert (found.source[row], found.target[row], found.tier[row]) == (source, target, tier)
        assert found.arrival[row] == pytest.approx(clock, rel=1e-13) and found.arrival[row] > last
        assert found.departure[row] == pytest.approx(until, rel=1e-13)
        last = found.arrival[row]
    assert left == [0] * 5


def test_replay_load_per_core() -> None:
    one, three = (parse(OpticalConfig, {**REPLAY, "cores": 3, "replay_load_per_core": per_core}) for per_core in (False, True))
    slow = requests.replay(one, make_plan(one), 1, 100.0)
    fast = requests.replay(three, make_plan(three), 1, 100.0)
    assert slow.arrival[-1] == pytest.approx(3 * fast.arrival[-1])


def test_shares_that_binary_fractions_miss_are_still_whole() -> None:
    assert requests.whole(0.29 * 100) == 29 and requests.whole(0.1 * 3 * 10) == 3


@pytest.mark.parametrize(
    ("holding", "mean", "deviation"),
    [
        ("exponential", 1.0, 1.0),
        ("truncated", requests.TRUNCATED_MEAN, None),
        ("deterministic", 1.0, 0.0),
        ("uniform", 1.0, 1 / math.sqrt(3)),
        ("hyperexponential", 1.0, 2.0),
    ],
)
def test_holding_times(holding: str, mean: float, deviation: float | None) -> None:
    found = steady(holding=holding, mean_holding=25.0).take(400_000)
    times = (found.departure - found.arrival) / 25.0
    assert times.mean() == pytest.approx(mean, abs=0.012)
    if deviation is not None:
        assert times.std() == pytest.approx(deviation, abs=0.03)
    if holding == "truncated":
        assert times.max() < 2 and times.min() > 0


def test_poisson_arrivals() -> None:
    found = steady(load_erlang=250.0, mean_holding=25.0).take(400_000)
    gaps = np.diff(found.arrival)
    assert gaps.mean() == pytest.approx(0.1, rel=0.006) and gaps.std() == pytest.approx(0.1, rel=0.01)
    assert abs(np.corrcoef(gaps[1:], gaps[:-1])[0, 1]) < 0.006


def test_pairs_and_tiers_follow_their_shares() -> None:
    found = steady(demand={"kind": "slots", "shares_by_slots": {"1": 0.7, "2": 0.15, "3": 0.1, "4": 0.05}}).take(400_000)
    assert np.bincount(found.tier) / 400_000 == pytest.approx([0.7, 0.15, 0.1, 0.05], abs=0.003)
    pairs = np.bincount(found.source * 14 + found.target, minlength=196).reshape(14, 14)
    assert np.all(np.diag(pairs) == 0)
    off = pairs[~np.eye(14, dtype=bool)]
    chi_square = float(((off - off.mean()) ** 2 / off.mean()).sum())
    assert 120 < chi_square < 250  # 181 degrees of freedom


def test_a_class_of_no_share_is_never_drawn() -> None:
    found = steady(modulations="default", demand={"kind": "rates", "shares_by_gbps": {"100": 1.0, "400": 0.0}}).take(50_000)
    assert set(found.tier) == {2}


def test_chunks_join_seamlessly() -> None:
    whole, parts = steady().take(1000), steady()
    cut = [parts.take(size) for size in (1, 333, 666)]
    for name in ("arrival", "departure", "source", "target", "tier"):
        assert np.array_equal(getattr(whole, name), np.concatenate([getattr(part, name) for part in cut]))
    assert [part.first for part in cut] == [0, 1, 334]


def test_sub_streams_are_independent_of_each_other() -> None:
    plain, heavy = steady().take(5000), steady(load_erlang=300.0, holding="exponential", slots=50).take(5000)
    assert np.array_equal(plain.source, heavy.source) and np.array_equal(plain.tier, heavy.tier)
    assert plain.arrival * 250 == pytest.approx(heavy.arrival * 300)
    other = steady(root=2).take(5000)
    assert not np.array_equal(plain.source, other.source)
