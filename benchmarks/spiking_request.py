"""What one whole /run of the spiking lab costs over HTTP: CPU seconds of the server, the zygote and the worker together.

python benchmarks/spiking_request.py [--requests 8] [--batches 7]

A server of its own, in a folder of its own, is asked for the contract's default request, one at a time. Processor times are
those the kernel keeps (of ended workers by their parent's account, in ticks of 10 ms): hence the means over a batch, of
which medians are told. `cold`: every request has a noise of its own, never drawn before. `warm`: the same request again.
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

import psutil

READY_S = 180.0
SPIKES = 21811


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--requests", type=int, default=8, help="requests in a batch")
    parser.add_argument("--batches", type=int, default=7)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "QUINTANT_DATA_DIR": folder, "QUINTANT_LABS": "spiking", "QUINTANT_PORT": "0"}
        command = [sys.executable, "-m", "quintant.cli", "serve"]
        server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        try:
            url = address(Path(folder), server)
            for _ in range(3):
                ask(url, {})
            found: dict[str, list[dict[str, float]]] = {"cold": [], "warm": []}
            seed = 1
            for _ in range(given.batches):
                found["cold"].append(batch(url, server.pid, [{"inputs": {"seed": seed + n}} for n in range(given.requests)]))
                seed += given.requests
                found["warm"].append(batch(url, server.pid, [{}] * given.requests))
        finally:
            server.terminate()
            server.wait(20)
    for name, batches in found.items():
        told = {part: 1000 * statistics.median(one[part] for one in batches) for part in batches[0]}
        print(f"{name}  " + "   ".join(f"{part} {value:6.1f} ms" for part, value in told.items()))


def address(folder: Path, server: subprocess.Popen[bytes]) -> str:
    """The server's address, once it has answered a request: its zygote is warm then."""
    until = time.monotonic() + READY_S
    while time.monotonic() < until and server.poll() is None:
        try:
            url: str = json.loads((folder / "server.json").read_text())["url"]
            ask(url, {})
            return url
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


def batch(url: str, pid: int, bodies: list[dict[str, Any]]) -> dict[str, float]:
    """Seconds for each of the requests: the mean over the batch."""
    before = spent(pid)
    wall = time.perf_counter()
    for body in bodies:
        spikes = ask(url, body)["num_spikes"]
        assert body or spikes == SPIKES, f"{spikes} spikes"
    wall = time.perf_counter() - wall
    time.sleep(0.05)  # the last worker's account is settled
    cpu = {part: (after - before[part]) / len(bodies) for part, after in spent(pid).items()}
    return {"whole": sum(cpu.values()), **cpu, "wall": wall / len(bodies)}


def spent(pid: int) -> dict[str, float]:
    server = psutil.Process(pid)
    (zygote,) = server.children()
    own, warm = server.cpu_times(), zygote.cpu_times()
    return {
        "server": own.user + own.system,
        "zygote": warm.user + warm.system,
        "workers": warm.children_user + warm.children_system,
    }


def ask(url: str, body: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(f"{url}/run", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=READY_S) as answer:
        told: dict[str, Any] = json.load(answer)
    return told


if __name__ == "__main__":
    main()
