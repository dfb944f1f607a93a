"""Our aggregation rules beside Flower's helpers on the same uploads, in the same run, and whether they agree.

python benchmarks/federated_rules.py [--peers PYTHON] [--repetitions 15]

11 participants of 21 430 float64 weights (the CNN of the lab's other benchmark), two attackers far out, f = 2. CPU milliseconds
of one call, medians; both sides take turns repetition by repetition, so that a noisy machine slows both alike. PYTHON is an
interpreter with flwr, kept apart from ours (.venv-bench/federated). A score for every participant is part of our call; Flower's
has none.

The last column is what a plain NumPy implementation of the same rules took on a comparable machine (AMD EPYC, two cores).
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

DEFAULT_PEERS = Path(__file__).parents[1] / ".venv-bench" / "federated" / "bin" / "python"
WANTED_MS = {
    "krum": "4-8", "multi-krum": "4-8", "bulyan": "20", "median": "3", "trimmed_mean": "1.0", "rfa": "23-70", "fedavg": "",
}  # fmt: skip
PARTICIPANTS, COORDINATES, ATTACKERS, CUT = 11, 21_430, 2, 0.2
PEER = """
import sys, time
import numpy as np
from flwr.server.strategy.aggregate import (
    aggregate, aggregate_bulyan, aggregate_krum, aggregate_median, aggregate_trimmed_avg)
weights = np.load(sys.argv[1])
f, cut = int(sys.argv[2]), float(sys.argv[3])
def uploads():
    return [([row], 10) for row in weights]
rules = {
    "fedavg": lambda given: aggregate(given),
    "krum": lambda given: aggregate_krum(given, f, 0),
    "multi-krum": lambda given: aggregate_krum(given, f, len(weights) - f),
    "bulyan": lambda given: aggregate_bulyan(given, f, aggregate_krum, to_keep=0),
    "median": lambda given: aggregate_median(given),
    "trimmed_mean": lambda given: aggregate_trimmed_avg(given, cut),
}
print("ready", flush=True)
for line in sys.stdin:
    name = line.strip()
    if name not in rules:
        print("none", flush=True)
        continue
    given = uploads()
    began = time.process_time()
    out = rules[name](given)
    took = time.process_time() - began
    np.save(sys.argv[4], out[0])
    print(took, flush=True)
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--peers", type=Path, default=DEFAULT_PEERS)
    parser.add_argument("--repetitions", type=int, default=15)
    given = parser.parse_args()
    rng = np.random.default_rng(20)
    weights = rng.normal(size=(PARTICIPANTS, COORDINATES))
    weights[:ATTACKERS] *= 4
    with tempfile.TemporaryDirectory() as folder:
        peer = start(given.peers, Path(folder), weights)
        rows = [measure(name, weights, peer, Path(folder), given.repetitions) for name in WANTED_MS]
        if peer is not None:
            peer.stdin.close()
            peer.wait(timeout=30)
    print(f"{'rule':14} {'ours ms':>9} {'Flower ms':>10} {'ratio':>7} {'apart':>9}   plain NumPy ms")
    for name, ours, theirs, apart in rows:
        told = f"{theirs:10.2f} {theirs / ours:6.1f}x {apart:9.1e}" if theirs is not None else f"{'-':>10} {'-':>7} {'-':>9}"
        print(f"{name:14} {ours:9.2f} {told}   {WANTED_MS[name]}")
    return 0


def start(python: Path, folder: Path, weights: np.ndarray) -> Any:
    """Flower in its own interpreter, waiting for the names of rules; None where there is no such interpreter."""
    if not python.exists():
        print(f"no Flower at {python}: ours alone", file=sys.stderr)
        return None
    np.save(folder / "weights.npy", weights)
    command = [str(python), "-c", PEER, str(folder / "weights.npy"), str(ATTACKERS), str(CUT), str(folder / "out.npy")]
    peer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if peer.stdout is None or peer.stdout.readline().strip() != "ready":
        print(f"{python} has no flwr: ours alone", file=sys.stderr)
        return None
    return peer


def measure(
    name: str, weights: np.ndarray, peer: Any, folder: Path, repetitions: int
) -> tuple[str, float, float | None, float | None]:
    """Median milliseconds of both, and how far their aggregates are apart at most."""
    own = ours(name, weights)
    apply_rule = own()
    mine, theirs, apart = [], [], None
    for _ in range(repetitions):
        began = time.process_time()
        own()
        mine.append(1000 * (time.process_time() - began))
        if peer is None:
            continue
        peer.stdin.write(f"{name}\n")
        peer.stdin.flush()
        told = peer.stdout.readline().strip()
        if told != "none":
            theirs.append(1000 * float(told))
            apart = float(np.abs(np.load(folder / "out.npy") - apply_rule).max())
    return name, statistics.median(mine), statistics.median(theirs) if theirs else None, apart


def ours(name: str, weights: np.ndarray) -> Callable[[], np.ndarray]:
    from quintant.labs.federated.engine.aggregation import ClientUpdates, RuleSettings, apply_rule

    n = len(weights)
    settings = RuleSettings(n, ATTACKERS, num_krum_selections=n - ATTACKERS, trim_ratio=CUT, paper_exact=True)
    updates = ClientUpdates(1, np.arange(n), weights, np.full(n, 10), weights[-1], np.ones(n, dtype=bool))
    return lambda: apply_rule(name, updates, settings, {}).weights


if __name__ == "__main__":
    sys.exit(main())
