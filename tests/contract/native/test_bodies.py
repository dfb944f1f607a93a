"""Bodies on the wire: 50 MB, announced or not, to the native API and to a contract, create nothing and are told why."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

PIECE = b"x" * 1_000_000
JSON = {"Content-Type": "application/json"}


def pieces() -> Iterator[bytes]:
    yield b'{"lab": "toy", "name": "enormous'
    for _ in range(50):
        yield PIECE


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize("path", ["/api/v2/runs", "/api/runs"])
def test_fifty_megabytes_create_nothing(served, path: str, announced: bool) -> None:
    content = b"".join(pieces()) if announced else pieces()
    answer = served.client.post(path, content=content, headers=JSON)
    assert answer.status_code == 413
    assert "QUINTANT_MAX_BODY_BYTES" in answer.json()["detail"]
    assert answer.headers["content-type"] == ("application/problem+json" if "v2" in path else "application/json")
    assert served.client.get("/api/v2/runs?text=enormous").json()["total"] == 0


def test_the_connection_still_answers_afterwards(served) -> None:
    for _ in range(3):
        assert served.client.post("/api/v2/runs", content=pieces(), headers=JSON).status_code == 413
        assert served.client.get("/api/health").status_code == 200
