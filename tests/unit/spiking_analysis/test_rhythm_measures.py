"""Pinglab's measures on spikes worked out by hand, and against SciPy and plain sums."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.signal

from quintant.figure.decimation import positions
from quintant.labs.spiking.analysis import correlation, decode, lagged, rates, spectrum, window
from quintant.labs.spiking.analysis.intervals import intervals


def test_the_window_begins_after_the_burn_in_and_leaves_at_least_a_step():
    assert window.after_burn_in(200, 1000, 0.1) == window.Window(200, 1000)
    assert window.after_burn_in(5000, 1000, 0.1).duration_ms == pytest.approx(0.1)
    times, ids = np.array([100.0, 200.0, 250.0, 999.9]), np.array([0, 1, 5, 1])
    found, who = window.Window(200, 1000).select(times, ids, first=1, size=3)
    assert found.tolist() == pytest.approx([0.0, 799.9]) and who.tolist() == [0, 0]


def test_rates_count_spikes_in_bins_of_five_milliseconds():
    at, hz = rates.population_rate(np.array([0.0, 4.9, 5.0, 12.0]), size=4, duration_ms=12.0)
    assert at.tolist() == [2.0, 6.0, 10.0], "three equal bins, not two and a bit"
    assert hz.tolist() == pytest.approx([50.0 + 0.0, 100.0, 50.0])


def test_intervals_by_hand():
    times, ids = np.array([0.0, 5.0, 10.0, 12.0, 30.0, 50.0]), np.array([0, 1, 0, 2, 0, 1])
    found = intervals(times, ids, size=4)
    assert found.neuron.tolist() == [0, 1] and found.count.tolist() == [2, 1]
    assert found.mean_ms.tolist() == [15.0, 45.0] and found.sd_ms.tolist() == [5.0, 0.0]
    assert found.rate_hz == pytest.approx((1000 / 15 + 1000 / 45) / 4), "the silent and the once firing count 0"
    assert found.cv == pytest.approx((5 / 15 + 0) / 2)
    assert intervals(np.empty(0), np.empty(0, int), 3).cv is None


def test_correlations_are_the_plain_sums():
    draw = np.random.default_rng(0)
    counts = draw.poisson(0.7, (6, 150)).astype(float)
    counts[2] = 1.0  # does not vary: no correlation with anybody
    found = correlation.cross_correlation(counts)
    x = np.delete(counts, 2, axis=0)
    x = x - x.mean(axis=1, keepdims=True)
    sd = x.std(axis=1)
    for lag in (-80, -3, 0, 17, 80):
        pairs = sum(
            np.dot(x[a, max(0, -lag) : 150 - max(0, lag)], x[b, max(0, lag) : 150 + min(0, lag)])
            for a in range(5) for b in range(5) if a != b
        )  # fmt: skip
        scale = sum(sd[a] * sd[b] for a in range(5) for b in range(5) if a != b)
        at = found.lag_ms.tolist().index(lag * 5.0)
        assert found.value[at] == pytest.approx(pairs / (150 - abs(lag)) / scale, rel=1e-9, abs=1e-12)


def test_the_autocorrelation_is_one_at_lag_zero_and_finds_a_period():
    rate = np.where(np.arange(400) % 12 == 0, 200.0, 0.0)
    found = correlation.autocorrelation(rate)
    assert found.value[80] == pytest.approx(1.0) and found.peak_lag_ms == 60.0 and found.peak > 0.8
    assert correlation.autocorrelation(np.zeros(100)).value.tolist() == [0.0] * 161, "silence has no variance"


def test_smoothing_is_numpys_convolution():
    x = np.random.default_rng(1).normal(size=(2, 50))
    kernel = np.exp(-0.5 * (np.arange(-8, 9) * 5 / 10) ** 2)
    assert correlation.smoothed(x)[1] == pytest.approx(np.convolve(x[1], kernel / kernel.sum(), "same"))


def test_coherence_of_identical_cells_is_one():
    row = np.random.default_rng(2).poisson(1.0, 160).astype(float)
    found = correlation.coherence(np.tile(row, (3, 1)))
    assert found.peak == pytest.approx(1.0) and found.peak_lag_ms == 0.0


@pytest.mark.parametrize("n", [40, 255, 256, 257, 1000])
def test_welch_is_scipys(n):
    x = np.random.default_rng(n).normal(size=n)
    found = spectrum.compatible(x)
    frequency, power = scipy.signal.welch(x - x.mean(), 200.0, nperseg=min(n, 256))
    assert found.frequency_hz == pytest.approx(frequency) and found.power == pytest.approx(power, rel=1e-9, abs=1e-12)


def test_pinglabs_peak_stays_within_its_band():
    power = np.zeros(81)
    power[[15, 16, 17, 18]] = [8.0, 10.0, 7.0, 1.0]
    peak = spectrum.compatible_peak(spectrum.Spectrum(np.arange(81) * 1.25, power, 1.25))
    assert (peak.frequency_hz, peak.bandwidth_hz, peak.q_factor) == (20.0, 2.5, 8.0)
    assert spectrum.compatible_peak(spectrum.Spectrum(np.empty(0), np.empty(0), 0.0)) == spectrum.Peak()


def test_lagged_coherence_needs_two_windows_and_is_one_for_a_steady_rhythm():
    time_s = (np.arange(480) + 0.5) * 0.005
    assert lagged.lagged_coherence(10 + np.sin(2 * np.pi * 5 * time_s)) == pytest.approx(1.0)
    assert lagged.lagged_coherence(np.zeros(239)) is None
    noise = np.random.default_rng(3).normal(size=120 * 40)
    assert lagged.lagged_coherence(noise) < 0.5


def test_low_pass_and_envelope():
    found = decode.low_pass(np.array([2.0, 2.0, 12.0]))
    assert found.tolist() == pytest.approx([2.0, 2.0, 2.0 + 10 * 0.005 / (1 / (20 * np.pi) + 0.005)])
    assert decode.low_pass(np.empty(0)).tolist() == []
    assert decode.envelope_hz(np.array([0.0, 50.0, 150.0]), 30, 2.0, 5, 0).tolist() == pytest.approx([30, 90, 0])


def test_agreement_is_pearsons_after_scaling():
    a, b = np.random.default_rng(4).normal(size=(2, 50))
    corr, error = decode.agreement(a, b)
    assert corr == pytest.approx(np.corrcoef(a, b)[0, 1]) and 0 < error < 1
    assert decode.agreement(a, np.zeros(50))[0] == 0.0
    assert decode.agreement(np.empty(0), np.empty(0)) == (0.0, 0.0)
    assert decode.agreement(np.array([0.0, 1.0]), np.array([0.0, 1.0])) == (0.0, 0.0), "two points correlate with anything"


def test_thinning_keeps_both_ends_and_the_order():
    assert positions(5, None).tolist() == positions(5, 5).tolist() == [0, 1, 2, 3, 4]
    kept = positions(21811, 1000)
    assert len(set(kept.tolist())) == 1000 and kept[0] == 0 and kept[-1] == 21810 and (np.diff(kept) > 0).all()
