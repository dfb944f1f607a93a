"""/api/version: which contract is served, and what really answers."""

from __future__ import annotations

import platform

from fastapi import APIRouter
from starlette.responses import Response

import quintant
from quintant.json_value import Json
from quintant.labs.optical.contract import examples
from quintant.labs.optical.contract.route import FusionRoute
from quintant.wire.refusal import answer

FUSION_VERSION = "6.1.0"
"""The release whose contract is served."""
API_VERSION = "1"


def version() -> dict[str, Json]:
    """`version` and `fusion_version` are the contract's release; `quintant_version` is what really answers."""
    return {
        "version": FUSION_VERSION,
        "api_version": API_VERSION,
        "python_version": platform.python_version(),
        "fusion_version": FUSION_VERSION,
        "quintant_version": quintant.__version__,
    }


def router() -> APIRouter:
    routes = APIRouter(route_class=FusionRoute)

    @routes.get(
        "/api/version",
        summary="Versions of the contract and of the service",
        responses=examples.answers({200: examples.VERSION}),
    )
    def get_version() -> Response:
        return answer(version())

    return routes
