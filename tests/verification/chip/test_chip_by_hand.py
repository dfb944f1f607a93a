"""Cases that can be worked out on paper, as the lab's page.md tells them, on both engines."""

from __future__ import annotations

import pytest
from scipy import stats

import chip_networks
from quintant.labs.chip import LAB
from quintant.labs.chip.engine import noise


def both(raw):
    """Population -> neuron 0's steps; both engines agree."""
    state, told = chip_networks.fast(raw), chip_networks.told_by_reference(raw)
    step, neuron, _ = state.spikes_of(0, state.steps)
    assert list(zip(step.tolist(), neuron.tolist(), strict=True)) == [spike[:2] for spike in told.spikes]
    return {place.label: step[neuron == place.first].tolist() for place in state.places.places}


def alone(current, timesteps, **population):
    return both(chip_networks.alone(current, timesteps, **population))["n"]


def neuron(label, **population):
    return {"label": label, "size": 1, "threshold": 100, "leak": 0, **population}


def test_a_constant_current_of_200():
    assert alone(200, 40) == [5, 14, 23, 32]


@pytest.mark.parametrize(("threshold", "steps"), [(1000, [3, 7, 11]), (1001, [4, 9])])
def test_the_threshold_is_inclusive(threshold, steps):
    assert alone(250, 12, threshold=threshold, leak=0, refractory_steps=0) == steps


@pytest.mark.parametrize(("leak", "steps"), [(50, []), (49, [99]), (40, [9, 19, 29, 39, 49, 59, 69, 79, 89, 99])])
def test_the_leak_is_a_constant(leak, steps):
    assert alone(50, 100, threshold=100, leak=leak, refractory_steps=0) == steps


@pytest.mark.parametrize(("refractory", "period"), [(0, 1), (1, 2), (3, 4), (10, 11)])
def test_the_period_is_the_refractory_time_and_one(refractory, period):
    assert alone(200, 45, threshold=100, leak=0, refractory_steps=refractory) == list(range(0, 45, period))


def test_the_potential_begins_at_0_and_returns_to_resting():
    assert alone(40, 60, resting=900)[:4] == [27, 33, 39, 45]
    assert alone(60, 40, threshold=100, leak=0, resting=-300, refractory_steps=1) == [1]


def test_a_resting_potential_above_threshold_and_leak_fires_by_itself():
    assert alone(0, 20, threshold=100, leak=3, resting=103, refractory_steps=1) == [1, 3, 5, 7, 9, 11, 13, 15, 17, 19]


def test_delays():
    targets = {f"d{delay}": delay for delay in (0, 1, 5, 63)}
    raw = {
        "populations": [neuron("source", refractory_steps=99), *(neuron(label) for label in targets)],
        "connections": [{"source": "source", "target": label, "weight": 200, "delay": d} for label, d in targets.items()],
        "timesteps": 90,
        "stimuli": [{"population": "source", "current": 200}],
    }
    assert both(raw) == {"source": [0], "d0": [1], "d1": [2], "d5": [6], "d63": [64]}


def test_inhibition_that_arrives_together_vetoes():
    raw = {
        "populations": [
            {"label": "exc", "size": 1}, {"label": "inh", "size": 1},
            {"label": "target", "size": 1, "threshold": 450}, {"label": "free", "size": 1, "threshold": 450},
        ],
        "connections": [
            {"source": "exc", "target": "target", "weight": 500}, {"source": "inh", "target": "target", "weight": -600},
            {"source": "exc", "target": "free", "weight": 500},
        ],
        "timesteps": 20,
        "stimuli": [{"population": "exc", "current": 1200}, {"population": "inh", "current": 1200}],
    }  # fmt: skip
    found = both(raw)
    assert found["target"] == [] and found["free"] == [1, 5, 9, 13, 17]


def test_of_two_stimuli_on_one_neuron_the_last_is_taken():
    raw = {
        "populations": [{"label": "n", "size": 4, "threshold": 100, "leak": 0, "refractory_steps": 0}],
        "connections": [],
        "timesteps": 8,
        "stimuli": [
            {"population": "n", "current": 100},
            {"population": "n", "current": 50, "neurons": [1, 2]},
            {"population": "n", "current": 0, "neurons": [3]},
        ],
    }
    found = chip_networks.trains(chip_networks.result(raw))["n"]
    assert found == {"0": list(range(8)), "1": [1, 3, 5, 7], "2": [1, 3, 5, 7]}


def test_windows_times_and_events_are_half_open_and_local():
    raw = {
        "populations": [{"label": "n", "size": 3, "threshold": 10, "leak": 0, "refractory_steps": 0}],
        "connections": [],
        "timesteps": 12,
        "stimuli": [
            {"population": "n", "neurons": [0], "current": 10, "start": 3, "stop": 6},
            {"population": "n", "neurons": [1], "current": 10, "times": [0, 7, 7, 11]},
            {"population": "n", "events": [[4, 2], [2, 2]], "current": 10},
            {"population": "n", "neurons": [0], "current": 0, "start": 4, "stop": 5},
        ],
    }
    assert chip_networks.trains(chip_networks.result(raw))["n"] == {"0": [3, 5], "1": [0, 7, 11], "2": [2, 4]}


