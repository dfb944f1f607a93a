"""/api/queue/status: how many simulations are in which status."""

from __future__ import annotations

from collections import Counter

from fastapi import APIRouter
from starlette.responses import Response

from quintant.labs.federated.contract import examples
from quintant.labs.federated.contract.route import InteflRoute
from quintant.labs.federated.contract.simulation import Simulations
from quintant.labs.federated.contract.status import COUNTED
from quintant.wire.refusal import answer


def router(simulations: Simulations) -> APIRouter:
    routes = APIRouter(prefix="/api/queue", route_class=InteflRoute)

    @routes.get("/status", summary="Simulations by status", responses=examples.answers({200: examples.QUEUE}))
    def counts() -> Response:
        counts = Counter(simulations.word(simulation) for simulation in simulations.all())
        counted = {word: counts[word] for word in COUNTED}
        return answer({**counted, "total": counts.total(), "is_empty": counted["queued"] + counted["running"] == 0})

    return routes
