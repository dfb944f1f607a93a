"""Power spectra of a population rate: Pinglab's (5 ms bins), and one that sees gamma."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quintant.labs.spiking.analysis.window import BIN_MS, Array, counts, edges_ms

COMPATIBLE_SAMPLES = 256
COMPATIBLE_BAND_HZ = (20.0, 120.0)

FINE_BIN_MS = 1.0
SEGMENT_MS = 512.0
LEAST_SEGMENTS = 7
GRID_SAMPLES = 4096


@dataclass(frozen=True)
class Spectrum:
    """`frequency_hz` [m] and `power` [m] (Hz²/Hz, one-sided density). `resolution_hz` is what two peaks must differ by."""

    frequency_hz: Array
    power: Array
    resolution_hz: float


@dataclass(frozen=True)
class Peak:
    """Pinglab's summary: the largest power between 20 and 120 Hz, wherever it is. Zeros for an empty spectrum."""

    frequency_hz: float = 0.0
    bandwidth_hz: float = 0.0
    q_factor: float = 0.0


def welch(x: Array, rate_hz: float, samples: int, grid: int | None = None) -> Spectrum:
    """Density of x [n] by Welch (1967): Hann segments of `samples`, half overlapping, each without its mean.

    `grid`: length to which segments are padded with zeros, for a finer frequency grid at the same resolution.
    """
    samples = min(samples, len(x))
    if samples < 2:
        return Spectrum(np.empty(0), np.empty(0), 0.0)
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(samples) / samples)
    segments = np.lib.stride_tricks.sliding_window_view(x, samples)[:: samples - samples // 2]
    segments = (segments - segments.mean(axis=1, keepdims=True)) * taper
    width = max(grid or 0, samples)
    power = np.mean(np.abs(np.fft.rfft(segments, width, axis=1)) ** 2, axis=0) / (rate_hz * np.sum(taper**2))
    power[1 : (width + 1) // 2] *= 2
    return Spectrum(np.fft.rfftfreq(width, 1 / rate_hz), power, rate_hz / samples)


def compatible(rate_hz: Array) -> Spectrum:
    """Pinglab's spectrum of a rate [n] in 5 ms bins: 256 samples a segment, up to 100 Hz."""
    return welch(rate_hz - (rate_hz.mean() if len(rate_hz) else 0.0), 1000.0 / BIN_MS, COMPATIBLE_SAMPLES)


def compatible_peak(spectrum: Spectrum) -> Peak:
    """Largest power in 20..120 Hz; the bandwidth reaches to the first bins below half of it, or to the band's ends."""
    inside = (spectrum.frequency_hz >= COMPATIBLE_BAND_HZ[0]) & (spectrum.frequency_hz <= COMPATIBLE_BAND_HZ[1])
    frequency, power = spectrum.frequency_hz[inside], spectrum.power[inside]
    if not len(power):
        return Peak()
    best = int(np.argmax(power))
    low = high = best
    while low > 0 and power[low] >= power[best] / 2:
        low -= 1
    while high < len(power) - 1 and power[high] >= power[best] / 2:
        high += 1
    bandwidth = float(frequency[high] - frequency[low])
    return Peak(float(frequency[best]), bandwidth, float(frequency[best]) / bandwidth if bandwidth > 0 else 0.0)


def fine_rate(time_ms: Array, size: int, duration_ms: float) -> Array:
    """Rate [n] of a population in 1 ms bins (Hz per neuron); empty for no neurons or no time."""
    if size == 0 or duration_ms <= 0:
        return np.empty(0)
    return counts(time_ms, edges_ms(duration_ms, FINE_BIN_MS)) / (size * FINE_BIN_MS / 1000.0)


def fine(rate_hz: Array) -> Spectrum:
    """Spectrum up to 500 Hz of a rate in 1 ms bins, in segments of 512 ms, shorter where fewer than seven of them fit.

    Seven half-overlapping segments make peaks of pure chance rare (`peaks`); short runs pay with resolution.
    """
    samples = min(round(SEGMENT_MS / FINE_BIN_MS), max(2, 2 * len(rate_hz) // (LEAST_SEGMENTS + 1)))
    return welch(rate_hz, 1000.0 / FINE_BIN_MS, samples, GRID_SAMPLES)
