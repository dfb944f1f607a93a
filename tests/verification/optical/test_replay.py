"""Replay gives the numbers of the original simulator exactly (measured at FUSION commit 973983b)."""

from __future__ import annotations

import orjson
import pytest

from fusion_configs import fusion, run_replay
from quintant.labs.optical.contract.decode import decode
from quintant.labs.optical.engine import replay as replay_module
from quintant.labs.optical.engine.kernel import supports

TABLE = [
    (128, 100.0, [0.145, 0.131, 0.136, 0.133], 0.3035),
    (128, 200.0, [0.231, 0.200, 0.217, 0.213], 0.3991),
    (320, 250.0, [0.127, 0.118, 0.1205, 0.114], 0.2738),
]
"""Slots, load, blocking of each iteration, mean bit-rate blocking (to four digits)."""


@pytest.fixture(params=["kernel", "reference"])
def simulator(request, monkeypatch):
    """Both simulators: the compiled one, and the reference in its place."""
    if request.param == "reference":
        monkeypatch.setattr(replay_module, "supports", lambda config: "the test wants the reference")
    return request.param


@pytest.mark.parametrize(("slots", "erlang", "blocking", "bitrate"), TABLE)
def test_blocking_of_the_original(simulator, slots, erlang, blocking, bitrate):
    result, _, _ = run_replay(fusion(slots=slots, load_erlang=erlang, replay_iterations=4, replay_save_step=1))
    document = result.documents["fusion"][f"{erlang}"]
    assert document["iter_stats"]["3"]["sim_block_list"] == blocking
    assert round(document["bit_rate_blocking_mean"], 4) == bitrate
    assert result.metrics["blocking"].value == pytest.approx(sum(blocking) / 4, abs=1e-15)


@pytest.mark.parametrize(
    ("changes", "blocking"),
    [
        ({"requests": 1000, "routing": "shortest_path"}, [0.172, 0.155]),
        ({"requests": 1000}, [0.135, 0.140]),
        ({"guard_slots": 0}, [0.1245, 0.120]),
    ],
)
def test_variants_of_the_original(simulator, changes, blocking):
    result, _, _ = run_replay(fusion(replay_iterations=2, **changes))
    assert result.tables["batches"]["batch_blocking"].to_pylist() == blocking


def test_baseline_fixture_of_the_original():
    """Its own k_shortest_path first_fit case: three cores, four segments, and the legacy runner's load per core."""
    config = fusion(
        slots=320,
        k_paths=4,
        cores=3,
        max_segments=4,
        load_erlang=300.0,
        requests=500,
        replay_iterations=4,
        replay_load_per_core=True,
        replay_save_step=1,
    )
    document = run_replay(config)[0].documents["fusion"]["300.0"]
    stats = [document["iter_stats"][str(number)] for number in range(4)]
    assert [list(one["cores_dict"].values()) for one in stats] == [[468, 109, 0], [481, 106, 0], [453, 118, 0], [456, 107, 0]]
    assert [one["hops_mean"] for one in stats] == [2.39, 2.41, 2.44, 2.41]
    assert [round(one["lengths_mean"], 1) for one in stats] == [1901.6, 1964.2, 1914.0, 1974.6]
    assert document["blocking_mean"] == 0.0
    assert [one["trans_mean"] for one in stats] == [1.15, 1.17, 1.14, 1.13]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("default", 0.0),
        ("minimal", 0.0),
        ("cross_platform", 0.0),
        ("runtime_config", 0.118),
        ("xtar_example_config", 0.0),
    ],
)
def test_templates_give_the_blocking_of_the_original(template, expected):
    """What the original reports for the five of its templates that it can run; few requests into an empty network."""
    result = run_replay(decode(template, {}).config)[0]
    assert result.tables["loads"]["blocking"].to_pylist() == [expected] * len(result.tables["loads"])


