"""Token by token without overhead: one step of a Llama model on keys and values that grow in place.

transformers copies the whole cache at every token, twice more to repeat its key-value heads; at 700 tokens that is as much work
as the model itself. The sums are the same (a test holds both against each other).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.nn.functional import linear, silu, softmax

if TYPE_CHECKING:
    from quintant.labs.persona.backends.prefix import Layers


def fits(model: Any) -> bool:
    """Whether `model` is a plain Llama: no biases, full rotary embedding, nothing between the layers."""
    config = model.config
    return bool(
        config.model_type == "llama"
        and not getattr(config, "attention_bias", False)
        and not getattr(config, "mlp_bias", False)
        and config.hidden_act == "silu"
        and (config.rope_parameters or {}).get("rope_type", "default") == "default"
    )


class Decoder:
    """Goes on from `layers`, keys and values [1, kv_heads, tokens, width] of each layer, for at most `most` tokens more."""

    def __init__(self, model: Any, layers: Layers, most: int) -> None:
        self.base, config = model.base_model, model.config
        self.epsilon = config.rms_norm_eps
        self.length = layers[0][0].shape[-2]
        self.keys: list[torch.Tensor] = []
        self.values: list[torch.Tensor] = []
        for keys, values in layers:
            for store, known in ((self.keys, keys), (self.values, values)):
                room = torch.empty(known.shape[1], self.length + most, known.shape[3])
                room[:, : self.length] = known[0]
                store.append(room)
        self.kv_heads, _, self.width = self.keys[0].shape
        self.groups = config.num_attention_heads // self.kv_heads

    def step(self, token: int) -> torch.Tensor:
        """The last hidden state [hidden] after one more token."""
        hidden = self.base.embed_tokens.weight[token]
        at = self.length
        cos, sin = self.base.rotary_emb(hidden[None, None], torch.tensor([[at]]))
        cos, sin = cos[0, 0], sin[0, 0]
        for layer, keys, values in zip(self.base.layers, self.keys, self.values, strict=True):
            attention, mlp = layer.self_attn, layer.mlp
            x = self._normed(hidden, layer.input_layernorm.weight)
            query = _turned(linear(x, attention.q_proj.weight).view(self.kv_heads, self.groups, self.width), cos, sin)
            keys[:, at] = _turned(linear(x, attention.k_proj.weight).view(self.kv_heads, self.width), cos, sin)
            values[:, at] = linear(x, attention.v_proj.weight).view(self.kv_heads, self.width)
            weights = softmax(query @ keys[:, : at + 1].transpose(1, 2) * self.width**-0.5, dim=-1)
            hidden = hidden + linear((weights @ values[:, : at + 1]).reshape(-1), attention.o_proj.weight)
            x = self._normed(hidden, layer.post_attention_layernorm.weight)
            hidden = hidden + linear(
                silu(linear(x, mlp.gate_proj.weight)) * linear(x, mlp.up_proj.weight), mlp.down_proj.weight
            )
        self.length = at + 1
        return self._normed(hidden, self.base.norm.weight)

    def _normed(self, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        return x * torch.rsqrt(x.square().mean() + self.epsilon) * weight


def _turned(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """Rotary embedding of the last axis (Su et al. 2021), its halves turned against each other."""
    a, b = x.chunk(2, dim=-1)
    return x * cos + torch.cat([-b, a], dim=-1) * sin
