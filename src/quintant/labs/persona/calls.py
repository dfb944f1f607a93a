"""What a run's log tells in order: who was asked what, what came back, and which facts followed.

The transcript, the Inspect log and the stability figure read the Asks and Answers of the run's own log, so that they hold for
a run that failed or was stopped as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from quintant.lab import Event

SESSION, REPLY = "model.session", "model.reply"


@dataclass(frozen=True)
class Call:
    """One question to the language model with its answer and the facts that followed it before the next question.

    `ask`, `answer`: the payloads; `facts`: life events, assessments, alerts, in order; times in seconds since 1970.
    """

    id: str
    kind: str
    ask: Mapping[str, Any]
    answer: Mapping[str, Any]
    asked_at: float | None
    answered_at: float | None
    facts: tuple[Event, ...]


@dataclass
class _Open:
    id: str
    kind: str
    ask: Mapping[str, Any]
    asked_at: float | None
    answer: Mapping[str, Any] | None = None
    answered_at: float | None = None
    facts: list[Event] = field(default_factory=list)


def calls(events: Sequence[Event]) -> list[Call]:
    """Sessions and replies that were answered, in order.

    A run that went on from a checkpoint repeats the questions since then under their old ids: the last answer counts, which is
    the one that its result is made of.
    """
    opened: dict[str, _Open] = {}
    current: _Open | None = None
    for event in events:
        if event.kind == "ask":
            said = event.payload
            current = _Open(said["id"], said["kind"], said["payload"], event.at)
            opened.pop(current.id, None)
            opened[current.id] = current
        elif event.kind == "answer" and event.payload["id"] in opened:
            current = opened[event.payload["id"]]
            current.answer, current.answered_at = event.payload["payload"], event.at
        elif event.kind in ("life_event", "assessment", "drift_alert") and current is not None:
            current.facts.append(event)
    return [
        Call(call.id, call.kind, call.ask, call.answer, call.asked_at, call.answered_at, tuple(call.facts))
        for call in opened.values()
        if call.answer is not None and call.kind in (SESSION, REPLY)
    ]


def facts(events: Sequence[Event]) -> Iterator[Event]:
    """Life events, assessments and alerts in order, each once: what is told again after a checkpoint replaces the first."""
    kept: dict[tuple[Any, ...], Event] = {}
    for event in events:
        if event.kind in ("life_event", "assessment", "drift_alert"):
            key = _key(event)
            kept.pop(key, None)
            kept[key] = event
    yield from kept.values()


def _key(event: Event) -> tuple[Any, ...]:
    said = event.payload
    match event.kind:
        case "life_event":
            return (event.kind, said["event_id"])
        case "assessment":
            return (event.kind, said["assessment_id"])
    return (event.kind, said["persona_id"], said["instrument"], said["day"], said["rule"])