@pytest.mark.parametrize("template", ["policy_protection_example", "survivability_experiment"])
def test_templates_that_the_original_cannot_run(template):
    result = run_replay(decode(template, {}).config)[0]
    assert all(0 < blocking < 1 for blocking in result.tables["loads"]["blocking"].to_pylist())


@pytest.mark.parametrize(
    "changes",
    [
        {"cores": 2, "slots": 64},
        {
            "cores": 2,
            "slots": 40,
            "max_segments": 4,
            "demand": {"kind": "rates", "shares_by_gbps": {"25": 0.1, "50": 0.1, "100": 0.4, "200": 0.2, "400": 0.2}},
        },
    ],
)
def test_both_simulators_write_the_same_documents(monkeypatch, changes):
    config = fusion(load_erlang=200.0, replay_iterations=3, replay_save_slots=True, **changes)
    assert supports(config) is None
    compiled = run_replay(config)[0]
    monkeypatch.setattr(replay_module, "supports", lambda config: "the test wants the reference")
    plain = run_replay(config)[0]
    assert orjson.dumps(compiled.documents["fusion"]) == orjson.dumps(plain.documents["fusion"])
    for name, table in compiled.tables.items():
        for column in table.column_names:
            ours, theirs = table[column].to_pylist(), plain.tables[name][column].to_pylist()
            # integrals over time add up in the order of departures, which the two keep differently
            assert ours == (pytest.approx(theirs, rel=1e-12) if column in ("utilization", "active_lightpaths") else theirs)


def test_the_size_of_a_step_changes_nothing(monkeypatch):
    config = fusion(
        load_erlang=200.0,
        replay_iterations=2,
        max_segments=4,
        requests=700,
        demand={"kind": "rates", "shares_by_gbps": {"25": 0.1, "50": 0.1, "100": 0.5, "200": 0.2, "400": 0.1}},
    )
    whole = run_replay(config)
    monkeypatch.setattr(replay_module, "step_requests", lambda config: 101)
    pieces = run_replay(config)
    assert len(pieces[2]) == 2 * (1 + 7 + 1) and len(whole[2]) == 2, "a long iteration is drawn and judged in own steps"
    assert orjson.dumps(whole[0].documents) == orjson.dumps(pieces[0].documents)
    assert [event.payload for event in whole[1]] == [event.payload for event in pieces[1]]


def test_loads_meet_the_same_seeds():
    """Common random numbers: iteration i has seed i + 1 at every load, and explicit seeds stand in for it."""
    both = run_replay(fusion(replay_loads_erlang=[100.0, 200.0], replay_iterations=2))[0]
    assert both.tables["batches"]["batch_blocking"].to_pylist() == [0.145, 0.131, 0.231, 0.200]
    named = run_replay(fusion(replay_seeds=[2, 1], replay_iterations=2))[0]
    assert named.tables["batches"]["batch_blocking"].to_pylist() == [0.131, 0.145]


def test_the_stop_rule_is_the_originals():
    """Stop at the first iteration, from the second on, with 2 * 1.645 s / sqrt(n) <= 5 % of the mean."""
    result, events, _ = run_replay(fusion(replay_iterations=30, replay_stop_at_interval=True))
    blocking = result.tables["batches"]["batch_blocking"].to_pylist()

    def percent(values):
        mean = sum(values) / len(values)
        deviation = (sum((value - mean) ** 2 for value in values) / (len(values) - 1)) ** 0.5
        return 2 * 1.645 * deviation / len(values) ** 0.5 / mean * 100

    assert 2 < len(blocking) < 30
    assert percent(blocking) <= 5
    assert all(percent(blocking[:count]) > 5 for count in range(2, len(blocking)))
    assert result.metrics["converged"].value == 1
    document = result.documents["fusion"]["100.0"]
    assert document["ci_percent_block"] == pytest.approx(percent(blocking))
    assert document["ci_rate_block"] == pytest.approx(percent(blocking) * document["blocking_mean"] / 200)
    assert list(document["iter_stats"])[-1] == str(len(blocking) - 1), "the last iteration is always kept"
    assert [event.kind for event in events][-1] == "erlang_complete"


