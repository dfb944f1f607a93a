"""The statistics under FUSION's names, from a network of one link and requests made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fusion_configs import Bench, graph
from quintant.labs.optical.engine import fusion
from quintant.labs.optical.engine.iteration import Iteration
from quintant.labs.optical.engine.lives import Lives
from quintant.labs.optical.engine.pieces import joined
from quintant.labs.optical.engine.requests import Requests

LOAD = {
    "iter_stats",
    "link_usage",
    "blocking_mean",
    "blocking_variance",
    "ci_rate_block",
    "ci_percent_block",
    "bit_rate_blocking_mean",
    "bit_rate_blocking_variance",
    "ci_rate_bit_rate_block",
    "ci_percent_bit_rate_block",
    "lightpath_utilization",
    "sim_end_time",
    "total_transponder_usage",
}
ENTRY = {
    "snapshots_dict",
    "cores_dict",
    "weights_dict",
    "mods_used_dict",
    "demand_realization_ratio",
    "block_bw_dict",
    "frag_dict",
    "lp_bw_utilization_dict",
    "block_reasons_dict",
    "link_usage_dict",
    "sim_block_list",
    "sim_br_block_list",
    "bands_list",
    "start_slot_list",
    "end_slot_list",
    "modulation_list",
    "bandwidth_list",
    "path_index_list",
    "sim_lp_utilization_list",
    *(f"{name}_{what}" for name in ("trans", "hops", "lengths", "route_times", "xt", "snr") for what in ("mean", "min", "max")),
}


@pytest.fixture
def entry() -> tuple[dict, Iteration]:
    """a-b 100 km, b-c 1500 km, eight slots: 100 Gb/s a-b from 1 to 11 (64-QAM), 200 Gb/s a-c (none reaches but QPSK, eight
    slots: blocked), 100 Gb/s b-c from 3 to 5 (16-QAM)."""
    bench = Bench(graph("a-b 100, b-c 1500", slots=8, replay_save_slots=True))
    pieces = [bench.ask("a", "b", 100, 1.0, 11.0), bench.ask("a", "c", 200, 2.0), bench.ask("b", "c", 100, 3.0, 5.0)]
    requests = Requests(
        0,
        np.array([1.0, 2.0, 3.0]),
        np.array([11.0, 1e9, 5.0]),
        np.array([0, 0, 1], np.int32),
        np.array([1, 2, 2], np.int32),
        np.array([2, 3, 2], np.int32),
    )
    occupied, live, spent = bench.sim.occupied(), bench.sim.live(), bench.sim.spent()
    bench.sim.drain()
    one = Iteration(
        bench.plan,
        requests,
        joined(pieces),
        Lives.of_retired(bench.sim.ended()),
        bench.sim.routes,
        occupied,
        live,
        spent,
        bench.sim.counted,
    )
    return fusion.statistics(bench.config, one, [one.blocking], [one.bitrate_blocking], [100.0]), one


def test_every_name_of_the_original_is_there(entry):
    document, one = entry
    assert set(document) >= ENTRY
    assert set(fusion.load_document({"0": document}, one, [1 / 3], [0.5], [100.0])) == LOAD


def test_numbers_by_hand(entry):
    document, one = entry
    assert one.blocking == 1 / 3 and one.bitrate_blocking == 0.5
    assert document["sim_block_list"] == [1 / 3] and document["sim_br_block_list"] == [0.5]
    assert document["cores_dict"] == {"0": 2}
    assert document["block_bw_dict"] == {"25": 0, "50": 0, "100": 0, "200": 1, "400": 0}
    assert document["block_reasons_dict"] == {"distance": 0.0, "congestion": 1.0, "xt_threshold": 0.0, "failure": 0.0}
    assert document["block_reasons_true"] == {"no_spectrum": 1.0}
    assert (document["hops_mean"], document["lengths_mean"], document["lengths_max"]) == (1.0, 800.0, 1500.0)
    assert document["trans_mean"] == 1.0 and document["route_times_mean"] is None and document["snr_mean"] is None
    assert document["modulation_list"] == ["64-QAM", "16-QAM"] and document["bandwidth_list"] == ["100", "100"]
    assert document["start_slot_list"] == [0, 0] and document["end_slot_list"] == [2, 2]
    assert document["bands_list"] == ["c", "c"]
    assert document["path_index_list"] == [2, 0, 0]
    assert document["mods_used_dict"]["100"] == {"64-QAM": 1, "16-QAM": 1, "QPSK": 0}
    by_format = document["mods_used_dict"]["16-QAM"]
    assert by_format["length"]["overall"] == {"mean": 1500.0, "std": 0.0, "min": 1500.0, "max": 1500.0}
    assert by_format["c"] == 1
    assert document["weights_dict"]["100"]["64-QAM"]["mean"] == 100.0
    assert document["weights_dict"]["25"]["QPSK"]["mean"] is None
    assert document["demand_realization_ratio"]["100"]["mean"] == 1.0
    assert document["lp_bw_utilization_dict"]["100"]["c"]["0"]["mean"] == 100.0


def test_link_usage_by_hand(entry):
    """100 Gb/s x 10 time units on a-b, x 2 on b-c; both directions share one spectrum and so one entry."""
    usage = entry[0]["link_usage_dict"]
    assert usage["a-b"] == usage["b-a"] == {"usage_count": 1, "throughput": 1000.0, "link_num": 1}
    assert usage["b-c"] == usage["c-b"] == {"usage_count": 1, "throughput": 200.0, "link_num": 2}


def test_time_averages_by_hand(entry):
    """Up to the last arrival at 3: two of eight slots of a-b for two of three time units, nothing on b-c yet."""
    _, one = entry
    assert one.link_utilisation == pytest.approx([2 * 2 / (8 * 3), 0.0])
    assert one.active_lightpaths == pytest.approx(2 / 3)


def test_intervals_by_hand():
    """Values .1 and .3: s = .1414, half-width 1.645 x .1414 / 1.414 = .1645, twice that 164.5 % of .2."""
    assert fusion.interval([0.1, 0.3]) == pytest.approx((0.1645, 164.5))
    assert fusion.interval([0.1]) is None and fusion.interval([0.0, 0.0]) is None and fusion.interval([None, 0.1]) is None


def test_every_reason_has_a_word_of_the_original():
    from quintant.labs.optical.engine.outcome import Reason

    assert set(fusion.COMPATIBLE) == set(Reason) - {Reason.NONE}
    assert set(fusion.COMPATIBLE.values()) == {"distance", "congestion", "xt_threshold", "failure"}
