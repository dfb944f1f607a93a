"""GET /health: whether the server can work, for whoever watches its uptime."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from quintant.labs.chip.contract import examples
from quintant.labs.chip.contract.facade import LAB, Runs
from quintant.labs.chip.contract.refusal import ChipRoute, answer


def router(runs: Runs) -> APIRouter:
    routes = APIRouter(route_class=ChipRoute)

    @routes.get("/health", summary="Whether the server can work", **examples.of("health"))
    def health() -> Response:
        told = runs.health()
        well = told["database"] == "connected"
        counts = {"jobs_running": told["active"].get(LAB, 0), "jobs_queued": told["queued"].get(LAB, 0)}
        return answer({"status": "ok" if well else "error", "database": told["database"], **counts}, 200 if well else 503)

    return routes
