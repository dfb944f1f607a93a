"""The steady mode: what makes two Runs equal, what makes them differ, and whether an interval keeps what it promises."""

from __future__ import annotations

import math

import numpy as np
import pytest
from experiment import blocking, preset, run, watched

from quintant.config import canonical, parse
from quintant.lab import Result
from quintant.labs.optical.config import OpticalConfig
from quintant.labs.optical.engine import steady

QUICK = {"requests": 20_000, "warmup_requests": 2_000}


def same(one: Result, other: Result) -> bool:
    return one.metrics == other.metrics and one.tables == other.tables and one.documents == other.documents


def test_one_root_one_result_two_roots_two() -> None:
    raw = preset("deeprmsa-nsfnet", **QUICK)
    assert same(run(raw, 5), run(raw, 5))
    assert run(raw, 5).metrics["blocked"] != run(raw, 6).metrics["blocked"]


def test_a_stored_config_gives_the_same_result() -> None:
    """Stored configs come back as canonical JSON with sorted keys: the order of shares and formats must not matter."""
    import orjson

    raw = preset("fusion-nsfnet", **QUICK)
    assert same(run(raw), run(orjson.loads(canonical(parse(OpticalConfig, raw)))))


@pytest.mark.parametrize("name", ["deeprmsa-nsfnet", "fusion-nsfnet", "mask-jpn48", "ptrnet80-usnet"])
def test_the_size_of_a_step_changes_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = preset(name, **QUICK)
    whole = run(raw)
    for size in (777, 100_000):
        monkeypatch.setattr(steady, "step_requests", lambda config, size=size: size)
        assert same(whole, run(raw))


def test_both_simulators_give_the_same_run(monkeypatch: pytest.MonkeyPatch) -> None:
    from quintant.labs.optical.engine.reference import Reference

    raw = preset("deeprmsa-nsfnet", **QUICK)
    compiled = run(raw)
    monkeypatch.setattr(steady, "simulator", Reference)
    reference = run(raw)
    for name, metric in compiled.metrics.items():
        other = reference.metrics[name].value
        assert other is metric.value is None or other == pytest.approx(metric.value, rel=1e-9), name
    for name in ("batches", "reasons", "pairs", "spectrum", "modulations", "ranks"):
        assert compiled.tables[name].equals(reference.tables[name]), name


def test_common_random_numbers() -> None:
    """A change that is no part of the traffic meets the same traffic: more spectrum never changes who asks for what."""
    narrow = run(preset("deeprmsa-nsfnet", **QUICK)).tables["pairs"]
    wide = run(preset("deeprmsa-nsfnet", **QUICK, slots=200, k_paths=2)).tables["pairs"]
    assert narrow["requests"].equals(wide["requests"])
    heavier = run(preset("deeprmsa-nsfnet", **QUICK, load_erlang=300.0, holding="exponential")).tables["pairs"]
    assert narrow["requests"].equals(heavier["requests"])


def test_the_interval_covers_the_truth() -> None:
    """Coverage: of 60 independent 95 % intervals of Erlang's formula about 57 contain it; 50 or fewer have a chance of less
    than one in a hundred if the intervals are honest. A binomial interval is several times too narrow and fails."""
    raw = preset("erlang-b", requests=100_000)
    exact, covered, binomial = 0.0269574, 0, 0
    for root in range(60):
        metric = run(raw, root).metrics["blocking"]
        covered += metric.low <= exact <= metric.high
        naive = 1.96 * math.sqrt(metric.value * (1 - metric.value) / metric.n)
        binomial += abs(metric.value - exact) <= naive
    assert covered > 50
    assert binomial < 40


def test_effective_requests_are_fewer_than_requests() -> None:
    result = run(preset("deeprmsa-nsfnet", requests=500_000))
    metric = result.metrics["effective_requests"]
    assert 500_000 / 30 < metric.value < 500_000 / 1.5
    blocked = result.metrics["blocking"]
    implied = math.sqrt(blocked.value * (1 - blocked.value) / metric.value)
    assert (blocked.value - blocked.low) / implied == pytest.approx(2.04, abs=0.05)  # Student's t of 31 degrees


