"""Pinglab's HTTP contract, served unchanged: the wire dialect of the spiking lab.

keys, coercion      every override key and its native one; the wire's lax types         run      /run
body, decode        JSON, strictly; overrides over defaults → SpikingConfig              weights  /weights
schema, response    every response field and its type; a Result in the wire's words      facade   what is asked of runs
rendering, reply    JSON or Arrow, gzip, headers      refusal, examples     422 with a path; what OpenAPI shows
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import APIRouter

TAG = "spiking"
PATHS = ("/run", "/weights")


def router(runs: Any) -> APIRouter:
    """All routes of the contract, to be mounted at the root. `runs`: the facade, by the shape of `facade.Runs`."""
    from fastapi import APIRouter

    from quintant.labs.spiking.contract import reply, run, weights

    routes = APIRouter(tags=[TAG])
    routes.include_router(run.router(runs))
    routes.include_router(weights.router())
    routes.open_cors = PATHS  # type: ignore[attr-defined]
    routes.exposed_headers = (*run.HEADERS, run.RUN_ID, run.NOTICE, reply.IGNORED)  # type: ignore[attr-defined]
    return routes
