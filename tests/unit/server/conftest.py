"""One server per file: its tests create what they need beside each other, as users do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from quintant.client import Client
from quintant.server import create_app
from quintant.testing.serving import quieten


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory):
    from quintant.settings import Settings

    return Settings(data_dir=tmp_path_factory.mktemp("data"), workers=2, lease_s=2, grace_s=0.3)


@pytest.fixture(scope="module")
def runs(settings) -> Iterator:
    from quintant.runs import open_runs

    with open_runs(settings, execute=True) as opened:
        yield opened
        quieten(opened)


@pytest.fixture(scope="module")
def app(runs, settings):
    return create_app(runs, settings)


@pytest.fixture(scope="module")
def client(app) -> Iterator[TestClient]:
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture(scope="module")
def sdk(client: TestClient) -> Iterator[Client]:
    """The SDK on the same server, without a port."""
    opened = Client("http://127.0.0.1:8000")
    opened.close()
    opened.api.transport._client = client  # type: ignore[assignment]
    yield opened


@pytest.fixture(scope="module")
def completed(client: TestClient, runs) -> str:
    """The id of a completed run of three steps."""
    made = client.post("/api/v2/runs", json={"lab": "toy", "config": {"steps": 3}, "root_seed": 7}).json()
    return runs.wait(made["runs"][0]["id"], 30).id
