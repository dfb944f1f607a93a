"""Decoding: whatever a body holds is understood or refused in words; the flags mean what the contract says."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quintant.errors import MOST_TOLD, ConfigError
from quintant.labs.chip.contract import job, network
from quintant.labs.chip.contract.job import JOB, REWARD, SAMPLE, STIMULUS, WHOLE
from quintant.labs.chip.contract.network import CONNECTION, LISTS, NETWORK, POPULATION, Network
from quintant.labs.chip.contract.refusal import BeyondTier, sentences
from quintant.labs.chip.tiers import TIERS

TIER = TIERS["researcher"]
TABLES = (NETWORK, POPULATION, CONNECTION, LISTS, JOB, STIMULUS, REWARD, SAMPLE)
WORDS = sorted({name for table in TABLES for wires in table.sections.values() for name in wires} | {"learning", "params"})
LEAVES = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.integers(-3, 70) | st.floats() | st.text(max_size=4)
    | st.sampled_from(["a", "b", "random_sparse", "explicit", "pulse", "cuba", "n1", "1e9"])
)  # fmt: skip
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4), max_leaves=8
)
OBJECTS = st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=3), VALUES, max_size=5)
POPULATIONS = st.lists(
    st.fixed_dictionaries({"label": st.sampled_from("abc"), "size": st.integers(0, 5) | VALUES}, optional={"params": OBJECTS}),
    max_size=3,
) | VALUES  # fmt: skip
CONNECTIONS = st.lists(
    st.fixed_dictionaries({"source": st.sampled_from("abc"), "target": st.sampled_from("abc")}) | OBJECTS, max_size=3
) | VALUES  # fmt: skip
SMALL = Network([{"label": "a", "size": 3}, {"label": "b", "size": 1}], [], 1)


@settings(max_examples=400, deadline=None)
@given(st.fixed_dictionaries({"populations": POPULATIONS}, optional={"connections": CONNECTIONS, "seed": LEAVES}))
def test_any_network_is_understood_or_refused(body):
    try:
        found = network.decode(body, TIER)
    except (ConfigError, BeyondTier) as error:
        assert str(error)
        if isinstance(error, ConfigError):
            orjson.dumps({"detail": sentences(error.problems)})
    else:
        again = network.decode(orjson.loads(orjson.dumps(network.encode(found), option=orjson.OPT_SERIALIZE_NUMPY)), TIER)
        assert again == found, "what is told is understood as the same"


@settings(max_examples=400, deadline=None)
@given(
    st.fixed_dictionaries({"timesteps": st.integers(1, 9) | VALUES}, optional=dict.fromkeys(JOB.names[2:], VALUES)) | OBJECTS
)
def test_any_job_is_understood_or_refused(body):
    try:
        found = job.decode(body, SMALL, TIER)
    except (ConfigError, BeyondTier) as error:
        assert str(error)
    else:
        assert 1 <= found.steps <= TIER.max_timesteps


@pytest.mark.parametrize(
    ("learning", "plasticity", "graded", "dendrites", "noise"),
    [
        (None, "off", False, None, True),
        ({}, "off", False, None, False),
        ({"enabled": True}, "stdp", False, None, False),
        ({"three_factor": True}, "three_factor", False, None, False),
        ({"enabled": True, "three_factor": True}, "three_factor", False, None, False),
        ({"graded": True, "dendritic": False}, "off", True, False, False),
        ({"dendritic": True, "noise": True}, "off", False, True, True),
        ({"enabled": None}, "off", False, None, False),
    ],
)
def test_the_flags_are_independent_and_what_is_left_out_has_a_meaning(learning, plasticity, graded, dendrites, noise):
    config = job.decode({"timesteps": 5, "learning": learning}, SMALL, TIER).config
    assert (config.plasticity, config.graded, config.dendrites, config.noise) == (plasticity, graded, dendrites, noise)


def test_defaults_are_the_clouds():
    found = network.decode({"populations": [{"label": "n", "size": 1}], "connections": [{"source": "n", "target": "n"}]}, TIER)
    config = NETWORK.parsed({**found.parts, "timesteps": 1, "stimuli": ()})
    neuron, wire = config.populations[0], config.connections[0]
    assert (neuron.threshold, neuron.leak, neuron.resting, neuron.refractory_steps, neuron.dendrite_threshold) == (
        1000,
        3,
        0,
        3,
        500,
    )
    assert (neuron.noise_mantissa, neuron.trace_shift, neuron.slow_trace_shift, neuron.model) == (0, 3, 4, "linear")
    assert (wire.topology, wire.weight, wire.p, wire.delay, wire.compartment) == ("all_to_all", 200, 0.1, 0, 0)
    assert (wire.fan_in, wire.fan_out, wire.seed, wire.plastic, wire.w_min, wire.w_max) == (8, 8, None, True, 0, 2000)


def test_a_noise_configuration_is_mantissa_and_exponent():
    (found,) = network.decode({"populations": [{"label": "n", "size": 1, "params": {"noise_config": 0x4F}}]}, TIER).populations
    assert (found["noise_mantissa"], found["noise_exponent"]) == (15, 4)


@pytest.mark.parametrize(
    ("native", "wire"),
    [
        ("populations.2.refractory_steps", "populations.2.params.refrac"),
        ("populations.0.noise_exponent", "populations.0.params.noise_config"),
        ("populations.0.label", "populations.0.label"), ("populations", "populations"), ("plasticity", "learning.enabled"),
        ("connections.1.synapses.sources.3", "connections.1.synapses.sources.3"), ("network_seed", "seed"),
    ],
)  # fmt: skip
def test_a_native_path_is_told_under_the_wires_name(native, wire):
    assert WHOLE.place(native) == wire


def test_no_more_faults_are_told_than_anybody_reads():
    body = {"populations": [{"label": f"n{at}", "size": 0.5} for at in range(100)]}
    with pytest.raises(ConfigError) as caught:
        network.decode(body, TIER)
    lines = sentences(caught.value.problems).splitlines()
    assert len(lines) == MOST_TOLD + 1 and lines[-1] == "and 50 more."
