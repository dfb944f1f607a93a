"""What becomes of a round to which a rule cannot be applied.

Two reasons are kept apart. Where the *config* does not meet the rule's condition, InteFL averages; natively such a config is
refused. Where *updates* fell out, it may be an attacker's doing, and an attacker must never cause a mean: the weights stay.
"""

from __future__ import annotations

import numpy as np

from quintant.labs.federated.engine.aggregation.average import weighted_mean
from quintant.labs.federated.engine.aggregation.distances import distances_to
from quintant.labs.federated.engine.aggregation.rule import Aggregate, ClientUpdates, RuleSettings


def by_config(rule: str, updates: ClientUpdates, settings: RuleSettings, why: str) -> Aggregate:
    """The round of a rule whose condition n, f and m do not meet."""
    if not settings.average_unmet:
        return unchanged(rule, updates, why)
    mean = weighted_mean(updates.weights, updates.samples, updates.living)
    note = f"{rule} cannot be applied ({why}): the round was averaged without a defence"
    return Aggregate(mean, updates.living.copy(), distances_to(mean, updates.weights), notes=(note,), outcome="averaged")


def by_loss(rule: str, updates: ClientUpdates) -> Aggregate:
    """The round of a rule for which too few updates are left."""
    why = f"{updates.lost} of {updates.expected} participants sent nothing that can be used"
    return unchanged(rule, updates, why)


def unchanged(rule: str, updates: ClientUpdates, why: str) -> Aggregate:
    """Nobody is used and the global weights stay as they were."""
    note = f"{rule} cannot be applied ({why}): the global weights stay as they were"
    stay = updates.global_weights.astype(np.float64)
    nobody = np.zeros(len(updates.participants), dtype=bool)
    return Aggregate(stay, nobody, distances_to(stay, updates.weights), notes=(note,), outcome="unchanged")
