"""Outcomes of short persona Runs with the scripted language model, its Asks and Answers in the log as the Driver writes them.

The scripted model has no inside; `looked_into` adds rows as a model with weights would give them.
"""

from __future__ import annotations

import dataclasses
import json
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pyarrow as pa

from quintant.config import config_hash, parse
from quintant.lab import AskContext, Event, Outcome, Streams, load
from quintant.labs.persona import LAB
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.results import SCHEMAS, batch

BASE = {"backend": {"kind": "scripted"}, "memory": False, "duration_days": 16, "condition": "TRAUMA"}


@cache
def _outcome(seed: int, config_json: str) -> Outcome:
    config = parse(PersonaConfig, json.loads(config_json))
    engine, answer = load(LAB.engine)(), load(LAB.answers)
    run_id = f"{seed:04x}{config_hash(config)[:8]}"
    context = AskContext(run_id, Path(mkdtemp()), Path(mkdtemp()))
    state, answers = engine.init(config, Streams.derive(seed, LAB.purposes)), ()
    events: list[Event] = []
    streamed: dict[str, list[pa.RecordBatch]] = {}
    while True:
        step = engine.step(state, answers)
        state, events = step.state, [*events, *step.events]
        for name, rows in step.tables.items():
            streamed.setdefault(name, []).append(rows)
        if step.done:
            break
        answers = []
        for ask in step.asks:
            events.append(Event("ask", {"id": ask.id, "kind": ask.kind, "payload": ask.payload}, 1.0))
            answers.append(answer(ask, context))
            events.append(Event("answer", {"id": ask.id, "payload": answers[-1].payload}, 2.0))
    result = engine.result(state)
    tables = {name: pa.Table.from_batches(batches) for name, batches in streamed.items()}
    told = [*events, Event("state", {"to": "completed", "reason": None}, 3.0)]
    return Outcome(
        run_id, "short", "completed", config, seed, result.metrics, tables, result.documents, told,
        created_at="2026-11-22T04:00:00.5Z", started_at="2026-11-22T04:00:01Z", ended_at="2026-11-22T04:00:09Z",
    )  # fmt: skip


def run(seed: int = 1, **keys: Any) -> Outcome:
    return _outcome(seed, json.dumps(BASE | keys, sort_keys=True))


def looked_into(outcome: Outcome, layers: int = 4) -> Outcome:
    """With attention and activations: events draw 0.1 more attention from one session to the next; layer 3 moves."""
    sessions = dict.fromkeys((row["persona_id"], row["day"]) for row in outcome.tables["assessments"].to_pylist())
    days = sorted({day for _, day in sessions})
    attention, activations, readings = [], [], []
    for who, day in sessions:
        step = days.index(day)
        key = {"persona_id": who, "day": day}
        readings.append({**key, "self_reference_score": 0.5, "emotional_salience": 0.2 + 0.2 * step, "sink_share": 0.3})
        for layer in range(layers):
            shares = {"sink": 0.3, "persona": 0.6 - 0.1 * step, "events": 0.1 + 0.1 * step}
            attention += [{**key, "layer": layer, "segment": name, "share": share} for name, share in shares.items()]
            z = None if layer == 0 else float(layer * step)
            activations.append(
                {**key, "layer": layer, "distance": 0.1 * step, "projection": step - 1.0, "z": z}
                | {"q_value": None if z is None else 0.01, "significant": z is not None and layer == 3 and step > 0}
            )
    new = {"attention": attention, "activations": activations, "readings": readings}
    tables = {**outcome.tables, **{name: pa.Table.from_batches([batch(name, rows)]) for name, rows in new.items()}}
    documents = {**outcome.documents, "validity": {"direction_layer": 3}}
    return dataclasses.replace(outcome, tables=tables, documents=documents)


def until(outcome: Outcome, day: int) -> Outcome:
    """The same Run as it was when `day` had ended: no result yet, and only what was told."""
    tables = {
        name: pa.Table.from_pylist([row for row in table.to_pylist() if row["day"] <= day], schema=SCHEMAS[name])
        for name, table in outcome.tables.items()
    }
    end = next(at for at, event in enumerate(outcome.events) if event.kind == "day" and event.payload["day"] == day)
    return dataclasses.replace(
        outcome, tables=tables, documents={}, metrics={}, state="running", events=outcome.events[: end + 1], ended_at=None
    )
