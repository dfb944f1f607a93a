"""Language models whose weights are on this machine: SmolLM2-135M-Instruct (`embedded`), or a folder of transformers weights.

They live in the model process; here is only the asking. Everything can be had: replies, log-probabilities and a look inside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from quintant.errors import EngineError
from quintant.labs.persona.backends import channel, gguf_weights
from quintant.labs.persona.backends.protocol import CAPABILITIES, Info, Part, Reading, Reply
from quintant.labs.persona.prompts import PROBE as OPENING
from quintant.labs.persona.prompts import QUESTION


class LocalModel:
    """`folder` None: the model that ships as a package."""

    def __init__(self, cache: Path, folder: Path | None = None) -> None:
        if folder is not None and not (folder / "config.json").is_file():
            raise EngineError(
                f"backend.model: no transformers model at {str(folder)!r}: it needs config.json, weights and a tokenizer"
            )
        self.cache = cache
        self.kind = "embedded" if folder is None else "folder"
        self.which = {} if folder is None else {"folder": str(folder.resolve())}

    def info(self) -> Info:
        details = self._ask("info")
        name = details["model"] if self.which else gguf_weights.NAME
        return Info(
            name=f"{self.kind}: {name}",
            kind=self.kind,
            model=name,
            digest=details["digest"],
            context_tokens=details["context_tokens"],
            capabilities=CAPABILITIES,
            threads=details["threads"],
        )

    def score(self, prompt: Sequence[Part], continuations: Sequence[str], *, inside: Mapping[str, Any] | None) -> Reading:
        scores = self._ask("score", prompt=_pairs(prompt), continuations=list(continuations), inside=inside)
        return Reading(**{**scores, "logprobs": tuple(scores["logprobs"]), "tokens": tuple(scores["tokens"])})

    def generate(
        self,
        diary: Sequence[Part],
        task: str,
        most_tokens: int,
        seed: int,
        *,
        temperature: float,
        options: int | None = None,
    ) -> Reply:
        """Without chat: a diary that goes on at "I feel" is what a small model does best; a question it is asked outright."""
        opening = OPENING if options is None else ""
        prompt = (*diary, Part(QUESTION, f"\n{opening}" if options is None else f"\n\n{task}\nAnswer:"))
        said = Reply(
            **self._ask("generate", prompt=_pairs(prompt), most_tokens=most_tokens, seed=seed, temperature=temperature)
        )
        return replace(said, text=f"{opening} {said.text}".strip())

    def patched(
        self,
        before: Sequence[Part],
        after: Sequence[Part],
        pairs: Sequence[tuple[str, str]],
        layers: Sequence[int] | None = None,
    ) -> Any:
        """What carries the difference between two diaries: see `mechanistic.patching`."""
        request = {"before": _pairs(before), "after": _pairs(after), "pairs": [list(pair) for pair in pairs]}
        return self._ask("patch", **request, layers=None if layers is None else list(layers))

    def _ask(self, do: str, **more: Any) -> Any:
        return channel.request(self.cache, {"do": do, "model": self.which, **more})


def embed(cache: Path, texts: Sequence[str]) -> list[list[float]]:
    """MiniLM's vectors of `texts`, [texts][384], from the same process."""
    vectors: list[list[float]] = channel.request(cache, {"do": "embed", "texts": list(texts)})
    return vectors


def _pairs(prompt: Sequence[Part]) -> list[list[str]]:
    return [[part.name, part.text] for part in prompt]
