"""The contract's errors: 422 with FastAPI's `{"detail": [{loc, msg, type, input}]}`, in our words; `{"detail": text}` else."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from quintant.errors import MOST_TOLD, Busy, ConfigError, Problem
from quintant.wire.body import Malformed
from quintant.wire.refusal import Dialect, answer, location, shown
from quintant.wire.route import routes_of

RETRY_AFTER_S = 5


class Pinglab(Dialect):
    contract = "spiking"
    shows_own_errors = True

    def faults(self, error: ConfigError) -> Response:
        return answer({"detail": entries(error)}, 422)

    def special(self, error: Exception) -> Response | None:
        if isinstance(error, Busy):
            return self.error_answer(503, error.detail, {"Retry-After": str(RETRY_AFTER_S)})
        return None


PinglabRoute = routes_of(Pinglab())


def entries(error: ConfigError) -> list[dict[str, Any]]:
    """One entry per fault, as clients of a FastAPI service expect: `loc` begins with "body"."""
    if isinstance(error, Malformed):
        return [{"type": "json_invalid", "loc": ["body", error.position], "msg": _malformed(error.problems[0]), "input": {}}]
    types = getattr(error, "types", [])[:MOST_TOLD]
    kinds = [*types, *["value_error"] * (len(error.problems) - len(types))]
    return [_entry(fault, kind) for fault, kind in zip(error.problems, kinds, strict=True)]


def _malformed(problem: Problem) -> str:
    where = "The body" if problem.path == "body" else f"The body is ambiguous: '{problem.path}'"
    return f"{where} {problem.message}"


def _entry(fault: Problem, kind: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"type": kind, "loc": location(fault.path), "msg": str(fault), "input": shown(fault.value)}
    if fault.allowed is not None:
        entry["ctx"] = {"allowed": fault.allowed}
    return entry
