"""The API key: when one is set, every door but the harmless ones asks for it."""

from __future__ import annotations

import hmac

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from quintant.server import problems

# Say nothing about anybody's work, and a browser needs them before it can hold a key.
OPEN = ("/", "/api/health", "/docs", "/openapi.json")
OPEN_BELOW = ("/docs/",)


def is_open(path: str, own: tuple[str, ...]) -> bool:
    """Whether `path` is answered without the server's key; `own`: where contracts have keys themselves (path prefixes)."""
    return path in OPEN or path.startswith((*OPEN_BELOW, *own))


class KeyDoor:
    """Asks for `Authorization: Bearer KEY` (or `X-API-Key: KEY`) where `is_open` does not let everybody in."""

    def __init__(self, app: ASGIApp, key: str, own: tuple[str, ...] = ()) -> None:
        self.app, self.key, self.own = app, key.encode(), own

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or self._passes(HTTPConnection(scope)):
            await self.app(scope, receive, send)
            return
        text = "An API key is required: Authorization: Bearer KEY."
        headers = {"WWW-Authenticate": 'Bearer realm="quintant"'}
        await problems.refusal(scope["path"], 401, "unauthorized", text, headers)(scope, receive, send)

    def _passes(self, request: HTTPConnection) -> bool:
        if is_open(request.scope["path"], self.own):  # not of `url`, which the Host header has a part in
            return True
        if request.scope["type"] == "http" and request.scope["method"] == "OPTIONS":
            return True  # a browser's preflight carries no key
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        given = bearer.strip() if scheme.lower() == "bearer" else request.headers.get("x-api-key", "")
        return hmac.compare_digest(given.encode(), self.key)
