"""What a page of another origin may read, and which paths a contract opens to all of them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from quintant.server.cors import Cors
from quintant.server.guard import Guard


def ask(path: str, method: str = "GET", origin: str = "https://page.example", origins: tuple[str, ...] = ()) -> Any:
    """(status, headers) through both doors, with /open opened by a contract."""
    sent: list[dict[str, Any]] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"127.0.0.1:8000"), (b"origin", origin.encode()), (b"access-control-request-method", b"POST")]
    scope = {"type": "http", "path": path, "method": method, "headers": headers, "extensions": {}}
    doors = Guard(Cors(application, origins, ("/open",), ("X-Timing",)), "127.0.0.1", (), origins, ("/open",))
    asyncio.run(doors(scope, None, send))  # type: ignore[arg-type]
    return sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]}


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_an_open_path_answers_every_origin_without_credentials(method: str) -> None:
    status, headers = ask("/open", method)
    assert status == 200
    assert headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in headers
    if method != "OPTIONS":
        assert "X-Timing" in headers["access-control-expose-headers"]


@pytest.mark.parametrize("path", ["/", "/open/", "/open/x", "/api/v2/runs"])
def test_other_paths_stay_shut(path: str) -> None:
    assert ask(path, "POST")[0] == 403
    assert "access-control-allow-origin" not in ask(path)[1]


def test_listed_origins_are_answered_with_credentials() -> None:
    status, headers = ask("/api/v2/runs", "POST", origins=("https://page.example",))
    assert status == 200
    assert headers["access-control-allow-origin"] == "https://page.example"
    assert headers["access-control-allow-credentials"] == "true"
