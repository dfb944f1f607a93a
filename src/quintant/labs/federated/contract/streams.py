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
from typing import Any

import orjson
from fastapi import APIRouter, Header
from sse_starlette import EventSourceResponse
from starlette.responses import Response

from quintant.contract import message, stream
from quintant.errors import ConfigError, Gone, NotFound, Problem
from quintant.labs.federated.contract import examples, status
from quintant.labs.federated.contract.facade import Runs
from quintant.labs.federated.contract.logline import entry
from quintant.labs.federated.contract.route import InteflRoute
from quintant.labs.federated.contract.simulation import Simulation, Simulations

HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
HEARTBEAT = b": heartbeat\n\n"
ENDED = "end"
PIECE_BYTES = 1 << 18
LOOK_AGAIN_S = 0.05
POSITION = re.compile(r"(?:\d{1,18}:)?(\d{1,18})")


def router(found: Simulations) -> APIRouter:
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
        one, offset = await _start(found, simulation_id, last_event_id)
        return Response(status_code=204) if offset is None else stream(_both(found, one, offset), HEADERS)

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
        one, offset = await _start(found, simulation_id, last_event_id)
        return Response(status_code=204) if offset is None else stream(_entries(found, one, offset), HEADERS)

    return routes


async def _start(found: Simulations, id: str, last: str | None) -> tuple[Simulation, int | None]:
    """The simulation, and the byte of its log to begin with; None when its reader has had everything."""
    one = await asyncio.to_thread(found.get, id)
    if last == ENDED:
        return one, None if status.is_final(one.run) else 0
    if not last:
        return one, 0
    told = POSITION.fullmatch(last)
    if told is None:
        raise ConfigError(Problem("Last-Event-ID", f"must be the id of an earlier message; got {last[:80]!r}.", last[:80]))
    offset = int(told[1])
    size = (await asyncio.to_thread(found.runs.log, one.run.id, 0, 1)).size
    if offset > size:
        raise Gone(f"Last-Event-ID: {last} is beyond the log, which has {size} bytes. Connect without it.")
    return one, offset


async def _both(found: Simulations, one: Simulation, offset: int) -> AsyncGenerator[bytes]:
    """`status` whenever it differs from the last one told, `output` whenever the log has grown, then `done`."""
    runs, told, seq = found.runs, None, one.run.last_seq
    try:
        async with contextlib.aclosing(runs.follow(one.run.id, seq)) as events:
            while True:
                run = await asyncio.to_thread(runs.get, one.run.id)
                ended = status.is_final(run)
                here = await asyncio.to_thread(found.status, Simulation(one.id, run, one.display_name))
                if here != told:
                    told = here
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
    except NotFound:  # deleted while it was read
        yield message("done", "", ENDED)


async def _appended(runs: Runs, run_id: str, offset: int) -> AsyncGenerator[tuple[str, int]]:
    """What the log has from `offset` on, in pieces of whole lines (so no character is cut), each with where it ends."""
    while True:
        chunk = await asyncio.to_thread(runs.log, run_id, offset, PIECE_BYTES)
        if not chunk.data:
            return
        offset = chunk.end
        yield chunk.data.decode("utf-8", "replace"), offset


async def _entries(found: Simulations, one: Simulation, offset: int) -> AsyncGenerator[bytes]:
    """One `log` for each line that is not empty, then `done`; a run that never wrote a line has just the `done`."""
    runs, rest = found.runs, b""
    try:
        async with contextlib.aclosing(runs.follow_log(one.run.id, offset)) as chunks:
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
    except NotFound:
        pass
    yield message("done", "", ENDED)


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").strip()


def _json(body: dict[str, Any]) -> str:
    return orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS).decode()
