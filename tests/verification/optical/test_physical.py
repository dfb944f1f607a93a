"""The physical layer against the Gaussian-noise integral whose closed form it is, and against values worked out by hand.

The integral of one span (Poggiolini, doi 10.1109/JLT.2012.2217729) at the centre of a channel is c gamma^2 G^3 times the
double integral over f1, f2 of |H(f1 f2)|^2, where H is the integral along the span of the power profile times
exp(j 4 pi^2 beta2 f1 f2 z). c = 16/27 for the density of both polarisations together (gsnr, isrs), 3 for that of one and
without the factor 8/9 of the Manakov equation (nli).
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from quintant.labs.optical.engine.physical import fibre, gsnr, isrs, nli
from quintant.labs.optical.engine.physical.crosstalk import link_crosstalk

POWER_W = 1e-3
SPAN_M = 100e3
NONE = np.empty(0)


def efficiency(product_hz2: np.ndarray, alpha: float, beta2: float) -> np.ndarray:
    """|H|^2 of a span whose power falls as exp(-alpha z), by the elementary integral over z."""
    phase = 4 * math.pi**2 * beta2 * product_hz2
    return np.abs((1 - np.exp((-alpha + 1j * phase) * SPAN_M)) / (alpha - 1j * phase)) ** 2


def island(low1: float, high1: float, low2: float, high2: float, integrand, points: int = 200) -> float:
    """Double integral over a rectangle by Gauss-Legendre nodes; along an axis that crosses 0, where the integrand peaks,
    the nodes are spaced logarithmically towards 0 on both sides. 200 nodes are good to 1e-3."""

    def nodes(low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
        x, w = np.polynomial.legendre.leggauss(points)
        if low < 0 < high:
            depth = 30.0
            u, wu = (x + 1) * depth / 2, w * depth / 2
            up, down = high * np.exp(-u), low * np.exp(-u)
            return np.concatenate([up, down]), np.concatenate([up * wu, -down * wu])
        return (x + 1) * (high - low) / 2 + low, w * (high - low) / 2

    f1, w1 = nodes(low1, high1)
    f2, w2 = nodes(low2, high2)
    return float(w1 @ integrand(f1[:, None], f2[None, :]) @ w2)


def self_integral(bandwidth_hz: float, alpha: float, beta2: float) -> float:
    """Over the square |f1|, |f2| <= B/2, which the closed forms take in place of the hexagon of the exact domain."""
    half = bandwidth_hz / 2
    return island(-half, half, -half, half, lambda a, b: efficiency(a * b, alpha, beta2))


def cross_integral(bandwidth_hz: float, apart_hz: float, other_hz: float, alpha: float, beta2: float) -> float:
    """f1 in the channel, f2 in the other one, and the other way round."""
    half = bandwidth_hz / 2
    return 2 * island(
        -half, half, apart_hz - other_hz / 2, apart_hz + other_hz / 2, lambda a, b: efficiency(a * b, alpha, beta2)
    )


def cross_density(apart_hz: float, bandwidth_hz: float, alpha: float, beta2: float) -> float:
    """gamma^2 G^3 times the integral for a neighbour of the same width."""
    scale = fibre.NONLINEARITY_PER_W_M**2 * (POWER_W / bandwidth_hz) ** 3
    return scale * cross_integral(bandwidth_hz, apart_hz, bandwidth_hz, alpha, beta2)


@pytest.mark.parametrize(("bandwidth_ghz", "tolerance"), [(37.5, 0.09), (50.0, 0.05), (100.0, 0.02)])
def test_self_interference_is_the_integral(bandwidth_ghz, tolerance):
    """The closed forms replace the integral by asinh, an approximation that is better the wider the channel."""
    b = bandwidth_ghz * 1e9
    scale = fibre.NONLINEARITY_PER_W_M**2 * (POWER_W / b) ** 3
    exact = 3 * scale * self_integral(b, fibre.ATTENUATION_PER_M, fibre.DISPERSION_S2_PER_M)
    assert nli.interference_psd(POWER_W, 0.0, b, NONE, NONE) == pytest.approx(exact, rel=tolerance)

    exact = 16 / 27 * scale * b * self_integral(b, 2 * fibre.ATTENUATION_PER_M, fibre.DISPERSION_S2_PER_M)
    assert gsnr.interference_w(POWER_W, 0.0, b, NONE, NONE, NONE) == pytest.approx(exact, rel=tolerance)

    exact = 16 / 27 * scale * b * self_integral(b, fibre.ATTENUATION_PER_M, fibre.GVD_S2_PER_M)
    assert POWER_W**3 * isrs.self_interference(0.0, b, 0.0) == pytest.approx(exact, rel=tolerance)


@pytest.mark.parametrize(("apart_ghz", "tolerance"), [(62.5, 0.06), (100.0, 0.03), (400.0, 0.01), (2000.0, 0.002)])
def test_cross_interference_is_the_integral(apart_ghz, tolerance):
    """The closed forms let f1 run to infinity (nli), or take the neighbour as one frequency (isrs): both matter less the
    further it is. gsnr is compared with Phi = 0, that is, without its correction for the neighbour's format."""
    b, d = 50e9, apart_ghz * 1e9
    there, width = np.array([d]), np.array([b])
    ours = nli.interference_psd(POWER_W, 0.0, b, there, width) - nli.interference_psd(POWER_W, 0.0, b, NONE, NONE)
    exact = 3 * cross_density(d, b, fibre.ATTENUATION_PER_M, fibre.DISPERSION_S2_PER_M)
    assert ours == pytest.approx(exact, rel=tolerance)

    ours = gsnr.interference_w(POWER_W, 0.0, b, there, width, np.zeros(1)) - gsnr.interference_w(
        POWER_W, 0.0, b, NONE, NONE, NONE
    )
    exact = 16 / 27 * b * cross_density(d, b, 2 * fibre.ATTENUATION_PER_M, fibre.DISPERSION_S2_PER_M)
    assert ours == pytest.approx(exact, rel=tolerance)

    ours = POWER_W**3 * isrs.cross_interference(0.0, b, there, width, 0.0)
    dispersion = fibre.GVD_S2_PER_M + math.pi * fibre.GVD_SLOPE_S3_PER_M * d
    exact = 16 / 27 * b * cross_density(d, b, fibre.ATTENUATION_PER_M, dispersion)
    assert ours == pytest.approx(exact, rel=tolerance)


