"""Results: the metrics, tables and documents of a Run; tables in four formats, while it runs as well."""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import quote

import orjson
import pyarrow as pa
from fastapi import APIRouter
from starlette.responses import Response

from quintant import tabular
from quintant.config import suggest
from quintant.errors import Conflict, NotFound
from quintant.runs import Runs
from quintant.server.native import shapes
from quintant.server.native.artifacts import BYTES
from quintant.server.problems import NATIVE, REFUSALS, NativeRoute
from quintant.settings import Settings

Format = Literal["arrow", "csv", "json", "parquet"]
MEDIA_TYPES: dict[str, str] = {
    "arrow": "application/vnd.apache.arrow.stream",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
}
CSV_EXAMPLE = "load_erlang,blocking\r\n250,0.0307\r\n"


def table_shape(run_id: str, name: str, table: pa.Table) -> shapes.TableShape:
    address = f"{NATIVE}/runs/{run_id}/tables/{quote(name)}"
    return shapes.TableShape(
        name=name,
        rows=table.num_rows,
        columns={field.name: str(field.type) for field in table.schema},
        links={format: f"{address}.{format}" for format in MEDIA_TYPES},
    )


def routes(runs: Runs, settings: Settings) -> APIRouter:
    router = APIRouter(prefix="/runs/{run_id}", tags=["results"], route_class=NativeRoute, responses=REFUSALS)

    def tables_of(run_id: str) -> dict[str, pa.Table]:
        found = runs.result(run_id)
        return dict(found.tables if found is not None else runs.outcome(run_id).tables)

    @router.get("/result", response_model=shapes.ResultShape, summary="Metrics, tables and documents; 409 until completed")
    def result(run_id: str) -> Any:
        run, found = runs.get(run_id), runs.result(run_id)
        if found is None:
            reason = f": {run.reason}" if run.reason else ""
            raise Conflict(f"Run {run_id} is {run.state}{reason}; it has no result.")
        metrics = {name: shapes.MetricShape(**vars(metric)) for name, metric in found.metrics.items()}
        shape = shapes.ResultShape(
            run=run_id,
            metrics=metrics,
            tables=[table_shape(run_id, name, table) for name, table in found.tables.items()],
            documents={},
            exact_hash=run.exact_hash,
            result_hash=run.result_hash,
        )
        whole = {**shape.model_dump(mode="json"), "documents": dict(found.documents)}
        return Response(orjson.dumps(whole, option=orjson.OPT_NON_STR_KEYS), media_type="application/json")

    @router.get("/tables", response_model=shapes.TableList, summary="The Run's tables, as far as they are told")
    def tables(run_id: str) -> Any:
        return shapes.TableList(tables=[table_shape(run_id, *item) for item in tables_of(run_id).items()])

    @router.get(
        "/tables/{name}.{format}",
        summary="One table as Arrow IPC stream, CSV, JSON columns or Parquet",
        response_class=Response,
        responses={
            200: {
                "description": "The table.",
                "content": {
                    MEDIA_TYPES["arrow"]: BYTES,
                    "text/csv": {"schema": {"type": "string"}, "example": CSV_EXAMPLE},
                    "application/json": {
                        "schema": {"type": "object"},
                        "example": {"rows": 1, "columns": {"load_erlang": [250], "blocking": [0.0307]}},
                    },
                    MEDIA_TYPES["parquet"]: BYTES,
                },
            }
        },
    )
    def table(run_id: str, name: str, format: Format) -> Response:
        found = tables_of(run_id)
        if name not in found:
            raise NotFound("Table", name, suggest(name, found) or f"This run has: {', '.join(found) or 'none yet'}.")
        headers = {"Content-Disposition": f'attachment; filename="{run_id}-{quote(name)}.{format}"'}
        return Response(tabular.encoded(found[name], format), 200, headers, MEDIA_TYPES[format])

    return router
