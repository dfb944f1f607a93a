"""The day's quota and the month's compute, exactly, with a hundred clients at once, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from chip_service import DRIVE, ONE, account

CLIENTS = 100
BODY = {"timesteps": 10, "stimuli": DRIVE}


def until_refused(client, network_id: str, most: int) -> list[int]:
    """Submit until the quota refuses; the status codes."""
    codes: list[int] = []
    while len(codes) < most and (not codes or codes[-1] == 200):
        codes.append(client.ask("POST", "/v1/jobs", {"network_id": network_id, **BODY}).status_code)
    return codes


@pytest.fixture
def http(store):
    """Connections for all clients at once."""
    limits = httpx2.Limits(max_connections=CLIENTS, max_keepalive_connections=CLIENTS)
    with httpx2.Client(base_url=store[1], timeout=120, limits=limits) as opened:
        yield opened


def at_once(work) -> list:
    """What `work(number)` gives for each client, all begun at the same moment on a connection each."""
    start = threading.Barrier(CLIENTS)

    def one(number: int):
        start.wait(60)
        return work(number)

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(one, range(CLIENTS)))


@pytest.mark.parametrize("store", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True)
def test_a_hundred_clients_at_once_get_exactly_their_quota(store, http):
    clients = [account(store[0], http, f"client{number}@{store[1][-5:]}.example") for number in range(CLIENTS)]

    def work(number: int) -> tuple[list[int], int, str]:
        client = clients[number]
        codes = until_refused(client, client.network(ONE), 20)
        return codes, client.get("/v1/usage")["jobs_today"], client.ask("GET", "/v1/jobs?limit=1").headers["x-total-count"]

    assert at_once(work) == [([200] * 10 + [429], 10, "10")] * CLIENTS, "what is counted is what is there"


def test_a_hundred_clients_of_one_account_share_its_quota_exactly(store, http):
    owner = account(store[0], http, f"shared@{store[1][-5:]}.example", "researcher")
    network_id = owner.network(ONE)
    codes = [code for one in at_once(lambda _: until_refused(owner, network_id, 200)) for code in one]
    assert sorted(codes) == [200] * 100 + [429] * CLIENTS, "the tier's hundred jobs, and one refusal for each client"
    assert owner.get("/v1/usage")["jobs_today"] == 100
    assert owner.ask("GET", "/v1/jobs?limit=1").headers["x-total-count"] == "100"
