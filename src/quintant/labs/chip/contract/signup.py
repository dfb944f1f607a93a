"""POST /v1/signup: an account and its first API key, which is told this once."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from quintant.labs.chip.contract import examples
from quintant.labs.chip.contract.accounts import PREFIX, Accounts, address, named
from quintant.labs.chip.contract.body import Body
from quintant.labs.chip.contract.callers import is_local
from quintant.labs.chip.contract.refusal import BeyondTier, ChipRoute, answer
from quintant.labs.chip.contract.wire import Faults
from quintant.labs.chip.tiers import FREE


def router(accounts: Accounts) -> APIRouter:
    routes = APIRouter(prefix="/v1/signup", route_class=ChipRoute)

    @routes.post("", summary="Create an account and get an API key", **examples.of("signup"))
    def signup(request: Request, body: Body) -> Response:
        faults = Faults()
        faults.unknown(body, ("email", "tier"))
        faults.refuse()
        email, tier = address(body.get("email")), named(body.get("tier"))
        if tier is not FREE and not is_local(request):
            raise BeyondTier(
                f"The tier {tier.name} is granted by the operator of this server. Sign up for {FREE.name}, then ask for it: "
                f"quintant chip grant {email} {tier.name}"
            )
        account, secret = accounts.signup(email, tier)
        (shown,) = account.keys
        told: dict[str, Any] = {"api_key": secret, "key_prefix": f"{PREFIX}{shown}", "tier": tier.name, "limits": tier.limits}
        return answer(told)

    return routes
