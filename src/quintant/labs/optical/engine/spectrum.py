"""Spectrum: which slots are taken on every link, core and band.

A *lane* is one core of one band: lanes are numbered `core * bands + band`, and `order` says in which order they are
searched. The state is one integer per lane and link; guard slots are taken like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quintant.labs.optical.engine.plan import Plan


@dataclass(frozen=True)
class Lane:
    """`slots`: width of the band; `full`: mask of all its slots."""

    index: int
    core: int
    band: int
    slots: int
    full: int


class Spectrum:
    def __init__(self, plan: Plan, core_order: Sequence[int] | None = None) -> None:
        """`core_order`: the cores in the order in which they are searched; None means 0, 1, 2 …"""
        bands = len(plan.bands)
        self.lanes = tuple(
            Lane(core * bands + band, core, band, plan.bands[band].slots, (1 << plan.bands[band].slots) - 1)
            for core in range(plan.cores)
            for band in range(bands)
        )
        rank = {core: place for place, core in enumerate(core_order or range(plan.cores))}
        self.order = tuple(
            sorted(
                self.lanes,
                key=lambda lane: (rank[lane.core], lane.band) if plan.core_then_band else (lane.band, rank[lane.core]),
            )
        )
        self.links = len(plan.links)
        self.taken: list[list[int]] = [[0] * self.links for _ in self.lanes]
        self.changes: list[int] = [0] * self.links
        """How often each link changed: what is derived from a link is kept until this number moves."""
        self._plan = plan

    def lane(self, core: int, band: int) -> Lane:
        return self.lanes[core * len(self._plan.bands) + band]

    def free(self, lane: Lane, links: Sequence[int]) -> int:
        """Mask of the slots that are free on every one of `links`."""
        taken = self.taken[lane.index]
        union = 0
        for link in links:
            union |= taken[link]
        return lane.full & ~union

    def take(self, lane: Lane, links: Sequence[int], mask: int) -> None:
        taken = self.taken[lane.index]
        for link in links:
            taken[link] |= mask
            self.changes[link] += 1

    def give_back(self, lane: Lane, links: Sequence[int], mask: int) -> None:
        taken = self.taken[lane.index]
        for link in links:
            taken[link] &= ~mask
            self.changes[link] += 1

    def occupied(self) -> np.ndarray:
        """bool (links, cores, slots of all bands side by side)."""
        seen = np.zeros((self.links, self._plan.cores, self._plan.slots), bool)
        for lane in self.lanes:
            start = self._plan.bands[lane.band].start
            for link, mask in enumerate(self.taken[lane.index]):
                if mask:
                    raw = np.frombuffer(mask.to_bytes((lane.slots + 7) // 8, "little"), np.uint8)
                    seen[link, lane.core, start : start + lane.slots] = np.unpackbits(raw, count=lane.slots, bitorder="little")
        return seen

    def used(self) -> list[int]:
        """Slots taken on each link, all cores and bands together."""
        return [sum(lane[link].bit_count() for lane in self.taken) for link in range(self.links)]

    def total(self) -> int:
        """Slots of one link, all cores and bands together."""
        return sum(lane.slots for lane in self.lanes)
