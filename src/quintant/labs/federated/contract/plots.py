"""plot-data of the first strategy and of all: from the first round on, while the run goes on."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

from quintant.labs.federated.contract import examples
from quintant.labs.federated.contract.route import InteflRoute
from quintant.labs.federated.contract.simulation import Simulations
from quintant.labs.federated.folder import plotdata
from quintant.labs.federated.folder.history import histories
from quintant.wire.refusal import answer


def router(simulations: Simulations) -> APIRouter:
    routes = APIRouter(prefix="/api/simulations/{simulation_id}", route_class=InteflRoute)

    @routes.get(
        "/plot-data",
        summary="What is plotted of its first strategy",
        responses=examples.answers({200: examples.PLOT}, 400, 404),
    )
    def first(simulation_id: str) -> Response:
        measured = histories(simulations.outcome(simulations.get(simulation_id).run))
        if not measured:
            raise HTTPException(404, "Plot data not available yet: no round has ended.")
        return answer(plotdata.plot_data(measured[0]))

    @routes.get(
        "/all-plot-data",
        summary="What is plotted of every strategy",
        responses=examples.answers({200: {"strategies": [{"strategy_number": 0, "data": examples.PLOT}]}}, 400, 404),
    )
    def every(simulation_id: str) -> Response:
        measured = histories(simulations.outcome(simulations.get(simulation_id).run))
        strategies = [{"strategy_number": history.number, "data": plotdata.plot_data(history)} for history in measured]
        return answer({"strategies": strategies})

    return routes
