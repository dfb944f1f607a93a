"""Live readings of Runs from a cursor: Server-Sent Events and WebSocket.

Every fact of a Run is one message with its `seq` as SSE id, so that a reader who comes back with `Last-Event-ID` (or
`?after=`) loses nothing and gets nothing twice. Two messages are not facts and carry no id: `heartbeat` with the cursor,
sent while nothing happens, and `end` with the final state, always the last one. A stream that stops without `end` was
cut: come back with the cursor. Each reader pulls from the Store at its own pace; nothing is queued for it, so a slow
one delays nobody.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from typing import Any, TypeVar, cast

import orjson
from sse_starlette import ServerSentEvent
from starlette.websockets import WebSocket, WebSocketDisconnect

from quintant.errors import ConfigError, NotFound, Problem
from quintant.runs import LoggedEvent, Runs
from quintant.runs.feed_entry import FeedEntry
from quintant.runs.run import iso

MEDIA_TYPE = "text/event-stream"
MOST_RUNS = 64
WAITING = 32  # messages that one multiplexed reader may be behind before its Runs' readings wait

Message = dict[str, Any]
T = TypeVar("T")


def wants_stream(accept: str | None) -> bool:
    """Whether an Accept header asks for SSE."""
    return any(part.partition(";")[0].strip().lower() == MEDIA_TYPE for part in (accept or "").split(","))


def event(logged: LoggedEvent) -> Message:
    """One fact as it is written everywhere: pages, SSE, WebSocket."""
    return {
        "run": logged.run_id,
        "seq": logged.seq,
        "at": iso(logged.at, micros=True),
        "kind": logged.kind,
        "payload": dict(logged.payload),
    }


def text(message: Mapping[Any, Any]) -> str:
    return orjson.dumps(message, option=orjson.OPT_NON_STR_KEYS).decode()


def cursor(after: int | None, last_event_id: str | None) -> int:
    """Where to read on. A browser that reconnects sends the header, which is newer than the address it was given."""
    if last_event_id is None:
        return after or 0
    if not (last_event_id.isascii() and last_event_id.isdecimal()):
        raise ConfigError(Problem("Last-Event-ID", "must be the seq of an event.", last_event_id))
    return int(last_event_id)


def _closable(iterator: AsyncIterator[T]) -> AsyncGenerator[T]:
    """The facade's readings are generators: closing one lets go of its feed at once."""
    return cast(AsyncGenerator[T], iterator)


async def of_run(runs: Runs, run_id: str, after: int, heartbeat_s: float) -> AsyncGenerator[tuple[str, Message]]:
    """("event" | "heartbeat" | "end", message) of one Run from `after` on, to its end."""
    at, state, reason = after, None, None
    try:
        async with contextlib.aclosing(_closable(runs.follow(run_id, after, heartbeat_s))) as followed:
            async for logged in followed:
                if logged is None:
                    yield "heartbeat", {"run": run_id, "seq": at}
                    continue
                at = logged.seq
                if logged.kind == "state":
                    state, reason = logged.payload.get("to"), logged.payload.get("reason")
                yield "event", event(logged)
        if state is None:  # the reader had already seen the last event
            run = await asyncio.to_thread(runs.get, run_id)
            state, reason = str(run.state), run.reason
    except NotFound as error:
        state, reason = "deleted", error.detail
    yield "end", {"run": run_id, "seq": at, "state": state, "reason": reason}


async def sse_of_run(runs: Runs, run_id: str, after: int, heartbeat_s: float) -> AsyncGenerator[ServerSentEvent]:
    """Facts are unnamed messages (`onmessage` sees them all, whatever kinds an engine has) with id = seq."""
    async with contextlib.aclosing(of_run(runs, run_id, after, heartbeat_s)) as messages:
        async for kind, message in messages:
            if kind == "event":
                yield ServerSentEvent(text(message), id=str(message["seq"]))
            else:
                yield ServerSentEvent(text(message), event=kind)


