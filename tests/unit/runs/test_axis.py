"""The grammar of a sweep: one reading for the command line, the API and the SDK."""

from __future__ import annotations

import contextlib
import math
from decimal import Decimal
from random import Random

import pytest

from quintant.config import Config, json_schema, key
from quintant.errors import ConfigError
from quintant.registry import find
from quintant.runs.axis import GRAMMAR, MOST_VALUES, Axes, axes, integers, spaced


@pytest.mark.parametrize(
    ("axis", "values"),
    [
        ("190:270:20", [190, 210, 230, 250, 270]),
        ("0.1:0.3:0.1", [0.1, 0.2, 0.3]),
        ("0:1:lin:5", [0.0, 0.25, 0.5, 0.75, 1.0]),
        ("1:9:lin:5", [1, 3, 5, 7, 9]),
        ("1:1000:log:4", [1, 10, 100, 1000]),
        ("0.01:1:log:3", [0.01, 0.1, 1.0]),
        ("100:1:log:3", [100, 10, 1]),
        ("qwen:7b,qwen:1b", ["qwen:7b", "qwen:1b"]),
        ("2024-01-01", ["2024-01-01"]),
        ("1e-3,-5", [0.001, -5]),
        ({"start": 1, "stop": 3, "step": 1}, [1, 2, 3]),
        ({"start": 1, "stop": 1000, "n": 4, "scale": "log"}, [1, 10, 100, 1000]),
        ([1, "a", None, [2]], [1, "a", None, [2]]),
    ],
)
def test_an_axis_is_the_same_values_however_it_is_written(axis, values):
    found = axes({"k": axis}).values["k"]
    assert found == values and [type(one) for one in found] == [type(one) for one in values]


@pytest.mark.parametrize(
    "text", ["190..270", "190-270", "190 to 270 by 20", "linspace(190, 270, 5)", "np.arange(1,5)", "190:270", "1:2:3:4"]
)
def test_a_range_in_another_grammar_is_answered_with_ours(text):
    with pytest.raises(ConfigError) as refused:
        axes({"k": text})
    [problem] = refused.value.problems
    assert problem.path == "sweep.k" and text in problem.message and "first:last:step" in (problem.hint or "")


@pytest.mark.parametrize(
    ("axis", "path", "words"),
    [
        ("0:1:log:3", "sweep.k", "has no logarithm at 0"),
        ("1:2:lin:1", "sweep.k", "must have 2 to 10000 values; got 1"),
        ("1:2:lin:x", "sweep.k", "must have whole numbers behind lin"),
        ("1:2:sobol:5", "sweep.k", "only powers of two fill space evenly. Take 4 or 8."),
        ("2:1:lhs:5", "sweep.k", "must begin below its end"),
        ("3:3:log:5", "sweep.k", "begins and ends at 3"),
        ({"start": 1, "stop": 2}, "sweep.k", "must have one of step and n"),
        ({"start": 1, "stop": 2, "n": 3, "scale": "sqrt"}, "sweep.k.scale", "must be lin or log"),
        ({"start": 1, "stop": 2, "steps": 3}, "sweep.k.steps", "is not part of an axis"),
        (7, "sweep.k", "must be a list of values"),
        ("0:1e999999999:1", "sweep.k", "holds a number beyond what can be computed with"),
        ("1e-999999999:1:log:3", "sweep.k", "holds a number beyond what can be computed with"),
    ],
)
def test_what_is_no_axis_is_refused_where_it_is_wrong(axis, path, words):
    with pytest.raises(ConfigError, match=words.replace(".", r"\.")) as refused:
        axes({"k": axis})
    assert refused.value.problems[0].path == path


