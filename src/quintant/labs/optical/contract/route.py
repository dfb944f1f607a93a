"""The contract's errors: `{"detail": "text"}` with 400, 403, 404, 409, 410 or 500, whatever went wrong inside."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from quintant.config import suggest
from quintant.errors import ConfigError, Conflict, Problem
from quintant.labs.optical.contract.option import sentence
from quintant.wire.body import NotAnObject
from quintant.wire.refusal import Dialect, answer
from quintant.wire.route import ContractRoute, routes_of


class Ending(Conflict):
    """The run is being cancelled, or its processes are still ending: in `after_s` seconds it can be deleted."""

    def __init__(self, detail: str, after_s: int) -> None:
        super().__init__(detail)
        self.after_s = after_s


class Fusion(Dialect):
    contract = "optical"
    unforeseen = "Internal server error"

    def special(self, error: Exception) -> Response | None:
        return self.error_answer(409, error.detail, {"Retry-After": str(error.after_s)}) if isinstance(error, Ending) else None

    def faults(self, error: ConfigError) -> Response:
        if isinstance(error, NotAnObject):
            return self.error_answer(400, f"body: must be a JSON object; got {error.kind}.")
        return self.error_answer(400, "\n".join(map(sentence, error.problems)))

    def error_answer(self, status: int, detail: Any, headers: Any = None) -> Response:
        own = {"code": "INTERNAL_ERROR"} if status == 500 else {}
        return answer({"detail": detail, **own}, status, headers)


DIALECT = Fusion()
REPEATED = ("status",)
"""Parameters that may be given several times: their values are taken together."""


class _KnownParameters(ContractRoute):
    """Parameters of the address that nothing reads, and values of which only the last would count, are refused."""

    def before(self, request: Request) -> None:
        known = sorted({field.alias for field in self.dependant.query_params})
        names = [name for name, _ in request.query_params.multi_items()]
        problems = []
        for name in dict.fromkeys(names):
            if name not in known:
                hint = suggest(name, known) or (f"Known: {', '.join(known)}." if known else "There are none.")
                problems.append(Problem(name[:60], "is not a parameter of this request.", None, known, hint))
            elif names.count(name) > 1 and name not in REPEATED:
                problems.append(Problem(name, f"must be given once; it stands there {names.count(name)} times."))
        if problems:
            raise ConfigError(problems)


FusionRoute = routes_of(DIALECT, _KnownParameters)
