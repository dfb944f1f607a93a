"""Every input type beside a plain NumPy version of the contract's recipe."""

from __future__ import annotations

import numpy as np
import pytest

from spiking_networks import LEGACY, simulation

SMALL = {**LEGACY, "n_e": 8, "n_i": 3, "t_ms": 30.0, "legacy_seed_inputs": 5}
STEPS, E, I = 300, 8, 3  # noqa: E741
T = np.arange(STEPS) * 0.1


def matrix(chunk: int = 77, root: int = 1, **raw):
    """The whole input [steps, n], taken `chunk` rows at a time."""
    state = simulation(root, **{**SMALL, **raw})
    whole = np.zeros((state.steps, state.layout.n), np.float32)
    for first in range(0, state.steps, chunk):
        rows = state.drive.rows(first, min(chunk, state.steps - first))
        whole[first : first + chunk, rows.start : rows.start + rows.values.shape[1]] = rows.values
    return whole


def test_a_ramp_draws_all_of_e_then_all_of_i():
    draw = np.random.RandomState(5)
    part = np.arange(STEPS)[:, None] / STEPS
    e = np.maximum(1.0 + (3.0 - 1.0) * part + draw.normal(0, 0.5, (STEPS, E)), 0)
    i = np.maximum(0.7 + draw.normal(0, 0.2, (STEPS, I)), 0)
    found = matrix(drive_e_start=1.0, drive_e_end=3.0, noise_std_i=0.2, input_population="all")
    assert np.array_equal(found, np.hstack([e, i]).astype(np.float32))


def test_masked_populations_get_nothing_and_cost_no_numbers():
    both = matrix(input_population="all")
    e, i = matrix(input_population="e"), matrix(input_population="i")
    assert np.array_equal(e[:, :E], both[:, :E]) and not e[:, E:].any()
    assert np.array_equal(i[:, E:], both[:, E:]) and not i[:, :E].any()


def test_a_sine_draws_one_block_with_the_larger_spread():
    draw = np.random.RandomState(5).normal(0, 0.4, (STEPS, E + I))
    angle = 2 * np.pi * 40.0 * T / 1000 + 0.3
    e, i = 0.9 + 0.1 + 2 * np.sin(angle), 0.5 + 0.1 + 2 * np.sin(angle + 1)
    base = np.hstack([np.tile(e[:, None], E), np.tile(i[:, None], I)])
    found = matrix(
        input_type="sine", sine_freq_hz=40.0, sine_phase_rad=0.3, sine_phase_offset_i_rad=1.0, sine_y_offset=0.1,
        drive_e_base=0.9, drive_i_base=0.5, noise_std_e=0.1, noise_std_i=0.4, input_population="all",
    )  # fmt: skip
    assert np.allclose(found, np.maximum(base + draw, 0), rtol=2e-7, atol=1e-7)


def test_a_spike_train_is_filtered_and_goes_to_e_only():
    rate = np.maximum(0, 200 * (1 + 0.5 * np.sin(2 * np.pi * 5 * T / 1000)))
    fired = np.random.RandomState(5).random_sample((STEPS, E)) < np.clip(rate * 0.1 / 1000, 0, 1)[:, None]
    s, want = np.zeros(E), []
    for row in fired:
        s = s * np.exp(-0.1 / 3.0) + row
        want.append(0.25 * s)
    found = matrix(input_type="external_spike_train", lambda0_hz=200.0, input_population="i")
    assert fired.any() and np.allclose(found[:, :E], want, rtol=1e-6) and not found[:, E:].any()


@pytest.mark.parametrize(("kind", "windows"), [("pulse", [(50, 70)]), ("pulses", [(50, 70), (150, 170), (250, 270)])])
def test_pulses_hold_on_their_rows(kind, windows):
    found = matrix(input_type=kind, noise_std=0.0, pulse_t_ms=5.0, pulse_width_ms=2.0, pulse_interval_ms=10.0,
                   pulse_amp_e=2.0, pulse_amp_i=3.0, input_population="all")  # fmt: skip
    on = np.zeros(STEPS)
    for start, stop in windows:
        on[start:stop] += 1
    assert np.allclose(found[:, :E], (0.7 + 2 * on)[:, None]) and np.allclose(found[:, E:], (0.7 + 3 * on)[:, None])


def test_overlapping_pulses_add():
    found = matrix(input_type="pulses", noise_std=0.0, pulse_t_ms=5.0, pulse_width_ms=8.0, pulse_interval_ms=5.0)
    assert np.isclose(found[120, 0], 0.7 + 2.0)


@pytest.mark.parametrize(("strategy", "want"), [("first", [0, 1, 2, 3]), ("random", None)])
def test_a_targeted_part_is_reached_alone(strategy, want):
    found = matrix(input_type="pulse", noise_std=0.0, pulse_t_ms=5.0, targeted_subset_enabled=True, target_fraction=0.5,
                   target_strategy=strategy, target_seed=3, input_population="all", target_population="e")  # fmt: skip
    want = want or sorted(np.random.default_rng(3).choice(np.arange(E), size=4, replace=False).tolist())
    assert np.flatnonzero(found[60] > 1).tolist() == want


