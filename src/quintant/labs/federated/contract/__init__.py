"""InteFL's HTTP and WebSocket contract, served unchanged: the wire dialect of the federated lab.

    simulation     id ↔ Run, display names; made, found, stopped, deleted      simulations  /api/simulations…
    status         the six status words, progress, times                       queue        /api/queue/status
    streams        …/stream, …/logs (SSE)                                      logline      a line of the log as an entry
    results        …/results/{path}: files of the run directory, sandboxed     plots        …/plot-data, …/all-plot-data
    snapshots      …/attack-snapshots                                          validation   /api/validate
    datasets       /api/datasets/validate                                      system       /api/system/devices
    terminal/      /api/terminal (WebSocket) and its one-time token            agent        /api/agent/chat
    facade         what is asked of the runs facade                            route        errors as {"detail": …}

What the run directory holds is rendered by `quintant.labs.federated.folder`. `GET /` and `/api/health` are shared with
other contracts and answered by the server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import APIRouter

TAG = "federated"


def router(runs: Any) -> APIRouter:
    """All routes of the contract, to be mounted at the root. `runs`: the facade, by the shape of `facade.Runs`."""
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

    found = Simulations(runs)
    routes = APIRouter(tags=[TAG])
    for part in (
        simulations.router(found),
        streams.router(found),
        results.router(found),
        plots.router(found),
        snapshots.router(found),
        validation.router(),
        queue.router(found),
        datasets.router(runs),
        system.router(),
        terminal.router(),
        agent.router(found),
    ):
        routes.include_router(part)
    return routes
