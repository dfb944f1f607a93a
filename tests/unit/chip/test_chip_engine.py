"""The chip engine as the platform sees it: steps, events, tables, documents, metrics."""

from __future__ import annotations

import json

import numpy as np
import pytest

import chip_networks
from quintant.config import parse
from quintant.errors import EngineError
from quintant.labs.chip import LAB, seam
from quintant.labs.chip.chance import seedless
from quintant.labs.chip.config import ChipConfig, Population
from quintant.labs.chip.engine import ChipEngine, simulation
from quintant.labs.chip.log import log_line

BUSY = {
    "populations": [{"label": "n", "size": 20, "threshold": 50, "leak": 0, "refractory_steps": 0}],
    "connections": [{"source": "n", "target": "n", "topology": "random_sparse", "p": 0.5, "weight": 60}],
    "timesteps": 50,
    "stimuli": [{"population": "n", "current": 100}],
}


def steps(raw, chunk=None):
    config, engine = parse(ChipConfig, raw), ChipEngine()
    state = engine.init(config, LAB.seeded(config, 1))
    state.chunk = chunk or state.chunk
    found = [engine.step(state, ())]
    while not found[-1].done:
        found.append(engine.step(state, ()))
    return found, engine.result(state)


def test_steps_tell_events_progress_and_tables_as_they_go():
    found, result = steps(BUSY, chunk=7)
    assert [event.kind for step in found for event in step.events] == ["built", "simulated"]
    assert [step.progress.values["step"] for step in found] == [7, 14, 21, 28, 35, 42, 49, 50]
    assert found[-1].progress.fraction == 1.0 and found[-1].progress.values["spikes"] == result.metrics["spikes"].value == 1000
    assert sum(step.tables["spikes"].num_rows for step in found) == result.tables["spikes"].num_rows
    assert sum(step.tables["activity"].num_rows for step in found) == 50
    assert all(log_line(event) for step in found for event in step.events)


def test_a_chunk_ends_early_where_much_more_fires_or_learns_than_was_thought():
    """Cancel and time limits are looked at between chunks."""
    everything = {"populations": [{"label": "n", "size": 1000, "threshold": 1, "leak": 0, "refractory_steps": 0}],
                  "connections": [{"source": "n", "target": "n"}], "timesteps": 100,
                  "stimuli": [{"population": "n", "current": 5}], "probes": [{"population": "n", "neurons": [7]}]}  # fmt: skip
    found, result = steps(everything, chunk=100)
    assert [step.progress.values["step"] for step in found] == [30, 60, 90, 100], "a million synapses are crossed at each step"
    assert result.metrics["synaptic_events"].value == 100_000_000
    assert result.tables["potentials"]["step"].to_pylist() == list(range(100))
    learning = {**everything, "plasticity": "three_factor", "timesteps": 4}
    assert [step.progress.values["step"] for step in steps(learning, chunk=100)[0]] == [2, 4]


def test_everything_of_the_seam_is_there_and_nothing_else():
    config = {
        **BUSY, "plasticity": "stdp", "graded": True, "weights_every_steps": 20,
        "probes": [{"population": "n", "neurons": [3]}], "samples": [{"label": 0}, {"label": 3}], "readout": "n",
        "reference": {"title": "nothing", "spikes": [{"population": "n", "steps": [], "neurons": []}]},
    }  # fmt: skip
    _, result = steps(config)
    assert set(result.tables) == set(seam.TABLES) and set(result.documents) == set(seam.DOCUMENTS)
    assert set(result.metrics) == {*seam.METRICS, "rate_n"}
    assert {name: metric.unit for name, metric in result.metrics.items() if name in seam.METRICS} == seam.METRICS
    assert json.loads(json.dumps(result.documents)) == result.documents
    assert result.tables["potentials"].num_rows == 100
    history = result.tables["weight_history"].to_pandas()
    assert sorted(history["step"].unique()) == [0, 20, 40, 50, 60, 80] or sorted(history["step"].unique()) == [
        0,
        20,
        40,
        60,
        80,
    ]
    weights = result.tables["weights"].to_pandas()
    assert (history[history["step"] == 0]["weight"].to_numpy() == weights["initial"].to_numpy()).all()
    assert result.metrics["weights_changed"].value == int((weights["initial"] != weights["final"]).sum()) > 0


def test_counts_of_the_energy_are_those_of_the_tables():
    _, result = steps(BUSY)
    counts, network = result.documents["energy"]["counts"], result.documents["network"]
    fan_out = np.bincount(
        [row["pre"] for row in steps({**BUSY, "record_weights": "all"})[1].tables["weights"].to_pylist()], minlength=20
    )
    fired = np.bincount(result.tables["spikes"]["neuron"].to_numpy(), minlength=20)
    assert counts["synaptic_operations"] == int(fan_out @ fired) == result.metrics["synaptic_events"].value
    assert counts["neuron_updates"] == 20 * 50 and counts["spikes_routed"] == int(fired[fan_out > 0].sum())
    assert network["synapses"] == int(fan_out.sum())
    assert result.documents["fit"]["fits"] is True and result.documents["energy"]["estimate"] is True


