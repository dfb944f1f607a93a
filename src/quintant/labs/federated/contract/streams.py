"""Server-Sent Events of a simulation: status with the raw log, or the log as entries.

Each message carries its position as SSE `id` ("seq:offset" of events and log, or the log's offset alone), so that a
browser's EventSource, which reconnects by itself with `Last-Event-ID`, gets no line twice. After `done` that reconnection is
answered with 204, which tells EventSource to stop.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator

import orjson
from fastapi import APIRouter, Header
from sse_starlette import EventSourceResponse
from starlette.responses import Response

from quintant.errors import ConfigError, Gone, NotFound, Problem
from quintant.json_value import Json
from quintant.labs.federated.contract import examples, status
from quintant.labs.federated.contract.logline import entry
from quintant.labs.federated.contract.route import InteflRoute
from quintant.labs.federated.contract.simulation import Simulation, Simulations
from quintant.wire.facade import Runs
from quintant.wire.sse import message, stream

HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
HEARTBEAT = b": heartbeat\n\n"
ENDED = "end"
PIECE_BYTES = 1 << 18
LOOK_AGAIN_S = 0.05
POSITION = re.compile(r"(?:\d{1,18}:)?(\d{1,18})")


def router(simulations: Simulations) -> APIRouter:
    routes = APIRouter(prefix="/api/simulations/{simulation_id}", route_class=InteflRoute)

    @routes.get(
        "/stream",
        summary="Stream its status and raw log (SSE)",
        response_class=EventSourceResponse,
        responses=examples.stream(examples.STREAM, 400, 404, 410, 422),
    )
    async def both(
        simulation_id: str,
        last_event_id: str | None = Header(None, description="Sent by EventSource when it reconnects."),
    ) -> Response:
        simulation, offset = await _start(simulations, simulation_id, last_event_id)
        return Response(status_code=204) if offset is None else stream(_both(simulations, simulation, offset), HEADERS)

    @routes.get(
        "/logs",
        summary="Stream its log as entries (SSE)",
        response_class=EventSourceResponse,
        responses=examples.stream(examples.LOGS, 400, 404, 410, 422),
    )
    async def logs(
        simulation_id: str,
        last_event_id: str | None = Header(None, description="Sent by EventSource when it reconnects."),
    ) -> Response:
        simulation, offset = await _start(simulations, simulation_id, last_event_id)
        return Response(status_code=204) if offset is None else stream(_entries(simulations, simulation, offset), HEADERS)

    return routes


async def _start(simulations: Simulations, id: str, last: str | None) -> tuple[Simulation, int | None]:
    """The simulation, and the byte of its log to begin with; None when its reader has had everything."""
    simulation = await asyncio.to_thread(simulations.get, id)
    if last == ENDED:
        return simulation, None if status.is_final(simulation.run) else 0
    if not last:
        return simulation, 0
    position = POSITION.fullmatch(last)
    if position is None:
        raise ConfigError(Problem("Last-Event-ID", f"must be the id of an earlier message; got {last[:80]!r}.", last[:80]))
    offset = int(position[1])
    size = (await asyncio.to_thread(simulations.runs.log, simulation.run.id, 0, 1)).size
    if offset > size:
        raise Gone(f"Last-Event-ID: {last} is beyond the log, which has {size} bytes. Connect without it.")
    return simulation, offset


async def _both(simulations: Simulations, simulation: Simulation, offset: int) -> AsyncGenerator[bytes]:
    """`status` whenever it differs from the last one told, `output` whenever the log has grown, then `done`."""
    runs, sent, seq = simulations.runs, None, simulation.run.last_seq
    try:
        async with contextlib.aclosing(runs.follow(simulation.run.id, seq)) as events:
            while True:
                run = await asyncio.to_thread(runs.get, simulation.run.id)
                ended = status.is_final(run)
                here = await asyncio.to_thread(simulations.status, Simulation(simulation.id, run, simulation.display_name))
                if here != sent:
                    sent = here
                    yield message("status", _json(here), f"{seq}:{offset}")
                async for text, end in _appended(runs, run.id, offset):
                    offset = end
                    yield message("output", _json({"text": text}), f"{seq}:{offset}")
                if ended:
                    yield message("done", "", ENDED)
                    return
                async for logged in events:
                    if logged is None:
                        yield HEARTBEAT
                        continue
                    seq = logged.seq
                    break
                else:  # the last event was told; the Run is final within a moment
                    await asyncio.sleep(LOOK_AGAIN_S)
    except (NotFound, Gone):  # deleted while it was read: its files go before its row does
        yield message("done", "", ENDED)


async def _appended(runs: Runs, run_id: str, offset: int) -> AsyncGenerator[tuple[str, int]]:
    """What the log has from `offset` on, in pieces of whole lines (so no character is cut), each with where it ends."""
    while True:
        chunk = await asyncio.to_thread(runs.log, run_id, offset, PIECE_BYTES)
        if not chunk.data:
            return
        offset = chunk.end
        yield chunk.data.decode("utf-8", "replace"), offset


async def _entries(simulations: Simulations, simulation: Simulation, offset: int) -> AsyncGenerator[bytes]:
    """One `log` for each line that is not empty, then `done`; a run that never wrote a line has just the `done`."""
    runs, rest = simulations.runs, b""
    try:
        async with contextlib.aclosing(runs.follow_log(simulation.run.id, offset)) as chunks:
            async for chunk in chunks:
                if chunk is None:
                    yield HEARTBEAT
                    continue
                *lines, rest = (rest + chunk.data).split(b"\n")
                for line in lines:
                    offset += len(line) + 1
                    if text := _text(line):
                        yield message("log", _json(entry(text)), str(offset))
        if text := _text(rest):
            yield message("log", _json(entry(text)), str(offset + len(rest)))
    except (NotFound, Gone):
        pass
    yield message("done", "", ENDED)


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").strip()


def _json(body: dict[str, Json]) -> str:
    return orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS).decode()
