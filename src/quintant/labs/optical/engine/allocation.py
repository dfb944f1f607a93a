"""Allocation: which free slots a lightpath takes on its path.

A policy maps (spectrum, links, width) to a Fit or None, where `width` is the lightpath's slots plus its guard slots:
the guard is part of what must be free, so it has to end inside the band. FUSION raises an error for `last_fit` on paths of
several links, blocks everything with `priority_last`, and allocates one slot too few with `best_fit`; here each is what its
name says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from quintant.errors import ConfigError, Problem
from quintant.labs.optical.engine.adjacency import neighbours
from quintant.labs.optical.engine.slotmask import blocks, highest, lowest, starts
from quintant.labs.optical.engine.spectrum import Lane, Spectrum

if TYPE_CHECKING:
    from quintant.labs.optical.config import OpticalConfig


class Fit(NamedTuple):
    """Where a lightpath goes. `key`: lower is what the policy likes better, for comparing fits on several paths."""

    key: tuple[int, ...]
    lane: Lane
    start: int


Policy = Callable[[Spectrum, Sequence[int], int], Fit | None]

PRIORITY_CORES = (0, 2, 4, 1, 3, 5, 6)
"""Alternate cores of the seven-core ring first, so that neighbours fill last; FUSION's order."""
FROM_BELOW = frozenset((0, 2, 4, 6))
"""Cores that crosstalk-aware allocation fills from the lowest slot; the others are filled from the highest."""


def first_fit(spectrum: Spectrum, links: Sequence[int], width: int) -> Fit | None:
    """Lowest start on the first lane that has one."""
    for rank, lane in enumerate(spectrum.order):
        fits = starts(spectrum.free(lane, links), width)
        if fits:
            start = (fits & -fits).bit_length() - 1
            return Fit((rank, start), lane, start)
    return None


def last_fit(spectrum: Spectrum, links: Sequence[int], width: int) -> Fit | None:
    """The mirror image of `first_fit`: highest end on the first lane that has one."""
    for rank, lane in enumerate(spectrum.order):
        fits = starts(spectrum.free(lane, links), width)
        if fits:
            start = fits.bit_length() - 1
            return Fit((rank, -start), lane, start)
    return None


def best_fit(spectrum: Spectrum, links: Sequence[int], width: int) -> Fit | None:
    """The smallest free block of any link of the path, on any lane, in which some start works on all links.

    Equal blocks: the earlier lane, then the lowest start.
    """
    best: Fit | None = None
    for rank, lane in enumerate(spectrum.order):
        fits = starts(spectrum.free(lane, links), width)
        if not fits:
            continue
        taken = spectrum.taken[lane.index]
        for link in links:
            for begin, length in blocks(lane.full & ~taken[link]):
                if length < width or (best is not None and length > best.key[0]):
                    continue
                inside = fits >> begin & ((1 << (length - width + 1)) - 1)
                if inside:
                    start = begin + lowest(inside)
                    key = (length, rank, start)
                    if best is None or key < best.key:
                        best = Fit(key, lane, start)
    return best


def core_order(config: OpticalConfig) -> tuple[int, ...] | None:
    """The cores in the order in which the policy of `config` searches them; None means 0, 1, 2 …"""
    if config.allocation not in ("priority_first", "priority_last"):
        return None
    if config.cores != len(PRIORITY_CORES):
        raise ConfigError(
            Problem(
                "cores",
                f"must be {len(PRIORITY_CORES)} with allocation {config.allocation!r}; got {config.cores}.",
                config.cores,
                [len(PRIORITY_CORES)],
            )
        )
    return PRIORITY_CORES


class CrosstalkAware:
    """The core whose free channels overlap least with what its neighbours carry; then first fit on cores 0, 2, 4 and 6,
    last fit on the others, so that neighbouring cores fill from opposite ends.

    A free channel of a core overlaps when one of its slots is taken on a neighbouring core on a link of the path. Equal
    cores: the lower number.
    """

    def __init__(self, cores: int) -> None:
        self._neighbours = neighbours(cores)

    def __call__(self, spectrum: Spectrum, links: Sequence[int], width: int) -> Fit | None:
        cores: dict[int, list[tuple[Lane, int]]] = {}
        for lane in spectrum.order:
            fits = starts(spectrum.free(lane, links), width)
            if fits:
                cores.setdefault(lane.core, []).append((lane, fits))
        if not cores:
            return None
        overlapping, core = min((self._overlapping(spectrum, links, width, lanes), core) for core, lanes in cores.items())
        lane, fits = cores[core][0]
        start = lowest(fits) if core in FROM_BELOW else highest(fits)
        return Fit((overlapping, core, start if core in FROM_BELOW else -start), lane, start)

    def _overlapping(self, spectrum: Spectrum, links: Sequence[int], width: int, lanes: Sequence[tuple[Lane, int]]) -> int:
        """How many of the free channels of one core overlap with a neighbouring core."""
        count = 0
        for lane, fits in lanes:
            quiet = lane.full
            for other in self._neighbours[lane.core]:
                quiet &= spectrum.free(spectrum.lane(other, lane.band), links)
            count += (fits & ~starts(quiet, width)).bit_count()
        return count


def policy(config: OpticalConfig) -> Policy:
    """The allocation policy that `config` names; `core_order` belongs to it."""
    match config.allocation:
        case "first_fit" | "priority_first":
            return first_fit
        case "last_fit" | "priority_last":
            return last_fit
        case "best_fit":
            return best_fit
        case "xt_aware":
            return CrosstalkAware(config.cores)
