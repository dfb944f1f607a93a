"""The compiled engine against the reference, integer by integer, over random networks that use everything there is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chip_networks
from quintant.labs.chip.engine import kernel, simulation


def agree(seed: int, chunk: int | None = None) -> int:
    """Spikes, payloads, weights and every probed state are the same; returns how many spikes there were."""
    config = chip_networks.random_network(seed)
    state, told = chip_networks.fast(config, seed, chunk), chip_networks.told_by_reference(config, seed)
    step, neuron, payload = state.spikes_of(0, state.steps)
    assert list(zip(step.tolist(), neuron.tolist(), strict=True)) == [spike[:2] for spike in told.spikes]
    if config["graded"]:
        assert payload.tolist() == [spike[2] for spike in told.spikes]
    assert state.weights().tolist() == told.weights
    rows = np.concatenate(state.probe_rows or [np.empty((0, kernel.PROBE_COLUMNS), np.int64)])
    for row in rows.tolist():
        step, index, potential, _, _, refractory, _, trace, slow_trace = row[:9]
        assert (potential, refractory, trace, slow_trace) == told.states[step][index]
    return state.spikes


@pytest.mark.parametrize("block", range(10))
def test_both_engines_agree_on_random_networks(block):
    spikes = sum(agree(seed) for seed in range(40 * block, 40 * block + 40))
    assert spikes > 1000


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(1_000_000, 2**40), chunk=st.integers(1, 20))
def test_chunks_of_any_length_change_nothing(seed, chunk):
    agree(seed, chunk)


@pytest.mark.parametrize("seed", range(40))
def test_chunks_that_end_early_change_nothing(monkeypatch, seed):
    monkeypatch.setattr(simulation, "CROSSINGS", 1 + seed)
    agree(seed)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_both_engines_agree_on_many_random_networks(block):
    for seed in range(10_000 + 500 * block, 10_500 + 500 * block):
        agree(seed)
