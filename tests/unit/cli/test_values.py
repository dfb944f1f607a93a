"""What --set and --sweep mean, and the words with which they are refused."""

from __future__ import annotations

import json

import pytest

from quintant.cli import values
from quintant.errors import ConfigError

BASE = {
    "k_paths": 5,
    "demand": {"kind": "uniform", "low_gbps": 25, "high_gbps": 100},
    "failure": None,
    "links": [{"km": 1}, {"km": 2}],
    "phi": {"64-QAM": 0.6},
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("50", 50), ("1e3", 1000.0), ("true", True), ("null", None), ('"5"', "5"), ("nsfnet", "nsfnet"), ("[1, 2]", [1, 2]),
        ('{"kind": "rates"}', {"kind": "rates"}), ("NaN", "NaN"), ("Infinity", "Infinity"), ("", ""), ("a=b", "a=b"),
    ],
)  # fmt: skip
def test_a_value_is_json_first_and_text_otherwise(text, value):
    found = values.overrides([f"key={text}"], {})
    assert found == {"key": value}
    assert type(found["key"]) is type(value)


def test_a_dotted_key_keeps_the_other_keys_of_its_object():
    assert values.overrides(["demand.high_gbps=200", "demand.low_gbps=50"], BASE) == {
        "demand": {"kind": "uniform", "low_gbps": 50, "high_gbps": 200}
    }
    assert values.overrides(["links.1.km=7", "phi.64-QAM=1"], BASE) == {
        "links": [{"km": 1}, {"km": 7}],
        "phi": {"64-QAM": 1},
    }
    assert values.overrides(["failure.kind=link"], BASE) == {"failure": {"kind": "link"}}
    assert BASE["demand"]["high_gbps"] == 100, "the base must not change"


def test_a_whole_value_replaces_and_a_later_dotted_one_reaches_into_it():
    assert values.overrides(['demand={"kind": "rates"}', "demand.share=1"], BASE) == {"demand": {"kind": "rates", "share": 1}}


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        ("k_paths", "--set: must read --set key=value; got 'k_paths'."),
        ("=5", "--set: must read --set key=value; got '=5'."),
        ("demand..low=5", "--set: must read --set key=value; got 'demand..low=5'."),
        ("k_paths.deep=5", "--set k_paths.deep: k_paths is 5, which has no parts. Set k_paths whole."),
        ("links.2.km=5", "--set links.2.km: links is a list of 2; '2' is not an index of it."),
    ],
)
def test_a_refused_pair_says_why(pair, words):
    with pytest.raises(ConfigError) as refused:
        values.overrides([pair], BASE)
    assert str(refused.value) == words


def test_a_key_given_twice_is_refused():
    with pytest.raises(ConfigError, match="--set k_paths: is given twice"):
        values.overrides(["k_paths=5", "k_paths=6"], BASE)
    with pytest.raises(ConfigError, match="--sweep k_paths: is given twice"):
        values.axes(["k_paths=5,6", "k_paths=7"])


def test_a_file_is_read_as_json(tmp_path):
    (tmp_path / "net.json").write_text(json.dumps({"name": "own", "links": []}))
    assert values.overrides([f"topology=@{tmp_path / 'net.json'}"], {}) == {"topology": {"name": "own", "links": []}}


def test_a_file_that_cannot_be_used_is_refused_with_its_name(tmp_path):
    (tmp_path / "net.graphml").write_text("<graphml/>")
    (tmp_path / "bad.json").write_text("{")
    for name, words in (
        ("net.graphml", "@ takes a .json file; got 'net.graphml'."),
        ("bad.json", "is not JSON"),
        ("none.json", "No such file"),
    ):
        with pytest.raises(ConfigError, match=words):
            values.overrides([f"topology=@{tmp_path / name}"], {})


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


def test_a_path_copied_from_a_request_body_means_the_same_key():
    assert values.overrides(["config.k_paths=50"], {}) == {"k_paths": 50}
    assert values.axes(["config.load_erlang=1,2"]) == {"load_erlang": [1, 2]}


PROPERTIES = {
    "tau_gaba_ms": {"unit": "ms"}, "lambda0_hz": {"unit": "Hz"}, "v_th_mv": {"unit": "mV"}, "seeds": {},
    "n_e": {"unit": "neurons"},
    "rate_hz": {"unit": "Hz"}, "rate_ms": {"unit": "ms"}, "power_w_in": {"unit": "W"}, "noise": {}, "noise_ms": {"unit": "ms"},
}  # fmt: skip


def test_a_key_without_its_unit_is_understood_and_said():
    given = ["config.tau_gaba=9", "lambda0=20:40:10", "v_th=-50", "n_e=80"]
    pairs, notes = values.with_units(given, PROPERTIES)
    assert pairs == ["tau_gaba_ms=9", "lambda0_hz=20:40:10", "v_th_mv=-50", "n_e=80"]
    assert notes == ["tau_gaba is tau_gaba_ms, in ms", "lambda0 is lambda0_hz, in Hz", "v_th is v_th_mv, in mV"]


@pytest.mark.parametrize(
    "pair", ["tau=9", "power=1", "noise=0.5", "tau_gaba_ms=9", "tau_gaba.x=1", "seeds=3", "n=3", "tau_gaba"]
)
def test_any_other_key_stays_as_it_was_written(pair):
    assert values.with_units([pair], PROPERTIES) == ([pair], [])


def test_a_key_that_two_units_fit_is_refused():
    with pytest.raises(ConfigError, match="rate: has no unit; the keys that have one are rate_hz, rate_ms"):
        values.with_units(["rate=5"], PROPERTIES)


def test_the_same_key_with_and_without_its_unit_is_given_twice():
    pairs, _ = values.with_units(["tau_gaba=9", "tau_gaba_ms=8"], PROPERTIES)
    with pytest.raises(ConfigError, match="is given twice"):
        values.overrides(pairs, {})
