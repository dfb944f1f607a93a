"""The peaks of a population's spectrum that chance does not make, and how strongly each modulates the rate.

Peaks are looked for twice: in the whole window as one segment, which tells steady rhythms of every pace apart, and in the mean
of seven or more segments of at most 512 ms (Welch 1967), which sees a rhythm that wavers. A peak counts where the power is
above both of two backgrounds by more than chance gives once in a hundred windows:

* the same cells firing independently, the sum of the powers of single cells (a sample of them). Regular cells that know nothing
  of each other put a hump into the spectrum of their population; the sum has the same hump.
* the continuum beside the peak, from the lower quartile of the power on either side, the higher of both: slow fluctuations that
  cells share are no rhythm. A quartile and not the mean, because the lines of a comb would be their own background.

The power of a stationary process, meaned over k independent segments, is gamma distributed with shape k around its density
(Percival & Walden 1993, section 6.6); half-overlapping Hann segments count as 0.95 of independent ones (Welch 1967).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from quintant.labs.spiking.analysis.spectrum import FINE_BIN_MS, LEAST_SEGMENTS, SEGMENT_MS, fine_rate
from quintant.labs.spiking.analysis.window import Array, counts_by_neuron, edges_ms

ALARMS = 0.01
"""In how many windows of chance either spectrum may show a peak at all."""
SLOWEST_HZ, FASTEST_HZ = 2.0, 500.0
LEAST_CYCLES = 3.0
"""A window with fewer cycles can't tell a rhythm from a change of the rate."""
CELLS = 64
"""So many single cells stand for all of them."""
LOCKED = 0.8
"""The power of n cells is at most n times that of independent ones: of a few cells this share of n is enough."""
REACH_HZ = 2.0
"""The power of a peak is summed so far to either side, or twice the resolution; at most a quarter of its frequency."""
DIP = 0.5
"""Two peaks are two where the power between them falls below this share of the lower one."""
REGULAR = 2.0
"""Cells whose own power is above so many times that of Poisson cells are regular."""
SIDE_LOBES, SIDE_LOBE = 8.0, 0.002
"""So far from a line, in resolutions, a Hann window puts up to -31 dB of its power (Harris 1978): that is no peak."""
MOST = 48
"""Of a perfect comb the strongest lines are kept."""


@dataclass(frozen=True)
class Peak:
    """`power`: variance of the population rate around the peak (Hz²; a rate r (1 + d cos) has r² d² / 2). `prominence`: power
    density over the background; `needed`: what it must be. `half_width_hz`: width at half of its height."""

    frequency_hz: float
    power: float
    prominence: float
    needed: float
    half_width_hz: float


@dataclass(frozen=True)
class Peaks:
    """All peaks by frequency. `least_depth`: the least modulation of the rate that this window would have shown (1 is the whole
    rate, more is none at all); `slowest_hz`: slower ones are not looked for; `tolerance_hz`: how exact a frequency is."""

    peaks: tuple[Peak, ...]
    least_depth: float
    slowest_hz: float
    tolerance_hz: float


class Density(NamedTuple):
    """One-sided power density [m] (Hz²/Hz) by frequency [m], as the mean of `segments` half-overlapping Hann segments."""

    frequency_hz: Array
    power: Array
    segments: int
    resolution_hz: float


