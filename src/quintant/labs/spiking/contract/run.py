"""/run: one Run of the lab, with the door waiting for it. A client that goes away cancels it and frees its worker."""

from __future__ import annotations

import asyncio
import time

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from quintant.errors import Busy, Conflict, EngineError, NotFound
from quintant.lab import Result
from quintant.labs.spiking.contract import examples, response
from quintant.labs.spiking.contract.body import read
from quintant.labs.spiking.contract.decode import Request as Asked
from quintant.labs.spiking.contract.decode import decode
from quintant.labs.spiking.contract.headers import BYTES, NOTICE, RUN_ID, SERIALIZE, TIMINGS
from quintant.labs.spiking.contract.name import LAB
from quintant.labs.spiking.contract.refusal import PinglabRoute
from quintant.labs.spiking.contract.reply import reply
from quintant.labs.spiking.contract.schema import RUN
from quintant.labs.spiking.preview import preview
from quintant.wire.facade import Run, Runs

QUEUED_S = 30.0
"""How long a request waits for a free slot before it is told to come back."""
KEPT_S = 86400.0
"""How long the Run of an answered request is kept, unless somebody keeps it for good."""
CLIENT_GONE = 499
"""For the access log: nobody reads it."""


def router(runs: Runs) -> APIRouter:
    routes = APIRouter(route_class=PinglabRoute)

    async def run(request: Request) -> Response:
        began = time.perf_counter()
        data = await request.body() if request.method == "POST" else b""
        decoded = await run_in_threadpool(lambda: decode(read(data)))
        made = await run_in_threadpool(submit, runs, decoded)
        try:
            ended = await attended(runs, made.id, request)
        except ClientDisconnect:
            return Response(status_code=CLIENT_GONE)
        return await run_in_threadpool(answer, runs, ended, decoded, request, began)

    routes.get("/run", summary="Run the default network", responses=examples.of_run())(run)
    routes.post("/run", summary="Run a network", openapi_extra=examples.body(examples.RUN), responses=examples.of_run())(run)
    return routes


def submit(runs: Runs, decoded: Asked) -> Run:
    return runs.submit(
        LAB,
        decoded.config,
        contract=LAB,
        lane="sync",
        expires_in_s=KEPT_S,
        warnings=decoded.warnings,
        own_keys=decoded.own_keys,
        request={
            "performance_mode": decoded.performance_mode,
            "max_spikes": decoded.max_spikes,
            "ignored": list(decoded.ignored),
        },
    )


async def attended(runs: Runs, run_id: str, request: Request) -> Run:
    """The Run once it has ended. ClientDisconnect when nobody waits any more; then it has been cancelled."""
    ended = asyncio.ensure_future(awaited(runs, run_id))
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({ended, gone}, return_when=asyncio.FIRST_COMPLETED)
        if ended.done():
            return await ended
        await run_in_threadpool(give_up, runs, run_id)
        raise ClientDisconnect
    except asyncio.CancelledError:  # the server is being closed
        give_up(runs, run_id)
        raise
    finally:
        ended.cancel()
        gone.cancel()


async def awaited(runs: Runs, run_id: str) -> Run:
    """The Run once it has ended, however long it works; Busy when no slot became free for it in time.

    No thread waits: a hundred requests in the queue take nothing from the rest of the server.
    """
    seen, until = -1, time.monotonic() + QUEUED_S
    while not (state := await run_in_threadpool(runs.state, run_id)).final:
        if str(state) == "queued" and time.monotonic() >= until:
            await run_in_threadpool(give_up, runs, run_id)
            raise Busy(f"No slot became free within {QUEUED_S:g} s; the request was not run. Try again later.")
        seen = await runs.notifier.changed(seen)
    return await run_in_threadpool(runs.get, run_id)


def give_up(runs: Runs, run_id: str) -> None:
    try:
        runs.cancel(run_id, wait_s=0)
    except (Conflict, NotFound):  # it has just ended
        return


def answer(runs: Runs, run: Run, decoded: Asked, request: Request, began: float) -> Response:
    """The response of a Run that has ended; what it ended with, when that was not a result."""
    if str(run.state) == "failed":
        raise EngineError(f"Run {run.id} failed: {run.reason}")
    needed = response.SHORT_TABLES if decoded.performance_mode else None
    result = runs.result(run.id, tables=needed) if str(run.state) == "completed" else None
    if result is None:
        raise Conflict(f"Run {run.id} was {run.state}: {run.reason or 'it has no result'}")
    building = time.perf_counter()
    took = response.timing(run.record)
    if decoded.performance_mode:
        payload = response.short(result, decoded.config, took, decoded.max_spikes)
    else:
        payload = response.full(result, decoded.config, took, decoded.max_spikes, preview(decoded.config))
    built = time.perf_counter()
    payload["response_build_ms"] = 1000 * (built - building)
    payload["server_compute_ms"] = 1000 * (built - began)
    headers = {header: f"{payload[field]:.3f}" for header, field in TIMINGS.items()} | _notice(result)

    def late_headers(serialize_ms: float, size: int) -> dict[str, str]:
        return {**headers, SERIALIZE: f"{serialize_ms:.3f}", BYTES: str(size), RUN_ID: run.id}

    return reply(payload, RUN, request, decoded, late_headers)


def _notice(result: Result) -> dict[str, str]:
    """ "no spikes: mean drive 0.023 is below rheobase 0.75 of E cells", where nothing fired."""
    why = result.metrics["rhythm_peak_hz"].reason if not result.tables["spikes"].num_rows else None
    return {NOTICE: why.encode("ascii", "replace").decode()} if why else {}


async def _gone(request: Request) -> None:
    """Return when the client has closed its connection. The body has been read, so nothing else can arrive."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
