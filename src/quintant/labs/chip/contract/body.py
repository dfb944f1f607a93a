"""The JSON object of a request, read strictly and off the event loop: it may hold a network of megabytes."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from quintant.contract import read_json
from quintant.errors import ConfigError, Problem


def read(data: bytes) -> dict[str, Any]:
    found = read_json(data)
    if not isinstance(found, dict):
        raise ConfigError(Problem("body", f"must be a JSON object; got {word(found)}."))
    return found


async def body(request: Request) -> dict[str, Any]:
    return await run_in_threadpool(read, await request.body())


Body = Annotated[dict[str, Any], Depends(body)]


def word(value: Any) -> str:
    """What kind of thing a JSON value is."""
    return {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}.get(
        type(value), "a number"
    )
