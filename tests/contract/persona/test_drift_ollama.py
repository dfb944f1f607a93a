"""Simulations answered by a server that speaks Ollama's protocol, over real HTTP."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2
import pytest
from drift_service import API, ended, rows, served, started
from websockets.sync.client import connect

MODEL = "llama3.1:8b"


class Ollama(ThreadingHTTPServer):
    """Says `answer` to every item and a sentence to every event; `seen` keeps the bodies of its chats."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: list[dict[str, Any]] = []
        self.answer, self.stalls_s, self.refuses_after = 2, 0.0, 10**9
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Ollama

    def do_GET(self) -> None:
        self._say({"models": [{"name": MODEL, "digest": "46e0c10c039e"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/api/show":
            self._say({"model_info": {"llama.context_length": 8192}})
            return
        self.server.seen.append(body)
        if len(self.server.seen) > self.server.refuses_after:
            self._say({"error": "out of memory"}, 404)
            return
        text = json.dumps({"answer": self.server.answer}) if "format" in body else "I keep thinking of it."
        self._say({"message": {"role": "assistant", "content": text}, "eval_count": 6})

    def _say(self, body: Any, status: int = 200) -> None:
        time.sleep(self.server.stalls_s)
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_) -> None:
        return None


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Iterator[Any]:
    """(facade, address, the fake Ollama) of a server whose design `ollama` asks it."""
    ollama = Ollama()
    backend = {"kind": "ollama", "model": MODEL, "url": ollama.url}
    designs = {
        "ollama": {"backend": backend, "personas": ["kara"], "replies": True},
        "absent_model": {"backend": backend | {"model": "no-such-model"}},
    }
    with served(tmp_path_factory.mktemp("ollama"), designs, workers=1) as (runs, address):
        yield runs, address, ollama
        ollama.shutdown()


@pytest.fixture
def ollama(place) -> Iterator[Ollama]:
    found = place[2]
    found.seen.clear()
    yield found
    found.stalls_s, found.refuses_after = 0.0, 10**9


@pytest.fixture
def asking(place) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=place[1], timeout=60) as client:
        yield client


def test_what_happened_stands_in_what_the_model_is_asked(place, asking, ollama):
    """The event's own words are in the prompt of the reply to it, and in every item of the session after it."""
    id = started(asking, config_name="ollama", duration_days=2, experimental_condition="TRAUMA", stress_event_frequency=1)
    assert ended(asking)["status"] == "completed"
    events = rows(asking, "events", simulation_id=id, event_type="stress")
    assert len(events) == 2 and all(row["response"] == "I keep thinking of it." for row in events)
    prompts = [" ".join(message["content"] for message in body["messages"]) for body in ollama.seen]
    items = [text for text, body in zip(prompts, ollama.seen, strict=True) if "format" in body]
    assert len(items) >= 2 * 26
    assert {body["model"] for body in ollama.seen} == {MODEL}
    diaries = place[0].result(id.removeprefix("sim_")).tables["events"].column("diary").to_pylist()
    assert not any(diary in text for diary in diaries for text in items[:26])  # nothing has happened at the baseline
    assert all(diary in text for diary in diaries for text in items[-26:])
    replies = [text for text, body in zip(prompts, ollama.seen, strict=True) if "format" not in body]
    assert len(replies) == 2 and diaries[0] in replies[0] and diaries[1] in replies[1]


def test_answers_in_words_become_scores(asking, ollama):
    id = started(asking, config_name="ollama", duration_days=1)
    ended(asking)
    found = rows(asking, "assessments", simulation_id=id)
    assert {(row["assessment_type"], row["score"]) for row in found} == {("phq9", 18), ("gad7", 14), ("pss10", 20)}
    assert {row["scoring_method"] for row in found} == {"self_report"}
    told = asking.get(f"{API}/data/mechanistic", params={"simulation_id": id}).json()
    assert told["mechanistic_data"] == [] and "weights" in told["summary"]["reasons"][0]


@pytest.mark.parametrize("design", ["ollama", "absent_model"])
def test_a_server_that_stalls_or_lacks_the_model_is_503_at_the_start(asking, ollama, design):
    ollama.stalls_s = 4.0 if design == "ollama" else 0.0
    began = time.monotonic()
    answer = asking.post(f"{API}/simulation/start", json={"config_name": design})
    told = answer.json()
    assert (answer.status_code, told["status_code"], told["error"]) == (503, 503, "Service Unavailable")
    assert told["detail"].startswith("LLM connection failed")
    assert time.monotonic() - began < 20
    assert asking.get(f"{API}/simulation/status").json()["status"] in ("no_simulation", "completed")


def test_a_server_that_fails_in_the_middle_is_an_error_frame(place, asking, ollama):
    ollama.refuses_after = 30
    with connect(f"{place[1].replace('http', 'ws')}{API}/ws/simulation", open_timeout=20) as socket:
        started(asking, config_name="ollama", duration_days=1)
        told, end = [], time.monotonic() + 60
        while not told or told[-1]["data"].get("status") != "error":
            assert time.monotonic() < end, told[-2:]
            told.append(json.loads(socket.recv(timeout=60)))
    (error,) = [one["data"] for one in told if one["type"] == "error"]
    words = "the language-model server refused /api/chat: status"  # its body is not repeated: it may hold what is not for all
    assert words in error["details"] and "out of memory" not in error["details"]
    assert words in ended(asking)["error"]
