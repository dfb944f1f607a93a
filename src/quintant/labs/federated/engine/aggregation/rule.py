"""What an aggregation rule gets and gives: `Uploads` and `RuleSettings` in, a `Verdict` out.

A rule is a pure function of one round. What it must remember (a PID's integral, a reputation) it gives back as `memory`,
named arrays over all participants, and gets again in the next round; what is removed is kept by the caller (`Roster`).
Everything is numpy: `weights` float32 or float64 as the trainer made them, all sums and distances in float64.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Memory = Mapping[str, Doubles]
Outcome = Literal["aggregated", "averaged", "unchanged"]


@dataclass(frozen=True)
class ClientUpdates:
    """What the participants of one round sent back.

    round           1-based
    participants    (k,) int64, ascending ids in 0..n-1
    weights         (k, d) flattened weights, whole weights, not their differences to the global ones
    samples         (k,) number of training samples of each
    global_weights  (d,) the weights that all of them started from
    living          (k,) False for those removed in an earlier round. They may be here, so that their scores go on, or not:
                    nothing but their own scores depends on it
    removed_before  how many were removed in earlier rounds, here or not
    lost            how many of this round's living sent nothing that can be used and are not here: each counts as one of the f
    """

    round: int
    participants: Ints
    weights: Floats
    samples: Ints
    global_weights: Floats
    living: Bools
    removed_before: int = 0
    lost: int = 0

    @property
    def expected(self) -> int:
        """How many living participants the round had, the lost included."""
        return int(self.living.sum()) + self.lost


@dataclass(frozen=True)
class RuleSettings:
    """The parameters of all rules under the contract's names; each rule reads its own.

    num_of_clients            n of the run (memory arrays have this length)
    num_of_malicious_clients  f, how many the rule is told to expect
    num_krum_selections       m of Multi-Krum and Bulyan
    paper_exact               the paper's rule instead of the contract's where the two differ
    average_unmet             average without a defence where n, f and m do not meet the rule's condition (InteFL); else the
                              global weights stay
    """

    num_of_clients: int
    num_of_malicious_clients: int = 0
    num_krum_selections: int = 2
    trim_ratio: float = 0.1
    num_std_dev: float = 3.0
    kp: float = 1.0
    ki: float = 1.0
    kd: float = 0.0
    trust_threshold: float = 0.1
    beta_value: float = 0.1
    remove_clients: bool = False
    begin_removing_from_round: int = 2
    paper_exact: bool = False
    average_unmet: bool = False
    extra: Mapping[str, object] = field(default_factory=dict)  # keys of a rule that came by entry point

    def attackers_left(self, updates: ClientUpdates) -> int:
        """f without those who were removed and those who are lost this round: who is out of the way counts as malicious."""
        return max(0, self.num_of_malicious_clients - updates.removed_before - updates.lost)

    def attackers_before(self, updates: ClientUpdates) -> int:
        """f without those who were removed: what the rule's condition is held against when nobody is lost."""
        return max(0, self.num_of_malicious_clients - updates.removed_before)


@dataclass(frozen=True)
class Aggregate:
    """What a rule made of one round. Arrays run over the k rows of the Uploads.

    weights     (d,) float64: the new global weights
    used        (k,) bool: whose weights went into them ("aggregation_participation")
    scores      (k,) float64: the rule's score of each ("removal_criterion"); NaN where it has none
    threshold   the limit that scores were held against, None when the rule has none
    removed     (k,) bool: who is removed for good from the next round on, with `reason` in words
    memory      what the rule wants to see again in the next round, arrays over all n participants
    notes       what should be known of this round ("too few for Bulyan: averaged instead")
    outcome     "aggregated" by the rule, "averaged" without a defence, or the global weights stayed "unchanged"
    """

    weights: Doubles
    used: Bools
    scores: Doubles
    threshold: float | None = None
    removed: Bools | None = None
    reason: str | None = None
    memory: Memory = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    outcome: Outcome = "aggregated"


class AggregationRule(Protocol):
    """A pure function: same arguments, same Aggregate, bit for bit. At least one row of `updates` is living."""

    def __call__(self, updates: ClientUpdates, settings: RuleSettings, memory: Memory) -> Aggregate: ...
