"""The language model introduces itself: what it is, what it can, and so how sessions are scored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quintant.errors import EngineError
from quintant.lab import Event
from quintant.labs.persona.engine.said import Question, Said
from quintant.labs.persona.engine.state import State, backend


def meet(state: State) -> Question:
    return "model.info", {"backend": backend(state)}


def met(state: State, answer: Mapping[str, Any], said: Said) -> None:
    state.model = dict(answer)
    state.method = state.config.scoring
    if state.method == "auto":
        state.method = "statement_contrast" if "score" in answer["capabilities"] else "self_report"
    if state.method == "statement_contrast" and "score" not in answer["capabilities"]:
        raise EngineError(f"statement_contrast needs log-probabilities: {answer['unavailable'].get('score')}")
    if state.method == "self_report" and "generate" not in answer["capabilities"]:
        raise EngineError(f"self_report needs replies in words: {answer['unavailable'].get('generate')}")
    said.events.append(
        Event(
            "language_model",
            {name: answer.get(name) for name in ("name", "kind", "model", "digest", "capabilities", "unavailable")}
            | {"method": state.method},
        )
    )
