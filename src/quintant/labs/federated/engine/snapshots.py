"""Snapshots: a few samples or numbers of what an attacker changed, as small arrays. Pictures are made of them elsewhere."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from quintant.labs.federated.engine.attacks import Samples
from quintant.labs.federated.engine.data import Dataset

Floats = npt.NDArray[np.floating]
BINS, ALONG = 60, 64
SPARSE = 1e-6


def of_data(
    before: Samples, after: Samples, touched: npt.NDArray[np.bool_], dataset: Dataset, most: int, attack: Mapping[str, Any]
) -> tuple[str, bytes]:
    """Metadata and archive of a data attack: the first `most` samples that it changed."""
    rows = np.flatnonzero(touched)[:most]
    if not len(rows):
        rows = np.arange(min(most, len(before.labels)))
    arrays: dict[str, npt.NDArray[Any]] = {
        "before": _shown(before.inputs[rows], dataset),
        "after": _shown(after.inputs[rows], dataset),
        "labels_before": before.labels[rows],
        "labels_after": after.labels[rows],
    }
    pairs, counts = np.unique(np.stack([before.labels, after.labels], 1), axis=0, return_counts=True)
    metadata = {
        **attack,
        "num_samples": len(rows),
        "num_changed": int(np.count_nonzero(touched)),
        "data_shape": list(before.inputs.shape),
        "labels_shape": list(before.labels.shape),
        "classes": list(dataset.classes),
        "kind": dataset.kind,
        "flips": [[int(old), int(new), int(count)] for (old, new), count in zip(pairs, counts, strict=True)],
    }
    if dataset.kind == "text":
        metadata["texts_before"] = [_words(row, dataset) for row in before.inputs[rows]]
        metadata["texts_after"] = [_words(row, dataset) for row in after.inputs[rows]]
    return orjson.dumps(metadata).decode(), archive(arrays)


def of_weights(
    before: Floats, after: Floats, layers: Sequence[tuple[str, slice]], shown: Mapping[str, npt.NDArray[Any]],
    classes: Sequence[str], attack: Mapping[str, Any],
) -> tuple[str, bytes]:  # fmt: skip
    """Metadata and archive of a weight attack; `shown`: test samples with the classes chosen before and after."""
    old, new = before.astype(np.float64), after.astype(np.float64)
    finite = new[np.isfinite(new)]
    low, high = min(old.min(), finite.min(initial=0.0)), max(old.max(), finite.max(initial=0.0))
    edges = np.linspace(low, high if high > low else low + 1, BINS + 1)
    delta = np.abs(new - old)
    arrays: dict[str, npt.NDArray[Any]] = {
        "edges": edges,
        "histogram_before": np.histogram(old, edges)[0],
        "histogram_after": np.histogram(finite, edges)[0],
        "layer_before": np.array([np.linalg.norm(old[part]) for _, part in layers]),
        "layer_after": np.array([np.linalg.norm(new[part]) for _, part in layers]),
        "layer_delta": np.array([np.linalg.norm(delta[part]) for _, part in layers]),
        "delta_map": np.array([[chunk.mean() if len(chunk) else 0.0 for chunk in np.array_split(delta[part], ALONG)]
                               for _, part in layers]),
        **shown,
    }  # fmt: skip
    change = new - old
    metadata = {
        **attack,
        "layers": [name for name, _ in layers],
        "classes": list(classes),
        "statistics": {
            "before": _statistics(old, len(layers)),
            "after": _statistics(new, len(layers)),
            "difference": {
                "diff_mean": float(change.mean()), "diff_std": float(change.std()), "diff_min": float(change.min()),
                "diff_max": float(change.max()), "diff_l2_norm": float(np.linalg.norm(change)),
                "num_changed": int(np.count_nonzero(change)), "pct_changed": float(100 * np.mean(change != 0)),
            },
        },
    }  # fmt: skip
    return orjson.dumps(metadata).decode(), archive(arrays)


def archive(arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """A NumPy archive with the same bytes for the same arrays."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def _statistics(w: npt.NDArray[np.float64], layers: int) -> dict[str, Any]:
    return {
        "mean": float(w.mean()), "std": float(w.std()), "min": float(w.min()), "max": float(w.max()),
        "l2_norm": float(np.linalg.norm(w)), "sparsity": float(np.mean(np.abs(w) < SPARSE)), "num_parameters": len(w),
        "num_layers": layers,
    }  # fmt: skip


def _shown(inputs: npt.NDArray[np.generic], dataset: Dataset) -> npt.NDArray[Any]:
    """Images in 0..1, tokens and tables as they are."""
    return inputs if dataset.kind != "images" else ((np.asarray(inputs, dtype=np.float32) + 1) / 2)


def _words(row: npt.NDArray[np.generic], dataset: Dataset) -> str:
    return " ".join(dataset.vocabulary[int(token)] or "[UNK]" for token in row if int(token) != 0)
