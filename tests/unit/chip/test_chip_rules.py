"""What a chip config refuses, and what it only warns of; the texts are pinned."""

from __future__ import annotations

import pytest

from quintant.config import parse
from quintant.errors import ConfigError
from quintant.labs.chip.config import ChipConfig
from quintant.labs.chip.packed import pack

TWO = {"populations": [{"label": "a", "size": 3}, {"label": "b", "size": 2}], "connections": [], "stimuli": []}


def refusals(**keys):
    with pytest.raises(ConfigError) as error:
        parse(ChipConfig, {**TWO, **keys})
    return [str(problem) for problem in error.value.problems]


def warnings(**keys):
    return [str(problem) for problem in parse(ChipConfig, {**TWO, **keys}).warnings()]


def joined(**connection):
    return {"connections": [{"source": "a", "target": "b", **connection}]}


def listed(**columns):
    return joined(topology="explicit", synapses={"sources": [0, 2], "targets": [1, 1], "weights": [5, -5], **columns})


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({"populations": [{"label": "a", "size": 1}, {"label": "a", "size": 1}]}, "populations.1.label: 'a' is given twice."),
        ({"populations": [{"label": "a\nb", "size": 1}]}, "populations.0.label: must be printable."),
        ({"populations": [{"label": "a", "size": 0}]}, "populations.0.size: must be at least 1; got 0."),
        ({"populations": [{"label": "a", "size": 1, "threshold": 1.5}]},
         "populations.0.threshold: must be an integer; got 1.5."),
        ({"populations": [{"label": "a", "size": 600_000}, {"label": "b", "size": 600_000}]},
         "populations: must have at most 1,000,000 neurons together; got 1,200,000."),
        ({"populations": [{"label": "a", "size": 1, "model": "decay", "v_min": 5}]},
         "populations.0.resting: must be within v_min = 5 and v_max = 8388607; got 0."),
        ({"populations": [{"label": "a", "size": 1, "model": "cuba", "v_max": 999}]},
         "populations.0.threshold: must be at most v_max = 999; got 1000."),
        (joined(target="bb"),
         "connections.0.target: must be the label of a population, one of a, b; got 'bb'."),
        (joined(weight=40_000), "connections.0.weight: must be at most 32767; got 40000."),
        (joined(delay=64), "connections.0.delay: must be at most 63; got 64."),
        (joined(compartment=4), "connections.0.compartment: must be at most 3; got 4."),
        (joined(p=float("nan")), "connections.0.p: must be a finite number; got nan."),
        (joined(w_min=5, w_max=4), "connections.0.w_min: must be at most w_max = 4; got 5."),
        (joined(topology="one_to_one"), "connections.0.topology: one_to_one needs populations of one size; got 3 and 2."),
        (joined(topology="explicit"), "connections.0: explicit needs either `weights` or `synapses`."),
        (joined(weights=[[1, 2]]), "connections.0.weights: is for the topology explicit; this one is all_to_all."),
        (joined(topology="explicit", weights=[[1, 2]]),
         "connections.0.weights: must have a row for each of the 3 sources; got 1."),
        (joined(topology="explicit", weights=[[1, 2], [1], [1, 2]]),
         "connections.0.weights.1: must have a column for each of the 2 targets; got 1."),
        (listed(targets=[1, 2]), "connections.0.synapses.targets.1: must be 0 to 1; got 2."),
        (listed(weights=[1]), "connections.0.synapses.weights: must be as long as sources, 2; got 1."),
        (listed(weights=[1, 40_000]), "connections.0.synapses.weights.1: must be -32768 to 32767; got 40000."),
        (listed(delays=pack([0, 64])), "connections.0.synapses.delays.1: must be 0 to 63; got 64."),
        (listed(sources={"int32_zlib": "AAAA"}),
         "connections.0.synapses.sources: is not base64 of zlib-compressed integers: Error -3 while decompressing data: "
         "unknown compression method."),
        ({"stimuli": [{"population": "a", "current": 1, "neurons": [0, 3]}]},
         "stimuli.0.neurons.1: must be the index of a neuron, 0 to 2; got 3."),
        ({"stimuli": [{"population": "a", "current": 2**31}]},
         "stimuli.0.current: must be at most 2147483647; got 2147483648."),
        ({"stimuli": [{"population": "a", "current": 1, "start": 1000}]},
         "stimuli.0.start: must be below timesteps = 1000; got 1000."),
        ({"stimuli": [{"population": "a", "current": 1, "start": 5, "stop": 5}]},
         "stimuli.0.stop: must be after start = 5; got 5."),
        ({"stimuli": [{"population": "a", "current": 1, "times": [4, 1000]}]},
         "stimuli.0.times.1: must be a step, 0 to 999; got 1000."),
        ({"stimuli": [{"population": "a", "current": 1, "events": [[0, 3]]}]},
         "stimuli.0.events.0.1: must be the index of a neuron, 0 to 2; got 3."),
        ({"stimuli": [{"population": "a", "current": 1, "events": [[0, 1]], "start": 2}]},
         "stimuli.0.start: cannot stand beside events, which name their steps and neurons."),
        ({"rewards": [{"timestep": 1000, "value": 1}]}, "rewards.0.timestep: must be below timesteps = 1000; got 1000."),
        ({"samples": [{"label": 0}]}, "readout: is required where samples have a label."),
        ({"samples": [{"label": 2}], "readout": "b"},
         "samples.0.label: must be the index of a neuron of b, 0 to 1; got 2."),
        ({"probes": [{"population": "c"}]}, "probes.0.population: must be the label of a population, one of a, b; got 'c'."),
        ({"energy_coefficients": {"synaptic_operation_pj": 1.0, "neuron_update_pj": 1.0, "source": ""}},
         "energy_coefficients.source: must have at least 3 characters; got ''."),
        ({"timesteps": 10_000_001}, "timesteps: must be at most 10000000; got 10000001."),
    ],
)  # fmt: skip
def test_what_is_refused(keys, text):
    assert text in refusals(**keys)


