"""Bulyan (El Mhamdi, Guerraoui and Rouault, ICML 2018, arXiv 1802.07927): Krum chooses, then each coordinate is trimmed.

Needs n >= 4f + 3. The contract's form takes f_b = (n - m) / 2 from `num_krum_selections`, chooses in one shot and trims at
the ends; the paper's chooses one by one and keeps the values nearest to the median.
"""

from __future__ import annotations

import numpy as np

from quintant.labs.federated.engine.aggregation.average import weighted_mean
from quintant.labs.federated.engine.aggregation.distances import blocks, distances_to, squared_distances
from quintant.labs.federated.engine.aggregation.krum import least, neighbour_sums
from quintant.labs.federated.engine.aggregation.rule import Bools, Doubles, Floats, Memory, RuleSettings, Uploads, Verdict
from quintant.labs.federated.engine.aggregation.sorting import sorted_by_coordinate
from quintant.labs.federated.engine.aggregation.trimmed import cut


def bulyan(uploads: Uploads, settings: RuleSettings, memory: Memory) -> Verdict:
    """Score: distance to the aggregate. Where too few are left for the rule, their mean is taken and said so.

    used: in the contract's form all but the f_b farthest from the aggregate, in the paper's those whom Krum chose.
    """
    return _paper(uploads, settings) if settings.paper_exact else _contract(uploads, settings)


def _contract(uploads: Uploads, settings: RuleSettings) -> Verdict:
    n, m = int(uploads.living.sum()), settings.num_krum_selections
    cuts, odd = divmod(n - m, 2)
    if odd or cuts < 0 or n <= 4 * cuts + 2:
        why = f"n - m = {n - m} is odd" if odd else f"n = {n} and m = {m} do not satisfy m <= n and n > 2(n - m) + 2"
        return _averaged(uploads, why)
    scores = neighbour_sums(squared_distances(uploads.weights), uploads.living, n - cuts - 2)
    chosen = least(scores, uploads.living, m)
    aggregate, _, _ = cut(uploads.weights[chosen], cuts)
    far = distances_to(aggregate, uploads.weights)
    used = uploads.living.copy()
    used[least(-far, uploads.living, cuts)] = False
    return Verdict(aggregate, used, far)


def _paper(uploads: Uploads, settings: RuleSettings) -> Verdict:
    n = int(uploads.living.sum())
    f = max(0, settings.num_of_malicious_clients - uploads.removed_before)
    if n < 4 * f + 3:
        return _averaged(uploads, f"n = {n} is less than 4f + 3 = {4 * f + 3}")
    chosen = one_by_one(squared_distances(uploads.weights), uploads.living, f, n - 2 * f)
    aggregate = mean_near_median(uploads.weights[chosen], n - 4 * f)
    return Verdict(aggregate, chosen, distances_to(aggregate, uploads.weights))


def one_by_one(distances: Doubles, living: Bools, f: int, count: int) -> Bools:
    """(k,) who is chosen when Krum picks the best, sets it aside and scores the rest anew, `count` times."""
    left = living.copy()
    chosen = np.zeros_like(left)
    for _ in range(count):
        best = least(neighbour_sums(distances, left, int(left.sum()) - f - 2), left, 1)
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


def _averaged(uploads: Uploads, why: str) -> Verdict:
    mean = weighted_mean(uploads.weights, uploads.samples, uploads.living)
    note = f"Bulyan cannot be applied ({why}): the round was averaged without a defence"
    return Verdict(mean, uploads.living.copy(), distances_to(mean, uploads.weights), notes=(note,))
