"""Aggregation rules: how a server makes one set of weights of many, and whom it leaves out.

`rule` says what a rule gets and gives; `apply_rule(keyword, …)` applies one, built in or by entry point.
"""

from quintant.labs.federated.engine.aggregation.registry import RULES, apply_rule, rule
from quintant.labs.federated.engine.aggregation.rule import Aggregate, AggregationRule, ClientUpdates, Memory, RuleSettings

__all__ = ["RULES", "Aggregate", "AggregationRule", "ClientUpdates", "Memory", "RuleSettings", "apply_rule", "rule"]
