"""`when`: what a key's condition says, in words, as JSON, as a warning, and as the refusal of a sweep that varies nothing."""

from __future__ import annotations

from typing import Literal

import pytest

from quintant.config import (
    Above,
    All,
    AnyOf,
    Config,
    Given,
    Has,
    In,
    Is,
    Never,
    Not,
    Part,
    Some,
    drawn_from,
    json_schema,
    key,
    keys_of,
    parse,
    suggest,
)
from quintant.errors import ConfigError
from quintant.runs.sweep import check_read


class Wheel(Part):
    kind: Literal["steel", "rubber"] = key("steel", says="Of what.")
    pressure_bar: float = key(2.0, gt=0, when=Is("kind", "rubber"), says="Of the air in it.")
    grip: float = key(1.0, when=Is("/road", "wet"), says="On water.")


class Cart(Config):
    drive: Literal["hand", "horse", "motor"] = key("hand", group="Cart", says="What moves it.")
    power_kw: float = key(3.0, gt=0, unit="kW", group="Cart", when=Is("drive", "motor"), synonyms=("strength",), says="Power.")
    oats_kg: float = key(1.0, ge=0, unit="kg", group="Cart", when=Is("drive", "horse"), says="Fodder.")
    brake: bool = key(False, group="Cart", when=In("drive", "horse", "motor"), says="Whether it has one.")
    brake_force: float = key(1.0, group="Cart", when=All(In("drive", "horse", "motor"), Is("brake", True)), says="Its force.")
    load_kg: float = key(0.0, ge=0, group="Cart", purposes=("road",), says="What lies on it.")
    rope_m: float = key(5.0, group="Cart", when=AnyOf(Above("load_kg"), Is("drive", "horse")), says="Rope.")
    road: Literal["dry", "wet"] = key("dry", group="Cart", says="What it runs on.")
    wheels: tuple[Wheel, ...] = key((), group="Cart", says="Its wheels.")
    pump: bool = key(False, group="Cart", when=Some("wheels", Is("kind", "rubber")), says="Whether there is one.")
    driver: str | None = key(None, group="Cart", says="Who.")
    wage: float = key(1.0, group="Cart", when=Given("driver"), says="Of the driver.")
    free: bool = key(False, group="Cart", when=Not(Given("driver")), says="Whether it may go alone.")
    goods: tuple[str, ...] = key((), group="Cart", says="What lies on it.")
    ice_kg: float = key(1.0, group="Cart", when=Has("goods", "fish"), says="What keeps it fresh.")
    straw_kg: float = key(1.0, group="Cart", when=Not(Has("goods", "fish", "milk")), says="What it lies on.")
    wings: int = key(0, group="Cart", when=Never("carts do not fly"), says="Wings.")


def told(raw, given=()):
    return [str(problem) for problem in parse(Cart, raw).unread(given)]


@pytest.mark.parametrize(
    ("name", "sentence", "condition"),
    [
        ("power_kw", "drive is motor", {"key": "drive", "in": ["motor"]}),
        ("brake", "drive is horse or motor", {"key": "drive", "in": ["horse", "motor"]}),
        ("brake_force", "drive is horse or motor and brake is true",
         {"all": [{"key": "drive", "in": ["horse", "motor"]}, {"key": "brake", "in": [True]}]}),
        ("rope_m", "load_kg is above 0 or drive is horse",
         {"any": [{"key": "load_kg", "above": 0}, {"key": "drive", "in": ["horse"]}]}),
        ("pump", "kind is rubber in one of wheels", {"some": "wheels", "where": {"key": "kind", "in": ["rubber"]}}),
        ("wage", "driver is given", {"key": "driver", "given": True}),
        ("free", "driver is not given", {"not": {"key": "driver", "given": True}}),
        ("ice_kg", "fish is among goods", {"some": "goods", "where": {"key": "", "in": ["fish"]}}),
        ("straw_kg", "fish or milk is not among goods",
         {"not": {"some": "goods", "where": {"key": "", "in": ["fish", "milk"]}}}),
        ("wings", "never: carts do not fly", {"any": []}),
    ],
)  # fmt: skip
def test_a_condition_reads_as_a_sentence_and_travels_in_the_schema(name, sentence, condition):
    assert json_schema(Cart)["properties"][name]["x-when"] == {"sentence": sentence, "condition": condition}


def test_the_schema_numbers_its_keys_and_has_conditions_of_nested_parts_too():
    schema = json_schema(Cart)
    assert [one["x-order"] for one in schema["properties"].values()] == list(range(len(Cart.model_fields)))
    assert schema["properties"]["power_kw"]["x-synonyms"] == ["strength"]
    assert schema["$defs"]["Wheel"]["properties"]["grip"]["x-when"]["condition"] == {"key": "/road", "in": ["wet"]}
    assert "x-when" not in schema["properties"]["drive"]