def test_samples_begin_from_the_initial_state_and_are_counted_by_class():
    one = {"population": "n", "current": 100, "times": [1, 2, 3]}
    config = {
        "populations": [{"label": "n", "size": 3, "threshold": 50, "leak": 0, "refractory_steps": 0}],
        "connections": [], "timesteps": 5, "stimuli": [], "readout": "n",
        "samples": [
            {"label": 2, "stimuli": [{**one, "neurons": [2]}]}, {"label": 0, "stimuli": [{**one, "neurons": [1]}]},
            {"label": 1}, {"stimuli": [{**one, "neurons": [0, 1]}]},
        ],
    }  # fmt: skip
    _, result = steps(config)
    rows = result.tables["samples"].to_pylist()
    assert [row["predicted"] for row in rows] == [2, 1, None, 0]
    assert [row["counts"] for row in rows] == [[0, 0, 3], [0, 3, 0], [0, 0, 0], [3, 3, 0]]
    assert (result.metrics["accuracy"].value, result.metrics["accuracy"].n) == (1 / 3, 3)
    assert sorted(set(result.tables["spikes"]["step"].to_pylist())) == [1, 2, 3, 6, 7, 8, 16, 17, 18]


def test_the_same_sample_twice_is_the_same_twice():
    config = {**BUSY, "stimuli": [{"population": "n", "current": 30, "neurons": [0, 1]}], "samples": [{}, {}], "graded": True}
    spikes = steps(config)[1].tables["spikes"].to_pylist()
    half = len(spikes) // 2
    assert half > 10 and [{**row, "step": row["step"] - 50} for row in spikes[half:]] == spikes[:half]


@pytest.mark.parametrize(
    ("stimuli", "text"),
    [
        ([], "no stimulus brings a positive current, and no neuron fires by itself"),
        ([{"population": "n", "current": 3}], "the strongest current, 3 into n, does not exceed its leak of 3"),
        ([{"population": "n", "current": 4, "stop": 9}],
         "the strongest current, 4 into n, did not bring a neuron to its threshold of 1000"),
    ],
)  # fmt: skip
def test_a_silent_network_says_why(stimuli, text):
    found, result = steps({"populations": [{"label": "n", "size": 2}], "connections": [], "timesteps": 30, "stimuli": stimuli})
    assert found[-1].events[-1].payload == {"why": text}
    assert result.metrics["spikes"].value == 0


def test_a_run_of_too_many_spikes_ends_with_the_reason(monkeypatch):
    monkeypatch.setattr(simulation, "MOST_SPIKES", 60_000)
    raw = {**BUSY, "populations": [{**BUSY["populations"][0], "size": 200}], "connections": [], "timesteps": 1000}
    with pytest.raises(EngineError, match="more than 60,000 spikes after"):
        chip_networks.fast(raw)


def test_the_buffer_of_spikes_grows_without_a_trace():
    raw = {
        **BUSY,
        "populations": [{**BUSY["populations"][0], "size": 200}],
        "connections": [],
        "timesteps": 1000,
        "graded": True,
    }
    state = chip_networks.fast(raw)
    assert state.spikes == 200_000 and state.activity.sum() == 200_000
    assert (state.payload[: state.spikes] == 50).all()


def test_the_root_seed_matters_only_where_something_is_drawn():
    assert seedless(parse(ChipConfig, {})) is None
    assert "network_seed" in seedless(parse(ChipConfig, {"network_seed": 3}))
    assert "nothing is drawn" in seedless(parse(ChipConfig, LAB.presets["stdp"].config))
    hashes = {chip_networks.result({}, root).documents["network"]["spikes_sha256"] for root in range(4)}
    fixed = {chip_networks.result({"network_seed": 3}, root).documents["network"]["spikes_sha256"] for root in range(4)}
    assert len(hashes) == 4 and len(fixed) == 1


def test_the_bits_are_those_of_any_machine():
    """Wiring by integers alone, random input, noise: the hashes were written down once."""
    config = {**LAB.presets["balanced"].config, "timesteps": 200, "network_seed": 5}
    network = chip_networks.result(config, 9).documents["network"]
    assert (network["spikes_sha256"][:16], network["weights_sha256"][:16]) == ("87519625f6749014", "c2a4b80f25348cf3")


def test_full_size_weights_and_delays_do_not_wrap():
    """Every sum that could overflow 32 bits: 70,000 synapses of 32,767 at once, graded at the cap."""
    raw = {
        "populations": [{"label": "a", "size": 70_000, "threshold": 1, "leak": 0, "refractory_steps": 99},
                        {"label": "b", "size": 1, "threshold": 2**31 - 1, "leak": 0, "refractory_steps": 99}],
        "connections": [{"source": "a", "target": "b", "weight": 32_767, "delay": 63}],
        "timesteps": 70,
        "stimuli": [{"population": "a", "current": 5000}],
        "graded": True,
        "probes": [{"population": "b"}],
    }  # fmt: skip
    found = chip_networks.result(raw)
    assert max(found.tables["potentials"]["input"].to_pylist()) == 70_000 * (32_767 * 255 >> 7)
    assert chip_networks.trains(found)["b"] == {"0": [64]}


