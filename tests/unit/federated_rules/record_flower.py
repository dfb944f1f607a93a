"""Records what Flower 1.41's aggregation helpers make of random uploads: `python record_flower.py CASES FILE.npz`.

Run it where flwr is installed; the tests read its output (flower_1_41.npz) and need no Flower.
"""

import sys

import numpy as np
from flwr.server.strategy.aggregate import (
    aggregate_bulyan,
    aggregate_krum,
    aggregate_median,
    aggregate_trimmed_avg,
    apply_rule,
)

RULES = ("fedavg", "krum", "multi-krum", "bulyan", "median", "trimmed_mean")


def updates(weights, samples):
    """Fresh ones for each helper: Flower's Bulyan empties the list that it is given."""
    return [([row.copy()], int(many)) for row, many in zip(weights.astype(np.float64), samples, strict=True)]


def record(count: int, path: str) -> None:
    rng = np.random.default_rng(20261122)
    arrays, cases = {}, []
    for case in range(count):
        n = int(rng.integers(7, 16))
        f = int(rng.integers(0 if case % 5 == 0 else 1, (n - 3) // 4 + 1))
        d, m = int(rng.integers(8, 21)), int(rng.integers(1, n - f + 1))
        share = float(rng.choice([0.1, 0.2, 0.3]))
        weights = rng.normal(size=(n, d)).astype(np.float32)
        if f:
            weights[:f] = rng.normal(size=(f, d)) * rng.choice([1, 3, 100]) + rng.choice([0, 5])
        samples = rng.integers(10, 200, n)
        expected = [
            apply_rule(updates(weights, samples)),
            aggregate_krum(updates(weights, samples), f, 0),
            aggregate_krum(updates(weights, samples), f, m),
            aggregate_bulyan(updates(weights, samples), f, aggregate_krum, to_keep=0),
            aggregate_median(updates(weights, samples)),
            aggregate_trimmed_avg(updates(weights, samples), share),
        ]
        cases.append([n, f, d, m, share])
        arrays[f"weights{case}"], arrays[f"samples{case}"] = weights, samples.astype(np.int32)
        arrays[f"expected{case}"] = np.stack([np.asarray(layers[0], dtype=np.float64) for layers in expected])
    np.savez_compressed(path, cases=np.array(cases), **arrays)


if __name__ == "__main__":
    record(int(sys.argv[1]), sys.argv[2])
