"""The contract's errors: `{"detail": text}`, and FastAPI's 422 list of `{loc, msg, type}` for bodies that do not fit."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi.exceptions import RequestValidationError
from starlette.responses import Response

from quintant.errors import ConfigError, Problem
from quintant.json_value import Json
from quintant.wire.body import Malformed, NotAnObject
from quintant.wire.refusal import Dialect, answer, location, shown
from quintant.wire.route import routes_of


class Intefl(Dialect):
    contract = "federated"
    unforeseen = "Internal server error"

    def faults(self, error: ConfigError) -> Response:
        return answer({"detail": entries(error)}, 422)

    def parameters(self, error: RequestValidationError) -> Response:
        faults = [{"loc": list(fault["loc"]), "msg": fault["msg"], "type": fault["type"]} for fault in error.errors()]
        return answer({"detail": faults}, 422)


InteflRoute = routes_of(Intefl())


def entries(error: ConfigError) -> list[dict[str, Json]]:
    """One entry per fault, as clients of a FastAPI service expect: `loc` begins with "body"."""
    if isinstance(error, Malformed):
        problem = error.problems[0]
        where = "The body" if problem.path == "body" else f"'{problem.path}'"
        return [{"loc": ["body", error.position], "msg": f"{where} {problem.message}", "type": "json_invalid"}]
    if isinstance(error, NotAnObject):
        text = f"The body must be a JSON object; got {error.kind}."
        return [{"loc": ["body"], "msg": text, "type": "value_error", "input": None}]
    return [_entry(problem) for problem in error.problems]


def lines(problems: Iterable[Problem]) -> list[str]:
    """Problems as `"shared_settings.num_of_rounds: must be at least 1; got -3."`."""
    return [str(problem) for problem in problems]


def _entry(problem: Problem) -> dict[str, Json]:
    text = f"{problem.message} {problem.hint}" if problem.hint else problem.message
    return {"loc": location(problem.path), "msg": text, "type": "value_error", "input": shown(problem.value)}
