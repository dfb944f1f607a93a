"""Answers that are not kept: right, in no list and no stream, stopped when nobody waits; nothing of them stays."""

from __future__ import annotations

import json
import socket
import time

import pytest
from starlette.testclient import TestClient

from quintant.runs.filter import EVERYTHING
from quintant.tabular import decoded
from quintant.testing.serving import serving

V2 = "/api/v2"
ARROW = {"Accept": "application/vnd.apache.arrow.stream"}
LONG = {"steps": 400, "work": 1_000_000}


def nothing_is_left(client: TestClient, runs, cursor: int, before: set) -> None:
    assert client.get(f"{V2}/runs").json()["total"] == 0
    assert client.get(f"{V2}/runs", params={"cols": ""}).json()["rows"] == []
    assert runs.facets(EVERYTHING)["lab"] == {} and runs.feed_cursor() == cursor
    until = time.monotonic() + 20
    while (folders := set((runs.settings.folder / "runs").glob("*")) - before) and time.monotonic() < until:
        time.sleep(0.1)
    assert folders == set()


@pytest.fixture
def cursor(runs) -> int:
    return runs.feed_cursor()


@pytest.fixture
def before(runs) -> set:
    return set((runs.settings.folder / "runs").glob("*"))


def test_an_answer_is_what_a_run_gives_and_nothing_stays(client: TestClient, runs, cursor, before) -> None:
    body = {"config": {"steps": 3}, "root_seed": 7, "tables": ["steps"]}
    told = client.post(f"{V2}/labs/toy/answers", json=body).json()
    assert told["metrics"]["heads_share"]["n"] == 300 and told["tables"]["steps"]["rows"] == 3 and told["seconds"] > 0
    arrow = client.post(f"{V2}/labs/toy/answers", json=body, headers=ARROW)
    assert decoded(arrow.content).to_pydict() == told["tables"]["steps"]["columns"]
    brief = json.loads(arrow.headers["x-metrics"])
    assert brief["heads_share"]["value"] == told["metrics"]["heads_share"]["value"]
    nothing_is_left(client, runs, cursor, before)


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ({"config": {"stps": 3}}, {}, 422), ({"preset": "nix"}, {}, 422),
        ({"config": {"steps": 3}, "tables": ["nix"]}, {}, 404),
        ({"config": {"steps": 3}}, ARROW, 422), ({"config": LONG, "limit_s": 0.3}, {}, 409), ({"limit_s": 0}, {}, 422),
        ({"config": {"misbehave": "raise", "misbehave_at": 1}}, {}, 409), ({"sweep": {}}, {}, 422),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_says_so_and_leaves_nothing(client, runs, cursor, before, body, headers, status) -> None:
    answer = client.post(f"{V2}/labs/toy/answers", json=body, headers=headers)
    assert answer.status_code == status, answer.text
    nothing_is_left(client, runs, cursor, before)


def test_who_goes_stops_the_work(app, runs) -> None:
    """On a real socket: the connection is closed while the engine works."""
    body = json.dumps({"config": LONG}).encode()
    with serving(app) as url:
        port = int(url.rpartition(":")[2])
        head = (
            f"POST {V2}/labs/toy/answers HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.sendall(head.encode() + body)
            assert settled(runs, {"toy": 1})
        assert settled(runs, {})


def settled(runs, active: dict) -> bool:
    until = time.monotonic() + 20
    while runs.health()["active"] != active and time.monotonic() < until:
        time.sleep(0.05)
    return runs.health()["active"] == active
