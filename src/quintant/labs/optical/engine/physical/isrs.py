"""The gsnr check on several bands: the closed-form Gaussian-noise model with inter-channel stimulated Raman scattering.

Self- and cross-phase modulation per span (Semrau et al., doi 10.1049/cp.2019.0892, eq. 3; derived in doi
10.1109/JLT.2019.2895237), frequencies relative to the middle of the configured bands, A = alpha + abar, abar = alpha:

    eta_SPM = 4/9 gamma^2 / B^2 pi / (phi abar (2 alpha + abar))
              [ (T - alpha^2) / alpha asinh(phi B^2 / (pi alpha)) + (A^2 - T) / A asinh(phi B^2 / (pi A)) ]
    eta_XPM = 32/27 sum_k gamma^2 / (B_k phi_k abar (2 alpha + abar))
              [ (T_k - alpha^2) / alpha atan(phi_k B / alpha) + (A^2 - T_k) / A atan(phi_k B / A) ]
    phi = 3/2 pi^2 (beta2 + 2 pi beta3 f),   phi_k = 2 pi^2 (f_k - f) (beta2 + pi beta3 (f + f_k))
    T = (A - P_tot C_r f)^2,  T_k = (A - P_tot C_r f_k)^2

P_NLI = P^3 (n^(1 + epsilon) eta_SPM + n eta_XPM) over the n spans of a link, with P_tot = (channels + 1) P. Each
amplifier restores what the span took from its channel, Raman transfer included (doi 10.1364/JOCN.515081, eq. 5), so
that

    P_ASE = 2 n_sp h f B (1 / rho - 1),   rho = e^(-alpha L) P_tot e^(-P_tot C_r Leff f) / sum_k P e^(-P_tot C_r Leff f_k)
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from quintant.labs.optical.engine.outcome import Reason
from quintant.labs.optical.engine.physical.channels import Channels, Signal
from quintant.labs.optical.engine.physical.fibre import (
    ATTENUATION_PER_M,
    GVD_S2_PER_M,
    GVD_SLOPE_S3_PER_M,
    NONLINEARITY_PER_W_M,
    PLANCK_JS,
    RAMAN_SLOPE_PER_W_M_HZ,
    SPAN_KM,
    SPONTANEOUS_EMISSION_BY_BAND,
    SPONTANEOUS_EMISSION_ELSEWHERE,
)
from quintant.labs.optical.engine.physical.gsnr import CAPACITY_GBPS, THRESHOLD_DB
from quintant.labs.optical.engine.physical.quality import decibel

SPAN_M = SPAN_KM * 1e3
COHERENCE = 1e-4
"""Epsilon: how fast self-interference of successive spans adds up beyond incoherence; FUSION's."""
EFFECTIVE_M = -math.expm1(-ATTENUATION_PER_M * SPAN_M) / ATTENUATION_PER_M
BOTH = 2 * ATTENUATION_PER_M
"""A: the fibre's attenuation plus that of the Raman interaction, taken equal."""


def self_interference(f_hz: float, bandwidth_hz: float, total_power_w: float) -> float:
    """eta_SPM of one span, in 1/W^2."""
    alpha = ATTENUATION_PER_M
    phi = 1.5 * math.pi**2 * (GVD_S2_PER_M + 2 * math.pi * GVD_SLOPE_S3_PER_M * f_hz)
    tilt = (BOTH - total_power_w * RAMAN_SLOPE_PER_W_M_HZ * f_hz) ** 2
    inner = (tilt - alpha**2) / alpha * math.asinh(phi * bandwidth_hz**2 / (math.pi * alpha))
    inner += (BOTH**2 - tilt) / BOTH * math.asinh(phi * bandwidth_hz**2 / (math.pi * BOTH))
    scale = 4 / 9 * NONLINEARITY_PER_W_M**2 / bandwidth_hz**2
    return scale * math.pi / (phi * alpha * (2 * alpha + alpha)) * inner


def cross_interference(
    f_hz: float, bandwidth_hz: float, fs_hz: np.ndarray, bandwidths_hz: np.ndarray, total_power_w: float
) -> float:
    """eta_XPM of one span for channels of equal power, in 1/W^2."""
    if not len(fs_hz):
        return 0.0
    alpha = ATTENUATION_PER_M
    dispersion = GVD_S2_PER_M + math.pi * GVD_SLOPE_S3_PER_M * (f_hz + fs_hz)
    phi = 2 * math.pi**2 * (fs_hz - f_hz) * dispersion
    tilt = (BOTH - total_power_w * RAMAN_SLOPE_PER_W_M_HZ * fs_hz) ** 2
    inner = (tilt - alpha**2) / alpha * np.arctan(phi * bandwidth_hz / alpha)
    inner += (BOTH**2 - tilt) / BOTH * np.arctan(phi * bandwidth_hz / BOTH)
    terms = NONLINEARITY_PER_W_M**2 / (bandwidths_hz * phi * alpha * (2 * alpha + alpha)) * inner
    return 32 / 27 * float(terms.sum())


def span_gain(f_hz: float, fs_hz: np.ndarray, power_w: float) -> float:
    """1 / rho: what the amplifier has to give back to a channel at `f_hz` beside the channels at `fs_hz`."""
    total_power_w = power_w * (len(fs_hz) + 1)
    tilt = total_power_w * RAMAN_SLOPE_PER_W_M_HZ * EFFECTIVE_M
    weights = math.exp(-tilt * f_hz) + float(np.exp(-tilt * fs_hz).sum())
    rho = math.exp(-ATTENUATION_PER_M * SPAN_M) * (len(fs_hz) + 1) * math.exp(-tilt * f_hz) / weights
    return 1 / rho


class IsrsGsnr:
    """Accept a lightpath whose GSNR reaches the threshold of its format. `middle_hz`: where relative frequencies are 0."""

    reason = Reason.SNR_FAIL
    capacity_gbps = CAPACITY_GBPS

    def __init__(
        self, channels: Channels, lengths_km: Sequence[float], power_w: float, bands: Sequence[str], middle_hz: float
    ) -> None:
        self._channels, self._power_w, self._bands, self._middle_hz = channels, power_w, bands, middle_hz
        self._spans = tuple(math.ceil(km / SPAN_KM) for km in lengths_km)

    def db(self, signal: Signal) -> float:
        band = self._bands[signal.lane.band]
        emission = SPONTANEOUS_EMISSION_BY_BAND.get(band, SPONTANEOUS_EMISSION_ELSEWHERE)
        f_hz, power_w = signal.centre_hz - self._middle_hz, self._power_w
        noise_w = 0.0
        for link in signal.links:
            centres_hz, bandwidths_hz, _ = self._channels.others(signal, link)
            fs_hz = centres_hz - self._middle_hz
            total_w = power_w * (len(fs_hz) + 1)
            spans = self._spans[link]
            spm = self_interference(f_hz, signal.bandwidth_hz, total_w) * spans ** (1 + COHERENCE)
            xpm = cross_interference(f_hz, signal.bandwidth_hz, fs_hz, bandwidths_hz, total_w) * spans
            gain = span_gain(f_hz, fs_hz, power_w)
            ase = 2 * emission * PLANCK_JS * signal.centre_hz * signal.bandwidth_hz * (gain - 1)
            noise_w += power_w**3 * (spm + xpm) + spans * ase
        return decibel(power_w / noise_w)

    def accepts(self, format: str, db: float) -> bool:
        return db >= THRESHOLD_DB[format]
