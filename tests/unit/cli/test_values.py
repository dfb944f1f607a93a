"""What --set and --sweep mean, and the words with which they are refused."""

from __future__ import annotations

import json

import pytest

from quintant.cli import values
from quintant.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("50", 50), ("1e3", 1000.0), ("true", True), ("null", None), ('"5"', "5"), ("nsfnet", "nsfnet"), ("[1, 2]", [1, 2]),
        ('{"kind": "rates"}', {"kind": "rates"}), ("NaN", "NaN"), ("Infinity", "Infinity"), ("", ""), ("a=b", "a=b"),
    ],
)  # fmt: skip
def test_a_value_is_json_first_and_text_otherwise(text, value):
    found = values.overrides([f"key={text}"])
    assert found == {"key": value}
    assert type(found["key"]) is type(value)


def test_dotted_keys_are_kept_as_they_are():
    assert values.overrides(["demand.high_gbps=200", "links.1.km=7"]) == {"demand.high_gbps": 200, "links.1.km": 7}


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        ("k_paths", "--set: must read --set key=value; got 'k_paths'."),
        ("=5", "--set: must read --set key=value; got '=5'."),
        ("demand..low=5", "--set: must read --set key=value; got 'demand..low=5'."),
    ],
)
def test_a_refused_pair_says_why(pair, words):
    with pytest.raises(ConfigError) as refused:
        values.overrides([pair])
    assert str(refused.value) == words


def test_a_key_given_twice_is_refused():
    with pytest.raises(ConfigError, match="--set k_paths: is given twice"):
        values.overrides(["k_paths=5", "k_paths=6"])
    with pytest.raises(ConfigError, match="--sweep k_paths: is given twice"):
        values.axes(["k_paths=5,6", "k_paths=7"])


def test_a_file_is_read_as_json(tmp_path):
    (tmp_path / "net.json").write_text(json.dumps({"name": "own", "links": []}))
    assert values.overrides([f"topology=@{tmp_path / 'net.json'}"]) == {"topology": {"name": "own", "links": []}}


def test_a_file_that_cannot_be_used_is_refused_with_its_name(tmp_path):
    (tmp_path / "net.graphml").write_text("<graphml/>")
    (tmp_path / "bad.json").write_text("{")
    for name, words in (
        ("net.graphml", "@ takes a .json file here; got 'net.graphml'."),
        ("bad.json", "is not JSON"),
        ("none.json", "No such file"),
    ):
        with pytest.raises(ConfigError, match=words):
            values.overrides([f"topology=@{tmp_path / name}"])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("190:270:20", [190, 210, 230, 250, 270]),
        ("0.1:0.3:0.1", [0.1, 0.2, 0.3]),
        ("5:1:-2", [5, 3, 1]),
        ("1e3:3e3:1e3", [1000, 2000, 3000]),
        ("7:7:1", [7]),
        ("a,b, c", ["a", "b", "c"]),
        ("1,2.5,null", [1, 2.5, None]),
        ("[[1,2],[3,4]]", [[1, 2], [3, 4]]),
        ("true,false", [True, False]),
        ("1,true", [1, True]),
    ],
)
def test_axes_hold_both_ends_exactly(text, found):
    assert values.axes([f"key={text}"]) == {"key": found}


def test_axes_keep_their_order_and_their_integers():
    found = values.axes(["b=1:3:1", "a=0.5:1.5:0.5"])
    assert list(found) == ["b", "a"]
    assert [type(value) for value in found["b"]] == [int] * 3
    assert [type(value) for value in found["a"]] == [float] * 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("190:275:20", "--sweep key: steps of 20 from 190 do not meet 275. They meet 270 and 290."),
        ("1:2:0", "--sweep key: a step of 0 never leads from 1 to 2."),
        ("1:5:-1", "--sweep key: a step of -1 never leads from 1 to 5."),
        ("a:b:c", "--sweep key: must read first:last:step in numbers; got 'a:b:c'."),
        ("0:1:nan", "--sweep key: must hold finite numbers; got '0:1:nan'."),
        ("0:1:1e-9", "--sweep key: would hold 1000000001 values; at most 10000 are allowed."),
        ("", "--sweep key: holds an empty value; got ''."),
        ("1,,2", "--sweep key: holds an empty value; got '1,,2'."),
        ("1,2,1", "--sweep key: holds 1 twice. Replicates are made by --seeds."),
        ("[1,", "--sweep key: is not a JSON list"),
    ],
)
def test_a_refused_axis_says_why(text, words):
    with pytest.raises(ConfigError) as refused:
        values.axes([f"key={text}"])
    assert str(refused.value).startswith(words)


def test_tied_keys_and_the_lines_of_a_file_are_one_axis(tmp_path):
    (tmp_path / "points.csv").write_text("load_erlang,K-Paths\n200,3\n210.5,5\n")
    schema = {"properties": {"load_erlang": {"type": "number"}, "k_paths": {"type": "integer"}}}
    lines = values.points(tmp_path / "points.csv", schema)
    assert lines == {"load_erlang,k_paths": [[200, 3], [210.5, 5]]}
    found = values.axes(["a,config.b=1:2:1", "c=x,y"], lambda: schema, lines)
    assert found == {"a,b": [[1, 1], [2, 2]], "c": ["x", "y"], **lines}
    for text, words in (
        ("a,b\n1\n", "line 2 .* must have 2 values"),
        ("a\n", "a line for each point"),
        ("a,b\n1,\n", "2 values"),
    ):
        (tmp_path / "bad.csv").write_text(text)
        with pytest.raises(ConfigError, match=words):
            values.points(tmp_path / "bad.csv", schema)
    with pytest.raises(ConfigError, match=r"--points: cannot read .*No such file"):
        values.points(tmp_path / "none.csv", schema)


def test_seeds_are_a_number_or_root_seeds():
    assert (values.seeds("10"), values.seeds("7,11")) == (10, [7, 11])
    for text in ("0", "x", "", "1,"):
        with pytest.raises(ConfigError, match="--seeds"):
            values.seeds(text)


def test_a_path_copied_from_a_request_body_means_the_same_key():
    assert values.overrides(["config.k_paths=50"]) == {"k_paths": 50}
    assert values.axes(["config.load_erlang=1,2"]) == {"load_erlang": [1, 2]}
