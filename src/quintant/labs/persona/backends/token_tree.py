"""Many continuations of one prompt in a single pass: their tokens form a tree in which a common beginning stands once.

Each node attends to the prompt and to its own ancestors only, at the position its depth gives, so that the result is that of
scoring the continuations one by one (tree attention: Miao et al. 2024, SpecInfer, arXiv 2305.09781, used here for scoring).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class TokenTree:
    """tokens, depths: one per node, parents before children. paths: the nodes of each continuation, first to last token."""

    tokens: tuple[int, ...]
    depths: tuple[int, ...]
    paths: tuple[tuple[int, ...], ...]

    @classmethod
    def from_sequences(cls, continuations: Sequence[Sequence[int]]) -> TokenTree:
        tokens: list[int] = []
        depths: list[int] = []
        paths: list[tuple[int, ...]] = []
        children: dict[tuple[int, int], int] = {}
        for continuation in continuations:
            at, path = -1, []
            for depth, token in enumerate(continuation):
                node = children.get((at, token))
                if node is None:
                    node = children[(at, token)] = len(tokens)
                    tokens.append(token)
                    depths.append(depth)
                path.append(node)
                at = node
            paths.append(tuple(path))
        return cls(tuple(tokens), tuple(depths), tuple(paths))

    def mask(self, prompt_tokens: int) -> torch.Tensor:
        """Additive attention mask [1, 1, nodes, prompt_tokens + nodes]: 0 where a node may look, the least float elsewhere."""
        import torch

        size = len(self.tokens)
        sees = torch.zeros(size, size, dtype=torch.bool)
        for path in self.paths:
            for end, node in enumerate(path):
                sees[node, list(path[: end + 1])] = True
        mask = torch.full((size, prompt_tokens + size), torch.finfo(torch.float32).min)
        mask[:, :prompt_tokens] = 0.0
        mask[:, prompt_tokens:][sees] = 0.0
        return mask[None, None]
