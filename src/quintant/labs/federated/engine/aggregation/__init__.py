"""Aggregation rules: how a server makes one set of weights of many, and whom it leaves out.

`rule` says what a rule gets and gives; `aggregate(keyword, …)` applies one, built in or by entry point.
"""

from quintant.labs.federated.engine.aggregation.registry import RULES, aggregate, rule
from quintant.labs.federated.engine.aggregation.rule import AggregationRule, Memory, RuleSettings, Uploads, Verdict

__all__ = ["RULES", "AggregationRule", "Memory", "RuleSettings", "Uploads", "Verdict", "aggregate", "rule"]
