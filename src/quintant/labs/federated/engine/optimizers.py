"""Local optimisers on flat (g, d) weights: five vector operations a step, and no import of torch.optim (1 CPU second).

Each is PyTorch's own of the same name and defaults; a test holds them against it.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
WEIGHT_DECAY = 0.01
"""Of AdamW (Loshchilov & Hutter 2019, arXiv 1711.05101); PyTorch's default."""


class Optimizer:
    """Adam (Kingma & Ba 2015, arXiv 1412.6980), AdamW or plain SGD, by `name`. Changes the weights in place."""

    def __init__(self, name: str, learning_rate: float, like: Tensor) -> None:
        self.name, self.learning_rate, self.steps = name, learning_rate, 0
        self.first = torch.zeros_like(like) if name != "sgd" else torch.zeros(0)
        self.second = torch.zeros_like(like) if name != "sgd" else torch.zeros(0)

    def step(self, weights: Tensor, gradient: Tensor, active: int) -> None:
        """One step of the first `active` copies; the others have no more batches."""
        self.steps += 1
        w = weights[:active]
        if self.name == "sgd":
            w.add_(gradient, alpha=-self.learning_rate)
            return
        if self.name == "adamw":
            w.mul_(1 - self.learning_rate * WEIGHT_DECAY)
        first, second = self.first[:active], self.second[:active]
        first.lerp_(gradient, 1 - BETA1)
        second.mul_(BETA2).addcmul_(gradient, gradient, value=1 - BETA2)
        size = self.learning_rate / (1 - BETA1**self.steps)
        w.addcdiv_(first, second.sqrt().div_(math.sqrt(1 - BETA2**self.steps)).add_(EPSILON), value=-size)
