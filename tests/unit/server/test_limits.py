"""A body that is too large is refused while it arrives, whatever its length was announced to be."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from quintant.server.limits import BodyLimit

MOST = 100


def run(pieces: list[bytes], length: str | None = None, path: str = "/api/v2/x") -> tuple[int, dict[str, Any], int, list[str]]:
    """Status, JSON, how many pieces were asked for, and what the application met."""
    met: list[str] = []
    sent: list[dict[str, Any]] = []
    asked = 0

    async def application(scope: Any, receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            met.append(message["type"])
            if message["type"] == "http.disconnect" or not message.get("more_body"):
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    async def receive() -> dict[str, Any]:
        nonlocal asked
        asked += 1
        last = asked == len(pieces)
        return {"type": "http.request", "body": pieces[asked - 1], "more_body": not last}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [] if length is None else [(b"content-length", length.encode())]
    scope = {"type": "http", "path": path, "method": "POST", "headers": headers}
    asyncio.run(BodyLimit(application, MOST)(scope, receive, send))
    assert sum(message["type"] == "http.response.start" for message in sent) == 1
    whole = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], orjson.loads(whole), asked, met


def test_a_small_body_passes() -> None:
    status, _, _, met = run([b"x" * 60, b"x" * 40])
    assert status == 200
    assert met == ["http.request", "http.request"]


def test_an_announced_large_body_is_not_even_read() -> None:
    status, told, asked, met = run([b"x"], length="101")
    assert (status, asked, met) == (413, 0, [])
    assert told["code"] == "too_large"
    assert "100 bytes" in told["detail"]


@pytest.mark.parametrize("length", [None, "5", "nonsense", "-1"])
def test_a_large_body_is_cut_whatever_was_announced(length: str | None) -> None:
    status, told, asked, met = run([b"x" * 60] * 1000, length=length)
    assert status == 413
    assert told["status"] == 413
    assert asked == 2, "reading goes no further than the limit"
    assert met == ["http.request", "http.disconnect"], "the application sees a client that went away"


def test_outside_the_native_api_the_answer_is_a_detail() -> None:
    status, told, _, _ = run([b"x" * 101], path="/api/runs")
    assert status == 413
    assert list(told) == ["detail"]
