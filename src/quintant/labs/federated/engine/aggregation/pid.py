"""PID exclusion: a controller on each participant's distance to the centroid ("Boosting Federated Model Convergence with
Anomaly Detection and Exclusion", OpenReview 6YEW4KMfgF). Four forms that differ in the integral term and in the threshold.

Among n values none lies more than sqrt(n - 1) population standard deviations above their mean, so that a larger
`num_std_dev` can never remove anybody (rules.py warns of it).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from quintant.labs.federated.engine.aggregation.average import mean_or_stay
from quintant.labs.federated.engine.aggregation.distances import distances_to_centroid
from quintant.labs.federated.engine.aggregation.rule import (
    Aggregate,
    AggregationRule,
    Bools,
    ClientUpdates,
    Doubles,
    Memory,
    RuleSettings,
)

Integral = Callable[[Doubles, Bools, int], Doubles]
"""(sum of the earlier distances (k,), living (k,), round) -> what Ki multiplies (k,)."""


@dataclass(frozen=True)
class Pid:
    """`of_scores`: the threshold is mean + num_std_dev · std of the scores, else of the distances."""

    integral: Integral
    of_scores: bool

    def __call__(self, updates: ClientUpdates, settings: RuleSettings, memory: Memory) -> Aggregate:
        """Score: Kp·d, from the second time on Kp·d + Ki·integral + Kd·(change of d). Above the threshold: removed for good
        and left out at once, from `begin_removing_from_round` on. The rest is averaged by samples."""
        ids = updates.participants
        size = settings.num_of_clients
        sums = memory.get("distance_sum", np.zeros(size)).copy()
        last = memory.get("last_distance", np.full(size, np.nan)).copy()
        distances = distances_to_centroid(updates.weights, updates.living)
        first = np.isnan(last[ids])
        change = np.where(first, 0.0, distances - np.nan_to_num(last[ids]))
        pull = np.where(first, 0.0, self.integral(sums[ids], updates.living, updates.round))
        # A controller's three terms (Åström & Hägglund, PID Controllers, 1995): how far off a participant is now, has been in
        # sum, and is getting; a small steady bias shows in the sum long before any single distance stands out.
        scores = settings.kp * distances + settings.ki * pull + settings.kd * change
        measured = (scores if self.of_scores else distances)[updates.living]
        lone = not self.of_scores and len(measured) <= 1
        threshold = 0.0 if lone else float(measured.mean() + settings.num_std_dev * measured.std())
        removed = np.zeros(len(ids), dtype=bool)
        if settings.remove_clients and updates.round >= settings.begin_removing_from_round:
            removed = updates.living & (scores > threshold)
        sums[ids] += distances
        last[ids] = distances
        used = updates.living & ~removed
        weights, notes = mean_or_stay(updates, used)
        return Aggregate(
            weights=weights,
            used=used,
            scores=scores,
            threshold=threshold,
            removed=removed,
            reason="PID score above the threshold" if removed.any() else None,
            memory={"distance_sum": sums, "last_distance": last},
            notes=notes,
        )


def _plain(sums: Doubles, living: Bools, round: int) -> Doubles:
    return sums


def _per_round(sums: Doubles, living: Bools, round: int) -> Doubles:
    return sums / round


def _standardized(sums: Doubles, living: Bools, round: int) -> Doubles:
    """z-scores of the sums over the living; 0 where all are equal."""
    spread = sums[living].std()
    return (sums - sums[living].mean()) / spread if spread > 0 else np.zeros_like(sums)


pid: AggregationRule = Pid(_plain, of_scores=True)
pid_scaled: AggregationRule = Pid(_per_round, of_scores=False)
pid_standardized: AggregationRule = Pid(_standardized, of_scores=False)
pid_standardized_score_based: AggregationRule = Pid(_standardized, of_scores=True)