@pytest.mark.parametrize("f_thz", [-4.0, -1.0, 2.5, 4.0])
def test_raman_scattering_tilts_the_interference(f_thz):
    """The power of channel k falls as e^(-az) (1 - x (1 - e^(-az))), x = P_tot C_r f_k / a, to first order in the Raman
    transfer (doi 10.1109/JLT.2019.2895237, eq. 8). The integral over that profile is the closed form within 1 %."""
    b, f_k, apart, total_w = 50e9, f_thz * 1e12, 0.5e12, 0.1
    alpha = fibre.ATTENUATION_PER_M
    f_i = f_k - apart
    x = total_w * fibre.RAMAN_SLOPE_PER_W_M_HZ * f_k / alpha
    beta2 = fibre.GVD_S2_PER_M + math.pi * fibre.GVD_SLOPE_S3_PER_M * (f_i + f_k)

    def h(a: float, product: np.ndarray) -> np.ndarray:
        phase = 4 * math.pi**2 * beta2 * product
        return (1 - np.exp((-a + 1j * phase) * SPAN_M)) / (a - 1j * phase)

    def profile(f1: np.ndarray, f2: np.ndarray) -> np.ndarray:
        return np.abs((1 - x) * h(alpha, f1 * f2) + x * h(2 * alpha, f1 * f2)) ** 2

    integral = 2 * island(-b / 2, b / 2, apart - b / 2, apart + b / 2, profile)
    exact = 16 / 27 * fibre.NONLINEARITY_PER_W_M**2 * (POWER_W / b) ** 3 * b * integral
    ours = POWER_W**3 * isrs.cross_interference(f_i, b, np.array([f_k]), np.array([b]), total_w)
    flat = POWER_W**3 * isrs.cross_interference(f_i, b, np.array([f_k]), np.array([b]), 0.0)
    assert ours == pytest.approx(exact, rel=0.01)
    assert (ours > flat) == (f_k < 0), "power flows to the lower frequencies"