def test_a_pair_of_spikes_learns_as_on_paper():
    """The source fires at 0 and 10, the target at 1 and 11, one after it. Trace of the source at 1: 88, its eighth 11. Trace of
    the target when the source fires again at 10: 100, 88, 77, 68, 60, 53, 47, 42, 37, 33, its eighth 4."""
    raw = {
        "populations": [neuron("pre", refractory_steps=9), neuron("post", refractory_steps=4)],
        "connections": [{"source": "pre", "target": "post", "weight": 100}],
        "timesteps": 11,
        "stimuli": [{"population": "pre", "current": 100}],
        "plasticity": "stdp",
    }
    assert both(raw) == {"pre": [0, 10], "post": [1]}
    assert chip_networks.result(raw).tables["weights"]["final"].to_pylist() == [100 + 11 - 4]
    raw["timesteps"] = 10
    assert chip_networks.result(raw).tables["weights"]["final"].to_pylist() == [111]


def test_reward_turns_eligibility_into_weight():
    """Eligibility 11 at step 1, then 10 at its end, 9 at 2 … and a reward of 128 at the end of step 3 adds what is left."""
    raw = {
        "populations": [neuron("pre", refractory_steps=99), neuron("post", refractory_steps=99)],
        "connections": [{"source": "pre", "target": "post", "weight": 100}],
        "timesteps": 8,
        "stimuli": [{"population": "pre", "current": 100}],
        "plasticity": "three_factor",
    }
    assert chip_networks.result(raw).tables["weights"]["final"].to_pylist() == [100]
    for step, gained in ((1, 11), (2, 10), (3, 9), (4, 8)):
        rewarded = {**raw, "rewards": [{"timestep": step, "value": 128}]}
        assert chip_networks.result(rewarded).tables["weights"]["final"].to_pylist() == [100 + gained]


def test_plastic_synapses_are_those_that_say_so_and_stay_within_their_bounds():
    raw = {
        "populations": [neuron("pre", refractory_steps=3), neuron("post", refractory_steps=3)],
        "connections": [
            {"source": "pre", "target": "post", "weight": 100, "plastic": False},
            {"source": "pre", "target": "post", "weight": 100, "w_max": 130},
            {"source": "pre", "target": "post", "weight": -40},
            {"source": "pre", "target": "post", "weight": -40, "w_min": -100, "w_max": -35},
        ],
        "timesteps": 200,
        "stimuli": [{"population": "pre", "current": 100}],
        "plasticity": "stdp",
    }
    fixed, bounded, lifted, kept = chip_networks.result({**raw, "record_weights": "all"}).tables["weights"]["final"].to_pylist()
    assert fixed == 100 and bounded <= 130 and lifted >= 0 and -100 <= kept <= -35
    assert len(chip_networks.result(raw).tables["weights"]) == 3


def test_the_register_of_the_noise_has_the_full_period():
    assert len(set(noise.cycle().tolist())) == 65535 and noise.advanced(int(noise.cycle()[-1])) == 0xACE1


def test_decays_of_12_bits_round_away_from_zero():
    """V = 100 with decay 2048/4096: 50 goes each step, then 25, 13 (12.5), 6 (6), 3, 2 (1.5), 1 (0.5) …"""
    raw = chip_networks.alone(100, 9, model="decay", voltage_decay=2048, threshold=10_000)
    raw["stimuli"][0]["stop"] = 1
    raw["probes"] = [{"population": "n"}]
    assert chip_networks.result(raw).tables["potentials"]["potential"].to_pylist() == [100, 50, 25, 12, 6, 3, 1, 0, 0]


def test_the_current_of_cuba_acts_a_step_later_and_fades():
    raw = chip_networks.alone(64, 6, model="cuba", voltage_decay=0, current_decay=2048, threshold=10_000)
    raw["stimuli"][0]["stop"] = 1
    raw["probes"] = [{"population": "n"}]
    assert chip_networks.result(raw).tables["potentials"]["potential"].to_pylist() == [0, 64, 96, 112, 120, 124]


@pytest.mark.parametrize("name", [name for name in LAB.presets if name != "whole-chip"])
def test_presets_give_what_they_expect(name):
    preset = LAB.presets[name]
    for root in range(preset.seeds):
        found = chip_networks.result(preset.config, root)
        for expected in preset.expected:
            assert found.metrics[expected.metric].value == pytest.approx(expected.value, abs=expected.slack + 1e-12), expected


def test_the_quick_start_agrees_with_its_binomial_wiring():
    """Inhibitory neurons with two driven inputs or more fire at every fourth step, those with one at every eighth."""
    two = 1 - stats.binom.cdf(1, 5, 0.2)
    mean = 0.25 * two + 0.125 * stats.binom.pmf(1, 5, 0.2)
    rates = [chip_networks.result({}, root).metrics["rate_inhibitory"].value for root in range(60)]
    assert mean == pytest.approx(0.1169, abs=1e-4)
    assert stats.ttest_1samp(rates, mean).pvalue > 1e-3
