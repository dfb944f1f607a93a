"""Rhythms: named where there are some, each at its frequency, none in chance; I after E by the right lag."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from quintant.labs.spiking.analysis import spectrum
from quintant.labs.spiking.analysis.measures import Place, measure
from quintant.labs.spiking.analysis.peaks import Peak, peaks
from quintant.labs.spiking.analysis.rhythm import Rhythms, rhythms
from quintant.labs.spiking.analysis.timing import timing
from rhythm_recipes import train

CASES = json.loads((Path(__file__).parents[2] / "data/spiking/rhythms.json").read_text())["cases"]


def found(times: np.ndarray, duration_ms: float, size: int = 800) -> Peak | None:
    cells = np.random.default_rng(1).integers(0, size, len(times))
    return rhythms(peaks(times, cells, size, duration_ms)).first


def told(case: dict, seed: int) -> Rhythms:
    recipe = case["recipe"]
    return rhythms(peaks(*train(recipe, seed), recipe["cells"], recipe["T_ms"]))


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_rhythm_of_a_recipe_is_named(case):
    """By construction: `strongest_hz` is the headline, `also_hz` stand beside it, nothing is where there is nothing."""
    expected = case["expected"]
    tolerance = expected.get("tolerance_hz", 0.5)
    for seed in (1, 2, 3):
        named = told(case, seed)
        first = None if named.first is None else named.first.frequency_hz
        if case["id"].startswith("faint"):
            assert first is None or first == pytest.approx(expected["or_hz"], abs=tolerance)
            continue
        if "strongest_between_hz" in expected:
            low, high = expected["strongest_between_hz"]
            assert first is not None and low <= first <= high
            continue
        if "either_hz" in expected:
            assert first is not None and min(abs(first - hz) for hz in expected["either_hz"]) <= tolerance
        elif expected["strongest_hz"] is None:
            assert first is None
            continue
        else:
            assert first == pytest.approx(expected["strongest_hz"], abs=tolerance)
        beside = [peak.frequency_hz for peak in (named.first, named.second, named.gamma) if peak is not None]
        for hz in [*expected.get("also_hz", []), *expected.get("must_tell_both", [])]:
            assert min(abs(hz - other) for other in beside) <= tolerance, f"{hz} Hz is not told among {beside}"
        if "gamma_hz" in expected:
            assert named.gamma.frequency_hz == pytest.approx(expected["gamma_hz"], abs=tolerance)


@pytest.mark.parametrize("jitter_ms", [0.0, 1.0, 3.0, 5.0])
@pytest.mark.parametrize("duration_ms", [400, 800, 2000, 5000])
@pytest.mark.parametrize("hz", [15.0, 23.7, 41.3])
def test_a_locked_network_is_called_by_its_pace_in_every_window(hz, duration_ms, jitter_ms):
    recipe = {"type": "comb", "cells": 60, "freq_hz": hz, "jitter_ms": jitter_ms, "participation": 1.0, "T_ms": duration_ms}
    named = told({"recipe": recipe}, 4)
    assert named.first.frequency_hz == pytest.approx(hz, abs=max(0.5, 300 / duration_ms))
    assert (named.gamma is None) == (hz < 30), "a multiple of a slow rhythm is no gamma"
    assert named.second is None


@pytest.mark.parametrize("slow_hz", [7.0, 10.0, 12.5])
@pytest.mark.parametrize("times", [3, 4, 5])
def test_a_slow_rhythm_does_not_take_the_place_of_a_multiple_of_it(slow_hz, times):
    waves = [{"freq_hz": slow_hz, "depth": 0.2}, {"freq_hz": slow_hz * times, "depth": 0.7}]
    named = told({"recipe": {"type": "poisson", "cells": 300, "rate_hz": 20, "T_ms": 2500, "components": waves}}, 5)
    assert named.first.frequency_hz == pytest.approx(slow_hz * times, abs=0.5)
    assert named.second.frequency_hz == pytest.approx(slow_hz, abs=0.5)


@pytest.mark.parametrize("depth", [0.3, 0.6, 1.0])
def test_the_power_of_a_peak_is_the_variance_of_the_rate(depth):
    """r (1 + d cos) has the variance r² d² / 2: the power needs no window beside it to be compared."""
    for duration_ms in (1000, 4000):
        waves = [{"freq_hz": 40, "depth": depth}]
        recipe = {"type": "poisson", "cells": 500, "rate_hz": 20, "T_ms": duration_ms, "components": waves}
        named = told({"recipe": recipe}, 6)
        assert named.first.power == pytest.approx(20**2 * depth**2 / 2, rel=0.25)


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
    peak = found(volleys(hz, duration_ms, 0.0, draw), duration_ms)
    assert peak is not None and peak.frequency_hz == pytest.approx(hz, abs=0.2)
    assert peak.prominence > peak.needed


def test_a_rhythm_that_wavers_is_found_without_bias():
    draw = np.random.default_rng(5)
    wavering = [found(volleys(40.0, 800.0, 0.1, draw), 800.0) for _ in range(40)]
    assert all(wavering), "never missed"
    # a cycle of 25 ms ± 10 %, 32 of them: the mean rate itself varies by 0.7 Hz, the mean of 40 by 0.11 Hz
    assert np.mean([peak.frequency_hz for peak in wavering]) == pytest.approx(40.0, abs=0.5)


@pytest.mark.parametrize("duration_ms", [300.0, 800.0, 1800.0])
def test_chance_spikes_have_no_peak_above_chance(duration_ms):
    draw = np.random.default_rng(6)
    alarms = sum(found(np.sort(draw.uniform(0, duration_ms, draw.poisson(16 * duration_ms))), duration_ms) is not None
                 for _ in range(100))  # fmt: skip
    assert alarms <= 4, "two spectra with one alarm in a hundred windows each"


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
    lag = timing(e, i, 2000.0)
    assert lag.follows_ms == pytest.approx(lag_ms, abs=0.21)
    assert np.abs(lag.correlation).max() <= 1 + 1e-9 and lag.lag_ms[0] == -50.0


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
        measured = measure(times, ids, n_e, n_i, duration_ms=100.0, dt_ms=0.1, burn_in_ms=burn_in_ms)
        assert [name for name, metric in measured.metrics.items() if metric.value is None and not metric.reason] == []
        assert measured.metrics["spikes"].value == len(times)
        assert measured.tables["rates"].column("rate_i_hz").null_count == (0 if n_i else 20)


def test_counts_only_when_the_rhythm_is_not_wanted():
    measured = measure(np.array([1.0]), np.array([0]), 2, 1, duration_ms=10.0, dt_ms=0.1, burn_in_ms=0.0, rhythms=False)
    assert set(measured.tables) == {"rates"}
    assert measured.metrics["rate_e_hz"].value == 50.0 and "rhythm_peak_hz" not in measured.metrics


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
    measured = measure(*regular(np.random.default_rng(8)), 200, 0, duration_ms=2000.0, dt_ms=0.1, burn_in_ms=0.0).metrics
    why = measured["rhythm_peak_hz"].reason
    assert measured["rhythm_peak_hz"].value is None, "their population rate has a hump at 50 Hz all the same"
    assert why.startswith("no peak above chance: with 19798 spikes of E cells in 2000 ms a rhythm is told from 2 Hz on"), why


def test_cells_that_fire_together_are_told_by_how_much():
    draw = np.random.default_rng(9)
    cycles = np.arange(10.0, 2000.0, 25.0)
    times = np.sort(cycles[:, None] + draw.normal(0, 1, (len(cycles), 100))).ravel()
    ids = np.tile(draw.permutation(100), len(cycles))
    measured = measure(times, ids, 100, 0, duration_ms=2000.0, dt_ms=0.1, burn_in_ms=0.0)
    metrics = measured.metrics
    assert metrics["gamma_peak_hz"].value == metrics["rhythm_peak_hz"].value == pytest.approx(40.0, abs=0.1)
    assert 80 < metrics["rhythm_synchrony"].value <= 100, "at most the number of cells"
    assert metrics["rhythm_depth"].value == pytest.approx(2.0, rel=0.1), (
        "cos of all volleys: the first line of a comb has depth 2"
    )
    table = measured.tables["peaks"].to_pydict()
    assert table["frequency_hz"][0] == pytest.approx(40.0, abs=0.1) and table["harmonic_of_hz"][0] is None
    assert table["harmonic_of_hz"][1] == pytest.approx(40.0, abs=0.1)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_few_cells_that_fire_as_one_have_their_rhythm(size):
    times = np.repeat(np.arange(5.0, 2000.0, 25.0), size)
    metrics = measure(times, np.tile(np.arange(size), 80), size, 0, duration_ms=2000.0, dt_ms=0.1, burn_in_ms=0.0).metrics
    assert metrics["gamma_peak_hz"].value == pytest.approx(40.0, abs=0.1)
    assert metrics["rhythm_synchrony"].value == pytest.approx(size)


def test_what_a_window_cannot_tell_is_said_of_the_window():
    draw = np.random.default_rng(10)
    few = np.sort(draw.uniform(0, 500, 12))
    metrics = measure(few, draw.integers(0, 12, 12), 50, 0, duration_ms=500.0, dt_ms=0.1, burn_in_ms=0.0).metrics
    assert (
        metrics["rhythm_peak_hz"].reason
        == "cannot tell: 12 spikes of E cells in 500 ms are too few to tell any rhythm from chance"
    )
    slow = np.repeat(np.arange(50.0, 1000.0, 50.0), 100)
    ids = np.tile(np.arange(100), 19)
    metrics = measure(slow, ids, 100, 0, duration_ms=1000.0, dt_ms=0.1, burn_in_ms=0.0).metrics
    assert metrics["rhythm_peak_hz"].value == pytest.approx(20.0, abs=0.1)
    assert metrics["gamma_peak_hz"].reason == (
        "no rhythm from 30 to 80 Hz: the strongest is at 20 Hz, and the peaks in this band are multiples of 20 Hz"
    )


def both(n_e: int, n_i: int) -> tuple[np.ndarray, np.ndarray]:
    """E volleys at 40 Hz, I volleys 3 ms later; ids of I after those of E."""
    draw = np.random.default_rng(11)
    centre = np.arange(10.0, 1980.0, 25.0)
    e = (centre[:, None] + draw.normal(0, 1, (len(centre), n_e))).ravel()
    i = (centre[:, None] + 3 + draw.normal(0, 1, (len(centre), n_i))).ravel()
    times = np.concatenate([e, i])
    ids = np.concatenate([np.tile(np.arange(n_e), len(centre)), n_e + np.tile(np.arange(n_i), len(centre))])
    order = np.argsort(times, kind="stable")
    return times[order], ids[order]


def test_a_network_of_inhibitory_cells_has_its_rhythm():
    measured = measure(*both(0, 40), 0, 40, duration_ms=2000.0, dt_ms=0.1, burn_in_ms=0.0)
    metrics = measured.metrics
    assert metrics["rhythm_peak_hz"].value == metrics["rhythm_peak_i_hz"].value == pytest.approx(40.0, abs=0.1)
    assert metrics["rhythm_peak_hz"].method.startswith("of I cells")
    assert metrics["isi_cv_e"].reason == metrics["autocorr_peak"].reason == "there are no E cells"
    assert "no spikes" not in " ".join(metric.reason or "" for metric in metrics.values()), "they fire"
    assert measured.tables["psd"].column("power_i").null_count == 0


def test_every_own_population_has_its_rhythm_spectrum_and_lag():
    own = [Place("L2/3", 0, 15), Place("L5", 15, 15), Place("basket", 30, 20), Place("mute", 50, 5)]
    measured = measure(*both(30, 20), 30, 25, duration_ms=2000.0, dt_ms=0.1, burn_in_ms=0.0, own=own)
    metrics = measured.metrics
    for name in ("L2/3", "L5", "basket"):
        assert metrics[f"rhythm_peak_{name}_hz"].value == pytest.approx(40.0, abs=0.1)
        assert metrics[f"rate_{name}_hz"].value == pytest.approx(79 / 2, abs=0.1) and metrics[f"isi_cv_{name}"].value < 0.1
        assert measured.tables["psd"].column(f"power_{name}").null_count == 0
    assert metrics["basket_follows_ms"].value == pytest.approx(3.0, abs=0.31) and metrics["L5_follows_ms"].value < 0.4
    assert metrics["mute_follows_ms"].reason == "no spikes after the burn-in (mute)"
    assert metrics["rhythm_peak_mute_hz"].reason == "no spikes after the burn-in"
    assert set(measured.tables["peaks"].column("population").to_pylist()) == {"E", "I", "L2/3", "L5", "basket"}