def test_raman_scattering_only_moves_power():
    """Over all channels, what leaves the span is what e^(-alpha L) leaves of what entered it."""
    fs = np.linspace(-5e12, 5e12, 101)
    left = sum(1 / isrs.span_gain(f, np.delete(fs, place), POWER_W) for place, f in enumerate(fs))
    assert left == pytest.approx(101 * math.exp(-fibre.ATTENUATION_PER_M * SPAN_M), rel=1e-9)
    assert isrs.span_gain(-5e12, fs, POWER_W) < isrs.span_gain(0.0, fs, POWER_W) < isrs.span_gain(5e12, fs, POWER_W)
    assert isrs.span_gain(0.0, NONE, POWER_W) == pytest.approx(math.exp(fibre.ATTENUATION_PER_M * SPAN_M))


def test_crosstalk_of_a_link_by_hand():
    """tanh(3.78e-9 x 1e5) = 3.78e-4: -34.2 dB for one neighbour over 100 km, 7.8 dB more for six."""
    assert link_crosstalk(1, 100.0) == pytest.approx(3.78e-4, rel=1e-6)
    assert 10 * math.log10(link_crosstalk(6, 100.0)) == pytest.approx(-34.225 + 7.782, abs=2e-3)
    h_l = 3.78e-9 * 5e8
    assert link_crosstalk(1, 500_000.0) == pytest.approx((1 - math.exp(-2 * h_l)) / (1 + math.exp(-2 * h_l)))
    assert link_crosstalk(0, 100.0) == 0.0


def test_amplifier_noise_by_hand():
    """2 n_sp h f B (G - 1) at 193.41 THz, 50 GHz and a gain of 20 dB: -26.2 dBm with n_sp 1.77."""
    ours_dbm = 10 * math.log10(gsnr.ase_w("c", 193.41e12, 50e9) / 1e-3)
    by_hand = 10 * math.log10(2 * 1.77 * 6.62607015e-34 * 193.41e12 * 50e9 * (10 ** (20 / 10 * 4.342945 / 4.343) - 1) / 1e-3)
    assert ours_dbm == pytest.approx(by_hand, abs=1e-4)
    assert ours_dbm == pytest.approx(-26.5, abs=0.5)
    assert gsnr.ase_w("l", 193.41e12, 50e9) / gsnr.ase_w("c", 193.41e12, 50e9) == pytest.approx(1.99 / 1.77)
    assert gsnr.ase_w("s", 193.41e12, 50e9) / gsnr.ase_w("c", 193.41e12, 50e9) == pytest.approx(2.0 / 1.77)


def test_egn_correction_by_hand():
    """Four neighbours: H_2 = 1 + 1/2; a packed grid (spacing = bandwidth) and Phi = 1."""
    b, alpha = 50e9, 0.2 / 4.343e3
    effective = (1 - math.exp(-alpha * 1e5)) / alpha
    by_hand = (80 / 81) * 1.3e-3**2 * effective**2 * (1e-3 / b) ** 3 * 1.5 / (math.pi * 21.3e-27 * 1e5)
    assert nli.egn_correction_psd(POWER_W, b, b, 1.0, 4) == pytest.approx(by_hand, rel=1e-12)
    assert nli.egn_correction_psd(POWER_W, b, b, 1.0, 0) == 0.0
