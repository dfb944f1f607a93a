"""/api/v1/data/export: all rows as a CSV, JSON or Parquet file.

Without `data_type`, JSON holds the three lists side by side, CSV and Parquet hold all rows with their `record_type`. Each row
ends with the notice that it is simulated. Nested values are JSON text in CSV and Parquet. In CSV a text that a spreadsheet
would take for a formula gets an apostrophe before it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from quintant.labs.persona.contract import examples
from quintant.labs.persona.contract.data import AnyCase, Filter, select
from quintant.labs.persona.contract.limits import Limits
from quintant.labs.persona.contract.records import KINDS, Kind, Records
from quintant.labs.persona.contract.route import address
from quintant.labs.persona.results import NOTICE
from quintant.wire.route import ContractRoute

COLUMNS: Mapping[Kind, tuple[str, ...]] = {
    "assessments": (
        "id", "simulation_id", "persona_id", "assessment_type", "score", "severity", "responses", "timestamp", "simulation_day",
        "valid", "scoring_method", "notice",
    ),
    "events": (
        "id", "simulation_id", "persona_id", "event_type", "category", "title", "description", "intensity", "timestamp",
        "simulation_day", "response", "mechanistic_data", "notice",
    ),
    "mechanistic": (
        "id", "simulation_id", "persona_id", "data_type", "timestamp", "simulation_day", "attention_weights",
        "self_reference_score", "emotional_salience", "segments", "activation_changes", "significant_layers", "notice",
    ),
}  # fmt: skip
NUMBERS = {"score": int, "simulation_day": int, "intensity": float, "self_reference_score": float, "emotional_salience": float}
Found = Mapping[Kind, Sequence[Mapping[str, Any]]]
FORMULA = ("=", "+", "-", "@", "\t", "\r")


_FILE = {
    **examples.answers(None, 422),
    200: {
        "description": "The file: simulation_data.csv, .json or .parquet.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    },
}


def router(records: Records, limits: Limits, kind: type[ContractRoute]) -> APIRouter:
    routes = APIRouter(prefix="/data", route_class=kind)

    @routes.get("/export", summary="Export rows as a file", response_class=Response, responses=_FILE)
    def export(
        request: Request,
        format: Annotated[Literal["csv", "json", "parquet"], AnyCase] = "json",
        simulation_id: str | None = None,
        data_type: Annotated[Literal["assessments", "events", "mechanistic"] | None, AnyCase] = None,
    ) -> Response:
        limits.export(address(request))
        kinds: tuple[Kind, ...] = (data_type,) if data_type else KINDS
        which = Filter(simulation_id, None, None, None)
        rows: Found = {kind: [{**row.body, "notice": NOTICE} for row in select(records, kind, which)] for kind in kinds}
        data = {"csv": _csv, "json": _json, "parquet": _parquet}[format](rows)
        disposition = f'attachment; filename="simulation_data.{format}"'
        return Response(data, media_type="application/octet-stream", headers={"Content-Disposition": disposition})

    return routes


def _json(exported: Found) -> bytes:
    return orjson.dumps(next(iter(exported.values())) if len(exported) == 1 else dict(exported))


def _csv(exported: Found) -> bytes:
    columns, rows = _flat(exported)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)
    return text.getvalue().encode()


def _parquet(exported: Found) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns, rows = _flat(exported)
    kinds = {int: pa.int64(), float: pa.float64()}
    types = [
        (name, pa.bool_() if name == "valid" else kinds[NUMBERS[name]] if name in NUMBERS else pa.string()) for name in columns
    ]
    table = pa.Table.from_pylist([dict(row) for row in rows], schema=pa.schema(types))
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def _flat(exported: Found) -> tuple[list[str], list[dict[str, Any]]]:
    """Column names and rows with nested values as JSON text."""
    several = len(exported) > 1
    columns = list(dict.fromkeys(name for kind in exported for name in COLUMNS[kind]))
    rows = [
        {**({"record_type": kind} if several else {}), **{name: _plain(row.get(name)) for name in COLUMNS[kind]}}
        for kind, some in exported.items()
        for row in some
    ]
    return (["record_type", *columns] if several else columns), rows


def _plain(value: Any) -> Any:
    return orjson.dumps(value).decode() if isinstance(value, Mapping | list | tuple) else value


def _cell(value: Any) -> Any:
    return "'" + value if isinstance(value, str) and value.startswith(FORMULA) else value
