"""Every key does what its `when` says: read, it changes what the engine does; not read, it changes nothing and is told."""

from __future__ import annotations

from typing import Any

import pytest

from quintant.labs.spiking import LAB
from quintant.labs.spiking.config import SpikingConfig
from quintant.testing import trials
from quintant.testing.trials import Trial

SMALL: dict[str, Any] = {
    "t_ms": 30.0, "burn_in_ms": 5.0, "n_e": 8, "n_i": 4, "drive_e_start": 1.4, "drive_e_end": 1.6, "input_population": "all",
    "noise_std": 0.7,
    "weights_ee": {"mean": 0.4, "std": 0.05}, "weights_ei": {"mean": 0.4}, "weights_ie": {"mean": 0.4},
    "weights_ii": {"mean": 0.4}, "record_traces": True, "record_neurons": [0, 3, 8, 10],
}  # fmt: skip
OWN = {
    "populations": [{"name": "a", "kind": "E", "size": 5, "drive": 1.0}, {"name": "b", "kind": "I", "size": 3}],
    "record_neurons": None,
}
NEURONS = {"record_neurons": [0, 3]}
HALF = {"input_type": "pulse", "pulse_t_ms": 5.0, "targeted_subset_enabled": True, "target_fraction": 0.5}
PULSE = {"input_type": "pulses", "pulse_t_ms": 5.0, "pulse_interval_ms": 8.0, "pulse_width_ms": 2.0}
TRAIN = {"input_type": "external_spike_train", "lambda0_hz": 800.0}
IZHIKEVICH = {"neuron_model": "izhikevich", "v_th_mv": 30.0, "drive_e_start": 14.0, "drive_e_end": 14.0}
ADEX = {"neuron_model": "adex", "capacitance_e": 281.0, "g_leak_e": 30.0, "drive_e_start": 3000.0, "drive_e_end": 3000.0}
FITZHUGH = {"neuron_model": "fitzhugh", "v_init_mv": -1.0, "v_th_mv": 1.0, "e_gaba_mv": -1.0, "drive_e_start": 0.5}
TRIALS = {
    "connections": Trial([{"source": "a", "target": "b", "weights": {"mean": 2.0}}], OWN, unread={}),
    "populations": Trial(OWN["populations"], NEURONS),
    **{name: Trial(beside=NEURONS, unread=OWN) for name in ("n_e", "n_i")},
    **{f"weights_{pair}": Trial({"mean": 0.9}, unread=OWN) for pair in ("ee", "ei", "ie", "ii")},
    **{f"delay_{pair}_ms": Trial(3.0, unread=OWN) for pair in ("ee", "ei", "ie", "ii")},
    "weight_clamp_min": Trial(0.39),
    "legacy_seed_config": Trial(5, unread=dict.fromkeys(
        ("v_th_spread_mv", "g_leak_spread", "capacitance_spread", "t_ref_spread_ms"), 0.0)),
    "legacy_seed_weights": Trial(5, unread={"weights_ee": {"mean": 0.4}}),
    "legacy_seed_inputs": Trial(5),
    **{name: Trial(beside=NEURONS) for name in (
        "tau_ampa_ms", "tau_gaba_ms", "e_ampa_mv", "e_gaba_mv", "t_ref_e_ms", "t_ref_i_ms", "capacitance_e", "capacitance_i",
        "g_leak_e", "g_leak_i")},
    **{name: Trial(beside=ADEX) for name in ("adex_b", "adex_v_peak_mv")},
    **{name: Trial(beside=FITZHUGH) for name in ("fhn_a", "fhn_b", "fhn_tau_w")},
    **{name: Trial(beside=IZHIKEVICH) for name in ("izh_c_mv", "izh_d")},
    "mqif_a": Trial([0.03]),
    "mqif_v_r_mv": Trial([-57.0]),
    "mqif_w_a": Trial([0.03]),
    "mqif_w_v_r_mv": Trial([-57.0]),
    "mqif_w_tau_ms": Trial([50.0]),
    "noise": Trial("ou"),
    "noise_std_e": Trial(2.0),
    "noise_std_i": Trial(2.0),
    "own_spikes": Trial({"times_ms": [5.0, 9.0], "neurons": [0, 1], "weight": 1.0}),
    "own_current": Trial({"times_ms": [5.0], "values": [[2.0]]}),
    "input_floor": Trial(1.0),
    "precision": Trial("single"),
    "record_neurons": Trial([1]),
    "record_every_ms": Trial(1.0),
    "burn_in_ms": Trial(12.0),
    **{name: Trial(value, HALF) for name, value in (
        ("target_population", "e"), ("target_strategy", "first"), ("target_fraction", 0.25), ("target_seed", 7))},
    "targeted_subset_enabled": Trial(beside={**HALF, "targeted_subset_enabled": False}),
    **{name: Trial(beside=PULSE) for name in
       ("pulse_t_ms", "pulse_width_ms", "pulse_interval_ms", "pulse_amp_e", "pulse_amp_i")},
    **{name: Trial(beside=TRAIN) for name in
       ("lambda0_hz", "mod_depth", "envelope_freq_hz", "phase_rad", "w_in", "tau_in_ms")},
}  # fmt: skip


@pytest.mark.parametrize("name", trials.names(LAB))
def test_a_key_that_is_read_has_an_effect(name):
    trials.has_an_effect(LAB, SMALL, name, TRIALS.get(name, Trial()))


@pytest.mark.parametrize("name", trials.conditional(LAB))
def test_a_key_that_is_not_read_has_none_and_is_told(name):
    trials.has_no_effect(LAB, SMALL, name, TRIALS.get(name, Trial()))


def test_no_preset_says_what_nothing_reads():
    for name, preset in LAB.presets.items():
        told = [str(problem) for problem in SpikingConfig(**preset.config).unread(tuple(preset.config))]
        assert told == [], name
