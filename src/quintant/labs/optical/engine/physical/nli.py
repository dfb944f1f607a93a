"""The nli check: amplifier noise and non-linear interference, link by link, added incoherently.

Power spectral densities per polarisation, G = P / B. Non-linear interference of one span (closed form of the Gaussian-noise
model for rectangular channels; Johannisson & Agrell, doi 10.1109/JLT.2014.2361357, as FUSION has it):

    mu G (G^2 asinh(rho B^2) + sum_k G_k^2 ln |(d_k + B_k / 2) / (d_k - B_k / 2)|)
    mu = 3 gamma^2 / (2 pi alpha |beta2|),   rho = pi^2 |beta2| / (2 alpha)

with alpha the power attenuation and d_k the distance between centres. Amplifier noise of one span: h f n_sp (e^(alpha L) - 1).
A link of km kilometres has km / 100 spans, not rounded. The EGN correction takes

    (80 / 81) Phi gamma^2 Leff^2 G^3 (B / spacing) H_n / (pi |beta2| L)

off the interference of a span (Poggiolini et al., doi 10.1109/JLT.2014.2387891), where H_n is the harmonic number of half
the neighbours on the link and the spacing is the lightpath's own width.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from quintant.labs.optical.engine.outcome import Reason
from quintant.labs.optical.engine.physical.channels import Channels, Signal
from quintant.labs.optical.engine.physical.crosstalk import Crosstalk
from quintant.labs.optical.engine.physical.fibre import (
    ASE_FREQUENCY_HZ,
    ATTENUATION_PER_M,
    DISPERSION_S2_PER_M,
    NONLINEARITY_PER_W_M,
    PLANCK_JS,
    SPAN_KM,
    SPONTANEOUS_EMISSION,
)
from quintant.labs.optical.engine.physical.quality import decibel

SPAN_M = SPAN_KM * 1e3
MU = 3 * NONLINEARITY_PER_W_M**2 / (2 * math.pi * ATTENUATION_PER_M * abs(DISPERSION_S2_PER_M))
RHO = math.pi**2 * abs(DISPERSION_S2_PER_M) / (2 * ATTENUATION_PER_M)
ASE_PSD_W_PER_HZ = PLANCK_JS * ASE_FREQUENCY_HZ * SPONTANEOUS_EMISSION * math.expm1(ATTENUATION_PER_M * SPAN_M)
EFFECTIVE_M = -math.expm1(-ATTENUATION_PER_M * SPAN_M) / ATTENUATION_PER_M


def interference_psd(
    power_w: float, centre_hz: float, bandwidth_hz: float, centres_hz: np.ndarray, bandwidths_hz: np.ndarray
) -> float:
    """Non-linear interference of one span on a channel beside others of the same power, in W/Hz."""
    psd = power_w / bandwidth_hz
    own = psd**2 * math.asinh(RHO * bandwidth_hz**2)
    apart = np.abs(centres_hz - centre_hz)
    cross = (power_w / bandwidths_hz) ** 2 * np.log(np.abs((apart + bandwidths_hz / 2) / (apart - bandwidths_hz / 2)))
    return MU * psd * (own + float(cross.sum()))


def egn_correction_psd(power_w: float, bandwidth_hz: float, spacing_hz: float, phi: float, others: int) -> float:
    """What the EGN model takes off the interference of one span, in W/Hz; `others`: channels beside this one."""
    harmonic = sum(1 / step for step in range(1, math.ceil(others / 2) + 1))
    psd = power_w / bandwidth_hz
    scale = NONLINEARITY_PER_W_M**2 * EFFECTIVE_M**2 * psd**3 * (bandwidth_hz / spacing_hz)
    return (80 / 81) * phi * scale * harmonic / (math.pi * abs(DISPERSION_S2_PER_M) * SPAN_M)


class Nli:
    """Accept a lightpath whose signal-to-noise ratio is above the threshold, whatever its format."""

    reason = Reason.SNR_FAIL
    capacity_gbps = None

    def __init__(
        self,
        channels: Channels,
        lengths_km: Sequence[float],
        power_w: float,
        threshold_db: float,
        *,
        egn: bool,
        slot_width_hz: float,
        guard: int,
        crosstalk: Crosstalk | None,
    ) -> None:
        self._channels, self._km, self._power_w, self._threshold_db = channels, lengths_km, power_w, threshold_db
        self._egn, self._guard_hz, self._crosstalk = egn, guard * slot_width_hz, crosstalk

    def db(self, signal: Signal) -> float:
        psd = self._power_w / signal.bandwidth_hz
        noise_to_signal = 0.0
        for link in signal.links:
            centres_hz, bandwidths_hz, _ = self._channels.others(signal, link)
            nli = interference_psd(self._power_w, signal.centre_hz, signal.bandwidth_hz, centres_hz, bandwidths_hz)
            if self._egn:
                spacing_hz = signal.bandwidth_hz + self._guard_hz
                nli -= egn_correction_psd(self._power_w, signal.bandwidth_hz, spacing_hz, signal.phi, len(centres_hz))
            spans = self._km[link] / SPAN_KM
            noise_to_signal += (nli + ASE_PSD_W_PER_HZ) / psd * spans
        if self._crosstalk is not None:
            noise_to_signal += self._crosstalk.ratio(signal)
        return decibel(1 / noise_to_signal)

    def accepts(self, format: str, db: float) -> bool:
        return db > self._threshold_db
