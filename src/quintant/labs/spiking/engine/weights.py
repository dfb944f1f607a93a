"""Synapses: how they are drawn, and the three forms in which they are kept.

    uniform   every pair connected with one weight: the weight alone (a spike count times it is the whole input)
    dense     every pair has its own weight: a float32 matrix [sources, targets]
    sparse    lists of targets per source: int32 ids, and float32 weights unless they are all the same

Memory is linear in synapses in each form.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from quintant.labs.spiking.engine.layout import Array, Group, Layout
from quintant.labs.spiking.parts import Block, SampledWeights, SparseWeights, Weights

if TYPE_CHECKING:
    from quintant.labs.spiking.config import SpikingConfig

ROWS_AT_ONCE = 1_000_000
"""Weights drawn in one go; bounds the memory beyond what is kept."""


@dataclass(frozen=True)
class Projection:
    """The synapses from `source` to `target`. What does not belong to the form is empty."""

    source: Group
    target: Group
    delay_steps: int
    form: Literal["uniform", "dense", "sparse"]
    weight: float = 0.0
    matrix: Array | None = None
    starts: Array | None = None
    targets: Array | None = None
    weights: Array | None = None

    @property
    def synapses(self) -> int:
        if self.form == "sparse":
            assert self.targets is not None
            return len(self.targets)
        return self.source.size * self.target.size

    def full(self) -> Array:
        """The whole matrix [targets, sources] float32, for looking at it."""
        shape = (self.target.size, self.source.size)
        if self.form == "uniform":
            return np.full(shape, self.weight, np.float32)
        if self.form == "dense":
            assert self.matrix is not None
            return self.matrix.T
        assert self.starts is not None and self.targets is not None
        full = np.zeros((self.source.size, self.target.size), np.float32)
        rows = np.repeat(np.arange(self.source.size), np.diff(self.starts))
        full[rows, self.targets] = self.weight if self.weights is None else self.weights
        return full.T


def projections(config: SpikingConfig, layout: Layout, seed: int) -> tuple[Projection, ...]:
    """Draw all blocks in order (ee, ei, ie, ii, or as `connections` lists them) from one stream."""
    legacy = config.legacy_seed_weights is not None
    draw: Any = np.random.RandomState(config.legacy_seed_weights) if legacy else np.random.Generator(np.random.PCG64(seed))
    wanted = list(_wanted(config, layout))
    constant = all(isinstance(block, Weights) and block.std == 0 for _, _, block, _ in wanted)
    return tuple(
        _project(source, target, block, max(1, round(delay_ms / config.dt_ms)), config.weight_clamp_min, draw, constant)
        for source, target, block, delay_ms in wanted
        if source.size and target.size
    )


def _wanted(config: SpikingConfig, layout: Layout) -> Iterator[tuple[Group, Group, Block, float]]:
    if config.populations is None:
        e, i = layout["E"], layout["I"]
        yield e, e, config.weights_ee, config.delay_ee_ms
        yield e, i, config.weights_ei, config.delay_ei_ms
        yield i, e, config.weights_ie, config.delay_ie_ms
        yield i, i, config.weights_ii, config.delay_ii_ms
        return
    for connection in config.connections or ():
        yield layout[connection.source], layout[connection.target], connection.weights, connection.delay_ms


def _project(
    source: Group, target: Group, block: Block, delay_steps: int, floor: float | None, draw: Any, constant: bool
) -> Projection:
    if isinstance(block, SparseWeights):
        return _sparse(source, target, block, delay_steps, floor, draw)
    scale = math.sqrt(source.size)
    if isinstance(block, Weights) and block.std == 0:
        if not constant:
            _pass_over(draw, source.size * target.size)
        mean = block.mean if floor is None else max(block.mean, floor)
        return Projection(source, target, delay_steps, "uniform", weight=float(np.float32(mean / scale)))
    matrix = np.empty((source.size, target.size), np.float32)
    rows = max(1, ROWS_AT_ONCE // source.size)
    if isinstance(block, Weights):
        for at in range(0, target.size, rows):
            drawn = draw.normal(block.mean, block.std, (min(rows, target.size - at), source.size))
            matrix[:, at : at + rows] = (_clipped(drawn, floor) / scale).T
        return Projection(source, target, delay_steps, "dense", matrix=matrix)
    uniform = draw.random if hasattr(draw, "random") and isinstance(draw, np.random.Generator) else draw.random_sample
    connected = np.empty((target.size, source.size), bool)
    for at in range(0, target.size, rows):
        connected[at : at + rows] = uniform((min(rows, target.size - at), source.size)) < block.p
    for at in range(0, target.size, rows):
        here = connected[at : at + rows]
        matrix[:, at : at + rows] = np.where(here, _clipped(_sampled(draw, block, here.shape), floor) / scale, 0.0).T
    return Projection(source, target, delay_steps, "dense", matrix=matrix)


def _pass_over(draw: Any, count: int) -> None:
    """Weights without spread are drawn all the same, so that the blocks after them keep their numbers."""
    while count > 0:
        size = min(count, ROWS_AT_ONCE)
        draw.normal(0.0, 1.0, size)
        count -= size


def _clipped(drawn: Array, floor: float | None) -> Array:
    return drawn if floor is None else np.maximum(drawn, floor)


def _sampled(draw: Any, block: SampledWeights, shape: tuple[int, int]) -> Array:
    params = block.dist.params
    scale = params.get("scale", 1 / params["rate"] if "rate" in params else 1.0)
    mean = params.get("mean", 0.0)
    match block.dist.name:
        case "normal":
            drawn = draw.normal(mean, params.get("std", 1.0), shape)
        case "lognormal":
            drawn = draw.lognormal(mean, params.get("sigma", 1.0), shape)
        case "gamma":
            drawn = draw.gamma(params.get("shape", 1.0), scale, shape)
        case "exponential":
            drawn = draw.exponential(scale, shape)
    return np.asarray(drawn)


def _sparse(source: Group, target: Group, block: SparseWeights, delay_steps: int, floor: float | None, draw: Any) -> Projection:
    """Pairs in source-major order; the gap from one connected pair to the next is geometric (each pair independently
    with probability p). Autapses are pairs like any other."""
    pairs = source.size * target.size
    per_source = np.zeros(source.size, np.int64)
    parts = [np.empty(0, np.int32)]
    for places in _connected(pairs, block.sparse_p, draw):
        sources = places // target.size
        per_source += np.bincount(sources, minlength=source.size)
        parts.append((places - sources * target.size).astype(np.int32))
    targets = np.concatenate(parts)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(per_source)])
    if block.weight_std == 0:
        weight = block.weight if floor is None else max(block.weight, floor)
        weight = float(np.float32(weight))
        return Projection(source, target, delay_steps, "sparse", weight=weight, starts=starts, targets=targets)
    weights = np.empty(len(targets), np.float32)
    for first in range(0, len(targets), ROWS_AT_ONCE):
        size = min(ROWS_AT_ONCE, len(targets) - first)
        weights[first : first + size] = _clipped(draw.normal(block.weight, block.weight_std, size), floor)
    return Projection(source, target, delay_steps, "sparse", starts=starts, targets=targets, weights=weights)


def _connected(pairs: int, p: float, draw: Any) -> Iterator[Array]:
    """Places of the connected among `pairs`, ascending, in parts of at most ROWS_AT_ONCE."""
    if p == 1:
        for at in range(0, pairs, ROWS_AT_ONCE):
            yield np.arange(at, min(at + ROWS_AT_ONCE, pairs))
        return
    at = -1
    while p > 0 and at < pairs:
        count = min(ROWS_AT_ONCE, int((pairs - at) * p * 1.01) + 100)
        places = at + np.cumsum(np.minimum(draw.geometric(p, count), pairs + 1).astype(np.int64))
        at = int(places[-1])
        yield places[places < pairs]
