"""What a run tells while it goes: rates of its last chunk, each population's own."""

import numpy as np
import pytest

from quintant.config import parse
from quintant.labs.spiking import LAB
from quintant.labs.spiking.engine import SpikingEngine


def test_the_rates_that_are_watched_are_spikes_by_neuron_and_second_of_each_population():
    raw = {"n_e": 80, "n_i": 20, "t_ms": 400.0, "dt_ms": 0.1, "drive_e_start": 3.0, "drive_e_end": 3.0}
    config = parse(LAB.config, raw)
    engine = SpikingEngine()
    state = engine.init(config, LAB.seeded(config, 1))
    state.chunk = 1000
    first, told = 0, 0
    while True:
        step = engine.step(state, ())
        state = step.state
        if state.done > first:
            _, neuron = state.spikes_of(first, state.done)
            window_s = (state.done - first) * 1e-4
            e, i = np.count_nonzero(neuron < 80), np.count_nonzero(neuron >= 80)
            values = step.progress.values
            assert values["rate_e_hz"] == pytest.approx(e / 80 / window_s)
            assert values["rate_i_hz"] == pytest.approx(i / 20 / window_s)
            first, told = state.done, told + (e > 0 and i > 0)
        if step.done:
            break
    assert told >= 2, "both populations have to have fired for their sizes to tell"
