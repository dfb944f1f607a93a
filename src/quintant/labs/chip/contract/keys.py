"""/v1/keys: further API keys of an account, each with a name and a scope, and their end."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from quintant.config import suggest
from quintant.labs.chip.contract import examples
from quintant.labs.chip.contract.accounts import SCOPES, Accounts, Caller, listed
from quintant.labs.chip.contract.body import Body
from quintant.labs.chip.contract.callers import Asking
from quintant.labs.chip.contract.refusal import ChipRoute, answer
from quintant.labs.chip.contract.wire import Faults

LONGEST_NAME = 100


def router(accounts: Accounts, admin: Asking) -> APIRouter:
    routes = APIRouter(prefix="/v1/keys", route_class=ChipRoute)

    @routes.post("", summary="Create an API key; it is told this once", **examples.of("create_key"))
    def create(*, who: Caller = admin, body: Body) -> Response:
        name, scope = decode(body)
        told, secret = accounts.add_key(who.account, name, scope)
        return answer({"api_key": secret, **told})

    @routes.get("", summary="Your API keys, newest first", **examples.of("list_keys"))
    def list_(who: Caller = admin) -> Response:
        keys = sorted(who.account.keys.items(), key=lambda one: one[1]["created_at"], reverse=True)
        return answer([listed(shown, key) for shown, key in keys])

    @routes.delete("/{key_id}", summary="Revoke an API key", **examples.of("revoke_key"))
    def revoke(key_id: str, who: Caller = admin) -> Response:
        return answer(accounts.revoke(who.account, key_id))

    return routes


def decode(body: dict[str, Any]) -> tuple[str, str]:
    """(name, scope)"""
    faults = Faults()
    faults.unknown(body, ("name", "scope"))
    name = body.get("name") if body.get("name") is not None else "key"
    if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        faults.add("name", f"must be a text of 1 to {LONGEST_NAME} printable characters.")
    scope = body.get("scope") if body.get("scope") is not None else "simulate"
    if scope not in SCOPES:
        hint = suggest(scope, SCOPES) if isinstance(scope, str) else None
        faults.add("scope", f"must be one of {', '.join(SCOPES)}.", None, list(SCOPES), hint)
    faults.refuse()
    return str(name), str(scope)
