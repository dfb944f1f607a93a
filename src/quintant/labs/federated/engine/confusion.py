"""How well a rule told attackers from the others, under the contract's unusual names.

Positive means benign. tp: benign and aggregated; tn: malicious and left out; **fp: benign but left out; fn: malicious but
aggregated**. So `precision` = tp / (tp + fp) is the share of the benign who were kept, and `recall` = tp / (tp + fn) the share
of the kept who are benign.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quintant.labs.federated.engine.aggregation.rule import Bools


@dataclass(frozen=True)
class RemovalConfusion:
    tp: int
    tn: int
    fp: int
    fn: int

    @property
    def accuracy(self) -> float:
        return _share(self.tp + self.tn, self.tp + self.tn + self.fp + self.fn)

    @property
    def precision(self) -> float:
        return _share(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float:
        return _share(self.tp, self.tp + self.fn)

    @property
    def f1(self) -> float:
        return _share(2 * self.tp, 2 * self.tp + self.fp + self.fn)


def removal_confusion(malicious: Bools, aggregated: Bools) -> RemovalConfusion:
    """Of the participants of one round, (k,) each."""

    def count(rows: Bools) -> int:
        return int(np.count_nonzero(rows))

    return RemovalConfusion(
        tp=count(~malicious & aggregated),
        tn=count(malicious & ~aggregated),
        fp=count(~malicious & ~aggregated),
        fn=count(malicious & aggregated),
    )


def _share(part: int, whole: int) -> float:
    """part / whole, 0 where there is no whole (as the contract has it)."""
    return part / whole if whole else 0.0
