"""The prefix cache: keys and values of prompt beginnings that were computed before.

Only the first part of a prompt (the persona, the same on every day) is kept, and always computed as a chunk of its own. A hit
therefore gives the very bits that computing it again would give, and no result depends on what was asked before.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

MOST_TOKENS = 4096
"""All beginnings together; one token of SmolLM2-135M takes 46 kB (30 layers × 2 × 3 heads × 64 × 4 bytes)."""

Layers = list[tuple[Any, Any]]
"""Keys and values of each layer, each [1, kv_heads, tokens, head_width]."""


class PrefixCache:
    def __init__(self, most_tokens: int = MOST_TOKENS) -> None:
        self.most_tokens = most_tokens
        self._kept: OrderedDict[tuple[int, ...], Layers] = OrderedDict()

    def find(self, tokens: tuple[int, ...]) -> Layers | None:
        layers = self._kept.get(tokens)
        if layers is not None:
            self._kept.move_to_end(tokens)
        return layers

    def keep(self, tokens: tuple[int, ...], layers: Layers) -> None:
        """Remember a beginning; the ones unused for longest make room."""
        self._kept[tokens] = layers
        while sum(map(len, self._kept)) > self.most_tokens and len(self._kept) > 1:
            self._kept.popitem(last=False)
