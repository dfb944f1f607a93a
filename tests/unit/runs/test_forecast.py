"""Forecasts: what earlier Runs took, carried over to a new config; always a range, wider where less is known."""

from __future__ import annotations

import random

import pytest

from quintant.runs.forecast import Past, forecast

BASE = {"kind": "a", "size": 100, "cheap": 5, "where": {"depth": 2}, "on": True}


def run(seconds: float, **changes) -> Past:
    return Past({**BASE, **changes}, seconds)


def test_nothing_is_told_where_nothing_was_completed():
    assert forecast(BASE, []) is None


def test_the_same_config_takes_what_it_took():
    told = forecast(BASE, [run(10.0), run(10.5), run(9.5)])
    assert told.from_runs == 3 and 7 < told.low < 10 < told.high < 14


def test_a_key_that_multiplies_the_work_is_found_and_one_that_costs_nothing_too():
    """Seconds in proportion to `size`, whatever `cheap` says, with 5 % of noise: carried on to ten times the largest size."""
    draw = random.Random(1)
    past = [
        run(0.02 * size * draw.gauss(1, 0.05), size=size, cheap=cheap)
        for size in (100, 300, 1000) for cheap in (1, 10, 100)
    ]  # fmt: skip
    told = forecast({**BASE, "size": 10_000, "cheap": 1}, past)
    assert told.low < 200 < told.high and told.high / told.low < 2.2
    assert forecast({**BASE, "size": 300, "cheap": 100}, past).low < 6 < forecast({**BASE, "size": 300, "cheap": 1}, past).high


def test_what_nobody_varied_widens_the_range_from_nothing_to_proportion():
    same = forecast(BASE, [run(10.0)] * 3)
    told = forecast({**BASE, "size": 1000}, [run(10.0)] * 3)
    assert told.low == pytest.approx(same.low) and told.high == pytest.approx(10 * same.high)
    less = forecast({**BASE, "size": 10}, [run(10.0)] * 3)
    assert less.high == pytest.approx(same.high) and less.low == pytest.approx(same.low / 10)


def test_runs_of_the_same_kind_are_preferred_and_another_kind_is_told_widely():
    past = [run(10.0), run(100.0, kind="b"), run(110.0, kind="b")]
    assert forecast({**BASE, "kind": "b"}, past).from_runs == 2
    other = forecast({**BASE, "kind": "c"}, [run(10.0)])
    same = forecast(BASE, [run(10.0)])
    assert other.low < same.low and other.high > same.high
