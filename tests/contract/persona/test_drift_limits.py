"""The contract's limits, per address: 100 requests a minute, 5 exports an hour, 10 sockets."""

from __future__ import annotations

import contextlib
import json
import time

import httpx2
import pytest
from drift_service import API, served
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect


@pytest.fixture(scope="module")
def limited(tmp_path_factory) -> str:
    """The address of a server with its limits on."""
    with served(tmp_path_factory.mktemp("limits"), rate_limits="on", workers=1) as (_, address):
        yield address


def caller(address: str, local: str) -> httpx2.Client:
    """A client that calls from that address of this machine."""
    return httpx2.Client(base_url=address, timeout=30, transport=httpx2.HTTPTransport(local_address=local))


def test_the_101st_request_of_a_minute_is_429(limited):
    with caller(limited, "127.0.0.1") as one, caller(limited, "127.0.0.2") as other:
        answers = [one.get(f"{API}/health") for _ in range(99)] + [one.get(f"{API}/nowhere")]
        assert [answer.status_code for answer in answers] == [200] * 99 + [404]
        assert [int(answer.headers["X-RateLimit-Remaining"]) for answer in answers] == list(range(99, -1, -1))
        refused = one.post(f"{API}/simulation/start", headers={"X-Forwarded-For": "10.1.2.3", "Forwarded": "for=10.1.2.3"})
        told = refused.json()
        assert (refused.status_code, set(told)) == (429, {"error", "detail", "status_code", "timestamp"})
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert (refused.headers["X-RateLimit-Limit"], refused.headers["X-RateLimit-Remaining"]) == ("100", "0")
        assert other.get(f"{API}/health").status_code == 200
        assert other.get(f"{API}/simulation/status").json()["status"] == "no_simulation"
        assert one.get("/api/v2/health").status_code != 429  # the limits are this contract's


def test_the_6th_export_of_an_hour_is_429_and_lists_still_work(limited):
    with caller(limited, "127.0.0.3") as client:
        assert client.get(f"{API}/data/export?format=xlsx").status_code == 422  # not an export
        assert [client.get(f"{API}/data/export").status_code for _ in range(5)] == [200] * 5
        refused = client.get(f"{API}/data/export")
        assert (refused.status_code, refused.json()["status_code"]) == (429, 429)
        assert 3000 < int(refused.headers["Retry-After"]) <= 3600
        assert client.get(f"{API}/data/assessments").status_code == 200


def test_the_11th_socket_is_closed_with_1008_and_a_closed_one_is_free_at_once(limited):
    place = f"{limited.replace('http', 'ws')}{API}/ws/simulation"
    with contextlib.ExitStack() as stack:
        ten = [stack.enter_context(connect(place, open_timeout=20)) for _ in range(10)]
        for socket in ten:
            assert json.loads(socket.recv(timeout=20))["type"] == "status_update"
        for _ in range(2):
            with connect(place, open_timeout=20) as socket:
                assert json.loads(socket.recv(timeout=20))["data"]["error"] == "Rate limit exceeded"
                with pytest.raises(ConnectionClosed) as caught:
                    socket.recv(timeout=20)
                assert caught.value.rcvd.code == 1008
        ten[3].close()
        end = time.monotonic() + 10
        while True:  # the server hears of it a moment after the client
            socket = stack.enter_context(connect(place, open_timeout=20))
            if (kind := json.loads(socket.recv(timeout=20))["type"]) == "status_update" or time.monotonic() > end:
                break
        assert kind == "status_update"
        with connect(place, source_address=("127.0.0.4", 0), open_timeout=20) as elsewhere:
            assert json.loads(elsewhere.recv(timeout=20))["type"] == "status_update"
