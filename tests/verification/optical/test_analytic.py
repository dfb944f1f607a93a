"""The engine against closed forms: a loss system with one link has exact answers, and some hold on any network."""

from __future__ import annotations

import math

import numpy as np
import pytest
from experiment import blocking, preset, run

from quintant.labs.optical.config import OpticalConfig
from quintant.labs.optical.engine.plan import make_plan
from quintant.labs.optical.presets.textbook import LINK

ONE_SLOT = {"kind": "slots", "shares_by_slots": {"1": 1.0}}
HOLDING = ["exponential", "deterministic", "uniform", "hyperexponential", "truncated"]


def erlang_b(load: float, servers: int) -> float:
    """Erlang's loss formula by its stable recursion."""
    inverse = 1.0
    for server in range(1, servers + 1):
        inverse = 1.0 + inverse * server / load
    return 1.0 / inverse


def kaufman_roberts(slots: int, classes: dict[int, float]) -> dict[int, float]:
    """Blocking per class of a link of complete sharing; `classes`: width -> Erlang. Kaufman 1981, doi
    10.1109/TCOM.1981.1094894; Roberts 1981. Connections may be moved about, so first fit can only block more."""
    weight = [1.0]
    for used in range(1, slots + 1):
        weight.append(sum(load * width * weight[used - width] for width, load in classes.items() if width <= used) / used)
    total = math.fsum(weight)
    return {width: math.fsum(weight[slots - width + 1 :]) / total for width in classes}


@pytest.mark.parametrize(
    ("load", "servers", "printed"),
    [
        (1, 1, 0.5),
        (5, 10, 0.018385),
        (10, 10, 0.214582),
        (50, 64, 0.0084394),
        (90, 100, 0.0269574),
        (100, 100, 0.0757005),
        (120, 128, 0.0346724),
        (300, 320, 0.0131809),
    ],
)
def test_erlang_b_on_one_link(load: float, servers: int, printed: float) -> None:
    exact = erlang_b(load, servers)
    assert exact == pytest.approx(printed, rel=1e-4)  # the printed digits
    mean, half = blocking({**LINK, "slots": servers, "load_erlang": float(load), "demand": ONE_SLOT})
    assert abs(mean - exact) < 2 * half  # 95 % half-width doubled: eight points are tested
    assert half < 0.12 * exact


@pytest.mark.parametrize("holding", HOLDING)
def test_erlang_b_knows_no_distribution_of_holding_times(holding: str) -> None:
    """Insensitivity: the loss formula depends on the mean holding time alone (Sevastyanov 1957)."""
    load = 50.0 / 0.6869645 if holding == "truncated" else 50.0
    mean, half = blocking(
        {**LINK, "slots": 64, "load_erlang": load, "holding": holding, "demand": ONE_SLOT, "requests": 2_000_000}
    )
    assert abs(mean - erlang_b(50, 64)) < 2 * half
    assert half < 0.1 * erlang_b(50, 64)


def test_kaufman_roberts_bounds_first_fit_from_below() -> None:
    classes = {1: 10.0, 2: 5.0, 4: 2.0}
    exact = kaufman_roberts(32, classes)
    total = sum(exact[width] * load for width, load in classes.items()) / 17
    assert total == pytest.approx(0.09616, abs=5e-6)
    assert [exact[width] for width in (1, 2, 4)] == pytest.approx([0.0560, 0.1162, 0.2469], abs=5e-5)
    mean, half = blocking(preset("kaufman-roberts", requests=2_000_000))
    assert total - half < mean < 1.03 * total  # contiguity costs little on 32 slots
    assert mean == pytest.approx(0.09655, abs=2 * half)  # an independent implementation


def test_unlimited_servers_hold_the_offered_load() -> None:
    """M/M/infinity: the mean number of active connections is the offered load."""
    result = run({**LINK, "slots": 400, "load_erlang": 100.0, "demand": ONE_SLOT})
    active = result.metrics["active_lightpaths"]
    assert result.metrics["blocked"].value == 0
    assert abs(active.value - 100.0) < 2 * (active.value - active.low)


def test_little_on_every_link_of_an_uncongested_network() -> None:
    """Little's law: mean slots in use on a link = arrivals of slots there x mean holding time."""
    raw = preset("deeprmsa-nsfnet", load_erlang=40.0, requests=1_000_000, holding="exponential")
    config, result = OpticalConfig(**raw), run(raw)
    assert result.metrics["blocked"].value == 0
    plan = make_plan(config)
    offered = np.zeros(len(plan.links))
    pairs = len(plan.traffic_nodes) * (len(plan.traffic_nodes) - 1)
    for source in plan.traffic_nodes:
        for target in plan.traffic_nodes:
            if source != target:
                route = plan.candidates(source, target)[0]
                slots = sum(tier.share * plan.tries(route.km, tier.index)[0].slots for tier in plan.tiers) + plan.guard
                offered[list(route.links)] += 40.0 * slots / pairs
    measured = np.array([row["utilization"] * row["slots_total"] for row in result.tables["links"].to_pylist()])
    assert measured.sum() == pytest.approx(offered.sum(), rel=0.01)
    assert measured == pytest.approx(offered, rel=0.06)  # single links: fewer requests each


def test_reach_floor() -> None:
    """With spectrum to spare only reach blocks: on NSFNet with FUSION's mix and k = 3 exactly 10/91 of the requests."""
    raw = preset("fusion-nsfnet", slots=4000, load_erlang=100.0, requests=500_000)
    config = OpticalConfig(**raw)
    plan = make_plan(config)
    lost_requests = lost_gbps = 0.0
    per_tier = dict.fromkeys((200, 400), 0)
    pairs = [(a, b) for a in plan.traffic_nodes for b in plan.traffic_nodes if a != b]
    for source, target in pairs:
        for tier in plan.tiers:
            if not any(plan.tries(route.km, tier.index) for route in plan.candidates(source, target)):
                lost_requests += tier.share / len(pairs)
                lost_gbps += tier.share * tier.gbps / len(pairs)
                per_tier[tier.gbps] += 1
    mean_gbps = sum(tier.share * tier.gbps for tier in plan.tiers)
    assert lost_requests == pytest.approx(10 / 91, abs=1e-12)
    assert lost_gbps / mean_gbps == pytest.approx(0.2557443, abs=5e-8)
    assert {gbps: count / len(pairs) for gbps, count in per_tier.items()} == pytest.approx({200: 20 / 91, 400: 60 / 91})
    result = run(raw)
    for name, floor in (("blocking", 10 / 91), ("bitrate_blocking", 0.2557443)):
        metric = result.metrics[name]
        assert abs(metric.value - floor) < 2 * (metric.value - metric.low)
    assert [row["reason"] for row in result.tables["reasons"].to_pylist()] == ["distance"]


def test_more_spectrum_cores_and_paths_block_less() -> None:
    """Trends that hold on average, below overload and with candidates by hops."""

    def at(**changes: object) -> float:
        return blocking(preset("deeprmsa-nsfnet", requests=200_000, **changes))[0]

    base = at()
    assert at(slots=120) < base < at(slots=80)
    assert at(cores=2) < base / 10
    assert at(k_paths=50) < base < at(k_paths=2) < at(k_paths=1)
    assert at(load_erlang=200.0) < base < at(load_erlang=300.0)
