"""The end of `quintant run` in words: what an interval stands on, and whether it meets a published number."""

from __future__ import annotations

from dataclasses import replace

import pytest

from quintant.cli import report
from quintant.cli.report import Measured, Published
from quintant.client.card import card
from quintant.lab import Expected, Figure
from quintant.runs.lifecycle import State
from quintant.testing.toy import LAB

TEN = Measured({}, "blocking", "blocking", "1", 0.0308, 0.0302, 0.0314, 10, False, "95 % Student t, n = 10")


def test_replicates_state_their_interval_and_n():
    assert f"{TEN.text()}   {report._basis(TEN)}" == "3.08 %  [3.02, 3.14]   95 % CI, n = 10"


def test_two_values_are_shown_without_an_interval():
    two = Measured({}, "b", "b", "1", 0.03, None, None, 2, False, "n = 2, no interval", (0.029, 0.031))
    assert f"{two.text()}   {report._basis(two)}" == "3.000 %  (both: 2.900 and 3.100)   n = 2, no interval"


def test_one_run_names_its_own_method():
    one = replace(TEN, n=1, method="95 % batch means, 32 batches")
    assert report._basis(one) == "95 % batch means, 32 batches"


def test_no_event_is_an_upper_limit_with_its_reason():
    none = Measured({}, "b", "b", "1", 0.0, 0.0, 3e-5, 3, True, "no event in 99,858 effective observations, 95 % upper limit")
    assert none.text() == "< 3.00e-5"
    assert report._basis(none).startswith("no event in 99,858")


def test_runs_that_do_not_count_are_counted():
    assert (
        report._basis(replace(TEN, missing="9 of 10 runs count; 1 failed")) == "95 % CI, n = 10 (9 of 10 runs count; 1 failed)"
    )


@pytest.mark.parametrize(
    ("value", "plus_minus", "measured", "within", "words"),
    [
        (0.0307, 0.0040, 0.0308, True, "3.07 ± 0.40 %   within ✓"),
        (0.0307, 0.0040, 0.0347, True, "3.07 ± 0.40 %   within ✓"),
        (0.0307, 0.0040, 0.0350, False, "3.07 ± 0.40 %   outside ✗ (+14 %)"),
        (0.0307, 0.0040, 0.0100, False, "3.07 ± 0.40 %   outside ✗ (-67 %)"),
        (0.13625, 0.0, (0.145 + 0.131 + 0.136 + 0.133) / 4, True, "13.625 % exactly   within ✓"),
        (0.13625, 0.0, 0.13626, False, "13.625 % exactly   outside ✗ (+0 %)"),
        (0.0307, 0.0040, None, None, "3.07 ± 0.40 %   nothing to compare"),
    ],
)
def test_a_published_number_is_met_or_it_is_said_that_it_is_not(value, plus_minus, measured, within, words):
    found = Published(Expected("blocking", value, plus_minus, "a table"), replace(TEN, value=measured))
    assert found.within is within
    assert report._verdict(found) == words


def test_a_printed_standard_deviation_is_shown_as_printed_and_two_of_them_are_allowed():
    found = Published(Expected("blocking", 0.0307, 0.0020, "a table", within_sd=2), replace(TEN, value=0.0340))
    assert report._verdict(found) == "3.07 ± 0.20 %   within 2 sd ✓"
    assert report._verdict(replace(found, measured=replace(TEN, value=0.0348))).endswith("outside 2 sd ✗ (+13 %)")


def test_a_sweep_has_a_row_for_each_point_under_its_keys():
    found = [replace(TEN, point={"load": 190, "routing": "xt_aware"}), replace(TEN, point={"load": 1000, "routing": "k"})]
    assert list(report.points(found)) == [
        "  load   routing    blocking",
        "  190    xt_aware   3.08 %  [3.02, 3.14]   95 % CI, n = 10",
        "  1000   k          3.08 %  [3.02, 3.14]   95 % CI, n = 10",
    ]


def test_the_figure_is_the_hero_that_fits(runs):
    sweep, _ = runs.sweep("toy", {}, seeds=2)
    run, over, hero = (
        Figure("r", "", "", "", "run", True),
        Figure("s", "", "", "", "sweep"),
        Figure("h", "", "", "", "sweep", True),
    )
    toy = card(LAB)
    assert report.chosen_figure(replace(toy, figures=(over, run, hero)), sweep) == hero
    assert report.chosen_figure(replace(toy, figures=(over, run)), sweep) == over
    assert report.chosen_figure(replace(toy, figures=(over, run)), None) == run
    assert report.chosen_figure(toy, None) is None


def test_failures_are_told_with_their_reasons_and_the_rest_is_counted(runs):
    made = [runs.submit("toy", {}) for _ in range(2)]
    failed = [replace(run, state=State.FAILED, reason="the coin stands on its edge") for run in made * 4]
    told = list(report.lines(card(LAB), failed[0], failed, 1.0, [], [], lambda: None, None))
    assert told[0] == "8 failed in 1.0 s"
    assert sum("the coin stands on its edge" in line for line in told) == 5
    assert told[-1].endswith("and 3 more: quintant list --state failed,cancelled")
    assert not any("again" in line for line in told)
