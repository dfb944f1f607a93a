"""The compiled simulator against the reference: the same requests, the same outcome of each, bit by bit.

Two implementations that share no line of the model: machine words against Python integers, a calendar against a heap.
"""

from __future__ import annotations

import dataclasses
import random

import numpy as np
import pytest

from quintant.config import parse
from quintant.lab import Streams
from quintant.labs.optical.config import OpticalConfig
from quintant.labs.optical.engine.kernel import Kernel
from quintant.labs.optical.engine.plan import make_plan
from quintant.labs.optical.engine.reference import Reference
from quintant.labs.optical.engine.requests import SteadyTraffic, replay

PURPOSES = ("arrivals", "holding", "pairs", "demands")
MIX = {"kind": "rates", "shares_by_gbps": {"25": 0.1, "50": 0.1, "100": 0.5, "200": 0.2, "400": 0.1}}
SLOTS = {"kind": "slots", "shares_by_slots": {"1": 0.4, "2": 0.3, "5": 0.2, "9": 0.1}}


def both(raw: dict, requests: int, root: int = 7) -> Kernel:
    config = parse(OpticalConfig, {"requests": 10_000, **raw})
    plan = make_plan(config)
    traffic = SteadyTraffic(config, plan, Streams.derive(root, PURPOSES))
    fast, slow = Kernel(config, plan), Reference(config, plan)
    sizes = [requests // 3, 1, requests - requests // 3 - 1]
    for size in sizes:
        chunk = traffic.take(size)
        same(fast.serve(chunk), slow.serve(chunk))
        assert np.array_equal(fast.occupied(), slow.occupied())
        same(fast.live(), slow.live())
        (fast_slots, fast_paths), (slow_slots, slow_paths) = fast.spent(), slow.spent()
        assert np.allclose(fast_slots, slow_slots, rtol=1e-9)  # sums in another order of departures
        assert fast_paths == pytest.approx(slow_paths, rel=1e-9)
    return fast


def same(one: object, other: object) -> None:
    for field in dataclasses.fields(one):  # type: ignore[arg-type]
        a, b = getattr(one, field.name), getattr(other, field.name)
        if dataclasses.is_dataclass(a):
            same(a, b)
        elif a is None or b is None:
            assert a is b, field.name
        else:
            assert np.array_equal(a, b, equal_nan=np.issubdtype(a.dtype, np.floating)), field.name
            assert a.dtype == b.dtype, field.name


@pytest.mark.parametrize("allocation", ["first_fit", "last_fit", "best_fit"])
@pytest.mark.parametrize("first", ["path", "slot"])
@pytest.mark.parametrize("guard", [0, 1, 3])
def test_allocations(allocation: str, first: str, guard: int) -> None:
    both({"allocation": allocation, "first": first, "guard_slots": guard, "load_erlang": 300.0}, 1500)


@pytest.mark.parametrize("search_order", ["core_then_band", "band_then_core"])
@pytest.mark.parametrize("allocation", ["first_fit", "best_fit"])
@pytest.mark.parametrize("first", ["path", "slot"])
def test_cores_and_bands(search_order: str, allocation: str, first: str) -> None:
    both(
        {
            "cores": 3,
            "slots": 20,
            "l_slots": 70,
            "s_slots": 5,
            "search_order": search_order,
            "allocation": allocation,
            "first": first,
            "load_erlang": 700.0,
        },
        1500,
    )


@pytest.mark.parametrize("modulation_choice", ["best", "all"])
@pytest.mark.parametrize("fixed_grid", [False, True])
def test_tables_by_rate(modulation_choice: str, fixed_grid: bool) -> None:
    both(
        {
            "topology": "nsfnet",
            "directed": False,
            "modulations": "default",
            "demand": MIX,
            "k_paths": 3,
            "slots": 128,
            "path_order": "km",
            "path_ties": "generator",
            "modulation_choice": modulation_choice,
            "fixed_grid": fixed_grid,
            "load_erlang": 5000.0 if fixed_grid else 300.0,
            "holding": "exponential",
        },
        1500,
    )


@pytest.mark.parametrize("slots", [1, 63, 64, 65, 128, 200, 321])
def test_widths_around_a_machine_word(slots: int) -> None:
    shares = {"1": 1.0} if slots < 10 else SLOTS["shares_by_slots"]
    both(
        {
            "slots": slots,
            "guard_slots": 0,
            "demand": {"kind": "slots", "shares_by_slots": shares},
            "load_erlang": 2.0 * slots + 50,
            "mean_holding": 1.0,
            "holding": "exponential",
        },
        1500,
    )


@pytest.mark.parametrize("need", [64, 65, 100, 129, 200])
def test_demands_wider_than_a_machine_word(need: int) -> None:
    both(
        {
            "slots": 700,
            "guard_slots": 2,
            "demand": {"kind": "slots", "shares_by_slots": {"3": 0.5, str(need): 0.5}},
            "load_erlang": 150.0,
            "holding": "hyperexponential",
        },
        1000,
    )


@pytest.mark.parametrize("allocation", ["first_fit", "last_fit", "best_fit"])
@pytest.mark.parametrize("modulation_choice", ["best", "all"])
@pytest.mark.parametrize("most", [2, 4, 9])
def test_static_slicing(allocation: str, modulation_choice: str, most: int) -> None:
    """Crowded enough that every end of a slicing occurs: all slices lit, some lit and undone, too many, a rest, none."""
    fast = both(
        {
            "topology": "nsfnet",
            "directed": False,
            "modulations": "default",
            "modulation_choice": modulation_choice,
            "demand": {"kind": "rates", "shares_by_gbps": {"50": 0.2, "100": 0.3, "200": 0.2, "400": 0.3}},
            "k_paths": 3,
            "slots": 40,
            "cores": 2,
            "l_slots": 20,
            "allocation": allocation,
            "first": "slot" if most == 4 else "path",
            "max_segments": most,
            "load_erlang": 900.0,
        },
        1500,
    )
    assert np.unique(fast.live().request, return_counts=True)[1].max() > 1, "something is lit in slices"


def test_slices_that_leave_a_rest_and_records_that_have_to_grow() -> None:
    """Rates that are no multiples of each other on a band too narrow for whole ones: more lightpaths than requests."""
    both(
        {
            "slots": 300,
            "guard_slots": 0,
            "modulations": "default",
            "demand": {"kind": "rates", "shares_by_gbps": {"25": 0.02, "400": 0.98}},
            "topology": "usnet",
            "max_segments": 30,
            "load_erlang": 2000.0,
            "holding": "exponential",
        },
        3000,
    )
    both(
        {
            "demand": {"kind": "rates", "shares_by_gbps": {"30": 0.3, "70": 0.3, "250": 0.4}},
            "slots": 30,
            "max_segments": 7,
            "load_erlang": 100.0,
        },
        2000,
    )


def test_replayed_requests() -> None:
    config = parse(
        OpticalConfig,
        {
            "mode": "replay",
            "topology": "nsfnet",
            "directed": False,
            "modulations": "default",
            "demand": MIX,
            "k_paths": 3,
            "slots": 128,
            "path_order": "km",
            "path_ties": "generator",
            "modulation_choice": "all",
            "mean_holding": 0.2,
            "holding": "exponential",
            "requests": 2000,
        },
    )
    plan = make_plan(config)
    for seed in (1, 2):
        requests = replay(config, plan, seed, 200.0)
        same(Kernel(config, plan).serve(requests), Reference(config, plan).serve(requests))


def test_a_pool_that_has_to_grow() -> None:
    """More connections at once than the kernel makes room for at first, and departures beyond its calendar's year."""
    both(
        {
            "slots": 3000,
            "guard_slots": 0,
            "load_erlang": 4000.0,
            "holding": "hyperexponential",
            "mean_holding": 3.0,
            "demand": {"kind": "slots", "shares_by_slots": {"1": 1.0}},
        },
        6000,
    )


@pytest.mark.parametrize("number", [*range(12), *(pytest.param(number, marks=pytest.mark.slow) for number in range(12, 60))])
def test_configs_at_random(number: int) -> None:
    draw = random.Random(number)
    slots = draw.choice([10, 40, 64, 100, 128, 190])
    both(
        {
            "topology": draw.choice(["nsfnet_deeprmsa", "cost239", "nsfnet", "usnet", "toy_network", "german17"]),
            "directed": draw.random() < 0.5,
            "slots": slots,
            "l_slots": draw.choice([0, 0, 30, 65]),
            "cores": draw.choice([1, 1, 2, 4]),
            "guard_slots": draw.choice([0, 1, 2, 5]),
            "allocation": draw.choice(["first_fit", "last_fit", "best_fit"]),
            "first": draw.choice(["path", "slot"]),
            "k_paths": draw.choice([1, 2, 3, 5, 9]),
            "path_order": draw.choice(["km", "hops", "spectral"]),
            "path_ties": draw.choice(["sha256", "generator"]),
            "search_order": draw.choice(["core_then_band", "band_then_core"]),
            "modulation_choice": draw.choice(["best", "all"]),
            "max_segments": draw.choice([1, 1, 2, 4, 8]),
            "modulations": "default",
            "demand": MIX,
            "holding": draw.choice(["exponential", "truncated", "deterministic", "uniform", "hyperexponential"]),
            "load_erlang": draw.choice([50.0, 200.0, 800.0, 3000.0]),
            "routing": draw.choice(["k_shortest_path", "shortest_path"]),
        },
        3000,
        root=number,
    )
