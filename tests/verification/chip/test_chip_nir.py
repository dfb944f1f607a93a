"""NIR graphs on the chip against the same graphs in floating point, and against linear algebra that is not ours."""

from __future__ import annotations

import numpy as np
import pytest

from quintant.config import parse
from quintant.errors import ConfigError
from quintant.labs.chip.config import ChipConfig

nir = pytest.importorskip("nir")

import chip_networks  # noqa: E402
from quintant.labs.chip.nir import exported, first_wrong_bit, imported, read, reference, write  # noqa: E402
from quintant.labs.chip.nir.conventions import conventions_of  # noqa: E402
from quintant.labs.chip.nir.floats import integer_spikes, simulated  # noqa: E402
from quintant.labs.chip.nir.linear import operator  # noqa: E402

DRAW = np.random.default_rng(5)


def full(size, value):
    return np.full(size, float(value))


def integrate(size, threshold=1.0):
    return nir.IF(r=full(size, 1), v_threshold=full(size, threshold), v_reset=full(size, 0))


def leaky(size, tau_s=20e-3, leak=0.0):
    return nir.LIF(
        tau=full(size, tau_s), r=full(size, 1), v_leak=full(size, leak), v_threshold=full(size, 1), v_reset=full(size, 0)
    )


def current_based(size):
    return nir.CubaLIF(
        tau_syn=full(size, 5e-3), tau_mem=full(size, 20e-3), r=full(size, 1), v_leak=full(size, 0), v_threshold=full(size, 1),
        v_reset=full(size, 0), w_in=full(size, 4),
    )  # fmt: skip


def spikes(steps, size, p=0.2, seed=1):
    return np.random.default_rng(seed).random((steps, size)) < p


def test_integrate_and_fire_with_quantised_weights_is_exact_to_the_last_spike():
    weights = [np.random.default_rng(at).integers(-60, 100, shape) / 64 for at, shape in enumerate(((30, 20), (10, 30)))]
    graph = nir.NIRGraph.from_list(
        nir.Input(input_type={"input": np.array([20])}), nir.Linear(weight=weights[0]), integrate(30),
        nir.Affine(weight=weights[1], bias=np.arange(10) / 64), integrate(10, 0.7),
    )  # fmt: skip
    network = imported(graph)
    assert network.report["exact"] and all(node["weight_error_max"] == 0 for node in network.report["nodes"])
    assert all(node["scale"] == 64 for node in network.report["nodes"])
    raster = spikes(400, 20)
    assert first_wrong_bit(network, {"input": raster}) is None
    assert integer_spikes(network, {"input": raster})["if_1"].sum() > 100


def test_inhibition_below_zero_is_kept_as_nir_has_it():
    graph = nir.NIRGraph.from_list(nir.Linear(weight=np.array([[-3.0, 2.0]])), integrate(1, 1.5))
    raster = np.zeros((8, 2), bool)
    raster[0, 0] = raster[1:5, 1] = True
    found = integer_spikes(imported(graph), {"input": raster})["if"]
    assert np.flatnonzero(found).tolist() == [4, 5]  # -3, -1, 1, 3 is above 1.5, then 2; without a debt it fired at 2


def test_recurrent_and_convolutional_graphs_agree_with_the_float_run():
    kernel = np.random.default_rng(3).integers(-8, 16, (4, 2, 3, 3)) / 16
    nodes = {
        "input": nir.Input(input_type={"input": np.array([2, 8, 8])}),
        "conv": nir.Conv2d(input_shape=(8, 8), weight=kernel, stride=1, padding=1, dilation=1, groups=1, bias=np.zeros(4)),
        "spike": nir.IF(r=np.ones((4, 8, 8)), v_threshold=np.ones((4, 8, 8)), v_reset=np.zeros((4, 8, 8))),
        "pool": nir.SumPool2d(kernel_size=np.array([2, 2]), stride=np.array([2, 2]), padding=np.array([0, 0])),
        "flat": nir.Flatten(input_type={"input": np.array([4, 4, 4])}, start_dim=0),
        "dense": nir.Linear(weight=np.random.default_rng(4).integers(-8, 12, (5, 64)) / 16),
        "class": integrate(5, 2.0),
        "back": nir.Linear(weight=-0.5 * np.ones((5, 5))),
        "output": nir.Output(output_type={"output": np.array([5])}),
    }
    edges = [("input", "conv"), ("conv", "spike"), ("spike", "pool"), ("pool", "flat"), ("flat", "dense"), ("dense", "class"),
             ("class", "back"), ("back", "class"), ("class", "output")]  # fmt: skip
    network = imported(nir.NIRGraph(nodes=nodes, edges=edges, type_check=False))
    raster = spikes(100, 128)
    assert network.report["exact"] and network.report["outputs"] == {"class": ["class"]}
    assert first_wrong_bit(network, {"input": raster}) is None
    assert integer_spikes(network, {"input": raster})["class"].sum() > 50


