"""Accounts and their API keys.

One document per account, under its e-mail address, which is unique; its keys stand in it, so that an account and its first
key, or the end of a key, are one transaction. A second document, under the visible part of a key, leads to the account.

A key is `cn_live_`, 8 characters that anybody may see, and 48 that nobody sees twice: kept is the SHA-256 of the whole, which
for 192 random bits is as good as a slow hash. It is compared in constant time, also where there is no such key.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from quintant.config import Part
from quintant.errors import ConfigError, Conflict, NotFound, Problem
from quintant.json_value import JsonObject
from quintant.labs.chip.contract.name import LAB
from quintant.labs.chip.contract.reading import Reading
from quintant.labs.chip.contract.refusal import BeyondTier, Unauthorized
from quintant.labs.chip.tiers import FREE, TIERS, Tier
from quintant.wire.facade import Runs
from quintant.wire.reader import Table, Wire
from quintant.wire.times import iso

PREFIX = "cn_live_"
KEY = re.compile(r"cn_live_([0-9a-f]{8})[0-9a-f]{48}")
EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]+@[^@\s.\x00-\x1f\x7f]+(\.[^@\s.\x00-\x1f\x7f]+)+")
LONGEST_EMAIL = 254
SCOPES = ("read", "simulate", "admin")
"""Each may do what those before it may: look, store and run, handle keys."""
MOST_KEYS = 20
USED_EVERY_S = 60.0
"""How exactly `last_used_at` is kept."""
NOBODY = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True)
class Account:
    id: str
    email: str
    tier: Tier
    created_at: float
    keys: dict[str, JsonObject] = field(repr=False)


@dataclass(frozen=True)
class Caller:
    """Who asks: an account by one of its keys."""

    account: Account
    key: str
    scope: str

    def may(self, scope: str) -> bool:
        return SCOPES.index(self.scope) >= SCOPES.index(scope)


class Accounts:
    """`now`: the clock, so that tests can turn it."""

    def __init__(self, runs: Runs, now: Callable[[], float] = time.time) -> None:
        self._accounts = runs.documents(LAB, "accounts")
        self._keys = runs.documents(LAB, "keys")
        self.now = now

    # --- accounts ---

    def signup(self, email: str, tier: Tier) -> tuple[Account, str]:
        """A new account and its first key. Conflict when the address is taken; then nothing was stored."""
        email, now = address(email), self.now()
        account_id = f"acc_{secrets.token_hex(8)}"
        shown, secret, body = self._mint("default", "admin")
        self._lead(shown, email, account_id)
        try:
            document = {"id": account_id, "email": email, "tier": tier.name, "created_at": now, "keys": {shown: body}}
            self._accounts.put(email, document)
        except Conflict:
            self._keys.delete(shown)
            raise Conflict("This e-mail address is already registered.") from None
        return _account(document), secret

    def find(self, email: str) -> Account:
        email = address(email)
        document = self._accounts.get(email)
        if document is None:
            raise NotFound("Account", email, "It comes into being with POST /v1/signup.")
        return _account(document)

    def all(self) -> list[Account]:
        return [_account(document) for document in self._accounts.all().values()]

    def grant(self, email: str, tier: str) -> Account:
        """Give an account another tier, which holds from its next request on."""
        chosen = named(tier)
        email = self.find(email).email
        return _account(self._accounts.change(email, lambda body: {**body, "tier": chosen.name}))

    # --- keys ---

    def caller(self, secret: str | None) -> Caller:
        """Whose key this is. Unauthorized for none, for a wrong one and for one that was revoked."""
        if not secret:
            raise Unauthorized("Missing API key: send it in the header X-API-Key.")
        whole = KEY.fullmatch(secret)
        shown = whole[1] if whole else "0" * 8
        lead = self._keys.get(shown) or {}
        body = self._accounts.get(lead["email"]) if lead else None
        key = body["keys"].get(shown) if body and body["id"] == lead["account"] else None
        digest = hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
        right = hmac.compare_digest(digest, key["hash"] if key else NOBODY)
        if not (whole and right and body and key and key["active"]):
            raise Unauthorized("Invalid API key.")
        self._used(body, shown)
        return Caller(_account(body), shown, key["scope"])

    def add_key(self, account: Account, name: str, scope: str) -> tuple[JsonObject, str]:
        """A further key: as it is listed, and the secret, which is told this once."""
        shown, secret, made = self._mint(name, scope)
        self._lead(shown, account.email, account.id)

        def change(body: JsonObject) -> JsonObject:
            if sum(key["active"] for key in body["keys"].values()) >= MOST_KEYS:
                raise BeyondTier(f"An account has at most {MOST_KEYS} active keys; revoke one first.")
            return {**body, "keys": {**body["keys"], shown: made}}

        try:
            self._accounts.change(account.email, change)
        except BeyondTier:
            self._keys.delete(shown)
            raise
        return listed(shown, made), secret

    def revoke(self, account: Account, key_id: str) -> JsonObject:
        """End a key, from the next request on. Conflict for the last one that may handle keys."""
        shown = key_id.removeprefix("key_")

        def change(body: JsonObject) -> JsonObject:
            keys = body["keys"]
            if key_id != f"key_{shown}" or shown not in keys:
                raise NotFound("API key", key_id)
            others = [name for name, key in keys.items() if key["active"] and key["scope"] == "admin" and name != shown]
            if not others:
                raise Conflict("This is the account's last active key of scope admin; add another one before revoking it.")
            return {**body, "keys": {**keys, shown: {**keys[shown], "active": False}}}

        return listed(shown, self._accounts.change(account.email, change)["keys"][shown])

    # --- inside ---

    def _mint(self, name: str, scope: str) -> tuple[str, str, JsonObject]:
        """(visible part, secret, what is kept of it)."""
        shown, hidden = secrets.token_hex(4), secrets.token_hex(24)
        secret = f"{PREFIX}{shown}{hidden}"
        kept = {
            "hash": hashlib.sha256(secret.encode()).hexdigest(), "name": name, "scope": scope, "created_at": self.now(),
            "last_used_at": None, "active": True,
        }  # fmt: skip
        return shown, secret, kept

    def _lead(self, shown: str, email: str, account_id: str) -> None:
        self._keys.put(shown, {"email": email, "account": account_id})

    def _used(self, body: JsonObject, shown: str) -> None:
        now, last = self.now(), body["keys"][shown]["last_used_at"]
        if last is not None and now - last < USED_EVERY_S:
            return

        def change(body: JsonObject) -> JsonObject:
            keys = body["keys"]
            return {**body, "keys": {**keys, shown: {**keys[shown], "last_used_at": now}}}

        self._accounts.change(body["email"], change)


def address(value: Any) -> str:
    """An e-mail address as it is kept: trimmed, in small letters. ConfigError when it is not shaped like one."""
    if not isinstance(value, str):
        raise ConfigError(Problem("email", "is required." if value is None else "must be a text.", value))
    email = value.strip().lower()
    if len(email) > LONGEST_EMAIL or not EMAIL.fullmatch(email):
        raise ConfigError(Problem("email", f"must be an e-mail address; got {value[:60]!r}.", value[:60]))
    return email


def named(tier: Any) -> Tier:
    """The tier of that name, `free` for none."""
    if tier is None:
        return FREE
    if not isinstance(tier, str) or tier not in TIERS:
        shown = repr(tier[:60]) if isinstance(tier, str) else "no text"
        raise ConfigError(Problem("tier", f"must be one of {', '.join(TIERS)}; got {shown}.", tier, list(TIERS)))
    return TIERS[tier]


APPLICATION = Table(
    Part,
    (
        Wire("email", required=True, read=lambda reading, value, path: address(value)),
        Wire("tier", read=lambda reading, value, path: named(value), default=FREE),
    ),
)


def applicant(body: JsonObject) -> tuple[str, Tier]:
    """(e-mail address, tier) of a request. ConfigError with every fault."""
    reading = APPLICATION.read(body, Reading())
    reading.settle()
    return reading.own["email"], reading.own["tier"]


def listed(shown: str, key: JsonObject) -> JsonObject:
    """A key as its owner sees it."""
    return {
        "key_id": f"key_{shown}", "key_prefix": f"{PREFIX}{shown}", "name": key["name"], "scope": key["scope"],
        "created_at": iso(key["created_at"], 3), "last_used_at": iso(key["last_used_at"], 3), "active": key["active"],
    }  # fmt: skip


def _account(body: JsonObject) -> Account:
    return Account(body["id"], body["email"], TIERS[body["tier"]], body["created_at"], body["keys"])
