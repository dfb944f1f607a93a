"""/api/validate: what a launch would say to the same body, by the same validator, without launching."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from quintant.errors import ConfigError
from quintant.labs.federated.contract import examples
from quintant.labs.federated.contract.route import Body, InteflRoute, answer, lines
from quintant.labs.federated.contract.simulation import read


def router() -> APIRouter:
    routes = APIRouter(prefix="/api/validate", route_class=InteflRoute)

    @routes.post(
        "",
        summary="Whether a configuration can be run",
        openapi_extra=examples.body(examples.FLAT, examples.STRUCTURED),
        responses=examples.answers({200: {"valid": True, "errors": None, "warnings": []}}, 422),
    )
    def validate(given: Body) -> Response:
        return answer(verdict(given))

    return routes


def verdict(given: dict[str, Any]) -> dict[str, Any]:
    try:
        reading, _ = read(given)
    except ConfigError as error:
        return {"valid": False, "errors": lines(error.problems), "warnings": []}
    return {"valid": True, "errors": None, "warnings": lines(reading.warnings)}
