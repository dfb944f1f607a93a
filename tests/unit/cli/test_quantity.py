"""Numbers as the terminal shows them: to the precision that their interval supports."""

from __future__ import annotations

import time

import pytest

from quintant.cli import quantity


@pytest.mark.parametrize(
    ("value", "low", "high", "unit", "text"),
    [
        (0.03073, 0.02981, 0.03164, "1", "3.07 %  [2.98, 3.16]"),
        (0.0307, 0.02, 0.04, "1", "3.1 %  [2.0, 4.0]"),
        (0.5143, 0.488, 0.540, "1", "51.4 %  [48.8, 54.0]"),
        (2.4e-5, 2.1e-5, 2.7e-5, "1", "2.40e-5  [2.10e-5, 2.70e-5]"),
        (36.84, 36.1, 37.5, "Hz", "36.8 Hz  [36.1, 37.5]"),
        (123456.0, 123000.0, 124000.0, "km", "123456 km  [123000, 124000]"),
        (0.0, None, None, "1", "0"),
        (253, None, None, "tosses", "253 tosses"),
        (1234567, None, None, "requests", "1 234 567 requests"),
        (None, None, None, "1", "–"),
        (1.0, None, None, "1", "100.0 %"),
        (2.31, None, None, "1", "2.310"),
        (395.0, None, None, "1", "395"),
        (14946217.0, None, None, "1", "14 946 217"),
        (400.0, 400.0, 400.0, "1", "400  [400, 400]"),
        (395.0, 380.5, 409.5, "1", "395  [380, 410]"),
        (40.0, None, None, "Hz", "40.00 Hz"),
    ],
)
def test_an_interval_decides_the_digits(value, low, high, unit, text):
    assert quantity.interval(value, low, high, unit) == text


def test_no_event_is_an_upper_limit():
    assert quantity.interval(0.0, 0.0, 3.0e-5, "1", upper_limit=True) == "< 3.00e-5"
    assert quantity.interval(0.0, 0.0, 0.0123, "1", upper_limit=True) == "< 1.23 %"


def test_a_published_number_has_its_own_precision():
    assert quantity.plus_minus(0.0307, 0.0020) == "3.07 ± 0.20 %"
    assert quantity.plus_minus(0.0307, 0.0040) == "3.07 ± 0.40 %"
    assert quantity.plus_minus(41.3, 0.5, "Hz") == "41.30 ± 0.50 Hz"


def test_a_number_that_still_moves_is_rough():
    assert quantity.rough(0.0312) == "3.1 %"
    assert quantity.rough(36.84, "Hz") == "37 Hz"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "–"), (0.04, "0.04 s"), (4.6, "4.6 s"), (48.2, "48 s"), (59.6, "1 min 0 s"), (134, "2 min 14 s"),
     (3 * 3600 + 300, "3 h 05 min")],
)  # fmt: skip
def test_durations(seconds, text):
    assert quantity.duration(seconds) == text


def test_times_are_local_and_short():
    noon = time.mktime((2026, 11, 22, 12, 0, 0, 0, 0, -1))
    assert quantity.when(noon, noon) == "today 12:00"
    assert quantity.when(noon - 86_400, noon) == "Sat 12:00"
    assert quantity.when(noon - 30 * 86_400, noon) == "2026-10-23"
    assert quantity.when(None) == "–"


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (847, "847 B"), (12_345, "12 kB"), (3_400_000, "3.4 MB"), (5 * 10**12, "5.0 TB")]
)
def test_sizes(count, text):
    assert quantity.size(count) == text
