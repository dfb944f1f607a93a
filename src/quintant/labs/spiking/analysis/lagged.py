"""Lagged coherence: how well the phase of one window foretells that of the next (Fransen et al. 2015)."""

from __future__ import annotations

import numpy as np

from quintant.labs.spiking.analysis.window import BIN_MS, Array

FREQUENCY_HZ = 5.0
WINDOW_MS = 600.0


def lagged_coherence(rate_hz: Array) -> float | None:
    """Of a rate [n] in 5 ms bins at 5 Hz, on mean-removed Hann-tapered windows of 600 ms, one after the other.

    None when fewer than two whole windows fit: the run must last 1.2 s beyond its burn-in.
    """
    width = round(WINDOW_MS / BIN_MS)
    count = len(rate_hz) // width
    if count < 2:
        return None
    windows = rate_hz[: count * width].reshape(count, width)
    windows = (windows - windows.mean(axis=1, keepdims=True)) * np.hanning(width)
    time_s = (np.arange(width) + 0.5) * BIN_MS / 1000.0
    c = windows @ np.exp(-2j * np.pi * FREQUENCY_HZ * time_s)
    here, there = c[:-1], c[1:]
    scale = np.sqrt(np.mean(np.abs(here) ** 2) * np.mean(np.abs(there) ** 2))
    return float(np.clip(np.abs(np.mean(here * np.conj(there))) / scale, 0.0, 1.0)) if scale > 0 else 0.0
