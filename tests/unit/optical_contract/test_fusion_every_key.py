"""Every key of FUSION's configuration, one test each: it changes what a run gives, or it is told that it does not, or it is
refused. `EFFECTS` names for each key that has an effect the place where it has one; a key without a line fails."""

from __future__ import annotations

from typing import Any

import pytest

from fusion_configs import run_replay
from quintant.errors import ConfigError
from quintant.labs.optical.contract import decode
from quintant.labs.optical.contract.options import OPTIONS, OWN
from quintant.labs.optical.contract.original import ORIGINAL

BASE = {
    "general_settings.erlang_start": 120.0, "general_settings.erlang_stop": 120.0, "general_settings.num_requests": 200,
    "general_settings.max_iters": 2, "general_settings.max_segments": 1, "topology_settings.cores_per_link": 1,
    "spectrum_settings.c_band": 64,
}  # fmt: skip
CORES = {"topology_settings.cores_per_link": 7, "spectrum_settings.c_band": 20}
SLICED = {"general_settings.max_segments": 8}
NLI = {"snr_settings.snr_type": "snr_calc_nli", "general_settings.holding_time": 0.5}
GSNR = {
    "snr_settings.snr_type": "gsnr", "general_settings.mod_assumption": "MOD_GROOMING", "spectrum_settings.c_band": 480,
    "general_settings.request_distribution": {"100": 0.5, "400": 0.5}, "general_settings.num_requests": 60,
    "snr_settings.phi": dict.fromkeys(("BPSK", "QPSK", "8-QAM", "16-QAM", "32-QAM", "64-QAM"), 0.5),
}  # fmt: skip
XT = {**CORES, "general_settings.route_method": "xt_aware"}
CROSSTALK = {**CORES, "snr_settings.snr_type": "xt_calculation"}
PROTECTED = {"protection_settings.protection_enabled": True}
CUT = {
    "failure_settings.failure_type": "link", "failure_settings.failed_link_src": 2, "failure_settings.failed_link_dst": 5,
    "failure_settings.t_repair_after_arrivals": 50,
}  # fmt: skip
CROSSBAND = {
    **GSNR, "snr_settings.snr_recheck": True, "snr_settings.input_power": 0.004, "spectrum_settings.c_band": 60,
    "spectrum_settings.l_band": 200, "general_settings.num_requests": 100,
}  # fmt: skip
GEO = {**CUT, "failure_settings.failure_type": "geo"}
PARTLY = {**SLICED, "general_settings.dynamic_lps": True, "spectrum_settings.c_band": 24}
BALANCED = {"policy_settings.policy_name": "load_balanced"}

