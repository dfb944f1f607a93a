"""The contract's errors: 422 with FastAPI's `{"detail": [{loc, msg, type, input}]}`, in our words; `{"detail": text}` else."""

from __future__ import annotations

import logging
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import Response

from quintant.contract import ContractRoute
from quintant.errors import Busy, ConfigError, Problem, QuintantError
from quintant.labs.spiking.contract.body import Malformed

log = logging.getLogger(__name__)
RETRY_AFTER_S = 5
SHOWN_CHARACTERS = 200


def refusal(error: Exception) -> Response:
    """The answer to whatever a handler raised. An unforeseen error is logged, not shown."""
    match error:
        case ConfigError():
            return _answer({"detail": entries(error)}, 422)
        case Busy():
            return _answer({"detail": error.detail}, 503, {"Retry-After": str(RETRY_AFTER_S)})
        case QuintantError():
            return _answer({"detail": error.detail}, error.status)
        case HTTPException():
            return _answer({"detail": str(error.detail)}, error.status_code)
    log.error("a request of the spiking contract failed", exc_info=error)
    return _answer({"detail": "The server met an error of its own; its log has the details."}, 500)


class PinglabRoute(ContractRoute):
    """A route that refuses in Pinglab's words."""

    refusal = staticmethod(refusal)


def entries(error: ConfigError) -> list[dict[str, Any]]:
    """One entry per fault, as clients of a FastAPI service expect: `loc` begins with "body"."""
    if isinstance(error, Malformed):
        return [{"type": "json_invalid", "loc": ["body", error.position], "msg": str(error.problems[0]), "input": {}}]
    types = getattr(error, "types", None) or ["value_error"] * len(error.problems)
    return [_entry(fault, kind) for fault, kind in zip(error.problems, types, strict=True)]


def _entry(fault: Problem, kind: str) -> dict[str, Any]:
    loc = ["body", *(int(part) if part.isdecimal() else part for part in fault.path.split(".") if part)]
    found: dict[str, Any] = {"type": kind, "loc": loc, "msg": str(fault), "input": _shown(fault.value)}
    if fault.allowed is not None:
        found["ctx"] = {"allowed": fault.allowed}
    return found


def _shown(value: Any) -> Any:
    """The value where it is short."""
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**63 else None
    text = str(value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}… ({len(text)} characters)"


def _answer(body: Any, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body, default=str), status, headers, "application/json")
