"""Who may open a terminal. Every rule holds by itself; a page of this machine's own server passes all of them."""

from __future__ import annotations

import ipaddress
import os
import secrets
import threading
import time
from collections import OrderedDict
from pathlib import Path

from starlette.requests import HTTPConnection

TOKEN_LIVES_S = 30
MOST_TOKENS = 16
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""Headers by which a proxy tells that the one who asks is elsewhere."""
NEEDS_TOKEN = "A terminal opens with a token that has not been used: GET /api/terminal/token, then ?token=…"
OWN_SITES = (None, "none", "same-origin")
"""Sec-Fetch-Site of a request that no foreign page made; None: not a browser."""
SOCKETS = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
ESTABLISHED = "01"


class Tokens:
    """Tokens that open one terminal each, within TOKEN_LIVES_S. The oldest goes when there are too many."""

    def __init__(self) -> None:
        self._born: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def issue(self) -> str:
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._born[token] = time.monotonic()
            while len(self._born) > MOST_TOKENS:
                self._born.popitem(last=False)
        return token

    def redeem(self, token: str | None) -> bool:
        """Whether it is good; it is not a second time."""
        with self._lock:
            born = self._born.pop(token or "", None)
        return born is not None and time.monotonic() - born <= TOKEN_LIVES_S


def shut(request: HTTPConnection) -> str | None:
    """Why this request may not open a terminal; None when it may."""
    state, headers = request.app.state, request.headers
    if state.settings.terminal == "off":
        return "The terminal is off; QUINTANT_TERMINAL=on allows it on this machine."
    if os.name != "posix":
        return "The terminal needs a POSIX system."
    if not _loopback(state.host):
        return f"The terminal is for this machine only, and the server listens on {state.host}."
    if request.client is None or not _loopback(request.client.host) or any(name in headers for name in FORWARDED):
        return "The terminal is for this machine only, not through a proxy."
    if _of_another_user(request):
        return "The terminal is for the user who runs the server; this request comes from another user of the machine."
    origin = headers.get("origin")
    if origin is not None and not _own(origin, request) and origin.lower().rstrip("/") not in state.origins:
        return f"Pages of '{origin[:100]}' may not open a terminal; QUINTANT_CORS_ORIGINS names those that may."
    if origin is None and headers.get("sec-fetch-site") not in OWN_SITES:
        return "Pages of other sites may not open a terminal."
    return None


def tokenless(request: HTTPConnection) -> str | None:
    """Why this request, which `shut` lets pass, needs a token; None where the page that asks is named.

    The original's page knows no token. In its place stand, with QUINTANT_TERMINAL=origin only: an Origin that the operator
    named (no browser lets a page choose it), loopback, and the server's own user, who must be *known*.
    """
    state, origin = request.app.state, request.headers.get("origin")
    if state.settings.terminal != "origin":
        return NEEDS_TOKEN
    if state.settings.api_key:
        return f"{NEEDS_TOKEN} The server has a key, which only a token stands for."
    named = {text.strip().lower().rstrip("/") for text in state.settings.cors_origins.split(",")} - {"", "*"}
    if origin is None or origin.lower().rstrip("/") not in named:
        return f"{NEEDS_TOKEN} Without one only pages are served that QUINTANT_CORS_ORIGINS names."
    if not any(path.is_file() for path in SOCKETS):
        return f"{NEEDS_TOKEN} Who asks is not known on this system."
    return None


def _own(origin: str, request: HTTPConnection) -> bool:
    """Whether the page came from this very server."""
    secure = request.url.scheme in ("https", "wss")
    return origin.lower() == f"{'https' if secure else 'http'}://{request.headers.get('host', '').lower()}"


def _of_another_user(request: HTTPConnection) -> bool:
    """Whether another user of this machine asks: loopback is open to all of them. Known on Linux only."""
    server = request.scope.get("server")
    tables = [path for path in SOCKETS if path.is_file()]
    if not tables or request.client is None or not server or server[1] is None:
        return False
    owners = {uid for path in tables for uid in users(path.read_text(), request.client.port, server[1])}
    return owners != {os.getuid()}


def users(table: str, port: int, server_port: int) -> set[int]:
    """Who holds the established sockets from `port` to `server_port`, by a table of /proc/net."""
    rows = (row.split() for row in table.splitlines()[1:])
    return {int(row[7]) for row in rows if row[3] == ESTABLISHED and (_port(row[1]), _port(row[2])) == (port, server_port)}


def _port(place: str) -> int:
    return int(place.rpartition(":")[2], 16)


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
