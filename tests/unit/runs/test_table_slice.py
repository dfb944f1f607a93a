"""Slices of tables: against a plain reading in Python, row by row."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quintant.errors import ConfigError
from quintant.runs.table_slice import TableSlice

ROWS = [
    {"n": 3, "x": 0.5, "name": "E", "on": True, "at": 1}, {"n": None, "x": math.nan, "name": None, "on": None, "at": 2},
    {"n": 3, "x": 0.04, "name": "inh", "on": False, "at": 3}, {"n": -1, "x": None, "name": "E", "on": True, "at": 4},
    {"n": 7, "x": 1e9, "name": "", "on": False, "at": 5}, {"n": 0, "x": -2.0, "name": "Ex", "on": True, "at": 6},
]  # fmt: skip
TABLE = pa.table({
    "n": pa.array([row["n"] for row in ROWS], pa.int64()), "x": pa.array([row["x"] for row in ROWS], pa.float64()),
    "name": pa.array([row["name"] for row in ROWS]).dictionary_encode(), "on": [row["on"] for row in ROWS],
    "at": pa.array([row["at"] for row in ROWS], pa.int32()), "seed": [1, 2, 3, 4, 5, 6], "list": [[1], [2], [], None, [3], [4]],
})  # fmt: skip


def taken(**how) -> list[int]:
    return TableSlice(**how).apply(TABLE)[0].column("at").to_pylist()


@pytest.mark.parametrize(
    ("where", "places"),
    [
        ("n>2", [1, 3, 5]), ("n:3", [1, 3]), ("n:3,7", [1, 3, 5]), ("n!=3", [4, 5, 6]), ("not n>2", [4, 6]),
        ("x<5%", [3, 6]), ("x>=0.04", [1, 3, 5]), ("not x<0", [1, 3, 5]), ("name:E", [1, 4]), ("name~e", [1, 4, 6]),
        ("name:E,inh and n>0", [1, 3]), ("on:true", [1, 4, 6]), ("not on:true", [3, 5]), ("name:E or n:7", [1, 4, 5]),
        ('"name":E', [1, 4]), ("seed>4", [5, 6]), ("n>2 n<4", [1, 3]), ("(n:3 or n:0) and x<0.1", [3, 6]),
        ("", [1, 2, 3, 4, 5, 6]),
    ],
)  # fmt: skip
def test_where_holds_of_these_rows(where: str, places: list[int]) -> None:
    assert taken(where=where) == places
    assert TableSlice(where=where, rows=1).apply(TABLE)[1] == len(places)


@pytest.mark.parametrize(
    ("sort", "places"),
    [
        ("n", [4, 6, 1, 3, 5, 2]), ("-n", [5, 1, 3, 6, 4, 2]), ("-n,x", [5, 3, 1, 6, 4, 2]), ("x", [6, 3, 1, 5, 2, 4]),
        ("name,-at", [5, 4, 1, 6, 3, 2]),
    ],
)  # fmt: skip
def test_sorted_with_what_is_missing_last_and_equal_rows_as_they_were(sort: str, places: list[int]) -> None:
    found = taken(sort=sort)
    if sort == "x":  # NaN and null are both missing
        assert found[:4] == places[:4] and set(found[4:]) == {2, 4}
    else:
        assert found == places


def test_pages_of_a_slice_are_the_whole_slice() -> None:
    whole = taken(where="n!=100", sort="-n")
    pages = [taken(where="n!=100", sort="-n", first=at, rows=2) for at in range(0, 8, 2)]
    assert [place for page in pages for place in page] == whole
    assert TableSlice(columns=("x", "at")).apply(TABLE)[0].column_names == ["x", "at"]
    assert TableSlice().apply(TABLE)[0] is not None and TableSlice().whole


@pytest.mark.parametrize(
    ("how", "key", "part"),
    [
        ({"where": "nn>2"}, "where", "'nn'"), ({"sort": "nn"}, "sort", "'nn'"), ({"columns": ("nn",)}, "columns", "'nn'"),
        ({"where": "list:1"}, "where", "list"), ({"sort": "list"}, "sort", "list"), ({"where": '"name">E'}, "where", "words"),
        ({"where": "n:abc"}, "where", "numbers"), ({"where": "x<5ms"}, "where", "unit"),
        ({"where": "spam"}, "where", "compare"), ({"where": "name>E"}, "where", ""),
        ({"where": "config:n>2"}, "where", "no config"), ({"where": "on>2"}, "where", "true or false"),
        ({"where": "n>"}, "where", ""),
    ],
)  # fmt: skip
def test_what_is_refused_says_where_and_why(how, key: str, part: str) -> None:
    with pytest.raises(ConfigError) as refused:
        TableSlice(**how).apply(TABLE)
    assert refused.value.problems[0].path == key and part in str(refused.value)


numbers = st.lists(st.none() | st.floats(-5, 5) | st.just(math.nan), min_size=1, max_size=30)


@settings(max_examples=60, deadline=None)
@given(numbers, st.sampled_from(["<", "<=", ">", ">=", "=", "!="]), st.integers(-5, 5), st.booleans())
def test_a_comparison_is_what_python_says_of_each_value(values, operator, bound, negated) -> None:
    table = pa.table({"v": pa.array(values, pa.float64(), from_pandas=False), "at": list(range(len(values)))})
    there = [(at, value) for at, value in enumerate(values) if value is not None and not math.isnan(value)]
    says = {"=": "__eq__", "!=": "__ne__", "<": "__lt__", "<=": "__le__", ">": "__gt__", ">=": "__ge__"}[operator]
    wanted = [at for at, value in there if getattr(float(value), says)(float(bound)) is not negated]
    where = f"{'not ' if negated else ''}v{operator}{bound}"
    assert TableSlice(where=where).apply(table)[0].column("at").to_pylist() == wanted
