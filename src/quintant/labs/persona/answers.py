"""Answers: who answers the engine's Asks. One Ask is one call of a language model, or one use of the memory.

    model.info       who answers, and what it can do              model.session   all items to one persona (`session`)
    model.reply      a persona's own words on an event            memory.remember, memory.recall   (`memory`)
    state.mirror     what Redis is told of a day (`mirror`)        clock.wait      the pace that the config asks for

Called by the Driver in the Run's Worker, which never loads a model: those live in the one model process (`backends`).
"""

from __future__ import annotations

import atexit
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from quintant.errors import EngineError
from quintant.lab import Answer, Ask, AskContext
from quintant.labs.persona import mirror, prompts, session
from quintant.labs.persona.backends import channel, embedded
from quintant.labs.persona.backends.choice import chosen
from quintant.labs.persona.backends.protocol import LanguageModel, Part
from quintant.labs.persona.memory import Memory

REPLY_TEMPERATURE = 0.5

_memories: dict[tuple[str, Path, str | None], Memory] = {}


@atexit.register
def close() -> None:
    """Let go of memories and of the model process."""
    for key in list(_memories):
        _memories.pop(key).close()
    channel.close()


def answer(ask: Ask, context: AskContext) -> Answer:
    """The Answer to one Ask. EngineError, which fails the Run with its text, when it cannot be had."""
    try:
        act = _ANSWERS[ask.kind]
    except KeyError:
        raise EngineError(f"nobody answers {ask.kind!r} here; known: {', '.join(_ANSWERS)}") from None
    return Answer(ask.id, act(ask.payload, context))


def _info(payload: Mapping[str, Any], context: AskContext) -> dict[str, Any]:
    return _model(payload, context).info().as_json()


def _session(payload: Mapping[str, Any], context: AskContext) -> dict[str, Any]:
    return session.administer(_model(payload, context), payload, context.folder)


def _reply(payload: Mapping[str, Any], context: AskContext) -> dict[str, Any]:
    segments = [Part(segment["name"], segment["text"]) for segment in payload["segments"]]
    diary, task = prompts.diary(segments), payload["instruction"]
    reply = _model(payload, context).generate(
        diary, task, int(payload["max_tokens"]), int(payload["seed"]), temperature=REPLY_TEMPERATURE
    )
    return {
        "text": reply.text,
        "tokens": reply.tokens,
        "prompt_hash": prompts.prompt_hash(diary, task),
        "cpu_s": None if reply.cpu_s is None else round(reply.cpu_s, 4),
    }


def _remember(payload: Mapping[str, Any], context: AskContext) -> dict[str, Any]:
    return {"count": _memory(payload, context).remember(payload["persona_id"], payload["points"])}


def _recall(payload: Mapping[str, Any], context: AskContext) -> dict[str, Any]:
    memories = _memory(payload, context).recall(
        payload["persona_id"],
        payload["query"],
        int(payload["day"]),
        int(payload["limit"]),
        int(payload["window_days"]),
        float(payload.get("least_similarity", -1.0)),
        payload.get("without", ()),
    )
    return {"memories": memories}


def _mirror(payload: Mapping[str, Any], context: AskContext) -> dict[str, Any]:
    return {"keys": mirror.tell(payload["url"], context.run_id, int(payload["day"]), payload["personas"])}


def _wait(payload: Mapping[str, Any], context: AskContext) -> dict[str, Any]:
    time.sleep(float(payload["seconds"]))
    return {"seconds": payload["seconds"]}


_ANSWERS: dict[str, Callable[[Mapping[str, Any], AskContext], dict[str, Any]]] = {
    "model.info": _info,
    "model.session": _session,
    "model.reply": _reply,
    "memory.remember": _remember,
    "memory.recall": _recall,
    "state.mirror": _mirror,
    "clock.wait": _wait,
}


def _model(payload: Mapping[str, Any], context: AskContext) -> LanguageModel:
    return chosen(payload["backend"], context.cache)


def _memory(payload: Mapping[str, Any], context: AskContext) -> Memory:
    """The open memory of the Run. A Worker has one Run at a time: another Run's is closed."""
    key = (context.run_id, context.folder, payload["memory"].get("url"))
    if key not in _memories:
        for old in list(_memories):
            _memories.pop(old).close()
        _memories[key] = Memory(context.run_id, context.folder, key[2], lambda texts: embedded.embed(context.cache, texts))
    return _memories[key]
