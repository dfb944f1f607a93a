"""Averages: FedAvg, the rule without a defence (McMahan et al. 2017, arXiv 1602.05629)."""

from __future__ import annotations

import numpy as np

from quintant.labs.federated.engine.aggregation.distances import blocks
from quintant.labs.federated.engine.aggregation.rule import (
    Aggregate,
    Bools,
    ClientUpdates,
    Doubles,
    Floats,
    Ints,
    Memory,
    RuleSettings,
)

NOBODY_LEFT = "nobody was left to aggregate: the global weights stay as they were"


def weighted_mean(weights: Floats, samples: Ints, used: Bools) -> Doubles:
    """(d,) mean of the used rows of (k, d) weights, each counted by its samples; plain where all samples are zero."""
    shares = np.where(used, samples, 0).astype(np.float64)
    if not shares.any():
        shares = used.astype(np.float64)
    chosen = shares > 0
    return mixture(weights if chosen.all() else weights[chosen], shares[chosen] / shares.sum())


def mixture(weights: Floats, shares: Doubles) -> Doubles:
    """(d,) sum of the rows of (k, d), each times its share."""
    mixed = np.empty(weights.shape[1])
    for block in blocks(weights):
        mixed[block] = shares @ weights[:, block].astype(np.float64, copy=False)
    return mixed


def mean_or_stay(updates: ClientUpdates, used: Bools) -> tuple[Doubles, tuple[str, ...]]:
    """The mean of the used updates by samples; where nobody is used the global weights stay, and the note says so."""
    if used.any():
        return weighted_mean(updates.weights, updates.samples, used), ()
    return updates.global_weights.astype(np.float64), (NOBODY_LEFT,)


def fedavg(updates: ClientUpdates, settings: RuleSettings, memory: Memory) -> Aggregate:
    """The mean of all living participants, each counted by its samples. No score, nobody is removed."""
    return Aggregate(
        weights=weighted_mean(updates.weights, updates.samples, updates.living),
        used=updates.living.copy(),
        scores=np.full(len(updates.participants), np.nan),
    )
