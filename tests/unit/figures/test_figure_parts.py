"""The small parts of a figure: digits, line breaks, decades, hatches."""

from __future__ import annotations

import json
import math
import re

import pytest

from quintant.figure import number, words
from quintant.figure.axis import decades, log_axis, near_ticks, percent_axis, ticks
from quintant.figure.hatch import hatch


@pytest.mark.parametrize(
    ("value", "low", "high", "text"),
    [
        (0.031, 0.029, 0.033, "3.1e-2 [2.9e-2, 3.3e-2]"),
        (0.029896, 0.02914, 0.03067, "2.99e-2 [2.91e-2, 3.07e-2]"),
        (0.5, 0.4, 0.6, "5.0e-1 [4.0e-1, 6.0e-1]"),
        (1.5e-5, 6e-6, 3.7e-5, "1.5e-5 [6.0e-6, 3.7e-5]"),
        (0.031, None, None, "3.10e-2"),
    ],
)
def test_a_value_has_the_digits_that_its_interval_supports(value, low, high, text):
    assert number.with_interval(value, low, high) == text


def test_numbers_in_words():
    assert number.count(100_000) == "100\u00a0000"
    assert number.percent(0.0307, 3) == "3.07\u00a0%"
    assert number.percent(1e-6, 1) == "0.0001\u00a0%"
    assert number.plain(250.0) == "250" and number.plain(0.25) == "0.25"
    assert number.scientific(0.02, 1) == "2e-2" and number.scientific(1.0, 1) == "1"


def test_lines_break_at_spaces_and_keep_n_and_percent_whole():
    lines = words.wrap("mean ± 95 % CI, n = 10 seeds and more words to break", 120, 11)
    assert len(lines) > 1 and all(words.width_px(line, 11) <= 120 for line in lines)
    assert any("n\u00a0=\u00a010" in line for line in lines) and any("±\u00a095\u00a0%" in line for line in lines)
    assert " ".join(lines).replace("\u00a0", " ") == "mean ± 95 % CI, n = 10 seeds and more words to break"


@pytest.mark.parametrize("limit", range(60, 700, 7))
def test_no_line_begins_or_ends_with_the_dot_between_two_parts(limit):
    text = "250 E · nsfnet_deeprmsa · k 5 · 10 000 warm-up · published: doi 10.1364/JOCN.559990, its tables; ± one"
    lines = words.wrap(text, limit, 11)
    assert not any(line.startswith("·") or line.endswith("·") or not line for line in lines)
    assert re.sub("[·\\s]+", " ", " ".join(lines)) == re.sub("[·\\s]+", " ", text)
    assert all(words.width_px(line, 11) <= limit or " " not in line for line in lines)


def test_a_part_that_would_be_cut_late_begins_the_next_line():
    assert words.wrap("100 slots · directed · published: doi 10.1364", 190, 11) == [
        "100 slots · directed",
        "published: doi 10.1364",
    ]


def test_decades_hold_the_values():
    assert decades([3e-5, 4.5e-2]) == pytest.approx((1e-5, 1e-1))
    assert decades([0.02]) == pytest.approx((1e-2, 1e-1))
    assert decades([1e-9, 1.0]) == pytest.approx((1e-6, 1.0))
    assert decades([1.0]) == pytest.approx((1.0, 10.0))


def test_ticks_thin_out_with_the_number_of_decades():
    assert ticks((1e-3, 1e-1)) == [1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 1e-1]
    assert ticks((1e-6, 1e-1)) == [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1]


@pytest.mark.parametrize("domain", [(0.026, 0.036), (0.0299, 0.0301), (1e-6, 1e-1), (0.01, 0.2), (0.4, 0.9)])
def test_near_ticks_are_few_round_and_inside(domain):
    found = near_ticks(domain)
    assert 2 <= len(found) <= 7 and found == sorted(found)
    assert domain[0] <= found[0] and found[-1] <= domain[1]


def test_axis_labels_belong_to_their_ticks():
    """The expression is evaluated by hand: index by the rounded logarithm."""
    for axis in (log_axis((1e-3, 1.0)), percent_axis((1e-3, 1.0)), log_axis((0.026, 0.036), near_ticks((0.026, 0.036)))):
        labels, _, rest = axis["labelExpr"].partition("][indexof(")
        places = json.loads(rest.partition("]")[0] + "]")
        assert places == [round(math.log10(value) * 1e6) for value in axis["values"]]
        assert labels.count("'") == 2 * len(axis["values"])
    assert "'1e-3'" in log_axis((1e-3, 1.0))["labelExpr"] and "'0.1\u00a0%'" in percent_axis((1e-3, 1.0))["labelExpr"]


@pytest.mark.parametrize("log_y", [False, True])
def test_a_hatch_stays_inside_its_rectangle_and_is_parallel(log_y):
    segments = hatch((0, 10), (1e-3, 1e-1), lines=12, slope=0.4, log_y=log_y)
    assert len(segments) == 12
    height = math.log(100) if log_y else 1e-1 - 1e-3
    for s in segments:
        for end in ("", "2"):
            assert -1e-9 <= s[f"x{end}"] <= 10 + 1e-9 and 1e-3 * (1 - 1e-9) <= s[f"y{end}"] <= 1e-1 * (1 + 1e-9)
        rise = math.log(s["y2"] / s["y"]) if log_y else s["y2"] - s["y"]
        assert rise / height / ((s["x2"] - s["x"]) / 10) == pytest.approx(0.4)


def test_a_hatch_of_nothing_is_empty():
    assert hatch((0, 0), (0, 1), lines=5) == []
