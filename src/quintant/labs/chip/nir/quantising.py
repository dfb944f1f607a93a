"""Floats to integers: one scale per node of neurons, as large as its weights, threshold and registers allow.

Everything that a neuron sums is multiplied by the scale s and rounded; v > θ becomes V ≥ floor(θ·s) + 1, which is exact. If a
power of two makes all weights, biases and resets of the node integers, the smallest is taken, and a node without decay is
exact. Decays are 12 bits wide, and what they take from a potential is rounded away from zero: never exact.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from quintant.errors import ConfigError, Problem
from quintant.labs.chip.nir.conventions import Conventions
from quintant.labs.chip.nir.linear import Array
from quintant.labs.chip.nir.lowering import Group, Terms

DECAY_UNIT = 4096
FLOAT_ERROR = 1e-12
"""What is an integer but for this much was one before time constants were multiplied in."""
REGISTER_MOST = 2**23 - 1
"""Potentials, thresholds and biases: 24 bits."""


@dataclass(frozen=True)
class Quantised:
    """Integers of one node, all [size] but `weights`: (source, delay) -> matrix of integers [size, source]."""

    scale: float
    exact: bool
    threshold: Array
    reset: Array
    bias: Array
    drive: Array
    v_decay: Array
    i_decay: Array | None
    weights: Terms
    report: dict[str, Any]


def quantised(group: Group, terms: Terms, weight_bits: int, conventions: Conventions) -> Quantised:
    values = np.concatenate([matrix.data for matrix in terms.values()] or [np.empty(0)])
    if not np.isfinite(values).all():
        raise ConfigError(Problem(f"nodes.{group.name}", "is reached by weights that are not finite."))
    subtracted = conventions.reset == "subtract"
    summed = np.concatenate([values, group.reset, group.bias, group.drive, group.threshold if subtracted else np.empty(0)])
    scale, integral = _scale(group, values, summed, 2 ** (weight_bits - 1) - 1)
    threshold = _threshold(group.threshold * scale, conventions)
    weights = {key: matrix.copy() for key, matrix in terms.items()}
    for matrix in weights.values():
        matrix.data = np.rint(matrix.data * scale)
    rounded = np.concatenate([matrix.data for matrix in weights.values()] or [np.empty(0)])
    v_decay = np.rint(group.v_decay * DECAY_UNIT).astype(np.int64)
    i_decay = None if group.i_decay is None else np.rint(group.i_decay * DECAY_UNIT).astype(np.int64)
    exact = integral and not v_decay.any() and i_decay is None
    report = _report(group, scale, exact, values, rounded, v_decay, i_decay)
    reset, bias, drive = (np.rint(values * scale).astype(np.int64) for values in (group.reset, group.bias, group.drive))
    return Quantised(scale, exact, threshold, reset, bias, drive, v_decay, i_decay, weights, report)


def _threshold(scaled: Array, conventions: Conventions) -> Array:
    """The least integer potential that fires (it is tested by "at"); where the threshold is subtracted, itself, rounded."""
    if conventions.reset == "subtract":
        return np.rint(scaled).astype(np.int64)
    return (np.floor(scaled) + 1 if conventions.fires == "above" else np.ceil(scaled)).astype(np.int64)


def _scale(group: Group, values: Array, summed: Array, weight_most: int) -> tuple[float, bool]:
    """The scale, and whether it makes everything that is summed an integer."""
    limits = [(np.abs(values).max(initial=0.0), weight_most)]
    limits += [
        (np.abs(values).max(initial=0.0), REGISTER_MOST - 1)
        for values in (group.threshold, group.reset, group.bias, group.drive)
    ]
    most = min((limit / value for value, limit in limits if value > 0), default=1.0)
    for power in range(-10, 40):
        scale = 2.0**power
        if scale > most:
            break
        if np.allclose(np.rint(summed * scale), summed * scale, rtol=FLOAT_ERROR, atol=0):
            return scale, True
    return most, False


def _report(
    group: Group, scale: float, exact: bool, values: Array, rounded: Array, v_decay: Array, i_decay: Array | None
) -> dict[str, Any]:  # fmt: skip
    """What rounding did to a node, in the graph's own units."""
    error = rounded / scale - values
    rms = math.sqrt(float(np.mean(values**2))) if len(values) else 0.0
    decays: Sequence[tuple[str, Array, Array | None]] = (
        ("voltage_decay", group.v_decay, v_decay), ("current_decay", np.zeros(0), None)
        if i_decay is None or group.i_decay is None else ("current_decay", group.i_decay, i_decay),
    )  # fmt: skip
    return {
        "node": group.name,
        "neurons": group.size,
        "exact": exact,
        "scale": scale,
        "weights": len(values),
        "weight_error_max": float(np.abs(error).max(initial=0.0)),
        "weight_error_rms": math.sqrt(float(np.mean(error**2))) if len(values) else 0.0,
        "weight_error_relative": math.sqrt(float(np.mean(error**2))) / rms if rms else 0.0,
        "weights_rounded_to_zero": int(np.count_nonzero((rounded == 0) & (values != 0))),
        **{
            f"{name}_error_max": float(np.abs(integer / DECAY_UNIT - real).max(initial=0.0))
            for name, real, integer in decays
            if integer is not None
        },
    }
