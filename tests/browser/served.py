"""A real server in a process of its own, as `quintant serve` starts it, and the runs that the pages are looked at with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

START_S = 120
FINAL = frozenset({"completed", "failed", "cancelled"})


class Served:
    """`url` answers from `start` to `stop`; started again it keeps its port and its data."""

    def __init__(self, folder: Path, more: Mapping[str, str] | None = None) -> None:
        self.folder, self.more = folder, dict(more or {})
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Served:
        own = {name: value for name, value in os.environ.items() if not name.startswith("QUINTANT_")}
        environment = (
            own | {"QUINTANT_DATA_DIR": str(self.folder), "QUINTANT_WORKERS": "2", "QUINTANT_HEARTBEAT_S": "5"} | self.more
        )
        command = [sys.executable, "-m", "quintant.cli", "serve", "--port", str(self.port)]
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        log = self.folder.with_name(self.folder.name + ".log")  # no pipe: nobody would read it, and it fills
        with log.open("ab") as file:
            self.process = subprocess.Popen(command, env=environment, stdout=file, stderr=subprocess.STDOUT)
        end = time.monotonic() + START_S
        told = self.folder / "server.json"
        while True:
            assert self.process.poll() is None, log.read_text()
            assert time.monotonic() < end, "the server did not start"
            if told.exists():
                try:
                    said = json.loads(told.read_text())
                    if said["pid"] == self.process.pid:
                        self.port = int(said["url"].rpartition(":")[2])
                        urllib.request.urlopen(self.url + "/api/health", timeout=5).read()
                        return self
                except (OSError, ValueError, KeyError):
                    pass
            time.sleep(0.05)

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)

    def ask(self, path: str, body: Any = None, method: str | None = None) -> Any:
        """The native API, as a person's script would call it."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} if data else {}
        if key := self.more.get("QUINTANT_API_KEY"):
            headers["Authorization"] = f"Bearer {key}"
        request = urllib.request.Request(f"{self.url}/api/v2{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{error.code} {error.read().decode()[:2000]}") from None
        return json.loads(text) if text else None

    def run(self, lab: str, **body: Any) -> dict[str, Any]:
        """Start one, executed whatever is there unless the body says `fresh=False`; `{"sweep": …, "runs": […]}`."""
        return self.ask("/runs", {"lab": lab, "fresh": True, **body})

    def ended(self, made: Mapping[str, Any], timeout_s: float = 180) -> Mapping[str, Any]:
        """Wait until all of what `run` made has ended."""
        end = time.monotonic() + timeout_s
        for run in made["runs"]:
            while (now := self.ask(f"/runs/{run['id']}"))["state"] not in FINAL:
                assert time.monotonic() < end, f"{run['lab']} {run['id']} is {now['state']} at {now['fraction']:.0%}"
                time.sleep(0.1)
        return made
