"""Template + overrides → FUSION's keys → the Config of a replay; what cannot be honoured is refused with its path."""

import pytest

from quintant.config import parse
from quintant.errors import ConfigError, NotFound
from quintant.labs.optical.config import OpticalConfig
from quintant.labs.optical.contract import decode, ini, options, template

CONTRACT_EXAMPLE = {
    "general_settings": {"network": "nsfnet", "erlang_start": 50, "erlang_stop": 200, "erlang_step": 10, "max_iters": 100},
    "topology_settings": {"k_paths": 3},
}


def general(**keys):
    return {"general_settings": keys}


def test_the_contracts_own_example_is_merged():
    found = decode.decode("default", CONTRACT_EXAMPLE)
    config = found.config
    assert (config.mode, config.topology, config.k_paths, config.replay_iterations) == ("replay", "nsfnet", 3, 100)
    assert config.replay_loads_erlang == tuple(float(load) for load in range(50, 201, 10))
    assert found.merged["topology_settings"]["k_paths"] == found.merged["routing_settings"]["k_paths"] == 3
    assert found.merged["general_settings"]["num_requests"] == 500, "what is not overridden stays the template's"
    assert not found.dialect


def test_default_ini_becomes_the_originals_set_up():
    config = decode.decode("default", {}).config
    assert (config.slots, config.cores, config.k_paths, config.guard_slots, config.max_segments) == (320, 3, 4, 1, 4)
    assert config.replay_loads_erlang == (300, 600, 900, 1200)
    assert (config.requests, config.replay_iterations, config.mean_holding) == (500, 4, 0.2)
    assert (config.directed, config.holding, config.path_order, config.path_ties) == (False, "exponential", "km", "generator")
    assert (config.modulations, config.modulation_choice, config.first) == ("default", "all", "path")
    assert config.replay_stop_at_interval is False, "is_training True switches the confidence stop off"
    assert config.warmup_requests == 0
    assert config.replay_seeds is None


@pytest.mark.parametrize("name", template.NAMES)
def test_every_template_loads_and_its_frozen_ini_gives_the_same_run(name):
    found = decode.decode(name, {})
    assert parse(OpticalConfig, found.config.model_dump(mode="json")) == found.config
    again = decode.examine_ini(ini.render(found.merged))
    assert again.problems == ()
    assert again.decoded.config == found.config
    assert again.decoded.merged == found.merged
    assert decode.decode(name, found.merged).config == found.config


@pytest.mark.parametrize("name", template.NAMES)
def test_every_template_has_a_description_and_typed_values(name):
    shown = template.find(name)
    assert shown.description and not shown.description.startswith("#")
    typed = decode.typed(shown.content)
    assert isinstance(typed["general_settings"]["erlang_start"], float)
    assert isinstance(typed["general_settings"]["dynamic_lps"], bool)
    assert isinstance(typed["general_settings"]["request_distribution"], dict)
    assert decode.decode(name, typed).config == decode.decode(name, {}).config


def test_an_unknown_template_is_not_found():
    with pytest.raises(NotFound, match=r"Template not found: defualt. Did you mean 'default'\?"):
        decode.decode("defualt", {})


@pytest.mark.parametrize(
    ("overrides", "key", "value"),
    [
        (general(network="Pan-European"), "topology", "pan-european"),
        (general(pre_calc_mod_selection=True), "modulation_choice", "best"),
        (general(spectrum_priority="BSC"), "search_order", "band_then_core"),
        (general(route_method="frag_aware"), "routing", "fragmentation_aware"),
        (general(transponder_usage_per_node=True, transponders_per_node=12), "transponders_per_node", 12),
        (general(seed=7), "replay_seeds", (7, 8, 9, 10)),
        (general(seeds=[5, 6, 7, 8]), "replay_seeds", (5, 6, 7, 8)),
        (general(seeds=[5, 6, 7, 8], request_seeds=[4, 3, 2, 1]), "replay_seeds", (4, 3, 2, 1)),
        (general(erlang_start=0.1, erlang_stop=0.5, erlang_step=0.2), "replay_loads_erlang", (0.1, 0.1 + 0.2, 0.1 + 0.2 + 0.2)),
        ({"rl_settings": {"is_training": False}}, "replay_stop_at_interval", True),
        ({"topology_settings": {"const_link_weight": True}}, "unit_lengths", True),
        ({"spectrum_settings": {"l_band": 100}}, "l_slots", 100),
        ({"spectrum_settings": {"guard_slots": 2}}, "guard_slots", 2),
        ({"routing_settings": {"path_ordering": "hops"}}, "path_order", "hops"),
        ({"snr_settings": {"snr_type": "gsnr"}}, "snr", "gsnr"),
        ({"snr_settings": {"input_power": 0.002}}, "input_power_w", 0.002),
        ({"policy_settings": {"policy_name": "least_congested"}}, "routing", "least_congested"),
        (
            {"policy_settings": {"policy_name": "load_balanced"}, "heuristic_settings": {"alpha": 0.25}},
            "congestion_weight",
            0.75,
        ),
    ],
)
def test_a_key_of_fusion_reaches_the_engines_config(overrides, key, value):
    assert getattr(decode.decode("default", overrides).config, key) == value


