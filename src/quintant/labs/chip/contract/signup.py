"""POST /v1/signup: an account and its first API key, which is told this once."""

from __future__ import annotations

import time
from typing import Any

from fastapi import APIRouter
from limits import RateLimitItemPerHour
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request
from starlette.responses import Response

from quintant.errors import Forbidden
from quintant.labs.chip.contract import examples
from quintant.labs.chip.contract.accounts import PREFIX, Accounts, applicant
from quintant.labs.chip.contract.callers import is_local
from quintant.labs.chip.contract.refusal import BeyondTier, ChipRoute, QuotaReached
from quintant.labs.chip.settings import SIGNUP
from quintant.labs.chip.tiers import FREE
from quintant.wire.body import Body
from quintant.wire.refusal import answer

SIGNUPS = RateLimitItemPerHour(10)
"""Accounts that one address may create; a class behind one router still gets through in an hour or two."""


class Turns:
    """The sign-ups of each address within the last hour."""

    def __init__(self, on: bool) -> None:
        self._on, self._windows = on, MovingWindowRateLimiter(MemoryStorage())

    def take(self, address: str) -> None:
        """QuotaReached when the address has none left."""
        if self._on and not self._windows.hit(SIGNUPS, address):
            again_s = max(0.0, self._windows.get_window_stats(SIGNUPS, address).reset_time - time.time())
            raise QuotaReached(f"This address has created {SIGNUPS.amount} accounts within the last hour.", again_s)


def shut(request: Request) -> str | None:
    """Why nobody may sign up here; None when everybody may."""
    setting = SIGNUP.read()
    if setting is not None and setting.lower() == "on":
        return None
    if setting is not None:
        return "Signing up is shut on this server (QUINTANT_SIGNUP); its operator creates accounts: quintant chip signup EMAIL."
    if request.app.state.settings.api_key is None:
        return None
    return (
        "This server has a key, so that not everybody may create an account; its operator opens signing up with "
        "QUINTANT_SIGNUP=on, or creates accounts: quintant chip signup EMAIL."
    )


def router(accounts: Accounts, *, limited: bool) -> APIRouter:
    """`limited`: whether sign-ups of an address are counted where the server is for others."""
    routes = APIRouter(prefix="/v1/signup", route_class=ChipRoute)

    turns = Turns(on=limited)

    @routes.post("", summary="Create an account and get an API key", **examples.documented("signup"))
    def signup(request: Request, body: Body) -> Response:
        if (reason := shut(request)) is not None:
            raise Forbidden(reason)
        if not is_local(request):
            turns.take(request.client.host if request.client else "unknown")
        email, tier = applicant(body)
        if tier is not FREE and not is_local(request):
            raise BeyondTier(
                f"The tier {tier.name} is granted by the operator of this server. Sign up for {FREE.name}, then ask for it: "
                f"quintant chip grant {email} {tier.name}"
            )
        account, secret = accounts.signup(email, tier)
        (shown,) = account.keys
        granted: dict[str, Any] = {
            "api_key": secret,
            "key_prefix": f"{PREFIX}{shown}",
            "tier": tier.name,
            "limits": tier.limits,
        }
        return answer(granted)

    return routes
