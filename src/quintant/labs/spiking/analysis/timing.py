"""By how much the inhibitory population follows the excitatory one: PING has I after E, ING does not."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from quintant.labs.spiking.analysis.window import Array, counts, edges_ms

LAG_BIN_MS = 0.1
SMOOTHING_MS = 1.0
LONGEST_LAG_MS = 50.0


@dataclass(frozen=True)
class Timing:
    """Correlation (-1…1) of the smoothed rates by lag, positive where I comes later. `follows_ms`: its largest value's lag."""

    lag_ms: Array
    correlation: Array
    follows_ms: float | None


def timing(e_ms: Array, i_ms: Array, duration_ms: float, longest_ms: float = LONGEST_LAG_MS) -> Timing:
    """Cross-correlate the spikes of both populations in 0.1 ms bins, smoothed by a Gaussian of 1 ms.

    Empty, with None, when either population is silent or does not vary.
    """
    n = max(1, math.ceil(duration_ms / LAG_BIN_MS))
    longest = min(round(longest_ms / LAG_BIN_MS), n - 1)
    if not len(e_ms) or not len(i_ms) or longest < 1:
        return Timing(np.empty(0), np.empty(0), None)
    edges = edges_ms(duration_ms, LAG_BIN_MS)
    width = 1 << (n + longest).bit_length()
    cycles = np.fft.rfftfreq(width)
    kernel = np.exp(-2 * (np.pi * cycles * SMOOTHING_MS / LAG_BIN_MS) ** 2)
    e, i = (counts(times, edges) for times in (e_ms, i_ms))
    e, i = (np.fft.rfft(x - x.mean(), width) * kernel for x in (e, i))
    norm = np.sqrt(np.fft.irfft(np.abs(e) ** 2, width)[0] * np.fft.irfft(np.abs(i) ** 2, width)[0])
    if not norm > 0:
        return Timing(np.empty(0), np.empty(0), None)
    whole = np.fft.irfft(np.conj(e) * i, width) / norm
    value = np.concatenate([whole[-longest:], whole[: longest + 1]])
    lag_ms = np.arange(-longest, longest + 1) * LAG_BIN_MS
    return Timing(lag_ms, value, float(lag_ms[int(np.argmax(value))]))
