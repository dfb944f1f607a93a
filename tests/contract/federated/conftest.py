"""A real server on a real socket with InteFL's contract and its terminal; heartbeats come every half second."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from intefl_service import LONG, SHORT, served, until


@pytest.fixture(scope="session")
def service(tmp_path_factory) -> Iterator[Any]:
    """(facade, address) of a server with one worker, whose terminal is on; all files of tests here share it."""
    with served(tmp_path_factory.mktemp("federated")) as found:
        yield found


@pytest.fixture(scope="session")
def runs(service):
    return service[0]


@pytest.fixture(scope="session")
def address(service) -> str:
    return service[1]


@pytest.fixture(scope="session")
def client(service) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=service[1], timeout=60) as opened:
        yield opened


def launched(client: httpx2.Client, body: Any) -> str:
    made = client.post("/api/simulations", json=body)
    assert made.status_code == 201, made.text
    return made.json()["simulation_id"]


@pytest.fixture(scope="session")
def finished(client, runs) -> str:
    """The id of a completed simulation: two strategies, removal, snapshots."""
    id = launched(client, SHORT)
    until(lambda: client.get(f"/api/simulations/{id}/status").json()["status"] in ("completed", "failed"), 280)
    told = client.get(f"/api/simulations/{id}/status").json()
    assert told["status"] == "completed", told
    return id


@pytest.fixture
def long(client, runs) -> Iterator[str]:
    """The id of a simulation that is at work and will not end by itself."""
    id = launched(client, LONG)
    until(lambda: client.get(f"/api/simulations/{id}/status").json()["current_round"] > 0, 60)
    yield id
    with contextlib.suppress(httpx2.HTTPError):
        client.delete(f"/api/simulations/{id}")
