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
        ({"connections": []}, "connections"),
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
        ({**ONE, "n_e": 5}, "n_e"),
    ],
)
def test_what_is_doubtful_is_told(raw, path):
    assert path in [problem.path for problem in parse(SpikingConfig, raw).warnings()]


def test_the_default_raises_no_doubt():
    assert list(parse(SpikingConfig, {}).warnings()) == []


def test_the_largest_number_that_is_taken_is_told():
    with pytest.raises(ConfigError, match=r"pulse_t_ms: must be at most 1e9; got 1e\+308\."):
        parse(SpikingConfig, {"pulse_t_ms": 1e308})
    with pytest.raises(ConfigError, match=r"drive_e_start: must be at least -1e9; got -1e\+20\."):
        parse(SpikingConfig, {"drive_e_start": -1e20})
    parse(SpikingConfig, {"pulse_t_ms": -1e9, "sine_amp": 1e9})
