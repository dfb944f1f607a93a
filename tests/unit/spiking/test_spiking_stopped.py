"""What a stopped run keeps: all that was simulated, and of it what so short a window can tell."""

import pytest

from quintant.config import parse
from quintant.labs.spiking import LAB
from quintant.labs.spiking.engine import SpikingEngine, spiking

BURN_IN_MS = 100.0
NETWORK = {
    "n_e": 80, "n_i": 20, "t_ms": 1000.0, "dt_ms": 0.1, "burn_in_ms": BURN_IN_MS, "drive_e_start": 3.0, "drive_e_end": 3.0,
    "record_traces": True, "record_input": True, "record_lfp": True, "record_every_ms": 0.7,
}  # fmt: skip


def stopped(raw, steps):
    """(what is kept, the state) of a run that is stopped after so many steps of the engine."""
    config = parse(LAB.config, raw)
    engine = SpikingEngine()
    state = engine.init(config, LAB.seeded(config, 1))
    state.chunk = 730  # what decides where a run can be stopped, and nothing else
    for _ in range(steps):
        state = engine.step(state, ()).state
    return engine.so_far(state), state


@pytest.fixture(scope="module")
def whole():
    config = parse(LAB.config, NETWORK)
    engine = SpikingEngine()
    step = engine.step(engine.init(config, LAB.seeded(config, 1)), ())
    while not step.done:
        step = engine.step(step.state, ())
    return engine.result(step.state)


@pytest.mark.parametrize("steps", [4, 5, 13])
def test_a_stopped_run_keeps_the_beginning_of_the_whole_one(steps, whole):
    """After a chunk, and after the input of the next one was prepared."""
    kept, state = stopped(NETWORK, steps)
    result, amount = kept
    end_ms = state.done * 0.1
    assert amount == f"{end_ms:,.10g} of 1,000 ms" and end_ms < 1000
    for name in ("spikes", "traces", "input", "lfp"):
        begun = [row for row in whole.tables[name].to_pylist() if row["time_ms"] < end_ms - 1e-9]
        assert result.tables[name].to_pylist() == begun, name
    assert result.documents["network"]["steps"] == state.done


def test_its_numbers_are_those_of_a_run_of_that_length():
    kept, state = stopped(NETWORK, 13)
    result, amount = kept
    shorter, end = stopped({**NETWORK, "t_ms": state.done * 0.1}, 13)
    assert end.done == end.steps == state.done
    metrics = shorter[0].metrics
    assert result.metrics["spikes"].value > 100
    for name, metric in result.metrics.items():
        assert (metric.value, metric.reason) == (metrics[name].value, metrics[name].reason), name
        assert metric.value is None or metric.method.endswith(f"so far: {amount}"), name


def test_a_window_that_is_too_short_says_what_it_cannot_tell():
    kept, state = stopped(NETWORK, 4)
    metric = kept[0].metrics["rhythm_peak_hz"]
    assert state.done * 0.1 - BURN_IN_MS < 50
    assert metric.value is None and f"in {state.done * 0.1 - BURN_IN_MS:g} ms" in metric.reason


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
def test_nothing_is_kept_of_the_burn_in(steps):
    kept, state = stopped(NETWORK, steps)
    assert kept is None and state.done * 0.1 <= BURN_IN_MS


def test_of_very_many_spikes_a_stop_tells_counts_and_rates(monkeypatch):
    monkeypatch.setattr(spiking, "MOST_AT_A_STOP", 10)
    kept, state = stopped(NETWORK, 13)
    metrics = kept[0].metrics
    assert metrics["spikes"].value == state.spikes and metrics["rate_e_hz"].value > 0
    limit = f"at most 10 spikes are analysed, here are {state.spikes:,}"
    assert metrics["rhythm_peak_hz"].reason == f"not measured: when a run is stopped {limit}"


def test_a_silent_network_says_why():
    kept, _ = stopped({**NETWORK, "drive_e_start": 0.0, "drive_e_end": 0.0, "noise_std": 0.0}, 5)
    assert kept[0].metrics["spikes"].value == 0 and kept[0].metrics["rhythm_peak_hz"].reason.startswith("no spikes: ")


def test_input_spikes_end_where_the_run_was_stopped():
    kept, state = stopped({**NETWORK, "input_type": "external_spike_train"}, 5)
    raster = kept[0].tables["input_raster"].column("time_ms").to_pylist()
    assert raster and max(raster) < state.done * 0.1 and len(kept[0].tables["input"]) == state.done
