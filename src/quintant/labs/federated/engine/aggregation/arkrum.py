"""ArKrum (Yang and Imam 2025, arXiv 2505.17226): Krum that estimates f by itself and averages over the n - f that agree."""

from __future__ import annotations

import numpy as np

from quintant.labs.federated.engine.aggregation.average import weighted_mean
from quintant.labs.federated.engine.aggregation.distances import squared_distances
from quintant.labs.federated.engine.aggregation.krum import neighbour_sums
from quintant.labs.federated.engine.aggregation.ranking import least
from quintant.labs.federated.engine.aggregation.rule import Aggregate, Bools, ClientUpdates, Doubles, Memory, RuleSettings

FEWEST = 3
"""The group of distances whose spread is measured has at least so many."""
FARTHEST = 1e150
"""Squared distances beyond count as this, so that their variance exists."""
HONEST_SPREAD = 4.0
"""How much wider than its narrowest group the distances may spread before an attacker is suspected: halving a normal
distribution narrows its variance 2.8 times with nobody attacking."""


def arkrum(updates: ClientUpdates, settings: RuleSettings, memory: Memory) -> Aggregate:
    """Estimate f, take the update of the least Krum score, and average the n - f nearest to it, counted by samples.

    Score: the Krum score under the estimated f. Not permanent: who is not in the average sits out this round.
    """
    squared = squared_distances(updates.weights)
    f = estimate(squared, updates.living, per_element=settings.paper_exact)
    n = int(updates.living.sum())
    scores = neighbour_sums(squared, updates.living, n - f - 2)
    best = least(scores, updates.living, 1, updates.weights)[0]
    used = np.zeros(len(scores), dtype=bool)
    used[least(squared[best], updates.living, n - f, updates.weights)] = True
    return Aggregate(weighted_mean(updates.weights, updates.samples, used), used, scores)


def estimate(squared: Doubles, living: Bools, per_element: bool) -> int:
    """How many of the living are malicious: the (lower) median of what each one's distances to the others say."""
    rows = np.flatnonzero(living)
    each = [_one_view(np.sort(np.delete(squared[i, rows], at)), len(rows), per_element) for at, i in enumerate(rows)]
    return int(sorted(each)[(len(each) - 1) // 2])


def _one_view(distances: Doubles, n: int, per_element: bool) -> int:
    """f by one participant's (n - 1,) sorted distances. What lies beyond 2·median - min is malicious in any case.

    The contract takes the f in 0..(n - 2) // 2 whose first n - f distances have the least sum of squared deviations, which
    a smaller group always has. Per element it is the smallest f whose mean squared deviation is within `HONEST_SPREAD` of
    the least.
    """
    distances = np.minimum(distances, FARTHEST)
    most = max(0, (n - 2) // 2)
    if len(distances) < FEWEST:
        return 0
    kept = distances[distances <= 2 * np.median(distances) - distances[0]]
    beyond = min(most, len(distances) - len(kept))
    choices = [f for f in range(most + 1) if n - f >= FEWEST]
    groups = {f: kept[: max(FEWEST, n - f)] for f in choices}
    if not per_element:
        errors = {f: float(np.square(group - group.mean()).sum()) for f, group in groups.items()}
        return max(beyond, min(errors, key=lambda f: (errors[f], f)))
    spreads = {f: float(group.var()) for f, group in groups.items()}
    limit = HONEST_SPREAD * min(spreads.values())
    return max(beyond, min(f for f, spread in spreads.items() if spread <= limit))