def test_tied_keys_go_together_and_all_else_is_combined():
    found = axes({"a,b": "1:3:1", "c": ["x", "y"]})
    assert found.size == 6 and found.tied == (("a", "b"),)
    assert list(found.points())[:3] == [{"a": 1, "b": 1, "c": "x"}, {"a": 1, "b": 1, "c": "y"}, {"a": 2, "b": 2, "c": "x"}]
    assert axes({"a,b": "1:2:1;10:20:10"}).wire == axes({"a, b": [[1, 10], [2, 20]]}).wire == {"a,b": [[1, 10], [2, 20]]}
    for given_axes, words in (
        ({"a,b": [[1, 2], [3]]}, "rows of 2 values"),
        ({"a,b": "1,2;3"}, "parts of 2, 1 values"),
        ({"a,b,c": "1;2"}, "2 parts for 3 keys"),
        ({"a,b": [1], "b": [2]}, "is given twice"),
        ({"a,a": [1]}, "holds a twice"),
        ({"a,b": [[1, 2], [1, 2]]}, r"holds \[1,2\] twice"),
    ):
        with pytest.raises(ConfigError, match=words):
            axes(given_axes)


def test_axes_are_read_again_as_they_were_from_the_wire_and_from_the_store():
    random = Random(1)
    for _ in range(300):
        keys = random.sample(["a", "b.c", "d,e", "f,g.h,i"], random.randrange(5))
        raw = {
            key: random.sample([1, 1.0, "1", "", None, True, [1], [2, 3, 4], {"x": 1}, -7], random.randrange(1, 5))
            for key in keys
        }
        raw = {
            key: [value for value in values if "," not in key or not isinstance(value, list)] or [0]
            for key, values in raw.items()
        }
        found = axes(raw)
        assert axes(found.wire) == found == Axes.stored(found.values, [list(keys) for keys in found.tied])
        assert len(list(found.points())) == found.size


@pytest.mark.parametrize("n", [4, 64])
@pytest.mark.parametrize("kind", ["lhs", "sobol"])
def test_a_design_fills_every_stratum_of_every_axis_once(kind, n):
    """What a Latin hypercube is (McKay, Beckman & Conover 1979), and a Sobol net in base 2 for each coordinate (Sobol 1967)."""
    found = axes({"a": f"1:3:{kind}:{n}", "b": f"1:100:log:{kind}:{n}", "c": [1, 2]})
    assert found.tied == (("a", "b"),) and found.size == 2 * n
    [(_, rows), _] = found.groups
    for unit in ([(a - 1) / 2 for a, _ in rows], [math.log(b) / math.log(100) for _, b in rows]):
        assert sorted(min(n - 1, int(u * n)) for u in unit) == list(range(n))
    assert found == axes({"a": f"1:3:{kind}:{n}", "b": f"1:100:log:{kind}:{n}", "c": [1, 2]}), "the same design each time"
    assert found != axes({"a": f"1:3:{kind}:{n}:7", "b": f"1:100:log:{kind}:{n}:7", "c": [1, 2]})
    assert axes({"a": {"start": 1, "stop": 3, "n": n, "design": kind}}) == axes({"a": f"1:3:{kind}:{n}"})


def test_a_key_of_integers_gets_integers():
    whole = integers(lambda: json_schema(find("optical").config))
    assert whole("k_paths") and not whole("load_erlang") and not whole("nothing.there")
    assert axes({"k_paths": "1:50:log:4", "load_erlang": "1:50:log:4"}, whole=whole).values["k_paths"] == [1, 4, 14, 50]
    assert sorted(axes({"k_paths": "1:8:lhs:8"}, whole=whole).values["k_paths"]) == [1, 2, 3, 4, 5, 6, 7, 8]
    with pytest.raises(ConfigError, match="twice"):
        axes({"k_paths": "1:3:log:9"}, whole=whole)


def test_what_is_thrown_at_the_grammar_is_read_or_refused_in_no_time():
    """Other people's text: nothing of it may be an error of ours, or keep a server busy."""
    random = Random(2)
    for _ in range(3000):
        text = "".join(
            random.choices(["1", "0", ".", "-", "e", "9", ":", ",", ";", "log", "lhs", "lin", "nan", "[", "x", " "], k=9)
        )
        for axis in (
            text,
            {"start": 1, "stop": random.choice([2, 1e308, -1]), "n": random.choice([1, 2, 2**62]), "scale": "log"},
        ):
            with contextlib.suppress(ConfigError):
                assert axes({random.choice(["k", "k,l"]): axis}).size <= 10_000
    for axis in (
        "-1e308:1e308:lin:3",
        "-1e308:1e308:lhs:4",
        "1e300:3e300:1e300",
        "." * 100_000,
        "1:" * 50_000,
        "1-" * 50_000,
        "9" * 4000 + ":1:1",
    ):
        with contextlib.suppress(ConfigError):
            axes({"k": axis})
    with pytest.raises(ConfigError, match="up to 100"):
        axes({"a," * 100_000: [1]})


