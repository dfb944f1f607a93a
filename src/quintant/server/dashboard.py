"""The dashboard: one page from the package, at `/` and at every address that the page has for itself.

    /                     for browsers (Accept names text/html); programs get the contract's greeting (`app.py`)
    /runs/… /new/… …      the same page: which part of it is shown stands in the address
    /terminal             the same, in a document of its own: what draws a terminal writes style elements, and only there it may
    /assets/…             its scripts, styles and font; names carry a hash of their content, so they are kept for ever

The page is built from `web/` into `web/dist` (`make web`). Nothing on it is asked from another machine.
"""

from __future__ import annotations

import gzip
import mimetypes
import secrets
from functools import lru_cache
from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

DIST = Path(__file__).parent / "web" / "dist"
PLACES = ("runs", "sweeps", "new", "compare", "labs")
"""What the page's own addresses begin with; an address below has no file, it is a place in the page."""
TERMINAL = "/terminal"
OPEN = (TERMINAL, *(f"/{place}" for place in PLACES))
OPEN_BELOW = ("/assets/", *(f"/{place}/" for place in PLACES))
"""Static files, which the page needs before it can ask for the key. No data stand below them."""
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
TEXT = frozenset({".js", ".css", ".svg", ".html"})
MEDIA_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".woff2": "font/woff2"}
FOR_EVER = "public, max-age=31536000, immutable"


def is_built() -> bool:
    return (DIST / "index.html").is_file()


def wants_page(request: Request) -> bool:
    """Whether a browser navigates here, rather than a program that asks for data."""
    return "text/html" in request.headers.get("accept", "")


def page(request: Request) -> Response:
    """The page, with the policy that forbids every script and every request but the server's own."""
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache", "Vary": "Accept, Accept-Encoding"}
    return _encoded(request, DIST / "index.html", headers, "text/html; charset=utf-8")


def terminal_page(request: Request) -> Response:
    """The page for `/terminal`: one nonce for each answer lets it write style elements. Scripts are held as everywhere else."""
    nonce = secrets.token_urlsafe(16)
    page = (DIST / "index.html").read_text().replace("</head>", f'<style nonce="{nonce}"></style></head>', 1)
    policy = POLICY.replace("style-src 'self'", f"style-src 'self' 'nonce-{nonce}'")
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store", "Vary": "Accept"}
    return Response(page, headers=headers, media_type="text/html; charset=utf-8")


def mount(app: FastAPI) -> None:
    """Serve the assets, and the page at its own addresses. After the contracts: their paths come first."""

    @app.api_route("/assets/{name}", methods=["GET", "HEAD"], include_in_schema=False)
    def asset(request: Request, name: str) -> Response:
        file = DIST / "assets" / name
        if "/" in name or "\\" in name or not file.is_file():
            raise HTTPException(404)
        kind = MEDIA_TYPES.get(file.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        return _encoded(request, file, {"Cache-Control": FOR_EVER, "Vary": "Accept-Encoding"}, kind)

    def place(request: Request) -> Response:
        if not wants_page(request) or not is_built():
            raise HTTPException(404)
        return page(request)

    def terminal(request: Request) -> Response:
        if not wants_page(request) or not is_built():
            raise HTTPException(404)
        return terminal_page(request)

    app.add_api_route(TERMINAL, terminal, methods=["GET", "HEAD"], include_in_schema=False)
    for name in PLACES:
        for path in (f"/{name}", f"/{name}/{{rest:path}}"):
            app.add_api_route(path, place, methods=["GET", "HEAD"], include_in_schema=False)


def _encoded(request: Request, file: Path, headers: dict[str, str], media_type: str) -> Response:
    """The file, compressed where that helps and the browser takes it."""
    if file.suffix in TEXT and "gzip" in request.headers.get("accept-encoding", ""):
        data = _compressed(file, file.stat().st_mtime_ns)
        return Response(data, headers={**headers, "Content-Encoding": "gzip"}, media_type=media_type)
    return Response(file.read_bytes(), headers=headers, media_type=media_type)


@lru_cache(maxsize=128)
def _compressed(file: Path, written: int) -> bytes:
    """`written` is part of the key: a page that is built anew is read anew."""
    return gzip.compress(file.read_bytes(), 9, mtime=0)
