"""The contract's errors: `{"detail": "text"}`, always one text, with 400, 401, 403, 404, 409, 413 or 429."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from quintant.contract import ContractRoute
from quintant.errors import ConfigError, Problem, QuintantError

log = logging.getLogger(__name__)
JSON = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY
MOST_TOLD = 20
"""Faults that one answer tells of."""


class Unauthorized(QuintantError):
    """No API key, or none that is known here."""

    code = "unauthorized"
    status = 401


class BeyondTier(QuintantError):
    """More than the account's tier allows, or its key's scope."""

    code = "beyond_tier"
    status = 403


class QuotaReached(QuintantError):
    """The day's jobs are used up. `again_in_s`: until the next day begins."""

    code = "quota_reached"
    status = 429

    def __init__(self, text: str, again_in_s: float) -> None:
        super().__init__(text)
        self.again_in_s = again_in_s


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body, option=JSON), status, dict(headers or {}), "application/json")


def refusal(error: Exception) -> Response:
    """The answer to whatever a handler raised. An unforeseen error is logged, not shown."""
    match error:
        case ConfigError():
            return answer({"detail": sentences(error.problems)}, 400)
        case QuotaReached():
            return answer({"detail": error.detail}, 429, {"Retry-After": str(int(error.again_in_s) + 1)})
        case Unauthorized():
            return answer({"detail": error.detail}, 401, {"WWW-Authenticate": 'ApiKey realm="chip", header="X-API-Key"'})
        case QuintantError():
            return answer({"detail": error.detail}, error.status)
        case RequestValidationError():
            return answer({"detail": sentences([_fault(fault) for fault in error.errors()])}, 400)
        case HTTPException():
            return answer({"detail": str(error.detail)}, error.status_code)
    log.error("a request of the chip contract failed", exc_info=error)
    return answer({"detail": "The server met an error of its own; its log has the details."}, 500)


class ChipRoute(ContractRoute):
    """A route that refuses in the contract's words."""

    refusal = staticmethod(refusal)

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handle = super().get_route_handler()
        known = sorted({field.alias for field in self.dependant.query_params})

        async def answered(request: Request) -> Response:
            unknown = [name for name in dict.fromkeys(request.query_params) if name not in known]
            if unknown:
                told = f"Known: {', '.join(known)}." if known else "There are none."
                return refusal(
                    ConfigError(
                        [Problem(name[:60], "is not a parameter of this request.", None, known, told) for name in unknown]
                    )
                )
            return await handle(request)

        return answered


def sentences(problems: tuple[Problem, ...] | list[Problem]) -> str:
    """All faults in one text, a line each."""
    lines = [str(one) for one in problems[:MOST_TOLD]]
    if len(problems) > MOST_TOLD:
        lines.append(f"… and {len(problems) - MOST_TOLD} more.")
    return "\n".join(lines)


def _fault(fault: Mapping[str, Any]) -> Problem:
    """One fault of a query parameter, in our words."""
    where, context, value = str(fault["loc"][-1]), fault.get("ctx") or {}, fault.get("input")
    match fault["type"]:
        case "greater_than_equal":
            rule = f"must be at least {context['ge']}"
        case "less_than_equal":
            rule = f"must be at most {context['le']}"
        case "missing":
            return Problem(where, "is required.")
        case "int_parsing" | "int_type" | "int_parsing_size":
            rule = "must be a whole number"
        case _:
            rule = "must be " + str(fault["msg"]).removeprefix("Input should be ").removeprefix("a valid ")
    return Problem(where, f"{rule}; got {str(value)[:80]!r}.", value)
