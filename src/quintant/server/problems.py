"""Problem details (RFC 9457) of the native API: what was wrong, where, with which value, what is allowed, how to mend it.

Contracts have error bodies of their own; nothing here touches them. `NativeRoute` catches what a native handler raises,
and refuses what the framework would let pass: unknown query parameters, JSON that is not JSON (NaN, a key given twice),
a body of another content type.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, NoReturn

import orjson
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from quintant.config import Suggestions
from quintant.errors import MOST_KEYS, MOST_TOLD, ConfigError, Problem, QuintantError, TooManyKeys, first_told

MEDIA_TYPE = "application/problem+json"
NATIVE = "/api/v2"
SHOWN_CHARACTERS = 200
LONGEST_PARAMETER = 4096
"""Characters of one query parameter; a database refuses a pattern of 50,000, and no honest one comes near."""
INLINE_BYTES = 1 << 16
"""A body of so many bytes is parsed within a millisecond."""
log = logging.getLogger("quintant.server")


class ProblemShape(BaseModel):
    """One fault of the input."""

    path: str = Field(description="Where it is: a dotted path into the body, or the name of a parameter.")
    message: str = Field(description="What is wrong with it.")
    value: Any = Field(None, description="The value that was met (long ones are cut, and say so).")
    allowed: Any = Field(None, description="What is allowed: a list of words, or bounds.")
    hint: str | None = Field(None, description="How to mend it.")


class ProblemDetails(BaseModel):
    """What every native error answers (RFC 9457), as `application/problem+json`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:quintant:problem:invalid_config",
                    "title": "Unprocessable Content",
                    "status": 422,
                    "detail": "routing: must be one of k_shortest_path, xt_aware; got 'xt_awre'. Did you mean 'xt_aware'?",
                    "code": "invalid_config",
                    "problems": [
                        {
                            "path": "routing",
                            "message": "must be one of k_shortest_path, xt_aware; got 'xt_awre'.",
                            "value": "xt_awre",
                            "allowed": ["k_shortest_path", "xt_aware"],
                            "hint": "Did you mean 'xt_aware'?",
                        }
                    ],
                }
            ]
        }
    )

    type: str = Field(description="Stable name of this kind of problem: `urn:quintant:problem:` and the code.")
    title: str = Field(description="The words of the HTTP status.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What happened, for reading.")
    code: str = Field(description="What happened, for programs; it never changes its meaning.")
    problems: list[ProblemShape] = Field(description="One entry per fault of the input, in its order; empty otherwise.")


# Every native operation may refuse; OpenAPI says so once, with this.
REFUSALS: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "description": "Refused, with the reason; nothing was created or changed.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
    },
    "5XX": {
        "description": "Not possible now (a missing extra, no free slot) or a fault of the server, which is logged.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
    },
}


class Refused(HTTPException):
    """A request refused before any handler saw it."""

    def __init__(self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, detail, dict(headers) if headers else None)
        self.code = code


# The words of RFC 9110, which Python spells in its version's way.
TITLES = {413: "Content Too Large", 416: "Range Not Satisfiable", 422: "Unprocessable Content"}


def title(status: int) -> str:
    if status in TITLES:
        return TITLES[status]
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def body(status: int, code: str, detail: str, problems: Iterable[Problem] = ()) -> bytes:
    """The JSON of one problem answer."""
    listed = [
        {"path": p.path, "message": p.message, "value": _shown(p.value), "allowed": p.allowed, "hint": p.hint} for p in problems
    ]
    answer = {
        "type": f"urn:quintant:problem:{code}",
        "title": title(status),
        "status": status,
        "detail": detail,
        "code": code,
        "problems": listed,
    }
    return orjson.dumps(answer, default=str, option=orjson.OPT_NON_STR_KEYS)


def answer(
    status: int, code: str, detail: str, problems: Iterable[Problem] = (), headers: Mapping[str, str] | None = None
) -> Response:
    return Response(body(status, code, detail, problems), status, dict(headers) if headers else None, media_type=MEDIA_TYPE)


def problem_answer(error: Exception, names: Sequence[str] = ()) -> Response:
    """The problem answer for whatever a native handler raised. An unforeseen error is logged, not shown.

    `names`: the keys that the body may have, for a did-you-mean.
    """
    match error:
        case ConfigError():
            return answer(error.status, error.code, error.detail, error.problems)
        case QuintantError():
            return answer(error.status, error.code, error.detail)
        case RequestValidationError():
            unread = error.errors()
            near = Suggestions()
            shown = (_fault(fault, names, near) for fault in unread[:MOST_TOLD])
            faults = first_told(shown, max(0, len(unread) - MOST_TOLD))
            return answer(422, "invalid_request", "\n".join(map(str, faults)), faults)
        case Refused():
            return answer(error.status_code, error.code, str(error.detail), headers=error.headers)
        case HTTPException() if isinstance(
            error.__cause__, QuintantError
        ):  # the framework's words for what reading the body raised
            return problem_answer(error.__cause__, names)
        case HTTPException():
            return answer(error.status_code, _code(error.status_code), str(error.detail), headers=error.headers)
        case _:
            log.error("a native request failed", exc_info=error)
            return answer(500, "internal", "The server met an error of its own; its log has the details.")


