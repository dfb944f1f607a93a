"""Who was removed for good, when and why. Whoever is removed stays removed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from quintant.labs.federated.engine.aggregation.rule import Aggregate, Bools, ClientUpdates, Floats, Ints


@dataclass(frozen=True)
class Removal:
    """One removal; `criterion` is the rule's score of that round, None where it had none."""

    participant: int
    round: int
    criterion: float | None
    threshold: float | None
    reason: str


@dataclass(frozen=True)
class Blocklist:
    """The removed participants of one strategy, in the order in which they went."""

    removed: tuple[Removal, ...] = ()

    @property
    def ids(self) -> frozenset[int]:
        return frozenset(removal.participant for removal in self.removed)

    def living(self, participants: Ints) -> Bools:
        """(k,) False for those of these ids who are removed."""
        return ~np.isin(participants, sorted(self.ids))

    def updates(self, round: int, participants: Ints, weights: Floats, samples: Ints, global_weights: Floats) -> ClientUpdates:
        """What a rule gets of a round under this blocklist; shapes as in `ClientUpdates`."""
        living = self.living(participants)
        return ClientUpdates(round, participants, weights, samples, global_weights, living, removed_before=len(self.removed))

    def after(self, updates: ClientUpdates, aggregate: Aggregate) -> Blocklist:
        """This blocklist with those whom the aggregate removes, each once."""
        if aggregate.removed is None:
            return self
        gone = self.ids
        rows = [row for row in np.flatnonzero(aggregate.removed) if int(updates.participants[row]) not in gone]
        return Blocklist((*self.removed, *(_removal(updates, aggregate, int(row)) for row in rows)))

    def dump(self) -> list[dict[str, Any]]:
        return [asdict(removal) for removal in self.removed]

    @classmethod
    def load(cls, raw: Iterable[Mapping[str, Any]]) -> Blocklist:
        return cls(tuple(Removal(**entry) for entry in raw))


def _removal(updates: ClientUpdates, aggregate: Aggregate, row: int) -> Removal:
    score = float(aggregate.scores[row])
    return Removal(
        participant=int(updates.participants[row]),
        round=updates.round,
        criterion=None if math.isnan(score) else score,
        threshold=aggregate.threshold,
        reason=aggregate.reason or "removed by the rule",
    )
