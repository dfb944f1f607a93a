"""Records: what the Runs of this contract left, as the rows that the wire shows.

Rows are kept in memory until the Run's log grows (those of the newest Runs, MOST_ROWS in all): a Run that has ended is read
once. Wall times come from the events that told each row; a row whose event is not in the log yet is not there yet.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from quintant.errors import NotFound
from quintant.lab import Outcome
from quintant.labs.persona.contract import words
from quintant.labs.persona.contract.name import LAB
from quintant.wire.facade import Run, Runs
from quintant.wire.times import iso

Kind = Literal["assessments", "events", "mechanistic"]
KINDS: tuple[Kind, ...] = ("assessments", "events", "mechanistic")
MOST_ROWS = 50_000
PAGE = 500
TOLD_BY = ("assessment", "life_event")
NOT_AT_EVENTS = "Measured at assessments, not at events: see /api/v1/data/mechanistic."


@dataclass(frozen=True)
class Row:
    """One row of a list. `at`: seconds since 1970 UTC; `body` what the wire shows."""

    at: float
    persona_id: str
    type: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Simulation:
    """The rows of one Run by kind, in the order in which they were told, and the tables they come from."""

    run: Run
    rows: Mapping[Kind, tuple[Row, ...]]
    outcome: Outcome

    @property
    def size(self) -> int:
        return sum(map(len, self.rows.values()))


class Records:
    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._kept: dict[str, tuple[int, Simulation]] = {}
        self._lock = threading.Lock()

    def some(self, simulation_id: str | None) -> Sequence[Simulation]:
        """That simulation, or none when this contract has none of that id; without an id all, oldest first."""
        if simulation_id is None:
            return self.all()
        try:
            run = self._runs.get(words.run_id(simulation_id))
        except NotFound:
            return []
        return [self.simulation(run)] if (run.lab, run.contract) == (LAB, LAB) else []

    def all(self) -> Sequence[Simulation]:
        """Every simulation started through this contract, oldest first."""
        offset = 0
        runs: list[Run] = []
        while True:
            page = self._runs.list(lab=LAB, contract=LAB, limit=PAGE, offset=offset)
            runs += page.items
            offset += PAGE
            if offset >= page.total:
                return [self.simulation(run) for run in sorted(runs, key=lambda run: (run.created_at, run.id))]

    def simulation(self, run: Run) -> Simulation:
        with self._lock:
            kept = self._kept.get(run.id)
        if kept and kept[0] == run.last_seq:
            return replace(kept[1], run=run)
        made = _read(run, self._runs.outcome(run.id, kinds=TOLD_BY))
        with self._lock:
            self._kept[run.id] = (run.last_seq, made)
            rows = sum(simulation.size for _, simulation in self._kept.values())
            for id, (_, simulation) in sorted(self._kept.items(), key=lambda item: item[1][1].run.created_at):
                if rows <= MOST_ROWS:
                    break
                rows -= simulation.size
                del self._kept[id]
        return made


def wire_id(run_id: str, native: str) -> str:
    """An id of the wire, unlike that of any other Run (two Runs with one root seed have the same native ids)."""
    kind = native.partition("_")[0]
    return f"{kind}_{hashlib.sha256(f'{run_id}|{native}'.encode()).hexdigest()[:12]}"


def _read(run: Run, outcome: Outcome) -> Simulation:
    tables = {name: table.to_pylist() for name, table in outcome.tables.items()}
    times: dict[str, float] = {}
    sessions: dict[tuple[str, int], float] = {}
    for event in outcome.events:
        assert event.at is not None  # an event of a log has its time
        if event.kind == "assessment":
            times.setdefault(event.payload["assessment_id"], event.at)
            sessions.setdefault((event.payload["persona_id"], event.payload["day"]), event.at)
        elif event.kind == "life_event":
            times.setdefault(event.payload["event_id"], event.at)
    simulation = words.simulation_id(run)
    rows: dict[Kind, tuple[Row, ...]] = {
        "assessments": tuple(_assessments(run.id, simulation, tables, times)),
        "events": tuple(_events(run.id, simulation, tables, times)),
        "mechanistic": tuple(_mechanistic(run.id, simulation, tables, sessions)),
    }
    return Simulation(
        run, {kind: tuple(sorted(kind_rows, key=lambda row: row.at)) for kind, kind_rows in rows.items()}, outcome
    )


Tables = Mapping[str, list[dict[str, Any]]]


def _assessments(run_id: str, simulation: str, tables: Tables, times: Mapping[str, float]) -> Iterable[Row]:
    answers: dict[str, list[dict[str, Any]]] = {}
    for row in tables.get("responses", []):
        answers.setdefault(row["assessment_id"], []).append(row)
    for row in tables.get("assessments", []):
        at = times.get(row["assessment_id"])
        if at is None:
            continue
        responses = [
            {
                "question": answer["question"],
                "response": answer["response"],
                "score": answer["score"],
                "raw_score": answer["raw_score"],
                **({"sensitive": True} if answer["sensitive"] else {}),
            }
            for answer in sorted(answers.get(row["assessment_id"], []), key=lambda answer: answer["item"])
        ]
        body = {
            "id": wire_id(run_id, row["assessment_id"]),
            "simulation_id": simulation,
            "persona_id": row["persona_id"],
            "assessment_type": row["instrument"],
            "score": row["score"],
            "severity": row["severity"],
            "responses": responses,
            "timestamp": iso(at),
            "simulation_day": row["day"],
            "valid": row["valid"],
            "scoring_method": row["method"],
        }
        yield Row(at, row["persona_id"], row["instrument"], body)


def _events(run_id: str, simulation: str, tables: Tables, times: Mapping[str, float]) -> Iterable[Row]:
    for row in tables.get("events", []):
        at = times.get(row["event_id"])
        if at is None:
            continue
        body = {
            "id": wire_id(run_id, row["event_id"]),
            "simulation_id": simulation,
            "persona_id": row["persona_id"],
            "event_type": row["event_type"],
            "category": row["category"],
            "title": row["title"],
            "description": row["description"],
            "intensity": row["intensity"],
            "timestamp": iso(at),
            "simulation_day": row["day"],
            "response": row["response"],
            "mechanistic_data": {"attention_patterns": {}, "activation_changes": {}, "reason": NOT_AT_EVENTS},
        }
        yield Row(at, row["persona_id"], row["event_type"], body)


def _mechanistic(run_id: str, simulation: str, tables: Tables, sessions: Mapping[tuple[str, int], float]) -> Iterable[Row]:
    attention = _grouped(tables.get("attention", []))
    activations = _grouped(tables.get("activations", []))
    for reading in tables.get("readings", []):
        who = (reading["persona_id"], reading["day"])
        at = sessions.get(who)
        if at is None:
            continue
        shared = {
            "simulation_id": simulation,
            "persona_id": reading["persona_id"],
            "timestamp": iso(at),
            "simulation_day": reading["day"],
        }
        scores = {"self_reference_score": reading["self_reference_score"], "emotional_salience": reading["emotional_salience"]}
        if who in attention:
            segments = list(dict.fromkeys(row["segment"] for row in attention[who]))
            layers: dict[int, dict[str, float]] = {}
            for row in attention[who]:
                layers.setdefault(row["layer"], {})[row["segment"]] = row["share"]
            weights = {f"layer_{layer}": [[shares.get(name, 0.0) for name in segments]] for layer, shares in layers.items()}
            id = wire_id(run_id, f"mech_{who}_attention")
            body = {"id": id, "data_type": "attention", **shared, "attention_weights": weights, **scores, "segments": segments}
            yield Row(at, reading["persona_id"], "attention", body)
        if who in activations:
            changes = {f"layer_{row['layer']}": row["distance"] for row in activations[who]}
            layers_moved = [row["layer"] for row in activations[who] if row["significant"]]
            id = wire_id(run_id, f"mech_{who}_activation")
            body = {"id": id, "data_type": "activation", **shared, "attention_weights": {}, **scores}
            yield Row(
                at,
                reading["persona_id"],
                "activation",
                {**body, "activation_changes": changes, "significant_layers": layers_moved},
            )


def _grouped(rows: list[dict[str, Any]]) -> dict[tuple[str, int], list[dict[str, Any]]]:
    groups: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["persona_id"], row["day"]), []).append(row)
    return groups
