"""The federated engine: participants learn, attackers lie, a rule aggregates, round by round, strategy by strategy.

data/          data sets by keyword, partitioners      models/        networks that run many copies at once
federation     who holds what                          training       local training, one by one or side by side
attackers      the schedule at work                    attacks/       what attackers do
strategy       one strategy, round by round            aggregation/   the rules; roster, termination, confusion
evaluation     how good the global model is            snapshots      what attackers changed
session        a run: its strategies in order          tables, report what is told of it
"""

from __future__ import annotations

from quintant.labs.federated.engine.session import FederatedEngine, warm

__all__ = ["FederatedEngine", "warm"]