@pytest.mark.parametrize("neurons", [leaky(40), current_based(40), leaky(40, leak=0.3)])
def test_decays_of_12_bits_stay_close_and_the_first_wrong_bit_is_named(neurons):
    weights = np.random.default_rng(6).normal(0.9, 1.4, (40, 50))
    graph = nir.NIRGraph.from_list(nir.Linear(weight=weights), neurons)
    network, raster = imported(graph, dt_s=1e-3), spikes(500, 50)
    (name,) = network.lowered.groups
    whole, real = integer_spikes(network, {"input": raster})[name], simulated(network.lowered, {"input": raster}, 500)[0][name]
    assert real.sum() > 500
    assert abs(int(whole.sum()) - int(real.sum())) < 0.02 * real.sum()
    assert not network.report["exact"] and network.report["nodes"][0]["voltage_decay_error_max"] < 1 / 8192
    found = first_wrong_bit(network, {"input": raster})
    if found is not None:
        assert (whole != real)[found.step, found.neuron] and not (whole != real)[: found.step].any()
        assert abs(found.potential - found.threshold) < 0.05


def test_fewer_bits_leave_the_float_run_earlier_and_say_what_was_lost():
    graph = nir.NIRGraph.from_list(nir.Linear(weight=np.random.default_rng(7).normal(0.3, 0.5, (40, 50))), integrate(40))
    raster, steps = spikes(500, 50), []
    for bits in (3, 6, 16):
        network = imported(graph, weight_bits=bits)
        found = first_wrong_bit(network, {"input": raster})
        steps.append(500 if found is None else found.step)
        assert network.report["nodes"][0]["weight_error_max"] <= 0.5 / network.report["nodes"][0]["scale"] * (1 + 1e-9)
    assert steps == sorted(steps) and steps[0] < steps[-1]
    assert imported(graph, weight_bits=3).report["nodes"][0]["weights_rounded_to_zero"] > 0


def test_a_run_that_is_given_the_float_run_tells_the_first_wrong_bit():
    graph = nir.NIRGraph.from_list(nir.Linear(weight=np.random.default_rng(7).normal(0.3, 0.5, (40, 50))), integrate(40))
    network, raster = imported(graph, weight_bits=4), {"input": spikes(200, 50)}
    found, expected = (
        chip_networks.result({**network.presenting(raster), "reference": reference(network, raster)}).documents["comparison"],
        first_wrong_bit(network, raster),
    )
    assert expected is not None
    assert found["first"] == {
        "step": expected.step, "population": expected.node, "neuron": expected.neuron,
        "fired_in": "run" if expected.fired_as == "integer" else "reference",
    }  # fmt: skip
    whole, real = integer_spikes(network, raster)["if"], simulated(network.lowered, raster, 200)[0]["if"]
    assert (found["spikes"], found["reference_spikes"]) == (whole.sum(), real.sum())
    assert (found["run_alone"], found["reference_alone"]) == ((whole & ~real).sum(), (real & ~whole).sum())


