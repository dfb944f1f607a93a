"""Whether a network fits the chip: what the published compiler refused, each limit at its edge, what would mend it."""

from __future__ import annotations

import numpy as np
import pytest

from quintant.errors import ConfigError
from quintant.labs.chip import fit
from quintant.labs.chip.config import Population


def pairs(sources: int, targets: int, first: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """All to all, ids of the targets from `first`."""
    source, target = np.meshgrid(np.arange(sources), np.arange(first, first + targets), indexing="ij")
    return source.ravel(), target.ravel()


def sparse(neurons: int, p: float) -> tuple[np.ndarray, np.ndarray]:
    return np.nonzero(np.random.default_rng(42).random((neurons, neurons)) < p)


def report(neurons: int, synapses: tuple[np.ndarray, np.ndarray], hardware: str = "n1", **more):
    placed = [fit.placed(Population(label="a", size=neurons), 0)]
    return fit.document(placed, *synapses, hardware=hardware, **more)


def problems(told) -> dict[str, int]:
    return {one["what"]: one["value"] for one in told["problems"]}


# What upstream's own compiler was seen to refuse (spec 6.2), and what it took.


@pytest.mark.parametrize(
    ("neurons", "synapses", "refused"),
    [
        (1000, sparse(1000, 0.1), set()),
        (1100, sparse(1100, 0.1), {"local_destinations"}),
        (2048, sparse(2048, 0.01), {"local_destinations"}),
        (1100, pairs(1000, 100, 1000), {"local_destinations"}),
    ],
    ids=["one core", "1100 at 0.1", "2048 at 0.01", "1000 to 100"],
)
def test_what_the_published_compiler_took_and_refused(neurons, synapses, refused):
    assert set(problems(report(neurons, synapses))) == refused


def test_a_full_core_passes_the_pool_of_the_chip():
    told = report(1024, pairs(1024, 1024))
    assert problems(told) == {"synapses_per_core": 1_048_576}
    assert told["problems"][0]["change"].endswith("to 0.12 times its density")


@pytest.mark.parametrize(
    ("targets", "fits"), [(range(1024, 1032), True), (range(1024, 1033), False)], ids=["8 local", "9 local"]
)
def test_destinations_in_the_cluster_at_the_edge(targets, fits):
    target = np.array(targets)
    told = report(2048, (np.zeros(len(target), np.int64), target))
    assert told["fits"] is fits
    assert told["cores"][0]["fan_out"] == len(target)


@pytest.mark.parametrize(("many", "fits"), [(4, True), (5, False)])
def test_destinations_beyond_the_cluster_at_the_edge(many, fits):
    target = np.arange(4096, 4096 + many)
    told = report(5000, (np.zeros(many, np.int64), target))
    assert told["fits"] is fits
    assert ("remote_destinations" in problems(told)) is not fits


def test_two_synapses_to_one_neuron_take_one_route_but_are_told():
    source, target = np.zeros(16, np.int64), np.repeat(np.arange(1024, 1032), 2)
    told = report(2048, (source, target))
    assert problems(told) == {"parallel_between_cores": 8}


def test_the_order_of_synapses_does_not_matter():
    source, target = sparse(1500, 0.05)
    mixed = np.random.default_rng(1).permutation(len(source))
    assert report(1500, (source, target)) == report(1500, (source[mixed], target[mixed]))


def test_stretches_hold_each_source_once(monkeypatch):
    source, target = sparse(1500, 0.1)
    whole = report(1500, (source, target))
    assert len(source) > 100_000 and len(fit._parts(source)) > 1
    parts = fit._parts(source, 1000)
    assert sum(part.stop - part.start for part in parts) == len(source)
    seen = [set(source[part].tolist()) for part in parts]
    assert sum(map(len, seen)) == len(set().union(*seen))
    monkeypatch.setattr(fit, "_parts", lambda given: [slice(0, len(given))])
    assert report(1500, (source, target)) == whole


def test_too_many_neurons_are_told_with_the_cores_that_do_not_exist():
    none = np.zeros(0, np.int64)
    told = report(600, (none, none), hardware="n1-kria")
    assert problems(told) == {"cores": 3}
    assert told["problems"][0]["change"] == "take 88 neurons away: N1 on Kria K26 has 512"
    assert [core["on_chip"] for core in told["cores"]] == [True, True, False]
    assert [core["neurons"] for core in told["cores"]] == [256, 256, 88]


def test_what_a_synapse_may_carry():
    source, target = np.array([0, 0, 0, 1]), np.array([1, 2, 1030, 2])
    told = report(
        2000,
        (source, target),
        weight=np.array([40000, 1, 1, -32768]),
        delay=np.array([64, 0, 5, 63]),
        compartment=np.array([3, 0, 1, 0]),
    )
    expected = {"weights": 1, "delays": 1, "delays_between_cores": 1, "dendrites_between_cores": 1}
    assert problems(told) == expected


def test_learning_reaches_so_many_incoming_synapses():
    synapses = pairs(33, 1, 40)
    assert problems(report(100, synapses, learning=True)) == {"reverse_fan_in": 33}
    assert report(100, synapses, learning=False)["fits"]
    assert report(100, pairs(32, 1, 40), learning=True)["fits"]


def test_registers_and_equations():
    none = np.zeros(0, np.int64)
    wide = Population(label="w", size=1, threshold=65535, refractory_steps=256)
    own = Population(label="o", size=1, model="decay")
    told = fit.document([fit.placed(wide, 0), fit.placed(own, 1)], none, none)
    assert problems(told) == {"parameters": 2, "models": 1}
    assert "w.refractory_steps: keep 256 within 0 … 255" in told["problems"][0]["change"].replace("\u00a0", " ")


def test_an_empty_network_and_an_unknown_chip():
    none = np.zeros(0, np.int64)
    assert fit.document([], none, none)["cores"] == []
    with pytest.raises(ConfigError, match=r"hardware: must be one of n1, .*got 'n2'"):
        fit.find_hardware("n2")


def test_destinations_count_cores_not_synapses():
    source = np.array([0, 0, 0, 5, 1500])
    target = np.array([1, 2, 1500, 1030, 3])
    assert fit.destinations(source, target, 2000)[[0, 1, 5, 1500]].tolist() == [2, 0, 1, 1]
