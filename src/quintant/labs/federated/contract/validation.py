"""/api/validate: what a launch would say to the same body, by the same validator, without launching."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from quintant.errors import ConfigError
from quintant.json_value import Json
from quintant.labs.federated.contract import examples
from quintant.labs.federated.contract.route import InteflRoute, lines
from quintant.labs.federated.contract.simulation import read
from quintant.wire.body import Body
from quintant.wire.refusal import answer


def router() -> APIRouter:
    routes = APIRouter(prefix="/api/validate", route_class=InteflRoute)

    @routes.post(
        "",
        summary="Whether a configuration can be run",
        openapi_extra=examples.body(examples.FLAT, examples.STRUCTURED),
        responses=examples.answers({200: {"valid": True, "errors": None, "warnings": []}}, 422),
    )
    def validate(body: Body) -> Response:
        return answer(verdict(body))

    return routes


def verdict(body: dict[str, Json]) -> dict[str, Json]:
    try:
        reading, _ = read(body)
    except ConfigError as error:
        return {"valid": False, "errors": lines(error.problems), "warnings": []}
    return {"valid": True, "errors": None, "warnings": lines(reading.warnings)}