ONE = {"start": 1, "stop": 9}


@pytest.mark.parametrize(
    ("axis", "path", "message"),
    [
        ({**ONE, "more": 1}, "sweep.k.more", "is not part of an axis; there are start, stop, step, n, scale, design, seed."),
        ({"stop": 9, "n": 3}, "sweep.k.start", "must be a number; got None."),
        ({"start": 1, "n": 3}, "sweep.k.stop", "must be a number; got None."),
        ({**ONE, "start": "1", "n": 3}, "sweep.k.start", "must be a number; got '1'."),
        ({**ONE, "stop": True, "n": 3}, "sweep.k.stop", "must be a number; got True."),
        ({**ONE, "start": "x" * 99, "n": 3}, "sweep.k.start", f"must be a number; got {repr('x' * 99)[:40]}."),
        ({**ONE, "stop": math.inf, "n": 3}, "sweep.k", "must hold finite numbers."),
        ({**ONE, "step": math.nan}, "sweep.k", "must hold finite numbers."),
        (ONE, "sweep.k", "must have one of step and n."),
        ({**ONE, "step": 1, "n": 3}, "sweep.k", "must have one of step and n."),
        ({**ONE, "step": "2"}, "sweep.k.step", "must be a number; got '2'."),
        ({**ONE, "step": 2, "scale": "log"}, "sweep.k.scale", "goes with n, not with a step."),
        ({**ONE, "step": 2, "design": "lhs"}, "sweep.k.design", "goes with n, not with a step."),
        ({**ONE, "n": 2.5}, "sweep.k.n", "must be an integer; got 2.5."),
        ({**ONE, "n": True}, "sweep.k.n", "must be an integer; got True."),
        ({**ONE, "n": 3, "scale": "square"}, "sweep.k.scale", "must be lin or log; got 'square'."),
        ({**ONE, "n": 3, "design": "grid"}, "sweep.k.design", "must be lhs or sobol; got 'grid'."),
        ({**ONE, "n": 4, "design": "lhs", "seed": "a"}, "sweep.k.seed", "must be an integer; got 'a'."),
        ({**ONE, "n": 4, "design": "lhs", "seed": True}, "sweep.k.seed", "must be an integer; got True."),
        ({**ONE, "step": 0}, "sweep.k.step", "a step of 0 never leads from 1 to 9."),
        ({**ONE, "step": -1}, "sweep.k.step", "a step of -1 never leads from 1 to 9."),
        ({"start": 9, "stop": 1, "step": 2}, "sweep.k.step", "a step of 2 never leads from 9 to 1."),
        ({**ONE, "step": 3}, "sweep.k.stop", "steps of 3 from 1 do not meet 9."),
        ({"start": 1, "stop": 10_001, "step": 1}, "sweep.k", "would hold 10001 values; at most 10000 are allowed."),
    ],
)
def test_an_object_that_is_no_axis_is_refused_by_part_and_value(axis, path, message):
    with pytest.raises(ConfigError) as refused:
        axes({"k": axis})
    [problem] = refused.value.problems
    assert (problem.path, problem.message) == (path, message)


