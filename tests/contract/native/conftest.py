"""A real server on a real socket: in-process transports buffer streams and would hide what is tested here."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx2
import pytest

from quintant.server import create_app
from quintant.testing.serving import quieten, serving


@dataclass(frozen=True)
class Served:
    url: str
    client: httpx2.Client

    def create(self, **config: object) -> str:
        answer = self.client.post("/api/v2/runs", json={"lab": "toy", "config": config, "fresh": True})
        assert answer.status_code == 201, answer.text
        return answer.json()["runs"][0]["id"]

    def get(self, run_id: str) -> dict:
        return self.client.get(f"/api/v2/runs/{run_id}").json()


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory):
    from quintant.settings import Settings

    return Settings(data_dir=tmp_path_factory.mktemp("data"), workers=2, lease_s=2, grace_s=0.3, heartbeat_s=0.3)


@pytest.fixture(scope="module")
def runs(settings) -> Iterator:
    from quintant.runs import open_runs

    with open_runs(settings, execute=True) as opened:
        yield opened
        quieten(opened)


@pytest.fixture(scope="module")
def served(runs, settings) -> Iterator[Served]:
    with serving(create_app(runs, settings)) as url, httpx2.Client(base_url=url, timeout=30, trust_env=False) as client:
        yield Served(url, client)


@dataclass(frozen=True)
class Message:
    event: str
    id: str | None
    data: dict | str


def read(lines: Iterator[str]) -> Iterator[Message]:
    """Server-sent events by the letter of the format."""
    event, id, data = "message", None, []
    for line in lines:
        if line == "":
            if data:
                text = "\n".join(data)
                yield Message(event, id, json.loads(text) if text.startswith("{") else text)
            event, id, data = "message", None, []
        elif line.startswith("event:"):
            event = line[6:].strip()
        elif line.startswith("id:"):
            id = line[3:].strip()
        elif line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))


@pytest.fixture
def streaming(served: Served) -> Callable[..., contextlib.AbstractContextManager[Iterator[Message]]]:
    """`with streaming(path, **headers) as messages`: a stream as its messages, while they come."""

    @contextlib.contextmanager
    def opened(path: str, **headers: str) -> Iterator[Iterator[Message]]:
        with served.client.stream("GET", path, headers={"Accept": "text/event-stream", **headers}) as answer:
            assert answer.status_code == 200, answer.read()
            assert answer.headers["content-type"].startswith("text/event-stream")
            yield read(answer.iter_lines())

    return opened


@pytest.fixture
def parsed() -> Callable[[Iterator[str]], Iterator[Message]]:
    return read
