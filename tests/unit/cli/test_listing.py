"""The run table: means over replicates, and no event as an upper limit, never as a certain zero."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from quintant.cli import listing
from quintant.lab import Headline
from quintant.runs.lifecycle import State

BLOCKING = Headline("blocking", "blocking", "1", scale="log")


def run(number, value, low=None, high=None, state=State.COMPLETED):
    return SimpleNamespace(id=str(number), point={}, state=state, headline=value, headline_low=low, headline_high=high)


@pytest.mark.parametrize(
    ("group", "shown"),
    [
        ([run(1, 0.0, 0.0, 0.003)], "blocking < 0.300 %"),
        ([run(1, 0.0, 0.0, 0.003), run(2, 0.0, 0.0, 0.003)], "blocking < 0.150 %  n = 2"),
        ([run(1, 0.02), run(2, 0.02), run(3, 0.02), run(4, None, state=State.FAILED)],
         "blocking 2.000 %  [2.000, 2.000]  n = 3 of 4"),
        ([run(1, None, state=State.RUNNING)], ""),
    ],
)  # fmt: skip
def test_the_headline_of_a_row(group, shown):
    assert listing.over_replicates(group, BLOCKING) == shown
