"""A residual stream on its way between processes: float32, little-endian, base64, with its shape [layers + 1, width]."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np


def packed(residual: np.ndarray) -> dict[str, Any]:
    return {"residual": base64.b64encode(residual.astype("<f4").tobytes()).decode(), "shape": list(residual.shape)}


def unpacked(seen: Mapping[str, Any]) -> np.ndarray:
    """The residual [layers + 1, width] that stands in what `inside.look` saw, as float64."""
    return np.frombuffer(base64.b64decode(seen["residual"]), "<f4").reshape(seen["shape"]).astype(np.float64)
