"""The contract's errors: `{"detail": "text"}` with 400, 403, 404, 409, 410 or 500, whatever went wrong inside."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from fastapi import Depends
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from quintant.contract import ContractRoute, read_json
from quintant.errors import ConfigError, Problem, QuintantError
from quintant.labs.optical.contract.option import sentence

log = logging.getLogger(__name__)


def answer(body: Any, status: int = 200) -> Response:
    return Response(
        orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY), status, media_type="application/json"
    )


def refusal(error: Exception) -> Response:
    """The answer to whatever a handler raised. An unforeseen error is logged, not shown."""
    match error:
        case ConfigError():
            return answer({"detail": "\n".join(map(sentence, error.problems))}, 400)
        case QuintantError() if error.status < 500 or error.status in (501, 503):
            return answer({"detail": error.detail}, error.status)
        case RequestValidationError():
            return answer({"detail": "\n".join(sentence(_fault(fault)) for fault in error.errors())}, 400)
        case HTTPException():
            return answer({"detail": str(error.detail)}, error.status_code)
    log.error("a request of the optical contract failed", exc_info=error)
    return answer({"detail": "Internal server error", "code": "INTERNAL_ERROR"}, 500)


class FusionRoute(ContractRoute):
    """A route that refuses in FUSION's words."""

    refusal = staticmethod(refusal)


async def body(request: Request) -> dict[str, Any]:
    """The JSON object of a request, read strictly: UTF-8, no key twice, no NaN or infinity."""
    found = read_json(await request.body())
    if not isinstance(found, dict):
        raise ConfigError(Problem("body", f"must be a JSON object; got {type(found).__name__}."))
    return found


Body = Annotated[dict[str, Any], Depends(body)]


def _fault(fault: Mapping[str, Any]) -> Problem:
    """One fault of a parameter, in our words."""
    where = ".".join(str(part) for part in fault["loc"][1:]) or str(fault["loc"][0])
    context, value = fault.get("ctx") or {}, fault.get("input")
    match fault["type"]:
        case "greater_than_equal":
            rule = f"must be at least {context['ge']}"
        case "less_than_equal":
            rule = f"must be at most {context['le']}"
        case "missing":
            return Problem(where, "is required.")
        case "int_parsing" | "int_type" | "int_parsing_size":
            rule = "must be a whole number"
        case "bool_parsing" | "bool_type":
            rule = "must be true or false"
        case _:
            rule = "must be " + str(fault["msg"]).removeprefix("Input should be ").removeprefix("a valid ")
    return Problem(where, f"{rule}; got {str(value)[:80]!r}.", value)
