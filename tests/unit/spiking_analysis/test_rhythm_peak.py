"""The rhythm's peak: found where there is one, with its frequency, and not found in noise; I after E by the right lag."""

from __future__ import annotations

import numpy as np
import pytest

from quintant.labs.spiking.analysis import spectrum
from quintant.labs.spiking.analysis.measures import measure
from quintant.labs.spiking.analysis.timing import timing


def found(times: np.ndarray, duration_ms: float, size: int = 800) -> spectrum.Rhythm | None:
    rate = spectrum.fine_rate(times, size, duration_ms)
    return spectrum.rhythm(rate, spectrum.fine(rate))


def volleys(hz: float, duration_ms: float, jitter: float, draw: np.random.Generator, width_ms: float = 2.0) -> np.ndarray:
    """A third of 800 cells fires around each cycle, over 3 Hz of chance spikes."""
    parts = [draw.uniform(0, duration_ms, draw.poisson(2.4 * duration_ms))]
    at = draw.uniform(0, 1000 / hz)
    while at < duration_ms:
        parts.append(at + draw.normal(0, width_ms, draw.binomial(800, 0.3)))
        at += 1000 / hz * (1 + draw.normal(0, jitter))
    times = np.concatenate(parts)
    return np.sort(times[(times >= 0) & (times < duration_ms)])


@pytest.mark.parametrize("duration_ms", [800.0, 1800.0])
@pytest.mark.parametrize("hz", [14.2, 20.0, 40.3, 65.0, 90.0])
def test_a_steady_rhythm_is_found_at_its_frequency(hz, duration_ms):
    draw = np.random.default_rng(int(hz))
    told = found(volleys(hz, duration_ms, 0.0, draw), duration_ms)
    assert told is not None and told.frequency_hz == pytest.approx(hz, abs=0.1)
    assert told.prominence > 3


def test_a_rhythm_that_wavers_is_found_without_bias():
    draw = np.random.default_rng(5)
    told = [found(volleys(40.0, 800.0, 0.1, draw), 800.0) for _ in range(40)]
    assert all(told), "never missed"
    # a cycle of 25 ms ± 10 %, 32 of them: the mean rate itself varies by 0.7 Hz, the mean of 40 by 0.11 Hz
    assert np.mean([one.frequency_hz for one in told]) == pytest.approx(40.0, abs=0.5)


@pytest.mark.parametrize("duration_ms", [300.0, 800.0, 1800.0])
def test_chance_spikes_have_no_peak_above_background(duration_ms):
    draw = np.random.default_rng(6)
    alarms = sum(found(np.sort(draw.uniform(0, duration_ms, draw.poisson(16 * duration_ms))), duration_ms) is not None
                 for _ in range(200))  # fmt: skip
    assert alarms <= 6, "measured: at most 1 % of 400"


def test_sharp_volleys_are_called_by_their_fundamental():
    times = np.repeat(np.arange(5.0, 800.0, 50.0), 100)
    assert found(times, 800.0).frequency_hz == pytest.approx(20.0, abs=0.1), "all harmonics are as high as it"


def test_silence_and_too_little_have_no_rhythm():
    assert found(np.empty(0), 800.0) is None
    assert found(np.array([1.0]), 0.1) is None
    assert len(spectrum.fine(spectrum.fine_rate(np.empty(0), 0, 800.0)).power) == 0


@pytest.mark.parametrize("lag_ms", [-4.0, 0.0, 0.5, 3.2])
def test_i_follows_e_by_the_lag_that_was_put_in(lag_ms):
    draw = np.random.default_rng(7)
    centre = np.arange(20.0, 1980.0, 25.0)
    e = np.sort((centre[:, None] + draw.normal(0, 1, (len(centre), 40))).ravel())
    i = np.sort((centre[:, None] + lag_ms + draw.normal(0, 1, (len(centre), 40))).ravel())
    told = timing(e, i, 2000.0)
    assert told.follows_ms == pytest.approx(lag_ms, abs=0.21)
    assert np.abs(told.correlation).max() <= 1 + 1e-9 and told.lag_ms[0] == -50.0


