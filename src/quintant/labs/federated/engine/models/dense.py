"""Dense networks: a multilayer perceptron, and logistic regression as one of no hidden layer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor

from quintant.labs.federated.engine.models.network import Classifier, Parameter, linear


class Dense(Classifier):
    """Layers of the given widths with ReLU between them; weights uniform in ±1/√in, biases too (PyTorch's own default)."""

    def __init__(self, inputs: int, hidden: Sequence[int], classes: int) -> None:
        self.widths = (inputs, *hidden, classes)
        layers = []
        for index, (fan_in, fan_out) in enumerate(pairwise(self.widths)):
            bound = 1 / math.sqrt(fan_in)
            layers += [
                Parameter(f"layer{index}.weight", (fan_in, fan_out), bound),
                Parameter(f"layer{index}.bias", (fan_out,), bound),
            ]
        self.parameters = tuple(layers)

    def logits(self, p: Sequence[Tensor], inputs: Tensor, noise: Tensor | None) -> Tensor:
        x = inputs.flatten(2)
        for index in range(0, len(p), 2):
            x = linear(x, p[index], p[index + 1])
            if index + 2 < len(p):
                x = torch.relu(x)
        return x

    @property
    def cost_flop(self) -> float:
        return 2.0 * sum(a * b for a, b in pairwise(self.widths))
