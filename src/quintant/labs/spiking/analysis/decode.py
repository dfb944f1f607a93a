"""Does the population follow what drives it: the low-passed rate beside the envelope of the input."""

from __future__ import annotations

import math

import numpy as np

from quintant.labs.spiking.analysis.window import BIN_MS, Array

CUTOFF_HZ = 10.0


def low_pass(rate_hz: Array, cutoff_hz: float = CUTOFF_HZ, bin_ms: float = BIN_MS) -> Array:
    """Causal first-order low-pass of a rate [n]: y0 = x0, y += alpha (x - y) with alpha = h / (1/(2 pi f) + h)."""
    h = bin_ms / 1000.0
    alpha = h / (1.0 / (2 * math.pi * cutoff_hz) + h)
    decoded = np.empty(len(rate_hz))
    y = float(rate_hz[0]) if len(rate_hz) else 0.0
    for index, x in enumerate(rate_hz.tolist()):
        y += alpha * (x - y)
        decoded[index] = y
    return decoded


def envelope_hz(time_ms: Array, mean_hz: float, depth: float, frequency_hz: float, phase_rad: float) -> Array:
    """The rate of the input's Poisson sources at each time [n]: max(0, mean (1 + depth sin(2 pi f t + phase)))."""
    return np.maximum(0.0, mean_hz * (1 + depth * np.sin(2 * np.pi * frequency_hz * time_ms / 1000.0 + phase_rad)))


def agreement(decoded: Array, envelope: Array) -> tuple[float, float]:
    """(Pearson correlation, root mean square error) of both curves [n], each scaled to 0..1; a constant one is all zeros."""
    n = min(len(decoded), len(envelope))
    if n == 0:
        return 0.0, 0.0
    a, b = _scaled(decoded[:n]), _scaled(envelope[:n])
    error = float(np.sqrt(np.mean((a - b) ** 2)))
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt(np.sum(a * a) * np.sum(b * b)))
    return (float(np.sum(a * b)) / scale if n >= 3 and scale > 1e-12 else 0.0), error


def _scaled(values: Array) -> Array:
    low, high = float(values.min()), float(values.max())
    return (values - low) / (high - low) if high > low else np.zeros(len(values))
