"""Combinations that are impossible, each refused with its path; doubtful ones are told."""

from __future__ import annotations

import pytest

from quintant.config import parse
from quintant.errors import ConfigError
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.rules import memory_bytes

ONE = {"populations": [{"name": "a", "kind": "E", "size": 3}]}


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ({"n_e": 0, "n_i": 0}, "n_e"),
        ({"n_e": 100_000, "weights_ee": {"mean": 0.1, "std": 0.1}}, "n_e"),
        ({"t_ms": 1e7, "dt_ms": 0.001}, "n_e"),
        ({"precision": "single", "neuron_model": "hh"}, "precision"),
        ({"precision": "single", "integrator": "rk4"}, "precision"),
        ({"mqif_a": [0.1, 0.2]}, "mqif_v_r_mv"),
        ({"mqif_w_tau_ms": [0.0]}, "mqif_w_tau_ms.0"),
        ({"weights_ee": {"mean": -0.1}}, "weights_ee.mean"),
        ({"weights_ee": {"mean": 0.1}, "weight_clamp_min": 0.2}, "weights_ee.mean"),
        ({"weights_ee": {"p": 0.1, "dist": {"name": "gamma", "params": {"shape": 0.0}}}}, "weights_ee.dist.params.shape"),
        ({"pulse_t_ms": 1e308}, "pulse_t_ms"),
        ({"sine_freq_hz": -1.1e9}, "sine_freq_hz"),
        ({"weights_ee": {"mean": 2e9}}, "weights_ee.mean"),
        ({"weights_ee": {"p": 0.1, "dist": {"name": "normal", "params": {"std": 1e300}}}}, "weights_ee.dist.params.std"),
        ({"weights_ee": {"p": 0.1, "dist": {"name": "lognormal", "params": {"mean": 90.0}}}}, "weights_ee.dist.params"),
        ({"own_spikes": {"times_ms": [1.0, 1e308], "neurons": [0, 0], "weight": 1.0}}, "own_spikes.times_ms.1"),
        ({"own_current": {"times_ms": [0.0], "values": [[-1e10]], "neurons": "e"}}, "own_current.values.0.0"),
        ({"mqif_a": [1e200]}, "mqif_a.0"),
        ({"input_type": "pulses", "pulse_interval_ms": 0.0}, "pulse_interval_ms"),
        ({"input_type": "pulses", "pulse_interval_ms": 1e-6}, "pulse_interval_ms"),
        ({"noise": "ou", "legacy_seed_inputs": 0}, "noise"),
        ({**ONE, "connections": [{"source": "a", "target": "b", "weights": {"mean": 1.0}}]}, "connections.0.target"),
        ({"populations": [*ONE["populations"], *ONE["populations"]]}, "populations.1.name"),
        ({"populations": [{"name": "i", "kind": "I", "size": 1}, *ONE["populations"]]}, "populations.1.kind"),
        ({"record_neurons": [1000]}, "record_neurons.0"),
        ({"record_neurons": [1, 1]}, "record_neurons"),
        ({"own_spikes": {"times_ms": [1.0], "neurons": []}}, "own_spikes.neurons"),
        ({"own_spikes": {"times_ms": [1.0], "neurons": [1000]}}, "own_spikes.neurons.0"),
        ({"own_current": {"times_ms": [1.0, 1.0], "values": [[1.0, 2.0]]}}, "own_current.times_ms"),
        ({"own_current": {"times_ms": [1.0], "values": [[1.0, 2.0]]}}, "own_current.values.0"),
        ({"own_current": {"times_ms": [1.0], "values": [[1.0], [2.0]]}}, "own_current.values"),
        ({"dt_ms": 0.0}, "dt_ms"),
        ({"noise_std": -0.1}, "noise_std"),
        ({"target_fraction": 1.5}, "target_fraction"),
        ({"t_ms": float("nan")}, "t_ms"),
        ({"tau_gab_ms": 9.0}, "tau_gab_ms"),
    ],
)
def test_what_is_impossible_is_refused_with_its_path(raw, path):
    with pytest.raises(ConfigError) as told:
        parse(SpikingConfig, raw)
    assert path in [problem.path for problem in told.value.problems]


def test_too_much_memory_is_told_with_the_need_and_the_limit():
    words = r"100200 neurons and 10000 steps would need 37\.\d GiB of memory; the limit is 2 GiB"
    with pytest.raises(ConfigError, match=words):
        parse(SpikingConfig, {"n_e": 100_000, "weights_ee": {"mean": 0.1, "std": 0.1}})


