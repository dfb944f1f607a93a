"""The external check: signal quality from look-up arrays that somebody else's planning tool has computed.

FUSION reads such arrays from files outside its repository. The Config has no key that carries them yet, so a run with
`snr: external` is refused by `physical.check` unless the arrays are handed to the simulator directly.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from quintant.errors import ConfigError, Problem
from quintant.labs.optical.engine.outcome import Reason
from quintant.labs.optical.engine.physical.channels import Signal
from quintant.labs.optical.engine.physical.gsnr import THRESHOLD_DB

CAPACITY_GBPS: Mapping[str, int] = {
    "BPSK": 100,
    "QPSK": 200,
    "8-QAM": 300,
    "16-QAM": 400,
    "32-QAM": 500,
    "64-QAM": 600,
}
"""What one slot of a fixed grid carries in each format; FUSION's."""


@dataclass(frozen=True)
class SnrTables:
    """`snr_db[source, target]`: float64 (paths, slots of all bands side by side), node indices of the Plan, paths in
    trying order; NaN where a lightpath must not be set up."""

    snr_db: Mapping[tuple[int, int], np.ndarray]


class External:
    """Accept a lightpath when the lowest entry over its slots reaches the threshold of its format."""

    reason = Reason.SNR_FAIL
    capacity_gbps = CAPACITY_GBPS

    def __init__(self, tables: SnrTables, band_starts: tuple[int, ...]) -> None:
        self._tables, self._band_starts = tables, band_starts

    def db(self, signal: Signal) -> float:
        table = self._tables.snr_db.get((signal.source, signal.target))
        if table is None or signal.rank >= len(table):
            raise ConfigError(
                Problem(
                    "snr",
                    f"the look-up arrays lack path {signal.rank} of nodes {signal.source} to {signal.target}.",
                    "external",
                )
            )
        first = self._band_starts[signal.lane.band] + signal.start
        lowest = float(np.min(table[signal.rank, first : first + signal.slots]))
        return -math.inf if math.isnan(lowest) else lowest

    def accepts(self, format: str, db: float) -> bool:
        return db >= THRESHOLD_DB[format]
