"""The strict parser: every fault named with path, value and what is allowed."""

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from quintant.config import Config, config_hash, json_schema, key, parse, suggest
from quintant.errors import ConfigError


class Lamp(Config):
    power_w: float = key(5.0, gt=0, le=100, unit="W", group="Lamp", essential=True, says="Electrical power.")
    colour: Literal["warm", "cold"] = key("warm", group="Lamp", says="Colour of the light.")
    bulbs: int = key(1, ge=1, group="Lamp", says="Number of bulbs.")
    timer: int | None = key(None, ge=1, group="Lamp", says="Minutes until it goes out.")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ({"powr_w": 3}, "powr_w: is not a parameter. Did you mean 'power_w'?"),
        ({"power_w": 0}, "power_w: must be greater than 0; got 0."),
        ({"power_w": 101.5}, "power_w: must be at most 100; got 101.5."),
        ({"bulbs": 0}, "bulbs: must be at least 1; got 0."),
        ({"bulbs": "3"}, "bulbs: must be an integer; got '3'."),
        ({"bulbs": 1.5}, "bulbs: must be an integer; got 1.5."),
        ({"bulbs": True}, "bulbs: must be an integer; got true."),
        ({"colour": "wram"}, "colour: must be one of warm, cold; got 'wram'. Did you mean 'warm'?"),
        ({"power_w": float("nan")}, "power_w: must be a finite number; got nan."),
        ({"power_w": float("inf")}, "power_w: must be a finite number; got inf."),
        ({"power_w": None}, "power_w: must be a number; got null."),
    ],
)
def test_a_fault_names_path_value_and_what_is_allowed(raw, text):
    with pytest.raises(ConfigError) as caught:
        parse(Lamp, raw)
    assert str(caught.value) == text


class Bulb(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    shape: Literal["pear", "tube"]


class Shop(Config):
    stock: Literal["empty", "full"] | dict[str, Bulb] = key("empty", group="Shop", says="What is on the shelves.")


@pytest.mark.parametrize(
    ("stock", "text"),
    [
        ("ful", "stock: must be one of empty, full, or an object; got 'ful'. Did you mean 'full'?"),
        ({"a": {"shape": "pare"}}, "stock.a.shape: must be one of pear, tube; got 'pare'. Did you mean 'pear'?"),
        ({"a": {}}, "stock.a.shape: is required."),
        ({"a": {"shape": "tube", "x": 1}}, "stock.a.x: is not a known key here."),
    ],
)
def test_faults_inside_alternatives_are_told_where_the_value_is(stock, text):
    with pytest.raises(ConfigError) as caught:
        parse(Shop, {"stock": stock})
    assert str(caught.value) == text


class Socket(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Literal["socket"]
    voltage_v: int = Field(230, ge=0, le=10_000_000)


class Cable(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Literal["cable"]
    length_m: float = Field(1.0, le=2.5e7, gt=1e-3)
    label: str = Field("x", min_length=1, max_length=3)


class House(Config):
    rooms: tuple[Annotated[Socket | Cable, Field(discriminator="kind")], ...] = key((), group="House", says="What is in it.")
    spare: Bulb | None = key(None, group="House", says="One in the drawer.")
    named: dict[str, Socket] = key({}, group="House", says="By name.")
    both: tuple[Bulb, Socket] | None = key(None, group="House", says="A pair.")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ({"spare": {"shape": "pear", "shap": 1}}, "spare.shap: is not a known key here. Did you mean 'shape'?"),
        ({"rooms": [{"kind": "cable", "lenght_m": 3}]}, "rooms.0.lenght_m: is not a known key here. Did you mean 'length_m'?"),
        ({"rooms": [{"kind": "socket", "lenght_m": 3}]}, "rooms.0.lenght_m: is not a known key here."),
        ({"named": {"a.b": {"kind": "socket", "voltage": 3}}},
         "named.a.b.voltage: is not a known key here. Did you mean 'voltage_v'?"),
        ({"both": [{"shape": "pear"}, {"kind": "socket", "voltag_v": 3}]},
         "both.1.voltag_v: is not a known key here. Did you mean 'voltage_v'?"),
        ({"rooms": [{"kind": "socket", "voltage_v": 10_000_001}]},
         "rooms.0.voltage_v: must be at most 10000000; got 10000001."),
        ({"rooms": [{"kind": "cable", "length_m": 3e7}]}, "rooms.0.length_m: must be at most 25000000; got 30000000.0."),
        ({"rooms": [{"kind": "cable", "length_m": 0}]}, "rooms.0.length_m: must be greater than 0.001; got 0."),
        ({"rooms": [{"kind": "cable", "label": ""}]}, "rooms.0.label: must have at least 1 character; got ''."),
        ({"rooms": [{"kind": "cable", "label": "long"}]}, "rooms.0.label: must have at most 3 characters; got 'long'."),
    ],
)  # fmt: skip
def test_faults_of_nested_parts_suggest_what_may_stand_there(raw, text):
    with pytest.raises(ConfigError) as caught:
        parse(House, raw)
    first, *_ = caught.value.problems
    assert str(first) == text


def test_all_faults_are_told_at_once():
    with pytest.raises(ConfigError) as caught:
        parse(Lamp, {"power_w": -1, "bulbs": 0})
    assert [problem.path for problem in caught.value.problems] == ["power_w", "bulbs"]


def test_an_integer_is_a_valid_float_and_a_config_is_frozen():
    lamp = parse(Lamp, {"power_w": 7})
    assert lamp.power_w == 7.0
    with pytest.raises(Exception, match="frozen"):
        lamp.power_w = 8.0  # type: ignore[misc]


def test_the_hash_covers_defaults_and_not_the_order():
    assert config_hash(parse(Lamp, {})) == config_hash(parse(Lamp, {"bulbs": 1, "power_w": 5}))
    assert config_hash(parse(Lamp, {"bulbs": 2})) != config_hash(parse(Lamp, {}))


def test_the_schema_carries_units_groups_and_collapsed_nullables():
    schema = json_schema(Lamp)
    power = schema["properties"]["power_w"]
    assert (power["unit"], power["group"], power["essential"], power["default"]) == ("W", "Lamp", True, 5.0)
    assert schema["properties"]["timer"]["type"] == ["integer", "null"]
    assert schema["additionalProperties"] is False


def test_suggestions_ignore_case_and_stay_silent_when_nothing_is_near():
    assert suggest("NFSNET", ["nsfnet", "usnet"]) == "Did you mean 'nsfnet'?"
    assert suggest("zebra", ["nsfnet", "usnet"]) is None


Positive = Annotated[float, Field(gt=0)]


class Lamps(Config):
    powers_w: tuple[Positive, ...] = key((5.0,), min_length=2, group="Lamps", says="Power of each.")


def test_a_list_is_too_short_only_when_its_elements_are_right():
    for given, told in (([5.0], ["powers_w"]), ([5.0, -1.0], ["powers_w.1"]), ([-1.0], ["powers_w.0"])):
        with pytest.raises(ConfigError) as caught:
            parse(Lamps, {"powers_w": given})
        assert [problem.path for problem in caught.value.problems] == told


def test_an_integer_that_no_json_holds_is_refused_where_it_stands():
    with pytest.raises(ConfigError) as caught:
        parse(Lamps, {"powers_w": [1.0, 2**64, -(2**63) - 1]})
    assert [str(problem) for problem in caught.value.problems] == [
        "powers_w.1: must fit into 64 bits; got 18446744073709551616.",
        "powers_w.2: must fit into 64 bits; got -9223372036854775809.",
    ]
