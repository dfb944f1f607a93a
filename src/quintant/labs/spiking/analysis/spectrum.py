"""Power spectra of a population rate: Pinglab's (5 ms bins), and one that sees gamma and tells a peak from background."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from quintant.labs.spiking.analysis.window import BIN_MS, Array, counts, edges_ms

COMPATIBLE_SAMPLES = 256
COMPATIBLE_BAND_HZ = (20.0, 120.0)

FINE_BIN_MS = 1.0
SEGMENT_MS = 512.0
LEAST_SEGMENTS = 7
GRID_SAMPLES = 4096
RHYTHM_BAND_HZ = (10.0, 150.0)
BACKGROUND_BAND_HZ = (5.0, 250.0)
LEAST_PROMINENCE = 3.0


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


@dataclass(frozen=True)
class Rhythm:
    """A peak above background: `prominence` is that of scipy's definition over the median power (the background)."""

    frequency_hz: float
    power: float
    prominence: float
    half_width_hz: float


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


def compatible_peak(found: Spectrum) -> Peak:
    """Largest power in 20..120 Hz; the bandwidth reaches to the first bins below half of it on both sides."""
    frequency, power = found.frequency_hz, found.power
    inside = np.flatnonzero((frequency >= COMPATIBLE_BAND_HZ[0]) & (frequency <= COMPATIBLE_BAND_HZ[1]))
    if not len(inside):
        return Peak()
    best = int(inside[np.argmax(power[inside])])
    low = high = best
    while low > 0 and power[low] >= power[best] / 2:
        low -= 1
    while high < len(power) - 1 and power[high] >= power[best] / 2:
        high += 1
    bandwidth = float(frequency[high] - frequency[low])
    return Peak(float(frequency[best]), bandwidth, float(frequency[best]) / bandwidth if bandwidth > 0 else 0.0)


def fine(time_ms: Array, size: int, duration_ms: float) -> Spectrum:
    """Spectrum of a population's rate in 1 ms bins (up to 500 Hz), in segments of 512 ms, shorter where fewer than seven fit.

    Seven half-overlapping segments make peaks of pure chance rare (`rhythm`); short runs pay with resolution.
    """
    if size == 0 or duration_ms <= 0:
        return Spectrum(np.empty(0), np.empty(0), 0.0)
    rate = counts(time_ms, edges_ms(duration_ms, FINE_BIN_MS)) / (size * FINE_BIN_MS / 1000.0)
    samples = min(round(SEGMENT_MS / FINE_BIN_MS), max(2, 2 * len(rate) // (LEAST_SEGMENTS + 1)))
    return welch(rate, 1000.0 / FINE_BIN_MS, samples, GRID_SAMPLES)


def rhythm(found: Spectrum, band_hz: tuple[float, float] = RHYTHM_BAND_HZ) -> Rhythm | None:
    """The rhythm's peak in the band, or None when no peak rises above background.

    A peak counts when its prominence is at least 3 times the background, the median power between 5 and 250 Hz. Sharp
    volleys have harmonics as high as the fundamental: of the counting peaks, the lowest of which the highest is a whole
    multiple is taken. The frequency is refined by a parabola through the logarithms of three neighbours.
    """
    from scipy.signal import find_peaks, peak_widths

    frequency, power = found.frequency_hz, found.power
    background = np.median(power[(frequency >= BACKGROUND_BAND_HZ[0]) & (frequency <= BACKGROUND_BAND_HZ[1])]) if len(power) else 0.0
    if not background > 0:
        return None
    places, told = find_peaks(power, prominence=LEAST_PROMINENCE * background)
    inside = [k for k, at in enumerate(places) if band_hz[0] <= frequency[at] <= band_hz[1]]
    if not inside:
        return None
    highest = max(inside, key=lambda k: power[places[k]])
    chosen = next(k for k in inside if k == highest or _multiple(frequency[places[highest]], frequency[places[k]], found))
    at = int(places[chosen])
    grid_hz = float(frequency[1] - frequency[0])
    return Rhythm(
        frequency_hz=(at + _vertex(np.log(power[at - 1 : at + 2]))) * grid_hz,
        power=float(power[at]),
        prominence=float(told["prominences"][chosen] / background),
        half_width_hz=float(peak_widths(power, [at], rel_height=0.5)[0][0]) * grid_hz,
    )


def _multiple(high_hz: float, low_hz: float, found: Spectrum) -> bool:
    """Whether `high_hz` is 2, 3, … times `low_hz` within the resolution."""
    times = round(high_hz / low_hz)
    return times >= 2 and abs(high_hz - times * low_hz) <= found.resolution_hz


def _vertex(y: Array) -> float:
    """Place of a parabola's top through (-1, y0), (0, y1), (1, y2)."""
    bend = float(y[0] - 2 * y[1] + y[2])
    return 0.0 if bend == 0 or not math.isfinite(bend) else float(y[0] - y[2]) / (2 * bend)
