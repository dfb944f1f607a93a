"""The published vectors: 20 networks and jobs that the upstream simulator was driven through, spikes and final weights.

Data: chip-vectors.json, made with catalyst-n1 sdk/neurocore at fbfd2e5; its `meta` tells how.
"""

from __future__ import annotations

import hashlib
import json

import pytest

import chip_networks

VECTORS = chip_networks.vectors()


@pytest.fixture(params=VECTORS, ids=[vector["name"] for vector in VECTORS])
def vector(request):
    return request.param


def test_every_spike_of_the_vectors(vector):
    found, expected = chip_networks.result(chip_networks.native(vector)), vector["expected"]
    assert chip_networks.trains(found) == expected["spike_trains"]
    assert found.documents["summary"]["total_spikes"] == expected["total_spikes"] == found.metrics["spikes"].value
    assert found.documents["summary"]["firing_rates"] == pytest.approx(expected["firing_rates"], abs=1e-6)
    steps = vector["job"]["timesteps"]
    series = found.tables["activity"].to_pandas().groupby("step")["spikes"].sum()
    assert series.tolist() == expected["spike_count_timeseries"] and len(series) == steps


@pytest.mark.parametrize("vector", [one for one in VECTORS if "final_weights" in one["expected"]], ids=lambda one: one["name"])
def test_every_final_weight_of_the_vectors(vector):
    rows = chip_networks.result(chip_networks.native(vector)).tables["weights"].to_pylist()
    found = sorted([row["source"], row["pre"], row["target"], row["post"], row["final"]] for row in rows)
    assert found == sorted(vector["expected"]["final_weights"])


def test_a_pulse_at_step_0_gives_the_other_published_result(vector):
    config = chip_networks.native(vector)
    config["stimuli"] = [{**one, "stop": 1} for one in config["stimuli"]]
    found, expected = chip_networks.result(config), vector["expected_if_stimulus_is_one_shot_at_t0"]
    assert found.metrics["spikes"].value == expected["total_spikes"]
    if "spike_trains" in expected:
        assert chip_networks.trains(found) == expected["spike_trains"]


def test_the_reference_gives_the_same_spikes(vector):
    config = chip_networks.native(vector)
    state, told = chip_networks.fast(config), chip_networks.told_by_reference(config)
    step, neuron, _ = state.spikes_of(0, state.steps)
    assert list(zip(step.tolist(), neuron.tolist(), strict=True)) == [spike[:2] for spike in told.spikes]
    assert state.weights().tolist() == told.weights


def test_the_hash_of_the_network_of_256_neurons():
    (vector,) = [one for one in VECTORS if "spike_trains_sha256" in one["expected"]]
    found = chip_networks.trains(chip_networks.result(chip_networks.native(vector)))
    text = json.dumps(found, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == vector["expected"]["spike_trains_sha256"]
