"""What must hold for every config: nothing overlaps, nothing is lost, nothing is left behind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fusion_configs import MIX, fusion, run_replay
from quintant.labs.optical.engine.iteration import Iteration
from quintant.labs.optical.engine.lives import Lives
from quintant.labs.optical.engine.outcome import Status
from quintant.labs.optical.engine.pieces import joined
from quintant.labs.optical.engine.plan import make_plan
from quintant.labs.optical.engine.reference import Reference
from quintant.labs.optical.engine.requests import replay
from quintant.labs.optical.engine.slotmask import mirrored

QUICK = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
FAILURES = [
    None,
    {"kind": "link", "link": ["0", "1"], "at_arrival": 60, "repair_after_arrivals": 40},
    {"kind": "node", "node": "4", "at_arrival": 50, "repair_after_arrivals": 100},
    {"kind": "geo", "center_node": "6", "hop_radius": 1, "at_arrival": 80, "repair_after_arrivals": 60},
]


@st.composite
def configs(draw) -> Any:
    """A config with any combination of the model's features that the rules allow."""
    cores = draw(st.sampled_from([1, 3, 4, 7]))
    allocations = ["first_fit", "last_fit", "best_fit", "xt_aware"]
    if cores == 7:
        allocations += ["priority_first", "priority_last"]
    changes: dict[str, Any] = {
        "topology": "nsfnet",
        "requests": 200,
        "load_erlang": draw(st.sampled_from([30.0, 150.0, 400.0])),
        "slots": draw(st.sampled_from([20, 64, 100])),
        "l_slots": draw(st.sampled_from([0, 0, 30])),
        "cores": cores,
        "guard_slots": draw(st.integers(0, 3)),
        "directed": draw(st.booleans()),
        "allocation": draw(st.sampled_from(allocations)),
        "search_order": draw(st.sampled_from(["core_then_band", "band_then_core"])),
        "first": draw(st.sampled_from(["path", "slot"])),
        "k_paths": draw(st.integers(1, 4)),
        "modulation_choice": draw(st.sampled_from(["best", "all"])),
        "routing": draw(
            st.sampled_from(
                [
                    "k_shortest_path",
                    "shortest_path",
                    "congestion_aware",
                    "least_congested",
                    "fragmentation_aware",
                    "nli_aware",
                    "xt_aware",
                    "external_ksp",
                    "1plus1_protection",
                ]
            )
        ),
        "failure": draw(st.sampled_from(FAILURES)),
        "transponders_per_node": draw(st.sampled_from([None, None, 12])),
        "snr": draw(st.sampled_from(["none", "none", "nli", "crosstalk", "gsnr"])),
        "partial_service": draw(st.booleans()),
    }
    changes["xt_noise"] = changes["snr"] == "nli" and draw(st.booleans())
    changes["snr_recheck"] = changes["snr"] != "none" and draw(st.booleans())
    if changes["routing"] != "1plus1_protection":
        changes["protection"] = draw(st.sampled_from(["none", "none", "link", "node"]))
    if changes["routing"] != "1plus1_protection" and changes["protection"] == "none":
        changes["max_segments"] = draw(st.sampled_from([1, 4]))
        changes["dynamic_slicing"] = draw(st.booleans())
        changes["grooming"] = draw(st.booleans())
        changes["fixed_grid"] = draw(st.booleans())
    return fusion(**changes)


def union_of_live(sim: Reference, plan) -> np.ndarray:
    """How many lightpaths hold each slot: int (links, cores, slots of all bands)."""
    held = np.zeros((len(plan.links), plan.cores, plan.slots), int)
    live = sim.live()
    for row in range(len(live)):
        first = plan.bands[live.band[row]].start
        assert live.end[row] <= plan.bands[live.band[row]].slots, "inside its band, guard included"
        for link in sim.routes[live.route[row]].links:
            held[link, live.core[row], first + live.start[row] : first + live.end[row]] += 1
    return held


@QUICK
@given(config=configs(), seed=st.integers(1, 1000))
def test_invariants_of_any_config(config, seed):
    plan = make_plan(config)
    requests = replay(config, plan, seed, config.load_erlang)
    sim = Reference(config, plan, records=True)
    pieces = []
    for start in range(0, len(requests), 50):
        pieces.append(sim.serve(requests.part(start, start + 50)))
        held = union_of_live(sim, plan)
        assert held.max(initial=0) <= 1, "no two lightpaths share a slot of a core of a link"
        assert np.array_equal(held > 0, sim.occupied()), "what is taken is what is lit"
        assert sim.slots_used() == sim.occupied().sum(axis=(1, 2)).tolist()
    outcomes = joined(pieces)
    asked = plan.rates_gbps[requests.tier]
    blocked = outcomes.status == Status.BLOCKED
    assert ((outcomes.reason == 0) == ~blocked).all(), "a reason for every block, and none for the rest"
    assert (outcomes.served_gbps[blocked] == 0).all()
    assert np.array_equal(outcomes.served_gbps[outcomes.status == Status.SERVED], asked[outcomes.status == Status.SERVED])
    partly = outcomes.status == Status.PARTLY
    assert (outcomes.served_gbps[partly] < asked[partly]).all() and (outcomes.served_gbps[partly] > 0).all()
    assert config.partial_service or not partly.any()
    assert not blocked[outcomes.dropped].any(), "only what was served can be dropped"
    live = sim.live()
    counted = sim.counted
    spent = sim.spent()
    occupied = sim.occupied()
    sim.drain()
    assert sum(sim.slots_used()) == 0 and len(sim.live()) == 0 and sim.network.transponders == [0] * len(plan.node_ids)
    assert not sim.network._channels._rows or not any(sim.network._channels._rows.values())
    ended = sim.ended()
    assert len(ended) == len(outcomes.lightpaths)
    assert all(0 <= one.utilisation_percent <= 100 + 1e-9 for one in ended)
    one = Iteration(plan, requests, outcomes, Lives.of_retired(ended), sim.routes, occupied, live, spent, counted)
    assert one.blocked.sum() == blocked.sum() + len(outcomes.dropped)
    assert 0 <= one.blocking <= 1 and -1e-12 <= one.bitrate_blocking <= 1
    assert (one.link_utilisation <= 1 + 1e-9).all() and (one.link_utilisation >= 0).all()


