"""Foreign names and foreign pages do not get in; every answer carries its headers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from quintant.server.guard import Guard, host_name, is_loopback


def ask(
    host: str = "127.0.0.1:8000", origin: str | None = None, method: str = "GET", kind: str = "http",
    listening: str = "127.0.0.1", names: tuple[str, ...] = (), origins: tuple[str, ...] = (),
) -> tuple[int, dict[str, str]]:  # fmt: skip
    sent: list[dict[str, Any]] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", host.encode())] + ([(b"origin", origin.encode())] if origin is not None else [])
    scope = {"type": kind, "path": "/api/v2/runs", "method": method, "headers": headers, "extensions": {}}
    asyncio.run(Guard(application, listening, names, origins)(scope, None, send))  # type: ignore[arg-type]
    return sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]}


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "LOCALHOST", "[::1]:8000", "127.0.0.1", "localhost."])
def test_this_machine_is_answered(host: str) -> None:
    assert ask(host)[0] == 200


@pytest.mark.parametrize("host", ["evil.example:8000", "evil.example", "", "127.0.0.1.evil.example", "10.0.0.5:8000"])
def test_a_foreign_name_is_not_answered(host: str) -> None:
    assert ask(host)[0] == 421


def test_allowed_names_and_the_address_listened_on_are_answered() -> None:
    assert ask("lab.example:80", names=("Lab.example",))[0] == 200
    assert ask("10.0.0.5:8000", listening="10.0.0.5")[0] == 200


def test_on_all_addresses_every_address_is_right_but_no_foreign_name() -> None:
    assert ask("10.0.0.5:8000", listening="0.0.0.0")[0] == 200
    assert ask("[fe80::1]:8000", listening="::")[0] == 200
    assert ask("evil.example", listening="0.0.0.0")[0] == 421


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:9999", "http://localhost.evil.example"])
def test_a_foreign_page_changes_nothing(method: str, origin: str) -> None:
    assert ask(origin=origin, method=method)[0] == 403


def test_a_foreign_page_opens_no_websocket() -> None:
    assert ask(origin="https://evil.example", kind="websocket")[0] == 403


def test_own_pages_and_listed_ones_may_change_things() -> None:
    assert ask(origin="http://127.0.0.1:8000", method="POST")[0] == 200
    assert ask(origin="http://localhost:5173", method="POST", origins=("http://localhost:5173/",))[0] == 200
    assert ask(origin=None, method="POST")[0] == 200, "programs send no Origin"


def test_reading_is_left_to_cors() -> None:
    assert ask(origin="https://evil.example", method="GET")[0] == 200


def test_every_answer_has_its_security_headers() -> None:
    _, headers = ask()
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    _, headers = ask("evil.example")
    assert headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("header", "name"),
    [("localhost:80", "localhost"), ("[::1]:80", "::1"), ("[::1]", "::1"), ("A.B.", "a.b"), ("x", "x"), ("", "")],
)
def test_the_name_in_a_host_header(header: str, name: str) -> None:
    assert host_name(header) == name


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False),
     ("192.168.0.1", False), ("lab.example", False), ("", False)],
)  # fmt: skip
def test_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
