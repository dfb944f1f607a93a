"""A real server on a real socket with Pinglab's contract and one synchronous worker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from pinglab_service import SMALL


@pytest.fixture(scope="session")
def service(tmp_path_factory) -> Iterator[Any]:
    """(facade, address)."""
    from quintant.runs import open_runs
    from quintant.server.app import create_app
    from quintant.settings import Settings
    from quintant.testing.serving import quieten, serving

    settings = Settings(data_dir=tmp_path_factory.mktemp("data"), workers=1, sync_workers=1, labs="spiking", grace_s=0.3)
    with open_runs(settings, execute=True, warm=True) as runs, serving(create_app(runs, settings)) as address:
        yield runs, address
        quieten(runs)


@pytest.fixture(scope="session")
def runs(service):
    return service[0]


@pytest.fixture(scope="session")
def client(service) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=service[1], timeout=120) as opened:
        yield opened


@pytest.fixture(scope="session")
def default(client) -> httpx2.Response:
    """The answer to a POST without a body."""
    return client.post("/run")


@pytest.fixture(scope="session")
def whole(client) -> httpx2.Response:
    """The default network with everything measured."""
    return client.post("/run", json={"performance_mode": False})


@pytest.fixture(scope="session")
def small(client) -> dict[str, Any]:
    """A small network with everything measured, as JSON."""
    return client.post("/run", json={**SMALL, "performance_mode": False}).json()
