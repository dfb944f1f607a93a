"""Autocorrelation of the population rate, mean cross-correlation and coherence of pairs of neurons.

The arithmetic is Pinglab's, on 5 ms bins of the window after burn-in: compatible numbers, blind to gamma (a bin of 5 ms
ends at 100 Hz, the smoothing leaves 4 % at 40 Hz). For gamma use `spectrum.rhythm` and `timing`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quintant.labs.spiking.analysis.window import BIN_MS, Array, counts_by_neuron, edges_ms

SMOOTHING_MS = 10.0
LONGEST_LAG_MS = 400.0
PEAK_LAGS_MS = (20.0, 150.0)
PEAK_HEIGHT, PEAK_PROMINENCE = 0.1, 0.02


@dataclass(frozen=True)
class Curve:
    """A correlation by lag. `lag_ms` [m] and `value` [m] are empty when there is nothing to correlate; `peak` is then 0."""

    lag_ms: Array
    value: Array
    peak: float
    peak_lag_ms: float | None


EMPTY = Curve(np.empty(0), np.empty(0), 0.0, None)


@dataclass(frozen=True)
class Correlations:
    autocorrelation: Curve
    cross_correlation: Curve
    coherence: Curve


def correlations(time_ms: Array, neuron: Array, size: int, duration_ms: float) -> Correlations:
    """All three of one population: its spikes with times and ids from 0 (`Window.select`)."""
    if size == 0:
        return Correlations(EMPTY, EMPTY, EMPTY)
    by_neuron = counts_by_neuron(time_ms, neuron, size, edges_ms(duration_ms))
    rate_hz = by_neuron.sum(axis=0) / (size * BIN_MS / 1000.0)
    return Correlations(autocorrelation(rate_hz), cross_correlation(by_neuron), coherence(by_neuron))


def autocorrelation(rate_hz: Array) -> Curve:
    """Of the smoothed rate [n]; zeros when it does not vary."""
    smooth = smoothed(rate_hz)
    x = smooth - smooth.mean()
    variance = float(np.mean(x * x))
    lags = _lags(len(x))
    value = np.zeros(len(lags))
    if variance > 0:
        value = _autocorrelation(x[None, :], len(lags) // 2) / _overlap(len(x), lags) / variance
    return _with_peak(lags, value)


def cross_correlation(by_neuron: Array) -> Curve:
    """Mean over all pairs of different neurons of their counts [size, n], normalised by the mean product of their SDs."""
    return _with_peak(*_pairs(by_neuron)) if len(by_neuron) > 1 else EMPTY


def coherence(by_neuron: Array) -> Curve:
    """The same with every neuron smoothed, taken positive and clipped to 1; its peak is the largest value at any lag."""
    if len(by_neuron) <= 1:
        return EMPTY
    lags, value = _pairs(smoothed(by_neuron))
    value = np.clip(np.abs(value), 0.0, 1.0)
    best = int(np.argmax(value))
    return Curve(lags * BIN_MS, value, float(value[best]), float(lags[best] * BIN_MS))


def smoothed(rows: Array) -> Array:
    """Each row [..., n] convolved with a Gaussian of 10 ms (±4 sigma, sum 1), zeros beyond the ends."""
    half = round(4 * SMOOTHING_MS / BIN_MS)
    offset_ms = np.arange(-half, half + 1) * BIN_MS
    kernel = np.exp(-0.5 * (offset_ms / SMOOTHING_MS) ** 2)
    kernel /= kernel.sum()
    n = rows.shape[-1]
    padded = np.zeros((*rows.shape[:-1], n + 2 * half))
    padded[..., half : half + n] = rows
    smoothed = np.zeros(rows.shape)
    for shift, weight in enumerate(kernel):
        smoothed += weight * padded[..., shift : shift + n]
    return smoothed


def first_peak(lag_ms: Array, value: Array) -> tuple[float, float | None]:
    """(value, lag) of the first peak between 20 and 150 ms of height ≥ 0.1 and prominence ≥ 0.02, else of the maximum there."""
    from scipy.signal import find_peaks

    inside = np.flatnonzero((lag_ms >= PEAK_LAGS_MS[0]) & (lag_ms <= PEAK_LAGS_MS[1]))
    if not len(inside):
        return 0.0, None
    maxima = find_peaks(value[inside], height=PEAK_HEIGHT, prominence=PEAK_PROMINENCE)[0]
    best = inside[maxima[0]] if len(maxima) else inside[int(np.argmax(value[inside]))]
    return float(value[best]), float(lag_ms[best])


def _pairs(rows: Array) -> tuple[Array, Array]:
    """(lags in bins, mean pair correlation) from rows [size, n]; rows that do not vary have no correlation and are left out."""
    size, n = rows.shape
    x = rows - rows.mean(axis=1, keepdims=True)
    sd = np.sqrt(np.mean(x * x, axis=1))
    x, sd = x[sd > 0], sd[sd > 0]
    lags = _lags(n)
    pairs = size * (size - 1)
    together = _autocorrelation(x.sum(axis=0)[None, :], len(lags) // 2)
    alone = _autocorrelation(x, len(lags) // 2)
    value = (together - alone) / pairs / _overlap(n, lags)
    scale = (sd.sum() ** 2 - np.sum(sd**2)) / pairs
    return lags, value / scale if scale > 0 else value


def _autocorrelation(rows: Array, longest: int) -> Array:
    """Sum over t of x[t] x[t+l] for l = -longest … longest, summed over the rows x [k, n]: one way back from the sum of their
    power spectra."""
    n = rows.shape[1]
    width = 1 << (n + longest).bit_length()
    transform = np.fft.rfft(rows, width, axis=1)
    power = np.sum(transform.real**2 + transform.imag**2, axis=0)
    half = np.fft.irfft(power, width)[: longest + 1]
    return np.concatenate([half[:0:-1], half])


def _lags(n: int) -> Array:
    longest = min(round(LONGEST_LAG_MS / BIN_MS), n - 1)
    return np.arange(-longest, longest + 1)


def _overlap(n: int, lags: Array) -> Array:
    return n - np.abs(lags)


def _with_peak(lags: Array, value: Array) -> Curve:
    lag_ms = lags * BIN_MS
    return Curve(lag_ms, value, *first_peak(lag_ms, value))
