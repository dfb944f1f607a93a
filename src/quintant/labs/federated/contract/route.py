"""The contract's errors: `{"detail": text}`, and FastAPI's 422 list of `{loc, msg, type}` for bodies that do not fit."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Annotated, Any

import orjson
from fastapi import Depends
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from quintant.contract import ContractRoute, Malformed, read_json
from quintant.errors import ConfigError, Problem, QuintantError

log = logging.getLogger(__name__)
SHOWN_CHARACTERS = 200


def answer(body: Any, status: int = 200) -> Response:
    return Response(
        orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY), status, media_type="application/json"
    )


def refusal(error: Exception) -> Response:
    """The answer to whatever a handler raised. An unforeseen error is logged, not shown."""
    match error:
        case ConfigError():
            return answer({"detail": entries(error)}, 422)
        case QuintantError() if error.status < 500 or error.status in (501, 503):
            return answer({"detail": error.detail}, error.status)
        case RequestValidationError():
            faults = [{"loc": list(one["loc"]), "msg": one["msg"], "type": one["type"]} for one in error.errors()]
            return answer({"detail": faults}, 422)
        case HTTPException():
            return answer({"detail": str(error.detail)}, error.status_code)
    log.error("a request of the federated contract failed", exc_info=error)
    return answer({"detail": "Internal server error"}, 500)


class InteflRoute(ContractRoute):
    """A route that refuses in InteFL's words."""

    refusal = staticmethod(refusal)


def entries(error: ConfigError) -> list[dict[str, Any]]:
    """One entry per fault, as clients of a FastAPI service expect: `loc` begins with "body"."""
    if isinstance(error, Malformed):
        problem = error.problems[0]
        where = "The body" if problem.path == "body" else f"'{problem.path}'"
        return [{"loc": ["body", error.position], "msg": f"{where} {problem.message}", "type": "json_invalid"}]
    return [_entry(problem) for problem in error.problems]


def lines(problems: Iterable[Problem]) -> list[str]:
    """Problems as `"shared_settings.num_of_rounds: must be at least 1; got -3."`."""
    return [str(problem) for problem in problems]


async def body(request: Request) -> dict[str, Any]:
    """The JSON object of a request."""
    found = read_json(await request.body())
    if not isinstance(found, dict):
        raise ConfigError(Problem("", f"The body must be a JSON object; got {type(found).__name__}."))
    return found


Body = Annotated[dict[str, Any], Depends(body)]


def _entry(problem: Problem) -> dict[str, Any]:
    loc = ["body", *(int(part) if part.isdecimal() else part for part in problem.path.split(".") if part)]
    text = f"{problem.message} {problem.hint}" if problem.hint else problem.message
    return {"loc": loc, "msg": text, "type": "value_error", "input": _shown(problem.value)}


def _shown(value: Any) -> Any:
    """The value where it is short and JSON can carry it."""
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**63 else None
    text = str(value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}… ({len(text)} characters)"