def peaks(time_ms: Array, neuron: Array, size: int, duration_ms: float) -> Peaks:
    """Of spikes sorted by time on [0, duration), ids from 0 to size - 1."""
    rate = fine_rate(time_ms, size, duration_ms)
    bins = len(rate)
    slowest = max(SLOWEST_HZ, LEAST_CYCLES * 1000.0 / duration_ms) if duration_ms > 0 else math.inf
    tolerance = max(0.3, 500.0 / duration_ms) if duration_ms > 0 else math.inf
    if len(time_ms) < 2 or bins < 16:
        return Peaks((), math.inf, slowest, tolerance)
    rows, scale = _cells(time_ms, neuron, size, duration_ms)
    whole = density(rate[None], bins, pad=4)
    short = min(round(SEGMENT_MS / FINE_BIN_MS), 2 * bins // (LEAST_SEGMENTS + 1))
    blur = 1000.0 / (max(short, 16) * FINE_BIN_MS)
    candidates: list[Peak] = []
    for samples in (bins, short) if short >= 16 else (bins,):
        spectrum = whole if samples == bins else density(rate[None], samples, pad=4)
        alone = density(rows, samples, pad=2) if size > 1 else None
        chance = None if alone is None else np.interp(spectrum.frequency_hz, alone.frequency_hz, alone.power * scale)
        low = max(slowest, LEAST_CYCLES * spectrum.resolution_hz)
        candidates += _above_chance(spectrum, chance, 2 * float(rate.mean()) / size, size, low, whole, blur)
    needed = _needed(1.0, bins * FINE_BIN_MS)
    # the power of a line in a Hann periodogram of n spikes is n d² / 6 times that of independent spikes
    return Peaks(_distinct(candidates, whole), math.sqrt(6.0 * needed / len(time_ms)), slowest, tolerance)


def density(rows: Array, samples: int, pad: int) -> Density:
    """The sum over rows [r, n] (1 ms bins) of their densities, each in Hann segments of `samples` without their means; `pad`:
    how many times finer than the resolution the frequencies are."""
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(samples) / samples)
    width = 1 << (pad * samples - 1).bit_length()
    starts = range(0, rows.shape[1] - samples + 1, samples - samples // 2)
    power = np.zeros(width // 2 + 1)
    for start in starts:
        segment = rows[:, start : start + samples]
        tapered = (segment - segment.mean(axis=1, keepdims=True)) * taper
        power += np.sum(np.abs(np.fft.rfft(tapered, width, axis=1)) ** 2, axis=0)
    hz = 1000.0 / FINE_BIN_MS
    power *= 2.0 / (hz * np.sum(taper**2) * len(starts))
    return Density(np.fft.rfftfreq(width, 1 / hz), power, len(starts), hz / samples)


def _cells(time_ms: Array, neuron: Array, size: int, duration_ms: float) -> tuple[Array, float]:
    """Rates [cells, n] (Hz, each over `size`) of up to 64 of the cells that fire, evenly chosen, and by how much their summed
    power falls short of that of all cells: the share of their spikes."""
    if size == 1:
        return np.empty((0, 0)), 1.0
    firing = np.flatnonzero(np.bincount(neuron, minlength=size))
    chosen = firing[np.linspace(0, len(firing) - 1, min(CELLS, len(firing))).astype(int)]
    place = np.full(size, -1)
    place[chosen] = np.arange(len(chosen))
    own = place[neuron] >= 0
    counts = counts_by_neuron(time_ms[own], place[neuron[own]], len(chosen), edges_ms(duration_ms, FINE_BIN_MS))
    return counts / (size * FINE_BIN_MS / 1000.0), len(neuron) / np.count_nonzero(own)


def _needed(independent: float, segment_ms: float) -> float:
    """By how much chance exceeds its density somewhere below 500 Hz, in one window of a hundred. Twice as many frequencies are
    counted as are independent, since the grid between them is searched as well."""
    from scipy.special import gammainccinv

    frequencies = 2.0 * FASTEST_HZ * segment_ms / 1000.0
    return float(gammainccinv(independent, ALARMS / frequencies) / independent)


def _above_chance(
    spectrum: Density, chance: Array | None, poisson: float, size: int, low_hz: float, whole: Density, blur_hz: float
) -> list[Peak]:
    from scipy.signal import find_peaks, peak_widths
    from scipy.special import gammaincinv

    independent = 1.0 if spectrum.segments == 1 else 0.95 * spectrum.segments
    needed = _needed(independent, 1000.0 / spectrum.resolution_hz)
    # regular cells keep their phases from one segment to the next: the segments are one then; and n cells can't have more
    # than n times the power of independent ones
    of_regular = _needed(1.0, 1000.0 / spectrum.resolution_hz)
    quartile = float(gammaincinv(independent, 0.25) / independent)
    frequency, power = spectrum.frequency_hz, spectrum.power
    places = find_peaks(power)[0]
    places = places[(frequency[places] >= low_hz) & (frequency[places] <= FASTEST_HZ)]
    if chance is not None:
        needed_of_cells = np.minimum(np.where(chance > REGULAR * poisson, of_regular, needed), LOCKED * size)
        places = places[power[places] >= (needed_of_cells * chance)[places]]
    places = places[np.argsort(power[places])[::-1][: 2 * MOST]]
    peaks: list[Peak] = []
    lines: list[int] = []
    for at in places:
        continuum = _continuum(spectrum, int(at)) / quartile
        if not power[at] > needed * continuum:
            continue
        near = SIDE_LOBES * spectrum.resolution_hz / float(frequency[1])
        if any(abs(at - peak) <= near and power[at] < SIDE_LOBE * power[peak] for peak in lines):
            continue
        lines.append(int(at))
        background = continuum if chance is None else max(continuum, float(chance[at]))
        peak = _measured(whole, float(frequency[at]), blur_hz, background)
        width = float(peak_widths(power, [at], rel_height=0.5)[0][0]) * float(frequency[1])
        peaks.append(
            replace(
                peak,
                prominence=float(power[at]) / background if background > 0 else math.inf,
                needed=needed,
                half_width_hz=width,
            )
        )
    return peaks


def _continuum(spectrum: Density, at: int) -> float:
    """The higher of the lower quartiles of the power on both sides: from a third of the frequency, and up to thrice of it."""
    step = float(spectrum.frequency_hz[1])
    gap = round(1.5 * spectrum.resolution_hz / step)
    sides = spectrum.power[at // 3 : at - gap], spectrum.power[at + gap : 3 * at]
    # 500 values tell a quartile as well as all do
    return max((float(np.quantile(side[:: 1 + len(side) // 500], 0.25)) for side in sides if len(side) >= gap), default=0.0)


def _measured(whole: Density, near_hz: float, blur_hz: float, background: float) -> Peak:
    """The centre of mass of the whole window's power within the resolution of the short segments, which takes all speckles of a
    rhythm that wavers to one frequency, and its variance."""
    frequency, step = whole.frequency_hz, float(whole.frequency_hz[1])
    excess = np.maximum(whole.power - background, 0.0)
    around = np.abs(frequency - near_hz) <= max(min(blur_hz, near_hz / 4), whole.resolution_hz)
    mass = float(np.sum(excess[around]))
    centre = float(np.sum(frequency[around] * excess[around]) / mass) if mass > 0 else near_hz
    reach = np.abs(frequency - centre) <= _reach(centre, whole.resolution_hz)
    return Peak(centre, float(np.sum(excess[reach])) * step, 0.0, 0.0, 0.0)


def _reach(frequency_hz: float, resolution_hz: float) -> float:
    return min(max(REACH_HZ, 2 * resolution_hz), max(frequency_hz / 4, resolution_hz))


def _distinct(candidates: list[Peak], whole: Density) -> tuple[Peak, ...]:
    """The candidates without those that are the same hump as a stronger one, by frequency."""
    total = np.concatenate([[0.0], np.cumsum(whole.power)])
    kept: list[Peak] = []
    for peak in sorted(candidates, key=lambda peak: -peak.power):
        if all(_apart(peak, other, whole, total) for other in kept):
            kept.append(peak)
    return tuple(sorted(kept[:MOST], key=lambda peak: peak.frequency_hz))


def _apart(peak: Peak, other: Peak, whole: Density, total: Array) -> bool:
    """Whether there is a valley between two peaks; what a hump of speckles has between two of them stays high once smoothed."""
    low, high = sorted((peak.frequency_hz, other.frequency_hz))
    reach = _reach(low, whole.resolution_hz)
    if high - low <= reach or high > 1.5 * low:
        return high - low > reach
    step = float(whole.frequency_hz[1])
    half = max(1, round(reach / step / 2))
    at = np.arange(round(low / step), round(high / step) + 1)
    course = total[np.minimum(at + half, len(whole.power))] - total[np.maximum(at - half, 0)]
    return bool(course.min() < DIP * min(course[0], course[-1]))
