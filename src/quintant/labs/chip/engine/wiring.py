"""Synapses: which pairs a connection joins, and what each synapse carries.

A neuron may be its own target. A connection with a `seed` draws as the contract's simulator does: NumPy's default_rng(seed),
one uniform number per pair in source-major order for random_sparse, one `choice` without replacement per neuron for the fixed
fans. Without one, pairs come from `draws`: integers alone, and as many draws as synapses, not as pairs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from quintant.labs.chip.engine import draws
from quintant.labs.chip.engine.compiled import compiled
from quintant.labs.chip.packed import unpack

if TYPE_CHECKING:
    from quintant.labs.chip.config import ChipConfig, Connection
    from quintant.labs.chip.engine.places import Places

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Wiring:
    """All synapses, connection by connection, in the order in which they were made: `starts` [connections + 1].

    source, target   indices [synapses], int32        weight   [synapses], int16
    delay            [synapses], uint8, steps         compartment   [synapses], uint8
    """

    starts: Array
    source: Array
    target: Array
    weight: Array
    delay: Array
    compartment: Array
    neurons: int

    def __len__(self) -> int:
        return len(self.source)

    @cached_property
    def order(self) -> Array | None:
        """The synapses in the order of their sources, as made among equals [synapses]; None: they are in that order."""
        if len(self) < 2 or not np.any(self.source[1:] < self.source[:-1]):
            return None
        result: Array | None = ascending(self.source, self.neurons)
        return result

    @cached_property
    def by_source(self) -> Array:
        """Where the synapses of each source begin, in `order` [neurons + 1], int64."""
        return np.concatenate([[0], np.cumsum(np.bincount(self.source, minlength=self.neurons))]).astype(np.int64)

    def connection_of(self) -> Array:
        """Position of its connection of each synapse [synapses], int32."""
        return np.repeat(np.arange(len(self.starts) - 1, dtype=np.int32), np.diff(self.starts))


@compiled
def ascending(keys: Any, many: int) -> Any:
    """A stable counting sort: positions of `keys` (0 … many - 1) in ascending order."""
    next_ = np.zeros(many + 1, np.int64)
    for key in keys:
        next_[key + 1] += 1
    for at in range(many):
        next_[at + 1] += next_[at]
    order = np.empty(len(keys), np.int32)
    for at in range(len(keys)):
        key = keys[at]
        order[next_[key]] = at
        next_[key] += 1
    return order


def wiring(config: ChipConfig, places: Places, seed: int) -> Wiring:
    """`seed`: of connections that have none, where the config has no network_seed."""
    base = seed if config.network_seed is None else config.network_seed
    parts: list[tuple[Array, Array, Array, Array]] = []
    for at, connection in enumerate(config.connections):
        there, here = places[connection.source], places[connection.target]
        pre, post = pairs(connection, there.size, here.size, draws.mixed(base, at))
        weight, delay = _carried(connection, pre, post)
        parts.append((pre + np.int32(there.first), post + np.int32(here.first), weight, delay))
    if not parts:
        parts.append((np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int16), np.empty(0, np.uint8)))
    sizes = [len(part[0]) for part in parts] if config.connections else []
    source, target, weight, delay = (
        np.concatenate([part[i] for part in parts]) if len(parts) > 1 else parts[0][i] for i in range(4)
    )
    compartment = np.repeat(np.array([connection.compartment for connection in config.connections], np.uint8), sizes)
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return Wiring(starts, source, target, weight, delay, compartment, places.neurons)


def pairs(connection: Connection, sources: int, targets: int, seed: int) -> tuple[Array, Array]:
    """Index in its population of the source and of the target of each synapse, int32. `seed`: where the connection has none."""
    match connection.topology:
        case "all_to_all":
            return np.repeat(np.arange(sources, dtype=np.int32), targets), np.tile(np.arange(targets, dtype=np.int32), sources)
        case "one_to_one":
            return np.arange(sources, dtype=np.int32), np.arange(sources, dtype=np.int32)
        case "random_sparse":
            flat = _sparse(connection, sources, targets, seed)
            pre = (flat // targets).astype(np.int32)
            return pre, (flat - pre.astype(np.int64) * targets).astype(np.int32)
        case "fixed_fan_in":
            k = min(connection.fan_in, sources)
            chosen = _fans(connection.seed, seed, targets, k, sources)
            return chosen.ravel(), np.repeat(np.arange(targets, dtype=np.int32), k)
        case "fixed_fan_out":
            k = min(connection.fan_out, targets)
            chosen = _fans(connection.seed, seed, sources, k, targets)
            return np.repeat(np.arange(sources, dtype=np.int32), k), chosen.ravel()
        case "explicit":
            if connection.weights is not None:
                rows, columns = np.nonzero(np.array(connection.weights, np.int64))
                return rows.astype(np.int32), columns.astype(np.int32)
            assert connection.synapses is not None
            return unpack(connection.synapses.sources).astype(np.int32), unpack(connection.synapses.targets).astype(np.int32)


def _carried(connection: Connection, pre: Array, post: Array) -> tuple[Array, Array]:
    """Weight int16 and delay uint8 of each synapse."""
    weight, delay = np.full(len(pre), connection.weight, np.int16), np.full(len(pre), connection.delay, np.uint8)
    if connection.topology == "explicit":
        if connection.weights is not None:
            weight = np.array(connection.weights, np.int16)[pre, post]
        if connection.synapses is not None:
            weight = unpack(connection.synapses.weights).astype(np.int16)
            if connection.synapses.delays is not None:
                delay = unpack(connection.synapses.delays).astype(np.uint8)
    return weight, delay


DRAWN_AT_ONCE = 1 << 22


def _sparse(connection: Connection, sources: int, targets: int, seed: int) -> Array:
    """source × targets + target of each chosen pair, ascending, int64."""
    trials = sources * targets
    if connection.seed is not None:
        draw = np.random.default_rng(connection.seed)
        pieces: list[Array] = []
        for first in range(0, trials, DRAWN_AT_ONCE):
            chosen = np.flatnonzero(draw.random(min(DRAWN_AT_ONCE, trials - first)) < connection.p)
            pieces.append(chosen + first)
        return np.concatenate(pieces)
    return draws.chosen(seed, connection.p, trials)


def _fans(own: int | None, seed: int, rows: int, k: int, n: int) -> Array:
    """k distinct of n for each row [rows, k], int32."""
    out = np.empty((rows, k), np.int32)
    if own is None:
        draws.choices(np.uint64(seed), rows, k, n, out)
        return out
    draw = np.random.default_rng(own)
    for row in range(rows):
        out[row] = draw.choice(n, size=k, replace=False)
    return out
