"""The spike table of one outcome as arrays, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from quintant.figure.columns import FINAL
from quintant.figure.columns import columns as figure_columns
from quintant.lab import Outcome

Array = np.ndarray[Any, Any]
KEPT = {"traces": "record_traces", "input": "record_input", "psd": "analyse", "timing": "analyse"}
"""Which key has a table kept."""


@dataclass(frozen=True)
class Spikes:
    """`time_ms` [n] ascending, `neuron` [n]. `so_far`: the Run has not ended and has more to tell."""

    time_ms: Array
    neuron: Array
    so_far: bool


def spikes(figure: str, outcome: Outcome) -> Spikes:
    table = columns(figure, outcome, "spikes")
    return Spikes(table["time_ms"], table["neuron"], outcome.state not in FINAL)


def columns(figure: str, outcome: Outcome, table: str) -> Mapping[str, Array]:
    """One table of one Run, by column; Conflict when it has none (yet)."""
    return figure_columns(figure, outcome, table, KEPT)
