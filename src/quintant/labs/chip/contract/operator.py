"""What the operator of a server does with accounts: `quintant chip grant` and `quintant chip accounts` come in here.

These routes lie beside the native API, so the server's own key guards them, not an account's.
"""

from __future__ import annotations

from http import HTTPStatus

import orjson
from fastapi import APIRouter
from starlette.responses import Response

from quintant.errors import ConfigError, Problem, QuintantError
from quintant.json_value import JsonObject
from quintant.labs.chip.contract import examples
from quintant.labs.chip.contract.accounts import Account, Accounts, applicant, named
from quintant.labs.chip.contract.ledger import Ledger
from quintant.labs.chip.contract.name import LAB
from quintant.labs.chip.contract.refusal import Catalyst
from quintant.labs.chip.contract.usage import shape
from quintant.wire.body import Body
from quintant.wire.facade import Runs
from quintant.wire.refusal import answer
from quintant.wire.route import routes_of
from quintant.wire.times import iso

PREFIX = f"/api/v2/labs/{LAB}"


class Native(Catalyst):
    """Refusals as the native API words them, so that its clients understand."""

    def refusal(self, error: Exception) -> Response:
        if not isinstance(error, QuintantError):
            return super().refusal(error)
        problem_details = {
            "type": f"urn:quintant:problem:{error.code}",
            "title": HTTPStatus(error.status).phrase,
            "status": error.status,
            "detail": error.detail,
            "code": error.code,
            "problems": [vars(problem) for problem in error.problems] if isinstance(error, ConfigError) else [],
        }
        return Response(orjson.dumps(problem_details), error.status, media_type="application/problem+json")


OperatorRoute = routes_of(Native())


def router(accounts: Accounts, ledger: Ledger) -> APIRouter:
    routes = APIRouter(prefix=PREFIX, route_class=OperatorRoute)

    @routes.post("/grants", summary="Give an account another tier", **examples.documented("grant"))
    def granted(body: Body) -> Response:
        if body.get("tier") is None:
            raise ConfigError(Problem("tier", "is required."))
        email, tier = applicant(body)
        return answer(grant(accounts, email, tier.name))

    @routes.post(
        "/accounts", summary="Create an account, also where signing up is shut", **examples.documented("create_account")
    )
    def created(body: Body) -> Response:
        email, tier = applicant(body)
        return answer(create(accounts, email, tier.name))

    @routes.get("/accounts", summary="All accounts, with what they have used", **examples.documented("accounts"))
    def listed() -> Response:
        return answer({"accounts": _cards(accounts, ledger)})

    return routes


def grant(accounts: Accounts, email: str, tier: str) -> JsonObject:
    before = accounts.find(email)
    after = accounts.grant(email, tier)
    return {"email": after.email, "tier": after.tier.name, "was": before.tier.name, "limits": after.tier.limits}


def create(accounts: Accounts, email: str, tier: str | None) -> JsonObject:
    """A new account with its first key, which is told this once."""
    account, secret = accounts.signup(email, named(tier))
    return {"email": account.email, "api_key": secret, "tier": account.tier.name, "limits": account.tier.limits}


def listing(runs: Runs) -> JsonObject:
    """All accounts, where there is no server to ask."""
    return {"accounts": _cards(Accounts(runs), Ledger(runs))}


def _cards(accounts: Accounts, ledger: Ledger) -> list[JsonObject]:
    return [_card(account, ledger) for account in sorted(accounts.all(), key=lambda account: account.created_at)]


def _card(account: Account, ledger: Ledger) -> JsonObject:
    return {"email": account.email, "created_at": iso(account.created_at, 3), **shape(ledger.usage(account), account.tier)}
