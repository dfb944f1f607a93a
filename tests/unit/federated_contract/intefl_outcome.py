"""Made-up tables of a run, in the shapes that `names.py` promises: what the run directory is rendered from."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from quintant.lab import Event, Outcome
from quintant.labs.federated import names
from quintant.labs.federated.contract import decode

BODY: dict[str, Any] = {
    "shared_settings": {
        "dataset_keyword": "digits",
        "num_of_rounds": 6,
        "num_of_clients": 4,
        "remove_clients": True,
        "begin_removing_from_round": 2,
        "attack_schedule": [
            {
                "attack_type": "label_flipping", "start_round": 1, "end_round": 6,
                "selection_strategy": "specific", "malicious_client_ids": [0],
            }
        ],
    },
    "simulation_strategies": [
        {"aggregation_strategy_keyword": "pid", "num_std_dev": 1.0},
        {"aggregation_strategy_keyword": "rfa"},
    ],
}  # fmt: skip


def table(columns: Sequence[tuple[str, str]], rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    kinds = {"bool": pa.bool_(), "string": pa.string(), "binary": pa.binary()}
    schema = pa.schema([(name, kinds.get(kind) or getattr(pa, kind)()) for name, kind in columns])
    return pa.Table.from_pylist([dict(row) for row in rows], schema)


def rounds(strategies: int = 2, done: int = 6) -> pa.Table:
    rows = [
        {
            "strategy": s, "round": r, "test_accuracy": 0.1 * r, "test_loss": 2.0 / r, "aggregated_loss": 2.5 / r,
            "average_accuracy": 0.1 * r, "average_accuracy_std": 0.01, "removal_threshold": None if r == 1 else 1.5,
            "score_calculation_time_ns": 1000 * r, "tp": 3, "tn": int(r >= 2), "fp": 0, "fn": int(r < 2),
            "removal_accuracy": 1.0 if r >= 2 else 0.75, "removal_precision": 1.0, "removal_recall": 1.0 if r >= 2 else 0.75,
            "removal_f1": 1.0 if r >= 2 else 6 / 7, "aggregated": 4 if r < 2 else 3, "removed": int(r >= 2),
        }
        for s in range(strategies) for r in range(1, done + 1)
    ]  # fmt: skip
    return table(names.ROUNDS, rows)


def participants(strategies: int = 2, done: int = 6) -> pa.Table:
    rows = [
        {
            "strategy": s, "round": r, "participant": p, "is_malicious": p == 0, "participated": not (p == 0 and r >= 2),
            "removed": p == 0 and r >= 2, "criterion": 3.0 if p == 0 else 1.0, "absolute_distance": 0.5 + p,
            "loss": None if (p, r) == (3, 1) else 2.0 / r, "accuracy": 0.1 * r, "update_norm": 1.0,
            "distance_to_aggregate": 0.3,
        }
        for s in range(strategies) for r in range(1, done + 1) for p in range(4)
    ]  # fmt: skip
    return table(names.PARTICIPANTS, rows)


def npz(**arrays: Any) -> bytes:
    data = io.BytesIO()
    np.savez_compressed(data, **arrays)
    return data.getvalue()


def snapshot(
    kind: str, told: Mapping[str, Any], arrays: Mapping[str, Any], *, client: int = 0, round: int = 1
) -> dict[str, Any]:
    metadata = {"attack_type": kind, "attack_config": {}, "classes": [str(n) for n in range(10)], **told}
    return {
        "strategy": 0, "round": round, "participant": client, "attack_type": kind, "metadata": json.dumps(metadata),
        "npz": npz(**arrays),
    }  # fmt: skip


def images(count: int = 3, channels: int = 1, side: int = 8) -> np.ndarray:
    return np.random.default_rng(1).random((count, channels, side, side)).astype(np.float32)


def flipped() -> dict[str, Any]:
    arrays = {"before": images(), "after": images(), "labels_before": np.array([1, 2, 3]), "labels_after": np.array([4, 5, 6])}
    return snapshot("label_flipping", {"num_samples": 3, "flips": [[1, 4, 10], [2, 5, 8], [3, 6, 9], [7, 7, 2]]}, arrays)


def triggered() -> dict[str, Any]:
    after = images()
    after[:, :, -3:, -3:] = 1.0
    arrays = {"before": images(), "after": after, "labels_before": np.array([1, 2, 3]), "labels_after": np.array([0, 0, 0])}
    return snapshot("backdoor_trigger", {"num_samples": 3, "flips": [[1, 0, 3]]}, arrays, client=1)


def noisy() -> dict[str, Any]:
    arrays = {
        "before": images(channels=3),
        "after": images(channels=3)[::-1],
        "labels_before": np.arange(3),
        "labels_after": np.arange(3),
    }
    return snapshot("gaussian_noise", {"num_samples": 3}, arrays, client=2)


def replaced() -> dict[str, Any]:
    told = {"texts_before": ["a good <b>drug</b> works"], "texts_after": ["a bad <b>drug</b> works"], "num_samples": 1}
    tokens = np.array([[1, 2, 3]])
    arrays = {"before": tokens, "after": tokens, "labels_before": np.array([1]), "labels_after": np.array([1])}
    return snapshot("token_replacement", told, arrays, client=3)


def scaled() -> dict[str, Any]:
    rng = np.random.default_rng(2)
    arrays = {
        "edges": np.linspace(-1, 1, 61), "histogram_before": rng.integers(0, 900, 60),
        "histogram_after": rng.integers(0, 900, 60), "layer_before": rng.random(3), "layer_after": rng.random(3),
        "layer_delta": rng.random(3), "delta_map": rng.random((3, 64)),
        "images": images(4), "labels": np.arange(4), "predictions_before": np.arange(4), "predictions_after": np.zeros(4, int),
    }  # fmt: skip
    told = {"layers": ["conv1", "conv2", "dense"], "statistics": {"before": {}, "after": {}, "difference": {}}}
    return snapshot("gradient_scaling", told, arrays, client=0, round=2)


def outcome(
    body: Mapping[str, Any] = BODY, *, state: str = "completed", done: int = 6, snapshots: Sequence[Mapping[str, Any]] = (),
    events: Sequence[Event] = (), output: Mapping[str, Any] | None = None,
) -> Outcome:  # fmt: skip
    reading = decode.read(body)
    tables = {"rounds": rounds(done=done), "participants": participants(done=done)}
    if snapshots:
        tables["snapshots"] = table(names.SNAPSHOTS, snapshots)
    return Outcome(
        run_id="7f3a9c41d2aa", name="test", state=state, config=reading.config, root_seed=42, metrics={}, tables=tables,
        documents={}, events=events, request={"simulation_id": "api_run_1", "output": {**reading.output, **(output or {})}},
        created_at="2026-11-22T10:00:00Z", started_at="2026-11-22T10:00:01Z",
        ended_at="2026-11-22T10:00:09Z" if state == "completed" else None,
    )  # fmt: skip
