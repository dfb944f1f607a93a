"""Local training: a group of participants, each from the same global weights, for some epochs over its own samples.

A group of one runs by itself ("sequential"); a larger one runs side by side, as one computation with a leading dimension g
("stacked"). Both use the same order of batches and the same noise, which depend on (seed, participant, round) only, so they
differ by floating-point order alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from quintant.labs.federated.engine.models import Batch, Network
from quintant.labs.federated.engine.optimizers import Optimizer

STEP_S = 0.05
"""What one Step of the engine should take."""
FLOP_PER_S = 15e9
CALL_S = 4e-4
"""Arithmetic of one core and overhead of one local step, as measured; they size Steps, never results."""
STACKED_BELOW_FLOP = 3e8
"""A local step of one participant with less arithmetic (forward and backward of a batch) gains by stacking: 1.7 to 10 times as
measured on the lab's page; above it the arithmetic itself decides."""
MOST_STACKED_FLOP, MOST_STACKED_BYTES = 6e8, 256 << 20
"""Of one local step of a whole group: more copies at once gain nothing more and leave the processor's cache."""


@dataclass(frozen=True)
class LocalPlan:
    """How participants train."""

    epochs: int
    batch_size: int
    optimizer: str
    learning_rate: float
    proximal_mu: float


@dataclass(frozen=True)
class Shard:
    """What one participant trains on: inputs (N, …) float32 or int64, labels (N,) int64."""

    inputs: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)


def stacks(network: Network, batch_size: int) -> bool:
    """Whether participants train side by side: forward and backward of one local step below STACKED_BELOW_FLOP."""
    return 3 * network.cost_flop * batch_size < STACKED_BELOW_FLOP