@pytest.mark.parametrize(
    ("raw", "sentences"),
    [
        ({}, []),
        ({"drive": "motor", "power_kw": 4}, []),
        ({"power_kw": 4}, ["power_kw: is read only when drive is motor, and drive is hand: it has no effect here."]),
        ({"drive": "horse", "brake_force": 2},
         ["brake_force: is read only when drive is horse or motor and brake is true, and brake is false: "
          "it has no effect here."]),
        ({"rope_m": 2}, ["rope_m: is read only when load_kg is above 0 or drive is horse, and load_kg is 0 and drive is hand: "
                         "it has no effect here."]),
        ({"wage": 2}, ["wage: is read only when driver is given, and driver is empty: it has no effect here."]),
        ({"driver": "Ann", "free": True}, ["free: is read only when driver is not given, and driver is Ann: "
                                           "it has no effect here."]),
        ({"pump": True, "wheels": [{"kind": "steel"}]},
         ["pump: is read only when kind is rubber in one of wheels, and not one of wheels is so: it has no effect here."]),
        ({"pump": True, "wheels": [{"kind": "steel"}, {"kind": "rubber"}]}, []),
        ({"wheels": [{"kind": "rubber", "pressure_bar": 3}, {"pressure_bar": 3}]},
         ["wheels.1.pressure_bar: is read only when kind is rubber, and kind is steel: it has no effect here."]),
        ({"wheels": [{"grip": 3}]}, ["wheels.0.grip: is read only when road is wet, and road is dry: it has no effect here."]),
        ({"wheels": [{"grip": 3}], "road": "wet"}, []),
        ({"ice_kg": 2, "goods": ["hay"]},
         ["ice_kg: is read only when fish is among goods, and not one of goods is so: it has no effect here."]),
        ({"ice_kg": 2, "goods": ["hay", "fish"]}, []),
        ({"wings": 2}, ["wings: is never read (carts do not fly): it has no effect here."]),
    ],
)  # fmt: skip
def test_a_key_that_was_given_and_is_not_read_is_told_with_the_reason(raw, sentences):
    assert told(raw) == sentences


def test_a_default_that_was_set_by_hand_is_told_too_and_one_that_was_not_is_not():
    assert told({"power_kw": 3.0}) == []
    assert len(told({"power_kw": 3.0}, given=["power_kw", "drive", "nothing"])) == 1


def test_the_same_key_in_many_places_is_told_a_few_times_and_counted():
    sentences = told({"wheels": [{"pressure_bar": 3}] * 1000})
    assert [one.partition(":")[0] for one in sentences] == [f"wheels.{at}.pressure_bar" for at in range(3)]
    assert sentences[-1].endswith("it has no effect here. The same holds in 997 other places.")


@pytest.mark.parametrize(
    ("path", "read"),
    [
        ("power_kw", False), ("drive", True), ("wheels", True), ("wheels.0.pressure_bar", False),
        ("wheels.1.pressure_bar", True), ("wheels.9.pressure_bar", True), ("wheels.0.grip", False), ("nothing", True),
    ],
)  # fmt: skip
def test_a_dotted_path_is_read_where_all_that_it_lies_in_is(path, read):
    config = parse(Cart, {"wheels": [{"kind": "steel"}, {"kind": "rubber"}]})
    assert (config.why_unread(path) is None) is read


def test_a_sweep_over_what_no_point_reads_is_refused_and_one_that_some_point_reads_is_not():
    by_hand, by_motor = parse(Cart, {}), parse(Cart, {"drive": "motor"})
    with pytest.raises(ConfigError) as caught:
        check_read(["power_kw"], [by_hand, by_hand])
    assert str(caught.value) == (
        "sweep.power_kw: is read only when drive is motor, and drive is hand: no point of the sweep reads it."
    )
    check_read(["power_kw", "drive"], [by_hand, by_motor])


def test_a_purpose_names_the_keys_that_its_draws_depend_on():
    assert drawn_from(Cart, "road") == ("load_kg",)
    assert keys_of(Cart)["power_kw"].unit == "kW"


def test_an_unknown_key_is_led_from_its_synonym():
    with pytest.raises(ConfigError) as caught:
        parse(Cart, {"strength": 3})
    assert str(caught.value) == "strength: is not a parameter. Did you mean 'power_kw'?"


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("duration", ["populations", "t_ms"], None),
        ("nfsnet", ["nsfnet", "usnet"], "nsfnet"),
        ("k_path", ["k_paths"], "k_paths"),
        ("K-Paths", ["k_paths"], "k_paths"),
        ("epochs", ["num_of_client_epochs", "num_of_rounds"], "num_of_client_epochs"),
        ("seed", ["legacy_seed_config", "legacy_seed_inputs"], None),
        ("neuron", ["neuron_model", "n_e"], "neuron_model"),
        ("beta", ["bias", "zeta_function"], None),
        ("pare", ["pear", "tube"], "pear"),
        ("", ["pear"], None),
        ("x", ["e", "i"], None),
        ("lo", ["low", "to"], "low"),
        ("stimulus", ["stimuli", "timesteps"], "stimuli"),
        ("invalid_network", ["dt_network", "toy_network"], None),
        ("load", ["loads", "load_erlang"], "loads"),
    ],
)
def test_a_suggestion_is_near_or_none(word, known, meant):
    assert suggest(word, known) == (f"Did you mean '{meant}'?" if meant else None)
