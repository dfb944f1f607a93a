"""FUSION's HTTP contract, served unchanged: the wire dialect of the optical lab.

    option, options   every FUSION key: type, default, bounds, meaning          health      /api/health, /api/version
    ini, template     INI text; the seven templates                             configs     /api/configs/…
    decode, translate template + overrides → FUSION's keys → OpticalConfig      networks    /api/topology, …/topology
    status, facade    words of the wire; what is asked of the runs facade       runs        /api/runs
    route, examples   errors as {"detail": …}; what OpenAPI shows               streams     …/logs, …/progress (SSE)
                                                                                artifacts   …/artifacts, preview
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import APIRouter

TAG = "optical"


def router(runs: Any) -> APIRouter:
    """All routes of the contract, to be mounted at the root. `runs`: the facade, by the shape of `facade.Runs`."""
    from fastapi import APIRouter

    from quintant.labs.optical.contract import artifacts, configs, health, networks, streams
    from quintant.labs.optical.contract import runs as runs_routes

    routes = APIRouter(tags=[TAG])
    for part in (health.router(runs), configs.router(), networks.router(runs), streams.router(runs), artifacts.router(runs),
                 runs_routes.router(runs)):
        routes.include_router(part)
    return routes
