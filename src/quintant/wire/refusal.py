"""How a dialect words its refusals: one table from what a handler raised to an answer, in the contract's shape.

A contract subclasses `Dialect` and says how it tells faults of a config; everything else has an answer already.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from quintant.errors import ConfigError, Problem, QuintantError

log = logging.getLogger(__name__)
JSON = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY
SHOWN_CHARACTERS = 200
OWN_ERROR = "The server met an error of its own; its log has the details."


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(orjson.dumps(body, option=JSON, default=str), status, dict(headers or {}), "application/json")


class Dialect(ABC):
    """The refusals of one contract. `contract`: its lab's name, for the log; `unforeseen`: the text of a 500."""

    contract: str
    unforeseen: str = OWN_ERROR
    shows_own_errors = False
    """Whether a QuintantError of status 500 is told in its own words: they hold what a person can act on."""

    @abstractmethod
    def faults(self, error: ConfigError) -> Response:
        """The answer to input that is not acceptable."""

    def parameters(self, error: RequestValidationError) -> Response:
        """The answer to query parameters, headers or forms that do not fit."""
        return self.faults(ConfigError([parameter_problem(fault) for fault in error.errors()]))

    def special(self, error: Exception) -> Response | None:
        """The answer to an error that only this contract knows, else None."""
        return None

    def error_answer(self, status: int, detail: Any, headers: Mapping[str, str] | None = None) -> Response:
        """The contract's error body."""
        return answer({"detail": detail}, status, headers)

    def refusal(self, error: Exception) -> Response:
        """The answer to whatever a handler raised. An unforeseen error is logged, not shown."""
        known = self.special(error)
        if known is not None:
            return known
        match error:
            case ConfigError():
                return self.faults(error)
            case QuintantError() if self.shows_own_errors or error.status < 500 or error.status in (501, 503, 507):
                return self.error_answer(error.status, error.detail)
            case RequestValidationError():
                return self.parameters(error)
            case HTTPException():
                return self.error_answer(error.status_code, str(error.detail), error.headers)
        log.error("a request of the %s contract failed", self.contract, exc_info=error)
        return self.error_answer(500, self.unforeseen)


def location(path: str) -> list[str | int]:
    """Where a fault is, as clients of FastAPI services expect it: `config.n.0` is ["body", "config", "n", 0]."""
    return ["body", *(int(part) if part.isdecimal() else part for part in path.split(".") if part)]


def shown(value: Any) -> Any:
    """A refused value where it is short and JSON can carry it."""
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**63 else None
    text = str(value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}… ({len(text)} characters)"


def parameter_problem(fault: Mapping[str, Any]) -> Problem:
    """One fault of a query parameter, in our words."""
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