def test_thousands_of_populations_are_built_without_comparing_them(monkeypatch):
    """Comparing each with each took minutes."""

    def compared(self, other):
        raise AssertionError("two populations were compared")

    labels = [f"p{at}" for at in range(3000)]
    raw = {
        "populations": [{"label": label, "size": 1} for label in labels],
        "connections": [{"source": labels[at], "target": labels[at - 1], "weight": 2000} for at in range(2000, 3000)],
        "timesteps": 2,
        "stimuli": [{"population": "p2500", "current": 5000, "stop": 1}],
    }
    config = parse(ChipConfig, raw)
    monkeypatch.setattr(Population, "__eq__", compared)
    state = ChipEngine().init(config, LAB.seeded(config, 1))
    assert state.places.id_order[:3].tolist() == [2000, 2001, 2002], "most connection ends first, as declared among equals"
    assert state.places.id_order[-1] == 1998
    state.advance()
    assert state.spikes_of(0, 2)[1].tolist() == [2500, 2499]


def test_a_run_is_held_against_the_spikes_of_a_reference():
    raw = {
        "populations": [{"label": "a", "size": 2, "threshold": 100, "leak": 0}, {"label": "b", "size": 3, "threshold": 100}],
        "connections": [],
        "timesteps": 9,
        "stimuli": [{"population": "a", "current": 100}, {"population": "b", "current": 400}],
    }

    def told(*spikes):
        return steps({**raw, "reference": {"title": "by hand", "spikes": list(spikes)}})[1].documents["comparison"]

    a = {"population": "a", "steps": [0, 4, 8, 0, 4, 8], "neurons": [0, 0, 0, 1, 1, 1]}
    assert told(a) == {
        "title": "by hand", "populations": ["a"], "spikes": 6, "reference_spikes": 6, "agreed": 6, "run_alone": 0,
        "reference_alone": 0, "first": None,
    }  # fmt: skip
    late = {"population": "a", "steps": [0, 4, 8, 0, 5, 8], "neurons": [0, 0, 0, 1, 1, 1]}
    found = told(late, {"population": "b", "steps": [0, 0, 0, 4, 4, 4, 8, 8, 8], "neurons": [0, 1, 2] * 3})
    assert (found["agreed"], found["run_alone"], found["reference_alone"]) == (14, 1, 1)
    assert found["first"] == {"step": 4, "population": "a", "neuron": 1, "fired_in": "run"}
    early = {**a, "steps": [0, 3, 8, 0, 4, 8]}
    assert told(early)["first"] == {"step": 3, "population": "a", "neuron": 0, "fired_in": "reference"}
    silent = {"population": "b", "steps": [], "neurons": []}
    assert told(silent)["first"] == {"step": 0, "population": "b", "neuron": 0, "fired_in": "run"}


def stopped(raw, chunk, chunks):
    config, engine = parse(ChipConfig, raw), ChipEngine()
    state = engine.init(config, LAB.seeded(config, 1))
    state.chunk = chunk
    for _ in range(chunks):
        engine.step(state, ())
    return engine.so_far(state)


def test_a_stopped_run_is_the_same_run_of_fewer_steps():
    result, amount = stopped(BUSY, 7, 3)
    assert amount == "21 of 50 steps"
    _, shorter = steps({**BUSY, "timesteps": 21})
    assert {name: metric.value for name, metric in result.metrics.items()} == {
        name: metric.value for name, metric in shorter.metrics.items()
    }
    assert result.tables["spikes"].equals(shorter.tables["spikes"]) and result.tables["activity"].equals(
        shorter.tables["activity"]
    )
    assert result.documents["summary"] == shorter.documents["summary"]
    assert result.metrics["rate"].method == "so far: 21 of 50 steps" and result.metrics["synapses"].method is None
    assert result.metrics["energy_nj"].method.endswith("; so far: 21 of 50 steps")
    assert stopped(BUSY, 7, 0) is None


def test_only_samples_that_have_ended_count_where_a_run_is_stopped():
    reference = {"title": "none", "spikes": [{"population": "n", "steps": [0], "neurons": [0]}]}
    samples = [{"label": 0, "stimuli": [{"population": "n", "neurons": [0], "current": 100}]}] * 3
    raw = {
        **BUSY,
        "stimuli": [],
        "connections": [],
        "timesteps": 10,
        "samples": samples,
        "readout": "n",
        "reference": reference,
    }
    result, _ = stopped(raw, 10, 2)
    assert result.tables["samples"].num_rows == result.metrics["accuracy"].n == 2 and result.metrics["accuracy"].value == 1.0
    assert "comparison" not in result.documents, "it is of the whole run"
    early, amount = stopped(raw, 4, 1)
    assert amount == "4 of 30 steps" and early.metrics["accuracy"].reason == "no sample had ended"
    assert early.tables["samples"].num_rows == 0
