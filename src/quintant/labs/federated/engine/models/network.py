"""What a network is to the trainer: shapes of its parameters, initial values, and a loss that runs many copies at once.

Every parameter carries a leading dimension g, the copies: participants that train side by side ("stacked"), or a single one.
So both ways of training are one piece of code. A copy's parameters lie in one flat vector of d numbers, in the order of
`parameters`.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn.functional import log_softmax


@dataclass(frozen=True)
class Parameter:
    """One tensor of a network. `bound`: initial values are uniform in ±bound, or normal(0, std); both 0: `fill`."""

    name: str
    shape: tuple[int, ...]
    bound: float = 0.0
    std: float = 0.0
    fill: float = 0.0
    trained: bool = True

    @property
    def size(self) -> int:
        return math.prod(self.shape)


@dataclass(frozen=True)
class Batch:
    """
    inputs    (g, B, …)
    labels    (g, B) int64
    noise     what the network draws per sample, (g, B, width) uniform in 0..1, or None (evaluation)
    """

    inputs: Tensor
    labels: Tensor
    noise: Tensor | None = None


class Network(ABC):
    """Abstract. `noise_width`: uniform numbers per sample that a training step uses (dropout, masks)."""

    parameters: tuple[Parameter, ...]
    noise_width: int = 0

    @abstractmethod
    def scores(self, p: Sequence[Tensor], batch: Batch) -> tuple[Tensor, Tensor]:
        """(g, B) loss of each sample and (g, B) how right it was, 0..1."""

    @abstractmethod
    def outputs(self, p: Sequence[Tensor], inputs: Tensor) -> Tensor:
        """(g, B, classes) logits, for the confusion and for triggers; without noise."""

    @property
    @abstractmethod
    def cost_flop(self) -> float:
        """Multiply-adds ×2 of one sample's forward pass, roughly."""

    @property
    def size(self) -> int:
        """d, numbers that participants send."""
        return sum(parameter.size for parameter in self.trained)

    @property
    def trained(self) -> tuple[Parameter, ...]:
        return tuple(parameter for parameter in self.parameters if parameter.trained)

    def initial(self, generator: torch.Generator) -> Tensor:
        """(d,) float32."""
        return torch.cat([self._drawn(parameter, generator).reshape(-1) for parameter in self.trained])

    def views(self, flat: Tensor) -> list[Tensor]:
        """The parameters, (g, *shape) each, as views of (g, d)."""
        views, start = [], 0
        for parameter in self.trained:
            views.append(flat[:, start : start + parameter.size].view(flat.shape[0], *parameter.shape))
            start += parameter.size
        return views

    def slices(self) -> list[slice]:
        """Where in d each parameter lies."""
        ends = [0]
        for parameter in self.trained:
            ends.append(ends[-1] + parameter.size)
        return [slice(start, end) for start, end in pairwise(ends)]

    @staticmethod
    def _drawn(parameter: Parameter, generator: torch.Generator) -> Tensor:
        if parameter.bound:
            return (torch.rand(parameter.shape, generator=generator) * 2 - 1) * parameter.bound
        if parameter.std:
            return torch.randn(parameter.shape, generator=generator) * parameter.std
        return torch.full(parameter.shape, parameter.fill)


class Classifier(Network):
    """Abstract. A network whose loss is the cross-entropy of its logits."""

    @abstractmethod
    def logits(self, p: Sequence[Tensor], inputs: Tensor, noise: Tensor | None) -> Tensor:
        """(g, B, classes)."""

    def scores(self, p: Sequence[Tensor], batch: Batch) -> tuple[Tensor, Tensor]:
        logits = self.logits(p, batch.inputs, batch.noise)
        loss = -log_softmax(logits, dim=-1).gather(-1, batch.labels[..., None])[..., 0]
        return loss, (logits.detach().argmax(-1) == batch.labels).to(logits.dtype)

    def outputs(self, p: Sequence[Tensor], inputs: Tensor) -> Tensor:
        return self.logits(p, inputs, None)


def linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """(g, B, in) · (g, in, out) + (g, out)."""
    if x.shape[0] == 1:
        return torch.addmm(bias[0], x[0], weight[0])[None]
    return torch.baddbmm(bias[:, None], x, weight)


def dropped(x: Tensor, noise: Tensor, rate: float) -> Tensor:
    """Inverted dropout: x / (1 - rate) where the noise is at least `rate`, else 0."""
    return x * (noise >= rate) / (1 - rate)
