"""The contract's errors: `error`, `detail`, `status_code` and `timestamp`, whatever went wrong, and its request limit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, compile_path

from quintant.errors import ConfigError, Problem, QuintantError
from quintant.labs.persona.contract.limits import Limits, TooMany
from quintant.labs.persona.contract.words import now
from quintant.wire.body import Malformed
from quintant.wire.refusal import Dialect, answer
from quintant.wire.route import ContractRoute, routes_of

PHRASES = {413: "Content Too Large", 422: "Unprocessable Entity"}
"""Where Python's versions differ; 422 is the contract's own."""
METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]


class Refusal(QuintantError):
    """An answer of the contract with its own status; `after_s`: when it may be tried again."""

    def __init__(self, status: int, text: str, after_s: int | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.headers = {} if after_s is None else {"Retry-After": str(after_s)}


class Invalid(QuintantError):
    """Values outside what the contract takes: 422, one fault per place."""

    status = 422

    def __init__(self, problems: list[Problem], where: str = "body") -> None:
        super().__init__("\n".join(map(str, problems)))
        self.faults = [
            {
                "loc": [where, *problem.path.split(".")] if problem.path else [where],
                "msg": problem.message,
                "type": "value_error",
            }
            for problem in problems
        ]


def phrase(status: int) -> str:
    """The words of a status."""
    return PHRASES.get(status) or HTTPStatus(status).phrase


class Drift(Dialect):
    """The error body has four keys."""

    contract = "persona"
    unforeseen = "Internal server error"

    def error_answer(self, status: int, detail: Any, headers: Mapping[str, str] | None = None) -> Response:
        return answer({"error": phrase(status), "detail": detail, "status_code": status, "timestamp": now()}, status, headers)

    def faults(self, error: ConfigError) -> Response:
        return self.error_answer(400, "\n".join(map(str, error.problems)))

    def parameters(self, error: RequestValidationError) -> Response:
        """FastAPI's own faults without what they may quote from the request in bytes."""
        faults = [
            {"loc": [str(part) for part in fault["loc"]], "msg": fault["msg"], "type": fault["type"]}
            for fault in error.errors()
        ]
        return self.error_answer(422, faults)

    def special(self, error: Exception) -> Response | None:
        match error:
            case TooMany():
                return self.error_answer(429, error.detail, error.headers)
            case Invalid():
                return self.error_answer(422, error.faults)
            case Malformed():
                return self.error_answer(422, [{"loc": ["body", error.position], "msg": str(error), "type": "json_invalid"}])
            case Refusal():
                return self.error_answer(error.status, error.detail, error.headers)
        return None


DIALECT = Drift()


def address(request: Any) -> str:
    """The address that limits count for."""
    return request.client.host if request.client else "unknown"


def limited(limits: Limits) -> type[ContractRoute]:
    """The route class of this contract: every request counts."""

    class Counted(ContractRoute):
        def before(self, request: Request) -> None:
            request.state.limits = limits.request(address(request))

        def after(self, request: Request, response: Response) -> None:
            response.headers.update(getattr(request.state, "limits", {}))

    return routes_of(DIALECT, Counted)


def nowhere(routes: APIRouter, parts: Iterable[APIRouter]) -> None:
    """Answer what no route of `parts` takes: 405 where the path is known by another method, else 404."""
    known = [
        (compile_path(routes.prefix + route.path)[0], route.methods or set())
        for part in parts
        for route in part.routes
        if isinstance(route, Route)
    ]

    @routes.api_route("/{path:path}", methods=METHODS, include_in_schema=False)
    def unknown(request: Request) -> Response:
        allowed = {method for pattern, methods in known if pattern.match(request.url.path) for method in methods}
        if allowed:
            raise HTTPException(405, "Method Not Allowed", {"Allow": ", ".join(sorted(allowed))})
        raise HTTPException(404, f"There is nothing at {request.url.path[:200]}.")
