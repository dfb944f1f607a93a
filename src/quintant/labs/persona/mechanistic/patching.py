"""Causal study on the contrast score: what carries the difference between two diaries?

recovered    activation patching (Vig et al. 2020, arXiv 2004.12265; Meng et al. 2022, arXiv 2202.05262): the statements are
             scored after the diary `before`, but from layer l on they begin with the residuals that they had after the diary
             `after`. The share of the change in mean contrast that comes back tells by which layer the statements have read it:
             0 at the first, 1 past the last.
withheld     attention knockout (Geva et al. 2023, arXiv 2304.14767): the statements are scored after `after` but may not attend
             to one part of it. The share of the change that is then lost tells which part it was read from. Shares need not sum
             to 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch

from quintant.labs.persona.backends.protocol import Part
from quintant.labs.persona.backends.token_tree import TokenTree

if TYPE_CHECKING:
    from quintant.labs.persona.backends.transformers_model import TransformersModel


def study(
    model: TransformersModel,
    before: Sequence[Part],
    after: Sequence[Part],
    pairs: Sequence[Sequence[str]],
    layers: Sequence[int] | None = None,
) -> dict[str, Any]:
    """Mean contrasts after both diaries, and both shares. `pairs`: (present, opposite) sentences; `layers`: all when None."""
    sentences = [model.encode(sentence) for pair in pairs for sentence in pair]
    tree = TokenTree.from_sequences(sentences)
    with torch.inference_mode():
        here, there = _Diary(model, before, tree), _Diary(model, after, tree)
        c_before, _ = here.contrast()
        c_after, states = there.contrast()
        change = c_after - c_before
        chosen = range(len(states)) if layers is None else layers
        back = {layer: here.contrast(patch=(layer, states[layer]))[0] - c_before for layer in chosen}
        without = {name: c_after - there.contrast(withhold=name)[0] for name in dict.fromkeys(part.name for part in after)}
    return {
        "contrast_before": round(c_before, 6),
        "contrast_after": round(c_after, 6),
        "recovered": {str(layer): _share(value, change) for layer, value in back.items()},
        "withheld": {name: _share(value, change) for name, value in without.items()},
    }


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if abs(whole) > 1e-6 else None


class _Diary:
    """One diary read, and the tree of statements after it."""

    def __init__(self, model: TransformersModel, prompt: Sequence[Part], tree: TokenTree) -> None:
        self.model, self.tree = model, tree
        self.parts = model.tokens(prompt)
        self.names = [part.name for part, ids in zip(prompt, self.parts, strict=True) for _ in ids]
        self.layers, last, _ = model.read(self.parts)
        self.first = torch.log_softmax(model.model.lm_head(last).float(), -1)

    def contrast(
        self, *, patch: tuple[int, torch.Tensor] | None = None, withhold: str | None = None
    ) -> tuple[float, Mapping[int, torch.Tensor]]:
        """Mean contrast over the pairs, and the residuals [1, nodes, width] that go into each layer."""
        from quintant.labs.persona.backends.cache import cache_of

        length = self.layers[0][0].shape[-2]
        mask = self.tree.mask(length)
        if withhold is not None:
            hidden = torch.tensor([name == withhold for name in self.names])
            mask[..., : len(hidden)].masked_fill_(hidden, torch.finfo(mask.dtype).min)
        seen: dict[int, torch.Tensor] = {}
        blocks = self.model.model.base_model.layers

        def watch(layer: int) -> Any:
            def hook(module: Any, args: tuple[Any, ...]) -> Any:
                if patch is not None and patch[0] == layer:
                    return (patch[1], *args[1:])
                seen[layer] = args[0].clone()
                return None

            return hook

        handles = [block.register_forward_pre_hook(watch(layer)) for layer, block in enumerate(blocks)]
        try:
            out = self.model.model.base_model(
                input_ids=torch.tensor([self.tree.tokens]),
                position_ids=torch.tensor([self.tree.depths]) + length,
                attention_mask=mask,
                past_key_values=cache_of(self.layers),
                use_cache=True,
            ).last_hidden_state[0]
        finally:
            for handle in handles:
                handle.remove()
        after = torch.log_softmax(self.model.model.lm_head(out).float(), -1)
        means = []
        for path in self.tree.paths:
            tokens = [self.tree.tokens[node] for node in path]
            total = float(self.first[tokens[0]]) + sum(
                float(after[node, token]) for node, token in zip(path[:-1], tokens[1:], strict=True)
            )
            means.append(total / len(path))
        contrasts = [present - opposite for present, opposite in zip(means[::2], means[1::2], strict=True)]
        return sum(contrasts) / len(contrasts), seen