async def sse_of_runs(runs: Runs, cursors: Mapping[str, int], heartbeat_s: float) -> AsyncGenerator[ServerSentEvent]:
    """Several Runs in one stream. The id is the cursor of all of them: "7f3a9c0d1e2b:12,8a3a9c0d1e2b:4"."""
    reached = dict(cursors)
    waiting: asyncio.Queue[tuple[str, Message] | BaseException] = asyncio.Queue(WAITING)

    async def pump(run_id: str) -> None:
        try:
            async with contextlib.aclosing(of_run(runs, run_id, cursors[run_id], heartbeat_s)) as messages:
                async for told_one in messages:
                    await waiting.put(told_one)
        except Exception as error:
            await waiting.put(error)

    tasks = [asyncio.create_task(pump(run_id)) for run_id in cursors]
    try:
        live = len(tasks)
        beaten = asyncio.get_running_loop().time()
        while live:
            message_or_error = await waiting.get()
            if isinstance(message_or_error, BaseException):
                raise message_or_error
            kind, message = message_or_error
            now = asyncio.get_running_loop().time()
            if kind == "event":
                reached[message["run"]] = message["seq"]
                yield ServerSentEvent(text(message), id=cursors_text(reached))
                beaten = now
            elif kind == "end":
                live -= 1
                yield ServerSentEvent(text(message), event="end")
                beaten = now
            elif now - beaten >= heartbeat_s * 0.9:  # one heartbeat for all that are silent
                beaten = now
                yield ServerSentEvent(text({"cursors": reached}), event="heartbeat")
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def sse_of_all(runs: Runs, after: int, heartbeat_s: float) -> AsyncGenerator[ServerSentEvent]:
    """What happens to all Runs: facts with the feed's cursor as id, progress and heartbeats without; `hello` comes first."""
    reached = after
    yield ServerSentEvent(text({"cursor": reached}), event="hello")
    async with contextlib.aclosing(runs.follow_all(after, heartbeat_s)) as followed:
        async for news in followed:
            if news is None:
                yield ServerSentEvent(text({"cursor": reached}), event="heartbeat")
            elif isinstance(news, FeedEntry):
                reached = news.cursor
                yield ServerSentEvent(text(feed_message(news)), id=str(news.cursor))
            else:
                for run_id, progress in news.items():
                    yield ServerSentEvent(text({"run": run_id, "kind": "progress", "payload": progress}))


def feed_message(entry: FeedEntry) -> Message:
    payload = dict(entry.payload)
    if "undo_until" in payload:
        payload["undo_until"] = iso(payload["undo_until"], micros=True)
    return {
        "cursor": entry.cursor,
        "at": iso(entry.at, micros=True),
        "run": entry.run_id,
        "kind": entry.kind,
        "payload": payload,
    }


def cursors_text(reached: Mapping[str, int]) -> str:
    return ",".join(f"{run_id}:{seq}" for run_id, seq in reached.items())


def read_cursors(text: str, run_ids: Sequence[str], where: str) -> dict[str, int]:
    """`text` as `cursors_text` writes it, for the Runs of this stream; those not named start at 0."""
    reached = dict.fromkeys(run_ids, 0)
    for part in filter(None, text.split(",")):
        run_id, colon, seq = part.partition(":")
        if not colon or run_id not in reached or not (seq.isascii() and seq.isdecimal()):
            raise ConfigError(
                Problem(where, f"must list run:seq for the runs of this stream; got {part!r}.", part, list(run_ids))
            )
        reached[run_id] = int(seq)
    return reached


async def sse_of_log(runs: Runs, run_id: str, offset: int, heartbeat_s: float) -> AsyncGenerator[ServerSentEvent]:
    """Whole lines of the run log as `log` messages; id = byte offset after them."""
    at, rest = offset, b""
    async with contextlib.aclosing(_closable(runs.follow_log(run_id, offset, heartbeat_s))) as followed:
        async for chunk in followed:
            if chunk is None:
                yield ServerSentEvent(text({"run": run_id, "offset": at}), event="heartbeat")
                continue
            rest += chunk.data
            whole = rest.rfind(b"\n") + 1
            if whole:
                at += whole
                yield ServerSentEvent(_lines(rest[:whole]), event="log", id=str(at))
                rest = rest[whole:]
    if rest:
        at += len(rest)
        yield ServerSentEvent(_lines(rest), event="log", id=str(at))
    run = await asyncio.to_thread(runs.get, run_id)
    end = {"run": run_id, "offset": at, "state": str(run.state), "reason": run.reason}
    yield ServerSentEvent(text(end), event="end")


def _lines(data: bytes) -> str:
    return data.decode("utf-8", "replace").removesuffix("\n")


async def websocket_of_run(socket: WebSocket, runs: Runs, run_id: str, after: int, heartbeat_s: float) -> None:
    """The same messages as text frames: {"type": "event" | "heartbeat" | "end", …}; closed with 1000 after `end`."""
    await socket.accept()

    async def tell() -> None:
        async with contextlib.aclosing(of_run(runs, run_id, after, heartbeat_s)) as messages:
            async for kind, message in messages:
                await socket.send_text(text({"type": kind, **message}))
        await socket.close(1000)

    async def until_gone() -> None:
        while (await socket.receive())["type"] != "websocket.disconnect":
            pass  # nothing is expected; what comes is dropped

    tasks = {asyncio.create_task(tell()), asyncio.create_task(until_gone())}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            with contextlib.suppress(WebSocketDisconnect):
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
