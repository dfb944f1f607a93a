"""Convolutional networks: two convolutions, each with a 2×2 max-pool and ReLU, two hidden dense layers, dropout."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn.functional import conv2d, max_pool2d

from quintant.labs.federated.engine.models.network import Classifier, Parameter, dropped, linear


@dataclass(frozen=True)
class Plan:
    """Channels of the two convolutions, their kernel and padding, widths of the hidden layers, dropout after each.

    `plain`: weights and biases uniform in ±1/√inputs, as PyTorch has them by default; else He's and Glorot's.
    """

    channels: tuple[int, int]
    kernel: int
    padding: int
    hidden: tuple[int, ...]
    dropout: tuple[float, ...]
    plain: bool = False


class Convolution(Classifier):
    """Convolutions as He et al. 2015 initialise them (uniform, ReLU), dense layers as Glorot & Bengio 2010 do.

    Copies side by side are one grouped convolution. Everything runs channels-last, which is two to three times faster on CPUs.
    """

    def __init__(self, shape: tuple[int, int, int], classes: int, plan: Plan) -> None:
        self.plan = plan
        channels, height, width = shape
        layers = []
        flop = 0.0
        for index, out in enumerate(plan.channels):
            fan_in = channels * plan.kernel**2
            layers += [
                Parameter(
                    f"conv{index}.weight",
                    (out, channels, plan.kernel, plan.kernel),
                    math.sqrt((1 if plan.plain else 6) / fan_in),
                ),
                Parameter(f"conv{index}.bias", (out,), math.sqrt(1 / fan_in) if plan.plain else 0.0),
            ]
            height, width = height + 2 * plan.padding - plan.kernel + 1, width + 2 * plan.padding - plan.kernel + 1
            flop += 2.0 * height * width * out * fan_in
            height, width, channels = height // 2, width // 2, out
        if min(height, width) < 1:
            raise ValueError(f"images of {shape[1]}×{shape[2]} are too small for {plan}")
        widths = (channels * height * width, *plan.hidden, classes)
        for index, (fan_in, fan_out) in enumerate(pairwise(widths)):
            layers += [
                Parameter(
                    f"dense{index}.weight",
                    (fan_in, fan_out),
                    math.sqrt(1 / fan_in) if plan.plain else math.sqrt(6 / (fan_in + fan_out)),
                ),
                Parameter(f"dense{index}.bias", (fan_out,), math.sqrt(1 / fan_in) if plan.plain else 0.0),
            ]
            flop += 2.0 * fan_in * fan_out
        self.parameters = tuple(layers)
        self.noise_width = sum(width for width, rate in zip(plan.hidden, plan.dropout, strict=True) if rate)
        self._flop = flop

    @property
    def cost_flop(self) -> float:
        return self._flop

    def logits(self, p: Sequence[Tensor], inputs: Tensor, noise: Tensor | None) -> Tensor:
        copies, count = inputs.shape[:2]
        x = inputs[0] if copies == 1 else inputs.transpose(0, 1).reshape(count, -1, *inputs.shape[3:])
        for index in (0, 2):
            x = self._convolved(x, p[index], p[index + 1], copies)
        hidden = x.reshape(count, copies, -1).transpose(0, 1) if copies > 1 else x.flatten(1)[None]
        used = 0
        for layer, (width, rate) in enumerate(zip(self.plan.hidden, self.plan.dropout, strict=True)):
            hidden = torch.relu(linear(hidden, p[4 + 2 * layer], p[5 + 2 * layer]))
            if noise is not None and rate:
                hidden = dropped(hidden, noise[..., used : used + width], rate)
                used += width
        return linear(hidden, p[-2], p[-1])

    def _convolved(self, x: Tensor, weight: Tensor, bias: Tensor, copies: int) -> Tensor:
        """Convolution, 2×2 max-pool and ReLU; pooling first makes ReLU four times cheaper and changes nothing."""
        x = x.contiguous(memory_format=torch.channels_last)
        kernel = weight.reshape(-1, *weight.shape[2:]).contiguous(memory_format=torch.channels_last)
        return torch.relu(pooled(conv2d(x, kernel, bias.reshape(-1), padding=self.plan.padding, groups=copies)))


def pooled(x: Tensor) -> Tensor:
    """2×2 max-pool. Where no gradient is asked for, the maximum of four strided views: the same numbers in half the time."""
    if x.requires_grad:
        return max_pool2d(x, 2)
    height, width = x.shape[2] // 2 * 2, x.shape[3] // 2 * 2
    upper, lower = x[:, :, 0:height:2], x[:, :, 1:height:2]
    left, right = (
        torch.maximum(upper[..., 0:width:2], lower[..., 0:width:2]),
        torch.maximum(upper[..., 1:width:2], lower[..., 1:width:2]),
    )
    return torch.maximum(left, right)
