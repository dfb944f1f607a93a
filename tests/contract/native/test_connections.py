"""Connections that misbehave: silence, slowness, too many; and HEAD on whatever can be got."""

from __future__ import annotations

import os
import re
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import uvicorn

from quintant.server.protocol import PatientProtocol

ENDLESS = ("/events", "/progress", "/stream", "/logs")


async def echo(scope, receive, send) -> None:
    """Answers when the whole body has come."""
    if scope["type"] != "http":
        return
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


class Hasty(PatientProtocol):
    headers_s, body_s = 0.5, 0.5


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(echo, http=Hasty, lifespan="off", log_level="error", timeout_keep_alive=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join(10)


def said(port: int, *pieces: bytes, pause_s: float = 0.2) -> bytes:
    """What the server says until it closes, to a client that sends `pieces` with pauses and then nothing."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        for piece in pieces:
            try:
                connection.sendall(piece)
            except OSError:
                break
            time.sleep(pause_s)
        answer = b""
        while data := connection.recv(65536):
            answer += data
        return answer


@pytest.mark.parametrize(
    "pieces",
    [
        (),
        (b"GET / HT",),
        (b"GET / HTTP/1.1\r\n", *[b"X-%d: y\r\n" % n for n in range(50)]),
        (b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n", b"begun"),
    ],
    ids=["silence", "half a line", "a header a moment", "half a body"],
)
def test_a_client_that_does_not_go_on_is_told_and_left(port, pieces):
    answer = said(port, *pieces)
    assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert re.search(rb"did not arrive within 0.5 s", answer)


def test_a_slow_body_that_goes_on_is_waited_for(port):
    head = b"POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 10\r\n\r\n"
    assert said(port, head, *[b"x"] * 10, pause_s=0.15).endswith(b"ok")


def test_after_an_answer_the_next_request_has_its_own_time(port):
    one = b"GET / HTTP/1.1\r\n\r\n"
    assert said(port, one, one, one, pause_s=0.4).count(b"200 OK") == 3
    assert said(port, one, b"GET / HT").count(b"408 Request Timeout") == 1


@pytest.mark.timeout(60)
def test_running_out_of_descriptors_is_logged(tmp_path: Path):
    server = subprocess.Popen(
        [sys.executable, "-m", "quintant.cli", "serve", "--port", "0", "--data-dir", str(tmp_path), "--labs", "toy"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "QUINTANT_CACHE_DIR": str(tmp_path / "cache")},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128)),
    )  # fmt: skip
    try:
        banner = ""
        while "/api/v2" not in banner:
            line = server.stdout.readline()
            assert line, server.stderr.read()
            banner += line
        port = int(re.search(r"127\.0\.0\.1:(\d+)", banner)[1])
        with ExitStack() as open_ones:
            for _ in range(110):
                open_ones.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
            logged = ""
            while "file descriptors" not in logged:
                line = server.stderr.readline()
                assert line
                logged += line
        assert re.search(r"1[12]\d of 128 file descriptors are in use", logged)
    finally:
        server.terminate()
        server.communicate(timeout=30)


def test_head_answers_as_get_without_a_body(served):
    run_id = served.create(steps=3)
    while served.get(run_id)["state"] != "completed":
        time.sleep(0.05)
    paths = served.client.get("/openapi.json").json()["paths"]
    compared = 0
    for path, verbs in paths.items():
        if "get" not in verbs or path.endswith(ENDLESS) or path in ("/run",):
            continue
        path = path.replace("{run_id}", run_id).replace("{lab}", "toy").replace("{path}", "result.json")
        path = re.sub(r"\{[^}]+\}", "nothing", path)
        got, head = served.client.get(path), served.client.head(path)
        assert (head.status_code, head.content) == (got.status_code, b""), path
        for name in ("content-type", "etag", "content-length", "allow"):
            assert head.headers.get(name) == got.headers.get(name) or name == "content-length", (path, name)
        compared += 1
    assert compared > 60


def test_head_on_an_endless_stream_ends(served):
    run_id = served.create(steps=2000, work=300_000)
    answer = served.client.head(f"/api/v2/runs/{run_id}/events", headers={"Accept": "text/event-stream"}, timeout=10)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    served.client.post(f"/api/v2/runs/{run_id}/cancel")
