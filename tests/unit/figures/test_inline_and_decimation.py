"""Long lines keep their extremes, inline rows keep their numbers, replicates their configs."""

from __future__ import annotations

import csv

import numpy as np

from quintant.figure.decimation import extremes
from quintant.figure.inline import inline


def test_short_lines_stay_as_they_are():
    x = np.arange(20.0)
    assert extremes(x, x**2, 10)[1] is not None and np.array_equal(extremes(x, x**2, 10)[1], x**2)


def test_a_single_spike_survives_decimation():
    x, y = np.arange(100_000.0), np.zeros(100_000)
    y[54_321], y[77_777] = 7.0, -3.0
    kept_x, kept_y = extremes(x, y, 200)
    assert len(kept_x) <= 400 and np.all(np.diff(kept_x) > 0)
    assert (kept_y.max(), kept_y.min()) == (7.0, -3.0) and kept_x[kept_y.argmax()] == 54_321


def test_inline_rows_are_numbers_again_when_read():
    data = inline(t=np.array([0.1, 1234.5]), n=np.array([3, 100_000], np.int32)).to_dict()
    assert list(csv.DictReader(data["values"].splitlines())) == [{"t": "0.1", "n": "3"}, {"t": "1234.5", "n": "100000"}]
    assert data["format"] == {"type": "csv", "parse": {"t": "number", "n": "number"}}
