"""Layer-wise drift: how far the residual at the answer moved from the persona's own day 0, against the noise of asking again.

For each layer, with h0 the mean residual of day 0 over its re-administrations in other orders:

    distance   d = ‖h - h0‖ / ‖h0‖
    noise      d_k of each re-administration k from the mean of the others
    z          (d - mean d_k) / sd d_k;  p by Student's t for a new observation, (d - mean)/(sd √(1 + 1/n)), n - 1 degrees of
    freedom q          Benjamini-Hochberg over the layers; significant when q ≤ 0.05

The residuals of day 0 stay in the Run's folder; answers carry only what was made of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

FALSE_DISCOVERY_RATE = 0.05
LEAST_READINGS = 3
FOLDER = ".residuals"


def session_reading(
    seen: Mapping[str, Any], again: Sequence[Mapping[str, Any]], folder: Path, persona: str, *, day_0: bool
) -> dict[str, Any]:
    """The reading of one session as rows: attention by layer and segment, activations by layer, scores, gates.

    `seen`: what `inside.look` gave; `again`: the same of the re-administrations of day 0.
    """
    lift = seen.get("self_lift")
    reading: dict[str, Any] = {
        "self_reference_score": None if lift is None else round(lift / (1 + lift), 6),
        "self_lift": lift,
        "sink_share": seen.get("sink_share"),
        "emotional_salience": None if seen.get("salience") is None else round(seen["salience"], 6),
        "attention": [
            {"layer": layer, "segment": segment, "share": share}
            for layer, row in enumerate(seen.get("attention", ()))
            for segment, share in zip(seen["segments"], row, strict=True)
        ],
        "activations": [],
        "validity": seen.get("validity"),
        "reason": None,
    }
    if "residual" not in seen:
        return reading
    now = _vectors([seen])[0]
    if day_0:
        _keep(folder, persona, _vectors([seen, *again]))
    baseline = _kept(folder, persona)
    if baseline is None or len(baseline) < LEAST_READINGS:
        reading["reason"] = (
            "no drift by layer: day 0 was not read often enough" if baseline is not None else "no reading of day 0"
        )
        measured: list[dict[str, Any]] = [{}] * len(now)
    else:
        measured = against(now, baseline, first=day_0)
    empty = {"distance": None, "z": None, "q_value": None, "significant": None}
    reading["activations"] = [
        {"layer": layer, "projection": seen["position"][layer], **empty, **row} for layer, row in enumerate(measured)
    ]
    return reading


def against(now: np.ndarray, baseline: np.ndarray, *, first: bool = False) -> list[dict[str, Any]]:
    """Rows by layer. now [layers, width]; baseline [readings, layers, width]. `first`: `now` is the baseline's own first
    reading, which is then held against the others."""
    from scipy import stats

    others = baseline[1:] if first else baseline
    n = len(others)
    middle = others.mean(axis=0)
    size = np.linalg.norm(middle, axis=-1)
    rest = (others.sum(axis=0)[None] - others) / max(n - 1, 1)
    noise = np.linalg.norm(others - rest, axis=-1) / np.where(size > 0, size, np.inf)
    distance = np.linalg.norm(now - middle, axis=-1) / np.where(size > 0, size, np.inf)
    mean, sd = noise.mean(axis=0), noise.std(axis=0, ddof=1)
    known = sd > 1e-12
    z = np.where(known, (distance - mean) / np.where(known, sd, 1), np.nan)
    p = np.where(known, stats.t.sf(z / np.sqrt(1 + 1 / n), n - 1), np.nan)
    q = np.full(len(p), np.nan)
    if known.any():
        q[known] = stats.false_discovery_control(p[known])
    return [
        {
            "distance": round(float(distance[layer]), 6),
            "z": round(float(z[layer]), 4) if known[layer] else None,
            "q_value": round(float(q[layer]), 6) if known[layer] else None,
            "significant": bool(q[layer] <= FALSE_DISCOVERY_RATE) if known[layer] else None,
        }
        for layer in range(len(distance))
    ]


def _vectors(seen: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """[readings, layers, width]"""
    from quintant.labs.persona.mechanistic.residual import unpacked

    return np.stack([unpacked(vector) for vector in seen])


def _path(folder: Path, persona: str) -> Path:
    return folder / FOLDER / f"{hashlib.sha256(persona.encode()).hexdigest()[:16]}.npy"


def _keep(folder: Path, persona: str, vectors: np.ndarray) -> None:
    path = _path(folder, persona)
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".part")
    with scratch.open("wb") as file:
        np.save(file, vectors.astype(np.float32))
    scratch.replace(path)


def _kept(folder: Path, persona: str) -> np.ndarray | None:
    path = _path(folder, persona)
    return np.load(path).astype(np.float64) if path.is_file() else None
