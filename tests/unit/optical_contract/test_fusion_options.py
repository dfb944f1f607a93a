"""The table of FUSION's keys: its defaults fit itself, both spellings read alike, faults say what is allowed."""

import math

import pytest

from quintant.labs.optical import topology
from quintant.labs.optical.contract import options
from quintant.labs.optical.contract.option import Unreadable
from quintant.labs.optical.contract.options import OPTIONS, OWN, SECTIONS


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.path)
def test_every_default_is_readable_and_survives_ini(option):
    assert option.read_json(option.default) == option.default
    assert option.read_text(option.text(option.default)) == option.default


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.path)
def test_every_key_stands_in_a_known_section_and_is_explained(option):
    assert set(option.sections) <= set(SECTIONS)
    assert option.says.endswith(".")
    assert not (option.only and not option.because)


def test_a_key_stands_once_in_a_section():
    assert len({(option.section, option.name) for option in OPTIONS}) == len(OPTIONS)


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        (("general_settings", "erlang_start"), -10, "Value must be positive"),
        (("general_settings", "erlang_start"), math.inf, "must be a finite number; got inf."),
        (("general_settings", "erlang_start"), "300", "must be a number; got '300'."),
        (("general_settings", "erlang_start"), True, "must be a number; got true."),
        (("general_settings", "max_iters"), 2.5, "must be a whole number; got 2.5."),
        (("general_settings", "max_iters"), None, "must be a whole number; got null."),
        (("general_settings", "dynamic_lps"), "True", "must be true or false; got 'True'."),
        (("routing_settings", "k_paths"), 0, "must be at least 1; got 0."),
        (("snr_settings", "beta"), 1.5, "must be at most 1; got 1.5."),
        (("general_settings", "holding_time"), 0, "must be greater than 0 time units; got 0.0."),
        (
            ("general_settings", "allocation_method"),
            "frist_fit",
            "Unknown allocation method: 'frist_fit'. Available: first_fit, ",
        ),
        (("protection_settings", "disjointness_type"), "srlg", "must be one of link, node; got 'srlg'."),
        (("general_settings", "request_distribution"), {"25": "half"}, "must be an object of numbers; got an object."),
        (("failure_settings", "srlg_links"), [["0"]], "must be a list of [source, target] pairs; got a list."),
        (("policy_settings", "policy_type"), "rl", "'rl' is refused: models and learning agents are neither trained"),
        (("general_settings", "mod_assumption_path"), "/etc/passwd", "'/etc/passwd' is refused: the server opens no file"),
        (("general_settings", "num_requests"), 10**400, "must be at most 1000000000"),
        (("general_settings", "erlang_start"), 10**400, "must be a finite number"),
        (("snr_settings", "phi"), {"QPSK": 10**400}, "must be a finite number"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_in_words(path, value, text):
    with pytest.raises(Unreadable) as caught:
        OWN[".".join(path)].read_json(value)
    assert caught.value.message.startswith(text)


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        (("general_settings", "dynamic_lps"), "yes", True),
        (("general_settings", "dynamic_lps"), "0", False),
        (("general_settings", "spectrum_priority"), "None", None),
        (("general_settings", "spectrum_priority"), "bsc", "BSC"),
        (("general_settings", "route_method"), "cong_aware", "congestion_aware"),
        (("general_settings", "request_distribution"), "{'25': 0.5, '50': 0.5}", {"25": 0.5, "50": 0.5}),
        (("general_settings", "seeds"), "[1, 2]", [1, 2]),
        (("failure_settings", "srlg_links"), "[(0, 1), (2, 3)]", [["0", "1"], ["2", "3"]]),
        (("failure_settings", "failure_type"), "none", "none"),
        (("spectrum_settings", "l_band"), "", None),
    ],
)
def test_ini_texts_are_read_as_json_values_are(path, text, value):
    assert OWN[".".join(path)].read_text(text) == value


@pytest.mark.parametrize("text", ["ture", "on", "2"])
def test_a_misspelt_truth_is_not_taken_for_false(text):
    with pytest.raises(Unreadable, match="must be one of true, yes, 1, false, no, 0"):
        OWN["general_settings.dynamic_lps"].read_text(text)


@pytest.mark.parametrize("name", ["NSFNet", "nsfnet", "Pan-European", "pan european", "USbackbone60", "geant_fusion39"])
def test_networks_are_found_as_the_original_spells_them(name):
    assert OWN["general_settings.network"].read_json(name) == topology.find(name).name


def test_networks_list_every_shipped_topology_once():
    assert sorted(options.networks()) == sorted(topology.names())
    assert options.networks()[:3] == ("nsfnet", "usnet", "cost239")


def test_a_key_is_found_in_its_own_section_first_and_anywhere_else_after_that():
    assert options.locate("policy_settings", "k_paths").section == "policy_settings"
    assert options.locate("topology_settings", "k_paths").section == "routing_settings"
    assert options.locate("offline_rl_settings", "policy_type").section == "offline_rl_settings"
    assert options.locate("general_settings", "no_such_key") is None


def test_the_schema_tells_types_enums_bounds_defaults_and_meanings():
    schema = options.schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    general = schema["properties"]["general_settings"]["properties"]
    assert general["network"]["enum"][:3] == ["nsfnet", "usnet", "cost239"]
    assert general["network"]["description"] == "Network topology to simulate."
    assert general["erlang_start"] == {
        "type": "number",
        "minimum": 0,
        "maximum": 1e9,
        "default": 300.0,
        "description": "Starting Erlang value.",
        "unit": "Erlang",
    }
    assert general["erlang_step"]["exclusiveMinimum"] == 0
    assert general["spectrum_priority"]["enum"] == ["BSC", "CSB", None]
    assert "No effect here" in general["thread_erlangs"]["description"]
    assert schema["properties"]["topology_settings"]["properties"]["network"] == general["network"]
    assert schema["properties"]["policy_settings"]["properties"]["policy_type"]["enum"] == ["heuristic"]
    keys = {f"{section}.{name}" for section, part in schema["properties"].items() for name in part["properties"]}
    assert keys == set(OWN)
