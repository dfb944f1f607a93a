"""Input from the draw cache is, bit for bit, what would be drawn, for every type of input."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from quintant.config import parse
from quintant.lab import Streams
from quintant.labs.spiking import LAB
from quintant.labs.spiking.engine import drive
from quintant.labs.spiking.engine.simulation import start
from quintant.labs.spiking.engine.spiking import SpikingEngine
from quintant.runs.draw_cache import FileDrawCache
from quintant.runs.record import pieces
from spiking_networks import LEGACY

SMALL = {"n_e": 30, "n_i": 8, "t_ms": 120.0, "burn_in_ms": 20.0, "drive_e_start": 2.0, "drive_e_base": 2.0}
INPUTS = {
    "ramp": {"drive_e_end": 3.0},
    "legacy ramp": {**LEGACY, "drive_e_end": 3.0, "input_population": "all"},
    "I cells only": {**LEGACY, "input_population": "i", "drive_i_start": 3.0},
    "legacy sine": {**LEGACY, "input_type": "sine", "sine_amp": 1.0, "input_population": "all"},
    "pulses": {"input_type": "pulses", "pulse_t_ms": 10.0, "pulse_interval_ms": 30.0},
    "ornstein-uhlenbeck": {"noise": "ou"},
    "white": {"noise": "white", "input_floor": None},
    "spike train": {"input_type": "external_spike_train", "lambda0_hz": 400.0, "w_in": 1.0},
    "legacy spike train": {**LEGACY, "input_type": "external_spike_train", "lambda0_hz": 400.0, "w_in": 1.0},
    "own current on top": {"own_current": {"times_ms": [0.0, 50.0], "values": [[0.5, 0.1]], "neurons": "all"}},
}


@pytest.fixture
def draw_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(drive, "LEAST_VALUES", 1)
    return FileDrawCache(tmp_path, "code", 1 << 30)


def finished(raw, draw_cache, root: int = 1):
    engine = SpikingEngine()
    config = parse(LAB.config, {**SMALL, **raw})
    state = engine.init(config, replace(Streams.derive(root, LAB.purposes), draw_cache=draw_cache))
    state.chunk = 177
    steps = [engine.step(state, ())]
    while not steps[-1].done:
        steps.append(engine.step(state, ()))
    return steps, engine.result(state)


@pytest.mark.parametrize("raw", INPUTS.values(), ids=INPUTS.keys())
def test_a_run_is_the_same_with_any_draw_cache(draw_cache, raw):
    (steps, plain), (_, putting), (again, found) = (finished(raw, one) for one in (None, draw_cache, draw_cache))
    assert (draw_cache.added, draw_cache.found) == (1, 1)
    assert dict(pieces(plain)) == dict(pieces(putting)) == dict(pieces(found))
    assert plain.metrics["spikes"].value > 0
    assert [(one.events, one.progress, one.phase) for one in steps] == [(one.events, one.progress, one.phase) for one in again]


def test_another_root_or_level_draws_anew_and_another_network_does_not(draw_cache):
    finished({}, draw_cache)
    finished({}, draw_cache, root=2)
    finished({"drive_e_end": 1.0}, draw_cache)
    assert (draw_cache.added, draw_cache.found) == (3, 0)
    finished({"tau_gaba_ms": 9.0, "weights_ei": {"mean": 0.1}}, draw_cache)
    assert (draw_cache.added, draw_cache.found) == (3, 1)


def test_what_costs_little_to_draw_is_not_kept(draw_cache):
    finished({"noise_std": 0.0}, draw_cache)
    assert (draw_cache.added, draw_cache.found) == (0, 0)


def test_a_key_that_is_not_named_cannot_be_drawn_from():
    state = start(parse(LAB.config, SMALL), Streams.derive(1, LAB.purposes))
    with pytest.raises(AttributeError):
        _ = state.drive.config.tau_gaba_ms
    assert set(drive.DRAWN_FROM) <= set(LAB.config.model_fields)


def test_steps_say_what_their_time_went_into():
    steps, _ = finished({}, None)
    assert [step.phase for step in steps] == ["input", "simulate"] * (len(steps) // 2)
    assert np.array_equal([step.progress is None for step in steps], [True, False] * (len(steps) // 2))
