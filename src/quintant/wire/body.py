"""Bodies of requests: JSON, read strictly, and off the event loop where that takes long."""

from __future__ import annotations

import json
from typing import Annotated, Any

import orjson
from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from quintant.config import unfinite
from quintant.errors import MOST_KEYS, ConfigError, Problem, TooManyKeys

INLINE_BYTES = 1 << 16
"""A body of so many bytes is parsed within a millisecond."""


class Malformed(ConfigError):
    """Bytes that are not acceptable JSON. `position`: the character where reading ended."""

    def __init__(self, message: str, position: int = 0, path: str = "body") -> None:
        super().__init__(Problem(path, message))
        self.position = position


def read_json(data: bytes) -> Any:
    """The JSON value of a body, read strictly: UTF-8, no key twice, no NaN, nothing that cannot be written again."""
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_once)
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
    bad = [Problem(path, f"must be a finite number; got {value}.") for path, value in unfinite(value)]
    if bad:
        raise ConfigError(bad)
    try:
        orjson.loads(data)
    except orjson.JSONDecodeError as error:  # what the standard library lets pass: half of a surrogate pair, deep nesting
        raise Malformed(f"is not acceptable JSON: {error}.") from None
    return value


async def json_body(request: Request) -> Any:
    """The JSON value of a request's body, read beside the event loop where that takes long enough for others to notice."""
    data = await request.body()
    return read_json(data) if len(data) <= INLINE_BYTES else await run_in_threadpool(read_json, data)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MOST_KEYS:
        raise TooManyKeys(len(pairs))
    object: dict[str, Any] = {}
    for name, value in pairs:
        if name in object:
            raise Malformed("is given twice in one object.", path=name[:60])
        object[name] = value
    return object


def read_object(data: bytes) -> dict[str, Any]:
    """The JSON object of a body, read strictly."""
    return _object(read_json(data))


async def object_body(request: Request) -> dict[str, Any]:
    """The JSON object of a request's body; large ones are read beside the event loop."""
    return _object(await json_body(request))


Body = Annotated[dict[str, Any], Depends(object_body)]
"""A parameter of a handler: the JSON object of its request."""


class NotAnObject(ConfigError):
    """A JSON value where an object is wanted. `kind`: its Python type's name, which some dialects tell."""

    def __init__(self, value: Any) -> None:
        super().__init__(Problem("body", f"must be a JSON object; got {word(value)}."))
        self.kind = type(value).__name__


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise NotAnObject(value)
    return value


def word(value: Any) -> str:
    """What kind of thing a JSON value is."""
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
