"""Single cells beside closed forms, published rates, and the order of each integrator."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spiking_networks import EVEN, constant, spikes

ALONE = {
    **EVEN, "n_e": 1, "n_i": 0, "weights_ee": {"mean": 0.0}, "record_traces": False, "record_input": False, "input_floor": None,
}  # fmt: skip


def times(current: float, t_ms: float = 500.0, **raw):
    return spikes(**{**ALONE, "t_ms": t_ms, **constant(current), **raw})[0]


def rate_hz(current: float, t_ms: float = 3000.0, **raw) -> float:
    after = (found := times(current, t_ms, **raw))[found > 500]
    return 1000 / float(np.diff(after).mean()) if len(after) > 1 else 0.0


F_I = [(0.8, 55.3, 58.3), (1.0, 27.6, 30.6), (1.5, 13.8, 16.8), (3.0, 5.7, 8.7)]


@pytest.mark.parametrize(("current", "first", "isi"), F_I)
@pytest.mark.parametrize("precision", ["single", "double"])
def test_lif_fires_at_the_steps_of_its_closed_form(current, first, isi, precision):
    found = times(current, precision=precision)
    n = math.ceil(math.log(1 - 15 * 0.05 / current) / math.log(1 - 0.1 * 0.05))
    assert found[0] == pytest.approx(first) == pytest.approx((n - 1) * 0.1)
    assert np.diff(found) == pytest.approx(isi) == pytest.approx((30 - 1 + n) * 0.1)


@pytest.mark.parametrize(("kind", "rheobase"), [("e", 0.75), ("i", 1.5)])
def test_lif_is_silent_at_its_rheobase_and_fires_above(kind, rheobase):
    def count(current: float) -> int:
        size = {"n_e": 1, "n_i": 0} if kind == "e" else {"n_e": 0, "n_i": 1}
        raw = {**ALONE, **size, "input_population": kind, "weights_ii": {"mean": 0.0}, "t_ms": 2000.0}
        return len(spikes(**raw, **{f"drive_{kind}_start": current, f"drive_{kind}_end": current})[0])

    assert (count(0.999 * rheobase), count(1.001 * rheobase) > 0) == (0, True)


TEXTBOOK = {"dt_ms": 0.01, "t_ref_e_ms": 0.0, "integrator": "rk4"}
HH = {**TEXTBOOK, "neuron_model": "hh", "g_leak_e": 0.3, "e_leak_mv": -54.387, "v_th_mv": 0.0}
IZHIKEVICH = {**TEXTBOOK, "neuron_model": "izhikevich", "v_th_mv": 30.0}
FITZHUGH = {**TEXTBOOK, "neuron_model": "fitzhugh", "v_init_mv": -1.0, "v_th_mv": 1.0}
ADEX = {
    **TEXTBOOK, "neuron_model": "adex", "capacitance_e": 281.0, "g_leak_e": 30.0, "e_leak_mv": -70.6, "v_init_mv": -70.6,
    "v_reset_mv": -70.6, "adex_v_t_mv": -50.4, "adex_delta_t_mv": 2.0, "adex_tau_w_ms": 144.0, "adex_a": 4.0, "adex_b": 80.5,
    "adex_v_peak_mv": 20.0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("model", "current", "published"),
    [
        (HH, 6.0, 0.0), (HH, 6.5, 55.6), (HH, 10.0, 68.7), (HH, 20.0, 86.9),
        (IZHIKEVICH, 4.0, 7.15), (IZHIKEVICH, 10.0, 22.3), (IZHIKEVICH, 14.0, 30.9),
        ({**IZHIKEVICH, "izh_a": 0.1, "izh_d": 2.0}, 10.0, 135.4),
        (FITZHUGH, 0.3, 0.0), (FITZHUGH, 0.5, 25.3), (ADEX, 700.0, 7.8), (ADEX, 1000.0, 27.7),
    ],
)  # fmt: skip
def test_anchors_within_one_per_cent(model, current, published):
    assert rate_hz(current, **model) == pytest.approx(published, rel=0.01)


def test_forward_euler_gives_the_same_hodgkin_huxley_rate_only_at_a_small_step():
    assert rate_hz(10.0, **{**HH, "integrator": "euler"}) == pytest.approx(68.7, rel=0.01)
    assert rate_hz(10.0, **{**HH, "integrator": "euler", "dt_ms": 0.1, "t_ref_e_ms": 3.0}) > 85


def test_connor_stevens_of_the_contract_stays_silent_as_upstream_says():
    for current, g_leak in ((10.0, 0.1), (30.0, 0.3)):
        raw = {"neuron_model": "connor_stevens", "g_leak_e": g_leak, "integrator": "rk4", "dt_ms": 0.02, "v_th_mv": 0.0}
        assert len(times(current, 500.0, **raw)) <= 1


@pytest.mark.parametrize("current", [0.2, 0.5, 1.0])
def test_qif_has_the_period_of_the_arctangent(current):
    """C V' = a (V - V_r)(V - V_t) + I from V_reset to V_peak: a complete square, integrated."""
    a, low, high, peak = 0.0025, -65.0, -50.0, 30.0
    rest = current - a * ((high - low) / 2) ** 2
    scale = math.sqrt(a / rest)
    centre = (low + high) / 2
    period = (math.atan((peak - centre) * scale) - math.atan((low - centre) * scale)) / math.sqrt(a * rest)
    raw = {**TEXTBOOK, "neuron_model": "qif", "g_leak_e": 1e-9}
    raw |= {"qif_a": a, "qif_v_r_mv": low, "qif_v_t_mv": high, "v_th_mv": peak}
    assert 1000 / rate_hz(current, **raw) == pytest.approx(period, abs=0.011)  # one step of 0.01 ms


