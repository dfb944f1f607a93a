"""/api/v1/data: assessments, events and mechanistic records, filtered and paged; what kinds of them there are."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BeforeValidator
from starlette.responses import Response

from quintant.errors import Problem
from quintant.labs.persona import library
from quintant.labs.persona.contract import examples
from quintant.labs.persona.contract.records import KINDS, Kind, Records, Row, Simulation
from quintant.labs.persona.contract.route import Invalid, Refusal
from quintant.labs.persona.results import NOTICE
from quintant.wire.refusal import answer
from quintant.wire.route import ContractRoute
from quintant.wire.times import iso


@dataclass(frozen=True)
class Filter:
    """Which rows are meant. Bounds are seconds since 1970 UTC, both included."""

    simulation_id: str | None
    persona_id: str | None
    start: float | None
    end: float | None

    def keeps(self, row: Row, type: str | None) -> bool:
        return (
            (self.persona_id is None or row.persona_id == self.persona_id)
            and (type is None or row.type == type)
            and (self.start is None or row.at >= self.start)
            and (self.end is None or row.at < self.end)
        )


def filtered(
    simulation_id: str | None = Query(None, description="Only of this simulation."),
    persona_id: str | None = Query(None, description="Only of this persona."),
    start_date: str | None = Query(None, description="From this moment on (ISO 8601; a bare date begins at midnight UTC)."),
    end_date: str | None = Query(None, description="Up to this moment, included (a bare date includes its day)."),
) -> Filter:
    start, end = _moment(start_date, "start_date"), _moment(end_date, "end_date", ending=True)
    if start is not None and end is not None and start >= end:
        raise Refusal(400, f"start_date {start_date} is after end_date {end_date}.")
    return Filter(simulation_id, persona_id, start, end)


PLUS = re.compile(r"(T.*) (\d\d(?::?\d\d)?)$")
"""A + that was not written %2B arrives as a blank."""
Filtered = Annotated[Filter, Depends(filtered)]
AnyCase = BeforeValidator(lambda word: word.lower() if isinstance(word, str) else word)
PageNumber = Annotated[int, Query(ge=1, le=10**9, description="Page, from 1.")]
PageSize = Annotated[int, Query(ge=1, le=100, description="Rows of a page.")]


def router(records: Records, kind: type[ContractRoute]) -> APIRouter:
    routes = APIRouter(prefix="/data", route_class=kind)

    @routes.get("/assessments", summary="Assessments, oldest first", responses=examples.answers(examples.ASSESSMENTS, 400, 422))
    def assessments(
        which: Filtered,
        assessment_type: Annotated[Literal["phq9", "gad7", "pss10"] | None, AnyCase] = None,
        page: PageNumber = 1,
        size: PageSize = 50,
    ) -> Response:
        rows = select(records, "assessments", which, assessment_type)
        return _page("assessments", rows, page, size, _assessment_summary(rows))

    @routes.get("/events", summary="Life events, oldest first", responses=examples.answers(examples.EVENTS, 400, 422))
    def events(
        which: Filtered,
        event_type: Annotated[Literal["stress", "neutral", "minimal"] | None, AnyCase] = None,
        page: PageNumber = 1,
        size: PageSize = 50,
    ) -> Response:
        rows = select(records, "events", which, event_type)
        intensities = [row.body["intensity"] for row in rows]
        summary = {
            "stress_events": sum(row.type == "stress" for row in rows),
            "neutral_events": sum(row.type == "neutral" for row in rows),
            "minimal_events": sum(row.type == "minimal" for row in rows),
            "average_intensity": round(statistics.fmean(intensities), 4) if intensities else None,
        }
        return _page("events", rows, page, size, summary)

    @routes.get(
        "/mechanistic",
        summary="What was measured inside the language model, oldest first",
        responses=examples.answers(examples.MECHANISTIC, 400, 422),
    )
    def mechanistic(
        which: Filtered,
        data_type: Annotated[Literal["attention", "activation", "circuits"] | None, AnyCase] = None,
        page: PageNumber = 1,
        size: PageSize = 50,
    ) -> Response:
        rows = select(records, "mechanistic", which, data_type)
        extra = {} if rows else _why_nothing(records, which)
        return _page("mechanistic_data", rows, page, size, _mechanistic_summary(rows) | extra)

    @routes.get("/event-types", summary="Types and categories of life events", responses=examples.answers(examples.EVENT_TYPES))
    def event_types() -> Response:
        templates = library.templates()
        categories_of = {kind: sorted({template.category for template in some}) for kind, some in templates.items()}
        return answer(
            {"types": list(categories_of), **{f"{kind}_categories": categories for kind, categories in categories_of.items()}}
        )

    @routes.get(
        "/experimental-conditions", summary="Conditions and what they mean", responses=examples.answers(examples.CONDITIONS)
    )
    def experimental_conditions() -> Response:
        shown = [{"value": name, "label": name.title(), "description": row.says} for name, row in library.conditions().items()]
        return answer({"conditions": shown})

    @routes.get("/stats", summary="How much there is", responses=examples.answers(examples.STATS))
    def stats() -> Response:
        simulations = records.all()
        counts = {kind: sum(len(simulation.rows[kind]) for simulation in simulations) for kind in KINDS}
        latest = max((row.at for simulation in simulations for kind in KINDS for row in simulation.rows[kind]), default=None)
        bytes_ = sum(table.nbytes for simulation in simulations for table in simulation.outcome.tables.values())
        return answer(
            {
                "total_personas": len({persona for simulation in simulations for persona in _personas(simulation)}),
                "total_assessments": counts["assessments"],
                "total_events": counts["events"],
                "total_mechanistic_records": counts["mechanistic"],
                "data_size_mb": round(bytes_ / 2**20, 3),
                "last_updated": iso(latest),
            }
        )

    return routes


def select(records: Records, kind: Kind, which: Filter, type: str | None = None) -> list[Row]:
    """The rows of a kind that a filter keeps, over all its simulations, oldest first."""
    rows = (row for simulation in records.some(which.simulation_id) for row in simulation.rows[kind] if which.keeps(row, type))
    return sorted(rows, key=lambda row: row.at)


def _page(name: str, rows: Sequence[Row], page: int, size: int, summary: Mapping[str, Any]) -> Response:
    shown = [row.body for row in rows[(page - 1) * size : page * size]]
    headers = {
        "X-Total-Count": str(len(rows)),
        "X-Page-Count": str(math.ceil(len(rows) / size)),
        "X-Current-Page": str(page),
        "X-Page-Size": str(size),
    }
    return answer({name: shown, "total_count": len(rows), "summary": summary, "notice": NOTICE}, headers=headers)


def _assessment_summary(rows: Sequence[Row]) -> dict[str, Any]:
    summary: dict[str, Any] = {}
    for id in ("phq9", "gad7", "pss10"):
        scores = [row.body["score"] for row in rows if row.type == id and row.body["score"] is not None]
        summary[id] = {
            "mean": round(statistics.fmean(scores), 4) if scores else None,
            "std": round(statistics.stdev(scores), 4) if len(scores) > 1 else None,
            "min": min(scores, default=None),
            "max": max(scores, default=None),
        }
    return summary


def _mechanistic_summary(rows: Sequence[Row]) -> dict[str, Any]:
    """Baseline and current attention by segment, layers that moved for half of the personas, and the two scores."""
    first, last = _ends(rows, "attention")
    _, moved = _ends(rows, "activation")
    layers: dict[int, int] = {}
    for row in moved:
        for layer in row.body["significant_layers"]:
            layers[layer] = layers.get(layer, 0) + 1
    latest = last or moved
    return {
        "attention_patterns": {"baseline": _segments(first), "current": _segments(last)},
        "activation_changes": {"significant_layers": sorted(layer for layer, n in layers.items() if 2 * n >= len(moved))},
        "circuit_tracking": {
            "self_reference": _mean(row.body["self_reference_score"] for row in latest),
            "emotional": _mean(row.body["emotional_salience"] for row in latest),
        },
    }


def _ends(rows: Sequence[Row], type: str) -> tuple[list[Row], list[Row]]:
    """The first and the latest row of that type of each persona and simulation."""
    rows_of: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row.type == type:
            rows_of.setdefault((row.body["simulation_id"], row.persona_id), []).append(row)
    return [some[0] for some in rows_of.values()], [some[-1] for some in rows_of.values()]


def _segments(rows: Sequence[Row]) -> dict[str, float | None]:
    shares: dict[str, list[float]] = {}
    for row in rows:
        for weights in row.body["attention_weights"].values():
            for name, share in zip(row.body["segments"], weights[0], strict=True):
                shares.setdefault(name, []).append(share)
    return {name: _mean(some) for name, some in shares.items()}


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(statistics.fmean(known), 6) if known else None


def _why_nothing(records: Records, which: Filter) -> dict[str, Any]:
    """The reasons that Runs gave for measuring nothing inside, if any did."""
    reasons = {
        row["reason"]
        for simulation in records.some(which.simulation_id)
        if "readings" in simulation.outcome.tables
        for row in simulation.outcome.tables["readings"].to_pylist()
        if row["reason"]
    }
    return {"reasons": sorted(reasons)} if reasons else {}


def _personas(simulation: Simulation) -> set[str]:
    return {row.persona_id for row in simulation.rows["assessments"]}


def _moment(text: str | None, name: str, *, ending: bool = False) -> float | None:
    """Seconds since 1970 of an ISO date; as an end, the first moment that is not meant any more."""
    if text is None:
        return None
    text = PLUS.sub(r"\1+\2", text)
    try:
        if len(text) <= 10:
            day = datetime.combine(datetime.fromisoformat(text).date(), time(), UTC)
            return (day + timedelta(days=1) if ending else day).timestamp()
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return (moment + timedelta(seconds=0 if moment.microsecond else 1) if ending else moment).timestamp()
    except (ValueError, OverflowError):
        raise Invalid([Problem(name, f"must be an ISO 8601 date or time; got {text[:40]!r}.")], "query") from None
