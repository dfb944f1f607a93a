"""The JSON of a request: nothing, null and {} mean defaults; anything but an object is refused, with the place."""

from __future__ import annotations

import json
from typing import Any

import orjson

from quintant.config import unfinite
from quintant.errors import ConfigError, Problem


class Malformed(ConfigError):
    """Not JSON. `position`: the character where reading ended."""

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(Problem("", message))
        self.position = position


class NotAnObject(ConfigError):
    """JSON, but not an object; or numbers that are none."""


def read(data: bytes) -> dict[str, Any]:
    if not data.strip():
        return {}
    try:
        found = json.loads(data.decode("utf-8"), object_pairs_hook=_once)
    except UnicodeDecodeError as error:
        raise Malformed(f"The body must be UTF-8; byte {error.start} is not.", error.start) from None
    except json.JSONDecodeError as error:
        raise Malformed(f"The body is not JSON: {error.msg} (line {error.lineno}, column {error.colno}).", error.pos) from None
    except RecursionError:
        raise Malformed("The body is nested too deeply.") from None
    except ValueError as error:  # a number of thousands of digits
        raise Malformed(f"The body is not acceptable JSON: {error}.") from None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise NotAnObject(Problem("", f"The body must be a JSON object; got {_word(found)}."))
    bad = [Problem(path, f"must be a finite number; got {value}.") for path, value in unfinite(found)]
    if bad:
        raise NotAnObject(bad)
    try:
        orjson.loads(data)
    except orjson.JSONDecodeError as error:  # what the standard library lets pass: half of a surrogate pair, deep nesting
        raise Malformed(f"The body is not acceptable JSON: {error}.") from None
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Malformed(f"The body is ambiguous: '{twice[:60]}' is given twice in one object.")
    return found


def _word(value: Any) -> str:
    return {list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}[type(value)]
