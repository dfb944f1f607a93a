"""FUSION's HTTP contract, served unchanged: the wire dialect of the optical lab.

    option, options     every FUSION key: type, default, bounds, meaning        version     /api/version
    ini, template       INI text; the seven templates                           configs     /api/configs/…
    decode, translate   template + overrides → FUSION's keys → OpticalConfig    networks    /api/topology, …/topology
    status, progress    a run and its progress in the wire's words              runs        /api/runs
    facade              what is asked of the runs facade                        streams     …/logs, …/progress (SSE)
    route, examples     errors as {"detail": …}; what OpenAPI shows             artifacts   …/artifacts, preview

`/api/health` is shared with another lab's contract and answered by the server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import APIRouter

TAG = "optical"


def router(runs: Any) -> APIRouter:
    """All routes of the contract, to be mounted at the root. `runs`: the facade, by the shape of `facade.Runs`."""
    from fastapi import APIRouter

    from quintant.labs.optical.contract import artifacts, configs, networks, streams, version
    from quintant.labs.optical.contract import runs as runs_routes

    routes = APIRouter(tags=[TAG])
    for part in (
        version.router(),
        configs.router(),
        networks.router(runs),
        streams.router(runs),
        artifacts.router(runs),
        runs_routes.router(runs),
    ):
        routes.include_router(part)
    return routes
