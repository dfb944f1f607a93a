"""The optical engine's speed beside flexnetsim 0.23, the simulator of this kind on the package index, in the same run.

python benchmarks/optical.py [--requests 2000000] [--repetitions 5]

CPU time of one core, after warm-up; medians over repetitions that take turns, so that a noisy machine slows both alike. Ours
includes generating the requests and all statistics of a Run; flexnetsim's includes its event loop and a first-fit allocator
written as its documentation shows, with the search over slots kept in local variables.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from quintant.config import parse
from quintant.labs.optical import LAB
from quintant.labs.optical.config import OpticalConfig
from quintant.labs.optical.engine import OpticalEngine, warm
from quintant.labs.optical.engine.plan import make_plan

WANTED = {"fusion": 2.0e6, "deeprmsa": 2.5e6}
WANTED_RATIO = 125
SETUPS: dict[str, tuple[str, dict[str, Any]]] = {
    "fusion": (
        "NSFNet 320 slots, k = 3, 100 Gb/s, 500 E",
        {
            "topology": "nsfnet",
            "directed": False,
            "slots": 320,
            "k_paths": 3,
            "path_order": "km",
            "path_ties": "generator",
            "demand": {"kind": "rates", "shares_by_gbps": {"100": 1.0}},
            "load_erlang": 500.0,
            "mean_holding": 0.2,
            "holding": "exponential",
            "guard_slots": 1,
            "modulations": "default",
            "modulation_choice": "all",
        },
    ),
    "deeprmsa": ("DeepRMSA NSFNET, K = 5, 250 E", dict(LAB.presets["deeprmsa-nsfnet"].config)),
    "deeprmsa-k50": ("DeepRMSA NSFNET, K = 50, 250 E", dict(LAB.presets["deeprmsa-nsfnet-k50"].config)),
    "jpn48": ("MaskRSA JPN48, K = 5, 140 E", dict(LAB.presets["mask-jpn48"].config)),
    "peer": (
        "NSFNET 44 links x 100 slots, K = 5, 5 slots, 250 E",
        {
            "topology": "nsfnet_deeprmsa",
            "directed": True,
            "slots": 100,
            "k_paths": 5,
            "guard_slots": 0,
            "demand": {"kind": "slots", "shares_by_slots": {"5": 1.0}},
            "load_erlang": 250.0,
            "mean_holding": 1.0,
            "holding": "exponential",
        },
    ),
}


def ours(raw: dict[str, Any], requests: int, root: int) -> tuple[float, float]:
    """(requests per CPU second, blocking) of a whole Run: requests, service, statistics and result."""
    config = parse(OpticalConfig, {**raw, "requests": requests})
    engine = OpticalEngine()
    began = time.process_time()
    step = engine.step(engine.init(config, LAB.seeded(config, root)), ())
    while not step.done:
        step = engine.step(step.state, ())
    result = engine.result(step.state)
    taken = time.process_time() - began
    return (config.warmup_requests + requests) / taken, result.metrics["blocking"].value


class Peer:
    """flexnetsim on our candidate paths of the set-up "peer"."""

    def __init__(self, folder: Path) -> None:
        import flexnetsim

        self._kit = flexnetsim
        config = parse(OpticalConfig, SETUPS["peer"][1])
        plan = make_plan(config)
        self._network, self._routes = str(folder / "network.json"), str(folder / "routes.json")
        Path(self._network).write_text(
            json.dumps(
                {
                    "name": "peer",
                    "alias": "peer",
                    "nodes": [{"id": index} for index in range(len(plan.node_ids))],
                    "links": [
                        {"id": link.index, "src": link.source, "dst": link.target, "length": link.length_km, "slots": 100}
                        for link in plan.links
                    ],
                }
            ),
            encoding="utf-8",
        )
        nodes = range(len(plan.node_ids))
        Path(self._routes).write_text(
            json.dumps(
                {
                    "name": "peer",
                    "alias": "peer",
                    "routes": [
                        {"src": a, "dst": b, "paths": [list(route.nodes) for route in plan.candidates(a, b)]}
                        for a in nodes
                        for b in nodes
                        if a != b
                    ],
                }
            ),
            encoding="utf-8",
        )

    def __call__(self, requests: int, seed: int) -> tuple[float, float]:
        allocated = self._kit.Controller.status.ALLOCATED
        refused = self._kit.Controller.status.NOT_ALLOCATED
        served = 0

        def first_fit(src: int, dst: int, rate: Any, connection: Any, network: Any, paths: Any) -> tuple[Any, Any]:
            nonlocal served
            need = rate.get_number_of_slots(0)
            for path in paths[src][dst]:
                spectra = [network.get_link(link).slots for link in path]
                run = 0
                for slot in range(100):
                    for spectrum in spectra:
                        if spectrum[slot]:
                            run = 0
                            break
                    else:
                        run += 1
                        if run == need:
                            for link in path:
                                connection.add_link(link, from_slot=slot - need + 1, to_slot=slot + 1)
                            served += 1
                            return allocated, connection
            return refused, connection

        with contextlib.redirect_stdout(io.StringIO()):
            simulator = self._kit.Simulator(self._network, self._routes)
            rate = self._kit.Bitrate(1)
            rate.add_modulation("one", 5, 1e9)
            simulator._Simulator__bitRatesDefault = [rate]  # it has no door for demands of our own
            simulator.lambdaS, simulator.mu, simulator.goalConnections = 250, 1, requests
            for name in ("Arrive", "Departure", "BitRate"):
                setattr(simulator, f"seed{name}", seed)
            simulator._Simulator__seedSrc, simulator._Simulator__seedDst = seed + 1, seed + 2
            simulator.set_allocation_algorithm(first_fit)
            simulator.init()
            began = time.process_time()
            simulator.run()
            taken = time.process_time() - began
        return requests / taken, 1 - served / requests


START = "import time; from quintant.labs.optical.engine import warm; warm(); print(time.process_time())"


def start_s(cache: str) -> float:
    """CPU seconds of a fresh Python until a tiny Run of each mode is finished, with the compiled code kept in `cache`."""
    done = subprocess.run(
        [sys.executable, "-c", START], env={**os.environ, "NUMBA_CACHE_DIR": cache}, check=True, capture_output=True, text=True
    )
    return float(done.stdout)


def main() -> int:
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("--requests", type=int, default=2_000_000)
    given.add_argument("--peer-requests", type=int, default=20_000)
    given.add_argument("--repetitions", type=int, default=5)
    asked = given.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        cold = start_s(folder)
        cached = statistics.median(start_s(folder) for _ in range(3))
    print(
        f"CPU seconds of a first start, nothing compiled: {cold:.2f}; with the compiled code on disk: {cached:.2f} "
        "(Python and all imports included, until a tiny Run of each mode is finished)\n"
    )

    warm()
    speeds: dict[str, list[tuple[float, float]]] = {name: [] for name in (*SETUPS, "flexnetsim")}
    try:
        import flexnetsim  # noqa: F401
    except ImportError:
        print("flexnetsim is not installed (pip install flexnetsim==0.23): no ratios\n")
        peer = None
    else:
        peer = Peer(Path(tempfile.mkdtemp()))
    for repetition in range(asked.repetitions):
        for name, (_, raw) in SETUPS.items():
            speeds[name].append(ours(raw, asked.requests, repetition))
        if peer is not None:
            speeds["flexnetsim"].append(peer(asked.peer_requests, 100 + repetition))

    def middle_of(name: str) -> float:
        return statistics.median(speed for speed, _ in speeds[name])

    base = middle_of("flexnetsim") if peer is not None else None
    print(f"{'set-up':<68}{'requests/s':>12}{'lowest':>12}{'highest':>12}{'blocking':>10}{'ratio':>8}")
    failed = []
    for name, found in speeds.items():
        if not found:
            continue
        title = SETUPS[name][0] if name in SETUPS else f"flexnetsim 0.23: {SETUPS['peer'][0]}"
        every = [speed for speed, _ in found]
        blocking = statistics.fmean(value for _, value in found)
        ratio = middle_of(name) / base if base else None
        print(
            f"{title:<68}{middle_of(name):>12,.0f}{min(every):>12,.0f}{max(every):>12,.0f}{blocking:>10.4f}"
            f"{f'{ratio:.0f}' if ratio else '':>8}"
        )
        if name in WANTED:
            if middle_of(name) < WANTED[name]:
                failed.append(f"{title}: {middle_of(name):,.0f} requests/s, wanted {WANTED[name]:,.0f}")
            if ratio is not None and ratio < WANTED_RATIO:
                failed.append(f"{title}: {ratio:.0f} times flexnetsim, wanted {WANTED_RATIO}")
    for text in failed:
        print(f"\nNOT REACHED: {text}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
