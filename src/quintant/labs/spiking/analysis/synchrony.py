"""Do cells fire together, or only each by itself at the same pace? Regular cells that know nothing of each other also put a
peak into the spectrum of their population rate."""

from __future__ import annotations

import numpy as np

from quintant.labs.spiking.analysis.window import Array

LEAST_SYNCHRONY = 3.0
"""A rhythm's power is at least so many times that of the same cells firing independently."""


def synchrony(time_ms: Array, neuron: Array, size: int, duration_ms: float, frequency_hz: float, segment_ms: float) -> float:
    """Power of the summed spike trains at a frequency over the sum of their powers, both meaned over half-overlapping
    Hann segments: about 1 for independent cells, up to `size` for identical ones. 0 without spikes.

    Spikes sorted by time, ids from 0. Each segment is taken without its mean, cell by cell, as the spectrum takes it.
    """
    together = alone = 0.0
    start = 0.0
    while start == 0.0 or start + segment_ms <= duration_ms + 1e-9:
        low, high = np.searchsorted(time_ms, [start, start + segment_ms])
        at, who = time_ms[low:high] - start, neuron[low:high]
        transform = _transform(at, who, size, frequency_hz, segment_ms)
        together += float(np.abs(transform.sum()) ** 2)
        alone += float(np.sum(np.abs(transform) ** 2))
        start += segment_ms / 2
    return together / alone if alone > 0 else 0.0


def _transform(at_ms: Array, who: Array, size: int, frequency_hz: float, segment_ms: float) -> Array:
    """The Hann-tapered Fourier coefficient [size] of each cell's spikes in a segment, its mean removed."""

    def tapered(time_ms: Array) -> Array:
        return (0.5 - 0.5 * np.cos(2 * np.pi * time_ms / segment_ms)) * np.exp(-2j * np.pi * frequency_hz * time_ms / 1000.0)

    wave = tapered(at_ms)
    sums = np.bincount(who, wave.real, minlength=size) + 1j * np.bincount(who, wave.imag, minlength=size)
    mean = tapered((np.arange(1000) + 0.5) * segment_ms / 1000).mean()
    result: Array = sums - np.bincount(who, minlength=size) * mean
    return result
