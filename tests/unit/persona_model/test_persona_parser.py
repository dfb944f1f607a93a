"""An answer in words becomes an option, or None; never a guess."""

import pytest

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
        ("Over the last 2 weeks … 0", PHQ, None),
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
