"""Partitioners: which training samples each participant holds. Names and keys as in Flower Datasets.

Each gets the labels (N,), the number n of participants and a generator, and gives n disjoint arrays of indices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from quintant.errors import EngineError
from quintant.labs.federated.names import PARTITIONER_KEYS

Ints = npt.NDArray[np.int64]
TRIES = 50


@dataclass(frozen=True)
class Pool:
    """What is partitioned: labels (N,) int64, groups (N,) or None, and one property (N,) that `continuous` sorts by
    (mean brightness of an image, number of words of a text)."""

    labels: Ints
    groups: Ints | None
    property: npt.NDArray[np.float64]


Partitioner = Callable[[Pool, int, Mapping[str, Any], np.random.Generator], list[Ints]]


def partition(name: str, pool: Pool, participants: int, keys: Mapping[str, Any], rng: np.random.Generator) -> list[Ints]:
    """The parts, in the order of the participants, each in random order. EngineError when somebody would have nothing."""
    count = len(pool.labels)
    if count < participants:
        raise EngineError(f"{count} training samples cannot be spread over {participants} participants")
    filled = {**PARTITIONER_KEYS[name], **{key: value for key, value in keys.items() if value is not None}}
    if filled.get("seed") is not None:
        rng = np.random.Generator(np.random.PCG64(int(filled["seed"])))
    parts = PARTITIONERS[name](pool, participants, filled, rng)
    empty = [index for index, part in enumerate(parts) if not len(part)]
    if empty:
        raise EngineError(f"{name} leaves participant {empty[0]} without a sample; take fewer participants or another split")
    return [rng.permutation(part) for part in parts]


def _cut(order: Ints, shares: npt.NDArray[np.float64]) -> list[Ints]:
    """`order` in pieces as large as the shares say, none empty."""
    sizes = np.maximum(1, np.floor(shares / shares.sum() * len(order))).astype(np.int64)
    while sizes.sum() > len(order):
        sizes[np.argmax(sizes)] -= 1
    sizes[np.argmax(shares)] += len(order) - sizes.sum()
    return np.split(order, np.cumsum(sizes)[:-1])


def _by_size(grow: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]) -> Partitioner:
    """A random split whose part sizes follow `grow` of 1..n."""

    def split(pool: Pool, n: int, keys: Mapping[str, Any], rng: np.random.Generator) -> list[Ints]:
        return _cut(rng.permutation(len(pool.labels)), grow(np.arange(1, n + 1, dtype=np.float64)))

    return split


def _dirichlet(pool: Pool, n: int, keys: Mapping[str, Any], rng: np.random.Generator) -> list[Ints]:
    """Two conventions go by this name. `over` participants: every class is spread over them by shares of a Dirichlet(alpha)
    (Yurochkin et al. 2019, arXiv 1905.12022), drawn again until the smallest part has min_partition_size; self_balancing: who
    has more than the mean gets no more of the next class. `over` classes: equal parts, each with its own mixture of classes
    from Dirichlet(alpha · p), p the classes' shares of all samples (Hsu et al. 2019, arXiv 1909.06335)."""
    least = int(keys["min_partition_size"])
    if keys["over"] == "classes":
        _, counts = np.unique(pool.labels, return_counts=True)
        base = float(keys["alpha"]) * counts / counts.sum()
        return _mixtures(pool, np.full(n, len(pool.labels) // n), base, rng)
    if least * n > len(pool.labels):
        raise EngineError(f"dirichlet: {n} parts of at least {least} need {least * n} samples; there are {len(pool.labels)}")
    smallest = 0
    for _ in range(TRIES):
        parts: list[list[Ints]] = [[] for _ in range(n)]
        held = np.zeros(n)
        for label in np.unique(pool.labels):
            rows = rng.permutation(np.flatnonzero(pool.labels == label))
            shares = rng.dirichlet(np.full(n, float(keys["alpha"])))
            if keys["self_balancing"]:
                shares = shares * (held < len(pool.labels) / n)
            shares = shares / shares.sum() if shares.sum() > 0 else np.full(n, 1 / n)
            pieces = np.split(rows, np.floor(np.cumsum(shares)[:-1] * len(rows)).astype(np.int64))
            for index, piece in enumerate(pieces):
                parts[index].append(piece)
                held[index] += len(piece)
        smallest = max(smallest, int(held.min()))
        if held.min() >= max(1, least):
            return [np.concatenate(part) for part in parts]
    raise EngineError(
        f"dirichlet: in {TRIES} draws the smallest part had at most {smallest} samples, min_partition_size is {least}; "
        "take a larger alpha, fewer participants or a smaller min_partition_size"
    )


def _inner_dirichlet(pool: Pool, n: int, keys: Mapping[str, Any], rng: np.random.Generator) -> list[Ints]:
    """Parts of given sizes (equal ones by default), each with its own Dirichlet(alpha) shares of the classes
    (Acar et al. 2021, arXiv 2111.04263); a class that has run out passes its share to the others."""
    count = len(pool.labels)
    sizes = np.array(keys["partition_sizes"] or [count // n] * n, dtype=np.int64)
    if sizes.sum() > count:
        raise EngineError(f"inner_dirichlet: partition_sizes add up to {sizes.sum()}; there are {count} training samples")
    return _mixtures(pool, sizes, np.full(len(np.unique(pool.labels)), float(keys["alpha"])), rng)


def _mixtures(pool: Pool, sizes: Ints, base: npt.NDArray[np.float64], rng: np.random.Generator) -> list[Ints]:
    """Parts of these sizes, each with shares of the classes drawn from Dirichlet(base), base (classes,)."""
    n, labels = len(sizes), np.unique(pool.labels)
    stock = [list(rng.permutation(np.flatnonzero(pool.labels == label))) for label in labels]
    shares = rng.dirichlet(base, size=n)
    parts: list[list[int]] = [[] for _ in range(n)]
    for index in rng.permutation(np.repeat(np.arange(n), sizes)):
        weight = shares[index] * np.array([len(rows) > 0 for rows in stock])
        if weight.sum() <= 0:
            weight = np.array([float(len(rows)) for rows in stock])
        chosen = int(np.searchsorted(np.cumsum(weight), rng.random() * weight.sum(), side="right"))
        parts[index].append(int(stock[min(chosen, len(stock) - 1)].pop()))
    return [np.array(part, dtype=np.int64) for part in parts]


def _pathological(pool: Pool, n: int, keys: Mapping[str, Any], rng: np.random.Generator) -> list[Ints]:
    """Everybody holds num_classes_per_partition classes; every class is shared equally by those who hold it."""
    labels = np.unique(pool.labels)
    each = int(keys["num_classes_per_partition"])
    if each > len(labels):
        raise EngineError(f"pathological: {each} classes per participant; the data have {len(labels)}")
    order = rng.permutation(len(labels))
    held = [[int(order[(index * each + place) % len(labels)]) for place in range(each)] for index in range(n)]
    parts: list[list[Ints]] = [[] for _ in range(n)]
    for number, label in enumerate(labels):
        holders = [index for index in range(n) if number in held[index]]
        if holders:
            rows = rng.permutation(np.flatnonzero(pool.labels == label))
            for index, piece in zip(holders, np.array_split(rows, len(holders)), strict=True):
                parts[index].append(piece)
    return [np.concatenate(part) for part in parts]


def _shard(pool: Pool, n: int, keys: Mapping[str, Any], rng: np.random.Generator) -> list[Ints]:
    """Sorted by label, cut into n · num_shards_per_partition shards, dealt at random (McMahan et al. 2017)."""
    each = int(keys["num_shards_per_partition"])
    order = np.argsort(pool.labels, kind="stable").astype(np.int64)
    shards = np.array_split(order, n * each)
    dealt = rng.permutation(n * each)
    return [np.concatenate([shards[shard] for shard in dealt[index * each : (index + 1) * each]]) for index in range(n)]


def _continuous(pool: Pool, n: int, keys: Mapping[str, Any], rng: np.random.Generator) -> list[Ints]:
    """Sorted by one property mixed with noise and cut into equal parts: strictness 0 is iid, 1 is strictly sorted."""
    strictness = float(keys["strictness"])
    spread = pool.property.std()
    property = (pool.property - pool.property.mean()) / spread if spread > 0 else np.zeros(len(pool.labels))
    mixed = strictness * property + (1 - strictness) * rng.standard_normal(len(property))
    return [part.astype(np.int64) for part in np.array_split(np.argsort(mixed, kind="stable"), n)]


def _natural_id(pool: Pool, n: int, keys: Mapping[str, Any], rng: np.random.Generator) -> list[Ints]:
    """One group of the data (a writer, a hospital) per participant: the n largest groups."""
    return _grouped(pool, n, 1, "natural_id")


def _grouped_natural_id(pool: Pool, n: int, keys: Mapping[str, Any], rng: np.random.Generator) -> list[Ints]:
    """group_size groups of the data per participant."""
    return _grouped(pool, n, int(keys["group_size"]), "grouped_natural_id")


def _grouped(pool: Pool, n: int, each: int, name: str) -> list[Ints]:
    if pool.groups is None:
        raise EngineError(f"{name}: these data do not say whom a sample came from; take dirichlet")
    ids, counts = np.unique(pool.groups, return_counts=True)
    if len(ids) < n * each:
        raise EngineError(f"{name}: {n} participants need {n * each} groups; the data have {len(ids)}")
    largest = ids[np.argsort(-counts, kind="stable")]
    return [np.flatnonzero(np.isin(pool.groups, largest[index * each : (index + 1) * each])) for index in range(n)]


def _size(pool: Pool, n: int, keys: Mapping[str, Any], rng: np.random.Generator) -> list[Ints]:
    """Random parts of exactly partition_sizes."""
    sizes = np.array(keys["partition_sizes"], dtype=np.int64)
    if sizes.sum() > len(pool.labels):
        raise EngineError(f"size: partition_sizes add up to {sizes.sum()}; there are {len(pool.labels)} training samples")
    return np.split(rng.permutation(len(pool.labels))[: sizes.sum()], np.cumsum(sizes)[:-1])


def _distribution(pool: Pool, n: int, keys: Mapping[str, Any], rng: np.random.Generator) -> list[Ints]:
    """Row i of `distribution` says how much of each class participant i gets, relative to the others' rows."""
    table = np.array(keys["distribution"], dtype=np.float64)
    labels = np.unique(pool.labels)
    if table.shape[1] != len(labels):
        raise EngineError(f"distribution: rows of {table.shape[1]} classes; the data have {len(labels)}")
    parts: list[list[Ints]] = [[] for _ in range(n)]
    for number, label in enumerate(labels):
        column = table[:, number]
        if column.sum() <= 0:
            continue
        rows = rng.permutation(np.flatnonzero(pool.labels == label))
        ends = np.round(np.cumsum(column)[:-1] / column.sum() * len(rows)).astype(np.int64)
        for index, piece in enumerate(np.split(rows, ends)):
            parts[index].append(piece)
    return [np.concatenate(part) for part in parts]


PARTITIONERS: Mapping[str, Partitioner] = {
    "iid": _by_size(np.ones_like),
    "linear": _by_size(lambda i: i),
    "square": _by_size(np.square),
    "exponential": _by_size(lambda i: np.exp(i - i[-1])),
    "dirichlet": _dirichlet,
    "inner_dirichlet": _inner_dirichlet,
    "pathological": _pathological,
    "shard": _shard,
    "continuous": _continuous,
    "natural_id": _natural_id,
    "grouped_natural_id": _grouped_natural_id,
    "size": _size,
    "distribution": _distribution,
}
