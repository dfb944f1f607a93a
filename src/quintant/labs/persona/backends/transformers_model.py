"""A causal language model of transformers on the CPU: scoring, replies, and a look inside. Lives in the model process.

Every computation has a shape that the request alone decides (the persona's part, the rest of the prompt, the tree of the
continuations), so that equal requests give equal bits on one platform with one number of threads.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, DynamicCache

from quintant.errors import EngineError
from quintant.labs.persona.backends import decoding
from quintant.labs.persona.backends.cache import cache_of, layers_of
from quintant.labs.persona.backends.prefix import Layers, PrefixCache
from quintant.labs.persona.backends.protocol import Part, Reading, Reply
from quintant.labs.persona.backends.token_tree import TokenTree
from quintant.labs.persona.mechanistic.directions import Directions
from quintant.labs.persona.mechanistic.inside import look

AGREEMENT_NATS = 1e-3
"""Scoring by tree must agree with scoring one by one within this, tried when a folder is loaded."""
REPETITION = 1.1
TOP_P = 0.9
_TRIAL = (
    "The dog slept in the sun.",
    (" It was a warm day.", " It was a cold night.", " Nobody came."),
)


class TransformersModel:
    def __init__(self, folder: Path) -> None:
        try:
            self.tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            model: Any = AutoModelForCausalLM.from_pretrained(
                folder, dtype=torch.float32, attn_implementation="sdpa", local_files_only=True
            )
            self.model = model.eval()
        except (OSError, ValueError, ImportError, KeyError) as error:
            raise EngineError(f"the language model in {folder.name!r} cannot be loaded: {error}") from None
        self.name = folder.name if folder.name not in ("", ".") else "model"
        self.digest = digest_of(folder)
        begun, start = self.tokenizer.encode("a"), getattr(self.tokenizer, "bos_token_id", None)
        self.start = (start,) if start is not None and begun[:1] == [start] else ()
        self.context_tokens = int(getattr(self.model.config, "max_position_embeddings", 0)) or None
        self.prefixes = PrefixCache()
        self.directions: Directions | None = None
        self.by_tree = True
        self.by_tree = self._tree_agrees()

    # --- scoring ---

    def score(self, prompt: Sequence[Part], continuations: Sequence[str], inside: Mapping[str, Any] | None = None) -> Reading:
        """Sum of log-probabilities of each continuation after the prompt, and what `inside` asks to be captured there."""
        began = time.process_time()
        with torch.inference_mode():
            parts = self.tokens(prompt)
            layers, last, cached = self.read(parts)
            ids = [self.encode(text) for text in continuations]
            self._fits(sum(map(len, parts)) + max(map(len, ids), default=0))
            first = torch.log_softmax(self.model.lm_head(last).float(), -1)
            if self.by_tree:
                logprobs = self._score_tree(layers, first, ids)
            else:
                logprobs = [self._score_one(layers, first, continuation) for continuation in ids]
            seen = look(self, prompt, parts, layers, inside) if inside is not None else None
        return Reading(
            logprobs=tuple(logprobs),
            tokens=tuple(map(len, ids)),
            prompt_tokens=sum(map(len, parts)),
            cached_tokens=cached,
            cpu_s=time.process_time() - began,
            inside=seen,
        )

    def _score_tree(self, layers: Layers, first: torch.Tensor, ids: Sequence[Sequence[int]]) -> list[float]:
        tree = TokenTree.from_sequences(ids)
        length = layers[0][0].shape[-2]
        parents = sorted({node for path in tree.paths for node in path[:-1]})
        row = {node: index for index, node in enumerate(parents)}
        hidden = self.model.base_model(
            input_ids=torch.tensor([tree.tokens]),
            position_ids=torch.tensor([tree.depths]) + length,
            attention_mask=tree.mask(length),
            past_key_values=cache_of(layers),
            use_cache=True,
        ).last_hidden_state[0]
        after = torch.log_softmax(self.model.lm_head(hidden[parents]).float(), -1) if parents else None
        sums = []
        for continuation, path in zip(ids, tree.paths, strict=True):
            total = float(first[continuation[0]])
            for parent, token in zip(path[:-1], continuation[1:], strict=True):
                assert after is not None
                total += float(after[row[parent], token])
            sums.append(total)
        return sums

    def _score_one(self, layers: Layers, first: torch.Tensor, continuation: Sequence[int]) -> float:
        total = float(first[continuation[0]])
        if len(continuation) > 1:
            hidden = self.forward(continuation[:-1], cache_of(layers)).last_hidden_state[0]
            after = torch.log_softmax(self.model.lm_head(hidden).float(), -1)
            total += float(after[torch.arange(len(continuation) - 1), torch.tensor(continuation[1:])].sum())
        return total

    def _tree_agrees(self) -> bool:
        """Whether this architecture takes a tree's mask as meant (sliding windows and the like may not)."""
        text, continuations = _TRIAL
        prompt = [Part("trial", text)]
        by_tree = self.score(prompt, continuations).logprobs
        self.by_tree = False
        one_by_one = self.score(prompt, continuations).logprobs
        return all(abs(a - b) < AGREEMENT_NATS for a, b in zip(by_tree, one_by_one, strict=True))

    # --- replies ---

    def generate(self, prompt: Sequence[Part], most_tokens: int, seed: int, temperature: float) -> Reply:
        """What follows the prompt, up to the end of the line; sampled with an own generator (top-p 0.9), greedy at 0.

        Tokens already said are held back (repetition penalty: Keskar et al. 2019, arXiv 1909.05858).
        """
        began = time.process_time()
        chance = torch.Generator().manual_seed(seed & 0x7FFF_FFFF_FFFF_FFFF)
        with torch.inference_mode():
            parts = self.tokens(prompt)
            self._fits(sum(map(len, parts)) + most_tokens)
            layers, last, _ = self.read(parts)
            ids: list[int] = []
            text, go_on = "", self._goer_on(layers, most_tokens)
            ends = {self.tokenizer.eos_token_id, self.tokenizer.bos_token_id}
            for _ in range(most_tokens):
                token = _drawn(_held_back(self.model.lm_head(last).float(), ids), temperature, chance)
                if token in ends:
                    break
                ids.append(token)
                text = self.tokenizer.decode(ids, skip_special_tokens=True)
                if "\n" in text.lstrip():
                    break
                last = go_on(token)
        return Reply(text.strip().split("\n")[0], len(ids), time.process_time() - began)

    def _goer_on(self, layers: Layers, most: int) -> Callable[[int], torch.Tensor]:
        """One more token → the last hidden state."""
        if decoding.fits(self.model):
            return decoding.Decoder(self.model, layers, most).step
        cache = cache_of(layers)
        return lambda token: self.forward([token], cache).last_hidden_state[0, -1]

    # --- reading a prompt ---

    def tokens(self, prompt: Sequence[Part]) -> list[tuple[int, ...]]:
        """Token ids of each part, the start token, where the model wants one, with the first. Parts are encoded on their own,
        so that the beginning of a prompt keeps its tokens."""
        first, *rest = (tuple(self.encode(part.text)) for part in prompt)
        return [(*self.start, *first), *rest]

    def encode(self, text: str) -> list[int]:
        return list(self.tokenizer.encode(text, add_special_tokens=False))

    def read(self, parts: Sequence[tuple[int, ...]]) -> tuple[Layers, torch.Tensor, int]:
        """Keys and values of the whole prompt, the last hidden state [width], and how many tokens came from the cache."""
        head, rest = parts[0], [token for part in parts[1:] for token in part]
        kept = self.prefixes.find(head) if rest else None
        if kept is not None:
            cache = cache_of(kept)
        else:
            cache = DynamicCache()
            hidden = self.forward(head, cache).last_hidden_state
            if rest:
                self.prefixes.keep(head, layers_of(cache))
        if rest:
            hidden = self.forward(rest, cache).last_hidden_state
        return layers_of(cache), hidden[0, -1], len(head) if kept is not None else 0

    def forward(self, ids: Sequence[int], cache: DynamicCache, **more: Any) -> Any:
        return self.model.base_model(input_ids=torch.tensor([list(ids)]), past_key_values=cache, use_cache=True, **more)

    def _fits(self, tokens: int) -> None:
        if self.context_tokens is not None and tokens > self.context_tokens:
            raise EngineError(f"the prompt has {tokens} tokens; the language model takes {self.context_tokens}")


def digest_of(folder: Path) -> str:
    """sha256 over the names and contents of a model's config, tokenizer and weights."""
    digest = hashlib.sha256()
    kept = {".json", ".safetensors", ".bin", ".model", ".jinja"}
    for path in sorted(path for path in folder.iterdir() if path.suffix in kept):
        digest.update(path.name.encode() + b"\0")
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _held_back(logits: torch.Tensor, said: Sequence[int]) -> torch.Tensor:
    if said:
        at = torch.tensor(sorted(set(said)))
        logits = logits.index_copy(0, at, torch.where(logits[at] > 0, logits[at] / REPETITION, logits[at] * REPETITION))
    return logits


def _drawn(logits: torch.Tensor, temperature: float, chance: torch.Generator) -> int:
    if temperature <= 0:
        return int(logits.argmax())
    chances, order = torch.softmax(logits / temperature, -1).sort(descending=True)
    kept = chances * (chances.cumsum(0) - chances < TOP_P)
    return int(order[torch.multinomial(kept, 1, generator=chance)])
