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


def pool(projections: Sequence[Projection], real: type) -> tuple[Pool, tuple[Projection, ...]]:
    """The pool, and the same projections as views on it."""
    shape = np.zeros((len(projections), 9), np.int64)
    dense = [projection.matrix for projection in projections if projection.matrix is not None]
    sparse = [projection for projection in projections if projection.form == "sparse"]
    matrix = _joined([matrix_part.reshape(-1) for matrix_part in dense], np.float32)
    targets = _joined([projection.targets for projection in sparse if projection.targets is not None], np.int32)
    differ = any(projection.weights is not None for projection in sparse)
    weights = np.empty(len(targets) if differ else 0, np.float32)
    starts: list[Array] = []
    views: list[Projection] = []
    at_matrix = at_target = at_start = 0
    for row, projection in zip(shape, projections, strict=True):
        first = at_matrix if projection.form == "dense" else at_start
        row[:] = (
            FORMS[projection.form],
            projection.source.first,
            projection.source.first + projection.source.size,
            projection.target.first,
            projection.target.size,
            projection.delay_steps,
            0 if projection.source.kind == "E" else 1,
            first,
            projection.weights is not None,
        )
        if projection.matrix is not None:
            part = matrix[at_matrix : at_matrix + projection.matrix.size].reshape(projection.matrix.shape)
            at_matrix += projection.matrix.size
            views.append(replace(projection, matrix=part))
        elif projection.targets is not None and projection.starts is not None:
            here = slice(at_target, at_target + len(projection.targets))
            if projection.weights is not None:
                weights[here] = projection.weights
            starts.append(projection.starts + at_target)
            at_start += len(projection.starts)
            at_target += len(projection.targets)
            views.append(
                replace(projection, targets=targets[here], weights=None if projection.weights is None else weights[here])
            )
        else:
            views.append(projection)
    weight: Array = np.array([projection.weight for projection in projections], real)
    return Pool(shape, weight, matrix, _joined(starts, np.int64), targets, weights), tuple(views)


def _joined(parts: list[Array], kind: type) -> Array:
    return parts[0] if len(parts) == 1 else np.concatenate([np.empty(0, kind), *parts])