def slot_time(outcomes, requests, links: int, routes) -> np.ndarray:
    paths, now = outcomes.lightpaths, requests.arrival[-1]
    total = np.zeros(links)
    for row, request in enumerate(paths.request):
        lit = min(requests.departure[request], now) - requests.arrival[request]
        for link in routes[paths.route[row]].links:
            total[link] += (paths.end[row] - paths.start[row]) * lit
    return total


def test_time_averages_add_up():
    """`spent` is the sum over the lightpaths of width x life, cut at the last arrival."""
    config = fusion(load_erlang=200.0, requests=500)
    plan = make_plan(config)
    requests = replay(config, plan, 1, 200.0)
    sim = Reference(config, plan)
    outcomes = sim.serve(requests)
    assert sim.spent()[0] == pytest.approx(slot_time(outcomes, requests, len(plan.links), sim.routes), rel=1e-12)


@QUICK
@given(
    seed=st.integers(1, 10_000),
    guard=st.integers(0, 3),
    slots=st.integers(8, 90),
    cores=st.sampled_from([1, 3]),
    erlang=st.sampled_from([20.0, 100.0, 300.0]),
)
def test_last_fit_is_first_fit_in_a_mirror(seed, guard, slots, cores, erlang):
    """Same requests, same decisions, and the taken slots of the one are those of the other read from the other end."""
    below, above = (
        fusion(allocation=policy, slots=slots, guard_slots=guard, cores=cores, requests=200)
        for policy in ("first_fit", "last_fit")
    )
    plan = make_plan(below)
    requests = replay(below, plan, seed, erlang)
    first, last = Reference(below, plan), Reference(above, plan)
    one, other = first.serve(requests), last.serve(requests)
    assert np.array_equal(one.status, other.status) and np.array_equal(one.rank, other.rank)
    for lane, taken in enumerate(first.network.spectrum.taken):
        assert [mirrored(mask, slots) for mask in taken] == last.network.spectrum.taken[lane]


@QUICK
@given(seed=st.integers(1, 10_000), guard=st.integers(0, 2), directed=st.booleans())
def test_a_network_that_was_drained_is_as_good_as_new(seed, guard, directed):
    config = fusion(guard_slots=guard, directed=directed, requests=200, max_segments=4)
    plan = make_plan(config)
    used, new = Reference(config, plan), Reference(config, plan)
    used.serve(replay(config, plan, seed + 1, 300.0))
    used.drain()
    requests = replay(config, plan, seed, 300.0)
    ours, theirs = used.serve(requests), new.serve(requests)
    for name in ("status", "reason", "rank", "served_gbps"):
        assert np.array_equal(getattr(ours, name), getattr(theirs, name))
    assert np.array_equal(ours.lightpaths.start, theirs.lightpaths.start)


def test_more_slots_and_more_paths_block_less_on_average():
    """Trends over ten seeds; a single seed may go the other way."""

    def blocking(**changes) -> float:
        config = fusion(requests=500, **changes)
        plan = make_plan(config)
        return float(
            np.mean(
                [
                    (Reference(config, plan).serve(replay(config, plan, seed, 200.0)).status == Status.BLOCKED).mean()
                    for seed in range(1, 11)
                ]
            )
        )

    by_slots = [blocking(slots=slots) for slots in (64, 128, 256)]
    assert by_slots == sorted(by_slots, reverse=True) and by_slots[0] > by_slots[-1]
    assert blocking(slots=128, k_paths=3) < blocking(slots=128, k_paths=1)
    assert blocking(slots=64, cores=3) < blocking(slots=64, cores=1)


STEADY = [
    ("mix", 50.0, 0.1112),
    ("mix", 100.0, 0.1348),
    ("mix", 150.0, 0.1783),
    ("mix", 200.0, 0.2260),
    ("100G", 150.0, 0.0602),
    ("100G", 200.0, 0.1305),
    ("100G", 250.0, 0.1932),
    ("100G", 300.0, 0.2460),
]
"""Steady-state blocking measured with 200,000 requests x 10 seeds on 128 slots; the 90 % intervals are within 1 % of the
values."""


@pytest.mark.parametrize(("demand", "erlang", "expected"), STEADY)
def test_steady_state_of_the_model(demand, erlang, expected):
    only = {"kind": "rates", "shares_by_gbps": {"25": 0.0, "50": 0.0, "100": 1.0, "200": 0.0, "400": 0.0}}
    config = fusion(requests=200_000, replay_iterations=10, load_erlang=erlang, demand=MIX if demand == "mix" else only)
    metric = run_replay(config)[0].metrics["blocking"]
    assert metric.value == pytest.approx(expected, abs=max(0.0005, 0.01 * expected))
