"""Real servers on real sockets with the chip lab's contract: one that computes, and stores to submit to without computing."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from chip_service import Client, account
from pydantic import SecretStr

NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def service(tmp_path_factory) -> Iterator[Any]:
    """(facade, address) of a server in the single-user mode."""
    from quintant.runs import open_runs
    from quintant.server.app import create_app
    from quintant.settings import Settings
    from quintant.testing.serving import quieten, serving

    settings = Settings(data_dir=tmp_path_factory.mktemp("data"), workers=1, sync_workers=1, labs="chip", grace_s=0.3)
    with open_runs(settings, execute=True, warm=True) as runs, serving(create_app(runs, settings)) as address:
        yield runs, address
        quieten(runs)


@pytest.fixture(scope="session")
def runs(service):
    return service[0]


@pytest.fixture(scope="session")
def http(service) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=service[1], timeout=30) as opened:
        yield opened


@pytest.fixture
def new(runs, http):
    """A function that makes the client of a new account."""
    return lambda tier="enterprise": account(runs, http, f"user{next(NUMBERS)}@lab.example", tier)


@pytest.fixture(scope="session")
def client(runs, http) -> Client:
    """An account that nothing is refused to for its tier."""
    return account(runs, http, "everybody@lab.example", "enterprise")


@pytest.fixture(scope="session")
def guarded(tmp_path_factory) -> Iterator[Any]:
    """(facade, address) of a server with an operator's key, as it is offered to others; it computes nothing."""
    from quintant.runs import open_runs
    from quintant.server.app import create_app
    from quintant.settings import Settings
    from quintant.testing.serving import serving

    settings = Settings(data_dir=tmp_path_factory.mktemp("data"), labs="chip", api_key=SecretStr("the-operator's-key"))
    with open_runs(settings, execute=False) as runs, serving(create_app(runs, settings)) as address:
        yield runs, address


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path) -> Iterator[Any]:
    """(facade, address) of a server on each kind of store; it computes nothing."""
    from quintant.runs import open_runs
    from quintant.server.app import create_app
    from quintant.settings import Settings
    from quintant.testing.serving import serving

    url = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    settings = Settings(data_dir=tmp_path, labs="chip", store_url=url)
    with open_runs(settings, execute=False) as runs, serving(create_app(runs, settings)) as address:
        yield runs, address
