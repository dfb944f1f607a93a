"""/api/simulations: launch, list, look at, rename, stop, delete."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

from quintant.errors import ConfigError, Problem
from quintant.labs.federated import folder
from quintant.labs.federated.contract import examples, status
from quintant.labs.federated.contract.results import SHOWN
from quintant.labs.federated.contract.route import Body, InteflRoute, answer
from quintant.labs.federated.contract.simulation import ID, Simulation, Simulations

HIDDEN = ("config.json", "dataset_")
MOST_DELETED = 10_000


def router(found: Simulations) -> APIRouter:
    routes = APIRouter(prefix="/api/simulations", route_class=InteflRoute)

    @routes.get("", summary="All simulations, the newest first", responses=examples.answers({200: examples.LIST}))
    def listed() -> Response:
        return answer([item(found, one) for one in found.all()])

    @routes.post(
        "",
        status_code=201,
        summary="Launch a simulation",
        openapi_extra=examples.body(examples.FLAT, examples.STRUCTURED),
        responses=examples.answers({201: examples.CREATED}, 422),
    )
    def launch(given: Body) -> Response:
        return answer({"simulation_id": found.create(given).id}, 201)

    @routes.delete(
        "",
        summary="Delete several simulations",
        openapi_extra=examples.body(examples.BULK),
        responses=examples.answers({200: examples.BULK_DELETED}, 422),
    )
    def delete_many(given: Body) -> Response:
        return answer(_delete_many(found, given.get("simulation_ids")))

    @routes.get("/{simulation_id}", summary="One simulation", responses=examples.answers({200: examples.DETAIL}, 400, 404))
    def detail(simulation_id: str) -> Response:
        one = found.get(simulation_id)
        files = [path for path in folder.entries(found.outcome(one.run)) if shown(path)]
        return answer(
            {
                "simulation_id": one.id,
                "display_name": one.display_name,
                "config": found.config(one),
                "result_files": sorted(files),
                **found.status(one),
            }
        )

    @routes.get(
        "/{simulation_id}/config", summary="Its config.json", responses=examples.answers({200: examples.STORED}, 400, 404)
    )
    def config(simulation_id: str) -> Response:
        return answer(found.config(found.get(simulation_id)))

    @routes.get("/{simulation_id}/status", summary="Its status", responses=examples.answers({200: examples.STATUS}, 400, 404))
    def state(simulation_id: str) -> Response:
        return answer(found.status(found.get(simulation_id)))

    @routes.post(
        "/{simulation_id}/stop", summary="Stop it", responses=examples.answers({200: examples.said("stopped")}, 400, 404)
    )
    def stop(simulation_id: str) -> Response:
        found.stop(simulation_id)
        return answer({"message": "stopped", "simulation_id": simulation_id})

    @routes.patch(
        "/{simulation_id}/rename",
        summary="Change its display name",
        openapi_extra=examples.body({"display_name": "My run"}),
        responses=examples.answers({200: {**examples.said("renamed"), "display_name": "My run"}}, 400, 404, 422),
    )
    def rename(simulation_id: str, given: Body) -> Response:
        found.get(simulation_id)
        if "display_name" not in given:
            raise ConfigError(Problem("display_name", "is required."))
        one = found.rename(simulation_id, given["display_name"])
        return answer({"message": "renamed", "simulation_id": one.id, "display_name": one.display_name})

    @routes.delete(
        "/{simulation_id}",
        summary="Delete it and all its files; stopped first when it is at work",
        responses=examples.answers({200: examples.said("deleted")}, 400, 404, 500),
    )
    def delete(simulation_id: str) -> Response:
        found.delete(simulation_id)
        return answer({"message": "deleted", "simulation_id": simulation_id})

    return routes


def item(found: Simulations, one: Simulation) -> dict[str, Any]:
    """A simulation as the list shows it, with what spares a page asking for each."""
    run = one.run
    strategies = run.config.get("strategies") or [{}]
    keywords = [own.get("aggregation_strategy_keyword", run.config["aggregation_strategy_keyword"]) for own in strategies]
    first = {**run.config, **strategies[0]}
    return {
        "simulation_id": one.id,
        "display_name": one.display_name,
        "strategy_name": ", ".join(dict.fromkeys(keywords)),
        "num_of_rounds": first["num_of_rounds"],
        "num_of_clients": first["num_of_clients"],
        "created_at": status.iso(run.created_at),
        "status": found.word(one),
        "config": found.config(one),
    }


def shown(path: str) -> bool:
    """Whether a file is listed: of a type that is served, and neither the config nor a copied data set."""
    return path.endswith(SHOWN) and not path.startswith(HIDDEN)


def _delete_many(found: Simulations, ids: Any) -> dict[str, Any]:
    if not isinstance(ids, list) or not all(isinstance(id, str) for id in ids):
        raise ConfigError(Problem("simulation_ids", "must be a list of texts.", type(ids).__name__))
    if len(ids) > MOST_DELETED:
        raise ConfigError(Problem("simulation_ids", f"must have at most {MOST_DELETED} entries; got {len(ids)}."))
    deleted, failed = [], []
    for id in dict.fromkeys(ids):
        try:
            found.delete(id)
        except HTTPException as error:
            why = "Invalid simulation ID" if not ID.fullmatch(id) else error.detail.removesuffix(".")
            failed.append({"simulation_id": id[:200], "error": why})
        else:
            deleted.append(id)
    return {"deleted": deleted, "failed": failed}
