"""From a body to a config: every key of the contract reaches its native one, nothing is lost without a word."""

from __future__ import annotations

import re

import pytest

from quintant.config import parse
from quintant.errors import ConfigError
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.contract.decode import decode, decode_weights, ignored_header
from quintant.labs.spiking.contract.keys import TABLE
from quintant.wire import coercion

# The lists of the contract, as it prints them.
CONFIG = """C_m_E, C_m_I, C_m_heterogeneity_sd, E_K, E_L, E_Na, E_e, E_i, N_E, N_I, T, V_init, V_reset, V_th,
V_th_heterogeneity_sd, adex_V_T, adex_V_peak, adex_a, adex_b, adex_delta_T, adex_tau_w, delay_ee, delay_ei, delay_ie, delay_ii,
dt, fhn_a, fhn_b, fhn_tau_w, g_A, g_K, g_L_E, g_L_I, g_L_heterogeneity_sd, g_Na, izh_a, izh_b, izh_c, izh_d, mqif_Vr, mqif_a,
mqif_w_Vr, mqif_w_a, mqif_w_tau, neuron_model, pulse_amplitude_E, pulse_amplitude_I, pulse_duration_ms, pulse_interval_ms,
pulse_onset_ms, qif_Vr, qif_Vt, qif_a, seed, t_ref_E, t_ref_I, t_ref_heterogeneity_sd, tau_ampa, tau_gaba"""
INPUTS = """I_E_base, I_E_end, I_E_start, I_I_base, I_I_end, I_I_start, envelope_freq_hz, lambda0_hz, mod_depth, phase_rad,
input_population, input_type, noise_std, noise_std_E, noise_std_I, pulse_amp_E, pulse_amp_I, pulse_interval_ms, pulse_t_ms,
pulse_width_ms, seed, sine_amp, sine_freq_hz, sine_phase, sine_phase_offset_i, sine_y_offset, w_in, tau_in_ms, target_fraction,
target_population, target_seed, target_strategy, targeted_subset_enabled"""
WEIGHTS = "ee, ei, ie, ii, clamp_min, seed"
DEAD = {"pulse_onset_ms", "pulse_duration_ms", "pulse_interval_ms", "pulse_amplitude_E", "pulse_amplitude_I"}
DEFAULTS = {
    "config": {"dt": 0.1, "T": 1000, "N_E": 800, "N_I": 200, "seed": 0, "neuron_model": "lif", "delay_ee": 0.5, "delay_ei": 0.5,
               "delay_ie": 1.2, "delay_ii": 0.5, "V_init": -65, "E_L": -65, "V_reset": -65, "V_th": -50, "E_e": 0, "E_i": -80,
               "C_m_E": 1, "C_m_I": 1, "g_L_E": 0.05, "g_L_I": 0.1, "t_ref_E": 3.0, "t_ref_I": 1.5, "tau_ampa": 2.0,
               "tau_gaba": 6.5, "g_L_heterogeneity_sd": 0.15, "C_m_heterogeneity_sd": 0.10, "V_th_heterogeneity_sd": 1.2,
               "t_ref_heterogeneity_sd": 0.3, "g_Na": 120, "g_K": 36, "E_Na": 50, "E_K": -77, "adex_V_T": -50,
               "adex_delta_T": 2, "adex_tau_w": 100, "adex_a": 2, "adex_b": 60, "adex_V_peak": 20, "g_A": 47.7, "fhn_a": 0.7,
               "fhn_b": 0.8, "fhn_tau_w": 12.5, "mqif_a": (0.02,), "mqif_Vr": (-55,), "mqif_w_a": (0.02,), "mqif_w_Vr": (-55,),
               "mqif_w_tau": (100,), "qif_a": 1, "qif_Vr": -60, "qif_Vt": -45, "izh_a": 0.02, "izh_b": 0.2, "izh_c": -65,
               "izh_d": 8},
    "inputs": {"input_type": "ramp", "input_population": "e", "I_E_start": 0.7, "I_E_end": 0.7, "I_I_start": 0.7,
               "I_I_end": 0.7,
               "I_E_base": 0.7, "I_I_base": 0.7, "noise_std": 0.5, "noise_std_E": None, "noise_std_I": None, "seed": 0,
               "sine_freq_hz": 5, "sine_amp": 2, "sine_y_offset": 0, "sine_phase": 0, "sine_phase_offset_i": 0,
               "lambda0_hz": 30,
               "mod_depth": 0.5, "envelope_freq_hz": 5, "phase_rad": 0, "w_in": 0.25, "tau_in_ms": 3, "pulse_t_ms": 200,
               "pulse_width_ms": 20, "pulse_interval_ms": 100, "pulse_amp_E": 1, "pulse_amp_I": 1,
               "targeted_subset_enabled": False, "target_population": "all", "target_strategy": "random",
               "target_fraction": 1.0,
               "target_seed": 0},
    "weights": {"clamp_min": 0.0, "seed": 0},
}  # fmt: skip


@pytest.mark.parametrize(("section", "names"), [("config", CONFIG), ("inputs", INPUTS), ("weights", WEIGHTS)])
def test_the_keys_are_those_of_the_contract(section, names):
    wires = TABLE.sections[section]
    assert set(wires) == set(re.split(r",\s+", names))
    assert {name for name, wire in wires.items() if wire.idle} == (DEAD if section == "config" else set())


def test_every_native_key_is_set_by_one_wire_key():
    natives = [wire.key for wire in TABLE.wires if wire.key]
    assert len(natives) == len(set(natives)) and set(natives) <= set(SpikingConfig.model_fields)


