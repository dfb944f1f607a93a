"""Results as a table: of a Run, of the points of a Sweep, of what a filter matches."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from quintant import tabular
from quintant.runs import Runs
from quintant.runs.results_table import Wanted, results_table
from quintant.runs.rows import read_sorts
from quintant.server.native.artifacts import BYTES
from quintant.server.native.results import MEDIA_TYPES, Format
from quintant.server.native.rows import Q
from quintant.server.problems import REFUSALS, NativeRoute
from quintant.settings import Settings

CSV_EXAMPLE = (
    "key,lab,name,state,runs,root_seed,bias,heads_share,heads_share_low,heads_share_high,heads_share_n,heads_share_unit\r\n"
    "c41d20aa96e3.0,coin,load study,completed,10,42,0.5,0.502,0.497,0.507,10,1\r\n"
)
JSON_EXAMPLE = {"rows": 1, "columns": {"key": ["c41d20aa96e3.0"], "bias": [0.5], "heads_share": [0.502]}}
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A row a Run or a point; docs/api.md, Results as a table. Arrow and Parquet carry units.",
        "content": {
            MEDIA_TYPES["arrow"]: BYTES,
            "text/csv": {"schema": {"type": "string"}, "example": CSV_EXAMPLE},
            "application/json": {"schema": {"type": "object"}, "example": JSON_EXAMPLE},
            MEDIA_TYPES["parquet"]: BYTES,
        },
    }
}
Fold = Annotated[
    Literal["point", "none"], Query(description="point: replicates are one row, with mean and interval; none: a row a Run.")
]
Sorted = Annotated[str, Query(max_length=400, description="As of GET /runs.")]
Metrics = Annotated[str, Query(max_length=4000, description="Names, comma-separated; empty: all.")]


def names(metrics: str) -> list[str] | None:
    return [name.strip() for name in metrics.split(",") if name.strip()] or None


def routes(runs: Runs, settings: Settings) -> APIRouter:
    router = APIRouter(tags=["results"], route_class=NativeRoute, responses=REFUSALS)

    def answer(wanted: Wanted, format: Format) -> Response:
        data = tabular.encoded(results_table(runs, wanted), format)
        headers = {"Content-Disposition": f'attachment; filename="{wanted.of or "results"}.{format}"'}
        return Response(data, 200, headers, MEDIA_TYPES[format])

    @router.get(
        "/runs/table.{format}",
        summary="The results of all Runs that a filter matches, as one table",
        response_class=Response,
        responses=ANSWERS,
    )
    def of_filter(
        format: Format, q: Q = "", fold: Fold = "point", sort: Sorted = "created_at", metrics: Metrics = ""
    ) -> Response:
        return answer(Wanted(None, q, fold, read_sorts(sort), names(metrics)), format)

    @router.get(
        "/runs/{run_id}/table.{format}",
        summary="The results of one Run (or of a point, by its key) as a table",
        response_class=Response,
        responses=ANSWERS,
    )
    def of_run(run_id: str, format: Format, fold: Fold = "none", metrics: Metrics = "") -> Response:
        return answer(Wanted(run_id, fold=fold, metrics=names(metrics)), format)

    @router.get(
        "/sweeps/{sweep_id}/table.{format}",
        summary="The results of a Sweep as a table",
        response_class=Response,
        responses=ANSWERS,
    )
    def of_sweep(
        sweep_id: str, format: Format, fold: Fold = "point", sort: Sorted = "created_at", metrics: Metrics = ""
    ) -> Response:
        runs.get_sweep(sweep_id)
        return answer(Wanted(sweep_id, "", fold, read_sorts(sort), names(metrics)), format)

    return router
