"""The federated engine: participants learn, attackers lie, a rule aggregates, round by round, strategy by strategy.

data/          data sets by keyword, partitioners      models/        networks that run many copies at once
federation     who holds what                          training       local training, one by one or side by side
attackers      the schedule at work                    attacks/       what attackers do
strategy       one strategy, round by round            aggregation/   the rules; roster, termination, confusion
evaluation     how good the global model is            snapshots      what attackers changed
session        a run: its strategies in order          tables, report what is told of it
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quintant.labs.federated.engine.session import FederatedEngine, warm

__all__ = ["FederatedEngine", "warm"]


def __getattr__(name: str) -> object:
    """On demand: the data can be read, and shown before a run, without PyTorch."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from quintant.labs.federated.engine import session

    return getattr(session, name)