@pytest.mark.parametrize(
    ("axis", "values"),
    [
        ({**ONE, "step": 4}, [1, 5, 9]),
        ({**ONE, "step": 4.0}, [1.0, 5.0, 9.0]),
        ({"start": 1.0, "stop": 9, "step": 4}, [1.0, 5.0, 9.0]),
        ({"start": 1, "stop": 9.0, "step": 4}, [1.0, 5.0, 9.0]),
        ({"start": 9, "stop": 1, "step": -4}, [9, 5, 1]),
        ({"start": 3, "stop": 3, "step": 1}, [3]),
        ({**ONE, "step": 4, "scale": "lin"}, [1, 5, 9]),
        ({**ONE, "n": 3, "scale": "lin"}, [1, 5, 9]),
        ({**ONE, "n": 3, "scale": None, "design": None, "step": None}, [1, 5, 9]),
        ({**ONE, "n": 3, "scale": "log"}, [1, 3, 9]),
        ({"start": 1.0, "stop": 9, "n": 3}, [1.0, 5.0, 9.0]),
        ({"start": 1, "stop": 10_000, "step": 1}, list(range(1, 10_001))),
    ],
)
def test_an_object_is_its_values_whole_numbers_where_its_parts_are(axis, values):
    read = axes({"k": axis}).values["k"]
    assert read == values and {type(value) for value in read} == {type(value) for value in values}


def test_a_design_takes_its_scale_and_its_seed_from_the_object():
    for design, n in (("lhs", 5), ("sobol", 8)):
        whole = {"start": 1, "stop": 100, "n": n, "scale": "log", "design": design, "seed": 3}
        assert axes({"k": whole}) == axes({"k": f"1:100:log:{design}:{n}:3"})
        assert (
            axes({"k": {**whole, "seed": 0}}) == axes({"k": {**whole, "seed": None}}) == axes({"k": f"1:100:log:{design}:{n}"})
        )


def test_a_step_that_misses_the_end_names_its_neighbours():
    with pytest.raises(ConfigError) as refused:
        axes({"k": "1:9:3"})
    [problem] = refused.value.problems
    assert problem.message == "steps of 3 from 1 do not meet 9." and problem.hint == "They meet 7 and 10."
    assert spaced(Decimal(0), Decimal(MOST_VALUES - 1), Decimal(1), True)[-1] == MOST_VALUES - 1


OTHERS = "One part for all of them, or one for each."
SEEDS = "Replicates are made by `seeds`."