def groups(network: Network, sizes: Sequence[int], plan: LocalPlan, stacked: bool) -> list[list[int]]:
    """Positions 0..k-1 in groups that train at once, by the number of their samples so that few rows are padded."""
    if not stacked:
        return [[position] for position in range(len(sizes))]
    by_work = int(MOST_STACKED_FLOP / (3 * network.cost_flop * plan.batch_size))
    width = max(1, min(by_work, MOST_STACKED_BYTES // (network.size * 4 * 6)))
    order = sorted(range(len(sizes)), key=lambda position: (-sizes[position], position))
    return [order[start : start + width] for start in range(0, len(order), width)]


class LocalTraining:
    """The local training of one group, in pieces; `dump` and `restore` carry it across processes."""

    def __init__(
        self,
        network: Network,
        start: Tensor,
        shards: Sequence[Shard],
        seeds: Sequence[int],
        plan: LocalPlan,
        honest: Sequence[bool] | None = None,
    ) -> None:
        """`start` (d,) global weights; one seed per shard; attackers are not pulled back by the proximal term."""
        self.network, self.plan, self.start = network, plan, start
        counts = [len(shard) for shard in shards]
        self._order = sorted(range(len(shards)), key=lambda row: -self._batches(counts[row]))
        self._shards = [shards[row] for row in self._order]
        self._orders = [np.random.Generator(np.random.PCG64(seeds[row])) for row in self._order]
        self._noise = [torch.Generator().manual_seed(seeds[row] % 2**63) for row in self._order]
        self._per_epoch = [self._batches(len(shard)) for shard in self._shards]
        self._permuted: list[tuple[int, Tensor, Tensor]] = [(-1, shard.labels, shard.labels) for shard in self._shards]
        self.total = plan.epochs * self._per_epoch[0]
        self.done = 0
        self.weights = start.repeat(len(shards), 1)
        self.optimizer = Optimizer(plan.optimizer, plan.learning_rate, self.weights)
        pulled = [honest is None or honest[row] for row in self._order]
        self._pull = torch.tensor(pulled, device=start.device)[:, None] * plan.proximal_mu if plan.proximal_mu else None
        self._viewed, self._views = 0, list[Tensor]()  # leaves that share the memory of the first `_viewed` copies

    def _batches(self, count: int) -> int:
        return math.ceil(count / self.plan.batch_size)

    @property
    def steps_per_piece(self) -> int:
        """Local steps that take about STEP_S, by the config alone."""
        flop = 3 * self.network.cost_flop * self.plan.batch_size * len(self._shards)
        return max(1, int(STEP_S / (CALL_S + flop / FLOP_PER_S)))

    def advance(self, steps: int) -> int:
        """Do up to so many local steps; how many were done."""
        todo = min(steps, self.total - self.done)
        for _ in range(todo):
            self._step(self.done)
            self.done += 1
        return todo

    def result(self) -> npt.NDArray[np.float32]:
        """(g, d) trained weights, in the order of the shards."""
        updates = np.empty(self.weights.shape, dtype=np.float32)
        updates[self._order] = self.weights.cpu().numpy()
        return updates

    def _step(self, number: int) -> None:
        rows = [row for row, each in enumerate(self._per_epoch) if number < each * self.plan.epochs]
        active = len(rows)
        batch, share = self._batch(rows, number)
        weights = self.weights[:active]
        if active != self._viewed:
            self._viewed, self._views = active, [view.detach().requires_grad_() for view in self.network.views(weights)]
        p = self._views
        with torch.enable_grad():
            loss, _ = self.network.scores(p, batch)
            total = loss.mean(1).sum() if share is None else (loss * share).sum()
            gradients = torch.autograd.grad(total, p)
        gradient = torch.cat([part.reshape(active, -1) for part in gradients], dim=1)
        if self._pull is not None:
            gradient.addcmul_(weights - self.start, self._pull[:active])
        self.optimizer.step(self.weights, gradient, active)

    def _batch(self, rows: Sequence[int], number: int) -> tuple[Batch, Tensor | None]:
        """The batch of local step `number` and, where its rows are of unequal length, the share of every sample."""
        inputs, labels = [], []
        for row in rows:
            x, y = self._epoch(row, number // self._per_epoch[row])
            begin = number % self._per_epoch[row] * self.plan.batch_size
            inputs.append(x[begin : begin + self.plan.batch_size])
            labels.append(y[begin : begin + self.plan.batch_size])
        counts = [len(y) for y in labels]
        noise = self._drawn(rows, counts)
        longest = max(counts)
        if min(counts) == longest:
            return Batch(_stacked(inputs), _stacked(labels), noise), None
        share = torch.zeros((len(rows), longest), device=self.weights.device)
        for place, count in enumerate(counts):
            share[place, :count] = 1 / count
        return Batch(_padded(inputs, longest), _padded(labels, longest), noise), share

    def _drawn(self, rows: Sequence[int], counts: Sequence[int]) -> Tensor | None:
        """Each participant's own noise for its samples of this batch."""
        width = self.network.noise_width
        if not width:
            return None
        drawn = [torch.rand((count, width), generator=self._noise[row]) for row, count in zip(rows, counts, strict=True)]
        return _padded(drawn, max(counts)).to(self.weights.device)

    def _epoch(self, row: int, epoch: int) -> tuple[Tensor, Tensor]:
        """The samples of this row in the order of this epoch."""
        while self._permuted[row][0] < epoch:
            shard = self._shards[row]
            order = torch.from_numpy(self._orders[row].permutation(len(shard)))
            self._permuted[row] = (self._permuted[row][0] + 1, shard.inputs[order], shard.labels[order])
        return self._permuted[row][1:]

    # --- checkpoints ---

    def dump(self) -> dict[str, npt.NDArray[Any]]:
        return {
            "done": np.array([self.done, self.optimizer.steps]),
            "weights": self.weights.cpu().numpy(),
            "first": self.optimizer.first.cpu().numpy(),
            "second": self.optimizer.second.cpu().numpy(),
            "noise": np.stack([generator.get_state().numpy() for generator in self._noise]),
        }

    def restore(self, raw: dict[str, npt.NDArray[Any]]) -> None:
        """Go on from a dump of the same group."""
        self.done, self.optimizer.steps = map(int, raw["done"])
        device = self.weights.device
        self.weights = torch.from_numpy(raw["weights"].copy()).to(device)
        self._viewed = 0
        self.optimizer.first = torch.from_numpy(raw["first"].copy()).to(device)
        self.optimizer.second = torch.from_numpy(raw["second"].copy()).to(device)
        for generator, state in zip(self._noise, raw["noise"], strict=True):
            generator.set_state(torch.from_numpy(state.copy()))


def _stacked(parts: Sequence[Tensor]) -> Tensor:
    return parts[0][None] if len(parts) == 1 else torch.stack(list(parts))


def _padded(parts: Sequence[Tensor], longest: int) -> Tensor:
    """(g, longest, …) with zeros behind the shorter ones."""
    if all(len(part) == longest for part in parts):
        return _stacked(parts)
    whole = parts[0].new_zeros((len(parts), longest, *parts[0].shape[1:]))
    for place, part in enumerate(parts):
        whole[place, : len(part)] = part
    return whole
