"""A server's problem answer becomes the same error that the code in-process would have raised."""

from __future__ import annotations

from typing import Any

import orjson

from quintant.errors import (
    Busy,
    ConfigError,
    Conflict,
    EngineError,
    Forbidden,
    Gone,
    NotFound,
    NotInstalled,
    Problem,
    QuintantError,
    TooLarge,
)

KINDS: dict[str, type[QuintantError]] = {
    kind.code: kind for kind in (NotFound, Forbidden, Conflict, Gone, TooLarge, Busy, NotInstalled, EngineError)
}
BY_STATUS: dict[int, type[QuintantError]] = {
    401: Forbidden,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: Gone,
    413: TooLarge,
    501: NotInstalled,
    503: Busy,
}


class ServerError(QuintantError):
    """The server failed at something of its own; its log has the details."""

    code = "internal"


def rebuilt(status: int, body: bytes) -> QuintantError:
    """The error of `quintant.errors` that an answer with this status and body stands for; its text is the server's."""
    answer = _object(body)
    detail = answer.get("detail")
    text = detail if isinstance(detail, str) and detail else f"the server answered {status}"
    if 300 <= status < 400:
        return ServerError(f"the server answered {status} (it moved); give its own address")
    code = str(answer.get("code", ""))
    problems = answer.get("problems") or ()
    if problems or code == ConfigError.code or status == 422:
        return ConfigError(tuple(map(_problem, problems)) or Problem("", text))
    kind = KINDS.get(code) or BY_STATUS.get(status) or ServerError
    if kind is NotFound:
        return _not_found(text)
    error = kind(text)
    error.status = status
    return error


def _not_found(text: str) -> NotFound:
    """NotFound takes kind and id, and the wire carries the whole sentence: "Run not found: 7f3a9c. Hint"."""
    kind, separator, rest = text.partition(" not found: ")
    id, _, hint = rest.partition(". ")
    if separator:
        return NotFound(kind, id, hint or None)
    error = NotFound("", "")
    error.args = (text,)
    return error


def _problem(fault: dict[str, Any]) -> Problem:
    return Problem(
        str(fault.get("path", "")), str(fault.get("message", "")), fault.get("value"), fault.get("allowed"), fault.get("hint")
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return answer if isinstance(answer, dict) else {}
