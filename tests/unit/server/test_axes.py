"""Swept keys: lists as they are, ranges with both ends, nothing twice, nothing left out."""

from __future__ import annotations

import pytest

from quintant.errors import ConfigError
from quintant.runs import axis as reading
from quintant.server.native.axes import plain
from quintant.server.native.shapes import Range


def axes(given) -> reading.Axes:
    return reading.axes(plain(given))


def made(start: float, stop: float, step: float) -> list[float]:
    return axes({"load": Range(start=start, stop=stop, step=step)}).values["load"]


def test_a_range_has_both_ends() -> None:
    assert made(190, 270, 20) == [190, 210, 230, 250, 270]
    assert made(3, 1, -1) == [3, 2, 1]
    assert made(5, 5, 1) == [5]


def test_whole_numbers_stay_whole_and_decimals_exact() -> None:
    assert all(isinstance(value, int) for value in made(1, 3, 1))
    assert made(0.1, 0.3, 0.1) == [0.1, 0.2, 0.3]
    assert made(1, 2, 0.5) == [1.0, 1.5, 2.0]


def test_lists_keep_their_order_and_types() -> None:
    assert axes({"k": [3, 1, 1.0, "1", True, None]}).values == {"k": [3, 1, 1.0, "1", True, None]}


@pytest.mark.parametrize(
    ("axis", "path", "says"),
    [
        ([], "sweep.k", "at least one value"),
        ([1, 2, 1], "sweep.k", "holds 1 twice"),
        (Range(start=0, stop=1, step=0), "sweep.k.step", "never leads"),
        (Range(start=0, stop=1, step=-1), "sweep.k.step", "never leads"),
        (Range(start=0, stop=10, step=3), "sweep.k.stop", "do not meet 10"),
        (Range(start=0, stop=1e9, step=1), "sweep.k", "at most 10000"),
        (Range(start=0, stop=1e300, step=1e-300), "sweep.k", "at most 10000"),
        (Range(start=0, stop=float("inf"), step=1), "sweep.k", "finite"),
    ],
)
def test_what_cannot_be_swept_is_refused(axis: object, path: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        axes({"k": axis})
    assert caught.value.problems[0].path == path


def test_a_missed_end_names_its_neighbours() -> None:
    with pytest.raises(ConfigError) as caught:
        made(0, 10, 3)
    assert caught.value.problems[0].hint == "They meet 9 and 12."
