"""/api/queue/status: how many simulations are in which status."""

from __future__ import annotations

from collections import Counter

from fastapi import APIRouter
from starlette.responses import Response

from quintant.labs.federated.contract import examples
from quintant.labs.federated.contract.route import InteflRoute, answer
from quintant.labs.federated.contract.simulation import Simulations
from quintant.labs.federated.contract.status import COUNTED


def router(found: Simulations) -> APIRouter:
    routes = APIRouter(prefix="/api/queue", route_class=InteflRoute)

    @routes.get("/status", summary="Simulations by status", responses=examples.answers({200: examples.QUEUE}))
    def counts() -> Response:
        told = Counter(found.word(one) for one in found.all())
        counted = {word: told[word] for word in COUNTED}
        return answer({**counted, "total": told.total(), "is_empty": counted["queued"] + counted["running"] == 0})

    return routes
