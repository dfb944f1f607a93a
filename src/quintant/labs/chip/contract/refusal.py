"""The contract's errors: `{"detail": "text"}`, always one text, with 400, 401, 403, 404, 409, 413 or 429."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from quintant.errors import ConfigError, Problem, QuintantError
from quintant.wire.refusal import Dialect
from quintant.wire.route import ContractRoute, routes_of


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


class Catalyst(Dialect):
    contract = "chip"
    shows_own_errors = True

    def faults(self, error: ConfigError) -> Response:
        return self.error_answer(400, sentences(error.problems))

    def special(self, error: Exception) -> Response | None:
        match error:
            case QuotaReached():
                return self.error_answer(429, error.detail, {"Retry-After": str(int(error.again_in_s) + 1)})
            case Unauthorized():
                return self.error_answer(401, error.detail, {"WWW-Authenticate": 'ApiKey realm="chip", header="X-API-Key"'})
        return None


DIALECT = Catalyst()


class _KnownParameters(ContractRoute):
    """Parameters of the address that nothing reads are refused."""

    def before(self, request: Request) -> None:
        known = sorted({field.alias for field in self.dependant.query_params})
        unknown = [name for name in dict.fromkeys(request.query_params) if name not in known]
        hint = f"Known: {', '.join(known)}." if known else "There are none."
        if unknown:
            raise ConfigError(
                [Problem(name[:60], "is not a parameter of this request.", None, known, hint) for name in unknown]
            )


ChipRoute = routes_of(DIALECT, _KnownParameters)


def sentences(problems: tuple[Problem, ...]) -> str:
    """All faults in one text, a line each."""
    return "\n".join(map(str, problems))
