"""Task: what is still to be done on a day, in order. Those that ask the world wait for its answer.

The agenda is part of a checkpoint, so each task can be written as JSON: its name under `do`, beside its values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, get_args

from quintant.json_value import JsonMapping


@dataclass(frozen=True)
class Meet:
    """The language model says what it is and can."""


@dataclass(frozen=True)
class Live:
    """The events of one persona-day."""

    persona: str


@dataclass(frozen=True)
class Recall:
    """What a persona remembers of an event that it will answer to."""

    persona: str
    event: JsonMapping


@dataclass(frozen=True)
class Reply:
    """A persona answers to an event in words."""

    persona: str
    event: JsonMapping
    memories: Sequence[JsonMapping]


@dataclass(frozen=True)
class Tell:
    """An event is complete, with what the persona answered if it did."""

    persona: str
    event: JsonMapping
    memories: Sequence[JsonMapping] = ()
    reply: JsonMapping | None = None


@dataclass(frozen=True)
class Remember:
    """Events go into a persona's memory."""

    persona: str
    events: Sequence[JsonMapping]


@dataclass(frozen=True)
class LookBack:
    """What a persona remembers before a session."""

    persona: str


@dataclass(frozen=True)
class Assess:
    """A session of all questionnaires."""

    persona: str
    memories: Sequence[JsonMapping]


@dataclass(frozen=True)
class Mirror:
    """Another server is told how everybody is."""


@dataclass(frozen=True)
class Wait:
    """A simulated day lasts as long on the wall's clock as the config wants."""


Task: TypeAlias = Meet | Live | Recall | Reply | Tell | Remember | LookBack | Assess | Mirror | Wait
KINDS: Mapping[str, type[Task]] = {
    "meet": Meet, "live": Live, "recall": Recall, "reply": Reply, "tell": Tell, "remember": Remember, "look_back": LookBack,
    "assess": Assess, "mirror": Mirror, "wait": Wait,
}  # fmt: skip
NAMES = {kind: name for name, kind in KINDS.items()}
assert set(NAMES) == set(get_args(Task))


def name(task: Task) -> str:
    return NAMES[type(task)]


def to_json(task: Task) -> dict[str, Any]:
    return {"do": name(task), **vars(task)}


def from_json(raw: JsonMapping) -> Task:
    values = dict(raw)
    return KINDS[values.pop("do")](**values)
