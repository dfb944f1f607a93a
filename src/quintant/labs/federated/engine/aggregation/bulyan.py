"""Bulyan (El Mhamdi, Guerraoui and Rouault, ICML 2018, arXiv 1802.07927): Krum chooses, then each coordinate is trimmed.

Needs n >= 4f + 3. The contract's form takes f_b = (n - m) / 2 from `num_krum_selections`, chooses in one shot and trims at
the ends; the paper's chooses one by one and keeps the values nearest to the median.
"""

from __future__ import annotations

import numpy as np

from quintant.labs.federated.engine.aggregation.distances import blocks, distances_to, squared_distances
from quintant.labs.federated.engine.aggregation.inapplicable import by_config, by_loss
from quintant.labs.federated.engine.aggregation.krum import FEWEST, neighbour_sums
from quintant.labs.federated.engine.aggregation.ranking import least
from quintant.labs.federated.engine.aggregation.rule import (
    Aggregate,
    Bools,
    ClientUpdates,
    Doubles,
    Floats,
    Memory,
    RuleSettings,
)
from quintant.labs.federated.engine.aggregation.sorting import sorted_by_coordinate
from quintant.labs.federated.engine.aggregation.trimmed import cut
from quintant.labs.federated.requirements import unmet


def bulyan(updates: ClientUpdates, settings: RuleSettings, memory: Memory) -> Aggregate:
    """Score: distance to the aggregate. Where the rule cannot be applied: see `inapplicable`.

    used: in the contract's form all but the f_b farthest from the aggregate, in the paper's those whom Krum chose.
    """
    return _paper(updates, settings) if settings.paper_exact else _contract(updates, settings)


def _contract(updates: ClientUpdates, settings: RuleSettings) -> Aggregate:
    n, m = updates.expected, settings.num_krum_selections
    why = unmet("bulyan", False, n, 0, m)
    if why is not None:
        return by_config("Bulyan", updates, settings, why)
    n, cuts = n - updates.lost, (n - m) // 2
    if (cuts and updates.lost > cuts) or n < FEWEST:
        return by_loss("Bulyan", updates)
    cuts = max(0, cuts - updates.lost)
    scores = neighbour_sums(squared_distances(updates.weights), updates.living, n - cuts - 2)
    chosen = least(scores, updates.living, n - 2 * cuts, updates.weights)
    aggregate, _, _ = cut(updates.weights[chosen], cuts)
    far = distances_to(aggregate, updates.weights)
    used = updates.living.copy()
    used[least(-far, updates.living, cuts, updates.weights)] = False
    return Aggregate(aggregate, used, far)


def _paper(updates: ClientUpdates, settings: RuleSettings) -> Aggregate:
    why = unmet("bulyan", True, updates.expected, settings.attackers_before(updates), settings.num_krum_selections)
    if why is not None:
        return by_config("Bulyan", updates, settings, why)
    n, f, before = int(updates.living.sum()), settings.attackers_left(updates), settings.attackers_before(updates)
    if (before and updates.lost > before) or n < 4 * f + 3:
        return by_loss("Bulyan", updates)
    # Krum alone lets an attacker hide a large change of one coordinate among d small ones (a leeway of √d). θ = n - 2f updates
    # are chosen, of which at most f are malicious: fewer than half, so a coordinate's median lies between honest values, and of
    # the β = θ - 2f values nearest to it none is farther than honest ones are (El Mhamdi et al. 2018, section 4).
    chosen = one_by_one(updates.weights, updates.living, f, n - 2 * f)
    aggregate = mean_near_median(updates.weights[chosen], n - 4 * f)
    return Aggregate(aggregate, chosen, distances_to(aggregate, updates.weights))


def one_by_one(weights: Floats, living: Bools, f: int, count: int) -> Bools:
    """(k,) which rows of (k, d) are chosen when Krum picks the best, sets it aside and scores the rest anew, `count` times."""
    distances = squared_distances(weights)
    left = living.copy()
    chosen = np.zeros_like(left)
    for _ in range(count):
        best = least(neighbour_sums(distances, left, int(left.sum()) - f - 2), left, 1, weights)
        chosen[best], left[best] = True, False
    return chosen


def mean_near_median(weights: Floats, count: int) -> Doubles:
    """(d,) mean of the `count` values of each coordinate of (k, d) that are nearest to its median.

    Of sorted values these are neighbours, so the window whose farther end is nearest to the median has them.
    """
    k = len(weights)
    mean = np.empty(weights.shape[1])
    starts = np.arange(k - count + 1)
    for block in blocks(weights):
        ordered = sorted_by_coordinate(weights[:, block].astype(np.float64))
        middle = (ordered[(k - 1) // 2] + ordered[k // 2]) / 2
        reach = np.maximum(middle - ordered[starts], ordered[starts + count - 1] - middle)
        first = np.argmin(reach, axis=0)
        mean[block] = np.take_along_axis(ordered, first[None, :] + np.arange(count)[:, None], axis=0).mean(axis=0)
    return mean
