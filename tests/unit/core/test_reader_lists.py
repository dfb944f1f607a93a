"""The shared reader of contracts: objects in lists, keys that are made of others, required keys, one place for every fault."""

from __future__ import annotations

import pytest

from quintant.config import Config, Part, key
from quintant.errors import ConfigError, Problem
from quintant.wire.reader import Reading, Refused, Table, Wire


class Bulb(Part):
    colour: str = key("white", group="Bulb", says="Colour.")
    power_w: int = key(5, ge=1, le=100, group="Bulb", says="Power.")
    low: int = key(0, ge=0, le=15, group="Bulb", says="Low half of the code.")
    high: int = key(0, ge=0, le=7, group="Bulb", says="High half of the code.")


class Chandelier(Config):
    bulbs: tuple[Bulb, ...] = key((), group="Lamp", says="Bulbs.")
    minutes: int = key(10, ge=1, group="Lamp", says="How long they burn.")
    dimmed: bool = key(False, group="Lamp", says="Whether they are dimmed.")


def code(reading, value, path):
    if not 0 <= value <= 255:
        raise ConfigError(Problem(path, "must be a byte."))
    return {"low": value & 15, "high": value >> 4}


BULB = Table(
    Bulb,
    (
        Wire("color", "colour"),
        Wire("watts", "power_w", required=True),
        Wire("driver.code", sets=("low", "high"), read=code),
    ),
)
LAMP = Table(Chandelier, (Wire("bulbs", "bulbs", items=BULB), Wire("time.minutes", "minutes"), Wire("mode", sets=("dimmed",))))


def faults(body):
    reading = LAMP.read(body, Reading())
    with pytest.raises(Refused) as caught:
        LAMP.config_of(reading)
    return [str(problem) for problem in caught.value.problems]


def test_each_object_of_a_list_is_read_by_a_table_of_its_own():
    reading = LAMP.read({"bulbs": [{"watts": "7"}, {"watts": 9, "color": "red", "driver": {"code": 0x2F}}]}, Reading())
    config = LAMP.config_of(reading)
    assert config.bulbs == (Bulb(power_w=7), Bulb(power_w=9, colour="red", low=15, high=2))
    assert reading.given == ["bulbs"]


def test_what_is_unknown_inside_is_told_with_its_place():
    reading = LAMP.read({"bulbs": [{"watts": 1}, {"watts": 1, "colour": "red"}]}, Reading())
    assert reading.ignored == ["bulbs.1.colour"]
    assert reading.warnings[0].hint == "Did you mean 'color'?"


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        ({"bulbs": 3}, ["bulbs: must be a list; got a number."]),
        ({"bulbs": [3]}, ["bulbs.0: must be an object or null; got 3."]),
        ({"bulbs": [{}]}, ["bulbs.0.watts: is required."]),
        ({"bulbs": [{"watts": None}]}, ["bulbs.0.watts: is required."]),
        ({"bulbs": [{"watts": "x"}]}, ["bulbs.0.watts: must be a whole number; got 'x'."]),
        ({"bulbs": [{"watts": 1, "driver": {"code": 256}}]}, ["bulbs.0.driver.code: must be a byte."]),
        (
            {"bulbs": [{"watts": 1.5}, {}], "time": {"minutes": "?"}},
            [
                "bulbs.0.watts: must be a whole number; got 1.5.",
                "bulbs.1.watts: is required.",
                "time.minutes: must be a whole number; got '?'.",
            ],
        ),
    ],
)
def test_every_fault_is_told_at_once_in_the_order_of_the_body(body, texts):
    assert faults(body) == texts


def test_faults_of_native_keys_are_told_where_the_wire_has_them():
    assert faults({"bulbs": [{"watts": 1}, {"watts": 101}]}) == ["bulbs.1.watts: must be at most 100; got 101."]
    assert faults({"bulbs": [{"watts": 1, "driver": {"code": 255}}]}) == ["bulbs.0.driver.code: must be at most 7; got 15."]
    assert LAMP.place("dimmed") == "mode"
    assert LAMP.place("bulbs.3.low") == "bulbs.3.driver.code"
    assert LAMP.place("bulbs.3") == "bulbs.3"
    assert LAMP.place("nothing.of.ours") == "nothing.of.ours"


def test_what_several_native_keys_are_made_of_may_stay_with_the_contract():
    reading = LAMP.read({"mode": "dim"}, Reading())
    assert (reading.own, reading.raw) == ({"mode": "dim"}, {})


def test_a_table_of_nothing_native_makes_no_config():
    table = Table(Part, (Wire("name", required=True), Wire("scope", default="all")))
    reading = table.read({}, Reading())
    with pytest.raises(Refused, match="name: is required"):
        reading.settle()
    assert table.read({"name": "x"}, Reading()).own == {"name": "x", "scope": "all"}
    with pytest.raises(AssertionError):
        table.parsed({})
