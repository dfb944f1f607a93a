"""A model behind Ollama (`/api/tags`, `/api/show`, `/api/chat`; github.com/ollama/ollama, docs/api.md).

It talks; it shows neither the log-probability of a given sentence nor what happens inside. Questionnaires are therefore
answered in words, one item a call, as JSON whose schema allows only the options' numbers.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from quintant.errors import EngineError
from quintant.labs.persona.backends.http import Server
from quintant.labs.persona.backends.protocol import SYSTEM, Info, Part, Reply, joined

DEFAULT_MODEL = "llama3.1:8b"
UNAVAILABLE = {
    "score": "Ollama does not show the log-probability of a given sentence",
    "activations": "the weights of a model behind Ollama are out of reach",
}


class OllamaModel:
    def __init__(self, url: str, model: str | None, timeout_s: float) -> None:
        self.server = Server(url, None, timeout_s)
        self.model = model or DEFAULT_MODEL

    def info(self) -> Info:
        known = {entry["name"]: entry for entry in self.server.get("/api/tags").get("models", [])}
        entry = known.get(self.model) or known.get(f"{self.model}:latest")
        if entry is None:
            have = ", ".join(sorted(known)) or "none"
            raise EngineError(
                f"backend.model: Ollama has no {self.model!r}; it has {have}. Get it with: ollama pull {self.model}"
            )
        shown: dict[str, Any] = self.server.post("/api/show", {"model": self.model}).get("model_info") or {}
        lengths = [int(value) for key, value in shown.items() if key.endswith(".context_length")]
        return Info(
            name=f"ollama: {self.model}",
            kind="ollama",
            model=entry["name"],
            digest=entry.get("digest"),
            context_tokens=lengths[0] if lengths else None,
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
        body: dict[str, Any] = {
            "model": self.model,
            "stream": False,
            "messages": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": f"{joined(diary)}\n\n{task}"}],
            "options": {"seed": seed, "temperature": temperature, "num_predict": most_tokens, "top_p": 0.9},
        }
        if options is not None:
            body["format"] = {
                "type": "object",
                "properties": {"answer": {"type": "integer", "minimum": 0, "maximum": options - 1}},
                "required": ["answer"],
            }
        said = self.server.post("/api/chat", body)
        try:
            text = str(said["message"]["content"])
        except (KeyError, TypeError):
            raise EngineError("Ollama answered /api/chat without a message") from None
        return Reply(text.strip(), said.get("eval_count"), time.process_time() - began)
