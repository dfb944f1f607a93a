"""Pieces: an iteration is served piece by piece, so that a step stays short; here they are put together again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from quintant.labs.optical.engine.outcome import Lightpaths, Outcomes


def joined(pieces: Sequence[Outcomes]) -> Outcomes:
    """The Outcomes of successive chunks as one."""
    if len(pieces) == 1:
        return pieces[0]

    def column(name: str) -> np.ndarray:
        return np.concatenate([getattr(piece, name) for piece in pieces])

    def lightpath_column(name: str) -> Any:
        columns = [getattr(piece.lightpaths, name) for piece in pieces]
        return None if any(column is None for column in columns) else np.concatenate(columns)

    return Outcomes(
        **{name: column(name) for name in ("status", "reason", "rank", "served_gbps", "dropped", "dropped_at")},
        lightpaths=Lightpaths(**{name: lightpath_column(name) for name in Lightpaths.__dataclass_fields__}),
    )
