"""Results: the metrics, tables and documents of a Run; tables in four formats, while it runs as well."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import quote

import orjson
import pyarrow as pa
from fastapi import APIRouter, Query
from starlette.responses import Response

from quintant import tabular
from quintant.errors import Conflict
from quintant.runs import Runs
from quintant.runs.run import stopped_after
from quintant.runs.table_slice import TableSlice
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
CSV_EXAMPLE = "bias,heads_share\r\n0.5,0.502\r\n"


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
        result = runs.result(run_id, so_far=True)
        return dict(result.tables if result is not None else runs.outcome(run_id).tables)

    @router.get(
        "/result",
        response_model=shapes.ResultShape,
        summary="Metrics, tables and documents; 409 until completed, or stopped with a result so far",
    )
    def result(run_id: str) -> Response:
        run, result = runs.get(run_id), runs.result(run_id, so_far=True)
        if result is None:
            reason = f": {run.reason}" if run.reason else ""
            raise Conflict(f"Run {run_id} is {run.state}{reason}; it has no result.")
        metrics = {name: shapes.MetricShape(**vars(metric)) for name, metric in result.metrics.items()}
        shape = shapes.ResultShape(
            run=run_id,
            metrics=metrics,
            tables=[table_shape(run_id, name, table) for name, table in result.tables.items()],
            stopped_after=stopped_after(run),
            documents={},
            exact_hash=run.exact_hash,
            result_hash=run.result_hash,
        )
        whole = {**shape.model_dump(mode="json"), "documents": dict(result.documents)}
        return Response(orjson.dumps(whole, option=orjson.OPT_NON_STR_KEYS), media_type="application/json")

    @router.get("/tables", summary="The Run's tables, as far as they are told")
    def tables(run_id: str) -> shapes.TableList:
        return shapes.TableList(tables=[table_shape(run_id, *item) for item in tables_of(run_id).items()])

    @router.get(
        "/tables/{name}.{format}",
        summary="One table, or some rows of it, as Arrow IPC stream, CSV, JSON columns or Parquet",
        response_class=Response,
        responses={
            200: {
                "description": "The table. X-Table-Rows counts its rows, X-Table-Matches those that `where` leaves.",
                "content": {
                    MEDIA_TYPES["arrow"]: BYTES,
                    "text/csv": {"schema": {"type": "string"}, "example": CSV_EXAMPLE},
                    "application/json": {
                        "schema": {"type": "object"},
                        "example": {"rows": 1, "columns": {"bias": [0.5], "heads_share": [0.502]}},
                    },
                    MEDIA_TYPES["parquet"]: BYTES,
                },
            }
        },
    )
    def table(
        run_id: str, name: str, format: Format,
        first: Annotated[int, Query(ge=0, le=2**53, description="First row, from 0, of those that `where` leaves.")] = 0,
        rows: Annotated[int | None, Query(ge=1, le=2**31, description="At most so many; empty: all.")] = None,
        columns: Annotated[str, Query(max_length=4_000, description="Comma-separated; empty: all.")] = "",
        sort: Annotated[str, Query(max_length=400, description="Columns, comma-separated, - in front for descending.")] = "",
        where: Annotated[str, Query(max_length=4_000, description="A filter expression over the columns: `spikes>3`.")] = "",
    ) -> Response:  # fmt: skip
        whole = runs.table(run_id, name)
        names = tuple(column.strip() for column in columns.split(",") if column.strip())
        part, matches = TableSlice(first, rows, names, sort, where).apply(whole)
        headers = {
            "Content-Disposition": f'attachment; filename="{run_id}-{quote(name)}.{format}"',
            "X-Table-Rows": str(whole.num_rows),
            "X-Table-Matches": str(matches),
        }
        return Response(tabular.encoded(part, format), 200, headers, MEDIA_TYPES[format])

    return router
