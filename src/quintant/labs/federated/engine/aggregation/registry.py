"""Which keyword names which rule, and the one way to apply one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from quintant.errors import EngineError
from quintant.labs.federated.engine.aggregation.arkrum import arkrum
from quintant.labs.federated.engine.aggregation.average import fedavg
from quintant.labs.federated.engine.aggregation.bulyan import bulyan
from quintant.labs.federated.engine.aggregation.geometric_median import rfa
from quintant.labs.federated.engine.aggregation.krum import krum, multi_krum, multi_krum_based
from quintant.labs.federated.engine.aggregation.pid import pid, pid_scaled, pid_standardized, pid_standardized_score_based
from quintant.labs.federated.engine.aggregation.rule import (
    Aggregate,
    AggregationRule,
    Bools,
    ClientUpdates,
    Memory,
    RuleSettings,
)
from quintant.labs.federated.engine.aggregation.trimmed import median, trimmed_mean
from quintant.labs.federated.engine.aggregation.trust import trust
from quintant.labs.federated.plugins import find

T = TypeVar("T", bound=np.generic)

RULES: Mapping[str, AggregationRule] = {
    "fedavg": fedavg,
    "krum": krum,
    "multi-krum": multi_krum,
    "multi-krum-based": multi_krum_based,
    "bulyan": bulyan,
    "rfa": rfa,
    "trimmed_mean": trimmed_mean,
    "median": median,
    "arkrum": arkrum,
    "pid": pid,
    "pid_scaled": pid_scaled,
    "pid_standardized": pid_standardized,
    "pid_standardized_score_based": pid_standardized_score_based,
    "trust": trust,
}


def rule(keyword: str) -> AggregationRule:
    """The rule of this keyword: one of ours, or one that came by entry point ("rule.KEYWORD")."""
    return RULES[keyword] if keyword in RULES else find("rule", keyword)


def apply_rule(keyword: str, updates: ClientUpdates, settings: RuleSettings, memory: Memory) -> Aggregate:
    """Apply a rule. Uploads that are not finite are set aside first, as any server would, and the notes name their senders.

    Each of them counts as one of the f: else an attacker's NaN could talk a rule out of its condition for the other attackers.
    """
    finite: Bools = np.all(np.isfinite(updates.weights), axis=1)
    if finite.all():
        return _applied(keyword, updates, settings, memory)
    bad = updates.participants[~finite]
    said = f"sent weights that are not finite and was set aside this round: {', '.join(map(str, bad))}"
    if not (updates.living & finite).any():
        raise EngineError(f"round {updates.round}: no participant sent finite weights (learning rate or attack too strong)")
    kept = replace(
        updates,
        participants=updates.participants[finite],
        weights=updates.weights[finite],
        samples=updates.samples[finite],
        living=updates.living[finite],
        lost=updates.lost + int(np.count_nonzero(updates.living & ~finite)),
    )
    aggregate = _applied(keyword, kept, settings, memory)
    return replace(
        aggregate,
        used=_spread(aggregate.used, finite),
        scores=np.where(finite, _spread(aggregate.scores, finite), np.nan),
        removed=None if aggregate.removed is None else _spread(aggregate.removed, finite),
        notes=(*aggregate.notes, said),
    )


def _applied(keyword: str, updates: ClientUpdates, settings: RuleSettings, memory: Memory) -> Aggregate:
    # Squares and sums of finite but huge numbers overflow; what is infinite then counts as far, so nothing is to be warned of.
    with np.errstate(over="ignore", invalid="ignore"):
        return rule(keyword)(updates, settings, memory)


def _spread(values: npt.NDArray[T], where: Bools) -> npt.NDArray[T]:
    """The values at the rows that `where` marks, zero or False at the others."""
    spread = np.zeros(where.shape, dtype=values.dtype)
    spread[where] = values
    return spread
