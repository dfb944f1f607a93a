"""The Krum family (Blanchard, El Mhamdi, Guerraoui and Stainer, NIPS 2017): trust those who have close neighbours.

Needs n >= 2f + 3. The contract's Multi-Krum looks at m - 2 neighbours; the paper's, and `paper_exact`, at n - f - 2.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from quintant.labs.federated.engine.aggregation.average import weighted_mean
from quintant.labs.federated.engine.aggregation.distances import squared_distances
from quintant.labs.federated.engine.aggregation.rule import Bools, Doubles, Ints, Memory, RuleSettings, Uploads, Verdict


def neighbour_sums(distances: Doubles, living: Bools, neighbours: int) -> Doubles:
    """(k,) sum of each row's `neighbours` (at least 1) smallest distances to *other living* rows; `distances` is (k, k)."""
    others = np.where(living[None, :], distances, np.inf)
    np.fill_diagonal(others, np.inf)
    count = min(max(1, neighbours), max(1, int(living.sum()) - 1))
    nearest = np.sort(others, axis=1)[:, :count]
    return np.where(np.isfinite(nearest), nearest, 0.0).sum(axis=1)


def least(scores: Doubles, living: Bools, count: int) -> Ints:
    """Rows of the `count` least scores among the living, best first; of equal scores the earlier row."""
    rows = np.flatnonzero(living)
    return rows[np.argsort(scores[rows], kind="stable")[:count]]


def suspect(scores: Doubles, living: Bools) -> Bools:
    """(k,) True at the living row of the highest score; of equal scores the later row."""
    rows = np.flatnonzero(living)
    marked = np.zeros(len(scores), dtype=bool)
    marked[rows[np.argsort(scores[rows], kind="stable")[-1]]] = True
    return marked


def may_remove_one(uploads: Uploads, settings: RuleSettings, limit: int) -> bool:
    """Whether the rule may remove one more for good: `limit` bounds how many it takes in all, and one must stay."""
    return settings.remove_clients and uploads.removed_before < limit and int(uploads.living.sum()) > 1


def krum_neighbours(settings: RuleSettings, uploads: Uploads) -> int:
    """n - f - 2, where neither n nor f counts the removed: both shrink with a removal, so the number stays."""
    expected = max(0, settings.num_of_malicious_clients - uploads.removed_before)
    return int(uploads.living.sum()) - expected - 2


def krum(uploads: Uploads, settings: RuleSettings, memory: Memory) -> Verdict:
    """The one upload whose n - f - 2 nearest others are nearest (sum of squared distances).

    With `remove_clients`, after (not in) round `begin_removing_from_round` the highest score of each round is removed for
    good, until f are gone (one, where f is 0). The paper removes nobody.
    """
    scores = neighbour_sums(squared_distances(uploads.weights), uploads.living, krum_neighbours(settings, uploads))
    used = np.zeros(len(scores), dtype=bool)
    used[least(scores, uploads.living, 1)] = True
    removed, reason = None, None
    if (
        not settings.paper_exact
        and uploads.round > settings.begin_removing_from_round
        and may_remove_one(uploads, settings, max(1, settings.num_of_malicious_clients))
    ):
        removed, reason = suspect(scores, uploads.living), "highest Krum score of the round"
    return Verdict(uploads.weights[np.argmax(used)].astype(np.float64), used, scores, removed=removed, reason=reason)


def multi_krum_scores(uploads: Uploads, settings: RuleSettings) -> Doubles:
    neighbours = krum_neighbours(settings, uploads) if settings.paper_exact else settings.num_krum_selections - 2
    return neighbour_sums(squared_distances(uploads.weights), uploads.living, neighbours)


def multi_krum(uploads: Uploads, settings: RuleSettings, memory: Memory) -> Verdict:
    """The mean of the m uploads with the least scores; the others sit out this round only.

    Contract: m - 2 neighbours, mean weighted by samples. Paper: n - f - 2 neighbours, plain mean, m <= n - f.
    """
    scores = multi_krum_scores(uploads, settings)
    used = np.zeros(len(scores), dtype=bool)
    used[least(scores, uploads.living, settings.num_krum_selections)] = True
    samples = np.ones_like(uploads.samples) if settings.paper_exact else uploads.samples
    return Verdict(weighted_mean(uploads.weights, samples, used), used, scores)


def multi_krum_based(uploads: Uploads, settings: RuleSettings, memory: Memory) -> Verdict:
    """Multi-Krum that removes for good: from `begin_removing_from_round` one a round, until n - m are gone."""
    verdict = multi_krum(uploads, settings, memory)
    limit = settings.num_of_clients - settings.num_krum_selections
    if uploads.round < settings.begin_removing_from_round or not may_remove_one(uploads, settings, limit):
        return verdict
    return replace(verdict, removed=suspect(verdict.scores, uploads.living), reason="highest Multi-Krum score of the round")
