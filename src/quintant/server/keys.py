"""The API key: when one is set, every door but the harmless ones asks for it."""

from __future__ import annotations

import hmac

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from quintant.server import dashboard, problems
from quintant.settings import SHORTEST_KEY

# Say nothing about anybody's work, and a browser needs them before it can hold a key.
OPEN = ("/", "/api/health", "/docs", "/redoc", "/openapi.json", *dashboard.OPEN)
OPEN_BELOW = ("/docs/", "/redoc/", *dashboard.OPEN_BELOW)


def is_open(path: str, own: tuple[str, ...]) -> bool:
    """Whether `path` is answered without the server's key; `own`: where contracts have keys themselves (path prefixes)."""
    return path in OPEN or path.startswith((*OPEN_BELOW, *own))


class KeyDoor:
    """Asks for `Authorization: Bearer KEY` (or `X-API-Key: KEY`) where `is_open` does not let everybody in.

    `token_sockets`: paths of WebSockets whose one-time token was given out behind the key, and stands for it.
    """

    def __init__(self, app: ASGIApp, key: str, own: tuple[str, ...] = (), token_sockets: tuple[str, ...] = ()) -> None:
        if len(key) < SHORTEST_KEY:  # whoever builds an application by hand must not open it with an empty key
            raise ValueError(f"key: must have at least {SHORTEST_KEY} characters; it has {len(key)}")
        self.app, self.key, self.own, self.token_sockets = app, key.encode(), own, token_sockets

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
        if request.scope["type"] == "websocket" and request.scope["path"] in self.token_sockets:
            return True
        if request.scope["type"] == "http" and request.scope["method"] == "OPTIONS":
            return True  # a browser's preflight carries no key
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        offered = bearer.strip() if scheme.lower() == "bearer" else request.headers.get("x-api-key", "")
        # The whole key or nothing: compare_digest takes equal time for every wrong key of a length.
        return bool(offered) and hmac.compare_digest(offered.encode(), self.key)
