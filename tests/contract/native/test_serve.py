"""`serve` as a process: where it says it is, what it refuses, how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from quintant.errors import ConfigError
from quintant.process import birth
from quintant.server.serve import serve
from quintant.settings import Settings

PROGRAM = """
from quintant.server.serve import serve
from quintant.settings import Settings

if __name__ == "__main__":
    serve(Settings())
"""
pytestmark = pytest.mark.skipif(os.name != "posix", reason="ends processes by POSIX signals")


def start(folder: Path, **settings: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "QUINTANT_DATA_DIR": str(folder), "QUINTANT_PORT": "0", "QUINTANT_WORKERS": "1"}
    environment |= {f"QUINTANT_{name.upper()}": value for name, value in settings.items()}
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM], env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def banner(server: subprocess.Popen[str]) -> list[str]:
    """The printed lines up to the last one, which comes when requests are answered."""
    assert server.stdout is not None
    lines = []
    for line in server.stdout:
        lines.append(line.rstrip())
        if line.startswith("Try:"):
            return lines
    raise AssertionError(server.communicate())


@pytest.fixture
def server(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = start(tmp_path)
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def told(folder: Path) -> dict:
    return json.loads((folder / "server.json").read_text())


def test_it_says_where_it_is_and_cleans_up(server, tmp_path: Path) -> None:
    lines = banner(server)
    said = told(tmp_path)
    assert said["pid"] == server.pid
    assert said["birth"] == birth(server.pid)
    assert lines[0].startswith("Quintant ")
    assert any(line == f"  dashboard   {said['url']}" for line in lines)
    assert any("0 runs" in line and "GB free" in line for line in lines)
    assert any("toy  ready" in line for line in lines)
    with httpx2.Client(base_url=said["url"], trust_env=False) as client:
        assert client.get("/api/health").status_code == 200
        assert client.get("/openapi.json").json()["info"]["version"] == said["version"]

    second = start(tmp_path)
    _, errors = second.communicate(timeout=60)
    assert second.returncode != 0
    assert f"A server already works on {tmp_path}: {said['url']} (process {server.pid})" in errors

    server.send_signal(signal.SIGTERM)
    assert server.wait(60) == 0
    assert not (tmp_path / "server.json").exists()


def test_open_streams_end_promptly_when_it_stops(server, tmp_path: Path) -> None:
    banner(server)
    url = told(tmp_path)["url"]
    with httpx2.Client(base_url=url, timeout=30, trust_env=False) as client:
        body = {"lab": "toy", "config": {"steps": 100_000, "work": 1_000_000}}
        run_id = client.post("/api/v2/runs", json=body).json()["runs"][0]["id"]
        met: list[str] = []
        with client.stream("GET", f"/api/v2/runs/{run_id}/events", headers={"Accept": "text/event-stream"}) as stream:
            lines = stream.iter_lines()
            met.append(next(lines))
            server.send_signal(signal.SIGINT)
            met += lines  # closed in order: no protocol error
        assert not any(line.startswith("event: end") for line in met), "the run has not ended"
    assert server.wait(60) == 0
    assert server.stderr is not None
    assert "ERROR" not in server.stderr.read()
    again = start(tmp_path)  # the run lives on, and whoever opens the folder next can cancel it
    try:
        banner(again)
        with httpx2.Client(base_url=told(tmp_path)["url"], timeout=30, trust_env=False) as client:
            assert client.post(f"/api/v2/runs/{run_id}/cancel").json()["state"] == "cancelled"
        again.send_signal(signal.SIGTERM)
        assert again.wait(60) == 0
    finally:
        again.kill()
        again.communicate()


def test_a_killed_server_does_not_block_the_next(server, tmp_path: Path) -> None:
    banner(server)
    server.kill()
    server.wait(60)
    assert (tmp_path / "server.json").exists()
    again = start(tmp_path)
    try:
        banner(again)
        assert told(tmp_path)["pid"] == again.pid
    finally:
        again.terminate()
        again.communicate(timeout=20)


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = start(tmp_path, port=str(port))
        _, errors = server.communicate(timeout=60)
    assert server.returncode != 0
    assert f"Cannot listen on 127.0.0.1:{port}: Address already in use" in errors
    assert not (tmp_path / "server.json").exists()


def test_beyond_this_machine_it_needs_a_key(tmp_path: Path) -> None:
    server = start(tmp_path, host="0.0.0.0")
    _, errors = server.communicate(timeout=60)
    assert server.returncode != 0
    assert "needs an API key" in errors
    assert not (tmp_path / "server.json").exists()


def test_a_data_folder_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: Path, data: bytes) -> int:
        raise OSError(30, "Read-only file system", str(self))

    monkeypatch.setattr(Path, "write_bytes", refused)
    with pytest.raises(ConfigError, match=r"data_dir: .* cannot be written: Read-only file system"):
        serve(Settings(data_dir=tmp_path, port=0))
