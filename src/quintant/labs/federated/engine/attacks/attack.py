"""What an attack gets and gives. Two kinds: a DataAttack poisons what a participant learns from, a WeightAttack what it sends.

Attacks are frozen values built by `registry.attack(type, keys)`; all randomness is an argument. Arrays are numpy and are
never changed in place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Samples:
    """A participant's own data.

    inputs   (N, channels, height, width) floats in `low..high`, or (N, length) int64 tokens, 0 being the padding
    labels   (N,) int64 in 0..classes-1
    """

    inputs: npt.NDArray[np.generic]
    labels: Ints
    classes: int
    low: float = -1.0
    high: float = 1.0


@dataclass(frozen=True)
class Poisoned:
    """Samples after an attack; `touched` (N,) bool says which were changed."""

    samples: Samples
    touched: npt.NDArray[np.bool_]


class DataAttack(Protocol):
    """Poisons a participant's whole training (and validation) set once per schedule entry.

    `shared` is a generator of (run seed, entry), the same for all attackers of the entry (one label permutation for all);
    `own` is a generator of (run seed, entry, participant). Both are fresh: same seed, same poison, in whatever round.
    """

    def poison(self, samples: Samples, shared: np.random.Generator, own: np.random.Generator) -> Poisoned: ...


@dataclass(frozen=True)
class Scene:
    """What weight attackers can see in a round.

    global_weights  (d,) what everybody started from
    honest          (h, d) what the honest participants of this round will send; only omniscient attacks look at it
    layers          the slice of d that each parameter tensor takes, in order
    n_total         participants of this round, attackers among them; `n_malicious`: attackers of this entry in this round
    round           1-based
    """

    global_weights: Floats
    honest: Floats
    layers: Sequence[slice]
    n_total: int
    n_malicious: int
    round: int


class WeightAttack(Protocol):
    """Turns what attackers trained, (a, d), into what they send, (a, d). `own`: one generator per attacker, of
    (run seed, entry, participant, round). With `target` "update" an attack acts on w - global instead of on w."""

    target: Literal["weights", "update"]

    def falsify(self, trained: Floats, scene: Scene, own: Sequence[np.random.Generator]) -> Floats: ...
