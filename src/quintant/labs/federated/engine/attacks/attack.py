"""What an attack gets and gives. Two kinds: a DataAttack poisons what a participant learns from, a WeightAttack what it sends.

Attacks are frozen values built by `registry.attack(type, keys)`; all randomness is an argument. Arrays are numpy and are
never changed in place.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Target = Literal["weights", "update"]


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
    touched: Bools


@dataclass(frozen=True)
class Aim:
    """What an attack wants of the global model: that `inputs` (M, …) be classified as `wanted` (M,).

    The share of them that are is the attack success rate.
    """

    inputs: npt.NDArray[np.generic]
    wanted: Ints


class DataAttack(Protocol):
    """Poisons a participant's whole training (and validation) set once per schedule entry.

    `shared` is a generator of (run seed, entry), the same for all attackers of the entry (one label permutation for all);
    `own` is a generator of (run seed, entry, participant). Both are fresh: same seed, same poison, in whatever round.
    """

    def poison(self, samples: Samples, shared: np.random.Generator, own: np.random.Generator) -> Poisoned: ...

    def aim(self, test: Samples, shared: np.random.Generator) -> Aim | None:
        """Of clean test samples, what the attack is after; None where it only wants to do harm, or none of them fits."""
        ...


@dataclass(frozen=True)
class Scene:
    """What weight attackers can see in a round.

    global_weights  (d,) what everybody started from
    honest          (h, d) what the honest participants of this round will send; only colluding attacks look at it
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
    """Turns what attackers trained, (a, d), into what they send, (a, d) of the same dtype.

    `own`: one generator per attacker, of (run seed, entry, participant, round).
    """

    def falsify(self, trained: Floats, scene: Scene, own: Sequence[np.random.Generator]) -> Floats: ...


@dataclass(frozen=True, kw_only=True)
class Distortion(ABC):
    """A WeightAttack that acts on the full weights or, as the papers mean it, on the update w - global (`target`)."""

    target: Target = "weights"

    def falsify(self, trained: Floats, scene: Scene, own: Sequence[np.random.Generator]) -> Floats:
        if self.target == "weights":
            return self.distort(trained.astype(np.float64), scene, own).astype(trained.dtype)
        base = scene.global_weights.astype(np.float64)
        moved = replace(scene, honest=scene.honest - base, global_weights=np.zeros_like(base))
        return (self.distort(trained - base, moved, own) + base).astype(trained.dtype)

    @abstractmethod
    def distort(self, sent: Doubles, scene: Scene, own: Sequence[np.random.Generator]) -> Doubles:
        """(a, d) of the vectors (a, d) that honest training gave; with "update" all vectors are relative to the global one,
        which is then 0."""
