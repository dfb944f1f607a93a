"""The run table: means over replicates, and no event as an upper limit, never as a certain zero."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from quintant.cli import listing
from quintant.lab import Headline, Metric
from quintant.runs.rows import End
from quintant.runs.statistics import over_replicates
from quintant.runs.store.listing import alone

BLOCKING = Headline("blocking", "blocking", "1", scale="log")


def row(*metrics: Metric, runs: int | None = None, ends=None):
    found = alone(metrics[0]) if len(metrics) == 1 else over_replicates(metrics, "log") if metrics else None
    return SimpleNamespace(headline=found, runs=len(metrics) if runs is None else runs, ends=ends)


def of(value, low=None, high=None) -> Metric:
    return Metric(value, "1", low, high)


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        (row(of(0.0, 0.0, 0.003)), "blocking < 0.300 %"),
        (row(of(0.02), of(0.02), of(0.02), runs=4), "blocking 2.000 %  [2.000, 2.000]  n = 3 of 4"),
        (row(runs=1), ""),
        (row(runs=6, ends=(End({}, alone(of(0.001))), End({}, alone(of(0.02))))), "blocking 0.100 → 2.000 %"),
    ],
)
def test_the_headline_of_a_row(row, shown):
    assert listing.row_headline(row, BLOCKING) == shown
