"""Trust: a reputation that grows while a participant stays near the centroid (the contract's own scheme).

Distances are min-max normalised over the living in each round, so that somebody always looks bad: without an attacker a
benign participant is removed at `begin_removing_from_round` all the same.
"""

from __future__ import annotations

import numpy as np

from quintant.labs.federated.engine.aggregation.average import mean_or_stay
from quintant.labs.federated.engine.aggregation.distances import distances_to_centroid
from quintant.labs.federated.engine.aggregation.ranking import suspect
from quintant.labs.federated.engine.aggregation.rule import Aggregate, Bools, ClientUpdates, Doubles, Memory, RuleSettings

EVEN = 0.5
"""From this nearness on a reputation falls linearly with the rounds, below it exponentially."""


def trust(updates: ClientUpdates, settings: RuleSettings, memory: Memory) -> Aggregate:
    """Score: the trust value in 0..1. In round `begin_removing_from_round` the lowest goes for good, later all below
    `trust_threshold`; they are left out at once and the rest is averaged by samples."""
    ids, living, beta = updates.participants, updates.living, settings.beta_value
    reputations = memory.get("reputation", np.full(settings.num_of_clients, np.nan)).copy()
    trusts = memory.get("trust", np.zeros(settings.num_of_clients)).copy()
    near = nearness(distances_to_centroid(updates.weights, living), living)
    old = reputations[ids]
    reputation = np.where(np.isnan(old), near, _followed(np.nan_to_num(old), near, updates.round, beta))
    # In the unit square of (reputation, nearness): the distance from the worst, (0, 0), less that from the ideal, (1, 1); the
    # contract's own formula.
    gained = np.hypot(reputation, near) - np.hypot(1 - reputation, 1 - near)
    score = np.clip(beta * gained + (1 - beta) * trusts[ids], 0.0, 1.0)
    reputations[ids], trusts[ids] = reputation, score

    removed = np.zeros(len(ids), dtype=bool)
    if settings.remove_clients and updates.round == settings.begin_removing_from_round:
        removed = suspect(-score, living, updates.weights)
    elif settings.remove_clients and updates.round > settings.begin_removing_from_round:
        removed = living & (score < settings.trust_threshold)
    used = living & ~removed
    weights, notes = mean_or_stay(updates, used)
    return Aggregate(
        weights=weights,
        used=used,
        scores=score,
        threshold=settings.trust_threshold,
        removed=removed,
        reason="lowest trust" if updates.round == settings.begin_removing_from_round else "trust below the threshold",
        memory={"reputation": reputations, "trust": trusts},
        notes=notes,
    )


def nearness(distances: Doubles, living: Bools) -> Doubles:
    """(k,) 1 for the nearest of the living, 0 for the farthest; 1 for all where all are equally far."""
    low, high = distances[living].min(), distances[living].max()
    if high <= low:
        return np.ones_like(distances)
    near: Doubles = 1.0 - np.clip((distances - low) / (high - low), 0.0, 1.0)
    return near


def _followed(old: Doubles, near: Doubles, round: int, beta: float) -> Doubles:
    fall = np.where(near >= EVEN, old / round, np.exp(-(1 - near * old / round)))
    return np.clip(beta * (old + near - fall) + (1 - beta) * old, 0.0, 1.0)