def test_target_half_width_is_reached() -> None:
    result, events, _ = watched(preset("deeprmsa-nsfnet", requests=50_000, target_half_width=0.05))
    assert result.metrics["converged"].value == 1
    assert result.metrics["relative_half_width"].value <= 0.05
    rounds = result.metrics["rounds"].value
    assert rounds > 1 and result.metrics["requests"].value == rounds * 50_000
    assert [event.kind for event in events] == ["load_start", "warmup_end", *["round_end"] * (rounds - 1), "load_end"]
    assert result.tables["batches"].num_rows == rounds * 32
    longer = run(preset("deeprmsa-nsfnet", requests=50_000 * rounds))
    assert longer.metrics["blocked"] == result.metrics["blocked"]  # rounds continue one network


@pytest.mark.parametrize(
    "changes",
    [
        {"requests": 50_000, "target_half_width": 0.05},
        {"requests": 1_000, "target_half_width": 0.001, "max_requests": 19_500, "batches": 8},
        {"requests": 700, "target_half_width": 0.001, "max_requests": 30_000, "batches": 16},
    ],
)
def test_the_last_row_of_the_convergence_is_the_result(changes: dict) -> None:
    """After however many rounds: the table, the progress and the result take their intervals from the same batches."""
    result, _, told = watched(preset("deeprmsa-nsfnet", warmup_requests=2_000, **changes))
    metric, table = result.metrics["blocking"], result.tables["batches"].to_pylist()
    assert result.metrics["rounds"].value > 2 and len(table) <= 512
    assert (table[-1]["requests"], table[-1]["blocking"]) == (metric.n, metric.value)
    assert (table[-1]["low"], table[-1]["high"]) == (metric.low, metric.high)
    assert told[-1].values["half_width"] == pytest.approx((metric.high - metric.low) / 2)
    counted = [
        round(row["batch_blocking"] * (row["requests"] - before["requests"]))
        for before, row in zip([{"requests": 0}, *table], table, strict=False)
    ]
    assert sum(counted) == result.metrics["blocked"].value


def test_the_state_over_time_is_that_of_the_metrics() -> None:
    """Averages over the rows that were measured, weighted by time, are the metrics; the warm-up is there, and fills up."""
    raw = preset("deeprmsa-nsfnet", **QUICK)
    result = run(raw)
    rows = result.tables["states"].to_pylist()
    measured = [row for row in rows if not row["warmup"]]
    early = [row for row in rows if row["warmup"]]
    assert [row["requests"] for row in early] == [625, 1250, 1875, 2000] and measured[-1]["requests"] == 22_000
    assert early[0]["utilization"] < 0.9 * measured[0]["utilization"]
    starts = [early[-1]["time"], *(row["time"] for row in measured)]
    spans = np.diff(starts)
    for name in ("utilization", "active_lightpaths"):
        mean = sum(span * row[name] for span, row in zip(spans, measured, strict=True)) / spans.sum()
        assert mean == pytest.approx(result.metrics[name].value, rel=1e-9)
    assert np.mean([row["fragmentation"] for row in measured]) == pytest.approx(result.metrics["fragmentation"].value)
    cold = run({**raw, "warmup_requests": 0}).tables["states"].to_pylist()
    assert not any(row["warmup"] for row in cold) and len(cold) == 32


def test_the_state_over_time_stays_a_table_to_look_at() -> None:
    """Hundreds of rounds and a warm-up far longer than a cell: a row is several cells then, and nothing is left out."""
    result = run(preset("deeprmsa-nsfnet", requests=320, warmup_requests=10_000, target_half_width=1e-4, max_requests=32_000))
    rows = result.tables["states"].to_pylist()
    assert len(rows) <= 512 and sum(row["warmup"] for row in rows) <= 128
    assert [row["requests"] for row in rows if row["warmup"]][-1] == 10_000 and rows[-1]["requests"] == 42_000


