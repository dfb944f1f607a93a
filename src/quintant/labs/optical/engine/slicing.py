"""Slicing: several lightpaths on one path for a request that no single one could take.

Static: the tiers of the modulation table below the request, highest first; n = request / tier lightpaths in the one
best format for the path's length, all or none (rounded up; a rest below the tier goes at the lowest tier that carries
it). Dynamic: on a fixed grid one-slot lightpaths, each carrying what its signal allows, until the request is served; on
a flexible grid tiers from the top as long as they fit into what remains, in the best format that the signal allows, and
one lightpath of the smallest tier for a rest below every tier.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from quintant.labs.optical.engine.attempt import Attempt
from quintant.labs.optical.engine.lightpath import Lightpath
from quintant.labs.optical.engine.network import Obstacle
from quintant.labs.optical.engine.plan import Tier
from quintant.labs.optical.engine.routing.candidate import Candidate


class Slicer:
    def __init__(self, *, max_segments: int, dynamic: bool, partial: bool) -> None:
        self._max, self._dynamic, self._partial = max_segments, dynamic, partial

    def slices(self) -> bool:
        return self._max > 1

    def serve(self, attempt: Attempt, candidates: Sequence[Candidate]) -> Candidate | None:
        """The candidate that takes the request in slices, all of it; None (and nothing lit) when none does."""
        for candidate in candidates:
            done = self._dynamically(attempt, candidate) if self._dynamic else self._statically(attempt, candidate)
            if done:
                return candidate
            attempt.undo()
        return None

    def serve_part(self, attempt: Attempt, candidates: Sequence[Candidate]) -> Candidate | None:
        """What the last candidate can take of it, in at most `max_segments` lightpaths."""
        if not self._partial or not candidates or attempt.gbps is None:
            return None
        self._dynamically(attempt, candidates[-1])
        return candidates[-1] if attempt.made else None

    def _statically(self, attempt: Attempt, candidate: Candidate) -> bool:
        gbps = attempt.gbps
        assert gbps is not None
        for tier in self._below(attempt, gbps):
            if not attempt.options(candidate, tier.index):
                continue
            assert tier.gbps is not None
            segments = math.ceil(gbps / tier.gbps)
            if segments > self._max:
                attempt.obstacles.add(Obstacle.SEGMENTS)
                return False
            for segment in range(segments):
                carried = min(float(tier.gbps), gbps - segment * tier.gbps)
                lightpath = self._segment(attempt, candidate, tier, carried)
                if lightpath is None:
                    attempt.undo()
                    break
                attempt.keep(lightpath, carried)
            else:
                return True
        return False

    def _segment(self, attempt: Attempt, candidate: Candidate, tier: Tier, gbps: float) -> Lightpath | None:
        """One lightpath of `tier`, or of the lowest tier that carries a smaller rest, in its best format."""
        if gbps < (tier.gbps or 0):
            tier = min(
                (tier for tier in attempt.network.plan.tiers if (tier.gbps or 0) >= gbps), key=lambda tier: tier.gbps or 0
            )
        options = attempt.options(candidate, tier.index)
        return attempt.light(candidate, options[0], tier.index, gbps) if options else None

    def _dynamically(self, attempt: Attempt, candidate: Candidate) -> bool:
        """Light what fits; True when it carries all of the request."""
        left = attempt.gbps
        assert left is not None
        if attempt.network.by_capacity:
            while left > 0 and self._room(attempt):
                options = attempt.options(candidate, attempt.tier)
                lightpath = attempt.light(candidate, options[0], attempt.tier) if options else None
                if lightpath is None:
                    break
                assert lightpath.capacity_gbps is not None
                carried = min(left, lightpath.capacity_gbps)
                lightpath.tier = self._tier_of(attempt, carried)
                attempt.keep(lightpath, carried)
                left -= carried
            return left <= 0
        for tier in self._below(attempt, left):
            assert tier.gbps is not None
            while left >= tier.gbps and self._room(attempt):
                lightpath = self._in_any_format(attempt, candidate, tier)
                if lightpath is None:
                    break
                attempt.keep(lightpath, float(tier.gbps))
                left -= tier.gbps
        rest = [tier for tier in self._below(attempt, attempt.gbps or 0.0) if (tier.gbps or 0) > left > 0]
        if rest and self._room(attempt):
            lightpath = self._in_any_format(attempt, candidate, rest[-1])
            if lightpath is not None:
                attempt.keep(lightpath, left)
                left = 0.0
        return left <= 0

    def _in_any_format(self, attempt: Attempt, candidate: Candidate, tier: Tier) -> Lightpath | None:
        for option in attempt.options(candidate, tier.index):
            lightpath = attempt.light(candidate, option, tier.index)
            if lightpath is not None:
                return lightpath
        return None

    @staticmethod
    def _tier_of(attempt: Attempt, gbps: float) -> int:
        """The highest tier within `gbps`, or the lowest of all."""
        tiers = sorted(attempt.network.plan.tiers, key=lambda tier: tier.gbps or 0)
        return ([tier for tier in tiers if (tier.gbps or 0) <= gbps] or tiers[:1])[-1].index

    def _room(self, attempt: Attempt) -> bool:
        if len(attempt.made) < self._max:
            return True
        attempt.obstacles.add(Obstacle.SEGMENTS)
        return False

    def _below(self, attempt: Attempt, gbps: float) -> list[Tier]:
        """Tiers below `gbps`, highest first."""
        tiers = [tier for tier in attempt.network.plan.tiers if tier.gbps is not None and tier.gbps < gbps]
        return sorted(tiers, key=lambda tier: tier.gbps or 0, reverse=True)
