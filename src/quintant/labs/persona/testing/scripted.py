"""A scripted language model: answers by rule, in microseconds, so that a suite with hundreds of sessions takes seconds.

The rule. Words of distress and of ease are counted in the prompt; mood = (distress - ease) / 10, kept in -1..1. A sentence of
more distress has log-probability tokens · (-3 + mood / 4 + ε), one of less tokens · (-3 - mood / 4 - ε), with |ε| ≤ 0.01 made
of the prompt's hash; any other sentence -3 a token. In words, an item's answer is the option at (mood + 1) / 2 of the scale.

`model` holds directives, commas between: `words` (no log-probabilities), `refuses` (answers nobody can read), `breaks`
(EngineError at every call but info), `absent` (EngineError at info), `slow=0.2` (seconds of sleep before each call).
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from quintant.errors import EngineError
from quintant.labs.persona.backends.protocol import Capability, Info, Part, Reading, Reply, joined
from quintant.labs.persona.statements import wordings

DISTRESS = frozenset(
    {
        "afraid", "alone", "angry", "ashamed", "attacked", "blamed", "broken", "cannot", "cry", "crying", "dead", "death",
        "died", "dismissed", "dread", "fool", "fraud", "funeral", "gone", "grief", "hospital", "hurt", "hurts", "killed",
        "knife", "lost", "over", "panic", "ruined", "scared", "shaking", "sick", "terrified", "tumour", "worry",
    }
)  # fmt: skip
EASE = frozenset(
    {
        "calm", "cheered", "dinner", "fine", "friend", "garden", "glad", "happy", "laughed", "music", "prize", "sang", "sun",
        "warm", "well",
    }
)  # fmt: skip
_WORD = re.compile(r"[a-z']+")
_INSIDE = "the scripted model has no inside"
_WORDS = "the scripted model was told to answer in words"


class ScriptedModel:
    def __init__(self, model: str) -> None:
        self.told = dict(setting.strip().partition("=")[::2] for setting in model.split(",") if setting.strip())
        unknown = self.told.keys() - {"words", "refuses", "breaks", "absent", "slow"}
        if unknown:
            raise EngineError(f"backend.model: the scripted model does not know {', '.join(sorted(unknown))}")

    def info(self) -> Info:
        if "absent" in self.told:
            raise EngineError("LLM connection failed: the scripted model was told to be absent")
        talks = "words" in self.told or "refuses" in self.told
        capabilities: tuple[Capability, ...] = ("generate",) if talks else ("generate", "score")
        unavailable = {"activations": _INSIDE} | ({"score": _WORDS} if talks else {})
        return Info("scripted", "scripted", "scripted", None, None, capabilities, unavailable)

    def score(self, prompt: Sequence[Part], continuations: Sequence[str], *, inside: Mapping[str, Any] | None) -> Reading:
        self._call()
        text = joined(prompt)
        slant = mood(text) / 4 + _noise(text)
        more, less = _sides()
        tokens = tuple(len(_WORD.findall(continuation.lower())) for continuation in continuations)
        signs = [(continuation in more) - (continuation in less) for continuation in continuations]
        logprobs = tuple(many * (-3 + sign * slant) for many, sign in zip(tokens, signs, strict=True))
        return Reading(logprobs, tokens, len(text.split()), 0, 0.0)

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
        self._call()
        text = joined(diary)
        if options is not None:
            answer = "As a language model I would rather not say." if "refuses" in self.told else str(_option(text, options))
        else:
            answer = "It weighs on me." if mood(text) > 0 else "It was a day like others."
        return Reply(answer, len(answer.split()), 0.0)

    def _call(self) -> None:
        if "breaks" in self.told:
            raise EngineError("LLM connection failed: the scripted model was told to break")
        if "slow" in self.told:
            time.sleep(float(self.told["slow"]))


def mood(text: str) -> float:
    """-1 (ease) .. 1 (distress), by the words of `text`."""
    words = _WORD.findall(text.lower())
    return min(max((sum(word in DISTRESS for word in words) - sum(word in EASE for word in words)) / 10, -1.0), 1.0)


def _option(text: str, options: int) -> int:
    return round((mood(text) + 1) / 2 * (options - 1))


def _noise(text: str) -> float:
    """-0.01 .. 0.01, by the hash of `text`."""
    return (int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") / 2**32 - 0.5) / 50


@cache
def _sides() -> tuple[frozenset[str], frozenset[str]]:
    several = [pair for sides in wordings().values() for pair in sides]
    return frozenset(pair.present for pair in several), frozenset(pair.opposite for pair in several)