def test_native_noise_does_not_depend_on_the_chunk_but_on_the_root():
    native = {"legacy_seed_inputs": None, "precision": "double"}
    assert np.array_equal(matrix(chunk=300, **native), matrix(chunk=7, **native))
    assert not np.array_equal(matrix(**native), matrix(root=2, **native))


@pytest.mark.parametrize("noise", ["white", "ou"])
def test_native_noise_has_the_same_power_at_every_dt(noise):
    """The variance of the mean over 20 ms: that of independent noise per step would fall tenfold with dt."""
    variances = []
    for dt_ms in (0.2, 0.02):
        found = matrix(
            chunk=1000, legacy_seed_inputs=None, precision="double", noise=noise, dt_ms=dt_ms, n_e=4000, n_i=0, t_ms=20.0,
            input_floor=None, noise_std=1.0,
        )  # fmt: skip
        variances.append(float(found.mean(axis=0).var()))
    assert variances[1] == pytest.approx(variances[0], rel=0.1)  # 4000 independent means: 2.2 % standard error each
    exact = 0.1 / 20 if noise == "white" else 2 * (5 / 20) * (1 - 5 / 20 * (1 - np.exp(-20 / 5)))
    assert variances[1] == pytest.approx(exact, rel=0.1)


def test_own_current_and_the_drive_of_a_population_add():
    found = matrix(
        legacy_seed_inputs=None, legacy_seed_config=None, legacy_seed_weights=None, noise_std=0.0,
        populations=[{"name": "a", "kind": "E", "size": 2, "drive": 0.5}, {"name": "b", "kind": "I", "size": 1}],
        own_current={"times_ms": [10.0, 20.0], "values": [[1.0, 0.0], [2.0, 3.0]], "neurons": [0, 2]},
    )  # fmt: skip
    assert np.allclose(found[99], [1.2, 1.2, 0.0])
    assert np.allclose(found[100], [2.2, 1.2, 2.0])
    assert np.allclose(found[200], [1.2, 1.2, 3.0])


NATIVE = {"legacy_seed_inputs": None, "precision": "double"}
BELOW = {
    "ramp": ({"drive_e_start": 0.5, "drive_e_end": -2.0}, lambda t_ms, end: 0.5 - 2.5 * t_ms / end),
    "sine": ({"input_type": "sine", "drive_e_base": 0.3, "sine_amp": 1.0, "sine_freq_hz": 100.0},
             lambda t_ms, end: 0.3 + np.sin(2 * np.pi * t_ms / 10)),
    "pulse": ({"input_type": "pulse", "drive_e_base": 0.3, "pulse_t_ms": 5.0, "pulse_width_ms": 10.0, "pulse_amp_e": -2.0},
              lambda t_ms, end: 0.3 - 2.0 * ((t_ms > 4.99) & (t_ms < 14.99))),
    "own current": ({"drive_e_start": 0.0, "drive_e_end": 0.0, "own_current": {"times_ms": [5.0], "values": [[-3.0]]}},
                    lambda t_ms, end: -3.0 * (t_ms > 4.99)),
}  # fmt: skip


@pytest.mark.parametrize("name", BELOW)
def test_input_of_ones_own_is_never_cut(name):
    raw, wanted = BELOW[name]
    found = matrix(noise_std=0.0, **NATIVE, **raw)
    t_ms = np.arange(len(found)) * 0.1
    assert np.allclose(found[:, 0], wanted(t_ms, len(found) * 0.1), atol=1e-5) and found[:, 0].min() < -0.6


@pytest.mark.parametrize("name", [name for name in BELOW if name != "own current"])
def test_the_contracts_arithmetic_cuts_it(name):
    assert matrix(noise_std=0.0, **BELOW[name][0])[:, 0].min() == 0.0


def test_noise_does_not_carry_the_input_below_the_floor_and_is_not_bent_where_the_input_is_below_it():
    high = matrix(noise_std=1.0, drive_e_start=0.5, drive_e_end=0.5, **NATIVE)
    assert high[:, :E].min() == 0.0
    low = matrix(noise_std=1.0, drive_e_start=-2.0, drive_e_end=-2.0, **NATIVE)[:, :E]
    error = 1 / np.sqrt(low.size)
    assert low.mean() == pytest.approx(-2.0, abs=4 * error) and low.std() == pytest.approx(1.0, abs=4 * error)


def test_inhibitory_input_spikes_inhibit():
    found = matrix(input_type="external_spike_train", lambda0_hz=300.0, w_in=-0.5, **NATIVE)
    assert found[:, :E].min() < -0.4
