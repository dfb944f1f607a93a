"""Signal quality: the check that a lightpath has to pass before it is set up."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from quintant.labs.optical.engine.outcome import Reason

if TYPE_CHECKING:
    from quintant.labs.optical.engine.physical.channels import Signal

PHI = {"BPSK": 1.0, "QPSK": 1.0, "8-QAM": 2 / 3, "16-QAM": 17 / 25, "32-QAM": 69 / 100, "64-QAM": 13 / 21}
"""EGN modulation factor of each format (Poggiolini et al., doi 10.1109/JLT.2014.2387891); the Config's own go first."""


class Check(Protocol):
    """A physical-layer model. `reason`: what a request is blocked for when only this check stood against it.

    `capacity_gbps`: what one slot of a fixed grid carries in each format; None where the model does not say.
    """

    @property
    def reason(self) -> Reason: ...

    @property
    def capacity_gbps(self) -> Mapping[str, int] | None: ...

    def db(self, signal: Signal) -> float:
        """Signal-to-noise ratio, or crosstalk, of `signal` beside the channels that are up; in dB."""
        ...

    def accepts(self, format: str, db: float) -> bool:
        """Whether `format` works at that value."""
        ...


def decibel(ratio: float) -> float:
    """10 log10; 0 gives minus infinity."""
    return 10.0 * math.log10(ratio) if ratio > 0 else -math.inf
