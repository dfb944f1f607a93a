"""The gsnr check on one band: generalised signal-to-noise ratio with modulation-dependent interference.

A link of km kilometres is ceil(km / 100) spans of 100 km. Per span, for launch power P and bandwidth B:

    P_ASE = 2 n_sp h f B (e^(alpha L) - 1)
    P_NLI = (P / B)^3 8 / (27 pi |beta2|) gamma^2 Leff B (s_own + sum_k s_k),   Leff = (1 - e^(-2 alpha L)) / (2 alpha)
    s_own = asinh(pi^2 |beta2| B^2 / (4 alpha))
    s_k   = asinh(r B (df + B_k / 2)) - asinh(r B (df - B_k / 2)) - Phi_k (B_k / df) (5 / 3) (Leff / L)
    r     = pi^2 |beta2| / (2 alpha)

and GSNR = P / sum over spans and links of (P_ASE + P_NLI). The form is the Gaussian-noise model's (Poggiolini, doi
10.1109/JLT.2012.2217729) with a term for the format of each neighbour (doi 10.1109/JLT.2014.2387891). It reads alpha as
the *field* attenuation in the interference and as the power attenuation in the amplifier noise: FUSION's convention, on
which its numbers depend.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from quintant.labs.optical.engine.outcome import Reason
from quintant.labs.optical.engine.physical.channels import Channels, Signal
from quintant.labs.optical.engine.physical.fibre import (
    ATTENUATION_PER_M,
    DISPERSION_S2_PER_M,
    NONLINEARITY_PER_W_M,
    PLANCK_JS,
    SPAN_KM,
    SPONTANEOUS_EMISSION_BY_BAND,
    SPONTANEOUS_EMISSION_ELSEWHERE,
)
from quintant.labs.optical.engine.physical.quality import decibel

THRESHOLD_DB: Mapping[str, float] = {
    "BPSK": 3.71,
    "QPSK": 6.72,
    "8-QAM": 10.84,
    "16-QAM": 13.24,
    "32-QAM": 16.16,
    "64-QAM": 19.01,
}
"""Lowest GSNR of each format; FUSION's."""
CAPACITY_GBPS: Mapping[str, int] = {
    "BPSK": 200,
    "QPSK": 400,
    "8-QAM": 500,
    "16-QAM": 600,
    "32-QAM": 700,
    "64-QAM": 800,
}
"""What one slot of a fixed grid carries in each format; FUSION's."""

SPAN_M = SPAN_KM * 1e3
EFFECTIVE_M = -math.expm1(-2 * ATTENUATION_PER_M * SPAN_M) / (2 * ATTENUATION_PER_M)
BETA2 = abs(DISPERSION_S2_PER_M)


def ase_w(band: str, centre_hz: float, bandwidth_hz: float) -> float:
    """Amplified spontaneous emission of the amplifier after one span, in W."""
    emission = SPONTANEOUS_EMISSION_BY_BAND.get(band, SPONTANEOUS_EMISSION_ELSEWHERE)
    return 2 * emission * PLANCK_JS * centre_hz * bandwidth_hz * math.expm1(ATTENUATION_PER_M * SPAN_M)


def interference_w(
    power_w: float,
    centre_hz: float,
    bandwidth_hz: float,
    centres_hz: np.ndarray,
    bandwidths_hz: np.ndarray,
    phis: np.ndarray,
) -> float:
    """Non-linear interference of one span on a channel beside others, in W."""
    total = math.asinh(math.pi**2 * BETA2 * bandwidth_hz**2 / (4 * ATTENUATION_PER_M))
    if len(centres_hz):
        reach = math.pi**2 * BETA2 / (2 * ATTENUATION_PER_M) * bandwidth_hz
        apart = np.abs(centres_hz - centre_hz)
        others = np.arcsinh(reach * (apart + bandwidths_hz / 2)) - np.arcsinh(reach * (apart - bandwidths_hz / 2))
        others -= phis * (bandwidths_hz / apart) * (5 / 3) * (EFFECTIVE_M / SPAN_M)
        total += float(others.sum())
    scale = (power_w / bandwidth_hz) ** 3 * 8 / (27 * math.pi * BETA2) * NONLINEARITY_PER_W_M**2
    return scale * EFFECTIVE_M * bandwidth_hz * total


class Gsnr:
    """Accept a lightpath whose GSNR reaches the threshold of its format."""

    reason = Reason.SNR_FAIL
    capacity_gbps = CAPACITY_GBPS

    def __init__(self, channels: Channels, lengths_km: Sequence[float], power_w: float, bands: Sequence[str]) -> None:
        self._channels, self._power_w, self._bands = channels, power_w, bands
        self._spans = tuple(math.ceil(km / SPAN_KM) for km in lengths_km)

    def db(self, signal: Signal) -> float:
        ase = ase_w(self._bands[signal.lane.band], signal.centre_hz, signal.bandwidth_hz)
        noise_w = 0.0
        for link in signal.links:
            others = self._channels.others(signal, link)
            nli = interference_w(self._power_w, signal.centre_hz, signal.bandwidth_hz, *others)
            noise_w += self._spans[link] * (ase + nli)
        return decibel(self._power_w / noise_w)

    def accepts(self, format: str, db: float) -> bool:
        return db >= THRESHOLD_DB[format]
