"""Bridge: the SDK's own code on an event loop. What it would wait for is awaited instead, so that there is one description of
every request and every reconnection, and none of them holds a thread.

`spawned(call, …)` runs synchronous code in a greenlet; where that code reaches the wire, the greenlet hands the awaitable to
the task that spawned it and stands still. SQLAlchemy's asyncio extension works the same way. Cancelling the task raises in
that code.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import anyio
import httpx2
from greenlet import getcurrent, greenlet

from quintant.client.api import Api
from quintant.client.card import LabCard, Labs
from quintant.client.client import Client
from quintant.client.run import RunHandle
from quintant.client.summary import Summary
from quintant.client.transport import Transport

P = ParamSpec("P")
T = TypeVar("T")


class _Bridged(greenlet):  # type: ignore[misc]  # greenlet has no types
    """Synchronous code of which a task awaits the pieces."""


async def spawned(call: Callable[P, T], *args: P.args, **how: P.kwargs) -> T:
    """The answer of `call`, whose waiting is this task's."""
    code = _Bridged(call)
    code.gr_context = getcurrent().gr_context  # a greenlet has context variables of its own otherwise
    answer = code.switch(*args, **how)
    while not code.dead:
        try:
            value = await answer
        except BaseException:
            answer = code.throw(*sys.exc_info())
        else:
            answer = code.switch(value)
    return cast(T, answer)


def awaited(awaitable: Awaitable[T]) -> T:
    """Called inside of what was spawned: the value, once the task has it."""
    here = getcurrent()
    if not isinstance(here, _Bridged) or here.parent is None:
        raise RuntimeError("This belongs to an AsyncClient: await its own methods.")
    return cast(T, here.parent.switch(awaitable))


async def stepped(iterator: Iterator[T]) -> AsyncIterator[T]:
    """An iterator that waits between its values, as one that is awaited."""
    end = object()
    try:
        while (value := await spawned(next, iterator, end)) is not end:
            yield cast(T, value)
    finally:
        if close := getattr(iterator, "close", None):
            await spawned(close)


class _Body(httpx2.SyncByteStream):
    def __init__(self, answer: httpx2.Response) -> None:
        self._answer, self._pieces = answer, answer.aiter_raw()

    def __iter__(self) -> Iterator[bytes]:
        while (piece := awaited(anext(self._pieces, None))) is not None:
            yield piece

    def close(self) -> None:
        awaited(self._answer.aclose())


class _Sender(httpx2.BaseTransport):
    """Sends for a synchronous client by an asynchronous one."""

    def __init__(self, socket: Path | None, trust_env: bool) -> None:
        self._client = httpx2.AsyncClient(
            trust_env=trust_env,
            limits=httpx2.Limits(max_connections=None),  # a thousand streams are a thousand tasks: none waits for a place
            transport=None if socket is None else httpx2.AsyncHTTPTransport(uds=str(socket)),
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        content, extensions = request.read(), request.extensions
        copy = httpx2.Request(request.method, request.url, headers=request.headers, content=content, extensions=extensions)
        answer = awaited(self._client.send(copy, stream=True))
        return httpx2.Response(answer.status_code, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions)

    def close(self) -> None:
        awaited(self._client.aclose())


class BridgedTransport(Transport):
    def _sender(self, socket: Path | None, trust_env: bool) -> httpx2.BaseTransport:
        return _Sender(socket, trust_env)

    def sleep(self, seconds: float) -> None:
        awaited(anyio.sleep(seconds))


class BridgedApi(Api):
    carrier = BridgedTransport


class BridgedClient(Client):
    """A Client whose methods are spawned."""

    _interface = BridgedApi


def bridged(value: Any) -> Any:
    """What a caller gave: the synchronous object behind a mirrored one, in lists too."""
    if isinstance(value, Mirror):
        return value._mirrored
    return [bridged(each) for each in value] if isinstance(value, (list, tuple)) else value


_mirrors: dict[type[Any], type[Any]] = {}


class Mirror:
    """An object of the synchronous SDK whose methods are awaited (`asynchronous.py`, which is generated)."""

    _mirrored: Any

    def __init_subclass__(cls, mirrors: type[Any] | None = None) -> None:
        """`mirrors`: what the synchronous SDK gives in its place; None for what only callers make."""
        if mirrors is not None:
            _mirrors[mirrors] = cls

    def __repr__(self) -> str:
        return f"<async {repr(self._mirrored).removeprefix('<')}"


def mirrored(value: Any) -> Any:
    """What the synchronous SDK gave, as one that is awaited; called where it may still ask the server."""
    for kind, mirror in _mirrors.items():
        if isinstance(value, kind):
            return mirror(value)
    if isinstance(value, LabCard):
        _ = value.schema  # asked for lazily otherwise, by whoever reads it
    elif isinstance(value, Labs):
        for card in value:
            mirrored(card)
    elif isinstance(value, Summary):
        table = value.to_arrow()
        return Summary(tuple(value), value.headline, lambda: table)
    elif isinstance(value, (list, tuple)) and any(isinstance(each, RunHandle) for each in value):
        return [mirrored(each) for each in value]
    return value


async def call(method: Any, *args: Any, **how: Any) -> Any:
    def ask() -> Any:
        return mirrored(method(*map(bridged, args), **{name: bridged(value) for name, value in how.items()}))

    return await spawned(ask)
