"""What Pinglab's own tests assert of its service, asked of ours over the wire."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

SILENT = {"V_th_heterogeneity_sd": 0, "g_L_heterogeneity_sd": 0, "C_m_heterogeneity_sd": 0, "t_ref_heterogeneity_sd": 0}


@pytest.fixture(scope="module")
def ask(client):
    def asked(inputs, config=None, **more):
        config = {"T": 100, "N_E": 10, "N_I": 5, **(config or {})}
        body = {"config": config, "inputs": inputs, "performance_mode": False, "burn_in_ms": 0, **more}
        answer = client.post("/run", json=body)
        assert answer.status_code == 200, answer.text[:300]
        return answer.json()

    return asked


def pulsed(ask, **inputs):
    """Ids that fire: nothing but a strong pulse makes a cell fire here, so they are the ones it reaches."""
    base = {"input_type": "pulse", "I_E_base": 0, "I_I_base": 0, "noise_std": 0, "pulse_t_ms": 20, "pulse_width_ms": 20,
            "pulse_amp_E": 20, "pulse_amp_I": 20}  # fmt: skip
    alone = {name: {"mean": 0} for name in ("ee", "ei", "ie", "ii")}
    return sorted(set(ask({**base, **inputs}, SILENT, weights=alone)["spikes"]["ids"]))


def test_a_pulse_reaches_the_subset_that_was_asked_for(ask):
    subset = {"targeted_subset_enabled": True, "target_population": "e", "input_population": "all"}
    first = pulsed(ask, **subset, target_strategy="first", target_fraction=0.4)
    assert first == [0, 1, 2, 3], "the lowest four of ten E cells, no I cell"
    chosen = pulsed(ask, **subset, target_fraction=0.3, target_seed=5)
    assert len(chosen) == 3 and max(chosen) < 10
    assert chosen == pulsed(ask, **subset, target_fraction=0.3, target_seed=5), "the seed decides"
    assert pulsed(ask, **subset, target_fraction=0.05) == [], "a twentieth of ten is nobody"
    assert pulsed(ask, input_population="all") == list(range(15))


def test_a_pulse_lasts_from_its_onset_for_its_width(ask):
    told = ask({"input_type": "pulse", "I_E_base": 0, "noise_std": 0, "pulse_t_ms": 2, "pulse_width_ms": 4, "pulse_amp_E": 3},
               {"dt": 1, "T": 10})["input_mean_E"]  # fmt: skip
    assert told == [0, 0, 3, 3, 3, 3, 0, 0, 0, 0]


def test_a_sine_oscillates_about_its_offset(ask):
    told = ask({"input_type": "sine", "I_E_base": 0, "sine_y_offset": 3, "sine_amp": 1, "sine_freq_hz": 10, "noise_std": 0})
    mean = told["input_mean_E"]
    assert sum(mean) / len(mean) == pytest.approx(3.0, abs=1e-3) and max(mean) == pytest.approx(4, abs=1e-3)
    assert mean[250] == pytest.approx(3 + math.sin(2 * math.pi * 10 * 0.025), abs=1e-5)


def test_by_default_only_e_cells_are_driven(ask):
    drive = {"I_E_start": 2, "I_E_end": 2, "I_I_start": 2, "I_I_end": 2}
    assert set(ask(drive)["input_mean_I"]) == {0.0}
    every = ask({**drive, "input_population": "all"})["input_mean_I"]
    assert sum(every) / len(every) > 1
    only = ask({**drive, "input_population": "i"})
    assert set(only["input_mean_E"]) == {0.0} and min(only["input_mean_I"]) > 0


def test_a_negative_input_is_clipped(ask):
    assert set(ask({"I_E_start": -1, "I_E_end": -1, "noise_std": 0})["input_mean_E"]) == {0.0}


def test_a_ramp_never_quite_reaches_its_end(ask):
    told = ask({"I_E_start": 0, "I_E_end": 1, "noise_std": 0})["input_mean_E"]
    assert told[0] == 0 and told[500] == pytest.approx(0.5) and told[-1] == pytest.approx(0.999)


def test_layers_are_labelled(ask):
    assert ask({})["layer_labels"] == ["L1", "I"]
    assert ask({}, {"N_I": 0})["layer_labels"] == ["L1"]


def test_without_feedback_the_weights_onto_i_do_not_change_e(ask):
    drive, config = {"I_E_start": 1.5, "I_E_end": 1.5}, {"T": 500, "N_E": 40, "N_I": 10}
    rates = [ask(drive, config, weights={"ie": {"mean": 0}, "ei": {"std": std}})["mean_rate_E"] for std in (0.0, 0.05)]
    assert rates[0] > 10 and rates[0] == pytest.approx(rates[1], abs=0.2)


def test_no_input_no_spikes_and_times_stay_within_the_run(ask):
    assert ask({"I_E_start": 0, "I_E_end": 0, "noise_std": 0})["num_spikes"] == 0
    told = ask({"I_E_start": 3, "I_E_end": 3})["spikes"]["times"]
    assert told and min(told) >= 0 and max(told) < 100 and told == sorted(told)


def test_refractory_cells_wait(ask):
    told = ask({"I_E_start": 50, "I_E_end": 50, "noise_std": 0}, {**SILENT, "N_I": 0})["spikes"]
    own = [time for time, id in zip(told["times"], told["ids"], strict=True) if id == 0]
    assert len(own) > 10 and min(b - a for a, b in pairwise(own)) >= 3.0 - 0.1 - 1e-9


def test_a_silent_cell_rests_at_its_leak(ask):
    told = ask({"I_E_start": 0, "I_E_end": 0, "noise_std": 0}, {"V_init": -70, "T": 300})
    assert told["membrane_V_E"][-1] == pytest.approx(-65, abs=0.1)
