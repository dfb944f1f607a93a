"""/v1/keys: further API keys of an account, each with a name and a scope, and their end."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from quintant.config import Part
from quintant.errors import ConfigError, Problem
from quintant.labs.chip.contract import examples
from quintant.labs.chip.contract.accounts import SCOPES, Accounts, Caller, listed
from quintant.labs.chip.contract.callers import Asking
from quintant.labs.chip.contract.reading import Reading, chosen
from quintant.labs.chip.contract.refusal import ChipRoute
from quintant.wire.body import Body
from quintant.wire.reader import Table, Wire
from quintant.wire.refusal import answer

LONGEST_NAME = 100


def router(accounts: Accounts, admin: Asking) -> APIRouter:
    routes = APIRouter(prefix="/v1/keys", route_class=ChipRoute)

    @routes.post("", summary="Create an API key; it is told this once", **examples.documented("create_key"))
    def create(*, who: Caller = admin, body: Body) -> Response:
        reading = KEY.read(body, Reading())
        reading.settle()
        key, secret = accounts.add_key(who.account, **reading.own)
        return answer({"api_key": secret, **key})

    @routes.get("", summary="Your API keys, newest first", **examples.documented("list_keys"))
    def list_(who: Caller = admin) -> Response:
        keys = sorted(who.account.keys.items(), key=lambda entry: entry[1]["created_at"], reverse=True)
        return answer([listed(shown, key) for shown, key in keys])

    @routes.delete("/{key_id}", summary="Revoke an API key", **examples.documented("revoke_key"))
    def revoke(key_id: str, who: Caller = admin) -> Response:
        return answer(accounts.revoke(who.account, key_id))

    return routes


def _name(reading: Reading, value: Any, path: str) -> str:
    if isinstance(value, str) and 1 <= len(value) <= LONGEST_NAME and value.isprintable():
        return value
    raise ConfigError(Problem(path, f"must be a text of 1 to {LONGEST_NAME} printable characters."))


KEY = Table(Part, (Wire("name", read=_name, default="key"), Wire("scope", read=chosen(SCOPES), default="simulate")))
