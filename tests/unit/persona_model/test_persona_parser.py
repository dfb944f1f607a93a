"""An answer in words becomes an option, or None; never a guess."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quintant.labs.persona.scoring.parser import parse

PHQ = ("Not at all", "Several days", "More than half the days", "Nearly every day")
PSS = ("Never", "Almost never", "Sometimes", "Fairly often", "Very often")


@pytest.mark.parametrize(
    ("text", "options", "wanted"),
    [
        ("2", PHQ, 2),
        (" 3.", PHQ, 3),
        ("**1**", PHQ, 1),
        ("0: Not at all", PHQ, 0),
        ("1 - Several days", PHQ, 1),
        ("Answer: 2", PHQ, 2),
        ("My answer is 3, because I never rest.", PHQ, 3),
        ('{"answer": 2}', PHQ, 2),
        ('```json\n{"score": "1"}\n```', PHQ, 1),
        ("Almost never", PSS, 1),
        ("almost never.", PSS, 1),
        ("Never", PSS, 0),
        ("I would say: fairly often!", PSS, 3),
        ("Over the last two weeks, nearly every day.", PHQ, 3),
        ("Over the last 2 weeks … 0", PHQ, 0),
        ("over 2 weeks", PHQ, None),
        ("", PHQ, None),
        ("   ", PHQ, None),
        ("7", PHQ, None),
        ("4", PHQ, None),
        ("-1", PHQ, None),
        ("2.5", PHQ, None),
        ("12", PHQ, None),
        ('{"answer": 9}', PHQ, None),
        ('{"answer": true}', PHQ, None),
        ('{"answer": 1, "score": 2}', PHQ, None),
        ("Never, or sometimes.", PSS, None),
        ("0: Nearly every day", PHQ, None),
        ("1. Not sleeping\n2. Not eating", PHQ, None),
        ("I'm sorry, but as a language model I cannot answer that.", PHQ, None),
        ("nevertheless", PSS, None),
        ("Answer: 1 or answer: 2", PHQ, None),
        ("between 1 and 2", PHQ, None),
    ],
)
def test_an_answer_is_read_or_it_is_none(text, options, wanted):
    assert parse(text, options) == wanted


def test_every_label_and_every_number_reads_back():
    for options in (PHQ, PSS):
        for index, label in enumerate(options):
            assert parse(label, options) == parse(label.upper(), options) == parse(str(index), options) == index
            assert parse(f"{index}: {label}", options) == index


# --- 261 shapes of answers in 56 classes, and as many of our own ---

SHAPES = json.loads((Path(__file__).parents[2] / "data" / "persona" / "answers.json").read_text())


def reading(text: str, scale: str) -> int | None:
    """What the parser makes of it, as a value of the scale."""
    values, labels, letters = (SHAPES["scales"][scale][part] for part in ("values", "labels", "letters"))
    index = parse(text, labels, first=values[0], letters="".join(letters or ()))
    return None if index is None else values[index]


@pytest.mark.parametrize("name", SHAPES["classes"])
def test_no_wrong_number_in_any_class_and_what_must_be_read_is_read(name):
    for identity, kind, scale, text, _, accepted in SHAPES["cases"]:
        if kind == name:
            assert reading(text, scale) in accepted, (identity, text)


def test_what_may_be_lost_is_seldom_lost():
    """Of 85 that a careful reader would read although nothing is a right reading too."""
    may = [
        (scale, text) for _, _, scale, text, expected, accepted in SHAPES["cases"] if expected is not None and None in accepted
    ]
    lost = [text for scale, text in may if reading(text, scale) is None]
    assert len(may) == 85 and len(lost) <= 8, lost


def test_our_own_shapes_of_the_same_classes_are_read_or_none_too():
    wrong = [(text, reading(text, scale)) for scale, text, accepted in SHAPES["more"] if reading(text, scale) not in accepted]
    assert len(SHAPES["more"]) > 250 and wrong == []


@given(st.text(max_size=200))
def test_any_text_is_read_or_none(text):
    assert parse(text, PHQ) in (None, 0, 1, 2, 3)


@given(
    st.sampled_from(range(4)),
    st.sampled_from(range(4)),
    st.sampled_from(["{} or {}", "{}-{}", "{} to {}", "{}/{}", "{}, {}", "not {}, {}"]),
)
def test_two_different_numbers_are_never_the_first_of_them(one, other, form):
    """Except n/3, which is n of at most 3."""
    if one != other and not (form == "{}/{}" and other == 3):
        assert parse(form.format(one, other), PHQ) is None