@pytest.mark.parametrize(
    ("key", "axis", "message", "hint"),
    [
        ("k", "1:2:lin", "must read first:last:lin:n; got '1:2:lin'.", GRAMMAR),
        ("k", "1:2:lin:3:4", "must read first:last:lin:n; got '1:2:lin:3:4'.", GRAMMAR),
        ("k", "1:2:log:3:4", "must read first:last:log:n; got '1:2:log:3:4'.", GRAMMAR),
        ("k", "1:2:lhs:3:4:5", "must read first:last:lhs:n; got '1:2:lhs:3:4:5'.", GRAMMAR),
        ("k", "1:2:log:sobol", "must read first:last:sobol:n; got '1:2:log:sobol'.", GRAMMAR),
        ("k", "a:2:lin:3", "must begin with two numbers; got 'a:2:lin:3'.", GRAMMAR),
        ("k", "1:b:lin:3", "must begin with two numbers; got '1:b:lin:3'.", GRAMMAR),
        ("k", "nan:2:lin:3", "must hold finite numbers; got 'nan:2:lin:3'.", None),
        ("k", "1:inf:lin:3", "must hold finite numbers; got '1:inf:lin:3'.", None),
        ("k", "1:2:lin:x", "must have whole numbers behind lin; got '1:2:lin:x'.", GRAMMAR),
        ("k", "1:2:x", "must read first:last:step in numbers; got '1:2:x'.", GRAMMAR),
        ("k", "a:b:c", "must read first:last:step in numbers; got 'a:b:c'.", GRAMMAR),
        ("k", "1:2", "has no step; got '1:2'.", GRAMMAR),
        ("k", "1:2:a:b", "is no range; got '1:2:a:b'.", GRAMMAR),
        ("k", "1:9:inf", "must hold finite numbers; got '1:9:infinity'.", None),
        ("k", "1e400:2:1", "holds a number beyond what can be computed with; got '1e400'.", None),
        ("k", "1..9", "must be a range in this grammar; got '1..9'.", GRAMMAR),
        ("k", "", "holds an empty value; got ''.", None),
        ("k", "1,,2", "holds an empty value; got '1,,2'.", None),
        ("k", "[1,", "is not a JSON list: unexpected end of data: line 1 column 4 (char 3).", None),
        ("k", "3:3:lin:5", "begins and ends at 3.", None),
        ("k", "-1:1:log:3", "has no logarithm at -1; both ends must be above 0.", None),
        ("k", "1:0:log:3", "has no logarithm at 0; both ends must be above 0.", None),
        ("k", "1:2:lin:1", "must have 2 to 10000 values; got 1.", None),
        ("k", "1:2:log:10001", "must have 2 to 10000 values; got 10001.", None),
        ("k", "1:2:lhs:0", "must have 1 to 10000 points; got 0.", None),
        ("k", "1:2:lhs:10001", "must have 1 to 10000 points; got 10001.", None),
        ("k", "1:1:lhs:4", "must begin below its end; got 1 and 1.", None),
        ("k", "1:2:lhs:4:-1", "must be 0 to 2^32 - 1; got -1.", None),
        ("k", f"1:2:lhs:4:{2**32}", f"must be 0 to 2^32 - 1; got {2**32}.", None),
        ("k", "-1e308:1e308:lhs:4", "is too wide for a design: -1E+308 to 1E+308.", None),
        (
            "k",
            "1:2:sobol:5",
            "has 5 Sobol points, which are out of balance: only powers of two fill space evenly.",
            "Take 4 or 8.",
        ),
        ("k", "0:1e8:1", "would hold 100000001 values; at most 10000 are allowed.", None),
        ("k", "0:1e20:1", "would hold about 1.00e+20 values; at most 10000 are allowed.", None),
        ("k", [], "must hold at least one value; got none.", None),
        ("k", list(range(10_001)), "would hold 10001 values; at most 10000 are allowed.", None),
        ("k", [1, 2, 1], "holds 1 twice.", SEEDS),
        ("k", ["a", "a"], "holds 'a' twice.", SEEDS),
        ("k", [{"b": 1}, {"b": 1}], 'holds {"b":1} twice.', SEEDS),
        ("k", ["x" * 70] * 2, f"holds '{'x' * 56}… twice.", SEEDS),
        ("a,b", [[1, 2], [1, 2]], "holds [1,2] twice.", SEEDS),
        ("k", 7, "must be a list of values, a range or a text like 190:270:20; got 7.", None),
        ("k", b"12", "must be a list of values, a range or a text like 190:270:20; got b'12'.", None),
        ("a,b,c", "1;2", "has 2 parts for 3 keys.", OTHERS),
        ("a,b", "1:2:lhs:4;1:2:lhs:4", "ties axes of a design, which are tied already.", "Sweep each key on its own."),
        ("a,b", "1,2;3", "has parts of 2, 1 values; tied keys go together.", None),
        ("a,b", [[1, 2], [3]], "must hold rows of 2 values, one for each of a, b.", None),
        ("a,b", [[1, 2], 3], "must hold rows of 2 values, one for each of a, b.", None),
    ],
)
def test_a_text_or_list_that_is_no_axis_is_answered_with_the_sentence(key, axis, message, hint):
    with pytest.raises(ConfigError) as refused:
        axes({key: axis})
    [problem] = refused.value.problems
    assert (problem.path, problem.message, problem.hint) == (f"sweep.{key}", message, hint)


@pytest.mark.parametrize(
    ("swept", "path", "message", "value"),
    [
        ({"": [1]}, "sweep.", "must name a key, or up to 100 with commas between them.", ""),
        ({"a,,b": [1]}, "sweep.a,,b", "must name a key, or up to 100 with commas between them.", "a,,b"),
        ({",".join(f"k{n}" for n in range(101)): [1]}, None, "must name a key, or up to 100 with commas between them.", None),
        ({"a,b": [1], "b": [2]}, "sweep.b", "is given twice.", "b"),
        ({"a,a": [1]}, "sweep.a,a", "holds a twice.", "a,a"),
        ({"k": {"start": "x", "stop": 2, "n": 2}}, "sweep.k.start", "must be a number; got 'x'.", "x"),
        ({"k": "1:2"}, "sweep.k", "has no step; got '1:2'.", "1:2"),
    ],
)
def test_a_fault_of_an_axis_has_its_path_and_its_value(swept, path, message, value):
    with pytest.raises(ConfigError) as refused:
        axes(swept)
    [problem] = refused.value.problems
    [word] = list(swept)[-1:]
    assert problem.message == message
    assert (problem.path, problem.value) == ((path, value) if path is not None else (f"sweep.{word[:80]}", word[:80]))


