"""Requests: who asks for what, when and for how long.

Two generators. `replay` repeats FUSION's, draw by draw. `SteadyTraffic` makes an endless Poisson stream from independent
sub-streams, one per purpose: a change of load, holding time or demand leaves the other draws of each request as they
were, so that two configs with the same root seed meet the same traffic (common random numbers).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from quintant.labs.optical.engine import draws

if TYPE_CHECKING:
    from quintant.lab import Streams
    from quintant.labs.optical.config import OpticalConfig
    from quintant.labs.optical.engine.plan import Plan


@dataclass(frozen=True)
class Requests:
    """A chunk of requests in order of arrival; arrays of one length.

    `first`: index of the first one in the whole Run. `source`, `target`: node indices of the Plan. `tier`: index into
    `Plan.tiers`. Times are in the config's time units, from 0 at the start of the Run (or of the iteration).
    """

    first: int
    arrival: np.ndarray  # float64
    departure: np.ndarray  # float64
    source: np.ndarray  # int32
    target: np.ndarray  # int32
    tier: np.ndarray  # int32

    def __len__(self) -> int:
        return len(self.arrival)

    def part(self, start: int, stop: int) -> Requests:
        """Rows `start..stop` (stop exclusive) as a chunk of their own; views, not copies."""
        cut = slice(start, stop)
        return Requests(
            self.first + start, self.arrival[cut], self.departure[cut], self.source[cut], self.target[cut], self.tier[cut]
        )


def replay(config: OpticalConfig, plan: Plan, seed: int, load_erlang: float) -> Requests:
    """FUSION's requests of one iteration: NumPy's legacy MT19937, five kinds of uniform draws per request in its order.

    The counts of the bit rates are exact (share x requests, drawn without replacement). `rules.broken` has checked that
    they are whole numbers.
    """
    if load_erlang == 0:
        none = np.empty(0)
        return Requests(0, none, none, *(np.empty(0, np.int32) for _ in range(3)))
    n = config.requests
    rate = load_erlang / config.mean_holding
    if config.replay_load_per_core:
        rate = config.cores * load_erlang / config.mean_holding
    left = np.array([whole(tier.share * n) for tier in plan.tiers], np.int64)
    nodes = np.array(plan.traffic_nodes, np.int32)
    size = 12 * n + 64 * len(left)
    while True:
        uniform = np.random.RandomState(seed).random_sample(size)
        enough, arrival, departure, source, target, tier = _replay(
            uniform, n, rate, -1.0 / (1.0 / config.mean_holding), nodes, left.copy()
        )
        if enough:
            return Requests(0, arrival, departure, source, target, tier)
        size *= 2


def whole(count: float) -> int:
    """A count that binary fractions may have put a hair below the whole number it means (0.1 x 30 = 3.0000000000000004,
    0.29 x 100 = 28.999999999999996)."""
    return int(count + 1e-6)


class SteadyTraffic:
    """An endless Poisson stream of requests; `take(n)` gives the next n. Pairs are uniform or follow the matrix.

    `clock`: arrival time of the last one taken, in the config's time units.
    """

    def __init__(self, config: OpticalConfig, plan: Plan, rng: Streams) -> None:
        self.clock, self._taken = 0.0, 0
        self._seeds = np.array([rng[purpose] for purpose in ("arrivals", "holding", "pairs", "demands")], np.uint64)
        self._gap = config.mean_holding / config.load_erlang
        self._mean = config.mean_holding
        self._kind = KINDS.index(config.holding)
        pairs = [(a, b) for a in plan.traffic_nodes for b in plan.traffic_nodes if a != b]
        if config.traffic_matrix is None:
            weights = np.ones(len(pairs))
        else:
            weights = np.array([config.traffic_matrix[a][b] for a, b in pairs])
        self._source = np.array([a for a, _ in pairs], np.int32)
        self._target = np.array([b for _, b in pairs], np.int32)
        self._pairs = _steps(weights)
        self._tiers = _steps(np.array([tier.share for tier in plan.tiers]))
        self._count = len(plan.tiers)

    def take(self, n: int) -> Requests:
        self.clock, *arrays = _steady(
            self._seeds,
            self._taken,
            n,
            self.clock,
            self._gap,
            self._mean,
            self._kind,
            self._source,
            self._target,
            self._pairs,
            self._tiers,
            self._count,
        )
        self._taken += n
        return Requests(self._taken - n, *arrays)


KINDS = ("exponential", "truncated", "deterministic", "uniform", "hyperexponential")
KEPT = 0.8646647167633873
"""1 - exp(-2): the part of an exponential below twice its mean. Truncated holding times come from the inverse of the cut
distribution, which is what redrawing until below twice the mean gives, with one draw each."""

BRANCH = 0.8872983346207417
"""Hyperexponential of two phases with balanced means and squared coefficient of variation 4:
p = (1 + sqrt((4 - 1) / (4 + 1))) / 2 (Tijms, A First Course in Stochastic Models, 2003, appendix B)."""

TRUNCATED_MEAN = 0.6869645
"""True mean of the truncated distribution over the nominal one: (1 - 3 exp(-2)) / (1 - exp(-2))."""


def _steps(weights: np.ndarray) -> np.ndarray:
    """Upper ends of the classes on the scale of a 53-bit word, int64 (classes); empty when all weights are equal."""
    if np.all(weights == weights[0]):
        return np.empty(0, np.int64)
    total = math.fsum(weights)
    ends = [int(math.fsum(weights[: i + 1]) / total * 2**53) for i in range(len(weights))]
    last = int(np.flatnonzero(weights)[-1])
    ends[last:] = [2**53] * (len(ends) - last)
    return np.array(ends, np.int64)


@njit(cache=True, nogil=True)
def _replay(uniform: Any, n: Any, rate: Any, minus_mean: Any, nodes: Any, left: Any) -> Any:
    arrival, departure = np.empty(n, np.float64), np.empty(n, np.float64)
    source, target, tier = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32)
    at, clock, last = 0, 0.0, len(uniform)
    for i in range(n):
        if at + 4 > last:
            return False, arrival, departure, source, target, tier
        clock += -draws.log(uniform[at]) / rate
        arrival[i] = clock
        departure[i] = clock + minus_mean * draws.log(uniform[at + 1])
        place = int(uniform[at + 2] * len(nodes))
        two = int(uniform[at + 3] * len(nodes))
        at += 4
        while two == place:
            if at >= last:
                return False, arrival, departure, source, target, tier
            two = int(uniform[at] * len(nodes))
            at += 1
        source[i], target[i] = nodes[place], nodes[two]
        while True:
            if at >= last:
                return False, arrival, departure, source, target, tier
            which = int(uniform[at] * len(left))
            at += 1
            if left[which] > 0:
                break
        left[which] -= 1
        tier[i] = which
    return True, arrival, departure, source, target, tier


@njit(cache=True, nogil=True, inline="always")
def _class(bits: Any, ends: Any, count: Any) -> Any:
    if len(ends) == 0:
        return int(draws.half_open_unit(bits) * count)
    at = np.int64(bits >> np.uint64(11))
    low, high = 0, len(ends) - 1
    while low < high:
        middle = (low + high) >> 1
        if ends[middle] > at:
            high = middle
        else:
            low = middle + 1
    return low


@njit(cache=True, nogil=True)
def _steady(
    seeds: Any,
    taken: Any,
    n: Any,
    clock: Any,
    gap: Any,
    mean: Any,
    kind: Any,
    pair_source: Any,
    pair_target: Any,
    pair_ends: Any,
    tier_ends: Any,
    tier_count: Any,
) -> Any:
    arrival, departure = np.empty(n, np.float64), np.empty(n, np.float64)
    source, target, tier = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32)
    for i in range(n):
        number = np.uint64(taken + i)
        clock += -draws.log(draws.open_unit(draws.word(seeds[0], number))) * gap
        u = draws.open_unit(draws.word(seeds[1], number + number))
        if kind == 0:
            hold = -draws.log(u) * mean
        elif kind == 1:
            hold = -draws.log(1.0 - u * KEPT) * mean
        elif kind == 2:
            hold = mean
        elif kind == 3:
            hold = 2.0 * mean * u
        else:
            branch = draws.half_open_unit(draws.word(seeds[1], number + number + np.uint64(1)))
            hold = -draws.log(u) * mean * 0.5 / (BRANCH if branch < BRANCH else 1.0 - BRANCH)
        pair = _class(draws.word(seeds[2], number), pair_ends, len(pair_source))
        arrival[i], departure[i] = clock, clock + hold
        source[i], target[i] = pair_source[pair], pair_target[pair]
        tier[i] = _class(draws.word(seeds[3], number), tier_ends, tier_count)
    return clock, arrival, departure, source, target, tier
