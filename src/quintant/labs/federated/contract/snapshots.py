"""…/attack-snapshots: what attackers changed, by strategy, participant and round, with the paths of its pictures."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from quintant.labs.federated.contract import examples
from quintant.labs.federated.contract.route import InteflRoute
from quintant.labs.federated.contract.simulation import Simulations
from quintant.labs.federated.folder import snapshots
from quintant.wire.refusal import answer


def router(simulations: Simulations) -> APIRouter:
    routes = APIRouter(prefix="/api/simulations/{simulation_id}", route_class=InteflRoute)

    @routes.get(
        "/attack-snapshots",
        summary="Snapshots of its attacks",
        responses=examples.answers({200: {"has_snapshots": False, "strategies": []}}, 400, 404),
    )
    def listed(simulation_id: str) -> Response:
        strategies = snapshots.listing(simulations.outcome(simulations.get(simulation_id).run))
        return answer({"has_snapshots": bool(strategies), "strategies": strategies})

    return routes
