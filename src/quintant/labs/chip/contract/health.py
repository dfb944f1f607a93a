"""GET /health: whether the server can work, for whoever watches its uptime."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from quintant.labs.chip.contract import examples
from quintant.labs.chip.contract.name import LAB
from quintant.labs.chip.contract.refusal import ChipRoute
from quintant.wire.facade import Runs
from quintant.wire.refusal import answer


def router(runs: Runs) -> APIRouter:
    routes = APIRouter(route_class=ChipRoute)

    @routes.get("/health", summary="Whether the server can work", **examples.documented("health"))
    def health() -> Response:
        state = runs.health()
        well = state["database"] == "connected"
        counts = {"jobs_running": state["active"].get(LAB, 0), "jobs_queued": state["queued"].get(LAB, 0)}
        return answer({"status": "ok" if well else "error", "database": state["database"], **counts}, 200 if well else 503)

    return routes
