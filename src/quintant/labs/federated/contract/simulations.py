"""/api/simulations: launch, list, look at, rename, stop, delete."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

from quintant.errors import ConfigError, Problem
from quintant.json_value import Json
from quintant.labs.federated import folder
from quintant.labs.federated.contract import examples
from quintant.labs.federated.contract.results import SHOWN
from quintant.labs.federated.contract.route import InteflRoute
from quintant.labs.federated.contract.simulation import ID, Simulation, Simulations
from quintant.wire.body import Body
from quintant.wire.refusal import answer
from quintant.wire.times import iso

HIDDEN = ("config.json", "dataset_")
MOST_DELETED = 10_000


def router(simulations: Simulations) -> APIRouter:
    routes = APIRouter(prefix="/api/simulations", route_class=InteflRoute)

    @routes.get("", summary="All simulations, the newest first", responses=examples.answers({200: examples.LIST}))
    def listed() -> Response:
        return answer([item(simulations, simulation) for simulation in simulations.all()])

    @routes.post(
        "",
        status_code=201,
        summary="Launch a simulation",
        openapi_extra=examples.body(examples.FLAT, examples.STRUCTURED),
        responses=examples.answers({201: examples.CREATED}, 422),
    )
    def launch(body: Body) -> Response:
        return answer({"simulation_id": simulations.create(body).id}, 201)

    @routes.delete(
        "",
        summary="Delete several simulations",
        openapi_extra=examples.body(examples.BULK),
        responses=examples.answers({200: examples.BULK_DELETED}, 422),
    )
    def delete_many(body: Body) -> Response:
        return answer(_delete_many(simulations, body.get("simulation_ids")))

    @routes.get("/{simulation_id}", summary="One simulation", responses=examples.answers({200: examples.DETAIL}, 400, 404))
    def detail(simulation_id: str) -> Response:
        simulation = simulations.get(simulation_id)
        files = [path for path in folder.entries(simulations.outcome(simulation.run)) if shown(path)]
        return answer(
            {
                "simulation_id": simulation.id,
                "display_name": simulation.display_name,
                "config": simulations.config(simulation),
                "result_files": sorted(files),
                **simulations.status(simulation),
            }
        )

    @routes.get(
        "/{simulation_id}/config", summary="Its config.json", responses=examples.answers({200: examples.STORED}, 400, 404)
    )
    def config(simulation_id: str) -> Response:
        return answer(simulations.config(simulations.get(simulation_id)))

    @routes.get("/{simulation_id}/status", summary="Its status", responses=examples.answers({200: examples.STATUS}, 400, 404))
    def state(simulation_id: str) -> Response:
        return answer(simulations.status(simulations.get(simulation_id)))

    @routes.post(
        "/{simulation_id}/stop", summary="Stop it", responses=examples.answers({200: examples.said("stopped")}, 400, 404)
    )
    def stop(simulation_id: str) -> Response:
        simulations.stop(simulation_id)
        return answer({"message": "stopped", "simulation_id": simulation_id})

    @routes.patch(
        "/{simulation_id}/rename",
        summary="Change its display name",
        openapi_extra=examples.body({"display_name": "My run"}),
        responses=examples.answers({200: {**examples.said("renamed"), "display_name": "My run"}}, 400, 404, 422),
    )
    def rename(simulation_id: str, body: Body) -> Response:
        simulations.get(simulation_id)
        if "display_name" not in body:
            raise ConfigError(Problem("display_name", "is required."))
        simulation = simulations.rename(simulation_id, body["display_name"])
        return answer({"message": "renamed", "simulation_id": simulation.id, "display_name": simulation.display_name})

    @routes.delete(
        "/{simulation_id}",
        summary="Delete it and all its files; stopped first when it is at work",
        responses=examples.answers({200: examples.said("deleted")}, 400, 404, 500),
    )
    def delete(simulation_id: str) -> Response:
        simulations.delete(simulation_id)
        return answer({"message": "deleted", "simulation_id": simulation_id})

    return routes


def item(simulations: Simulations, simulation: Simulation) -> dict[str, Json]:
    """A simulation as the list shows it, with what spares a page asking for each."""
    run = simulation.run
    strategies = run.config.get("strategies") or [{}]
    keywords = [own.get("aggregation_strategy_keyword", run.config["aggregation_strategy_keyword"]) for own in strategies]
    first = {**run.config, **strategies[0]}
    return {
        "simulation_id": simulation.id,
        "display_name": simulation.display_name,
        "strategy_name": ", ".join(dict.fromkeys(keywords)),
        "num_of_rounds": first["num_of_rounds"],
        "num_of_clients": first["num_of_clients"],
        "created_at": iso(run.created_at, 6),
        "status": simulations.word(simulation),
        "config": simulations.config(simulation),
    }


def shown(path: str) -> bool:
    """Whether a file is listed: of a type that is served, and neither the config nor a copied data set."""
    return path.endswith(SHOWN) and not path.startswith(HIDDEN)


def _delete_many(simulations: Simulations, ids: Json) -> dict[str, Json]:
    if not isinstance(ids, list) or not all(isinstance(id, str) for id in ids):
        raise ConfigError(Problem("simulation_ids", "must be a list of texts.", type(ids).__name__))
    if len(ids) > MOST_DELETED:
        raise ConfigError(Problem("simulation_ids", f"must have at most {MOST_DELETED} entries; got {len(ids)}."))
    deleted, failed = [], []
    for id in dict.fromkeys(ids):
        try:
            simulations.delete(id)
        except HTTPException as error:
            why = "Invalid simulation ID" if not ID.fullmatch(id) else error.detail.removesuffix(".")
            failed.append({"simulation_id": id[:200], "error": why})
        else:
            deleted.append(id)
    return {"deleted": deleted, "failed": failed}
