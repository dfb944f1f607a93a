"""Label attacks: the images stay, what they are called changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from quintant.labs.federated.engine.attacks.attack import Aim, Ints, Poisoned, Samples


@dataclass(frozen=True)
class LabelFlipping:
    """Every label becomes another: by one random permutation without fixed points, y + 1, or K - 1 - y.

    The permutation is drawn once per run and entry, so that all attackers pull the same way in all rounds.
    """

    mapping: Literal["permutation", "next", "reverse"] = "permutation"

    def poison(self, samples: Samples, shared: np.random.Generator, own: np.random.Generator) -> Poisoned:
        labels = self.table(samples.classes, shared)[samples.labels]
        return Poisoned(replace(samples, labels=labels), labels != samples.labels)

    def aim(self, test: Samples, shared: np.random.Generator) -> Aim | None:
        wanted = self.table(test.classes, shared)[test.labels]
        away = wanted != test.labels
        return Aim(test.inputs[away], wanted[away]) if away.any() else None

    def table(self, classes: int, shared: np.random.Generator) -> Ints:
        """(classes,) which label takes the place of each."""
        labels = np.arange(classes, dtype=np.int64)
        if self.mapping == "next":
            return (labels + 1) % classes
        if self.mapping == "reverse":
            return labels[::-1].copy()
        return derangement(classes, shared)


@dataclass(frozen=True)
class TargetedLabelFlipping:
    """`flip_ratio` of the samples of `source_class`, at least one, are called `target_class`."""

    source_class: int
    target_class: int
    flip_ratio: float = 1.0

    def poison(self, samples: Samples, shared: np.random.Generator, own: np.random.Generator) -> Poisoned:
        touched = np.zeros(len(samples.labels), dtype=bool)
        rows = np.flatnonzero(samples.labels == self.source_class)
        if len(rows):
            touched[own.permutation(rows)[: max(1, int(len(rows) * self.flip_ratio))]] = True
        return Poisoned(replace(samples, labels=np.where(touched, self.target_class, samples.labels)), touched)

    def aim(self, test: Samples, shared: np.random.Generator) -> Aim | None:
        rows = test.labels == self.source_class
        return Aim(test.inputs[rows], np.full(int(rows.sum()), self.target_class, dtype=np.int64)) if rows.any() else None


def derangement(count: int, rng: np.random.Generator) -> Ints:
    """(count,) a permutation without fixed points, uniform over all of them (by rejection, e tries on average)."""
    if count < 2:
        raise ValueError(f"a permutation of {count} without fixed points does not exist")
    while True:
        drawn = rng.permutation(count).astype(np.int64)
        if (drawn != np.arange(count)).all():
            return drawn
