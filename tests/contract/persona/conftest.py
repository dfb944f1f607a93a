"""A real server on a real socket with the Personality Drift contract, answered by the scripted language model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from drift_service import ended, served, started, stopped


@pytest.fixture(scope="session")
def service(tmp_path_factory) -> Iterator[Any]:
    """(facade, address); without rate limits, shared by all files of tests here."""
    with served(tmp_path_factory.mktemp("drift")) as found:
        yield found


@pytest.fixture(scope="session")
def address(service) -> str:
    return service[1]


@pytest.fixture(scope="session")
def runs(service) -> Any:
    return service[0]


@pytest.fixture(scope="session")
def opened(address) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=address, timeout=60) as client:
        yield client


@pytest.fixture
def client(opened) -> Iterator[httpx2.Client]:
    """Nothing runs before and after."""
    stopped(opened)
    yield opened
    stopped(opened)


@pytest.fixture(scope="session")
def month(opened) -> str:
    """The id of a completed simulation: 30 days of STRESS, three personas."""
    stopped(opened)
    id = started(opened, experimental_condition="STRESS")
    assert ended(opened)["status"] == "completed"
    return id