# --- order of convergence ---


def voltage(dt_ms: float, integrator: str, **raw) -> float:
    """V at 4 ms of a cell that has not fired."""
    from spiking_networks import finished

    state = finished(**{**ALONE, "t_ms": 4.0, "dt_ms": dt_ms, "integrator": integrator, "t_ref_e_ms": 1.0, **raw})
    assert state.spikes == 0
    return float(state.v[0])


MODELS = {
    "hh": {**constant(2.0), "neuron_model": "hh", "g_leak_e": 0.3, "e_leak_mv": -54.387, "v_th_mv": 0.0},
    "adex": {**constant(400.0), **{name: value for name, value in ADEX.items() if name not in TEXTBOOK}},
    "izhikevich": {**constant(3.0), "neuron_model": "izhikevich", "v_th_mv": 30.0},
    "fitzhugh": {**constant(0.5), "neuron_model": "fitzhugh", "v_init_mv": -1.0, "v_th_mv": 1.0},
    "mqif": {**constant(0.7), "neuron_model": "mqif"},
    "qif": {**constant(0.1), "neuron_model": "qif", "qif_a": 0.0025, "qif_v_r_mv": -65.0, "qif_v_t_mv": -50.0, "v_th_mv": 30.0},
    "connor_stevens": {**constant(4.0), "neuron_model": "connor_stevens", "g_leak_e": 0.3, "v_th_mv": 0.0, "g_a": 5.0},
}


@pytest.mark.parametrize(("integrator", "order"), [("euler", 1), ("exponential_euler", 1), ("rk4", 4)])
@pytest.mark.parametrize("model", list(MODELS))
def test_each_integrator_has_its_order(model, integrator, order):
    """Halving dt divides the error by 2 to the order; RK4's errors are measured at large steps, above round-off."""
    exact = voltage(1e-3, "rk4", **MODELS[model])
    steps = (0.2, 0.1) if order == 4 else (0.02, 0.01)
    coarse, fine = (abs(voltage(dt_ms, integrator, **MODELS[model]) - exact) for dt_ms in steps)
    measured = math.log2(coarse / fine) if fine > 1e-11 else math.inf
    assert measured > order - 0.25
    assert fine < {1: 0.5, 4: 1e-3}[order]


def test_exponential_euler_is_exact_for_lif():
    exact = -65 + 0.6 / 0.05 * (1 - math.exp(-4.0 / 20))
    assert voltage(0.5, "exponential_euler", **constant(0.6)) == pytest.approx(exact, abs=1e-6)  # the input is float32
    assert abs(voltage(0.5, "euler", **constant(0.6)) - exact) > 1e-3


def test_the_first_interval_of_lif_converges_with_dt():
    closed = 20 * math.log(1.0 / (1.0 - 0.75)) + 3.0
    errors = [abs(float(np.diff(times(1.0, 200.0, dt_ms=dt_ms))[0]) - closed) for dt_ms in (0.2, 0.02)]
    assert closed == pytest.approx(30.726, abs=1e-3)
    assert errors[1] < 0.03 and errors[0] < 0.4
