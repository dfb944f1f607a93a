"""A real server on a real socket with FUSION's contract; heartbeats every half second so that tests need not wait."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from fusion_service import BEAT_S, LONG, SHORT, until

from quintant.errors import Conflict, NotFound


@pytest.fixture(scope="module")
def service(tmp_path_factory) -> Iterator[Any]:
    """(facade, address) of a server with one worker."""
    from quintant.runs import open_runs
    from quintant.server.app import create_app
    from quintant.settings import Settings
    from quintant.testing.serving import quieten, serving

    settings = Settings(data_dir=tmp_path_factory.mktemp("data"), workers=1, heartbeat_s=BEAT_S, grace_s=0.3)
    with open_runs(settings, execute=True) as runs, serving(create_app(runs, settings)) as address:
        yield runs, address
        quieten(runs)


@pytest.fixture(scope="module")
def runs(service):
    return service[0]


@pytest.fixture(scope="module")
def client(service) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=service[1], timeout=30) as opened:
        yield opened


@pytest.fixture(scope="module")
def finished(client, runs) -> dict[str, Any]:
    """A completed run as GET answers it."""
    made = client.post("/api/runs", json={"name": "My Simulation", "config": SHORT})
    assert made.status_code == 201, made.text
    runs.wait(made.json()["id"], 60)
    return client.get(f"/api/runs/{made.json()['id']}").json()


@pytest.fixture
def long(client, runs) -> Iterator[str]:
    """The id of a run that is at work and will not end by itself."""
    id = client.post("/api/runs", json={"name": "long", "config": LONG}).json()["id"]
    until(lambda: runs.get(id).values.get("current_iteration"), 60)
    yield id
    with contextlib.suppress(NotFound, Conflict):  # the test has deleted it, or it has ended
        runs.cancel(id, wait_s=10)
