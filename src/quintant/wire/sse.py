"""Server-Sent Events (https://html.spec.whatwg.org/multipage/server-sent-events.html), closed in order when a server stops."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator, Mapping
from typing import TypeVar

import anyio
from sse_starlette import EventSourceResponse

BREAK = re.compile(r"\r\n|\r|\n")
CLOSING_S = 1.0
"""How long open streams have to be closed in order when the server stops."""
M = TypeVar("M")


def message(kind: str, data: str, id: str | None = None) -> bytes:
    """One SSE message, its position last. A line break inside `data` makes two data lines, which readers join again."""
    lines = [f"event: {kind}", *(f"data: {part}" for part in BREAK.split(data))]
    if id is not None:
        lines.append(f"id: {id}")
    return ("\n".join(lines) + "\n\n").encode()


def stream(messages: AsyncGenerator[M], headers: Mapping[str, str] | None = None) -> EventSourceResponse:
    """An event stream of bytes or `ServerSentEvent`s. Heartbeats are among its messages: none is made up here."""
    stopping = anyio.Event()
    return EventSourceResponse(
        until(stopping, messages), ping=0, sep="\n", headers=dict(headers or {}), shutdown_event=stopping,
        shutdown_grace_period=CLOSING_S,
    )  # fmt: skip


async def until(stopping: anyio.Event, messages: AsyncGenerator[M]) -> AsyncGenerator[M]:
    """`messages`, left in the middle (so without their end) once `stopping` is set, whatever they wait for.

    The reading task is cancelled where it waits, and the cancellation ends here: a task per message, which could be waited
    for beside the event, would cost more than most messages.
    """
    reader = asyncio.current_task()
    assert reader is not None

    async def stop() -> None:
        await stopping.wait()
        reader.cancel()

    watcher = asyncio.create_task(stop())
    try:
        async with contextlib.aclosing(messages):
            async for one_message in messages:
                yield one_message
    except asyncio.CancelledError:
        if not stopping.is_set():
            raise
        reader.uncancel()
    finally:
        watcher.cancel()
