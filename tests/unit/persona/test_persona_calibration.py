"""Item scores are integers that make up their total, whatever the contrasts."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quintant.labs.persona import library
from quintant.labs.persona.scoring import apportion, from_answers, from_contrasts

PHQ9, PSS10 = library.instrument("phq9"), library.instrument("pss10")


def contrasts(instrument, value):
    return {instrument.item_id(n): value for n in range(1, len(instrument.items) + 1)}


@pytest.mark.parametrize("total", [1, 3, 9, 20, 26])
def test_an_unchanged_persona_scores_its_baseline(total):
    scored = from_contrasts(PHQ9, contrasts(PHQ9, 0.3), contrasts(PHQ9, 0.3), total, 6.0)
    assert scored.total == total == sum(scored.items)


def test_more_contrast_is_more_distress_up_to_the_top():
    totals = [from_contrasts(PHQ9, contrasts(PHQ9, c), contrasts(PHQ9, 0.0), 3, 6.0).total for c in (-1, 0, 0.2, 0.4, 5)]
    assert totals == sorted(totals)
    assert (totals[1], totals[-1]) == (3, 27)


def test_a_baseline_of_zero_can_still_rise():
    assert from_contrasts(PHQ9, contrasts(PHQ9, 0.6), contrasts(PHQ9, 0.0), 0, 6.0).total > 5


@given(st.lists(st.floats(0, 4), min_size=1, max_size=12))
def test_integers_make_up_the_rounded_sum(values):
    total, items = apportion(values)
    assert sum(items) == total == round(math.fsum(values))
    assert all(
        math.floor(value) <= item <= math.floor(value) + 1 and item <= 4 for value, item in zip(values, items, strict=True)
    )


@pytest.mark.parametrize(("raw", "total"), [(0, 16), (2, 20), (4, 24)])
def test_the_pss_turns_four_items(raw, total):
    assert from_answers(PSS10, contrasts(PSS10, raw)).total == total


def test_missing_answers_are_prorated_up_to_a_fifth_and_never_zero():
    answers = contrasts(PHQ9, 1)
    answers["phq9.4"] = None
    assert from_answers(PHQ9, answers).total == 9
    assert from_answers(PHQ9, answers).items[3] is None
    answers["phq9.5"] = None
    assert from_answers(PHQ9, answers).total is None
