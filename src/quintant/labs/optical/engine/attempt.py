"""Attempt: one request on its way to being served, with everything that stood against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from quintant.labs.optical.engine.lightpath import Lightpath
from quintant.labs.optical.engine.network import Network, Obstacle
from quintant.labs.optical.engine.plan import Option
from quintant.labs.optical.engine.routing.candidate import Candidate


@dataclass(slots=True)
class Attempt:
    """`gbps`: what is still to be served, None for demands in slots. `made`: new lightpaths and what they carry.
    `unplaced`: links of each path on which no place was found -> fewest slots that were asked for there.
    """

    network: Network
    request: int
    source: int
    target: int
    tier: int
    now: float
    gbps: float | None
    made: list[tuple[Lightpath, float]] = field(default_factory=list)
    obstacles: set[Obstacle] = field(default_factory=set)
    unplaced: dict[tuple[int, ...], int] = field(default_factory=dict)

    def light(self, candidate: Candidate, option: Option, tier: int, need_gbps: float | None = None) -> Lightpath | None:
        """One more lightpath, or None with the Obstacle noted."""
        result = self.network.set_up(self.request, candidate, option, tier, self.now, need_gbps)
        if not isinstance(result, Obstacle):
            return result
        self.obstacles.add(result)
        if result is Obstacle.SPECTRUM:
            self._note_unplaced(candidate, option)
        return None

    def _note_unplaced(self, candidate: Candidate, option: Option) -> None:
        self.unplaced[candidate.links] = min(option.slots, self.unplaced.get(candidate.links, option.slots))

    def keep(self, lightpath: Lightpath, gbps: float) -> None:
        self.made.append((lightpath, gbps))

    def undo(self) -> None:
        """Take the new lightpaths down again, the last one first."""
        while self.made:
            self.network.take_down(self.made.pop()[0])

    # --- one lightpath for the whole request ---

    def whole(self, candidates: Sequence[Candidate], tier: int, *, lowest_slot: bool) -> Candidate | None:
        """The first candidate (or, with `lowest_slot`, the one with the best place) that takes it on one lightpath."""
        if lowest_slot:
            return self._best_place(candidates, tier)
        for candidate in candidates:
            for option in self.options(candidate, tier):
                lightpath = self.light(candidate, option, tier, self.gbps)
                if lightpath is not None:
                    self.keep(lightpath, self.gbps or 0.0)
                    return candidate
        return None

    def options(self, candidate: Candidate, tier: int) -> tuple[Option, ...]:
        """Formats to try, in order. Where the signal decides on the format, one try is all there is."""
        options = tuple(self.network.router.options(candidate, tier))
        return options[:1] if self.network.by_capacity else options

    def _best_place(self, candidates: Sequence[Candidate], tier: int) -> Candidate | None:
        left = [(candidate, list(self.options(candidate, tier))) for candidate in candidates]
        while True:
            fits = []
            for order, (candidate, options) in enumerate(left):
                for option in options:
                    fit = self.network.fit(candidate, option)
                    if fit is not None:
                        fits.append((fit.key, order, fit, candidate, option))
                        break
                    self.obstacles.add(Obstacle.SPECTRUM)
                    self._note_unplaced(candidate, option)
            if not fits:
                return None
            _, order, fit, candidate, option = min(fits, key=lambda ranked: ranked[:2])
            result = self.network.set_up(self.request, candidate, option, tier, self.now, self.gbps, fit)
            if not isinstance(result, Obstacle):
                self.keep(result, self.gbps or 0.0)
                return candidate
            self.obstacles.add(result)
            left[order][1].remove(option)
