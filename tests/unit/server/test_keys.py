"""The server's key: empty means none, short ones are refused, and only the whole key opens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pydantic import SecretStr
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocket

from quintant.cli import call
from quintant.client.discovery import settings_of
from quintant.errors import ConfigError
from quintant.server.keys import KeyDoor
from quintant.server.serve import check_exposure
from quintant.settings import SHORTEST_KEY, Settings

KEY = "correct-horse-battery-staple"


async def inside(scope, receive, send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"in"})


def status(headers: dict[str, str | bytes], key: str = KEY) -> int:
    return TestClient(KeyDoor(inside, key)).get("/api/v2/runs", headers=headers).status_code


@pytest.mark.parametrize("blank", ["", " ", "\t", "  \n"])
def test_a_blank_setting_is_not_set(monkeypatch, blank):
    defaults = Settings()
    for name in Settings.model_fields:
        monkeypatch.setenv(f"QUINTANT_{name.upper()}", blank)
    assert settings_of(None) == defaults
    assert Settings(api_key=SecretStr(blank)).api_key is None
    with pytest.raises(ConfigError, match="needs an API key"):
        check_exposure(settings_of(None, host="0.0.0.0"))


@pytest.mark.parametrize("short", ["k", "x" * (SHORTEST_KEY - 1)])
def test_a_short_key_is_refused_in_one_sentence_that_does_not_repeat_it(monkeypatch, capsys, short):
    monkeypatch.setenv("QUINTANT_API_KEY", short)
    assert call(["serve", "--host", "0.0.0.0"]) == 2
    errors = capsys.readouterr().err
    assert "QUINTANT_API_KEY: must have at least 16 characters" in errors
    assert short not in errors.replace("QUINTANT_API_KEY", "").replace("characters", "") or len(short) == 1


@pytest.mark.parametrize(
    "unfit", ["schlüssel-mit-umlaut-und-mehr", "with a blank in the middle of it", "a\nnew-line-in-the-key"]
)
def test_a_key_that_no_header_carries_is_refused(monkeypatch, unfit):
    monkeypatch.setenv("QUINTANT_API_KEY", unfit)
    with pytest.raises(ConfigError, match="printable ASCII") as caught:
        settings_of(None)
    assert unfit not in str(caught.value)


def test_an_address_with_a_password_is_not_repeated_by_an_error(monkeypatch):
    monkeypatch.setenv("QUINTANT_PORT", "99999")
    monkeypatch.setenv("QUINTANT_STORE_URL", "postgresql+psycopg://me:hush@host/name")
    with pytest.raises(ConfigError) as caught:
        settings_of(None)
    assert "hush" not in str(caught.value) and "99999" in str(caught.value)


def test_the_whole_key_opens_and_nothing_less():
    assert status({"Authorization": f"Bearer {KEY}"}) == 200
    assert status({"Authorization": f"bearer  {KEY} "}) == 200
    assert status({"X-API-Key": KEY}) == 200
    for count in range(len(KEY)):
        assert status({"Authorization": f"Bearer {KEY[:count]}"}) == 401, f"a prefix of {count} characters"
        assert status({"X-API-Key": KEY[:count]}) == 401, f"a prefix of {count} characters"
        assert status({"X-API-Key": KEY[count + 1 :]}) == 401, "the end of the key"
    assert status({"X-API-Key": KEY + "x"}) == status({"X-API-Key": KEY.upper()}) == status({}) == 401


@given(some.text(some.characters(codec="latin-1", exclude_categories=("Cc",)), max_size=40))
def test_no_other_text_opens(text):
    assert status({"X-API-Key": text.encode("latin-1")}) == (200 if text == KEY else 401)


@pytest.mark.parametrize("key", ["", "short"])
def test_a_door_with_a_weak_key_cannot_be_built(key):
    with pytest.raises(ValueError, match="at least 16 characters"):
        KeyDoor(inside, key)


async def sockets_inside(scope, receive, send) -> None:
    """Tells on a socket, or in a body, that it was reached with a way to hear and one to answer."""
    if scope["type"] == "websocket":
        socket = WebSocket(scope, receive, send)
        await socket.accept()
        await socket.send_text(await socket.receive_text())
        await socket.close()
        return
    heard = await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": heard["body"]})


def test_a_refusal_says_what_is_needed_where_and_in_the_form_that_browsers_know():
    answer = TestClient(KeyDoor(inside, KEY)).get("/api/v2/runs")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="quintant"'
    assert answer.json()["code"] == "unauthorized"
    assert answer.json()["detail"] == "An API key is required: Authorization: Bearer KEY."


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"])
def test_only_a_preflight_and_what_is_open_passes_without_the_key(method):
    door = TestClient(KeyDoor(sockets_inside, KEY, own=("/v1/",)))
    assert door.request(method, "/api/v2/runs").status_code == 401
    assert door.request("OPTIONS", "/api/v2/runs").status_code == 200
    assert door.request(method, "/v1/networks").status_code == 200
    assert door.request(method, "/api/health").status_code == 200
    assert door.request(method, "/api/v2/runs", headers={"X-API-Key": KEY}).status_code == 200


def test_what_comes_in_is_handed_on_whole():
    answer = TestClient(KeyDoor(sockets_inside, KEY)).post("/api/v2/runs", headers={"X-API-Key": KEY}, content=b"body")
    assert answer.content == b"body"


def echoed(door: KeyDoor, path: str, headers: dict[str, str] | None = None) -> str:
    with TestClient(door).websocket_connect(path, headers=headers or {}) as socket:
        socket.send_text("heard")
        return socket.receive_text()


def test_a_socket_needs_the_key_but_where_its_token_stands_for_it():
    door = KeyDoor(sockets_inside, KEY, token_sockets=("/ws/terminal",))
    assert echoed(door, "/ws/terminal") == "heard"
    assert echoed(door, "/ws/runs", {"Authorization": f"Bearer {KEY}"}) == "heard"
    for path in ("/ws/runs", "/ws/terminal/more"):
        with pytest.raises(WebSocketDenialResponse) as refused:
            echoed(door, path)
        assert refused.value.status_code == 401
    assert TestClient(door).get("/ws/terminal").status_code == 401, "the token is a socket's, not a request's"


def test_the_shortest_key_is_long_enough():
    assert KeyDoor(inside, "x" * SHORTEST_KEY).key == b"x" * SHORTEST_KEY
    with pytest.raises(ValueError, match=f"^key: must have at least {SHORTEST_KEY} characters; it has {SHORTEST_KEY - 1}$"):
        KeyDoor(inside, "x" * (SHORTEST_KEY - 1))