def test_what_would_not_fit_the_memory_is_refused_with_its_size():
    (text,) = refusals(populations=[{"label": "a", "size": 100_000}], connections=[{"source": "a", "target": "a"}])
    assert text == (
        "populations: 100,000 neurons, 10,000,000,000 synapses and 1,000 steps would need 373 GiB of memory; "
        "the limit is 4 GiB. Take sparser connections, fewer neurons, fewer steps, or record less."
    )


def test_a_seeded_draw_over_too_many_pairs_is_refused():
    big = {"populations": [{"label": "a", "size": 131_072}],
           "connections": [{"source": "a", "target": "a", "topology": "random_sparse", "p": 1e-4, "seed": 1}]}  # fmt: skip
    assert refusals(**big) == [
        "connections.0.seed: would ask NumPy about 17,179,869,184 pairs one by one; the limit is 2,000,000,000. "
        "Leave it out and set network_seed."
    ]


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (joined(topology="fixed_fan_in", fan_in=9), "connections.0.fan_in: is capped at 3, all there are."),
        ({**joined(compartment=1), "dendrites": False},
         "connections.0.compartment: leads to a dendrite, and dendrites is false: what it carries is lost."),
        ({**joined(weight=-5), "plasticity": "stdp"},
         "connections.0.weight: is below w_min = 0: the first depression lifts it there, as on the chip. "
         "Set plastic false, or a w_min and w_max around it."),
        ({**joined(weight=2500), "plasticity": "stdp"},
         "connections.0.weight: is above w_max = 2000: the first potentiation drops it there, as on the chip. "
         "Set plastic false, or a higher w_max."),
        ({"plasticity": "three_factor"}, "rewards: are missing: three_factor changes no weight without one."),
        ({"stimuli": [{"population": "a", "current": 1, "stop": 1001}]}, "stimuli.0.stop: is beyond timesteps = 1000."),
        ({"populations": [{"label": "a", "size": 1, "resting": 1003}]},
         "populations.0.resting: minus leak reaches the threshold: its neurons fire without input."),
    ],
)  # fmt: skip
def test_what_is_accepted_with_a_word(keys, text):
    assert warnings(**keys) == [text]


def test_the_defaults_are_accepted_without_a_word():
    assert list(parse(ChipConfig, {}).warnings()) == []