def test_events_feed_the_progress_stream():
    _, events, steps = run_replay(fusion(replay_loads_erlang=[100.0, 200.0], replay_iterations=2, requests=100))
    assert [event.kind for event in events] == [
        "config",
        "departure",
        "departure",
        "erlang_start",
        "iteration",
        "iteration",
        "erlang_complete",
        "erlang_start",
        "iteration",
        "iteration",
        "erlang_complete",
    ]
    assert events[0].payload == {
        "total_erlangs": 2,
        "total_iterations": 2,
        "erlang_start": 100.0,
        "erlang_stop": 200.0,
        "erlang_step": 100.0,
    }
    assert events[7].payload == {"erlang": 200.0, "erlang_index": 1, "total_erlangs": 2}
    assert {**events[4].payload, "metrics": None} == {"erlang": 100.0, "iteration": 1, "total_iterations": 2, "metrics": None}
    assert set(events[4].payload["metrics"]) == {"blocking_prob", "bit_rate_blocking", "mean_hops", "mean_path_length"}
    assert [event.payload["about"] for event in events[1:3]] == ["block_reasons", "clock"]
    fractions = [step.progress.fraction for step in steps]
    assert fractions == [0.25, 0.5, 0.75, 1.0]
    values = steps[0].progress.values
    assert values["current_erlang"] == 100.0 and values["total_erlangs"] == 2 and values["total_iterations"] == 2
    assert values["percent_complete"] == 25.0 and len(values["slots_used"]) == 22
    assert sum(values["slots_used"]) > 0


def test_a_load_of_zero_measures_nothing_and_says_so():
    result, _, _ = run_replay(fusion(load_erlang=1.0, replay_loads_erlang=[0.0], replay_iterations=2))
    metric = result.metrics["blocking"]
    assert metric.value is None and metric.reason == "no request was made at a load of 0"
    assert result.documents["fusion"]["0.0"]["blocking_mean"] is None


def test_what_was_not_blocked_is_an_upper_limit():
    result, _, _ = run_replay(
        fusion(
            load_erlang=1.0,
            replay_iterations=2,
            requests=200,
            slots=320,
            demand={"kind": "rates", "shares_by_gbps": {"25": 1.0, "50": 0.0, "100": 0.0, "200": 0.0, "400": 0.0}},
        )
    )
    metric = result.metrics["blocking"]
    assert metric.value == 0 and metric.upper_limit and 3 / 400 <= metric.high <= 1


def test_nothing_blocked_limits_requests_and_bit_rate():
    """Of 25 to 400 Gb/s, the bit rate could be blocked by more than the requests: by the largest over the mean rate."""
    config = fusion(
        load_erlang=20.0,
        slots=320,
        modulations="grooming",
        requests=500,
        replay_iterations=3,
        demand={"kind": "rates", "shares_by_gbps": {"100": 0.5, "400": 0.5}},
    )
    result = run_replay(config)[0]
    requests, bits = result.metrics["blocking"], result.metrics["bitrate_blocking"]
    assert (requests.value, requests.upper_limit, bits.value, bits.upper_limit, bits.low) == (0.0, True, 0.0, True, 0.0)
    assert bits.high == pytest.approx(requests.high * 400 / 250, rel=0.05)


def test_states_tell_each_iteration():
    result = run_replay(fusion(load_erlang=100.0, replay_iterations=3, requests=400))[0]
    rows = result.tables["states"].to_pylist()
    assert [row["requests"] for row in rows] == [400, 800, 1200] and all(row["time"] > 0 for row in rows)
    for name in ("utilization", "fragmentation", "active_lightpaths"):
        assert sum(row[name] for row in rows) / 3 == pytest.approx(result.metrics[name].value)
