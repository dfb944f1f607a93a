"""A real server on a real socket with Pinglab's contract and one synchronous worker."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import uvicorn
from pinglab_service import SMALL


@pytest.fixture(scope="session")
def service(tmp_path_factory) -> Iterator[Any]:
    """(facade, address)."""
    from quintant.runs import open_runs
    from quintant.server.app import create_app
    from quintant.settings import Settings

    settings = Settings(data_dir=tmp_path_factory.mktemp("data"), workers=1, sync_workers=1, labs="spiking", grace_s=0.3)
    with open_runs(settings, execute=True, warm=True) as runs:
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(runs, settings), log_level="warning", timeout_graceful_shutdown=2))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield runs, f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            for held in runs.store.held():
                runs.store.want(held.run.id, "cancel")
            for held in runs.store.held():
                runs.wait(held.run.id, 10)
            server.should_exit = True
            thread.join(10)


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
