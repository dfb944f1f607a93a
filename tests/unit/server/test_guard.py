"""Foreign names and foreign pages do not get in; every answer carries its headers."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from quintant.server.guard import Guard, host_name, is_loopback


def ask(
    host: str = "127.0.0.1:8000", origin: str | None = None, method: str = "GET", kind: str = "http",
    listening: str = "127.0.0.1", names: tuple[str, ...] = (), origins: tuple[str, ...] = (), inner: int = 200,
    open_paths: tuple[str, ...] = (), own: tuple[tuple[bytes, bytes], ...] = (),
) -> tuple[int, dict[str, str]]:  # fmt: skip
    sent = messages(host, origin, method, kind, listening, names, origins, inner, open_paths, own)
    return sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]}


def messages(
    host: str | None, origin: str | None = None, method: str = "GET", kind: str = "http", listening: str = "127.0.0.1",
    names: tuple[str, ...] = (), origins: tuple[str, ...] = (), inner: int = 200, open_paths: tuple[str, ...] = (),
    own: tuple[tuple[bytes, bytes], ...] = (),
) -> list[dict[str, Any]]:  # fmt: skip
    """What is sent for a request; the application behind answers `inner` with headers of its `own`."""
    sent: list[dict[str, Any]] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        assert scope["path"] == "/api/v2/runs" and receive is receiver
        await send({"type": "http.response.start", "status": inner, "headers": list(own)})
        await send({"type": "http.response.body", "body": b"inner"})

    async def receiver() -> Any:
        raise AssertionError("nothing here reads a body")

    async def send(message: Any) -> None:
        sent.append(message)

    pairs = (("host", host), ("origin", origin))
    headers = [(name.encode(), value.encode()) for name, value in pairs if value is not None]
    scope = {"type": kind, "path": "/api/v2/runs", "method": method, "headers": headers, "extensions": {}}
    asyncio.run(Guard(application, listening, names, origins, open_paths)(scope, receiver, send))
    return sent


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
    [("localhost:80", "localhost"), ("[::1]:80", "::1"), ("[::1]", "::1"), ("A.B.", "a.b"), ("x", "x"), ("", ""),
     ("[FE80::1]", "fe80::1"), ("[::1]]", "::1"), ("a:b:80", "a:b"), ("a:b", "a:b"), ("XX.", "xx"), ("a.:80", "a")],
)  # fmt: skip
def test_the_name_in_a_host_header(header: str, name: str) -> None:
    assert host_name(header) == name


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False),
     ("192.168.0.1", False), ("lab.example", False), ("", False), ("[::1]", True), ("[127.0.0.2]", True), ("X::1X", False)],
)  # fmt: skip
def test_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(
    ("inner", "retry"), [(200, None), (404, None), (500, None), (502, None), (503, "5"), (504, None), (507, "5"), (508, None)]
)
def test_the_headers_of_every_answer_whole(inner: int, retry: str | None) -> None:
    status, headers = ask(inner=inner)
    again = {} if retry is None else {"retry-after": retry}
    assert status == inner
    assert headers == {
        "x-content-type-options": "nosniff", "x-frame-options": "DENY", "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin", **again,
    }  # fmt: skip


def test_what_a_route_says_itself_is_not_replaced() -> None:
    _, headers = ask(inner=503, own=((b"retry-after", b"60"), (b"referrer-policy", b"same-origin")))
    assert (headers["retry-after"], headers["referrer-policy"]) == ("60", "same-origin")


@pytest.mark.parametrize(
    ("asked", "code", "detail"),
    [
        (
            {"host": f"{'e' * 120}.example"}, "foreign_host",
            f"This server does not answer to the name '{'e' * 100}'; QUINTANT_ALLOWED_HOSTS adds names.",
        ),
        (
            {"host": "127.0.0.1", "origin": f"https://{'e' * 120}.example", "method": "POST"}, "foreign_origin",
            f"Pages of 'https://{'e' * 92}' may not change anything here; QUINTANT_CORS_ORIGINS adds origins.",
        ),
    ],
)  # fmt: skip
def test_a_refusal_says_why_and_what_would_open_it(asked: dict[str, str], code: str, detail: str) -> None:
    sent = messages(**asked)
    body = json.loads(b"".join(message.get("body", b"") for message in sent[1:]))
    assert (body["code"], body["detail"], body["status"]) == (code, detail, sent[0]["status"])
    assert sent[0]["status"] == {"foreign_host": 421, "foreign_origin": 403}[code]


def test_a_request_without_a_host_is_not_answered() -> None:
    assert messages(None)[0]["status"] == 421


def test_a_path_that_a_contract_opens_takes_foreign_pages_but_no_foreign_name_and_no_websocket() -> None:
    open_path = ("/api/v2/runs",)
    assert ask(origin="https://evil.example", method="POST", open_paths=open_path)[0] == 200
    assert ask("evil.example", origin="https://evil.example", method="POST", open_paths=open_path)[0] == 421
    assert ask(origin="https://evil.example", kind="websocket", open_paths=open_path)[0] == 403


@pytest.mark.parametrize("origin", ["HTTP://LAB.example:8000", "http://lab.example:8000/", "http://lab.example:8000"])
def test_an_origin_is_itself_in_any_case_and_with_a_slash(origin: str) -> None:
    assert ask("Lab.Example:8000", origin, "POST", names=("lab.example",))[0] == 200
    assert ask("127.0.0.1", origin, "POST", origins=("HTTP://Lab.example:8000/",))[0] == 200
    assert ask("127.0.0.1", f"{origin.rstrip('/')}x", "POST", origins=("http://lab.example:8000",))[0] == 403


def test_what_is_neither_a_request_nor_a_socket_goes_through_as_it_is() -> None:
    passed: list[Any] = []

    async def application(*given: Any) -> None:
        passed.extend(given)

    scope, receive, send = {"type": "lifespan"}, object(), object()
    asyncio.run(Guard(application, "127.0.0.1", (), ())(scope, receive, send))  # type: ignore[arg-type]
    assert passed == [scope, receive, send]