EFFECTS: dict[str, tuple[dict[str, Any], Any, Any]] = {
    "general_settings.network": ({}, "nsfnet", "usnet"),
    "general_settings.erlang_start": ({}, 100.0, 120.0),
    "general_settings.erlang_stop": ({"general_settings.erlang_step": 100.0}, 120.0, 220.0),
    "general_settings.erlang_step": ({"general_settings.erlang_stop": 220.0}, 100.0, 50.0),
    "general_settings.num_requests": ({}, 200, 400),
    "general_settings.max_iters": ({}, 1, 2),
    "general_settings.holding_time": ({"failure_settings.failure_type": "none"}, 0.2, 0.4),
    "general_settings.request_distribution": ({}, {"100": 1.0}, {"400": 1.0}),
    "general_settings.mod_assumption": (
        {"general_settings.request_distribution": {"100": 1.0}}, "DEFAULT", "XTAR_ASSUMPTIONS",
    ),
    "general_settings.route_method": ({}, "k_shortest_path", "shortest_path"),
    "general_settings.allocation_method": ({"general_settings.save_start_end_slots": True}, "first_fit", "last_fit"),
    "general_settings.guard_slots": ({}, 0, 1),
    "general_settings.spectrum_priority": (
        {**CORES, "spectrum_settings.l_band": 20}, "BSC", "CSB",
    ),
    "general_settings.pre_calc_mod_selection": (NLI, True, False),
    "general_settings.fixed_grid": ({}, True, False),
    "general_settings.dynamic_lps": (SLICED, True, False),
    "general_settings.max_segments": ({}, 1, 8),
    "general_settings.is_grooming_enabled": ({}, True, False),
    "general_settings.can_partially_serve": (PARTLY, True, False),
    "general_settings.transponder_usage_per_node": ({"general_settings.transponders_per_node": 4}, True, False),
    "general_settings.transponders_per_node": ({"general_settings.transponder_usage_per_node": True}, None, 4),
    "general_settings.save_step": ({"general_settings.max_iters": 4}, 2, 10),
    "general_settings.save_start_end_slots": ({}, True, False),
    "general_settings.seed": ({}, None, 7),
    "general_settings.seeds": ({}, None, [7, 8]),
    "general_settings.request_seeds": ({"general_settings.seeds": [7, 8]}, None, [9, 10]),
    "general_settings.load_per_core": (CORES, True, False),
    "topology_settings.bw_per_slot": (NLI, 12.5, 50.0),
    "topology_settings.cores_per_link": ({}, 1, 3),
    "topology_settings.const_link_weight": ({}, True, False),
    "topology_settings.is_only_core_node": ({"general_settings.network": "usbackbone60"}, True, False),
    "routing_settings.k_paths": ({}, 1, 4),
    "routing_settings.path_ordering": ({}, "length", "hops"),
    "routing_settings.ca_alpha": ({"general_settings.route_method": "congestion_aware"}, 0.0, 1.0),
    "spectrum_settings.c_band": ({}, 64, 32),
    **{f"spectrum_settings.{band}_band": ({}, None, 32) for band in "lsoe"},
    "snr_settings.snr_type": ({}, None, "snr_calc_nli"),
    "snr_settings.xt_type": (XT, "with_length", "without_length"),
    "snr_settings.beta": ({**XT, "snr_settings.xt_type": "with_length"}, 0.0, 1.0),
    "snr_settings.input_power": (NLI, 0.001, 0.02),
    "snr_settings.egn_model": ({**NLI, "snr_settings.input_power": 0.003}, True, False),
    "snr_settings.phi": (GSNR, GSNR["snr_settings.phi"], {**GSNR["snr_settings.phi"], "64-QAM": 1.0}),
    "snr_settings.xt_noise": ({**NLI, **CORES}, True, False),
    "snr_settings.requested_xt": (
        CROSSTALK, {"QPSK": -26.19, "16-QAM": -36.69, "64-QAM": -41.69}, {"QPSK": -90.0, "16-QAM": -90.0, "64-QAM": -90.0},
    ),
    "snr_settings.snr_recheck": (NLI, True, False),
    "snr_settings.recheck_adjacent_cores": ({**CROSSTALK, "snr_settings.snr_recheck": True}, True, False),
    "snr_settings.recheck_crossband": (CROSSBAND, True, False),
    "rl_settings.is_training": ({"general_settings.max_iters": 12}, True, False),
    "policy_settings.policy_name": ({}, "first_feasible", "least_congested"),
    "policy_settings.k_paths": (BALANCED, None, 2),
    "heuristic_settings.alpha": (BALANCED, 0.0, 1.0),
    "protection_settings.protection_enabled": ({}, True, False),
    "protection_settings.disjointness_type": ({**PROTECTED, "general_settings.network": "usnet"}, "link", "node"),
    "protection_settings.protection_switchover_ms": ({**PROTECTED, **CUT}, 50.0, 10.0),
    "protection_settings.restoration_latency_ms": (CUT, 100.0, 10.0),
    "protection_settings.revert_to_primary": ({**PROTECTED, **CUT}, True, False),
    "failure_settings.failure_type": ({key: value for key, value in CUT.items() if not key.endswith("type")}, "none", "link"),
    "failure_settings.t_fail_arrival_index": (CUT, 20, 60),
    "failure_settings.t_repair_after_arrivals": (CUT, 5, 80),
    "failure_settings.failed_link_src": (CUT, 2, 4),
    "failure_settings.failed_link_dst": (CUT, 5, 1),
    "failure_settings.failed_node_id": ({**CUT, "failure_settings.failure_type": "node"}, 5, 8),
    "failure_settings.srlg_links": (
        {**CUT, "failure_settings.failure_type": "srlg"}, [[2, 5]], [[0, 1], [2, 5]],
    ),
    "failure_settings.geo_center_node": ({**GEO, "failure_settings.geo_hop_radius": 1}, 5, 8),
    "failure_settings.geo_hop_radius": ({**GEO, "failure_settings.geo_center_node": 5}, 1, 2),
}  # fmt: skip
"""Path of a key -> (the other keys, two values that give different results there)."""
REFUSED = {"topology_settings.multi_fiber": (CROSSTALK, True)}
"""Path of a key -> (the other keys, the value that does not go with them)."""


def nested(keys: dict[str, Any]) -> dict[str, dict[str, Any]]:
    sections: dict[str, dict[str, Any]] = {}
    for path, value in keys.items():
        section, _, name = path.rpartition(".")
        sections.setdefault(section, {})[name] = value
    return sections


def decoded(keys: dict[str, Any]) -> decode.Decoded:
    return decode.decode("default", nested({**BASE, **keys}))


def given(keys: dict[str, Any]) -> tuple[Any, Any, Any]:
    result, _, _ = run_replay(decoded(keys).config)
    return result.metrics, result.tables, result.documents["fusion"]


def another(option: Any) -> Any:
    """A value that is neither the default nor one of those that are run here, of the option's type."""
    match option.form:
        case "bool":
            return not option.default
        case "int":
            return (option.default or 0) + 3
        case "float":
            return (option.default or 0.0) + 0.25
        case "seeds":
            return [3, 4]
        case "any":
            return ["entropy"]
    return next((word for word in option.choices if word not in (option.default, *option.only)), "something")


