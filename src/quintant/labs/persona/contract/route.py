"""The contract's errors: `error`, `detail`, `status_code` and `timestamp`, whatever went wrong, and its request limit."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, compile_path

from quintant.contract import ContractRoute, Malformed
from quintant.errors import ConfigError, Problem, QuintantError
from quintant.labs.persona.contract.limits import Limits, TooMany
from quintant.labs.persona.contract.words import now

log = logging.getLogger(__name__)
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


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, dict(headers or {}), media_type="application/json")


def phrase(status: int) -> str:
    """The words of a status."""
    return PHRASES.get(status) or HTTPStatus(status).phrase


def refused(status: int, detail: Any, headers: Mapping[str, str] | None = None) -> Response:
    """The error body with its four keys."""
    return answer({"error": phrase(status), "detail": detail, "status_code": status, "timestamp": now()}, status, headers)


def refusal(error: Exception) -> Response:
    """The answer to whatever a handler raised. An unforeseen error is logged, not shown."""
    match error:
        case TooMany():
            return refused(429, error.detail, error.headers)
        case Invalid():
            return refused(422, error.faults)
        case Malformed():
            return refused(422, [{"loc": ["body", error.position], "msg": str(error), "type": "json_invalid"}])
        case ConfigError():
            return refused(400, "\n".join(map(str, error.problems)))
        case Refusal():
            return refused(error.status, error.detail, error.headers)
        case QuintantError() if error.status < 500 or error.status in (501, 503):
            return refused(error.status, error.detail)
        case RequestValidationError():
            return refused(422, [_fault(one) for one in error.errors()])
        case HTTPException():
            return refused(error.status_code, error.detail, error.headers)
    log.error("a request of the persona contract failed", exc_info=error)
    return refused(500, "Internal server error")


def address(request: Any) -> str:
    """The address that limits count for."""
    return request.client.host if request.client else "unknown"


def limited(limits: Limits) -> type[ContractRoute]:
    """The route class of this contract: every request counts, every failure has the four keys."""

    class PersonaRoute(ContractRoute):
        refusal = staticmethod(refusal)

        def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
            handle = super().get_route_handler()

            async def counted(request: Request) -> Response:
                try:
                    told = limits.request(address(request))
                except TooMany as error:
                    return refusal(error)
                response = await handle(request)
                response.headers.update(told)
                return response

            return counted

    return PersonaRoute


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


def _fault(fault: Mapping[str, Any]) -> dict[str, Any]:
    """FastAPI's own fault without what it may quote from the request in bytes."""
    return {"loc": [str(part) for part in fault["loc"]], "msg": fault["msg"], "type": fault["type"]}
