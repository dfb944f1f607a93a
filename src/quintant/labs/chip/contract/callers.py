"""Who asks: the account behind a request's API key, and whether this key may do what is asked."""

from __future__ import annotations

import ipaddress
from typing import Any

from fastapi import Depends
from starlette.requests import Request

from quintant.labs.chip.contract.accounts import Accounts, Caller
from quintant.labs.chip.contract.refusal import BeyondTier

Asking = Any
"""What a route's `who` is when nothing is given: a dependency, which FastAPI turns into a Caller."""


def asking(accounts: Accounts, scope: str) -> Asking:
    """The dependency of a route that needs a key of this scope."""

    def caller(request: Request) -> Caller:
        who = accounts.caller(secret(request))
        if not who.may(scope):
            raise BeyondTier(f"This API key has the scope {who.scope}; {scope} is needed here.")
        return who

    return Depends(caller)


def secret(request: Request) -> str | None:
    """The key of a request: X-API-Key, or Authorization: Bearer."""
    kind, _, bearer = request.headers.get("authorization", "").partition(" ")
    return request.headers.get("x-api-key") or (bearer.strip() if kind.lower() == "bearer" else None)


def is_local(request: Request) -> bool:
    """Whether this is the single-user mode: the server listens on this machine alone, and has no operator's key."""
    state = request.app.state
    return state.settings.api_key is None and _is_loopback(state.host)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
