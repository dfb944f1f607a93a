"""Who was removed for good, when and why. Whoever is removed stays removed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from quintant.labs.federated.engine.aggregation.rule import Bools, Floats, Ints, Uploads, Verdict


@dataclass(frozen=True)
class Removal:
    """One removal; `criterion` is the rule's score of that round, None where it had none."""

    participant: int
    round: int
    criterion: float | None
    threshold: float | None
    reason: str


@dataclass(frozen=True)
class Roster:
    """The removed participants of one strategy, in the order in which they went."""

    removed: tuple[Removal, ...] = ()

    @property
    def ids(self) -> frozenset[int]:
        return frozenset(removal.participant for removal in self.removed)

    def living(self, participants: Ints) -> Bools:
        """(k,) False for those of these ids who are removed."""
        return ~np.isin(participants, sorted(self.ids))

    def uploads(self, round: int, participants: Ints, weights: Floats, samples: Ints, global_weights: Floats) -> Uploads:
        """What a rule gets of a round under this roster; shapes as in `Uploads`."""
        living = self.living(participants)
        return Uploads(round, participants, weights, samples, global_weights, living, removed_before=len(self.removed))

    def after(self, uploads: Uploads, verdict: Verdict) -> Roster:
        """This roster with those whom the verdict removes, each once."""
        if verdict.removed is None:
            return self
        gone = self.ids
        rows = [row for row in np.flatnonzero(verdict.removed) if int(uploads.participants[row]) not in gone]
        return Roster((*self.removed, *(_removal(uploads, verdict, int(row)) for row in rows)))

    def dump(self) -> list[dict[str, Any]]:
        return [asdict(removal) for removal in self.removed]

    @classmethod
    def load(cls, raw: Iterable[Mapping[str, Any]]) -> Roster:
        return cls(tuple(Removal(**entry) for entry in raw))


def _removal(uploads: Uploads, verdict: Verdict, row: int) -> Removal:
    score = float(verdict.scores[row])
    return Removal(
        participant=int(uploads.participants[row]),
        round=uploads.round,
        criterion=None if math.isnan(score) else score,
        threshold=verdict.threshold,
        reason=verdict.reason or "removed by the rule",
    )
