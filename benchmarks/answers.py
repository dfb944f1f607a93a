"""How long a control waits for its answer: p50 and p95 of POST /labs/spiking/answers (Arrow) by the window asked for, beside a
whole Run of the same config by POST /runs, read when it has ended.

python benchmarks/answers.py [--requests 40]

A server of its own, in a folder of its own; one request at a time, each with another drive, as a slider that moves. Wall clock,
since that is what waits; the spread tells how busy the machine was.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

READY_S = 180.0
WINDOWS_MS = (200, 500, 1000)
ARROW = "application/vnd.apache.arrow.stream"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--requests", type=int, default=40, help="for each window")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "QUINTANT_DATA_DIR": folder, "QUINTANT_LABS": "spiking", "QUINTANT_PORT": "0"}
        server = subprocess.Popen([sys.executable, "-m", "quintant.cli", "serve"], env=environment, stdout=subprocess.DEVNULL)
        try:
            url = address(Path(folder), server)
            for window in WINDOWS_MS:
                times = [answer(url, window, number) for number in range(asked.requests)]
                told(f"answer, {window} ms of model time", times)
            told("run, 500 ms of model time", [run(url, 500, number) for number in range(max(5, asked.requests // 4))])
        finally:
            server.terminate()
            server.wait(20)


def told(name: str, times: list[float]) -> None:
    ordered = sorted(times)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    print(f"{name:32}  p50 {1000 * statistics.median(times):6.0f} ms   p95 {1000 * p95:6.0f} ms   n = {len(times)}", flush=True)


def config(window: int, number: int) -> dict[str, Any]:
    return {"t_ms": window, "burn_in_ms": min(100, window // 4), "drive_e_start": 1.0 + 0.01 * number}


def answer(url: str, window: int, number: int) -> float:
    body = {"preset": "gamma-ping", "config": config(window, number), "tables": ["spikes"]}
    began = time.perf_counter()
    ask(f"{url}/api/v2/labs/spiking/answers", body, ARROW)
    return time.perf_counter() - began


def run(url: str, window: int, number: int) -> float:
    """Made, followed to its end, its spikes read: what a page does without answers."""
    began = time.perf_counter()
    body = {"lab": "spiking", "preset": "gamma-ping", "seeds": 1, "config": config(window, number)}
    made = json.loads(ask(f"{url}/api/v2/runs", body))
    address = f"{url}/api/v2/runs/{made['runs'][0]['id']}"
    while json.loads(ask(address))["state"] not in ("completed", "failed", "cancelled"):
        time.sleep(0.02)
    ask(f"{address}/tables/spikes.arrow")
    return time.perf_counter() - began


def address(folder: Path, server: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + READY_S
    while time.monotonic() < until and server.poll() is None:
        try:
            url: str = json.loads((folder / "server.json").read_text())["url"]
            answer(url, 200, 0)
            return url
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


def ask(url: str, body: Any = None, accept: str = "application/json") -> bytes:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", "Accept": accept})
    with urllib.request.urlopen(request, timeout=READY_S) as reply:
        content: bytes = reply.read()
    return content


if __name__ == "__main__":
    main()