def test_single_volleys_give_the_lag_of_their_step():
    e = np.arange(10.0, 900.0, 40.0)
    assert timing(e, e + 1.1, 1000.0).follows_ms == pytest.approx(1.1, abs=0.051)
    assert timing(e, np.empty(0), 1000.0).follows_ms is None


@pytest.mark.parametrize(("n_e", "n_i"), [(3, 2), (3, 0), (0, 2), (1, 1)])
@pytest.mark.parametrize("burn_in_ms", [0.0, 50.0, 500.0])
def test_what_could_not_be_measured_is_none_with_a_reason(n_e, n_i, burn_in_ms):
    none = np.empty(0), np.empty(0, int)
    few = np.array([60.0, 80.0]), np.array([0, n_e + n_i - 1])
    for times, ids in (none, few):
        told = measure(times, ids, n_e, n_i, duration_ms=100.0, dt_ms=0.1, burn_in_ms=burn_in_ms)
        assert [name for name, one in told.metrics.items() if one.value is None and not one.reason] == []
        assert told.metrics["spikes"].value == len(times)
        assert told.tables["rates"].column("rate_i_hz").null_count == (0 if n_i else 20)


def test_counts_only_when_the_rhythm_is_not_wanted():
    told = measure(np.array([1.0]), np.array([0]), 2, 1, duration_ms=10.0, dt_ms=0.1, burn_in_ms=0.0, rhythms=False)
    assert set(told.tables) == {"rates"}
    assert told.metrics["rate_e_hz"].value == 50.0 and "gamma_peak_hz" not in told.metrics


def regular(draw: np.random.Generator, cells: int = 200, period_ms: float = 20.0) -> tuple[np.ndarray, np.ndarray]:
    """Cells that fire every 20 ms, ± 5 %, each from a moment of its own: one pace, no rhythm."""
    parts = []
    for cell in range(cells):
        times = draw.uniform(0, period_ms) + np.cumsum(period_ms * (1 + draw.normal(0, 0.05, 110)))
        times = times[times < 2000]
        parts.append((times, np.full(len(times), cell)))
    times, ids = (np.concatenate(one) for one in zip(*parts, strict=True))
    order = np.argsort(times, kind="stable")
    return times[order], ids[order]


def test_regular_cells_that_know_nothing_of_each_other_make_no_rhythm():
    told = measure(*regular(np.random.default_rng(8)), 200, 0, duration_ms=2000.0, dt_ms=0.1, burn_in_ms=0.0).metrics
    assert told["gamma_peak_hz"].value is None
    assert 0.2 < told["gamma_synchrony"].value < 3, "their population rate has a peak at 50 Hz all the same"
    assert "not together; the power at 49.9 Hz is" in told["gamma_peak_hz"].reason


def test_cells_that_fire_together_are_told_by_how_much():
    draw = np.random.default_rng(9)
    cycles = np.arange(10.0, 2000.0, 25.0)
    times = np.sort(cycles[:, None] + draw.normal(0, 1, (len(cycles), 100))).ravel()
    ids = np.tile(draw.permutation(100), len(cycles))
    told = measure(times, ids, 100, 0, duration_ms=2000.0, dt_ms=0.1, burn_in_ms=0.0).metrics
    assert told["gamma_peak_hz"].value == pytest.approx(40.0, abs=0.1)
    assert 80 < told["gamma_synchrony"].value <= 100, "at most the number of cells"


def test_a_lone_cell_has_its_own_rhythm():
    told = measure(np.arange(5.0, 2000.0, 25.0), np.zeros(80, int), 1, 0, duration_ms=2000.0, dt_ms=0.1, burn_in_ms=0.0).metrics
    assert told["gamma_peak_hz"].value == pytest.approx(40.0, abs=0.1) and told["gamma_synchrony"].value == pytest.approx(1.0)
