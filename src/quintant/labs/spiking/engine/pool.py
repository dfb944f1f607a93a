"""All projections in a few flat arrays, as the compiled loop reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from quintant.labs.spiking.engine.layout import Array
from quintant.labs.spiking.engine.weights import Projection

FORMS = {"uniform": 0, "dense": 1, "sparse": 2}


@dataclass(frozen=True)
class Pool:
    """`shape` int64 [projections, 9]: form, first and last + 1 source, first target, targets, delay in steps, receptor
    (0 AMPA, 1 GABA), where its part of `matrix` (dense) or of `starts` (sparse) begins, whether weights differ.
    `weight` [projections], in the arithmetic of the membranes: the one weight of uniform and plain sparse ones. `starts`
    point into `targets`, and `weights` runs along `targets` (empty when no sparse projection has its own weights)."""

    shape: Array
    weight: Array
    matrix: Array
    starts: Array
    targets: Array
    weights: Array

    @property
    def bytes(self) -> int:
        return sum(array.nbytes for array in (self.matrix, self.starts, self.targets, self.weights))


def pool(given: Sequence[Projection], real: type) -> tuple[Pool, tuple[Projection, ...]]:
    """The pool, and the same projections as views on it."""
    shape = np.zeros((len(given), 9), np.int64)
    dense = [one.matrix for one in given if one.matrix is not None]
    sparse = [one for one in given if one.form == "sparse"]
    matrix = _joined([one.reshape(-1) for one in dense], np.float32)
    targets = _joined([one.targets for one in sparse if one.targets is not None], np.int32)
    differ = any(one.weights is not None for one in sparse)
    weights = np.empty(len(targets) if differ else 0, np.float32)
    starts: list[Array] = []
    views: list[Projection] = []
    at_matrix = at_target = at_start = 0
    for row, one in zip(shape, given, strict=True):
        first = at_matrix if one.form == "dense" else at_start
        row[:] = (
            FORMS[one.form], one.source.first, one.source.first + one.source.size, one.target.first, one.target.size,
            one.delay_steps, 0 if one.source.kind == "E" else 1, first, one.weights is not None,
        )  # fmt: skip
        if one.matrix is not None:
            part = matrix[at_matrix : at_matrix + one.matrix.size].reshape(one.matrix.shape)
            at_matrix += one.matrix.size
            views.append(replace(one, matrix=part))
        elif one.targets is not None and one.starts is not None:
            here = slice(at_target, at_target + len(one.targets))
            if one.weights is not None:
                weights[here] = one.weights
            starts.append(one.starts + at_target)
            at_start += len(one.starts)
            at_target += len(one.targets)
            views.append(replace(one, targets=targets[here], weights=None if one.weights is None else weights[here]))
        else:
            views.append(one)
    weight: Array = np.array([one.weight for one in given], real)
    return Pool(shape, weight, matrix, _joined(starts, np.int64), targets, weights), tuple(views)


def _joined(parts: list[Array], kind: type) -> Array:
    return parts[0] if len(parts) == 1 else np.concatenate([np.empty(0, kind), *parts])
