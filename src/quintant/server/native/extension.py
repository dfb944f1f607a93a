"""More Runs for a Sweep that is there."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from quintant.runs import Runs
from quintant.server.native import shapes
from quintant.server.native.axes import plain
from quintant.server.native.runs import row
from quintant.server.native.sweeps import sweep_shape
from quintant.server.problems import REFUSALS, NativeRoute
from quintant.settings import Settings
from quintant.until import Until


def routes(runs: Runs, settings: Settings) -> APIRouter:
    router = APIRouter(prefix="/sweeps", tags=["sweeps"], route_class=NativeRoute, responses=REFUSALS)

    @router.post(
        "/{sweep_id}/runs",
        status_code=201,
        summary="Add replicates or values of its swept keys, or seeds until they are enough; what it has never runs again",
        response_description="What was added, queued.",
    )
    def post(sweep_id: str, body: shapes.ExtendBody, response: Response) -> shapes.Created:
        until = Until.read(body.until, body.max_seeds)
        sweep, made = runs.extend(sweep_id, seeds=body.seeds, axes=plain(body.sweep), until=until)
        created = shapes.Created(sweep=sweep_shape(sweep), runs=[row(run) for run in made])
        response.headers["Location"] = created.sweep.links["self"] if created.sweep else ""
        return created

    return router
