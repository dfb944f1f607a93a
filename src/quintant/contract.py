"""What contracts share: a route that answers every failure in its contract's shape, a strict reader of JSON, event streams."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any

import anyio
import orjson
from fastapi import Request, Response
from fastapi.routing import APIRoute
from sse_starlette import EventSourceResponse
from starlette.requests import ClientDisconnect

from quintant.config import unfinite
from quintant.errors import ConfigError, Problem

BREAK = re.compile(r"\r\n|\r|\n")
CLOSING_S = 1.0
"""How long open streams have to be closed in order when the server stops."""


class ContractRoute(APIRoute, ABC):
    """A route whose every failure has the shape that `refusal` gives it."""

    @staticmethod
    @abstractmethod
    def refusal(error: Exception) -> Response:
        """The answer to whatever a handler raised."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handle(request)
            except ClientDisconnect:
                raise
            except Exception as error:
                return self.refusal(error)

        return answered


# --- bodies ---


class Malformed(ConfigError):
    """Bytes that are not acceptable JSON. `position`: the character where reading ended."""

    def __init__(self, message: str, position: int = 0, path: str = "body") -> None:
        super().__init__(Problem(path, message))
        self.position = position


def read_json(data: bytes) -> Any:
    """The JSON value of a body, read strictly: UTF-8, no key twice, no NaN, nothing that cannot be written again."""
    try:
        found = json.loads(data.decode("utf-8"), object_pairs_hook=_once)
    except UnicodeDecodeError as error:
        raise Malformed(f"must be UTF-8; byte {error.start} is not.", error.start) from None
    except json.JSONDecodeError as error:
        what = f"is not JSON: {error.msg} (line {error.lineno}, column {error.colno})"
        raise Malformed(f"{what if data.strip() else 'is empty; JSON is required'}.", error.pos) from None
    except RecursionError:
        raise Malformed("is nested too deeply.") from None
    except ConfigError:
        raise
    except ValueError as error:  # a number of thousands of digits
        raise Malformed(f"is not acceptable JSON: {error}.") from None
    bad = [Problem(path, f"must be a finite number; got {value}.", str(value)) for path, value in unfinite(found)]
    if bad:
        raise ConfigError(bad)
    try:
        orjson.loads(data)
    except orjson.JSONDecodeError as error:  # what the standard library lets pass: half of a surrogate pair, deep nesting
        raise Malformed(f"is not acceptable JSON: {error}.") from None
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Malformed("is given twice in one object.", path=name[:60])
        found[name] = value
    return found


# --- Server-Sent Events ---


def message(kind: str, data: str, id: str | None = None) -> bytes:
    """One SSE message, its position last. A line break inside `data` makes two data lines, which readers join again."""
    lines = [f"event: {kind}", *(f"data: {part}" for part in BREAK.split(data))]
    if id is not None:
        lines.append(f"id: {id}")
    return ("\n".join(lines) + "\n\n").encode()


def stream(messages: AsyncGenerator[bytes], headers: Mapping[str, str]) -> EventSourceResponse:
    """An event stream whose heartbeats are its contract's own, and which is closed in order when the server stops."""
    stopping = anyio.Event()
    return EventSourceResponse(
        _until(stopping, messages), ping=0, headers=dict(headers), shutdown_event=stopping, shutdown_grace_period=CLOSING_S
    )


async def _until(stopping: anyio.Event, messages: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """`messages`, left in the middle (so without their end) once `stopping` is set."""

    async def following() -> bytes | None:
        return await anext(messages, None)

    halt = asyncio.create_task(stopping.wait())
    coming: asyncio.Task[bytes | None] | None = None
    try:
        while not halt.done():
            coming = asyncio.create_task(following())
            await asyncio.wait({coming, halt}, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                return
            found = coming.result()
            if found is None:
                return
            yield found
    finally:
        halt.cancel()
        if coming is not None and not coming.done():
            coming.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await coming
        await messages.aclose()
