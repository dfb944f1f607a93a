"""Server-Sent Events of a run: its log from a byte offset, its progress from a cursor.

Each event carries its position as SSE `id`, so that a browser's EventSource, which reconnects by itself with
`Last-Event-ID`, loses nothing and gets nothing twice. After `end` that reconnection is answered with 204, which tells
EventSource to stop.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncGenerator

import orjson
from fastapi import APIRouter, Header, Query
from sse_starlette import EventSourceResponse
from starlette.responses import Response

from quintant.errors import ConfigError, Gone, NotFound, Problem
from quintant.json_value import Json
from quintant.labs.optical.contract import examples, status
from quintant.labs.optical.contract.progress import progress_line
from quintant.labs.optical.contract.route import FusionRoute
from quintant.labs.optical.contract.status import own
from quintant.wire.facade import Run, Runs
from quintant.wire.sse import message, stream

ENDED = "end"
CURSOR = re.compile(r"evt_(\d{5,18})")
LONGEST_OFFSET = 2**62
HEADERS = {"Cache-Control": "no-store"}


def router(runs: Runs) -> APIRouter:
    routes = APIRouter(prefix="/api/runs/{run_id}", route_class=FusionRoute)

    @routes.get(
        "/logs",
        summary="Stream the log (SSE)",
        response_class=EventSourceResponse,
        responses=examples.stream(examples.LOG_STREAM, 400, 404, 410),
    )
    async def logs(
        run_id: str,
        from_start: bool = Query(True, description="Include what is in the log already."),
        offset: int | None = Query(None, ge=0, le=LONGEST_OFFSET, description="Byte offset to resume from."),
        last_event_id: str | None = Header(None, description="Sent by EventSource when it reconnects; wins over `offset`."),
    ) -> Response:
        run = await asyncio.to_thread(own, runs, run_id)
        if last_event_id == ENDED and status.is_final(run):
            return Response(status_code=204)
        if last_event_id and last_event_id != ENDED:
            offset = _offset(last_event_id)
        start = await asyncio.to_thread(_log_start, runs, run_id, offset, from_start)
        return stream(_lines(runs, run_id, start), HEADERS)

    @routes.get(
        "/progress",
        summary="Stream the progress (SSE)",
        response_class=EventSourceResponse,
        responses=examples.stream(examples.PROGRESS_STREAM, 400, 404, 410),
    )
    async def progress(
        run_id: str,
        from_start: bool = Query(True, description="Include the progress made already."),
        cursor: str | None = Query(None, description="Resume after this event."),
        last_event_id: str | None = Header(None, description="Sent by EventSource when it reconnects; wins over `cursor`."),
    ) -> Response:
        run = await asyncio.to_thread(own, runs, run_id)
        if last_event_id == ENDED and status.is_final(run):
            return Response(status_code=204)
        if last_event_id and last_event_id != ENDED:
            cursor = last_event_id
        after = _after(run, cursor, from_start)
        return stream(_events(runs, run_id, after), HEADERS)

    return routes


def cursor_of(seq: int) -> str:
    return f"evt_{seq:05d}"


class _Beat:
    """Says when a heartbeat is due, however busy the stream is."""

    def __init__(self, every_s: float) -> None:
        self._every_s, self._last = every_s, time.monotonic()

    def due(self) -> bool:
        if time.monotonic() - self._last < self._every_s:
            return False
        self._last = time.monotonic()
        return True

    def now(self) -> None:
        self._last = time.monotonic()


async def _lines(runs: Runs, run_id: str, start: int) -> AsyncGenerator[bytes]:
    """Log lines, one event each; `sent` counts the bytes of whole lines that the client has, newline included."""
    sent, rest = start, b""
    every_s = runs.settings.heartbeat_s
    beat = _Beat(every_s)
    try:
        async with contextlib.aclosing(runs.follow_log(run_id, start, every_s)) as chunks:
            async for chunk in chunks:
                if chunk is None:
                    beat.now()
                    yield message("heartbeat", _json({"offset": sent}), str(sent))
                    continue
                *lines, rest = (rest + chunk.data).split(b"\n")
                for text in lines:
                    sent += len(text) + 1
                    yield message("log", _text(text), str(sent))
                    if beat.due():
                        yield message("heartbeat", _json({"offset": sent}), str(sent))
        if rest:
            sent += len(rest)
            yield message("log", _text(rest), str(sent))
        yield await _end(runs, run_id)
    except NotFound as error:  # deleted while it was read
        yield message("error", error.detail)


async def _events(runs: Runs, run_id: str, after: int) -> AsyncGenerator[bytes]:
    seq = after
    every_s = runs.settings.heartbeat_s
    beat = _Beat(every_s)
    try:
        async with contextlib.aclosing(runs.follow(run_id, after, every_s)) as events:
            async for event in events:
                if event is None:
                    beat.now()
                    yield message("heartbeat", _json({"cursor": cursor_of(seq)}), cursor_of(seq))
                    continue
                seq = event.seq
                seconds = await _seconds(runs, run_id) if event.kind == "state" else None
                payload = progress_line(event.kind, event.payload, event.at, seconds)
                if payload is not None:
                    yield message("progress", _json({**payload, "cursor": cursor_of(seq)}), cursor_of(seq))
                if beat.due():
                    yield message("heartbeat", _json({"cursor": cursor_of(seq)}), cursor_of(seq))
        yield await _end(runs, run_id)
    except NotFound as error:
        yield message("error", error.detail)


async def _end(runs: Runs, run_id: str) -> bytes:
    run = await asyncio.to_thread(runs.get, run_id)
    return message("end", status.word(run), ENDED)


async def _seconds(runs: Runs, run_id: str) -> float | None:
    run = await asyncio.to_thread(runs.get, run_id)
    if run.started_at is None or run.ended_at is None:
        return None
    return round(run.ended_at - run.started_at, 3)


def _log_start(runs: Runs, run_id: str, offset: int | None, from_start: bool) -> int:
    """The byte to begin with; Gone when the log does not reach as far."""
    if offset is None:
        return 0 if from_start else runs.log(run_id, 0, 1).size
    size = runs.log(run_id, 0, 1).size
    if offset > size:
        raise Gone(f"offset: {offset} is beyond the log, which has {size} bytes. Reconnect with from_start=true.")
    return offset


def _offset(text: str) -> int:
    if not re.fullmatch(r"\d{1,18}", text):
        raise ConfigError(Problem("Last-Event-ID", f"must be a byte offset; got {text[:80]!r}.", text[:80]))
    return int(text)


def _after(run: Run, cursor: str | None, from_start: bool) -> int:
    """The event to begin after."""
    if cursor is None:
        return 0 if from_start else run.last_seq
    match = CURSOR.fullmatch(cursor)
    if not match:
        raise ConfigError(
            Problem("cursor", f"must be a cursor from an earlier event, such as evt_00045; got {cursor[:80]!r}.", cursor[:80])
        )
    seq = int(match[1])
    if seq > run.last_seq:
        raise Gone(f"cursor: {cursor} is beyond the last event, {cursor_of(run.last_seq)}. Reconnect with from_start=true.")
    return seq


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r")


def _json(body: dict[str, Json]) -> str:
    return orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS).decode()
