"""Which keyword names which rule."""

from __future__ import annotations

from collections.abc import Mapping

from quintant.labs.federated.engine.aggregation.average import fedavg
from quintant.labs.federated.engine.aggregation.rule import AggregationRule

RULES: Mapping[str, AggregationRule] = {"fedavg": fedavg}


def rule(keyword: str) -> AggregationRule:
    """The rule of this keyword."""
    return RULES[keyword]
