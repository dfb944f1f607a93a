"""Health and version: what the contract wants to know of the service."""

from __future__ import annotations

import platform
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

import quintant
from quintant.labs.optical.contract.facade import LAB, Runs
from quintant.labs.optical.contract.route import ContractRoute, answer

FUSION_VERSION = "6.1.0"
"""The release whose contract is served."""
API_VERSION = "1"


def health(runs: Runs) -> dict[str, Any]:
    """`active_runs` counts this lab's live Runs. The server's own answer adds what its other contracts tell."""
    found = runs.health()
    return {
        "status": "healthy" if found["database"] == "connected" else "unhealthy",
        "database": found["database"],
        "active_runs": found["active"].get(LAB, 0),
    }


def version() -> dict[str, Any]:
    """`version` and `fusion_version` are the contract's release; `quintant_version` is what really answers."""
    return {
        "version": FUSION_VERSION,
        "api_version": API_VERSION,
        "python_version": platform.python_version(),
        "fusion_version": FUSION_VERSION,
        "quintant_version": quintant.__version__,
    }


def router(runs: Runs) -> APIRouter:
    routes = APIRouter(route_class=ContractRoute)

    @routes.get("/api/health", summary="Health of the service", name="optical_health")
    def get_health() -> Response:
        return answer(health(runs))

    @routes.get("/api/version", summary="Versions of the contract and of the service")
    def get_version() -> Response:
        return answer(version())

    return routes