def test_every_key_has_its_word_about_the_original_and_no_key_has_two():
    assert set(ORIGINAL) == {option.path for option in OPTIONS}


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.path)
def test_a_key_changes_the_run_or_is_told_or_refused(option):
    if option.path in EFFECTS:
        others, one, other = EFFECTS[option.path]
        rest = {path: value for path, value in others.items() if path != option.path}
        assert given({**rest, option.path: one}) != given({**rest, option.path: other})
    elif option.idle:
        found = decoded({option.path: another(option)})
        assert [w.message for w in found.dialect if w.path == option.path] == [f"Has no effect: {option.idle}."]
        assert found.config == decoded({}).config
    elif option.only:
        with pytest.raises(ConfigError) as caught:
            decoded({option.path: another(option)})
        assert caught.value.problems[0].path == option.path and "is refused" in caught.value.problems[0].message
    else:
        others, value = REFUSED[option.path]
        with pytest.raises(ConfigError, match="cores without crosstalk"):
            decoded({**others, option.path: value})


def test_counting_transponders_blocks_nothing_as_in_the_original():
    """The issue's set-up: one core, k 3, 320 slots, 100 Erlang, 1000 requests of the default template on NSFNet."""
    keys = {
        "general_settings.erlang_start": 100.0, "general_settings.erlang_stop": 100.0, "general_settings.num_requests": 1000,
        "general_settings.max_iters": 1, "routing_settings.k_paths": 3, "spectrum_settings.c_band": 320,
    }  # fmt: skip
    count = {**keys, "general_settings.transponder_usage_per_node": True}
    assert given(count) == given(keys) and given(keys)[0]["blocking"].value == pytest.approx(0.105)
    assert "Blocks nothing" in next(w.message for w in decoded(count).dialect if "transponder" in w.path)
    assert given({**count, "general_settings.transponders_per_node": 10})[0]["blocking"].value > 0.4


@pytest.mark.parametrize(
    ("keys", "path", "words"),
    [
        ({"policy_settings.k_paths": 2}, "policy_settings.k_paths", "policy_name is first_feasible"),
        ({**BALANCED, "policy_settings.k_paths": 9}, "policy_settings.k_paths", "routing_settings.k_paths is smaller (4)"),
        ({**BALANCED, "routing_settings.ca_alpha": 0.9}, "routing_settings.ca_alpha", "policy_name is load_balanced"),
        ({"routing_settings.ca_alpha": 0.9}, "routing_settings.ca_alpha", "read only when route_method is congestion_aware"),
        ({"snr_settings.beta": 0.9}, "snr_settings.beta", "route_method is nli_aware"),
        ({"snr_settings.egn_model": True}, "snr_settings.egn_model", "snr_type is snr_calc_nli, and snr_type is None"),
        ({"snr_settings.requested_xt": {"QPSK": -1.0}}, "snr_settings.requested_xt", "snr_type is xt_calculation"),
        ({"snr_settings.snr_recheck": True}, "snr_settings.snr_recheck", "snr_type is not None"),
        ({"general_settings.dynamic_lps": True}, "general_settings.dynamic_lps", "max_segments is above 1"),
        ({"general_settings.spectrum_priority": "BSC"}, "general_settings.spectrum_priority", "cores_per_link is above 1"),
        ({"topology_settings.bw_per_slot": 50.0}, "topology_settings.bw_per_slot", "computed from a spectral efficiency"),
        ({"protection_settings.revert_to_primary": True}, "protection_settings.revert_to_primary", "paths are protected"),
        ({"heuristic_settings.alpha": 0.9}, "heuristic_settings.alpha", "policy_name is not load_balanced"),
        ({"general_settings.transponders_per_node": 4}, "general_settings.transponders_per_node", "usage_per_node is false"),
        ({"failure_settings.geo_hop_radius": 4}, "failure_settings.geo_hop_radius", "failure_type is none"),
    ],
)  # fmt: skip
def test_a_key_that_is_not_read_there_is_told(keys, path, words):
    found = decoded(keys)
    messages = [w.message for w in found.dialect if w.path == path]
    assert len(messages) == 1 and messages[0].startswith("Has no effect") and words in messages[0]
    without = {key: value for key, value in keys.items() if key != path}
    assert given(keys) == given(without)


def test_a_configuration_sent_back_is_told_of_nothing_new():
    found = decode.decode("survivability_experiment", {})
    again = decode.decode("survivability_experiment", found.merged)
    assert [w for w in again.dialect if "no effect" in w.message] == [w for w in found.dialect if "no effect" in w.message]


def test_paths_name_keys():
    for path in (*EFFECTS, *REFUSED):
        section, _, name = path.rpartition(".")
        assert f"{section}.{name}" in OWN