def test_not_converged_is_said() -> None:
    result, events, told = watched(preset("deeprmsa-nsfnet", requests=20_000, target_half_width=0.01, max_requests=50_000))
    assert result.metrics["converged"].value == 0
    assert result.metrics["blocking"].method.endswith("batches; not converged")
    assert "the target is 1 %" in result.metrics["converged"].reason
    assert result.metrics["requests"].value == 40_000
    assert [event.kind for event in events][-2:] == ["not_converged", "load_end"]
    assert result.tables["loads"].to_pylist()[0]["converged"] is False
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions) and fractions[-1] == 1.0


def test_nothing_blocked_is_an_upper_limit() -> None:
    result = run(preset("deeprmsa-nsfnet", load_erlang=40.0, **QUICK))
    metric = result.metrics["blocking"]
    assert (metric.value, metric.low, metric.upper_limit) == (0.0, 0.0, True)
    assert 3 / 20_000 < metric.high < 0.02  # wider than for independent requests
    assert "nothing was blocked" in metric.reason
    row = result.tables["loads"].to_pylist()[0]
    assert row["upper_limit"] and row["blocking_high"] == metric.high
    bitrate = result.metrics["bitrate_blocking"]
    assert (bitrate.value, bitrate.low, bitrate.upper_limit) == (0.0, 0.0, True)
    assert bitrate.high == pytest.approx(metric.high * 100 / 62.5, rel=0.01)  # the largest rate over the mean of 25 to 100
    assert row["bitrate_blocking_high"] == bitrate.high
    assert result.metrics["relative_half_width"].value is None and result.metrics["relative_half_width"].reason


FAR = {
    "topology": {
        "name": "far",
        "nodes": [{"id": "a"}, {"id": "b"}],
        "links": [{"source": "a", "target": "b", "length_km": 99e3}],
    }
}


def test_everything_blocked_is_a_lower_limit() -> None:
    """A link beyond every reach blocks all: at least 1 - 3 / holding times, in steady and in replay, requests and bit rate."""
    rates = {"demand": {"kind": "rates", "shares_by_gbps": {"100": 0.5, "400": 0.5}}, "modulations": "default"}
    result = run(preset("deeprmsa-nsfnet", **FAR, **rates, load_erlang=40.0, holding="exponential", **QUICK))
    metric = result.metrics["blocking"]
    assert (metric.value, metric.high, metric.low) == (1.0, 1.0, pytest.approx(1 - 3 / (20_000 / 40)))
    assert "everything was blocked" in metric.reason and "lower limit" in metric.method
    bitrate = result.metrics["bitrate_blocking"]
    assert bitrate.value == 1.0 and 0.9 < bitrate.low < metric.low
    last = result.tables["batches"].to_pylist()[-1]
    assert (last["low"], last["high"]) == (metric.low, 1.0)
    goal = run(preset("deeprmsa-nsfnet", **FAR, **rates, load_erlang=40.0, target_half_width=0.1, max_requests=20_000, **QUICK))
    assert goal.metrics["converged"].reason.startswith("after 20000 requests everything was blocked; max_requests")
    replay = {**FAR, **rates, "mode": "replay", "holding": "exponential", "directed": False, "requests": 2_000}
    again = run({**replay, "load_erlang": 40.0, "replay_iterations": 2})
    row = again.tables["loads"].to_pylist()[0]
    assert (row["blocking"], row["blocking_high"]) == (1.0, 1.0)
    assert row["blocking_low"] == pytest.approx(1 - 3 / (4_000 / 40)) == again.metrics["blocking"].low
    assert row["interval"] == again.metrics["blocking"].method == "95 % lower limit, 3 / effective observations"
    assert row["bitrate_blocking_low"] < row["blocking_low"] and again.metrics["blocking"].effective == 100


def test_warm_up_is_removed() -> None:
    """From an empty network the first requests hardly block: counting them biases the estimate down."""
    raw = preset("deeprmsa-nsfnet", requests=400, batches=8)
    cold, _ = blocking({**raw, "warmup_requests": 0}, range(1, 61))
    warm, half = blocking({**raw, "warmup_requests": 3_000}, range(1, 61))
    assert cold < 0.7 * warm
    assert abs(warm - 0.0307) < 2 * half


