"""Which answers a page of another origin may read: those for the origins of the settings, and the paths that a contract opens.

A contract that promises to answer pages of any origin says so (`Contract.open_cors`, its exact paths, and
`exposed_headers`, the headers that such a page may read). Open paths are answered without credentials (cookies, HTTP
authentication), which browsers do not send together with "any origin".
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
EXPOSED = ("Location", "ETag", "Content-Range", "X-Log-Size", "X-Log-Offset", "X-Log-End")


class Cors:
    def __init__(
        self, app: ASGIApp, origins: Sequence[str], open_paths: Collection[str] = (), exposed: Sequence[str] = ()
    ) -> None:
        every = "*" in origins
        self.open_paths = frozenset(open_paths)
        self.listed = CORSMiddleware(
            app,
            allow_origins=["*"] if every else list(origins),
            allow_credentials=not every,
            allow_methods=METHODS,
            allow_headers=["*"],
            expose_headers=[*EXPOSED, *exposed],
        )
        self.open = CORSMiddleware(
            app, allow_origins=["*"], allow_credentials=False, allow_methods=METHODS, allow_headers=["*"],
            expose_headers=[*EXPOSED, *exposed],
        )  # fmt: skip

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        chosen = self.open if scope.get("path") in self.open_paths else self.listed
        await chosen(scope, receive, send)
