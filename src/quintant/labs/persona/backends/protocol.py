"""What a language model offers here, in calls and values. Capabilities are said, never guessed, and nothing stands in for them.

generate     a reply in words
score        log-probabilities of given continuations: statement contrast (scoring/contrast)
activations  attention and residual stream at the answer: the mechanistic records
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol

SYSTEM = "You are the person who wrote this diary. Do what the last lines ask, in your own voice and honestly."
"""What a model that chats is told before a diary."""
Capability = Literal["generate", "score", "activations"]
CAPABILITIES: tuple[Capability, ...] = ("generate", "score", "activations")


@dataclass(frozen=True)
class Info:
    """Who answers. `unavailable` gives the reason for each capability that is missing."""

    name: str
    kind: str
    model: str
    digest: str | None
    context_tokens: int | None
    capabilities: tuple[Capability, ...]
    unavailable: Mapping[str, str] = field(default_factory=dict)
    threads: int | None = None

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "capabilities": list(self.capabilities), "unavailable": dict(self.unavailable)}


@dataclass(frozen=True)
class Part:
    """A named stretch of a prompt (persona, state, memories, events, question): what pooled attention is told by."""

    name: str
    text: str


@dataclass(frozen=True)
class Reading:
    """Scores of the continuations of one prompt: for each the sum of log-probabilities (nats) and the number of tokens.

    `inside` holds what was captured at the answer position (`mechanistic.inside`), or None.
    """

    logprobs: tuple[float, ...]
    tokens: tuple[int, ...]
    prompt_tokens: int
    cached_tokens: int
    cpu_s: float
    inside: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Reply:
    text: str
    tokens: int | None
    cpu_s: float | None


class LanguageModel(Protocol):
    def info(self) -> Info:
        """Who answers; EngineError when it cannot be reached."""
        ...

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
        """A reply in words to a diary. A model that chats is given the `task`; one that goes on with a text writes the next
        lines.

        `options`: the task is a question with that many numbered options; a server that can hold the model to them is asked to.
        """
        ...


class Scorer(LanguageModel, Protocol):
    def score(self, prompt: Sequence[Part], continuations: Sequence[str], *, inside: Mapping[str, Any] | None) -> Reading:
        """Log-probabilities of each continuation after the prompt; `inside` asks for what is captured on the way."""
        ...


def joined(prompt: Sequence[Part]) -> str:
    """The whole prompt as text."""
    return "".join(part.text for part in prompt)
