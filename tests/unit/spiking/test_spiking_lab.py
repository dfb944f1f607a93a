"""The lab as the platform sees it: presets, conformance, events, and silence explained."""

from __future__ import annotations

import subprocess
import sys

import pytest

from quintant.config import parse
from quintant.errors import EngineError
from quintant.labs.spiking import LAB
from quintant.testing import conformance
from spiking_networks import EVEN, constant, result, simulation

SMALL = [
    {"n_e": 80, "n_i": 20, "t_ms": 300.0, "drive_e_start": 1.5, "drive_e_end": 1.5, "burn_in_ms": 50.0},
    {"n_e": 40, "n_i": 10, "t_ms": 60.0, "neuron_model": "adex", "integrator": "rk4", "analyse": False, "noise": "ou",
     "adex_v_t_mv": -52.0, "drive_e_start": 3.0, "drive_e_end": 3.0, "adex_b": 0.1, "adex_a": 0.0,
     "weights_ee": {"sparse_p": 0.1, "weight": 0.01, "weight_std": 0.002}, "record_lfp": True},
]  # fmt: skip


def test_the_lab_is_light_to_import():
    heavy = "numba numpy scipy pyarrow altair"
    code = f"import sys, quintant.labs.spiking; print([m for m in {heavy.split()!r} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


@pytest.mark.parametrize("check", conformance.checks(), ids=lambda check: check.__name__)
@pytest.mark.parametrize("config", SMALL, ids=["lif", "adex"])
def test_conformance(check, config):
    check(LAB, config)


@pytest.mark.parametrize("name", [name for name in LAB.presets if name.startswith("fi-") or name == "pinglab-default"])
def test_a_preset_gives_what_it_expects(name):
    preset = LAB.presets[name]
    found = result(42, **preset.config).metrics
    for expected in preset.expected:
        assert found[expected.metric].value == pytest.approx(expected.value, abs=expected.plus_minus), expected.metric


@pytest.mark.parametrize("name", ["gamma-ping", "asynchronous-irregular"])
def test_a_network_preset_gives_what_it_expects_on_the_mean_of_its_seeds(name):
    preset = LAB.presets[name]
    runs = [result(42 + replicate, **preset.config).metrics for replicate in range(preset.seeds)]
    for expected in preset.expected:
        mean = sum(run[expected.metric].value for run in runs) / len(runs)
        assert mean == pytest.approx(expected.value, abs=expected.plus_minus), expected.metric


def test_silence_says_why_in_the_event_and_beside_every_missing_metric():
    config = parse(LAB.config, {**EVEN, "n_e": 8, "n_i": 2, "t_ms": 300.0, **constant(0.023)})
    steps, made = conformance.run(LAB, config, 1)
    (told,) = [event for step in steps for event in step.events if event.kind == "no_spikes"]
    assert told.payload["why"] == "mean drive 0.023 is below rheobase 0.75 of E cells"
    assert made.metrics["rhythm_peak_hz"].reason == "no spikes: mean drive 0.023 is below rheobase 0.75 of E cells"
    assert LAB.log_line(told) == "No spikes: mean drive 0.023 is below rheobase 0.75 of E cells"


def test_parameters_that_run_away_fail_in_words():
    state = simulation(neuron_model="fitzhugh", t_ms=10.0)
    with pytest.raises(EngineError, match=r"neuron_model fitzhugh: the membrane left the finite numbers before .* ms"):
        state.advance()


def test_a_long_run_tells_its_spikes_on_the_way():
    light = {"record_traces": False, "record_input": False, "analyse": False}
    config = parse(LAB.config, {"n_e": 8, "n_i": 2, "t_ms": 200_000.0, **light, **constant(1.0)})
    steps, made = conformance.run(LAB, config, 1)
    told = sum(step.tables["spikes"].num_rows for step in steps if "spikes" in step.tables)
    assert len(steps) > 10 and told == made.tables["spikes"].num_rows > 1000
