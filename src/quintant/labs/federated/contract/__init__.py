"""InteFL's HTTP and WebSocket contract, served unchanged: the wire dialect of the federated lab.

    simulation     id ↔ Run, display names; made, found, stopped, deleted      simulations  /api/simulations…
    status         the six status words, progress, times                       queue        /api/queue/status
    streams        …/stream, …/logs (SSE)                                      logline      a line of the log as an entry
    results        …/results/{path}: files of the run directory, sandboxed     plots        …/plot-data, …/all-plot-data
    snapshots      …/attack-snapshots                                          validation   /api/validate
    datasets       /api/datasets/validate                                      system       /api/system/devices
    terminal/      /api/terminal (WebSocket) and its one-time token            agent        /api/agent/chat
    route          errors as {"detail": …}

What the run directory holds is rendered by `quintant.labs.federated.folder`. `GET /` and `/api/health` are shared with
other contracts: the server answers them with what `contract()` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from quintant.json_value import Json
from quintant.labs.federated.contract.name import LAB
from quintant.wire.contract import Contract, Health

if TYPE_CHECKING:
    from fastapi import APIRouter

    from quintant.wire.facade import Runs

GREETING = "Federated Learning Simulation Framework API"


def router(runs: Runs) -> APIRouter:
    """All routes of the contract, to be mounted at the root."""
    from fastapi import APIRouter

    from quintant.labs.federated.contract import (
        agent,
        datasets,
        plots,
        queue,
        results,
        simulations,
        snapshots,
        streams,
        system,
        terminal,
        validation,
    )
    from quintant.labs.federated.contract.simulation import Simulations

    known = Simulations(runs)
    routes = APIRouter(tags=[LAB])
    for part in (
        simulations.router(known),
        streams.router(known),
        results.router(known),
        plots.router(known),
        snapshots.router(known),
        validation.router(),
        queue.router(known),
        datasets.router(runs),
        system.router(),
        terminal.router(),
        agent.router(known),
    ):
        routes.include_router(part)
    return routes


def contract() -> Contract:
    return Contract(
        router,
        root={"message": GREETING},
        health=Health(_health, _HEALTH),
        token_sockets=("/api/terminal",),
        files="quintant.labs.federated.folder:files",
        log_path="output.log",
    )


def _health(health: Mapping[str, Json]) -> Mapping[str, Json]:
    """How Runs are executed, told truly: by processes of this machine, without Redis and Celery. Their absence leaves
    `status` alone, where the original would say "degraded": see docs/contracts/federated.md."""
    return {"redis": "disconnected", "celery_workers": 0, "execution_mode": "subprocess"}


_HEALTH: Mapping[str, Json] = {
    "redis": {"type": "string", "description": "Not needed here, so never connected.", "examples": ["disconnected"]},
    "celery_workers": {"type": "integer", "description": "Not needed here, so none.", "examples": [0]},
    "execution_mode": {
        "type": "string", "description": "How runs are executed: by processes of this machine.", "examples": ["subprocess"],
    },
}  # fmt: skip
