"""Events: a Run's log of facts as pages, as SSE, as WebSocket; several Runs in one stream."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, WebSocket
from sse_starlette import EventSourceResponse
from starlette.requests import Request
from starlette.responses import Response

from quintant.errors import ConfigError, Gone, Problem, QuintantError
from quintant.runs import Run, Runs
from quintant.server import problems, streams
from quintant.server.native import shapes
from quintant.server.problems import REFUSALS, NativeRoute
from quintant.settings import Settings
from quintant.wire.sse import stream

After = Annotated[int, Query(ge=0, le=2**53, description="Cursor: the seq of the last event that was read.")]
LastEventId = Annotated[
    str | None, Header(description="The same cursor, as browsers send it when they reconnect; it wins over `after`.")
]

SSE_EXAMPLE = (
    'id: 44\ndata: {"run":"7f3a9c0d1e2b","seq":44,"at":"2026-11-22T10:00:04.900000Z","kind":"progress",'
    '"payload":{"fraction":1.0}}\n\n'
    'id: 45\ndata: {"run":"7f3a9c0d1e2b","seq":45,"at":"2026-11-22T10:00:04.980000Z","kind":"state",'
    '"payload":{"from":"running","to":"completed","verb":"finish","reason":null}}\n\n'
    'event: end\ndata: {"run":"7f3a9c0d1e2b","seq":45,"state":"completed","reason":null}\n\n'
)
SSE: dict[str, Any] = {"schema": {"type": "string"}, "example": SSE_EXAMPLE}


def checked(run: Run, after: int) -> int:
    """The cursor, or Gone when this Run never had such an event."""
    if after > run.last_seq:
        raise Gone(f"Run {run.id} has no event {after}; its newest is {run.last_seq}. Read it again from 0.")
    return after


def routes(runs: Runs, settings: Settings) -> APIRouter:
    router = APIRouter(tags=["events"], route_class=NativeRoute, responses=REFUSALS)

    def page(run: Run, after: int, limit: int, kinds: list[str] | None) -> shapes.EventPage:
        events = runs.events(run.id, after, limit, kinds)
        newest = events[-1].seq if events else after
        reached = newest if len(events) == limit else max(newest, run.last_seq)  # a page that is not full has seen all
        return shapes.EventPage(
            events=[shapes.EventShape(**streams.event(event)) for event in events],
            next=reached,
            last_seq=run.last_seq,
            state=run.state,
            end=run.state.final and reached >= run.last_seq,
        )

    @router.get(
        "/runs/{run_id}/events",
        response_model=shapes.EventPage,
        summary="A Run's events after a cursor: a page, or a live stream (Accept: text/event-stream)",
        responses={200: {"content": {streams.MEDIA_TYPE: SSE}}},
    )
    async def events(
        request: Request,
        run_id: str,
        after: After = 0,
        limit: Annotated[int, Query(ge=1, le=10_000, description="Pages only.")] = 1000,
        kinds: Annotated[str | None, Query(description="Pages only: these kinds, comma-separated.")] = None,
        last_event_id: LastEventId = None,
    ) -> shapes.EventPage | Response:
        run = await asyncio.to_thread(runs.get, run_id)
        if streams.wants_stream(request.headers.get("accept")):
            if kinds is not None or "limit" in request.query_params:
                raise ConfigError(Problem("kinds" if kinds else "limit", "is for pages; a stream tells everything."))
            start = checked(run, streams.cursor(after, last_event_id))
            return stream(streams.sse_of_run(runs, run_id, start, settings.heartbeat_s))
        wanted = [kind.strip() for kind in kinds.split(",") if kind.strip()] if kinds is not None else None
        return await asyncio.to_thread(page, run, checked(run, after), limit, wanted)

    @router.get(
        "/events",
        summary="Several Runs, or with scope=all what happens to every one, in one live stream (SSE)",
        response_class=EventSourceResponse,
        responses={200: {"content": {streams.MEDIA_TYPE: SSE}}},
    )
    async def multiplexed(
        ids: Annotated[str, Query(alias="runs", description=f"Ids, comma-separated, at most {streams.MOST_RUNS}.")] = "",
        scope: Annotated[Literal["runs", "all"], Query(description="all: every Run, and no ids.")] = "runs",
        after: Annotated[str, Query(description="Cursors as run:seq, comma-separated; with scope=all a row page's.")] = "",
        last_event_id: LastEventId = None,
    ) -> Response:
        if scope == "all":
            return await everything(ids, after, last_event_id)
        run_ids = list(dict.fromkeys(part.strip() for part in ids.split(",") if part.strip()))
        if not 1 <= len(run_ids) <= streams.MOST_RUNS:
            raise ConfigError(Problem("runs", f"must name 1 to {streams.MOST_RUNS} runs; got {len(run_ids)}.", ids))
        where, cursor = ("after", after) if last_event_id is None else ("Last-Event-ID", last_event_id)
        cursors = streams.read_cursors(cursor, run_ids, where)
        for run_id in run_ids:
            checked(await asyncio.to_thread(runs.get, run_id), cursors[run_id])
        return stream(streams.sse_of_runs(runs, cursors, settings.heartbeat_s))

    async def everything(ids: str, after: str, last_event_id: str | None) -> Response:
        where, cursor = ("after", after) if last_event_id is None else ("Last-Event-ID", last_event_id)
        if ids:
            raise ConfigError(Problem("runs", "has no meaning with scope=all.", ids[:200]))
        if cursor and not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 16):
            raise ConfigError(Problem(where, "must be a cursor of the stream of all runs.", cursor[:40]))
        start = int(cursor) if cursor else await asyncio.to_thread(runs.feed_cursor)
        await asyncio.to_thread(runs.feed, start, 1)  # Gone before the stream begins
        return stream(streams.sse_of_all(runs, start, settings.heartbeat_s))

    @router.websocket("/runs/{run_id}/events/ws")
    async def socket(socket: WebSocket, run_id: str) -> None:
        """The same stream as text frames; `?after=` is the cursor."""
        try:
            cursor = socket.query_params.get("after", "0")
            problems.refuse_unknown(socket.query_params.keys(), ["after"])
            if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 16):
                raise ConfigError(Problem("after", "must be the seq of an event.", cursor))
            run = await asyncio.to_thread(runs.get, run_id)
            after = checked(run, int(cursor))
        except QuintantError as error:
            await socket.send_denial_response(problems.problem_answer(error))
            return
        await streams.websocket_of_run(socket, runs, run_id, after, settings.heartbeat_s)

    return router
