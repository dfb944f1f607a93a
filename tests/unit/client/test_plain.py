"""What users of Python hold becomes what JSON holds, or is refused by its place."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from quintant.client import plain
from quintant.errors import ConfigError, NotFound
from quintant.runs.lifecycle import State


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (np.float64(0.25), 0.25), (np.float32(0.5), 0.5), (np.int64(3), 3), (np.bool_(True), True), (np.str_("a"), "a"),
        (np.arange(3), [0, 1, 2]), (np.array([[1.5]]), [[1.5]]), (np.array(7), 7), (pa.scalar(3), 3), (Decimal("0.1"), 0.1),
        (Decimal("200"), 200), (Path("a") / "b.json", "a/b.json"), (range(1, 4), [1, 2, 3]), ((1, "x"), [1, "x"]), (None, None),
        (State.FAILED, "failed"), ({"a": {"b": np.int8(1)}}, {"a": {"b": 1}}), (True, True), ({3, 1}, [1, 3]),
    ],
)  # fmt: skip
def test_a_value_of_another_make_is_the_same_value(value, found):
    made = plain.plain(value, "key")
    assert made == found and type(made) is type(found)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (float("nan"), "key: must be finite; got nan"), (np.array([1.0, np.inf]), "key.1: must be finite; got inf"),
        ({"a": object()}, "key.a: must be something that JSON can hold; got builtins.object"),
        ({1: 2}, "key: has a key that is no text: 1"),
        (b"raw", "key: must be something that JSON can hold"), (1j, "key: must be something that JSON can hold"),
    ],
)  # fmt: skip
def test_what_json_cannot_hold_is_refused_by_its_place(value, words):
    with pytest.raises(ConfigError) as refused:
        plain.plain(value, "key")
    assert str(refused.value).startswith(words)


def test_pandas_values_and_frames():
    pd = pytest.importorskip("pandas")
    assert plain.plain(pd.Series([1, 2]), "k") == [1, 2]
    frame = pd.DataFrame({"load_erlang": [200, 210], "routing": ["a", "b"]})
    assert plain.axes(frame) == {"load_erlang,routing": [[200, "a"], [210, "b"]]}
    assert plain.axes(frame[["load_erlang"]]) == {"load_erlang": [200, 210]}


def test_axes_and_seeds():
    given = {"a": np.linspace(0, 1, 3), "b": {"start": 1, "stop": 3, "step": 1}, "c": "1:3:1", "d": range(2)}
    assert plain.axes(given) == {"a": [0.0, 0.5, 1.0], "b": {"start": 1, "stop": 3, "step": 1}, "c": "1:3:1", "d": [0, 1]}
    assert plain.count(np.int64(3)) == 3 and plain.count(np.array([7, 11])) == [7, 11] and plain.count(range(2)) == [0, 1]
    for bad in ("3", [], [1.5], True):
        with pytest.raises(ConfigError, match="must be a number of replicates or a list of root seeds"):
            plain.count(bad)


def test_states_are_words_in_whatever_form():
    assert State.read("failed, completed") == State.read(["failed", State.COMPLETED]) == [State.FAILED, State.COMPLETED]
    with pytest.raises(ConfigError, match="Did you mean 'completed'"):
        State.read("complete")


def test_a_notebook_shows_the_line_of_the_user_and_the_sentence():
    try:
        plain.plain(object(), "key")
    except ConfigError as error:
        lines = error._render_traceback_()
    assert len(lines) == 2 and lines[0].endswith('plain.plain(object(), "key")')
    assert lines[1].startswith("ConfigError: key: must be something that JSON can hold")
    assert NotFound("Run", "7f")._render_traceback_() == ["NotFound: Run not found: 7f"]