def test_protection_and_failure_reach_the_engines_config():
    config = decode.decode("survivability_experiment", {"protection_settings": {"disjointness_type": "node"}}).config
    assert config.protection == "node"
    assert (config.failure.kind, config.failure.link, config.failure.at_arrival) == ("link", ("0", "1"), -1)
    assert config.failure.repair_after_arrivals == 500


@pytest.mark.parametrize(
    ("overrides", "path", "message"),
    [
        (
            general(network="nfsnet"),
            "general_settings.network",
            "Unknown network: 'nfsnet'. Available: nsfnet, usnet, cost239,",
        ),
        ({"topology_settings": {"network": "x"}}, "topology_settings.network", "Unknown network: 'x'"),
        (general(erlang_start=-1), "general_settings.erlang_start", "Value must be positive"),
        (general(erlang_stop=100), "general_settings.erlang_stop", "must be at least erlang_start (300.0); got 100.0."),
        (general(erlang_step=1e-6), "general_settings.erlang_step", "gives more than 10000 loads"),
        (general(request_distribution={"100": 0.5}), "general_settings.request_distribution", "must sum to 1; got 0.5."),
        (
            general(request_distribution={"100": 1.5, "25": -0.5}),
            "general_settings.request_distribution",
            "'25' must be at least 0; got -0.5.",
        ),
        (
            general(request_distribution={"150": 1.0}),
            "general_settings.request_distribution",
            "'150' must be a bandwidth of the table DEFAULT: 25, 50, 100, 200, 400 Gb/s.",
        ),
        (
            general(num_requests=7),
            "general_settings.request_distribution.25",
            "must give a whole number of the 7 requests in replay; 0.1 x 7 = 0.7.",
        ),
        (general(route_method="1plus1_protection"), "general_settings.max_segments", "must be 1 with protection"),
        ({"topology_settings": {"is_only_core_node": False}}, "topology_settings.is_only_core_node", None),
        ({"snr_settings": {"snr_type": "snr_e2e_external_resources"}}, "snr_settings.snr_type", None),
        (
            {"failure_settings": {"failure_type": "srlg", "srlg_links": [[0, 1], [0, 13]]}},
            "failure_settings.srlg_links.1",
            "must be a link of 'nsfnet'; '0' and '13' are no neighbours.",
        ),
        (general(seeds=[1]), "general_settings.seeds", "must hold a seed for each of the 4 iterations; got 1."),
        (general(seeds=[1, 2, 3, -4]), "general_settings.seeds", "must hold whole numbers from 0 to 4294967295; got -4."),
        (general(k_paths=0), "general_settings.k_paths", "must be at least 1; got 0."),
        (
            {"failure_settings": {"failure_type": "geo"}},
            "failure_settings.geo_center_node",
            "is required by failure_type 'geo'.",
        ),
        (
            {"protection_settings": {"disjointness_type": "node"}},
            "protection_settings.disjointness_type",
            "'node' needs protection_enabled.",
        ),
        ({"policy_settings": {"policy_name": "random"}}, "policy_settings.policy_name", "'random' is refused: a random choice"),
        (
            {"policy_settings": {"policy_name": "load_balanced"}, **general(route_method="xt_aware")},
            "policy_settings.policy_name",
            "'load_balanced' chooses among the candidates of k_shortest_path",
        ),
        ({"offline_rl_settings": {"policy_type": "bc"}}, "offline_rl_settings.policy_type", "'bc' is refused"),
        ({"ml_settings": {"deploy_model": True}}, "ml_settings.deploy_model", "true is refused"),
        ({"rl_settings": {"path_algorithm": "ppo"}}, "rl_settings.path_algorithm", "'ppo' is refused"),
        (
            {"topology_settings": {"multi_fiber": True}, "snr_settings": {"snr_type": "xt_calculation"}},
            "topology_settings.multi_fiber",
            "means cores without crosstalk, but snr_settings.snr_type asks for crosstalk.",
        ),
        ({"k_paths": 3}, "k_paths", "must be an object of keys; got a number."),
        (general(failed_link_src=["0"]), "general_settings.failed_link_src", "must be a node id; got a list."),
    ],
)
def test_what_cannot_be_honoured_is_refused_with_its_path(overrides, path, message):
    with pytest.raises(ConfigError) as caught:
        decode.decode("default", overrides)
    fault = next(fault for fault in caught.value.problems if fault.path == path)
    assert message is None or fault.message.startswith(message)