def test_progress_is_worth_watching() -> None:
    _, _, told = watched(preset("deeprmsa-nsfnet", **QUICK))
    assert len(told) >= 10
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions) and fractions[-1] == 1.0
    last = told[-1].values
    assert last["requests"] == 20_000 and 0 < last["blocking"] < 0.1 and last["relative_half_width"] > 0
    assert len(last["slots_used"]) == 44 and sum(last["slots_used"]) > 0


def test_the_tables_agree_with_each_other() -> None:
    result = run(preset("fusion-usnet-cores", requests=50_000, warmup_requests=8_000))
    tables = {name: table.to_pylist() for name, table in result.tables.items()}
    load = tables["loads"][0]
    assert load["requests"] == 50_000
    assert sum(row["requests"] for row in tables["pairs"]) == 50_000
    assert sum(row["blocked"] for row in tables["pairs"]) == load["blocked"]
    assert sum(row["requests"] for row in tables["reasons"]) == load["blocked"]
    assert sum(row["requests"] for row in tables["ranks"]) == 50_000 - load["blocked"]
    assert sum(row["lightpaths"] for row in tables["modulations"]) == 50_000 - load["blocked"]
    assert tables["batches"][-1]["requests"] == 50_000
    assert tables["batches"][-1]["blocking"] == load["blocking"]
    used: dict[int, int] = {}
    seen: set[tuple[int, int, str, int]] = set()
    for row in tables["spectrum"]:
        slots = {(row["link"], row["core"], row["band"], slot) for slot in range(row["start"], row["end"])}
        assert not slots & seen  # nothing is lit twice
        seen |= slots
        used[row["link"]] = used.get(row["link"], 0) + len(slots)
    assert all(used.get(row["link"], 0) == row["slots_used"] for row in tables["links"])
    assert all(0 <= row["utilization"] <= 1 for row in tables["links"])
    mean = np.mean([row["utilization"] for row in tables["links"]])
    assert load["utilization"] == pytest.approx(mean, rel=1e-9)


def test_a_traffic_matrix_is_followed() -> None:
    matrix = [[0.0] * 14 for _ in range(14)]
    matrix[0][5], matrix[3][1], matrix[13][0] = 6.0, 3.0, 1.0
    result = run(preset("deeprmsa-nsfnet", **QUICK, traffic_matrix=matrix, load_erlang=50.0))
    rows = {(row["source"], row["target"]): row["requests"] for row in result.tables["pairs"].to_pylist()}
    assert set(rows) == {("1", "6"), ("4", "2"), ("14", "1")}
    assert rows["1", "6"] / 20_000 == pytest.approx(0.6, abs=0.02)
    assert rows["14", "1"] / 20_000 == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize(
    "more",
    [
        {"max_segments": 4, "dynamic_slicing": True},
        {"grooming": True},
        {"protection": "link"},
        {"snr": "gsnr"},
        {"transponders_per_node": 20},
        {"routing": "congestion_aware"},
        {"allocation": "xt_aware", "cores": 7},
        {"partial_service": True},
    ],
)
def test_every_feature_runs_in_steady(more: dict) -> None:
    """What the compiled simulator does not serve goes to the reference, through the same statistics."""
    result = run(preset("fusion-nsfnet", slots=80, requests=320, warmup_requests=80, batches=8, **more))
    assert result.metrics["requests"].value == 320
    assert "reference" in result.documents["assumptions"]["simulator"]
    assert 0 < result.metrics["utilization"].value < 1


def test_a_failure_drops_connections() -> None:
    raw = preset("fusion-nsfnet", slots=320, requests=4_000, warmup_requests=500, load_erlang=100.0)
    cut = {"kind": "node", "node": "7", "at_arrival": 2_000, "repair_after_arrivals": 500}
    rows = {row["reason"]: row["requests"] for row in run({**raw, "failure": cut}).tables["reasons"].to_pylist()}
    assert rows["failure"] > 0
    assert "failure" not in {row["reason"] for row in run(raw).tables["reasons"].to_pylist()}
