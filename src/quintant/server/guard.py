"""Which hosts and origins are answered, and the headers that every answer carries.

A page of another site must not reach a server that listens on this machine: neither by a name that it points at us
(DNS rebinding: the Host header is checked) nor by a request from the victim's browser (the Origin header is checked
before anything changes, and before a WebSocket opens, where CORS does not help).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from quintant.server import problems

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
WILDCARD = frozenset({"0.0.0.0", "::", ""})
# The development servers of the pages that the contracts were written for.
DEVELOPMENT_ORIGINS = (
    *(f"http://{name}:{port}" for name in ("localhost", "127.0.0.1") for port in range(5173, 5179)),
    "http://localhost:3000",
)
RETRY_AFTER_S = "5"
"""When to come back after 503 and 507, where a route does not say it: a restart takes seconds."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def is_loopback(host: str) -> bool:
    """Whether listening on `host` is reachable from this machine only."""
    if host in LOOPBACK:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def host_name(header: str) -> str:
    """The name in a Host header, without its port: "[::1]:8000" → "::1"."""
    if header.startswith("["):
        return header[1:].partition("]")[0].lower()
    name, colon, port = header.rpartition(":")
    return (name if colon and port.isdecimal() else header).lower().rstrip(".")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class Guard:
    """Refuses foreign hosts (421) and foreign origins that would change something (403); adds security headers.

    `open_paths`: where a contract answers pages of any origin (`server/cors.py`); the Host header is checked there too.
    """

    def __init__(
        self, app: ASGIApp, host: str, allowed_hosts: Collection[str], origins: Collection[str],
        open_paths: Collection[str] = (),
    ) -> None:  # fmt: skip
        self.app = app
        self.hosts = LOOPBACK | {name.lower() for name in allowed_hosts} | ({host.lower()} - WILDCARD)
        # Listening on every address, each of them is a right name; an address cannot be rebound, a name can.
        self.any_address = host in WILDCARD
        self.open_paths = frozenset(open_paths)
        self.origins = {origin.lower().rstrip("/") for origin in origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self._right_host(host_name(host)):
            await self._refuse(
                scope, receive, send, 421, "foreign_host",
                f"This server does not answer to the name '{host_name(host)[:100]}'; QUINTANT_ALLOWED_HOSTS adds names.",
            )  # fmt: skip
            return
        changes = scope["type"] == "websocket" or (scope["method"] not in SAFE_METHODS and scope["path"] not in self.open_paths)
        if changes and origin is not None and not self._right_origin(origin, host):
            await self._refuse(
                scope, receive, send, 403, "foreign_origin",
                f"Pages of '{origin[:100]}' may not change anything here; QUINTANT_CORS_ORIGINS adds origins.",
            )  # fmt: skip
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                if message["status"] in (503, 507):
                    answer.setdefault("Retry-After", RETRY_AFTER_S)
                answer.setdefault("X-Content-Type-Options", "nosniff")
                answer.setdefault("X-Frame-Options", "DENY")
                answer.setdefault("Referrer-Policy", "no-referrer")
                answer.setdefault("Cross-Origin-Opener-Policy", "same-origin")
            await send(message)

        await self.app(scope, receive, guarded)

    def _right_host(self, name: str) -> bool:
        return name in self.hosts or (self.any_address and _is_address(name))

    def _right_origin(self, origin: str, host: str) -> bool:
        origin = origin.lower().rstrip("/")
        return origin in self.origins or origin.partition("://")[2] == host.lower()

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, status: int, code: str, detail: str) -> None:
        await problems.refusal(scope["path"], status, code, detail)(scope, receive, send)
