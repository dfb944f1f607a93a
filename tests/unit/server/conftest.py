from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from quintant.server import create_app


@pytest.fixture
def app(runs, settings):
    return create_app(runs, settings)


@pytest.fixture
def client(app) -> Iterator[TestClient]:
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def completed(client: TestClient, runs) -> str:
    """The id of a completed run of three steps."""
    made = client.post("/api/v2/runs", json={"lab": "toy", "config": {"steps": 3}, "root_seed": 7}).json()
    return runs.wait(made["runs"][0]["id"], 30).id