def test_a_door_calls_axes_and_replicates_by_its_own_names_and_may_take_values_twice():
    with pytest.raises(ConfigError) as refused:
        axes({"k": [1, 1]}, named="--sweep ", replicates="--seeds")
    [problem] = refused.value.problems
    assert (problem.path, problem.hint, problem.value) == ("--sweep k", "Replicates are made by --seeds.", 1)
    assert axes({"k": [1, 1]}, repeated=True).values == {"k": [1, 1]}
    rounded = {"k": {"start": 1, "stop": 2, "n": 9, "design": "lhs"}}
    assert len(axes(rounded, repeated=True, whole=lambda key: True).values["k"]) == 9
    with pytest.raises(ConfigError) as refused:
        axes(rounded, whole=lambda key: True)
    assert refused.value.problems[0].path == "sweep.k" and refused.value.problems[0].hint == SEEDS


def test_the_bounds_of_a_design_are_taken():
    assert axes({"k": "1:2:lhs:1"}).size == 1
    assert axes({"k": "1:2:sobol:1"}).size == 1
    assert axes({"k": f"1:2:lhs:4:{2**32 - 1}"}).size == 4
    assert axes({"k": "1:2:lhs:10000"}).size == 10_000
    assert axes({"k": "1:2:lin:2"}).values["k"] == [1, 2]
    assert axes({"k": "-1e307:1e307:lhs:4"}).size == 4
    assert axes({",".join(f"k{n}" for n in range(100)): [1]}).size == 1


def test_a_range_is_of_whole_numbers_where_all_of_its_parts_are_written_so():
    for text, kind in (("1:3:1", int), ("1.0:3:1", float), ("1:3.0:1", float), ("1:3:1.0", float), ("1e0:3:1", int)):
        assert {type(value) for value in axes({"k": text}).values["k"]} == {kind}, text
    assert axes({"k": " 1 : 3 : LIN : 3 "}).values["k"] == [1, 2, 3]
    assert axes({"k": "a;b"}).values["k"] == ["a;b"], "parts are of tied keys"
    assert axes({"k": '{"a": 1}'}).values["k"] == [{"a": 1}]
    assert axes({"k": '["a", 1]'}).values["k"] == ["a", 1]


class Inner(Config):
    count: int = key(1, group="G", says="A count.")
    share: float = key(0.5, group="G", says="A share.")


class Other(Config):
    count: float = key(1.0, group="G", says="No count.")
    only: int = key(1, group="G", says="A count.")


class Nested(Config):
    plain: int = key(1, group="G", says="A count.")
    maybe: int | None = key(None, group="G", says="A count, or none.")
    either: int | float = key(1, group="G", says="Any number.")
    word: str = key("a", group="G", says="A word.")
    inner: Inner = key(Inner(), group="G", says="One.")
    parts: tuple[Inner, ...] = key((Inner(),), group="G", says="Some.")
    one_of: Inner | Other = key(Inner(), group="G", says="This or that.")


@pytest.mark.parametrize(
    ("path", "whole"),
    [
        ("plain", True), ("maybe", True), ("either", False), ("word", False), ("inner", False), ("nowhere", False),
        ("inner.count", True), ("inner.share", False), ("inner.nowhere", False), ("plain.count", False),
        ("parts.0.count", True), ("parts.0.share", False), ("parts.first.count", False), ("inner.0.count", False),
        ("one_of.count", False), ("one_of.only", True),
    ],
)  # fmt: skip
def test_whether_a_dotted_key_takes_integers_and_nothing_else(path, whole):
    assert integers(lambda: json_schema(Nested))(path) is whole
