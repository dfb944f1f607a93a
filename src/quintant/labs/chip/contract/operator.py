"""What the operator of a server does with accounts: `quintant chip grant` and `quintant chip accounts` come in here.

These routes lie beside the native API, so the server's own key guards them, not an account's.
"""

from __future__ import annotations

from http import HTTPStatus

import orjson
from fastapi import APIRouter
from starlette.responses import Response

from quintant.contract import ContractRoute
from quintant.errors import ConfigError, QuintantError
from quintant.labs.chip.contract import examples
from quintant.labs.chip.contract.accounts import Account, Accounts
from quintant.labs.chip.contract.body import Body
from quintant.labs.chip.contract.clock import iso
from quintant.labs.chip.contract.facade import LAB, Json, Runs
from quintant.labs.chip.contract.ledger import Ledger
from quintant.labs.chip.contract.refusal import answer, refusal
from quintant.labs.chip.contract.usage import shape
from quintant.labs.chip.contract.wire import Faults

PREFIX = f"/api/v2/labs/{LAB}"


class OperatorRoute(ContractRoute):
    """A route that refuses as the native API does, so that its clients understand."""

    @staticmethod
    def refusal(error: Exception) -> Response:
        if not isinstance(error, QuintantError):
            return refusal(error)
        told = {
            "type": f"urn:quintant:problem:{error.code}",
            "title": HTTPStatus(error.status).phrase,
            "status": error.status,
            "detail": error.detail,
            "code": error.code,
            "problems": [vars(one) for one in error.problems] if isinstance(error, ConfigError) else [],
        }
        return Response(orjson.dumps(told), error.status, media_type="application/problem+json")


def router(accounts: Accounts, ledger: Ledger) -> APIRouter:
    routes = APIRouter(prefix=PREFIX, route_class=OperatorRoute)

    @routes.post("/grants", summary="Give an account another tier", **examples.of("grant"))
    def granted(body: Body) -> Response:
        faults = Faults()
        faults.unknown(body, ("email", "tier"))
        if not isinstance(body.get("tier"), str):
            faults.add("tier", "is required.")
        faults.refuse()
        return answer(grant(accounts, str(body.get("email")), body["tier"]))

    @routes.get("/accounts", summary="All accounts, with what they have used", **examples.of("accounts"))
    def listed() -> Response:
        return answer({"accounts": _cards(accounts, ledger)})

    return routes


def grant(accounts: Accounts, email: str, tier: str) -> Json:
    before = accounts.find(email)
    after = accounts.grant(email, tier)
    return {"email": after.email, "tier": after.tier.name, "was": before.tier.name, "limits": after.tier.limits}


def listing(runs: Runs) -> Json:
    """All accounts, where there is no server to ask."""
    return {"accounts": _cards(Accounts(runs), Ledger(runs))}


def _cards(accounts: Accounts, ledger: Ledger) -> list[Json]:
    return [_card(one, ledger) for one in sorted(accounts.all(), key=lambda one: one.created_at)]


def _card(account: Account, ledger: Ledger) -> Json:
    return {"email": account.email, "created_at": iso(account.created_at), **shape(ledger.usage(account), account.tier)}
