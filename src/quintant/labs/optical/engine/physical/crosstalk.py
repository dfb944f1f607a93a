"""Inter-core crosstalk: what leaks from neighbouring cores into the slots of a lightpath.

Per link, N_adj * (1 - e^(-2hL)) / (1 + e^(-2hL)): the mean crosstalk of a core with N_adj excited neighbours, in the form of
Hayashi et al. (doi 10.1364/OE.19.016576) that FUSION uses, with h from `fibre`. N_adj is the largest number of neighbouring
cores that are lit at one slot of the lightpath. Links add up linearly, because crosstalk of different links is incoherent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from quintant.labs.optical.engine.adjacency import Neighbours
from quintant.labs.optical.engine.outcome import Reason
from quintant.labs.optical.engine.physical.channels import Signal
from quintant.labs.optical.engine.physical.fibre import POWER_COUPLING_PER_M
from quintant.labs.optical.engine.physical.quality import decibel
from quintant.labs.optical.engine.spectrum import Spectrum


def excited_neighbours(spectrum: Spectrum, near: Neighbours, signal: Signal, link: int) -> int:
    """N_adj: the largest number of neighbouring cores that are taken at one slot of `signal` on `link`."""
    most = 0
    once: list[int] = []
    for core in near[signal.lane.core]:
        carry = spectrum.taken[spectrum.lane(core, signal.lane.band).index][link] & signal.mask
        for level, seen in enumerate(once):
            once[level], carry = seen | carry, seen & carry
        if carry:
            once.append(carry)
        most = len(once)
    return most


def link_crosstalk(neighbours_lit: int, km: float) -> float:
    """Crosstalk-to-signal power ratio of one link."""
    return neighbours_lit * math.tanh(POWER_COUPLING_PER_M * km * 1e3)


class Crosstalk:
    """Accept a lightpath whose crosstalk is below what its format asks for, or nil."""

    reason = Reason.XT_THRESHOLD
    capacity_gbps = None

    def __init__(
        self, spectrum: Spectrum, near: Neighbours, lengths_km: Sequence[float], requested_db: Mapping[str, float]
    ) -> None:
        self._spectrum, self._near, self._km, self._requested_db = spectrum, near, lengths_km, requested_db

    def ratio(self, signal: Signal) -> float:
        """Crosstalk-to-signal power ratio over the whole route."""
        return sum(
            link_crosstalk(excited_neighbours(self._spectrum, self._near, signal, link), self._km[link])
            for link in signal.links
        )

    def db(self, signal: Signal) -> float:
        return decibel(self.ratio(signal))

    def accepts(self, format: str, db: float) -> bool:
        return db == -math.inf or db < self._requested_db[format]
