"""Every policy of the model in cases small enough to be worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fusion_configs import Bench, fusion, graph, run_replay
from quintant.errors import ConfigError
from quintant.labs.optical.engine.failures import outage
from quintant.labs.optical.engine.outcome import Reason, Status
from quintant.labs.optical.engine.physical.external import SnrTables
from quintant.labs.optical.engine.physical.gsnr import CAPACITY_GBPS, THRESHOLD_DB
from quintant.labs.optical.engine.plan import make_plan
from quintant.labs.optical.engine.reference import Reference
from quintant.labs.optical.engine.requests import replay

LINE = "a-b 100, b-c 100"
SQUARE = "a-b 100, b-d 100, a-c 100, c-d 100"


def places(outcomes) -> list[tuple[int, int, int]]:
    """(core, start, end) of each new lightpath."""
    paths = outcomes.lightpaths
    return list(zip(paths.core.tolist(), paths.start.tolist(), paths.end.tolist(), strict=True))


def only(outcomes) -> Reason:
    assert outcomes.status[0] == Status.BLOCKED
    return Reason(int(outcomes.reason[0]))


# --- spectrum assignment (100 Gb/s over at most 916 km: 64-QAM, two slots) ---


def test_first_and_last_fit_take_the_two_ends():
    for policy, expected in (("first_fit", [(0, 0, 3), (0, 3, 6)]), ("last_fit", [(0, 13, 16), (0, 10, 13)])):
        bench = Bench(graph(LINE, allocation=policy, guard_slots=1))
        assert [places(bench.ask("a", "c", 100, at))[0] for at in (1, 2)] == expected


@pytest.mark.parametrize("guard", [0, 1, 2, 3])
def test_the_guard_must_end_inside_the_band(guard):
    """Slots 5: need 2. Two lightpaths fit side by side with no guard, one with a guard of 1, 2 or 3."""
    bench = Bench(graph("a-b 100", slots=5, guard_slots=guard))
    first, second = bench.ask("a", "b", 100, 1), bench.ask("a", "b", 100, 2)
    assert places(first) == [(0, 0, 2 + guard)]
    if guard == 0:
        assert places(second) == [(0, 2, 4)]
    else:
        assert only(second) is Reason.NO_SPECTRUM


def test_best_fit_takes_the_tightest_block():
    """After the first six requests the blocks 0..1, 4..7 and 10..15 are free; first fit would take 0..1, then 4..5."""
    bench = Bench(graph("a-b 100", slots=16, allocation="best_fit"))
    for at, until in ((1, 20.0), (2, 100.0), (3, 20.0), (4, 20.0), (5, 100.0), (6, 20.0)):
        bench.ask("a", "b", 100, at, until)
    assert places(bench.ask("a", "b", 200, 50)) == [(0, 4, 7)], "three slots: 4..7 is tighter than 10..15"
    assert places(bench.ask("a", "b", 100, 51)) == [(0, 0, 2)]
    assert places(bench.ask("a", "b", 25, 52)) == [(0, 7, 8)], "one slot is left of 4..7"


def test_best_fit_looks_at_the_blocks_of_single_links():
    """On b-c slots 0..1 and 4..5 are taken, so that 2..3 is a block of two there although a-b is free throughout."""
    bench = Bench(graph(LINE, slots=16, allocation="best_fit"))
    for at, until in ((1, 1e9), (2, 3.5), (3, 1e9)):
        bench.ask("b", "c", 100, at, until)
    assert places(bench.ask("a", "c", 100, 4)) == [(0, 2, 4)]


def test_priority_goes_through_alternate_cores():
    for policy, start in (("priority_first", 0), ("priority_last", 2)):
        bench = Bench(graph("a-b 100", slots=2, cores=7, allocation=policy))
        assert [places(bench.ask("a", "b", 100, at))[0][0] for at in range(7)] == [0, 2, 4, 1, 3, 5, 6]
        bench = Bench(graph("a-b 100", slots=4, cores=7, allocation=policy))
        assert places(bench.ask("a", "b", 100, 1)) == [(0, start, start + 2)]
    with pytest.raises(ConfigError, match="must be 7"):
        graph("a-b 100", cores=3, allocation="priority_first")


def test_crosstalk_aware_allocation_avoids_lit_neighbours():
    """Core 0 fills from below; once it is full, core 2 (no lit neighbour) is better than core 1 (beside core 0), and the
    odd cores fill from above."""
    bench = Bench(graph("a-b 100", slots=4, cores=7, allocation="xt_aware"))
    found = [places(bench.ask("a", "b", 100, at))[0] for at in range(14)]
    assert [core for core, _, _ in found[:6]] == [0, 0, 2, 2, 4, 4]
    assert found[0][1] == 0 and found[1][1] == 2
    odd = [start for core, start, _ in found if core in (1, 3, 5)]
    assert odd[0] == 2, "from above"
    assert sorted(core for core, _, _ in found) == sorted([*range(7)] * 2)


def test_cores_and_bands_are_searched_in_either_order():
    both = {"slots": 2, "l_slots": 2, "cores": 3}
    by_core = Bench(graph("a-b 100", **both))
    found = [by_core.ask("a", "b", 100, at).lightpaths for at in range(6)]
    assert [(int(one.core[0]), int(one.band[0])) for one in found] == [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)]
    by_band = Bench(graph("a-b 100", search_order="band_then_core", **both))
    found = [by_band.ask("a", "b", 100, at).lightpaths for at in range(6)]
    assert [(int(one.core[0]), int(one.band[0])) for one in found] == [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1)]


def test_first_slot_prefers_the_lower_slot_on_a_longer_path():
    for first, expected in (("path", "abd"), ("slot", "acd")):
        bench = Bench(graph("a-b 100, b-d 100, a-c 200, c-d 200", first=first, k_paths=2))
        bench.ask("a", "b", 100, 1)
        assert bench.walk(bench.ask("a", "d", 100, 2)) == expected


def test_formats_are_tried_on_a_path_before_the_next_path():
    """200 Gb/s over 1000 km: 16-QAM takes four slots, QPSK eight."""
    best = Bench(graph("a-b 400", modulation_choice="best", slots=16))
    assert places(best.ask("a", "b", 200, 1)) == [(0, 0, 3)]
    bench = Bench(graph("a-b 500", slots=16))
    assert places(bench.ask("a", "b", 200, 1)) == [(0, 0, 4)]
    assert bench.plan.formats[bench.sim.live().format[0]] == "16-QAM"


# --- routing ---


def test_congestion_aware_routing_weighs_occupancy_against_length():
    """0.3 x occupancy + 0.7 x km / longest: the shorter path stays first until it is 0.7 / 0.3 x its saving fuller."""
    bench = Bench(graph("a-b 100, b-d 100, a-c 105, c-d 105", routing="congestion_aware", k_paths=2))
    # saving 10 / 210 = 0.0476 of the length, worth 0.0476 x 0.7 / 0.3 = 0.111 of occupancy: 3.6 of 32 slots
    assert bench.walk(bench.ask("a", "d", 100, 1)) == "abd"
    assert bench.walk(bench.ask("a", "d", 100, 2)) == "acd", "4 of 32 slots are 0.125"
    assert bench.walk(bench.ask("a", "d", 100, 3)) == "abd"


def test_congestion_aware_replay_goes_beyond_reach_as_the_original_does():
    bench = Bench(graph("a-b 2000", routing="congestion_aware", slots=32))
    assert places(bench.ask("a", "b", 400, 1)) == [(0, 0, 16)], "QPSK reaches 1385 km"
    plain = Bench(graph("a-b 2000", slots=32))
    assert only(plain.ask("a", "b", 400, 1)) is Reason.DISTANCE


def test_least_congested_takes_the_emptiest_of_the_short_paths():
    """a-d over b or c (2 hops) or over e, f (3 hops, within one more); a-e-f-g-d (4 hops) is never looked at. QPSK only."""
    bench = Bench(graph("a-b 100, b-d 100, a-c 90, c-d 90, a-e 100, e-f 100, f-d 100", routing="least_congested"))
    first = bench.ask("a", "d", 100, 1)
    assert bench.walk(first) == "acd" and places(first) == [(0, 0, 4)], "all empty: the shortest; QPSK takes four slots"
    assert bench.walk(bench.ask("a", "d", 100, 2)) == "abd"
    assert bench.walk(bench.ask("a", "d", 100, 3)) == "aefd"
    assert bench.walk(bench.ask("a", "d", 100, 4)) == "acd"


def test_fragmentation_aware_routing_avoids_scattered_spectrum():
    bench = Bench(graph("a-b 100, b-d 100, a-c 150, c-d 150", routing="fragmentation_aware", slots=16))
    for at, until in ((1, 1e9), (2, 5.0), (3, 1e9)):
        bench.ask("a", "b", 100, at, until)
    assert bench.walk(bench.ask("a", "d", 100, 6)) == "acd"
    router = bench.sim.network.router
    assert router.cost(0) == pytest.approx(1 - 10 / 12), "a-b: twelve slots are free, ten of them in a row"
    assert router.cost(1) == 0.0


def test_nli_aware_routing_avoids_neighbours():
    """Lengths equal: the lit link costs interference, the dark ones none. ln((d + B/2) / (d - B/2)) (P/B)^2 / 6.335e-27."""
    bench = Bench(graph(SQUARE, routing="nli_aware", slots=6))
    bench.ask("a", "b", 100, 1)  # slots 0..1
    router = bench.sim.network.router
    b_hz = 2 * 12.5e9
    places = [2, 3, 4]
    distances = [(start - 0) * 12.5e9 for start in places]
    psd = 1e-3 / b_hz
    by_hand = sum(psd**2 * math.log((d + b_hz / 2) / (d - b_hz / 2)) for d in distances) / 3 / 6.335e-27 * 1.0
    assert router.exposure(0, 2) == pytest.approx(by_hand, rel=1e-12)
    assert router.exposure(2, 2) == 0.0
    assert router.cost(0, 2) == pytest.approx(0.5 * 1.0 + 0.5 * by_hand)
    assert bench.walk(bench.ask("a", "d", 100, 2)) == "acd"
    for at in (3, 4, 5):
        bench.ask("a", "b", 100, at)
    assert router.exposure(0, 2) == 1000.0, "full"


def test_xt_aware_routing_counts_lit_neighbours():
    """Three mutually adjacent cores of 4 slots. Two slots lit on core 0: of the 10 free slots, two on core 1 and two on core 2
    have one of their two neighbours lit: 4 x 1/2 / 10 = 0.2; without length the cost is that per span."""
    bench = Bench(graph("a-b 100, b-d 100, a-c 150, c-d 150", routing="xt_aware", slots=4, cores=3))
    bench.ask("a", "b", 100, 1)
    router = bench.sim.network.router
    assert router.exposure(0) == pytest.approx(0.2)
    assert router.cost(0) == pytest.approx(0.2) and router.cost(1) == 0.0
    assert bench.walk(bench.ask("a", "d", 100, 2)) == "acd"
    weighed = Bench(graph("a-b 100, b-d 100, a-c 150, c-d 150", routing="xt_aware", slots=4, cores=3, xt_type="with_length"))
    weighed.ask("a", "b", 100, 1)
    assert weighed.sim.network.router.cost(0) == pytest.approx(0.5 * 100 / 150 + 0.5 * 0.2)


def test_external_ksp_is_k_shortest_path_and_says_so():
    ours, plain = (run_replay(fusion(routing=name, requests=300))[0] for name in ("external_ksp", "k_shortest_path"))
    assert ours.documents["fusion"] == plain.documents["fusion"]
    assert any(one["about"] == "routing" and "falls back" in one["says"] for one in ours.documents["departures"])


# --- protection and failures ---


def test_one_plus_one_takes_the_same_slots_on_two_disjoint_paths():
    bench = Bench(graph("a-b 100, b-d 100, a-c 150, c-d 150, a-d 500", routing="1plus1_protection"))
    bench.ask("a", "b", 100, 1)  # ab and acdb or adb, slots 0..1
    found = bench.ask("a", "d", 100, 2)
    assert [bench.walk(found, 0), bench.walk(found, 1)] == ["abd", "acd"]
    assert found.lightpaths.backup.tolist() == [False, True]
    assert places(found) == [(0, 2, 4)] * 2, "0..1 is free on one of them only"
    alone = Bench(graph(LINE, routing="1plus1_protection"))
    assert only(alone.ask("a", "c", 100, 1)) is Reason.NO_DISJOINT_PATH


def test_backup_and_primary_both_limit_the_reach():
    """200 Gb/s: 64-QAM reaches 458 km and would do for a-b-d, but the backup is 1000 km long: 16-QAM, four slots."""
    config = {"protection": "link", "slots": 16}
    bench = Bench(graph("a-b 100, b-d 100, a-c 500, c-d 500", **config))
    assert places(bench.ask("a", "d", 200, 1)) == [(0, 0, 4)] * 2
    far = Bench(graph("a-b 100, b-d 100, a-c 1500, c-d 1500", **config))
    assert only(far.ask("a", "d", 200, 1)) is Reason.BACKUP_PATH_DISTANCE
    full = Bench(graph(SQUARE, **{**config, "slots": 3}))
    full.ask("a", "d", 100, 1)
    assert only(full.ask("a", "d", 100, 2)) is Reason.NO_COMMON_SPECTRUM


def test_node_disjoint_backups_avoid_inner_nodes():
    """a to e: the two shortest link-disjoint paths meet in c; node-disjoint ones go round by f."""
    links = "a-b 100, b-c 100, a-c 150, c-d 100, d-e 100, c-e 150, a-f 900, f-e 900"
    backups = {}
    for disjoint in ("link", "node"):
        bench = Bench(graph(links, protection=disjoint, k_paths=1))
        found = bench.ask("a", "e", 25, 1)
        backups[disjoint] = (bench.walk(found, 0), bench.walk(found, 1))
    assert backups == {"link": ("ace", "abcde"), "node": ("ace", "afe")}


def test_a_cut_drops_what_it_hits_and_its_repair_lets_new_requests_through():
    bench = Bench(graph(LINE, failure={"kind": "link", "link": ["a", "b"], "at_arrival": 2, "repair_after_arrivals": 2}))
    bench.ask("a", "c", 100, 1)
    bench.ask("b", "c", 100, 2)
    third = bench.ask("a", "b", 100, 3)  # arrival 2: the cut happens first
    assert third.dropped.tolist() == [0] and third.dropped_at.tolist() == [3.0]
    assert only(third) is Reason.FAILURE
    assert bench.sim.slots_used() == [0, 2], "b-c carries on, and what was dropped freed its slots at once"
    assert only(bench.ask("a", "c", 100, 4)) is Reason.FAILURE
    assert bench.ask("a", "c", 100, 5).status[0] == Status.SERVED, "repaired at arrival 4"


def test_protected_connections_switch_over_and_back():
    failure = {"kind": "link", "link": ["a", "b"], "at_arrival": 2, "repair_after_arrivals": 2}
    for back, reverts in ((True, 1), (False, 0)):
        bench = Bench(graph(SQUARE, protection="link", revert_to_primary=back, failure=failure))
        bench.ask("a", "d", 100, 1)
        bench.ask("b", "d", 100, 2)  # its backup b-a-c-d is hit, its primary is not
        third = bench.ask("c", "d", 100, 3)
        assert third.dropped.tolist() == []
        assert bench.sim.counted.switchovers == 1
        bench.ask("c", "d", 25, 4)
        bench.ask("c", "d", 25, 5)
        assert bench.sim.counted.reverts == reverts


def test_a_cut_of_both_paths_drops_a_protected_connection():
    failure = {"kind": "srlg", "links": [["a", "b"], ["c", "d"]], "at_arrival": 1, "repair_after_arrivals": 1}
    bench = Bench(graph(SQUARE, protection="link", failure=failure))
    bench.ask("a", "d", 100, 1)
    assert bench.ask("a", "c", 100, 2).dropped.tolist() == [0]
    assert bench.sim.counted.dropped == 1 and bench.sim.counted.switchovers == 0


@pytest.mark.parametrize(
    ("failure", "down"),
    [
        ({"kind": "link", "link": ["b", "a"]}, {"a-b"}),
        ({"kind": "node", "node": "b"}, {"a-b", "b-c"}),
        ({"kind": "srlg", "links": [["a", "b"], ["c", "d"]]}, {"a-b", "c-d"}),
        ({"kind": "geo", "center_node": "a", "hop_radius": 1}, {"a-b", "b-c"}),
        ({"kind": "geo", "center_node": "a", "hop_radius": 2}, {"a-b", "b-c", "c-d"}),
    ],
)
@pytest.mark.parametrize("directed", [False, True])
def test_what_a_failure_takes_down(failure, down, directed):
    config = graph("a-b 100, b-c 100, c-d 100, d-e 100", directed=directed, failure={**failure, "repair_after_arrivals": 9})
    plan = make_plan(config)
    found = outage(config, plan)
    names = {
        "-".join(sorted((plan.node_ids[link.source], plan.node_ids[link.target])))
        for link in plan.links
        if link.index in found.links
    }
    assert names == down
    assert len(found.links) == len(down) * (2 if directed else 1), "a cut takes both directions"
    assert (found.begins, found.ends) == (500, 509), "the middle arrival"


def test_dropped_connections_count_as_blocked():
    config = fusion(requests=400, replay_save_step=1, failure={"kind": "node", "node": "4", "repair_after_arrivals": 50})
    result = run_replay(config)[0]
    plan = make_plan(config)
    outcomes = Reference(config, plan).serve(replay(config, plan, 1, 100.0))
    assert len(outcomes.dropped) > 0
    blocked = int((outcomes.status == Status.BLOCKED).sum()) + len(outcomes.dropped)
    assert result.metrics["blocking"].value == blocked / 400
    stats = result.documents["fusion"]["100.0"]["iter_stats"]["0"]
    failed = int((outcomes.reason == Reason.FAILURE).sum()) + len(outcomes.dropped)
    assert stats["block_reasons_dict"]["failure"] == failed / blocked
    assert stats["dropped_by_failure"] == len(outcomes.dropped)
    assert sum(result.tables["reasons"]["requests"].to_pylist()) == blocked
    assert result.metrics["dropped"].value == len(outcomes.dropped) and result.metrics["switchovers"].value == 0


# --- slicing, partial service, grooming, transponders, fixed grid ---


def test_static_slicing_takes_the_highest_tier_that_fits_whole():
    """400 Gb/s over 700 km: QPSK alone, 16 slots. Band of 10: in two slices of 200 (16-QAM, 4 slots each)."""
    bench = Bench(graph("a-b 700", slots=10, max_segments=4))
    found = bench.ask("a", "b", 400, 1)
    assert places(found) == [(0, 0, 4), (0, 4, 8)] and found.served_gbps[0] == 400.0
    assert {bench.plan.tiers[tier].gbps for tier in found.lightpaths.tier} == {200}
    bench = Bench(graph("a-b 700", slots=7, max_segments=4))
    assert len(bench.ask("a", "b", 400, 1).lightpaths) == 0, "four of 100 take 4 x 2 = 8 slots: nothing stays lit"
    assert bench.sim.slots_used() == [0]
    bench = Bench(graph("a-b 700", slots=8, max_segments=4))
    bench.ask("a", "b", 25, 1)
    assert only(bench.ask("a", "b", 400, 2)) in (Reason.FRAGMENTATION, Reason.NO_SPECTRUM)


def test_a_rest_below_the_tier_takes_the_lowest_tier_that_carries_it():
    """64-QAM takes 9, 8, 6 and 3 slots for 700, 600, 500 and 200 Gb/s. Free are six slots and four: 700 and 600 do not fit,
    500 does, and the rest of 200 goes as 200."""
    rates = {str(rate): 1 / 8 for rate in range(100, 801, 100)}
    bench = Bench(
        graph(
            "a-b 100",
            slots=13,
            max_segments=2,
            modulations="grooming",
            requests=800,
            demand={"kind": "rates", "shares_by_gbps": rates},
        )
    )
    bench.ask("a", "b", 500, 1, 2.5)
    bench.ask("a", "b", 100, 2)
    found = bench.ask("a", "b", 700, 3)
    assert [bench.plan.tiers[tier].gbps for tier in found.lightpaths.tier] == [500, 200]
    assert places(found) == [(0, 0, 6), (0, 9, 12)] and found.served_gbps[0] == 700.0


def test_max_segments_is_the_reason_where_nothing_else_is():
    """400 Gb/s over 3000 km: no format; 2 x 200 reaches 2770 km, 4 x 100 would, but three segments are allowed."""
    bench = Bench(graph("a-b 3000", slots=64, max_segments=3))
    assert only(bench.ask("a", "b", 400, 1)) is Reason.MAX_SEGMENTS
    bench = Bench(graph("a-b 3000", slots=64, max_segments=4))
    assert len(bench.ask("a", "b", 400, 1).lightpaths) == 4


def test_dynamic_slicing_mixes_tiers_and_partial_service_takes_what_there_is():
    """400 Gb/s over 700 km in 7 slots: 200 (4 slots) + 100 (2) + one slot for 50, 50 short. Dynamic needs all of it."""
    full = Bench(graph("a-b 700", slots=7, max_segments=4, dynamic_slicing=True))
    assert full.ask("a", "b", 400, 1).status[0] == Status.BLOCKED
    part = Bench(graph("a-b 700", slots=7, max_segments=4, dynamic_slicing=True, partial_service=True))
    found = part.ask("a", "b", 400, 1)
    assert found.status[0] == Status.PARTLY and found.served_gbps[0] == 350.0
    assert [part.plan.tiers[tier].gbps for tier in found.lightpaths.tier] == [200, 100, 50]
    roomy = Bench(graph("a-b 1500", slots=12, max_segments=4, dynamic_slicing=True))
    found = roomy.ask("a", "b", 400, 1)
    assert [roomy.plan.tiers[tier].gbps for tier in found.lightpaths.tier] == [200, 100, 100], "QPSK 8 slots, 16-QAM 2 + 2"


def test_grooming_fills_spare_bandwidth_and_keeps_time():
    """25 Gb/s over 100 km is one slot of 64-QAM, which carries 50 there: the second 25 needs no slot, in either direction,
    the third lights a new lightpath. Utilisation: (25 x 4 + 50 x 4 + 25 x 2) / (50 x 10) = 70 %."""
    bench = Bench(graph("a-b 100", grooming=True))
    assert len(bench.ask("a", "b", 25, 0, 8.0).lightpaths) == 1
    second = bench.ask("b", "a", 25, 4, 10.0)
    assert second.status[0] == Status.SERVED and len(second.lightpaths) == 0 and second.rank[0] == -1
    assert len(bench.ask("a", "b", 25, 5, 6.0).lightpaths) == 1
    bench.sim.drain()
    assert bench.sim.slots_used() == [0]
    assert [round(one.utilisation_percent, 9) for one in bench.sim.ended()] == [70.0, 50.0]


def test_grooming_puts_the_rest_on_the_same_path():
    """50 spare beside a 25; a request of 100 takes 25 of it and lights the rest of 75 as the smallest tier above, 100."""
    bench = Bench(graph(SQUARE, grooming=True))
    first = bench.ask("a", "d", 25, 1)
    found = bench.ask("a", "d", 100, 2)
    assert bench.walk(found) == bench.walk(first) and found.served_gbps[0] == 100.0
    assert [bench.plan.tiers[tier].gbps for tier in found.lightpaths.tier] == [100]
    assert [one.spare_gbps for one in bench.sim.network.lightpaths.values()] == [0.0, 25.0]


def test_a_rest_that_does_not_fit_beside_its_groomed_part():
    """Two slots on a-b-d, one of them lit with 25 spare: the rest of 75 of a request of 100 takes two slots, and does not fit
    there. Replay blocks it; steady goes round by c; partial service takes the 25 and 50 more on the one free slot."""
    links = "a-b 100, b-d 100, a-c 150, c-d 150"
    for changes, status, gbps, walks in (
        ({}, Status.BLOCKED, 0.0, []),
        ({"mode": "steady"}, Status.SERVED, 100.0, ["acd"]),
        ({"partial_service": True}, Status.PARTLY, 75.0, ["abd"]),
    ):
        bench = Bench(graph(links, grooming=True, slots=2, **changes))
        bench.ask("a", "d", 25, 1)
        found = bench.ask("a", "d", 100, 2)
        assert (found.status[0], found.served_gbps[0]) == (status, gbps)
        assert [bench.walk(found, row) for row in range(len(found.lightpaths))] == walks


def test_transponders_are_counted_at_both_ends():
    bench = Bench(graph(LINE, transponders_per_node=2))
    assert [bench.ask("a", "b", 25, at).status[0] for at in (1, 2)] == [Status.SERVED] * 2
    assert only(bench.ask("b", "c", 25, 3)) is Reason.TRANSPONDER_LIMIT
    assert bench.ask("c", "a", 25, 4, 5.0).status[0] == Status.BLOCKED, "none left at a"


def test_fixed_grid_lightpaths_take_one_slot():
    bench = Bench(graph("a-b 100", fixed_grid=True, slots=3))
    assert [places(bench.ask("a", "b", gbps, at))[0][1:] for at, gbps in enumerate((400, 100, 25))] == [(0, 1), (1, 2), (2, 3)]


# --- the physical layer inside the simulator ---


def nli_db(km: float, slots: int, neighbours: list[tuple[float, int]]) -> float:
    """SNR of one link by the formulas of FUSION, written out again. Neighbours: (distance of centres in slots, slots)."""
    alpha, beta2, gamma, power = 0.2 / 4.343e3, 21.3e-27, 1.3e-3, 1e-3
    b = slots * 12.5e9
    g = power / b
    mu = 3 * gamma**2 / (2 * math.pi * alpha * beta2)
    total = g**2 * math.asinh(math.pi**2 * beta2 * b**2 / (2 * alpha))
    for apart, other in neighbours:
        d, bk = apart * 12.5e9, other * 12.5e9
        total += (power / bk) ** 2 * math.log(abs((d + bk / 2) / (d - bk / 2)))
    ase = 6.62607015e-34 * 1.9341e14 * 1.8 * (math.exp(alpha * 1e5) - 1)
    return 10 * math.log10(g / ((mu * g * total + ase) * km / 100))


def test_nli_of_a_lightpath_and_its_neighbour():
    """No guard: B is the signal. Two lightpaths of two slots side by side: their centres are two slots apart."""
    bench = Bench(graph("a-b 150", snr="nli"))
    first, second = bench.ask("a", "b", 100, 1), bench.ask("a", "b", 100, 2)
    assert first.lightpaths.snr_db[0] == pytest.approx(nli_db(150, 2, []), rel=1e-12)
    assert second.lightpaths.snr_db[0] == pytest.approx(nli_db(150, 2, [(2, 2)]), rel=1e-12)


def test_the_checks_see_a_lightpath_with_a_guard_two_slots_wider():
    """Replay: slots + 2 with one guard slot, for the lightpath that is judged; steady: the signal alone."""
    bench = Bench(graph("a-b 150", snr="nli", guard_slots=1))
    first, second = bench.ask("a", "b", 100, 1), bench.ask("a", "b", 100, 2)
    assert first.lightpaths.snr_db[0] == pytest.approx(nli_db(150, 4, []), rel=1e-12)
    assert second.lightpaths.snr_db[0] == pytest.approx(nli_db(150, 4, [(3 + 4 / 2 - 1, 2)]), rel=1e-12)
    steady = Bench(graph("a-b 150", snr="nli", guard_slots=1, mode="steady"))
    assert steady.ask("a", "b", 100, 1).lightpaths.snr_db[0] == pytest.approx(nli_db(150, 2, []), rel=1e-12)


def test_nli_threshold_blocks_and_links_add_up():
    bench = Bench(graph(LINE, snr="nli"))
    found = bench.ask("a", "c", 25, 1)
    assert found.lightpaths.snr_db[0] == pytest.approx(nli_db(100, 1, []) - 10 * math.log10(2), rel=1e-12)
    deaf = Bench(graph(LINE, snr="nli", snr_threshold_db=40.0))
    assert only(deaf.ask("a", "c", 25, 1)) is Reason.SNR_FAIL
    assert deaf.sim.slots_used() == [0, 0]


def test_crosstalk_blocks_beside_a_lit_neighbour():
    """Over 100 km one neighbour gives -34.2 dB: too much for 16-QAM and 64-QAM, not for QPSK. Without a neighbour there is
    none. Core 0 is full, core 1 is its neighbour: 64-QAM and 16-QAM fail, QPSK (four slots) passes."""
    bench = Bench(graph("a-b 100", snr="crosstalk", cores=7, slots=4))
    first, second = bench.ask("a", "b", 100, 1), bench.ask("a", "b", 100, 2)
    assert first.lightpaths.snr_db.tolist() == [-math.inf]
    third = bench.ask("a", "b", 100, 3)
    assert second.status[0] == Status.SERVED
    assert places(third) == [(1, 0, 4)] and bench.plan.formats[third.lightpaths.format[0]] == "QPSK"
    assert third.lightpaths.snr_db[0] == pytest.approx(10 * math.log10(math.tanh(3.78e-4)), rel=1e-9)
    far = Bench(
        graph("a-b 5000", snr="crosstalk", cores=7, slots=4, requested_xt_db={"QPSK": -40.0, "16-QAM": -40.0, "64-QAM": -40.0})
    )
    far.ask("a", "b", 100, 1)
    assert only(far.ask("a", "b", 100, 2)) is Reason.XT_THRESHOLD


def gsnr_db(km: float, slots: int, start: int) -> float:
    """GSNR of a lone channel on one link in the C band, written out again."""
    alpha, beta2, gamma, power = 0.2 / 4.343e3, 21.3e-27, 1.3e-3, 1e-3
    b, f = slots * 12.5e9, 3e8 / 1565e-9 + (start + slots / 2) * 12.5e9
    ase = 2 * 1.77 * 6.62607015e-34 * f * b * (math.exp(alpha * 1e5) - 1)
    effective = (1 - math.exp(-2 * alpha * 1e5)) / (2 * alpha)
    nli = (power / b) ** 3 * 8 / (27 * math.pi * beta2) * gamma**2 * effective * b
    nli *= math.asinh(math.pi**2 * beta2 * b**2 / (4 * alpha))
    return 10 * math.log10(power / (math.ceil(km / 100) * (ase + nli)))


def test_gsnr_counts_whole_spans():
    bench = Bench(graph("a-b 250", snr="gsnr"))
    assert bench.ask("a", "b", 100, 1).lightpaths.snr_db[0] == pytest.approx(gsnr_db(250, 2, 0), rel=1e-12)


def test_fixed_grid_capacity_comes_from_the_signal():
    """GSNR of 112.5 GHz over 100 km is good for 64-QAM: 800 Gb/s in a slot; 600 asked, 200 spare."""
    rates = {str(rate): 1 / 6 for rate in range(100, 601, 100)}
    base = {
        "snr": "gsnr",
        "fixed_grid": True,
        "slot_width_ghz": 112.5,
        "modulations": "snr",
        "grooming": True,
        "slots": 2,
        "requests": 600,
        "demand": {"kind": "rates", "shares_by_gbps": rates},
    }
    bench = Bench(graph("a-b 100", **base))
    bench.ask("a", "b", 600, 1)
    lit = next(iter(bench.sim.network.lightpaths.values()))
    db = bench.sim.live().snr_db[0]
    best = max(CAPACITY_GBPS[name] for name, lowest in THRESHOLD_DB.items() if db >= lowest)
    assert lit.capacity_gbps == best and lit.spare_gbps == best - 600
    far = Bench(graph("a-b 4000", max_segments=3, dynamic_slicing=True, **base))
    found = far.ask("a", "b", 600, 1)
    carried = [one.capacity_gbps for one in far.sim.network.lightpaths.values()]
    assert len(found.lightpaths) == len(carried) == 2 and sum(carried) >= 600 > carried[0]


def test_recheck_refuses_what_would_push_others_below_the_threshold():
    """A threshold between the SNR of a wide lightpath alone and beside a narrow one, which itself passes."""
    wide_alone, wide_beside = nli_db(100, 6, []), nli_db(100, 6, [(3.5, 1)])
    narrow = nli_db(100, 1, [(3.5, 6)])
    threshold = (wide_alone + wide_beside) / 2
    assert wide_beside < threshold < min(wide_alone, narrow)
    for recheck in (False, True):
        bench = Bench(graph("a-b 100", snr="nli", snr_recheck=recheck, snr_threshold_db=threshold))
        assert bench.ask("a", "b", 400, 1).lightpaths.snr_db[0] == pytest.approx(wide_alone)
        second = bench.ask("a", "b", 25, 2)
        if recheck:
            assert only(second) is Reason.SNR_RECHECK_FAIL
            assert bench.sim.slots_used() == [6], "rolled back"
        else:
            assert second.lightpaths.snr_db[0] == pytest.approx(narrow)


def test_external_check_wants_its_arrays():
    with pytest.raises(ConfigError, match="look-up arrays"):
        graph("a-b 100", snr="external")


def test_external_check_reads_its_arrays():
    config = graph("a-b 100").model_copy(update={"snr": "external"})
    plan = make_plan(config)
    table = np.full((1, 16), 20.0)
    table[0, :4] = 5.0
    sim = Reference(config, plan, SnrTables({(0, 1): table}))
    bench = Bench(graph("a-b 100"))
    bench.sim = sim
    found = bench.ask("a", "b", 100, 1)
    assert only(found) is Reason.SNR_FAIL, "first fit offers slots 0 and up: 5 dB is too little for QPSK"
    table[0, :4] = 7.0
    found = bench.ask("a", "b", 100, 2)
    assert plan.formats[found.lightpaths.format[0]] == "QPSK" and found.lightpaths.snr_db[0] == 7.0


# --- reasons ---


def test_true_reasons_of_plain_blocks():
    bench = Bench(graph(LINE, slots=8))
    for at, until in ((1, 100.0), (2, 5.0), (3, 100.0), (4, 5.0)):
        bench.ask("a", "b", 100, at, until)  # 0..1 and 4..5 stay, 2..3 and 6..7 are free from 5 on
    assert only(bench.ask("a", "b", 200, 6)) is Reason.FRAGMENTATION, "three of four free slots, but not in a row"
    assert only(bench.ask("a", "b", 400, 7)) is Reason.NO_SPECTRUM, "six of four"
    far = Bench(graph("a-b 1400"))
    assert only(far.ask("a", "b", 400, 1)) is Reason.DISTANCE
