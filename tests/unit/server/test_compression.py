"""What is compressed and what is not: the bytes are the same, streams leave at once, contracts are left alone."""

from __future__ import annotations

import gzip

import pytest
from starlette.testclient import TestClient

from quintant.server.compression import LEAST_BYTES, _takes_gzip

V2 = "/api/v2"
PLAIN = {"Accept-Encoding": "identity"}


def both(client: TestClient, path: str, **headers: str):
    with client.stream("GET", path, headers={"Accept-Encoding": "gzip", **headers}) as packed:
        raw = b"".join(packed.iter_raw())
    return client.get(path, headers={**PLAIN, **headers}), packed, raw


LARGE = ("/labs/spiking/schema", "/labs/optical", "/labs/chip/page", "/runs/{run}", "/examples/optical.svg")


@pytest.mark.parametrize("path", ["/openapi.json", *(V2 + path for path in LARGE)])
def test_large_answers_are_the_same_compressed(client: TestClient, completed: str, path: str) -> None:
    path = path.format(run=completed)
    plain, packed, raw = both(client, path)
    assert plain.status_code == 200 and len(plain.content) >= LEAST_BYTES and "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) == len(raw) < len(plain.content)
    assert gzip.decompress(raw) == plain.content
    assert "Accept-Encoding" in plain.headers["vary"] and "Accept-Encoding" in packed.headers["vary"]
    if "etag" in plain.headers:
        assert packed.headers["etag"] == f"W/{plain.headers['etag']}"
        again = client.get(path, headers={"If-None-Match": packed.headers["etag"]})
        assert again.status_code == 304 and again.content == b""


def test_what_is_left_as_it_is(client: TestClient, completed: str) -> None:
    for path in (V2, "/api/health", f"{V2}/runs/{completed}/archive.zip", f"{V2}/runs/{completed}/log"):
        _, packed, _ = both(client, path)
        assert packed.status_code == 200 and "content-encoding" not in packed.headers, path
    _, part, raw = both(client, f"{V2}/runs/{completed}/artifacts/config.json", Range="bytes=0-9")
    assert part.status_code == 206 and "content-encoding" not in part.headers and len(raw) == 10
    accepts = {"Accept": "text/event-stream", "Accept-Encoding": "gzip"}
    with client.stream("GET", f"{V2}/runs/{completed}/events", headers=accepts) as live:
        assert "content-encoding" not in live.headers and b"event: end" in b"".join(live.iter_raw())
    head = client.head(f"{V2}/labs/optical", headers={"Accept-Encoding": "gzip"})
    assert head.headers["content-encoding"] == "gzip" and head.content == b""
    refused = client.get(f"{V2}/labs/nix", headers={"Accept-Encoding": "gzip"})
    assert refused.status_code == 404 and refused.json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [
        ("gzip", True), ("gzip, deflate, br", True), ("br;q=1, gzip;q=0.5", True), ("*", True), ("GZIP", True), ("", False),
        ("gzip;q=0", False), ("gzip; q=0.000", False), ("*;q=0", False), ("identity", False), ("gzip;q=0, *", False),
        ("xgzip", False),
    ],
)  # fmt: skip
def test_who_takes_gzip(accepted: str, takes: bool) -> None:
    assert _takes_gzip(accepted) is takes


def test_the_entrance_tells_what_a_frame_needs(client: TestClient) -> None:
    told = client.get(V2).json()
    assert (told["key"], told["terminal"], told["slots"]) == (False, False, 2) and told["cores"] >= 1
    assert told["active"] == {"running": 0, "queued": 0} and told["now"].endswith("Z")
    live = client.post(f"{V2}/runs", json={"lab": "toy", "config": {"steps": 400, "work": 1_000_000}, "seeds": 4}).json()
    active = client.get(V2).json()["active"]
    assert sum(active.values()) == 4
    for run in live["runs"]:
        client.post(f"{V2}/runs/{run['id']}/cancel")
