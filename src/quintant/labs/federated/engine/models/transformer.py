"""A small transformer encoder, trained from scratch: classification of texts, masked language modelling, LoRA.

Pre-norm layers (Xiong et al. 2020, arXiv 2002.04745) of multi-head attention (Vaswani et al. 2017, arXiv 1706.03762) and a
GELU feed-forward. Masked language modelling as in BERT (Devlin et al. 2019, arXiv 1810.04805): of the chosen tokens 80 % are
masked, 10 % replaced at random, 10 % kept; the loss is over the chosen ones. LoRA (Hu et al. 2022, arXiv 2106.09685): frozen
random base weights W, trained A and B with W + (alpha / rank) A B on the chosen projections; the head is always trained.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.functional import gelu, log_softmax

from quintant.labs.federated.engine.data.text import MASK, PADDING, SPECIAL
from quintant.labs.federated.engine.models.network import Batch, Classifier, Parameter
from quintant.labs.federated.names import LORA_MODULES

if TYPE_CHECKING:
    from quintant.labs.federated.config import StrategyConfig
    from quintant.labs.federated.engine.data import Dataset

SIZES = {"tiny": (32, 1, 2, 64), "small": (64, 2, 4, 128)}
"""Width, layers, heads, width of the feed-forward."""
STD = 0.02
"""Of initial weights, as in BERT."""
NEAREST_ZERO = 1e-5
MASKED, RANDOM = 0.8, 0.9


@dataclass(frozen=True)
class Lora:
    rank: int
    alpha: float
    dropout: float
    targets: frozenset[str]


class Transformer(Classifier):
    def __init__(
        self, vocabulary: int, length: int, classes: int | None, size: str, masked: float | None, lora: Lora | None
    ) -> None:
        """`classes` None: masked language modelling, of a share `masked` of the tokens."""
        self.width, self.layers, self.heads, self.feed = SIZES[size]
        self.vocabulary, self.length, self.classes, self.masked, self.lora = vocabulary, length, classes, masked, lora
        self.parameters = tuple(self._layout())
        self.names = [parameter.name for parameter in self.parameters]
        self.frozen: dict[str, Tensor] = {}
        self.noise_width = 3 * length if classes is None else 0
        if lora is not None and lora.dropout:
            self.noise_width += length * self.width

    def _layout(self) -> list[Parameter]:
        w, base = self.width, self.lora is None
        layout = [
            Parameter("tokens", (self.vocabulary, w), std=STD, trained=base),
            Parameter("positions", (self.length, w), std=STD, trained=base),
        ]
        for layer in range(self.layers):
            for name in ("query", "key", "value", "output"):
                layout.append(Parameter(f"{layer}.{name}", (w, w), std=STD, trained=base))
                layout.append(Parameter(f"{layer}.{name}.bias", (w,), trained=base))
                if self.lora is not None and name in self.lora.targets:
                    bound = 1 / math.sqrt(w)
                    layout.append(Parameter(f"{layer}.{name}.lora_a", (w, self.lora.rank), bound))
                    layout.append(Parameter(f"{layer}.{name}.lora_b", (self.lora.rank, w)))
            layout += [
                Parameter(f"{layer}.norm1", (w,), fill=1.0, trained=base),
                Parameter(f"{layer}.norm2", (w,), fill=1.0, trained=base),
                Parameter(f"{layer}.up", (w, self.feed), std=STD, trained=base),
                Parameter(f"{layer}.up.bias", (self.feed,), trained=base),
                Parameter(f"{layer}.down", (self.feed, w), std=STD, trained=base),
                Parameter(f"{layer}.down.bias", (w,), trained=base),
            ]
        outputs = self.vocabulary if self.classes is None else self.classes
        layout += [
            Parameter("norm", (w,), fill=1.0, trained=base),
            Parameter("head", (w, outputs), std=STD),
            Parameter("head.bias", (outputs,)),
        ]
        return layout

    def initial(self, generator: torch.Generator) -> Tensor:
        """Draws the frozen base too, so that it is the same wherever the generator is."""
        drawn = {parameter.name: self._drawn(parameter, generator) for parameter in self.parameters}
        self.frozen = {parameter.name: drawn[parameter.name] for parameter in self.parameters if not parameter.trained}
        return torch.cat([drawn[parameter.name].reshape(-1) for parameter in self.trained])

    @property
    def cost_flop(self) -> float:
        per_token = self.layers * (8 * self.width**2 + 4 * self.length * self.width + 4 * self.width * self.feed)
        head = 2 * self.width * (self.vocabulary * self.length if self.classes is None else self.classes)
        return float(per_token * self.length + head)

    # --- forward ---

    def logits(self, p: Sequence[Tensor], inputs: Tensor, noise: Tensor | None) -> Tensor:
        """(g, B, classes) of token ids (g, B, L): the mean over the real tokens, then the head."""
        w = self._named(p, inputs)
        real = (inputs != PADDING).to(w["head"].dtype)[..., None]
        hidden = self._encoded(w, inputs, noise)
        pooled = (hidden * real).sum(2) / real.sum(2).clamp(min=1)
        return pooled @ w["head"] + w["head.bias"][:, None]

    def scores(self, p: Sequence[Tensor], batch: Batch) -> tuple[Tensor, Tensor]:
        if self.classes is not None:
            return super().scores(p, batch)
        inputs = batch.inputs
        noise = self._fixed_noise(inputs) if batch.noise is None else batch.noise
        choice, kind, word = noise[..., : 3 * self.length].split(self.length, dim=-1)  # type: ignore[no-untyped-call]
        dropout = noise[..., 3 * self.length :] if batch.noise is not None and self.lora and self.lora.dropout else None
        chosen = (choice < (self.masked or 0.0)) & (inputs != PADDING)
        random = (word * (self.vocabulary - len(SPECIAL))).long() + len(SPECIAL)
        seen = torch.where(chosen & (kind < MASKED), torch.full_like(inputs, MASK), inputs)
        seen = torch.where(chosen & (kind >= MASKED) & (kind < RANDOM), random, seen)
        w = self._named(p, seen)
        logits = self._encoded(w, seen, dropout) @ w["head"][:, None] + w["head.bias"][:, None, None]
        loss = -log_softmax(logits, dim=-1).gather(-1, inputs[..., None])[..., 0]
        count = chosen.sum(-1).clamp(min=1)
        right = ((logits.detach().argmax(-1) == inputs) & chosen).sum(-1) / count
        return (loss * chosen).sum(-1) / count, right

    def _fixed_noise(self, inputs: Tensor) -> Tensor:
        """Masks of an evaluation: the same in every round, so that rounds can be compared."""
        generator = torch.Generator().manual_seed(20240603)
        return torch.rand((*inputs.shape[:2], 3 * self.length), generator=generator)

    def _named(self, p: Sequence[Tensor], inputs: Tensor) -> dict[str, Tensor]:
        trained = iter(p)
        copies = inputs.shape[0]
        return {
            parameter.name: next(trained) if parameter.trained else self.frozen[parameter.name].expand(copies, *parameter.shape)
            for parameter in self.parameters
        }

    def _encoded(self, w: dict[str, Tensor], inputs: Tensor, noise: Tensor | None) -> Tensor:
        """(g, B, L, width)."""
        g, count, length = inputs.shape
        offset = torch.arange(g)[:, None, None] * self.vocabulary
        table = w["tokens"].reshape(g * self.vocabulary, self.width)
        x = torch.nn.functional.embedding(inputs + offset, table) + w["positions"][:, None, :length]
        blocked = torch.where(inputs == PADDING, -1e9, 0.0)[:, :, None, None, :]
        kept = None
        if noise is not None and self.lora is not None and self.lora.dropout:
            rate = self.lora.dropout
            kept = (noise.reshape(g, count, length, self.width) >= rate) / (1 - rate)
        for layer in range(self.layers):
            x = x + self._attended(w, layer, _normed(x, w[f"{layer}.norm1"]), blocked, kept)
            y = gelu(self._projected(w, f"{layer}.up", _normed(x, w[f"{layer}.norm2"])))
            x = x + self._projected(w, f"{layer}.down", y)
        return _normed(x, w["norm"])

    def _attended(self, w: dict[str, Tensor], layer: int, x: Tensor, blocked: Tensor, kept: Tensor | None) -> Tensor:
        g, count, length, width = x.shape

        def split(name: str) -> Tensor:
            y = self._projected(w, f"{layer}.{name}", x, kept)
            return y.reshape(g, count, length, self.heads, -1).transpose(2, 3)

        query, key, value = split("query"), split("key"), split("value")
        weights = torch.softmax(query @ key.transpose(-1, -2) / math.sqrt(width / self.heads) + blocked, dim=-1)
        mixed = (weights @ value).transpose(2, 3).reshape(g, count, length, width)
        return self._projected(w, f"{layer}.output", mixed, kept)

    def _projected(self, w: dict[str, Tensor], name: str, x: Tensor, kept: Tensor | None = None) -> Tensor:
        y = x @ w[name][:, None] + w[f"{name}.bias"][:, None, None]
        if self.lora is not None and f"{name}.lora_a" in w:
            source = x if kept is None else x * kept
            y = y + source @ w[f"{name}.lora_a"][:, None] @ w[f"{name}.lora_b"][:, None] * (self.lora.alpha / self.lora.rank)
        return y


def _normed(x: Tensor, gain: Tensor) -> Tensor:
    """Layer normalisation without an offset."""
    centred = x - x.mean(-1, keepdim=True)
    return centred * torch.rsqrt(centred.square().mean(-1, keepdim=True) + NEAREST_ZERO) * gain[:, None, None]


def transformer(plan: StrategyConfig, dataset: Dataset) -> Transformer:
    """The transformer of a plan on a text data set."""
    lora = None
    if plan.llm_finetuning == "lora":
        targets = frozenset(LORA_MODULES[name] for name in plan.lora_target_modules)
        lora = Lora(plan.lora_rank, plan.lora_alpha, plan.lora_dropout, targets)
    mlm = plan.llm_task == "mlm"
    return Transformer(
        len(dataset.vocabulary), dataset.shape[0], None if mlm else len(dataset.classes), plan.model_keyword or "tiny",
        plan.mlm_probability if mlm else None, lora,
    )  # fmt: skip