def test_a_sparse_network_of_100_000_neurons_is_within_the_limit():
    sparse = {"sparse_p": 0.001, "weight": 0.1}
    blocks = {f"weights_{pair}": sparse for pair in ("ee", "ei", "ie", "ii")}
    config = parse(SpikingConfig, {"n_e": 80_000, "n_i": 20_000, **blocks})
    assert memory_bytes(config) < 100e6


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ({"dt_ms": 2.0}, "dt_ms"),
        ({"neuron_model": "hh"}, "integrator"),
        ({"v_reset_mv": -40.0}, "v_reset_mv"),
        ({"neuron_model": "izhikevich"}, "v_th_mv"),
        ({"noise": "white"}, "input_floor"),
        ({"burn_in_ms": 2000.0}, "burn_in_ms"),
        ({"delay_ie_ms": 1.23}, "delay_ie_ms"),
        ({"delay_ee_ms": 0.0}, "delay_ee_ms"),
        ({"t_ref_i_ms": 1.55, "dt_ms": 0.25}, "t_ref_i_ms"),
        ({**ONE, "populations": [{**ONE["populations"][0], "t_ref_ms": 0.17}]}, "populations.0.t_ref_ms"),
        (
            {**ONE, "connections": [{"source": "a", "target": "a", "weights": {"mean": 0.1}, "delay_ms": 0.33}]},
            "connections.0.delay_ms",
        ),
        ({"tau_ampa_ms": 0.1}, "tau_ampa_ms"),
        ({"noise": "ou", "noise_tau_ms": 0.05}, "noise_tau_ms"),
        ({"neuron_model": "mqif", "mqif_w_tau_ms": [0.05]}, "mqif_w_tau_ms.0"),
        ({"input_type": "sine", "sine_freq_hz": 6000.0}, "sine_freq_hz"),
        ({"input_type": "external_spike_train", "envelope_freq_hz": 6000.0}, "envelope_freq_hz"),
        ({"input_type": "external_spike_train", "lambda0_hz": 9000.0}, "lambda0_hz"),
        ({"input_type": "pulse", "pulse_t_ms": 1000.0}, "pulse_t_ms"),
        ({"input_type": "pulse", "pulse_t_ms": -5.0}, "pulse_t_ms"),
        ({"input_type": "pulse", "pulse_width_ms": 0.0}, "pulse_width_ms"),
        ({"own_spikes": {"times_ms": [5.0, 1000.0], "neurons": [0, 0]}}, "own_spikes.times_ms"),
        ({"own_current": {"times_ms": [0.0, 2000.0], "values": [[1.0, 2.0]]}}, "own_current.times_ms"),
        ({"legacy_seed_inputs": 0, "input_type": "sine"}, "drive_e_base"),
        ({"legacy_seed_inputs": 0, "drive_e_end": -0.5}, "drive_e_end"),
        ({"legacy_seed_inputs": 0, "input_type": "pulse", "pulse_amp_e": -3.0}, "pulse_amp_e"),
        ({"legacy_seed_inputs": 0, "input_type": "external_spike_train", "w_in": -0.1}, "w_in"),
        ({"legacy_seed_weights": 0, "weights_ee": {"mean": 0.1}, "weight_clamp_min": 0.2}, "weights_ee.mean"),
        ({"weights_ee": {"p": 0.1, "dist": {"name": "normal", "params": {"scale": 2.0}}}}, "weights_ee.dist.params.scale"),
        (
            {"weights_ee": {"p": 0.1, "dist": {"name": "gamma", "params": {"scale": 2.0, "rate": 0.5}}}},
            "weights_ee.dist.params.rate",
        ),
    ],
)
def test_what_is_doubtful_is_told(raw, path):
    assert path in [problem.path for problem in parse(SpikingConfig, raw).warnings()]


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ({"adex_a": 1.0}, "adex_a"),
        ({"connections": []}, "connections"),
        ({**ONE, "n_e": 5}, "n_e"),
        ({"noise_tau_ms": 3.0}, "noise_tau_ms"),
        ({"drive_i_start": 1.0}, "drive_i_start"),
        ({"input_type": "external_spike_train", "drive_e_base": 1.0}, "drive_e_base"),
        ({"izh_a": 0.1}, "izh_a"),
        ({"input_floor": 0.1, "noise_std": 0.0}, "input_floor"),
        *(({"input_type": "pulses", **nobody, key: 7.0}, key)
          for nobody in ({"input_population": "i", "n_i": 0},
                         {"targeted_subset_enabled": True, "target_population": "i"})
          for key in ("pulse_t_ms", "pulse_width_ms", "pulse_interval_ms")),
        ({"neuron_model": "izhikevich", **ONE, "populations": [{**ONE["populations"][0], "g_leak": 0.1}]},
         "populations.0.g_leak"),
    ],
)  # fmt: skip
def test_what_nothing_reads_is_told(raw, path):
    assert path in [problem.path for problem in parse(SpikingConfig, raw).unread()]


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"input_type": "sine"},  # natively nothing of it is cut
        {"input_type": "pulse", "pulse_amp_e": -3.0},
        {"drive_e_end": -0.5},
        {"neuron_model": "lif", "adex_tau_w_ms": 0.01},  # nobody reads it
        {"n_i": 0, "delay_ie_ms": 1.23},
        {"t_ref_e_ms": 0.0},
        {"dt_ms": 0.05, "delay_ie_ms": 1.25},
        {"input_type": "external_spike_train", "lambda0_hz": 6000.0},
    ],
)
def test_what_does_as_it_says_raises_no_doubt(raw):
    assert [str(problem) for problem in parse(SpikingConfig, raw).warnings()] == []


def test_a_doubt_says_what_is_done_instead():
    (delay,) = parse(SpikingConfig, {"delay_ie_ms": 1.23}).warnings()
    assert str(delay).startswith("delay_ie_ms: is 1.2 on the grid of dt_ms = 0.1; got 1.23.")
    (cut,) = parse(SpikingConfig, {"legacy_seed_inputs": 0, "input_type": "sine"}).warnings()
    assert str(cut).startswith("drive_e_base: takes the input to -1.3, and it is cut at 0, as in the original.")


def test_the_largest_number_that_is_taken_is_told():
    with pytest.raises(ConfigError, match=r"pulse_t_ms: must be at most 1e9; got 1e\+308\."):
        parse(SpikingConfig, {"pulse_t_ms": 1e308})
    with pytest.raises(ConfigError, match=r"drive_e_start: must be at least -1e9; got -1e\+20\."):
        parse(SpikingConfig, {"drive_e_start": -1e20})
    parse(SpikingConfig, {"pulse_t_ms": -1e9, "sine_amp": 1e9})
