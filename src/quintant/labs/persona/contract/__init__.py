"""The Personality Drift contract, served unchanged: the wire dialect of the persona lab.

    simulation   /api/v1/simulation/…: start, stop, pause, resume, status, results, configs
    data         /api/v1/data/…: assessments, events, mechanistic, with paging      export   /api/v1/data/export
    socket       /api/v1/ws/simulation        health   /api/v1/health, /status
    current      the pointer to "the current simulation"         records   rows of Runs as the wire shows them
    route        the error body with its four keys; rate limits (limits)            body     the start request
    examples     what the OpenAPI page shows
    words        states of the wire

Natively Runs are addressable and concurrent; only this dialect knows a current one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from quintant.labs.persona.contract.name import LAB
from quintant.wire.contract import Contract

if TYPE_CHECKING:
    from fastapi import APIRouter

    from quintant.wire.facade import Runs

PREFIX = "/api/v1"
PAGING_HEADERS = ("X-Total-Count", "X-Page-Count", "X-Current-Page", "X-Page-Size")
LIMIT_HEADERS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Retry-After")


def router(runs: Runs) -> APIRouter:
    """All routes of the contract, to be mounted at the root."""
    from fastapi import APIRouter

    from quintant.labs.persona.contract import data, export, health, simulation, socket
    from quintant.labs.persona.contract.current import Current
    from quintant.labs.persona.contract.limits import Limits
    from quintant.labs.persona.contract.records import Records
    from quintant.labs.persona.contract.route import limited, nowhere

    limits, current, records = Limits(runs.settings.rate_limits == "on"), Current(runs), Records(runs)
    kind = limited(limits)
    routes = APIRouter(prefix=PREFIX, tags=[LAB], route_class=kind)
    parts = (
        health.router(runs, current, kind),
        simulation.router(runs, current, records, kind),
        export.router(records, limits, kind),
        data.router(records, kind),
    )
    for part in parts:
        routes.include_router(part)
    socket.add(routes, runs, current, limits)
    nowhere(routes, parts)
    return routes


def contract() -> Contract:
    return Contract(
        router,
        exposed_headers=(*PAGING_HEADERS, *LIMIT_HEADERS, "Content-Disposition"),
        files="quintant.labs.persona.files:files",
    )