@pytest.mark.parametrize("section", DEFAULTS)
def test_the_defaults_are_those_of_the_contract(section):
    config = decode({}).config
    found = {name: getattr(config, TABLE.sections[section][name].key) for name in DEFAULTS[section]}
    assert found == DEFAULTS[section]
    assert decode({}).performance_mode is True and decode({}).max_spikes == 30000 and config.burn_in_ms == 200


SINGLE = [wire for wire in TABLE.wires if wire.key and "." in wire.path and wire.read is None]


def other(wire):
    """A value that differs from the default and is allowed."""
    value, (kind, words) = getattr(decode({}).config, wire.key), TABLE.kind(wire)
    if kind == "word":
        return next(word for word in words if word != value)
    if kind == "bool":
        return not value
    if kind == "floats":
        return [value[0] + 1.5]
    if wire.name == "target_fraction":
        return 0.25
    return (value or 0) + (1 if kind == "int" else 0.5)


@pytest.mark.parametrize("path", [wire.path for wire in SINGLE])
def test_each_key_reaches_its_native_one(path):
    section, name = path.split(".")
    wire = TABLE.by_path[path]
    value = other(wire)
    blocks = {block: {"mean": 1} for block in ("ee", "ei", "ie", "ii")}  # a clamp above all weights would be refused
    body = {"weights": blocks} if name == "clamp_min" else {}
    body[section] = {**body.get(section, {}), name: value}
    config = decode(body).config
    assert getattr(config, wire.key) == (tuple(value) if isinstance(value, list) else value)
    others = [each.key for each in SINGLE if each.key != wire.key]
    assert [one for one in others if getattr(config, one) != getattr(decode({}).config, one)] == []


def test_blocks_are_merged_over_their_defaults():
    config = decode({"weights": {"ee": {"std": 0.01}, "ei": {"mean": 0.5}, "ie": {}, "ii": None}}).config
    assert (config.weights_ee.mean, config.weights_ee.std) == (0.02, 0.01)
    assert (config.weights_ei.mean, config.weights_ei.std) == (0.5, 0.0)
    assert config.weights_ie == SpikingConfig.model_fields["weights_ie"].default == config.weights_ie
    assert config.weights_ii.mean == 0.02


def test_the_older_form_is_merged_over_its_own():
    config = decode({"weights": {"ei": {"p": 0.5}, "ie": {"dist": {"name": "gamma", "params": {"shape": "2"}}}}}).config
    assert config.weights_ei.p == 0.5 and dict(config.weights_ei.dist.params) == {"mean": 0.015, "std": 0.0}
    assert config.weights_ie.p == 0.04 and dict(config.weights_ie.dist.params) == {"shape": 2.0}


@pytest.mark.parametrize(("kind", "given", "found"), [
    ("int", "12", 12), ("int", 12.0, 12), ("int", True, 1), ("float", "1.5", 1.5), ("float", 3, 3.0), ("float", True, 1.0),
    ("bool", "yes", True), ("bool", "off", False), ("bool", 0, False), ("floats", [1, "2"], [1.0, 2.0]),
])  # fmt: skip
def test_lax_types_pass(kind, given, found):
    assert coercion.coerce(kind, given, "x") == found


@pytest.mark.parametrize(("kind", "given"), [
    ("int", 12.5), ("int", "12.5"), ("int", None), ("int", []), ("float", "nan"), ("float", float("inf")), ("float", {}),
    ("bool", 2), ("bool", "maybe"), ("floats", "1"), ("floats", [None]), ("word", "LIF"), ("word", 1), ("word", ["lif"]),
])  # fmt: skip
def test_other_types_do_not(kind, given):
    with pytest.raises(coercion.Misfit) as refused:
        coercion.coerce(kind, given, "x", ("lif", "hh"))
    assert len(refused.value.types) == len(refused.value.problems) == 1
    assert refused.value.problems[0].path.startswith("x")


def test_what_is_ignored_is_told_in_order():
    told = decode({"config": {"tau_gabba": 1, "pulse_onset_ms": None}, "weights": {"ee": {"men": 1}}, "x": 1})
    assert told.ignored == ("x", "config.tau_gabba", "config.pulse_onset_ms", "weights.ee.men")
    assert told.warnings[1].hint == "Did you mean 'tau_gaba'?"
    assert decode_weights({"inputs": {}, "performance_mode": "no idea"}).ignored == ("inputs", "performance_mode")


def test_the_header_is_plain_and_bounded():
    assert ignored_header(("config.größe", "a,b\r\nSet-Cookie: x")) == "config.gr??e, a?b??Set-Cookie: x"
    long = ignored_header(tuple(f"config.key_{k}" for k in range(1000)))
    assert len(long) <= 2000 and re.search(r", and \d+ more$", long)


def test_a_preview_ignores_what_only_a_run_knows():
    assert decode_weights({"config": {"N_E": 3}, "weights": {"seed": 9}}).config.legacy_seed_weights == 9


def test_a_graph_is_refused_and_none_is_not():
    with pytest.raises(ConfigError, match=r"graph: is not supported"):
        decode({"graph": {}})
    assert decode({"graph": None}).ignored == ()


def test_native_names_do_not_reach_the_wire():
    with pytest.raises(ConfigError) as refused:
        decode({"config": {"N_E": 100_000}, "weights": {"ee": {"std": 0.01}}})
    assert not re.search(r"\b(t_ms|n_e|n_i|dt_ms)\b", str(refused.value))
    assert refused.value.problems[0].path == "config.N_E"


def test_the_config_of_a_request_is_a_valid_native_config():
    config = decode({"config": {"N_E": 5}, "weights": {"ei": {"p": 0.1}}}).config
    assert parse(SpikingConfig, config.model_dump(mode="json")) == config
