"""FUSION's HTTP contract, served unchanged: the wire dialect of the optical lab.

    option, options     every FUSION key: type, default, bounds, meaning        version     /api/version
    ini, template       INI text; the seven templates                           configs     /api/configs/…
    decode, translate   template + overrides → FUSION's keys → OpticalConfig    networks    /api/topology, …/topology
    status, progress    a run and its progress in the wire's words              runs        /api/runs
    route, examples     errors as {"detail": …}; what OpenAPI shows             streams     …/logs, …/progress (SSE)
    artifacts, plots    …/artifacts, preview; pictures drawn when asked for      effect      given keys that change nothing
    original            what each key does in FUSION

`/api/health` is shared with another lab's contract: the server answers it with what `contract()` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from quintant.json_value import Json
from quintant.labs.optical.contract.name import LAB
from quintant.wire.contract import Contract, Health

if TYPE_CHECKING:
    from fastapi import APIRouter

    from quintant.wire.facade import Runs


def router(runs: Runs) -> APIRouter:
    """All routes of the contract, to be mounted at the root."""
    from fastapi import APIRouter

    from quintant.labs.optical.contract import artifacts, configs, networks, streams, version
    from quintant.labs.optical.contract import runs as runs_routes

    routes = APIRouter(tags=[LAB])
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


def contract() -> Contract:
    return Contract(
        router, health=Health(_health, _HEALTH), files="quintant.labs.optical.results:files", log_path="logs/sim.log"
    )


def _health(health: Mapping[str, Json]) -> Mapping[str, Json]:
    return {"database": health["database"], "active_runs": health["active"].get(LAB, 0)}


_HEALTH: Mapping[str, Json] = {
    "database": {"type": "string", "description": '"connected", or what went wrong.', "examples": ["connected"]},
    "active_runs": {"type": "integer", "description": "Optical runs at work.", "examples": [1]},
}
