"""A model behind any server of OpenAI's shape: `/v1/models` and `/v1/chat/completions` (llama-server, vLLM, LM Studio, and
others).

Only what all of them have is used, so that questionnaires are answered in words; log-probabilities of a given sentence and a
look inside are not among it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from quintant.errors import EngineError
from quintant.labs.persona.backends.http import Server
from quintant.labs.persona.backends.protocol import SYSTEM, Info, Part, Reply, joined

UNAVAILABLE = {
    "score": "chat completions do not show the log-probability of a given sentence",
    "activations": "the weights of a model behind a server are out of reach",
}


class OpenAIModel:
    """`model` None: the only one that the server has."""

    def __init__(self, url: str, model: str | None, key: str | None, timeout_s: float) -> None:
        self.server = Server(url, key, timeout_s)
        self._named = model

    @property
    def model(self) -> str:
        if self._named is None:
            known = self._known()
            if len(known) != 1:
                raise EngineError(f"backend.model: is required; the server has {', '.join(sorted(known)) or 'none'}")
            self._named = next(iter(known))
        return self._named

    def info(self) -> Info:
        known = self._known()
        if self.model not in known:
            raise EngineError(f"backend.model: the server has no {self.model!r}; it has {', '.join(sorted(known)) or 'none'}")
        entry = known[self.model]
        length = entry.get("max_model_len") or (entry.get("meta") or {}).get("n_ctx_train")
        return Info(
            name=f"openai: {self.model}",
            kind="openai",
            model=self.model,
            digest=None,
            context_tokens=int(length) if length else None,
            capabilities=("generate",),
            unavailable=UNAVAILABLE,
        )

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
        began = time.process_time()
        said = self.server.post(
            "/chat/completions",
            {
                "model": self.model,
                "messages": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": f"{joined(diary)}\n\n{task}"}],
                "max_tokens": most_tokens,
                "temperature": temperature,
                "top_p": 0.9,
                "seed": seed,
            },
        )
        try:
            text = str(said["choices"][0]["message"]["content"] or "")
        except (KeyError, IndexError, TypeError):
            raise EngineError("the server answered /chat/completions without a choice") from None
        return Reply(text.strip(), (said.get("usage") or {}).get("completion_tokens"), time.process_time() - began)

    def _known(self) -> dict[str, dict[str, Any]]:
        return {entry["id"]: entry for entry in self.server.get("/models").get("data", [])}
