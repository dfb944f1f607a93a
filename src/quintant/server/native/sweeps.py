"""Sweeps: an ordered set of Runs from one request, and what they say together."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from quintant import registry
from quintant.runs import Runs, Sweep
from quintant.runs.run import iso
from quintant.runs.statistics import PointSummary
from quintant.server.native import shapes
from quintant.server.problems import NATIVE, REFUSALS, NativeRoute
from quintant.settings import Settings
from quintant.statistics import Estimate


def sweep_shape(sweep: Sweep) -> shapes.SweepShape:
    self = f"{NATIVE}/sweeps/{sweep.id}"
    return shapes.SweepShape(
        id=sweep.id,
        lab=sweep.lab,
        name=sweep.name,
        owner=sweep.owner,
        created_at=iso(sweep.created_at, micros=True) or "",
        root_seed=sweep.root_seed,
        seeds=sweep.seeds,
        axes={key: list(values) for key, values in sweep.axes.items()},
        links={
            "self": self,
            "runs": f"{NATIVE}/runs?sweep={sweep.id}",
            "summary": f"{self}/summary",
            "figures": f"{self}/figures",
        },
    )


def estimate(found: Estimate) -> shapes.EstimateShape:
    return shapes.EstimateShape(**{**vars(found), "values": list(found.values)})


def _point(found: PointSummary) -> shapes.PointShape:
    return shapes.PointShape(
        point=dict(found.point),
        runs=list(found.runs),
        states=dict(found.states),
        headline=estimate(found.headline),
        metrics={name: estimate(one) for name, one in found.metrics.items()},
        units=dict(found.units),
        missing=found.missing,
    )


def routes(runs: Runs, settings: Settings) -> APIRouter:
    router = APIRouter(prefix="/sweeps", tags=["sweeps"], route_class=NativeRoute, responses=REFUSALS)

    @router.get("", response_model=shapes.SweepPage, summary="List Sweeps, the newest first")
    def get_all(
        lab: str | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
        offset: Annotated[int, Query(ge=0, le=2**53)] = 0,
    ) -> Any:
        page = runs.sweeps(lab=lab, limit=limit, offset=offset)
        rows = [sweep_shape(sweep) for sweep in page.items]
        return shapes.SweepPage(sweeps=rows, total=page.total, limit=limit, offset=offset)

    @router.get("/{sweep_id}", response_model=shapes.SweepShape, summary="One Sweep")
    def get(sweep_id: str) -> Any:
        return sweep_shape(runs.get_sweep(sweep_id))

    @router.get(
        "/{sweep_id}/summary",
        response_model=shapes.SweepSummary,
        summary="Mean and 95 % interval of every metric at every point",
    )
    def summary(sweep_id: str) -> Any:
        sweep = runs.get_sweep(sweep_id)
        lab = registry.labs().get(sweep.lab) or registry.find(sweep.lab)
        points = [_point(point) for point in runs.summary(sweep_id)]
        return shapes.SweepSummary(sweep=sweep_shape(sweep), headline=lab.headline.metric, points=points)

    return router