def test_every_fault_is_told_at_once():
    with pytest.raises(ConfigError) as caught:
        decode.decode("default", {**general(network="x", erlang_start=-1, max_iters=0), "routing_settings": {"k_paths": 0}})
    assert [fault.path for fault in caught.value.problems] == [
        "general_settings.network",
        "general_settings.erlang_start",
        "general_settings.max_iters",
        "routing_settings.k_paths",
    ]


@pytest.mark.parametrize(
    ("overrides", "path", "message"),
    [
        (general(netwrk="usnet"), "general_settings.netwrk", "Unknown key: 'netwrk'; it has no effect."),
        ({"genral_settings": {}}, "genral_settings", "Unknown section: 'genral_settings'."),
        ({"s2": {"k_paths": 1}}, "s2", "This section configures a second process"),
        (
            general(thread_erlangs=True),
            "general_settings.thread_erlangs",
            "Has no effect: the loads of a run follow each other",
        ),
        (general(seed=3), "general_settings.seed", "Iteration i (from 0) uses the seed plus i."),
        (
            {**general(k_paths=2), "routing_settings": {"k_paths": 5}},
            "routing_settings.k_paths",
            "Overruled by general_settings.k_paths",
        ),
        (
            general(request_distribution={"100": 1.0}),
            "general_settings.request_distribution",
            "No share for 25, 50, 200, 400 Gb/s",
        ),
        (general(failed_link_src=1), "general_settings.failed_link_src", "Has no effect: failure_type is none."),
    ],
)
def test_what_is_accepted_without_effect_is_said_aloud(overrides, path, message):
    found = decode.decode("default", overrides)
    assert any(doubt.path == path and doubt.message.startswith(message) for doubt in found.warnings)


def test_general_settings_win_over_the_keys_own_section():
    overrides = {
        "topology_settings": {"network": "usnet"},
        "routing_settings": {"k_paths": 5},
        **general(network="cost239", k_paths=2),
    }
    config = decode.decode("default", overrides).config
    assert (config.topology, config.k_paths) == ("cost239", 2)


def test_shares_are_put_in_the_order_of_the_modulation_table():
    config = decode.decode("default", general(request_distribution={"400": 0.5, "25.0": 0.5})).config
    assert list(config.demand.shares_by_gbps.items()) == [("25", 0.5), ("50", 0.0), ("100", 0.0), ("200", 0.0), ("400", 0.5)]


def test_every_engine_key_that_fusion_decides_exists():
    fields = set(OpticalConfig.model_fields)
    assert {key.partition(".")[0] for key in options.TABLE.paths} <= fields
    assert set(decode.decode("default", {}).config.model_dump()) == fields


def test_missing_keys_of_a_whole_file_are_named_with_their_defaults():
    found = decode.examine_ini("[general_settings]\nnetwork = usnet\n")
    assert found.decoded.config.topology == "usnet"
    told = {doubt.path: doubt.message for doubt in found.warnings}
    assert told["general_settings.max_iters"] == "Using default value: 4"
    assert "general_settings.network" not in told
