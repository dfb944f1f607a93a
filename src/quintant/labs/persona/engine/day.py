"""A day: events happen to a persona, act on its mind, are answered in words, told, and remembered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quintant.errors import EngineError
from quintant.lab import Event
from quintant.labs.persona.engine import life, prompt
from quintant.labs.persona.engine.said import Question, Said
from quintant.labs.persona.engine.state import State, backend, capabilities, memory, query, remembers, seed
from quintant.labs.persona.engine.task import Live, Recall, Remember, Reply, Task, Tell


def live(state: State, task: Live) -> None:
    """The events of one persona-day act on the mind at once; what is to be said about them goes on the agenda."""
    id = task.persona
    happened = life.events(state.world, state.config, state.rng, id, state.day)
    todo: list[Task] = []
    for event in happened:
        state.minds[id].live(event, state.config)
        replies = state.config.replies and event.event_type != "minimal" and "generate" in capabilities(state)
        todo.append((Recall if replies else Tell)(id, life.to_json(event)))
    if happened and state.config.memory:
        todo.append(Remember(id, [life.to_json(event) for event in happened]))
    state.agenda[:0] = todo


def recall(state: State, task: Recall) -> Question | None:
    if not remembers(state):
        state.agenda.insert(0, Reply(task.persona, task.event, []))
        return None
    return "memory.recall", query(state, task.persona, task.event["diary"])


def recalled(state: State, task: Recall, answer: Mapping[str, Any]) -> None:
    state.agenda.insert(0, Reply(task.persona, task.event, answer["memories"]))


def reply(state: State, task: Reply) -> Question:
    id = task.persona
    return "model.reply", {
        "backend": backend(state),
        "segments": prompt.segments(state.minds[id], state.config, state.day, task.memories),
        "instruction": prompt.REPLY_INSTRUCTION,
        "max_tokens": state.config.reply_tokens,
        "seed": seed(state, "replies", task.event["event_id"]),
    }


def replied(state: State, task: Reply, answer: Mapping[str, Any]) -> None:
    state.tally.replies += 1
    state.agenda.insert(0, Tell(task.persona, task.event, task.memories, dict(answer)))


def tell(state: State, task: Tell, said: Said) -> None:
    """An event is complete: its row and its fact."""
    event, reply = task.event, task.reply or {}
    memories = [memory["event_id"] for memory in task.memories]
    row = {**event, "response": reply.get("text"), "response_tokens": reply.get("tokens"), "memories": memories}
    row |= {"prompt_hash": reply.get("prompt_hash")}
    del row["trait_impacts"]
    said.rows("events").append(row)
    state.tally.count(event["event_type"])
    said.events.append(Event("life_event", {**row, "trait_impacts": event["trait_impacts"]}))


def remember(state: State, task: Remember) -> Question | None:
    if not remembers(state):
        return None
    points = [
        {
            "event_id": event["event_id"],
            "text": event["diary"],
            "day": event["day"],
            "importance": event["intensity"],
            "kind": event["event_type"],
        }
        for event in task.events
    ]
    return "memory.remember", {"memory": memory(state), "persona_id": task.persona, "points": points}


def remembered(task: Remember, answer: Mapping[str, Any]) -> None:
    if answer["count"] != len(task.events):
        raise EngineError(f"{len(task.events)} memories were told, {answer['count']} were kept")
