"""State: where a Run stands between two steps, as plain data, and as the bytes of a checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from quintant.config import parse
from quintant.lab import Streams
from quintant.labs.persona import library
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.engine import task
from quintant.labs.persona.engine.alarm import Watch
from quintant.labs.persona.engine.chance import draws
from quintant.labs.persona.engine.life import World
from quintant.labs.persona.engine.mind import Mind
from quintant.labs.persona.engine.task import Task


@dataclass
class Tally:
    """What was counted so far, for progress and metrics."""

    stress_events: int = 0
    neutral_events: int = 0
    minimal_events: int = 0
    assessments: int = 0
    invalid_assessments: int = 0
    alerts: int = 0
    replies: int = 0

    def count(self, kind: library.EventType) -> None:
        match kind:
            case "stress":
                self.stress_events += 1
            case "neutral":
                self.neutral_events += 1
            case "minimal":
                self.minimal_events += 1

    @property
    def events(self) -> int:
        return self.stress_events + self.neutral_events + self.minimal_events


@dataclass
class State:
    """Where a Run stands. `agenda` is what is still to be done today, `asked` the task whose answer is awaited."""

    config: PersonaConfig
    rng: Streams
    world: World
    instruments: list[library.Instrument]
    minds: dict[str, Mind]
    watches: dict[str, dict[str, Watch]]
    baseline_contrasts: dict[str, dict[str, float]] = field(default_factory=dict)
    latest: dict[str, dict[str, tuple[int, int]]] = field(default_factory=dict)
    """The last valid total of each persona and instrument, with its day."""
    model: dict[str, Any] | None = None
    method: str | None = None
    validity: dict[str, Any] | None = None
    day: int = 0
    agenda: list[Task] = field(default_factory=list)
    asked: Task | None = None
    asks: int = 0
    tally: Tally = field(default_factory=Tally)


# --- what questions to the world are made of ---


def backend(state: State) -> dict[str, Any]:
    return state.config.backend.model_dump(mode="json")


def memory(state: State) -> dict[str, Any]:
    return {"url": state.config.memory_url}


def capabilities(state: State) -> Sequence[str]:
    rows: Sequence[str] = (state.model or {}).get("capabilities", ())
    return rows


def seed(state: State, purpose: str, about: str) -> int:
    """A 31-bit seed for one call of the language model: the same for the same purpose and matter."""
    return int(draws(state.rng[purpose], about, 0).integers(2**31))


def remembers(state: State) -> bool:
    return state.config.memory and state.config.memory_limit > 0


def query(state: State, persona_id: str, text: str) -> dict[str, Any]:
    config = state.config
    return {
        "memory": memory(state),
        "persona_id": persona_id,
        "query": text,
        "day": state.day,
        "limit": config.memory_limit,
        "window_days": config.memory_window_days,
        "least_similarity": config.memory_similarity,
        "without": [event.event_id for event in state.minds[persona_id].recent],
    }


# --- checkpoints ---


def dump(state: State) -> bytes:
    return orjson.dumps(
        {
            "config": state.config.model_dump(mode="json"),
            "root": state.rng.root,
            "seeds": dict(state.rng.seeds),
            "minds": {id: mind.dump() for id, mind in state.minds.items()},
            "watches": {id: {name: watch.dump() for name, watch in watches.items()} for id, watches in state.watches.items()},
            "baseline_contrasts": state.baseline_contrasts,
            "latest": state.latest,
            "model": state.model,
            "method": state.method,
            "validity": state.validity,
            "day": state.day,
            "agenda": [task.to_json(pending) for pending in state.agenda],
            "asked": None if state.asked is None else task.to_json(state.asked),
            "asks": state.asks,
            "tally": vars(state.tally),
            "world": {
                "templates": {
                    kind: [template.model_dump() for template in some] for kind, some in state.world.templates.items()
                },
                "conditions": {name: row.model_dump() for name, row in state.world.conditions.items()},
            },
            "instruments": [instrument.model_dump(by_alias=True) for instrument in state.instruments],
        }
    )


def load(data: bytes) -> State:
    kept = orjson.loads(data)
    world = World(
        {kind: tuple(library.Template(**template) for template in some) for kind, some in kept["world"]["templates"].items()},
        {name: library.ConditionRow(**row) for name, row in kept["world"]["conditions"].items()},
    )
    plain = ("baseline_contrasts", "latest", "model", "method", "validity", "day", "asks")
    return State(
        config=parse(PersonaConfig, kept["config"]),
        rng=Streams(kept["root"], kept["seeds"]),
        world=world,
        instruments=[library.Instrument(**instrument) for instrument in kept["instruments"]],
        minds={id: Mind.load(mind) for id, mind in kept["minds"].items()},
        watches={id: {name: Watch(**watch) for name, watch in some.items()} for id, some in kept["watches"].items()},
        agenda=[task.from_json(pending) for pending in kept["agenda"]],
        asked=None if kept["asked"] is None else task.from_json(kept["asked"]),
        tally=Tally(**kept["tally"]),
        **{name: kept[name] for name in plain},
    )