def test_delays_in_seconds_become_steps():
    nodes = {"input": nir.Input(input_type={"input": np.array([2])}), "later": nir.Delay(delay=np.array([0.0, 3e-3])),
             "sum": nir.Linear(weight=np.ones((1, 2))), "fire": integrate(1, 0.5),
             "output": nir.Output(output_type={"output": np.array([1])})}  # fmt: skip
    edges = [("input", "later"), ("later", "sum"), ("sum", "fire"), ("fire", "output")]
    nodes["fire"].r = nodes["fire"].r / 1e-3  # NIR's IF moves by R·dt
    network = imported(nir.NIRGraph(nodes=nodes, edges=edges, type_check=False), dt_s=1e-3)
    raster = np.zeros((10, 2), bool)
    raster[0] = True
    assert np.flatnonzero(integer_spikes(network, {"input": raster})["fire"]).tolist() == [1, 4]


@pytest.mark.parametrize("padding", ["valid", "same", 2, (1, 0)])
@pytest.mark.parametrize(("stride", "dilation", "groups"), [(1, 1, 1), (2, 1, 2), (1, 2, 1), ((2, 1), (1, 2), 2)])
def test_convolutions_unroll_as_correlation_does(padding, stride, dilation, groups):
    if padding == "same" and stride != 1:
        pytest.skip("same is for stride 1, as in PyTorch")
    from scipy.signal import correlate2d

    weight, image = DRAW.normal(size=(4, 4 // groups, 3, 2)), DRAW.normal(size=(4, 9, 8))
    node = nir.Conv2d(None, weight, stride, padding, dilation, groups, np.arange(4.0))
    matrix, bias, shape = operator("conv", node, image.shape)
    found = (matrix @ image.ravel() + bias).reshape(shape)
    (step_y, step_x), (apart_y, apart_x) = node.stride, node.dilation
    spread = np.zeros((4, 4 // groups, 2 * apart_y + 1, apart_x + 1))
    spread[:, :, ::apart_y, ::apart_x] = weight
    if padding == "same":
        pads = [(one // 2, one - one // 2) for one in (2 * apart_y, apart_x)]
    else:
        pads = [(0, 0), (0, 0)] if padding == "valid" else [(one, one) for one in node.padding]
    padded = np.pad(image, [(0, 0), *pads])
    for out in range(4):
        begin = out // (4 // groups) * (4 // groups)
        whole = sum(correlate2d(padded[begin + k], spread[out, k], "valid") for k in range(4 // groups))
        np.testing.assert_allclose(found[out], whole[::step_y, ::step_x] + out, atol=1e-12)


def test_average_pooling_and_scaling():
    image = DRAW.normal(size=(3, 6, 4))
    node = nir.AvgPool2d(kernel_size=np.array([3, 2]), stride=np.array([3, 2]), padding=np.array([0, 0]))
    matrix, _, shape = operator("pool", node, image.shape)
    np.testing.assert_allclose((matrix @ image.ravel()).reshape(shape), image.reshape(3, 2, 3, 2, 2).mean(axis=(2, 4)))
    matrix, _, _ = operator("scale", nir.Scale(scale=np.arange(4.0)), (4,))
    np.testing.assert_allclose(matrix @ np.ones(4), np.arange(4.0))


def chip(**population):
    return {
        "populations": [
            {"label": "in", "size": 12, "threshold": 1, "leak": 0, "refractory_steps": 0},
            {"label": "a", "size": 9, "threshold": 300, "leak": 0, "refractory_steps": 0, "model": "decay", **population},
            {"label": "b", "size": 4, "threshold": 200, "leak": 0, "refractory_steps": 0, "model": "decay", **population},
        ],
        "connections": [
            {"source": "in", "target": "a", "topology": "random_sparse", "p": 0.4, "weight": 130, "seed": 1},
            {"source": "a", "target": "b", "topology": "random_sparse", "p": 0.6, "weight": 90, "seed": 2, "delay": 3},
            {"source": "b", "target": "a", "weight": -40, "delay": 1},
        ],
        "timesteps": 300,
        "stimuli": [{"population": "in", "current": 1, "probability": 0.2}],
    }


@pytest.mark.parametrize(
    "population",
    [{}, {"voltage_decay": 200, "bias": 7}, {"model": "cuba", "voltage_decay": 300, "current_decay": 800, "bias": -3}],
    ids=["integrate-and-fire", "leaky", "current-based"],
)
def test_a_network_written_read_and_run_again_has_the_same_bits(population, tmp_path):
    config = parse(ChipConfig, chip(**population))
    write(tmp_path / "network.nir", exported(config, dt_s=1e-3))
    network = imported(read(tmp_path / "network.nir"), dt_s=1e-3, conventions=conventions_of("quintant"))
    before = chip_networks.fast(chip(**population))
    raster = np.zeros((300, 12), bool)
    step, neuron, _ = before.spikes_of(0, 300)
    raster[step[neuron < 12], neuron[neuron < 12]] = True
    after = integer_spikes(network, {"in": raster})
    found = np.zeros((300, 25), bool)
    found[step, neuron] = True
    assert found[:, 12:].sum() > 20
    assert np.array_equal(found[:, 12:21], after["a"]) and np.array_equal(found[:, 21:], after["b"])


def refused(graph, **more):
    with pytest.raises(ConfigError) as error:
        imported(graph, **more)
    return str(error.value)


def test_every_node_that_is_not_supported_is_named():
    silent = nir.I(r=full(2, 1))
    graph = nir.NIRGraph.from_list(nir.Threshold(threshold=np.ones(2)), silent)
    assert refused(graph) == (
        "nodes.threshold: is a Threshold, which no integer neuron or synapse can stand for.\n"
        "nodes.i: is a I, which no integer neuron or synapse can stand for. It does not spike: take an IF."
    )


def test_what_cannot_be_stepped_or_read_is_refused():
    lif = nir.NIRGraph.from_list(nir.Linear(weight=np.ones((2, 2))), leaky(2))
    assert refused(lif) == (
        "dt_s: is required: lif has time constants in seconds, and a graph does not tell its step. "
        "Give the step with which the network was trained, for example 1e-3."
    )
    assert refused(lif, dt_s=1.0) == (
        "nodes.lif.tau: must be at least dt_s = 1; got 0.02. The largest dt_s that fits it is "
        "0.02. (norse writes times a thousand times too short.)"
    )
    assert refused(lif, dt_s=1e-3, weight_bits=1) == "weight_bits: must be 2 to 16; got 1."
    end = nir.NIRGraph.from_list(integrate(2), nir.Linear(weight=np.ones((2, 2))))
    assert "leads to the output: only spikes leave a chip" in refused(end)
    weights = np.ones((2, 2))
    weights[0, 0] = np.nan
    assert "not finite" in refused(nir.NIRGraph.from_list(nir.Linear(weight=weights), integrate(2)))


def test_a_file_that_is_no_graph_is_refused(tmp_path):
    (tmp_path / "x.nir").write_bytes(b"not a graph")
    with pytest.raises(ConfigError, match="is not a NIR graph"):
        read(tmp_path / "x.nir")
    with pytest.raises(ConfigError, match="is not there"):
        read(tmp_path / "y.nir")


def test_what_nir_has_no_word_for_is_refused_by_name():
    with pytest.raises(ConfigError) as error:
        exported(parse(ChipConfig, {}))
    assert [problem.path for problem in error.value.problems] == [
        "populations.0.refractory_steps", "populations.0.leak", "populations.0.resting",
        "populations.1.refractory_steps", "populations.1.leak",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("keys", "path"),
    [({"reset": "subtract"}, "reset"), ({"reset_at": "next"}, "reset"), ({"spikes_per_step": 3}, "spikes_per_step"),
     ({"spiking": False}, "spiking"), ({"values": {"bias": [1] * 9}}, "values")],
)  # fmt: skip
def test_resets_that_nir_cannot_say_are_refused_by_name(keys, path):
    raw = chip(voltage_decay=200)
    raw["populations"][1] |= keys
    with pytest.raises(ConfigError) as error:
        exported(parse(ChipConfig, raw))
    assert f"populations.1.{path}" in [problem.path for problem in error.value.problems]
