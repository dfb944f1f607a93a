"""Every key does what its `when` says: read, it changes what the engine does; not read, it changes nothing and is told."""

from __future__ import annotations

from typing import Any

import pytest

from quintant.config import parse
from quintant.labs.chip import LAB
from quintant.testing import trials
from quintant.testing.trials import Trial

POPULATIONS = [
    {"label": "a", "size": 12, "threshold": 500, "leak": 4},
    {"label": "b", "size": 8, "threshold": 400, "leak": 2, "noise_mantissa": 5, "noise_exponent": 4},
]
CONNECTIONS = [
    {"source": "a", "target": "b", "topology": "random_sparse", "p": 0.5, "weight": 300},
    {"source": "b", "target": "a", "topology": "fixed_fan_in", "fan_in": 3, "weight": -200, "delay": 2},
    {"source": "a", "target": "a", "weight": 90, "compartment": 1},
]
SMALL: dict[str, Any] = {
    "populations": POPULATIONS, "connections": CONNECTIONS, "timesteps": 60,
    "stimuli": [{"population": "a", "neurons": [0, 1, 2, 3, 4, 5], "current": 260, "probability": 0.6}],
}  # fmt: skip
STIMULUS = {"population": "a", "current": 700, "start": 3, "stop": 20}
SAMPLES = [{"label": 0, "stimuli": [STIMULUS]}, {"label": 1}]
SOMA = [{"source": "a", "target": "b", "weight": 300}]
QUIET = [{"label": "a", "size": 12, "threshold": 500}, {"label": "b", "size": 8}]
LEARNING = {"plasticity": "three_factor"}
READ = {"populations": [POPULATIONS[0], {"label": "b", "size": 8, "model": "decay", "spiking": False}],
        "connections": SOMA, "samples": SAMPLES, "readout": "b"}  # fmt: skip
COEFFICIENTS = {"synaptic_operation_pj": 1.0, "neuron_update_pj": 2.0, "source": "made up for a test"}
REFERENCE = {"title": "none", "spikes": [{"population": "a", "steps": [1, 4], "neurons": [0, 1]}]}
TRIALS: dict[str, Trial] = {
    "populations": Trial([POPULATIONS[0] | {"threshold": 300}, POPULATIONS[1]]),
    "connections": Trial(SOMA),
    "network_seed": Trial(7, unread={"connections": SOMA}),
    "stimuli": Trial([STIMULUS]),
    "samples": Trial(SAMPLES, {"readout": "b"}),
    "readout": Trial("b", {"samples": [{}, {"stimuli": [STIMULUS]}]}, unread={}),
    "readout_by": Trial("last", READ, unread={"samples": None}),
    "rewards": Trial([{"timestep": 30, "value": 90}]),
    "dendrites": Trial(False, unread={"connections": SOMA}),
    "noise": Trial(unread={"populations": QUIET}),
    "probes": Trial([{"population": "a", "neurons": [0]}]),
    "record_weights": Trial("all"),
    "weights_every_steps": Trial(10),
    "reference": Trial(REFERENCE),
    "energy_profile": Trial(unread={"energy_coefficients": COEFFICIENTS}),
    "energy_coefficients": Trial(COEFFICIENTS),
}
SILENT = {"populations": [POPULATIONS[0], {"label": "b", "size": 8, "model": "decay", "spiking": False}]}
DECAY = {"populations": [POPULATIONS[0], {"label": "b", "size": 8, "model": "decay", "voltage_decay": 300}]}
NESTED: dict[str, tuple[dict[str, Any], str, Any]] = {
    "Population.leak": (DECAY, "populations.1.leak", 50),
    "Population.voltage_decay": ({}, "populations.0.voltage_decay", 100),
    "Population.current_decay": (DECAY, "populations.1.current_decay", 100),
    "Population.bias": ({}, "populations.0.bias", 100),
    "Population.v_min": ({}, "populations.0.v_min", -5),
    "Population.v_max": ({}, "populations.0.v_max", 5000),
    "Population.threshold": (SILENT, "populations.1.threshold", 5),
    "Population.spiking": ({}, "populations.0.spiking", False),
    "Population.fires": ({}, "populations.0.fires", "above"),
    "Population.reset": (SILENT, "populations.1.reset", "subtract"),
    "Population.reset_at": (
        {"populations": [POPULATIONS[0], {"label": "b", "size": 8, "model": "decay", "reset": "none"}]},
        "populations.1.reset_at", "next",
    ),
    "Population.spikes_per_step": ({}, "populations.0.spikes_per_step", 9),
    "Population.current_acts": (DECAY, "populations.1.current_acts", "now"),
    "Population.values": ({}, "populations.0.values", {"bias": [3] * 12}),
    "Population.dendrite_threshold": ({"connections": SOMA}, "populations.0.dendrite_threshold", 5),
    "Population.noise_mantissa": ({"noise": False}, "populations.0.noise_mantissa", 9),
    "Population.noise_exponent": ({}, "populations.0.noise_exponent", 9),
    "Population.trace_shift": ({}, "populations.0.trace_shift", 9),
    "Population.slow_trace_shift": (LEARNING, "populations.0.slow_trace_shift", 9),
    "Connection.weight": (
        {"connections": [{"source": "a", "target": "a", "topology": "explicit", "weights": [[7] * 12] * 12}]},
        "connections.0.weight", 9,
    ),
    "Connection.p": ({}, "connections.1.p", 0.9),
    "Connection.fan_in": ({}, "connections.0.fan_in", 2),
    "Connection.fan_out": ({}, "connections.0.fan_out", 2),
    "Connection.delay": (
        {"connections": [{"source": "a", "target": "b", "topology": "explicit",
                          "synapses": {"sources": [0], "targets": [1], "weights": [900], "delays": [3]}}]},
        "connections.0.delay", 9,
    ),
    "Connection.seed": ({}, "connections.2.seed", 9),
    "Connection.plastic": ({}, "connections.0.plastic", False),
    "Connection.w_min": ({}, "connections.0.w_min", -9),
    "Connection.w_max": ({}, "connections.0.w_max", 900),
}  # fmt: skip
CONTRADICTIONS = {
    "Sample.label", "Connection.weights", "Connection.synapses",
    "Stimulus.neurons", "Stimulus.start", "Stimulus.stop", "Stimulus.times",
}  # fmt: skip
"""Refused where they are not read: data that say something else than what stands beside them."""


@pytest.mark.parametrize("name", trials.names(LAB))
def test_a_key_that_is_read_has_an_effect(name):
    trials.has_an_effect(LAB, SMALL, name, TRIALS.get(name, Trial()))


@pytest.mark.parametrize("name", trials.conditional(LAB))
def test_a_key_that_is_not_read_has_none_and_is_told(name):
    trials.has_no_effect(LAB, SMALL, name, TRIALS.get(name, Trial()))


@pytest.mark.parametrize("name", sorted(NESTED))
def test_a_part_that_does_not_read_a_key_says_so(name):
    beside, path, value = NESTED[name]
    trials.part_has_no_effect(LAB, {**SMALL, **beside}, path, value)


def test_every_conditional_key_of_a_part_is_tried():
    assert set(NESTED) | CONTRADICTIONS == trials.nested(LAB)


def test_no_preset_says_what_nothing_reads():
    for name, preset in LAB.presets.items():
        told = [str(problem) for problem in parse(LAB.config, preset.config).unread(tuple(preset.config))]
        assert told == [], name