def plain(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """`{"detail": …}`: what paths outside the native API answer."""
    return Response(orjson.dumps({"detail": detail}), status, dict(headers) if headers else None, "application/json")


def is_native(path: str) -> bool:
    return path == NATIVE or path.startswith(NATIVE + "/")


def refusal(path: str, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """An answer of the doors in front of all routes, in the shape that the path's readers expect."""
    if is_native(path):
        return answer(status, code, detail, headers=headers)
    return plain(status, detail, headers)


class StrictRequest(Request):
    """A request whose JSON is read strictly: no NaN, no key twice, no lone surrogates, no integer beyond 64
    bits, nothing after the end."""

    async def json(self) -> Any:
        """Read beside the event loop where that takes long enough for others to notice."""
        data = await self.body()
        return strict_json(data) if len(data) <= INLINE_BYTES else await run_in_threadpool(strict_json, data)


def strict_json(data: bytes) -> Any:
    """Parse JSON or raise `Refused` (400), saying where it broke."""
    try:
        orjson.loads(data)
        return json.loads(data, object_pairs_hook=_once, parse_int=_int)
    except json.JSONDecodeError as error:  # orjson's error is a subclass
        where = f"line {error.lineno}, column {error.colno}"
        raise Refused(400, "malformed_json", f"The body is not JSON: {error.msg} ({where}).") from None
    except RecursionError:
        raise Refused(400, "malformed_json", "The body is nested too deeply.") from None


class NativeRoute(APIRoute):
    """A route of the native API: strict at the door, problem details on the way out."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handle = super().get_route_handler()
        known = sorted({field.alias for field in self.dependant.query_params})
        takes_body = self.body_field is not None
        shape = self.body_field.field_info.annotation if self.body_field else None
        names = sorted(getattr(shape, "model_fields", ()))

        async def answered(request: Request) -> Response:
            try:
                refuse_unknown(request.query_params.keys(), known)
                _refuse_long(request.query_params.multi_items())
                if takes_body:
                    _refuse_other_content(request.headers.get("content-type"))
                return await handle(StrictRequest(request.scope, request.receive))
            except ClientDisconnect:
                raise
            except Exception as error:
                return problem_answer(error, names)

        return answered


def refuse_unknown(names: Iterable[str], known: Sequence[str]) -> None:
    near = Suggestions()
    faults = [
        Problem(name[:SHOWN_CHARACTERS], "is not a parameter of this request.", None, list(known), near(name, known))
        for name in dict.fromkeys(names)
        if name not in known
    ]
    if faults:
        raise ConfigError(faults)


def _refuse_long(parameters: Iterable[tuple[str, str]]) -> None:
    faults = [
        Problem(name, f"must have at most {LONGEST_PARAMETER} characters; got {len(value)}.", value[:SHOWN_CHARACTERS])
        for name, value in parameters
        if len(value) > LONGEST_PARAMETER
    ]
    if faults:
        raise ConfigError(faults)


def _refuse_other_content(content_type: str | None) -> None:
    kind = (content_type or "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        met = f"got {kind}" if kind else "none was given"
        raise Refused(415, "unsupported_media_type", f"Content-Type must be application/json; {met}.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MOST_KEYS:
        raise TooManyKeys(len(pairs))
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                _refuse_twice(name)
            seen.add(name)
    return members


def _int(digits: str) -> int:
    if len(digits) <= 20 and -(2**63) <= int(digits) < 2**64:
        return int(digits)
    raise Refused(400, "malformed_json", f"The integer {digits[:40]} does not fit in 64 bits.")


def _refuse_twice(name: str) -> NoReturn:
    raise Refused(400, "malformed_json", f"The key '{name}' is given twice in one object.")


def _code(status: int) -> str:
    return title(status).lower().replace(" ", "_").replace("-", "_")


def _shown(value: Any) -> Any:
    if isinstance(value, (int, float, bool, type(None))):
        return value
    text = value if isinstance(value, str) else repr(value)
    if len(text) <= SHOWN_CHARACTERS:
        return value
    return f"{text[:SHOWN_CHARACTERS]}… ({len(text)} characters)"


def _fault(fault: Mapping[str, Any], names: Sequence[str], near: Suggestions) -> Problem:
    """One fault of the framework's validation in our words."""
    where, *rest = fault["loc"]
    path = ".".join(map(str, rest)) if rest else ("" if where == "body" else str(where))
    context, value = fault.get("ctx") or {}, fault.get("input")
    got = f"got {value!r}" if isinstance(value, str) else f"got {json.dumps(value, default=str)}"
    got = got if len(got) <= SHOWN_CHARACTERS else f"got {type(value).__name__}"
    match fault["type"]:
        case "missing":
            return Problem(path, "is required." if path else "A JSON object is required as body.")
        case "extra_forbidden":
            return Problem(path, "is not a known key here.", value, hint=near(str(rest[-1]), names))
        case "literal_error" | "enum":
            options = str(context.get("expected", "")).replace(" or ", ", ").split(", ")
            allowed = [word.strip("'") for word in options]
            hint = near(value, allowed) if isinstance(value, str) else None
            return Problem(path, f"must be one of {', '.join(allowed)}; {got}.", value, allowed, hint)
        case "greater_than_equal":
            return Problem(path, f"must be at least {context['ge']}; {got}.", value, {"minimum": context["ge"]})
        case "less_than_equal":
            return Problem(path, f"must be at most {context['le']}; {got}.", value, {"maximum": context["le"]})
        case "string_too_short" | "string_too_long":
            least, most = context.get("min_length"), context.get("max_length")
            bound = f"at least {least}" if most is None else f"at most {most}"
            met = f"got {len(value)}" if isinstance(value, str) else got
            bounds = {"minimum": least} if most is None else {"maximum": most}
            return Problem(path, f"must have {bound} characters; {met}.", value, bounds)
        case "dict_type" | "model_attributes_type" | "model_type":
            return Problem(path, f"must be a JSON object; {got}.", value)
        case "value_error":
            return Problem(path, str(context.get("error", fault["msg"])), value)
        case _:
            text = str(fault["msg"]).removeprefix("Input should be ").removeprefix("a valid ")
            text = text.partition(", unable to parse")[0]
            return Problem(path, f"must be {text}; {got}.", value)
