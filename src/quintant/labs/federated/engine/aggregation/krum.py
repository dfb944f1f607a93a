"""The Krum family (Blanchard, El Mhamdi, Guerraoui and Stainer, NIPS 2017): trust those who have close neighbours.

Needs n >= 2f + 3. The contract's Multi-Krum looks at m - 2 neighbours; the paper's, and `paper_exact`, at n - f - 2.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from quintant.labs.federated.engine.aggregation.average import weighted_mean
from quintant.labs.federated.engine.aggregation.distances import squared_distances
from quintant.labs.federated.engine.aggregation.inapplicable import by_config, by_loss
from quintant.labs.federated.engine.aggregation.ranking import least, suspect
from quintant.labs.federated.engine.aggregation.rule import Aggregate, Bools, ClientUpdates, Doubles, Memory, RuleSettings

FEWEST = 3
"""n >= 2f + 3 with nobody malicious."""


def neighbour_sums(distances: Doubles, living: Bools, neighbours: int) -> Doubles:
    """(k,) sum of each row's `neighbours` (at least 1) smallest distances to *other living* rows; `distances` is (k, k)."""
    # Why n - f - 2: of the others of an honest update n - f - 1 are honest, so its nearest n - f - 2 are no farther than honest
    # ones; of those of an attacker at least n - 2f - 2 >= 1 are honest, so a small sum is had near the honest only (Blanchard
    # et al. 2017, section 3).
    others = np.where(living[None, :], distances, np.inf)
    np.fill_diagonal(others, np.inf)
    count = min(max(1, neighbours), int(living.sum()) - 1)
    if count < 1:  # nobody else is there
        return np.zeros(len(distances))
    # A distance that overflows stays infinite: counted as 0, an attacker at 1e160 would be everybody's nearest neighbour.
    sums: Doubles = np.sort(others, axis=1)[:, :count].sum(axis=1)
    return sums


def may_remove_one(updates: ClientUpdates, settings: RuleSettings, limit: int) -> bool:
    """Whether the rule may remove one more for good: `limit` bounds how many it takes in all, and one must stay."""
    return settings.remove_clients and updates.removed_before < limit and int(updates.living.sum()) > 1


def krum_neighbours(settings: RuleSettings, updates: ClientUpdates) -> int:
    """n - f - 2, where neither n nor f counts the removed or lost: both shrink with each of them, so the number stays."""
    return int(updates.living.sum()) - settings.attackers_left(updates) - 2


def inapplicable(rule: str, updates: ClientUpdates, settings: RuleSettings) -> Aggregate | None:
    """What becomes of a round with too few for any Krum, by the config or because updates are lost."""
    if int(updates.living.sum()) >= FEWEST:
        return None
    if updates.lost:
        return by_loss(rule, updates)
    few = f"n = {updates.expected} is less than {FEWEST}"
    return by_config(rule, updates, settings, few) if settings.average_unmet else None


def krum(updates: ClientUpdates, settings: RuleSettings, memory: Memory) -> Aggregate:
    """The one update whose n - f - 2 nearest others are nearest (sum of squared distances).

    With `remove_clients`, after (not in) round `begin_removing_from_round` the highest score of each round is removed for
    good, until f are gone (one, where f is 0). The paper removes nobody.
    """
    aggregate = inapplicable("Krum", updates, settings)
    if aggregate is not None:
        return aggregate
    scores = neighbour_sums(squared_distances(updates.weights), updates.living, krum_neighbours(settings, updates))
    used = np.zeros(len(scores), dtype=bool)
    used[least(scores, updates.living, 1, updates.weights)] = True
    removed, reason = None, None
    if (
        not settings.paper_exact
        and updates.round > settings.begin_removing_from_round
        and may_remove_one(updates, settings, max(1, settings.num_of_malicious_clients))
    ):
        removed, reason = suspect(scores, updates.living, updates.weights), "highest Krum score of the round"
    return Aggregate(updates.weights[np.argmax(used)].astype(np.float64), used, scores, removed=removed, reason=reason)


def multi_krum_scores(updates: ClientUpdates, settings: RuleSettings) -> Doubles:
    neighbours = krum_neighbours(settings, updates) if settings.paper_exact else settings.num_krum_selections - 2
    return neighbour_sums(squared_distances(updates.weights), updates.living, neighbours)


def multi_krum(updates: ClientUpdates, settings: RuleSettings, memory: Memory) -> Aggregate:
    """The mean of the m updates with the least scores; the others sit out this round only.

    Contract: m - 2 neighbours, mean weighted by samples. Paper: n - f - 2 neighbours, plain mean, m <= n - f. Who is lost is
    one of the n - m (or f) that are left out; where more are lost, the weights stay.
    """
    aggregate = inapplicable("Multi-Krum", updates, settings) if settings.paper_exact else None
    if aggregate is not None:
        return aggregate
    many = settings.num_krum_selections
    if updates.lost and updates.expected > many > int(updates.living.sum()):
        return by_loss("Multi-Krum", updates)
    scores = multi_krum_scores(updates, settings)
    used = np.zeros(len(scores), dtype=bool)
    used[least(scores, updates.living, many, updates.weights)] = True
    samples = np.ones_like(updates.samples) if settings.paper_exact else updates.samples
    return Aggregate(weighted_mean(updates.weights, samples, used), used, scores)


def multi_krum_based(updates: ClientUpdates, settings: RuleSettings, memory: Memory) -> Aggregate:
    """Multi-Krum that removes for good: from `begin_removing_from_round` one a round, until n - m are gone."""
    aggregate = multi_krum(updates, settings, memory)
    limit = settings.num_of_clients - settings.num_krum_selections
    if aggregate.outcome != "aggregated":
        return aggregate
    if updates.round < settings.begin_removing_from_round or not may_remove_one(updates, settings, limit):
        return aggregate
    return replace(
        aggregate,
        removed=suspect(aggregate.scores, updates.living, updates.weights),
        reason="highest Multi-Krum score of the round",
    )
