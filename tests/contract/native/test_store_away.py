"""While the store is away, or its disk full, every door answers so: 503 or 507 with the cause and when to come back."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from quintant.errors import StorageFull, StoreAway
from quintant.server import create_app

AWAY = StoreAway("The store does not answer now: it restarts.")
FULL = StorageFull("The disk is full, and the store cannot keep anything new.")


@pytest.fixture(params=[AWAY, FULL], ids=["away", "full"])
def troubled(request, runs, settings, monkeypatch):
    """(client, the trouble): every statement of the store meets it."""
    from quintant.runs.store import database

    app = create_app(runs, settings)
    client = TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False)
    paths = client.get("/openapi.json").json()["paths"]

    class Trouble:
        def __init__(self, *_: object) -> None: ...

        def __enter__(self):
            raise request.param

        def __exit__(self, *_: object) -> None: ...

    for name in ("reading", "writing"):
        monkeypatch.setattr(database, name, Trouble)
    return client, request.param, paths


def test_every_reading_route_says_so(troubled):
    client, trouble, paths = troubled
    met = 0
    for path, verbs in paths.items():
        if "get" not in verbs or path in ("/run", "/weights"):
            continue
        answer = client.get(re.sub(r"\{[^}]+\}", "0123456789ab", path), headers={"X-API-Key": "cn_live_" + "0" * 56})
        assert answer.status_code != 500, (path, answer.text[:300])
        if answer.status_code == trouble.status:
            met += 1
            assert int(answer.headers["Retry-After"]) > 0
            assert "store" in answer.text.lower() or "disk" in answer.text.lower(), (path, answer.text)
    assert met > 40


def test_creating_says_so_and_creates_nothing(troubled):
    client, trouble, _ = troubled
    body = {"lab": "toy", "config": {}}
    for headers in ({}, {"Idempotency-Key": "k"}):
        answer = client.post("/api/v2/runs", json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (trouble.status, trouble.code)
    answer = client.post("/api/runs", json={"name": "x", "template": "default", "config": {}})
    assert answer.status_code == trouble.status and answer.headers["Retry-After"]


def test_health_tells_it(troubled):
    client, trouble, _ = troubled
    health = client.get("/api/health").json()
    assert trouble.detail in health["database"] and health["status"] != "healthy"
