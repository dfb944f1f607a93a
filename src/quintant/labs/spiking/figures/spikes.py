"""The spike table of one outcome as arrays, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from quintant.figure import cannot
from quintant.lab import Outcome

Array = np.ndarray[Any, Any]
FINAL = ("completed", "failed", "cancelled")


@dataclass(frozen=True)
class Spikes:
    """`time_ms` [n] ascending, `neuron` [n]. `so_far`: the Run has not ended and has more to tell."""

    time_ms: Array
    neuron: Array
    so_far: bool


def spikes(figure: str, outcome: Outcome) -> Spikes:
    found = columns(figure, outcome, "spikes")
    return Spikes(found["time_ms"], found["neuron"], outcome.state not in FINAL)


def columns(figure: str, outcome: Outcome, table: str) -> Mapping[str, Array]:
    """One table of one Run, by column; Conflict when it has none (yet). Nulls become NaN."""
    found = outcome.tables.get(table)
    if found is None:
        yet = "" if outcome.state in FINAL else " yet"
        raise cannot(figure, f"run {outcome.run_id} ({outcome.state}) has no table {table!r}{yet}{_why(outcome, table)}")
    return {name: found.column(name).to_numpy(zero_copy_only=False) for name in found.column_names}


def _why(outcome: Outcome, table: str) -> str:
    """The key that was set so that the table is not kept."""
    kept = {"traces": "record_traces", "input": "record_input", "psd": "analyse", "timing": "analyse"}
    name = kept.get(table)
    given = outcome.config
    if name is None or outcome.state not in FINAL:
        return ""
    value = given.get(name, True) if isinstance(given, Mapping) else getattr(given, name, True)
    return "" if value else f"; it was run with {name} = false"
