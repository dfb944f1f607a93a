"""Channels: the signals that run on each link and core, as arrays for the noise models.

Powers are equal on every channel (`input_power_w`), so that a channel is its centre, its bandwidth and its format.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quintant.labs.optical.engine.spectrum import Lane


@dataclass(frozen=True)
class Signal:
    """A channel to be judged, set up or not. `id`: its lightpath, which is left out of its own interference.

    `slots`: what the checks take its width to be (`Grid.signal_slots`); `mask`: those slots, cut at the band's edge.
    `source`, `target`, `rank` name its route for the look-up tables of the external check.
    """

    id: int
    links: tuple[int, ...]
    lane: Lane
    start: int
    slots: int
    mask: int
    centre_hz: float
    bandwidth_hz: float
    format: str
    phi: float
    source: int
    target: int
    rank: int


@dataclass(frozen=True)
class Grid:
    """Where slots lie on the frequency axis. `edges_hz`: lower edge of each band of the Plan.

    `guard_counts`: FUSION passes the checks the end of the guard band plus one, so that a lightpath with g > 0 guard slots
    counts g + 1 slots wider than it is; replay keeps that, steady judges the signal alone.
    """

    slot_width_hz: float
    edges_hz: tuple[float, ...]
    guard_counts: bool

    def signal_slots(self, slots: int, guard: int) -> int:
        return slots + guard + 1 if guard and self.guard_counts else slots

    def centre_hz(self, band: int, start: int, slots: int) -> float:
        return self.edges_hz[band] + (start + slots / 2) * self.slot_width_hz


class Channels:
    """The channels of every (link, core): `on(link, core)` is float64 (4, n), rows: lightpath id, centre in Hz,
    bandwidth in Hz, EGN factor Phi."""

    def __init__(self) -> None:
        self._rows: dict[tuple[int, int], dict[int, tuple[float, float, float, float]]] = {}
        self._arrays: dict[tuple[int, int], np.ndarray] = {}

    def add(self, id: int, links: tuple[int, ...], core: int, centre_hz: float, bandwidth_hz: float, phi: float) -> None:
        row = (float(id), centre_hz, bandwidth_hz, phi)
        for link in links:
            self._rows.setdefault((link, core), {})[id] = row
            self._arrays.pop((link, core), None)

    def remove(self, id: int, links: tuple[int, ...], core: int) -> None:
        for link in links:
            del self._rows[link, core][id]
            self._arrays.pop((link, core), None)

    def ids(self, link: int, core: int) -> tuple[int, ...]:
        return tuple(self._rows.get((link, core), ()))

    def on(self, link: int, core: int) -> np.ndarray:
        """float64 (4, n): id, centre, bandwidth and Phi of the channels, in the order of their set-up."""
        arrays = self._arrays.get((link, core))
        if arrays is None:
            rows = self._rows.get((link, core))
            arrays = np.array(list(rows.values())).T.copy() if rows else np.empty((4, 0))
            self._arrays[link, core] = arrays
        return arrays

    def others(self, signal: Signal, link: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Centres, bandwidths and Phi of the channels beside `signal` on its core of `link`."""
        rows = self.on(link, signal.lane.core)
        if rows.shape[1] and (rows[0] == signal.id).any():
            rows = rows[:, rows[0] != signal.id]
        return rows[1], rows[2], rows[3]
