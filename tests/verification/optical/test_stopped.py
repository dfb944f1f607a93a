"""What a stopped Run keeps: the numbers of a Run that was to measure no more than that, marked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from experiment import preset, run

from quintant.config import parse
from quintant.lab import Result
from quintant.labs.optical import LAB
from quintant.labs.optical.config import OpticalConfig
from quintant.labs.optical.engine import OpticalEngine, steady

COUNTED = ("pairs", "reasons", "modulations", "ranks")
CELL = 625
"""Requests of a cell: 20,000 in 32 batches."""
REPLAY: dict[str, Any] = {
    "mode": "replay", "topology": "nsfnet", "holding": "exponential", "directed": False, "path_ties": "generator",
    "modulations": "default", "demand": {"kind": "rates", "shares_by_gbps": {"100": 0.5, "400": 0.5}}, "requests": 300,
    "slots": 128, "replay_loads_erlang": [60.0, 120.0], "replay_iterations": 3, "warmup_requests": 0,
}  # fmt: skip


def stopped(raw: dict[str, Any], steps: int, root: int = 1) -> tuple[Result, str] | None:
    config = parse(OpticalConfig, raw)
    engine = OpticalEngine()
    state = engine.init(config, LAB.seeded(config, root))
    for _ in range(steps):
        state = engine.step(state, ()).state
    return engine.so_far(state)


@pytest.mark.parametrize("measured", [1, CELL - 1, CELL, CELL + 1, 7 * CELL + 100, 31 * CELL, 20_000 - 1])
def test_a_stopped_run_has_the_numbers_of_a_run_of_that_length(measured: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a cell, at its end and just after it: every count and mean is that of a Run of so many requests."""
    monkeypatch.setattr(steady, "step_requests", lambda config: 2_000 + measured)
    raw = preset("deeprmsa-nsfnet", requests=20_000, warmup_requests=2_000)
    kept = stopped(raw, 1)
    assert kept is not None
    result, amount = kept
    assert amount == f"{measured:,} of 20,000 requests"
    whole = run({**raw, "requests": max(8, measured), "batches": 8})
    for name, metric in result.metrics.items():
        assert metric.n is None or (metric.method or "").endswith(f"so far: {amount}"), name
    if measured < 8:  # shorter than any Run may be
        return
    for name in ("blocking", "bitrate_blocking", "utilization", "active_lightpaths", "hops", "path_km", "requests", "blocked"):
        assert result.metrics[name].value == pytest.approx(whole.metrics[name].value, rel=1e-9), name
    for name in COUNTED:
        assert result.tables[name].equals(whole.tables[name]), name
    last = result.tables["batches"].to_pylist()[-1]
    blocking = result.metrics["blocking"]
    assert (last["requests"], last["blocking"], last["low"], last["high"]) == (
        measured, blocking.value, blocking.low, blocking.high,
    )  # fmt: skip


def test_the_interval_of_a_stopped_run_is_of_its_full_cells() -> None:
    """The requests after the last full cell join it: as many batches as there are full cells, all requests counted."""
    raw = preset("deeprmsa-nsfnet", requests=200_000, warmup_requests=2_000)
    kept = stopped(raw, 12)
    assert kept is not None
    metric = kept[0].metrics["blocking"]
    measured = int(metric.n or 0)
    assert measured % 6_250 > 0 and measured > 60_000
    assert (metric.method or "").startswith(f"95 % batch means, {measured // 6_250} batches")
    assert kept[0].tables["batches"].num_rows == measured // 6_250


@pytest.mark.parametrize("target", [None, 0.001])
def test_nothing_is_kept_before_something_was_measured(target: float | None) -> None:
    raw = preset("deeprmsa-nsfnet", requests=20_000, warmup_requests=50_000, target_half_width=target)
    assert stopped(raw, 0) is None and stopped(raw, 3) is None


def test_a_search_for_a_target_that_is_stopped_has_not_converged() -> None:
    raw = preset("deeprmsa-nsfnet", requests=2_000, warmup_requests=500, target_half_width=0.001, max_requests=1_000_000)
    kept = stopped(raw, 30)
    assert kept is not None
    result, amount = kept
    assert amount.endswith("of at most 1,000,000 requests") and result.metrics["converged"].value == 0
    assert result.metrics["converged"].reason == f"stopped on request after {amount}"
    assert "not converged" in (result.metrics["blocking"].method or "")
    assert result.metrics["blocking"].low is not None


@pytest.mark.parametrize("steps", range(8))
def test_a_stopped_replay_keeps_its_whole_iterations(steps: int) -> None:
    """An iteration is a step here: loads that ended stand as they would, of the one under way its iterations so far."""
    kept = stopped(REPLAY, min(steps, 6))
    if steps == 0:
        assert kept is None
        return
    assert kept is not None
    result, amount = kept
    ended, under_way = divmod(min(steps, 6), 3)
    words = [f"{ended} of 2 loads"] * (ended > 0) + [f"{under_way} of 3 iterations of load {ended + 1} of 2"] * (under_way > 0)
    assert amount == " and ".join(words)
    whole = run(REPLAY)
    loads, expected = result.tables["loads"].to_pylist(), whole.tables["loads"].to_pylist()
    assert loads[:ended] == expected[:ended] and len(loads) == ended + (under_way > 0)
    assert list(result.documents["fusion"]) == list(whole.documents["fusion"])[:ended]
    batches = [row["batch_blocking"] for row in whole.tables["batches"].to_pylist()]
    if under_way:
        assert loads[-1]["blocking"] == pytest.approx(np.mean(batches[3 * ended : 3 * ended + under_way]))
    assert result.metrics["blocking"].value == loads[-1]["blocking"]
    assert (result.metrics["blocking"].method or "").endswith(f"so far: {amount}")
