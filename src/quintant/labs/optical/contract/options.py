"""Every FUSION key, as one table: it feeds parsing, validation, the JSON Schema and the templates' typed view.

Keys, types and defaults are those of SDNNetSim/FUSION's INI schema and default.ini. Where the contract and the original
disagree on a key's section (`network`), the key stands in both; any known key is understood in any section.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from quintant.json_value import Json
from quintant.labs.optical.config import OpticalConfig
from quintant.labs.optical.contract.option import FormName, Option
from quintant.wire.reader import Table

LARGEST = 1_000_000_000
SCHEMA = "https://json-schema.org/draft/2020-12/schema"

SECTIONS: Mapping[str, str] = MappingProxyType(
    {
        "general_settings": "Loads, requests, iterations, modulation table and the policies for routing and allocation.",
        "topology_settings": "The network and its fibres.",
        "routing_settings": "Candidate paths.",
        "spectrum_settings": "Frequency slots per band.",
        "file_settings": "Output files.",
        "snr_settings": "Physical-layer checks.",
        "rl_settings": "Reinforcement learning (the original's legacy section); is_training also decides the confidence stop.",
        "ml_settings": "Machine-learning models.",
        "policy_settings": "Path-selection policy.",
        "heuristic_settings": "Parameters of heuristic policies.",
        "protection_settings": "1+1 protection.",
        "failure_settings": "What fails, when, and for how long.",
        "recovery_timing_settings": "Recovery times.",
        "offline_rl_settings": "Policies learned offline.",
        "dataset_logging_settings": "Data sets for offline learning.",
        "reporting_settings": "Reports.",
    }
)

NO_MODELS = (
    "models and learning agents are neither trained nor deployed here, and leaving them out would change what you asked for"
)
NO_AGENT = "no agent is trained or deployed in a simulation run; route_method and allocation_method decide"
NO_DATASET = "no training data set is written here"
ROUTES = (
    "k_shortest_path", "shortest_path", "least_congested", "congestion_aware", "fragmentation_aware", "nli_aware", "xt_aware",
    "external_ksp", "1plus1_protection",
)  # fmt: skip
ROUTE_ALIASES = {"cong_aware": "congestion_aware", "frag_aware": "fragmentation_aware"}
ALLOCATIONS = ("first_fit", "last_fit", "best_fit", "priority_first", "priority_last", "xt_aware")
TABLES = ("DEFAULT", "XTAR_ASSUMPTIONS", "XTAR_ASSUMPTIONS_B", "SNR_ASSUMPTIONS", "MOD_GROOMING")
POLICIES = ("first_feasible", "shortest", "shortest_feasible", "least_congested", "load_balanced")
MODULATION_FILE = "data/json_input/example_mods/default_mod_formats.json"
AGENTS = ("q_learning", "epsilon_greedy_bandit", "ucb_bandit", "ppo", "a2c", "dqn", "qr_dqn", "first_fit")
AGENT_KEYS: tuple[tuple[str, FormName, Json, str], ...] = (
    ("obs_space", "str", "obs_3", "Observation space."), ("n_trials", "int", 1, "Trials."),
    ("device", "str", "cpu", "Device of the agents."), ("optuna_trials", "int", 1, "Hyper-parameter trials."),
    ("render_mode", "str", None, "Rendering."), ("super_channel_space", "int", 3, "Super-channel candidates."),
    ("alpha_start", "float", 0.000215, "Learning rate at the start."),
    ("alpha_end", "float", 0.000215, "Learning rate at the end."),
    ("alpha_update", "str", "linear_decay", "Schedule of the learning rate."), ("gamma", "float", 0.1, "Discount."),
    ("epsilon_start", "float", 0.01, "Exploration at the start."), ("epsilon_end", "float", 0.01, "Exploration at the end."),
    ("epsilon_update", "str", "exp_decay", "Schedule of the exploration."), ("path_levels", "int", 2, "Congestion levels."),
    ("decay_rate", "float", 0.4, "Decay."), ("feature_extractor", "str", "path_gnn", "Feature extractor."),
    ("gnn_type", "str", "graph_conv", "Graph network."), ("layers", "int", 2, "Layers."),
    ("emb_dim", "int", 64, "Embedding width."), ("heads", "int", 4, "Attention heads."),
    ("conf_param", "float", 2.0, "Confidence of the UCB bandit."), ("cong_cutoff", "float", 0.9, "Congestion cut-off."),
    ("reward", "float", 1.0, "Reward of a served request."), ("penalty", "float", -10.0, "Reward of a blocked one."),
    ("dynamic_reward", "bool", False, "Reward by congestion."), ("core_beta", "float", 0.1, "Weight of the core reward."),
)  # fmt: skip
"""What programs that train agents read: the same in every run here."""


def networks() -> tuple[str, ...]:
    """Names of the shipped topologies; the ones that the contract and the original name come first."""
    from quintant.labs.optical import topology

    first = (
        "nsfnet", "usnet", "cost239", "pan-european", "usbackbone60", "spainbackbone30", "geant", "toy_network", "metro_net",
        "dt_network",
    )  # fmt: skip
    known = topology.names()
    return (*(name for name in first if name in known), *(name for name in known if name not in first))


class _Network(Option):
    """The network's name: case, hyphens, underscores and spaces do not matter, as in the original's file names."""

    def _chosen(self, value: str) -> str:
        from quintant.labs.optical import topology

        folded = {_folded(name): name for name in (*topology.ALIASES, *topology.names())}
        name = folded.get(_folded(value), value)
        return super()._chosen(topology.ALIASES.get(name, name))


def _folded(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter not in "-_ ")


def _row(name: str, form: FormName, default: Json, says: str, **more: Json) -> dict[str, Json]:
    bounds = {"most": LARGEST} if form == "int" else {}
    return {"path": name, "form": form, "default": default, "says": says, "nullable": default is None, **bounds, **more}


def _needed(name: str, form: FormName, default: Json, says: str, **more: Json) -> dict[str, Json]:
    return _row(name, form, default, says, required=True, **more)


def _section(section: str, *rows: dict[str, Json]) -> list[Option]:
    kinds = {"network": _Network}
    return [kinds.get(row["path"], Option)(**{**row, "path": f"{section}.{row['path']}"}) for row in rows]


OPTIONS: tuple[Option, ...] = (
    *_section(
        "general_settings",
        _needed("network", "str", "nsfnet", "Network topology to simulate.", key="topology", essential=True, allowed=networks,
            noun="network", aliases=("topology_settings.network",)),
        _needed("erlang_start", "float", 300.0, "Starting Erlang value.", least=0, most=1e9, unit="Erlang", essential=True),
        _needed("erlang_stop", "float", 1200.0, "Last Erlang value, included.", least=0, most=1e9, unit="Erlang",
            essential=True),
        _needed("erlang_step", "float", 300.0, "Distance between two loads.", above=0, most=1e9, unit="Erlang", essential=True),
        _needed("num_requests", "int", 500, "Arrivals per iteration; each bandwidth's share of them must be a whole number.",
            key="requests", least=1, essential=True),
        _needed("max_iters", "int", 4, "Iterations per load, each from an empty network with its own seed.",
            key="replay_iterations", least=1, most=100_000, essential=True),
        _needed("holding_time", "float", 0.2, "Mean of the exponential holding time.", key="mean_holding", above=0, most=1e12,
            unit="time units"),
        _needed("request_distribution", "shares", {"25": 0.1, "50": 0.1, "100": 0.5, "200": 0.2, "400": 0.1},
            "Share of the requests by bandwidth in Gb/s; the bandwidths are those of the modulation table, the shares sum to "
            "1."),
        _needed("mod_assumption", "str", "DEFAULT", "Modulation table: reach and slots of each format by bandwidth.",
            allowed=TABLES, any_case=True, noun="modulation table"),
        _needed("mod_assumption_path", "str", MODULATION_FILE, "File of the modulation tables.", nullable=True,
            only=(MODULATION_FILE, None),
            because="the server opens no file that a request names; the tables of this one are shipped with it"),
        _needed("route_method", "str", "k_shortest_path", "How the candidate paths of a request are found.", key="routing",
            allowed=ROUTES, spellings=ROUTE_ALIASES, noun="route method"),
        _needed("allocation_method", "str", "first_fit", "Which free slots a lightpath takes.", key="allocation",
            allowed=ALLOCATIONS, noun="allocation method"),
        _needed("guard_slots", "int", 1, "Guard slots per allocation.", key="guard_slots", least=0, most=100, unit="slots"),
        _needed("spectrum_priority", "str", None, "BSC: bands before cores; CSB or None: cores before bands.",
            allowed=("BSC", "CSB"), any_case=True),
        _needed("pre_calc_mod_selection", "bool", False,
            "True: only the most efficient format that reaches; False: every one that reaches, efficient ones first."),
        _needed("fixed_grid", "bool", False, "Every lightpath takes one slot.", key="fixed_grid"),
        _needed("dynamic_lps", "bool", False, "Slice requests dynamically, formats chosen by SNR.", key="dynamic_slicing"),
        _needed("max_segments", "int", 4, "Into how many lightpaths a request may be sliced; 1 means no slicing.",
            key="max_segments", least=1, most=100),
        _needed("is_grooming_enabled", "bool", False, "Fill spare bandwidth of existing lightpaths.", key="grooming"),
        _needed("can_partially_serve", "bool", False, "Accept a request that is only partly served.", key="partial_service"),
        _needed("transponder_usage_per_node", "bool", False,
            "Count the transponders at each node; with transponders_per_node, no more than these. Without, nothing is "
            "limited."),
        _row("transponders_per_node", "int", None,
            "Transponders at each node, read with transponder_usage_per_node; no limit when empty.", least=1, most=1_000_000),
        _needed("save_step", "int", 10, "Keep the statistics of every n-th iteration, first and last always.",
            key="replay_save_step", least=1),
        _needed("save_start_end_slots", "bool", False, "Keep start and end slots of every lightpath.", key="replay_save_slots"),
        _needed("print_step", "int", 15, "Log every n-th iteration.", least=1,
            idle="the log and the progress stream tell of every iteration"),
        _needed("save_snapshots", "bool", False, "Keep snapshots of the network.", only=(False,),
            because="snapshots are an empty placeholder in the original too"),
        _needed("snapshot_step", "int", 10, "Requests between two snapshots.", least=1, idle="no snapshots are taken"),
        _needed("thread_erlangs", "bool", False, "One process per load.",
            idle="the loads of a run follow each other in one process; the results are the same"),
        _needed("blocking_type_ci", "bool", False, "Unused in the original.", idle="nothing reads it, as in the original"),
        _row("seed", "int", None, "Seed of the first iteration; the next ones count on from it.", least=0, most=2**32 - 1),
        _row("seeds", "seeds", None, "Seed of each iteration."),
        _row("request_seeds", "seeds", None, "Seed of each iteration; wins over seeds and seed."),
        _row("rl_seed", "int", None, "Seed of learning agents.", least=0, idle=NO_AGENT),
        _row("filter_mods", "any", None, "Filter of modulation formats.", only=(None, False, "False", "false"),
            because="its meaning is not documented; name a modulation table by mod_assumption"),
        _row("fragmentation_metrics", "any", None, "Fragmentation measures to log.", idle="no fragmentation log is written"),
        _row("frag_calc_step", "int", 100, "Requests between two fragmentation measurements.", least=1,
            idle="no fragmentation log is written"),
        _row("verbose_logging", "bool", False, "Log more.", idle="the log tells of every iteration"),
        _row("log_level", "str", "WARNING", "Level of the log.", allowed=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
            any_case=True, idle="the log tells of every iteration, and the original's engine never reads it"),
        _row("load_per_core", "bool", False,
            "Multiply the arrival rate by the cores per link, as the original's legacy multi-process runner does.",
            key="replay_load_per_core"),
    ),
    *_section(
        "topology_settings",
        _needed("bw_per_slot", "float", 12.5, "Width of one slot.", key="slot_width_ghz", above=0, most=1e6, unit="GHz"),
        _needed("cores_per_link", "int", 3, "Cores per fibre.", key="cores", least=1, most=19),
        _needed("const_link_weight", "bool", False, "Take every link as 1 km long.", key="unit_lengths"),
        _needed("is_only_core_node", "bool", True,
            "True: every node originates traffic; False: only the core nodes that the topology lists (the name is the "
            "original's)."),
        _needed("multi_fiber", "bool", False, "Cores are separate fibres, without crosstalk between them."),
        _row("bi_directional", "bool", True, "Both directions of a fibre share one spectrum.", only=(True,),
            because="fibres are undirected in this model, as in the original"),
    ),
    *_section(
        "routing_settings",
        _row("k_paths", "int", 4, "Candidate paths per node pair.", key="k_paths", least=1, most=200, essential=True),
        _row("path_ordering", "str", "length", "Order of the candidates.", allowed=("hops", "length", "latency")),
        _row("precompute_paths", "bool", True, "Compute the candidates once.",
            idle="they are always computed once; the result is the same"),
        _row("ca_alpha", "float", 0.3, "Weight of occupancy against length in congestion-aware routing.",
            key="congestion_weight", least=0, most=1),
    ),
    *_section(
        "spectrum_settings",
        _needed("c_band", "int", 320, "Slots in the C band.", key="slots", least=1, most=100_000, unit="slots", essential=True),
        *(
            _row(f"{band}_band", "int", None, f"Slots in the {band.upper()} band; none when empty.", least=1, most=100_000,
                unit="slots")
            for band in "lsoe"
        ),
    ),
    *_section(
        "file_settings",
        _needed("file_type", "str", "json", "Format of the result files.", only=("json",),
            because="only JSON is written, as in the original, where csv and xlsx end in an error"),
        _row("run_id", "str", None, "Name of the run's folder.", idle="the service gives every run its own id"),
    ),
    *_section(
        "snr_settings",
        _needed("snr_type", "str", None, "Signal-quality check of each new lightpath.",
            allowed=("snr_calc_nli", "xt_calculation", "gsnr", "snr_e2e_external_resources"), noun="snr_type"),
        _needed("xt_type", "str", "without_length", "Whether the crosstalk cost of xt_aware routing counts length.",
            key="xt_type", allowed=("with_length", "without_length")),
        _needed("beta", "float", 0.5, "Weight of length against the link cost in xt_aware and nli_aware routing.", key="beta",
            least=0, most=1),
        _needed("theta", "float", 0.0, "Unused in the original.", idle="nothing reads it, as in the original"),
        _needed("input_power", "float", 0.001, "Launch power per channel.", key="input_power_w", above=0, most=1e3, unit="W"),
        _needed("egn_model", "bool", False, "Apply the EGN correction.", key="egn"),
        _needed("phi", "shares", {"QPSK": 1.0, "16-QAM": 0.68, "64-QAM": 0.6190476190476191},
            "EGN modulation factor by format.", key="phi"),
        _needed("bi_directional", "bool", True, "Both directions of a fibre are lit.", only=(True,),
            because="fibres are undirected in this model, as in the original"),
        _needed("xt_noise", "bool", False, "Add inter-core crosstalk to the noise of the NLI check.", key="xt_noise"),
        _needed("requested_xt", "shares", {"QPSK": -26.19, "16-QAM": -36.69, "64-QAM": -41.69},
            "Highest crosstalk that each format accepts.", key="requested_xt_db", unit="dB"),
        _needed("snr_recheck", "bool", False, "Re-check every lightpath that shares a link with a new one.", key="snr_recheck"),
        _needed("recheck_adjacent_cores", "bool", False, "The re-check covers adjacent cores too.",
            key="recheck_adjacent_cores"),
        _needed("recheck_crossband", "bool", False, "The re-check covers other bands too.", key="recheck_crossband"),
    ),
    *_section(
        "rl_settings",
        _row("is_training", "bool", True, "False: stop a load once its 90 % interval is within 5 % of the mean blocking."),
        *(
            _row(f"{part}_algorithm", "str", "first_fit", f"Algorithm of the {part} agent.", allowed=AGENTS,
                only=("first_fit",), because=f"{NO_MODELS}; route_method and allocation_method name what is simulated")
            for part in ("path", "core", "spectrum")
        ),
        *(
            _row(f"{part}_model", "str", None, f"Trained model of the {part} agent.", only=(None,), because=NO_MODELS)
            for part in ("path", "core", "spectrum")
        ),
        _row("optimize_hyperparameters", "bool", False, "Search hyper-parameters.", only=(False,), because=NO_MODELS),
        *(_row(*row, idle=NO_AGENT) for row in AGENT_KEYS),
    ),
    *_section(
        "ml_settings",
        _needed("deploy_model", "bool", False, "Let a trained model choose the slicing.", only=(False,), because=NO_MODELS),
        _row("output_train_data", "bool", False, "Write training data.", only=(False,), because=NO_DATASET),
        _row("ml_training", "bool", False, "Train a model.", only=(False,), because=NO_MODELS),
        _row("ml_model", "str", None, "Kind of model.", only=(None,), because=NO_MODELS),
        _row("train_file_path", "str", None, "Training data.", only=(None,), because=NO_MODELS),
        _row("test_size", "float", 0.3, "Share of the data held back.", least=0, most=1, idle="no model is trained"),
    ),
    *_section(
        "policy_settings",
        _row("policy_type", "str", "heuristic", "Kind of path-selection policy.", allowed=("heuristic", "ml", "rl"),
            only=("heuristic",), because=NO_MODELS),
        _row("policy_name", "str", "first_feasible",
            "Path-selection policy: the first path that fits, the least congested one, or a balance of length and congestion.",
            allowed=(*POLICIES, "random", "random_feasible"),
            only=POLICIES,
            because="a random choice of the path is not part of the simulated model"),
        _row("model_path", "str", None, "Model of a learned policy.", only=(None,), because=NO_MODELS),
        _row("fallback_policy", "str", "first_feasible", "Policy where a model has no answer.", idle="no model is deployed"),
        _row("k_paths", "int", None, "Candidate paths of the policy; routing_settings.k_paths when empty.", least=1, most=200),
        _row("seed", "int", None, "Seed of a random policy.", idle="no random policy is run"),
        _row("algorithm", "str", "PPO", "Learning algorithm.", idle=NO_AGENT),
        _row("device", "str", "cpu", "Device of a model.", idle="no model is deployed"),
    ),
    *_section(
        "heuristic_settings",
        _row("alpha", "float", 0.5, "load_balanced: weight of length; the rest is congestion.", least=0, most=1),
        _row("seed", "int", None, "Seed of a random heuristic.", idle="no random policy is run"),
    ),
    *_section(
        "protection_settings",
        _row("protection_enabled", "bool", False, "1+1 protection: every request takes a working and a backup path."),
        _row("disjointness_type", "str", "link", "What the two paths may not share.", allowed=("link", "node")),
        _row("protection_switchover_ms", "float", 50.0, "Time to switch to the backup.", key="protection_switchover_ms",
            least=0, most=1e9, unit="ms"),
        _row("restoration_latency_ms", "float", 100.0, "Time of a restoration.", key="restoration_latency_ms", least=0,
            most=1e9, unit="ms"),
        _row("revert_to_primary", "bool", False, "Switch back after the repair.", key="revert_to_primary"),
    ),
    *_section(
        "failure_settings",
        _row("failure_type", "str", "none", "What fails.", allowed=("none", "link", "node", "srlg", "geo")),
        _row("t_fail_arrival_index", "int", -1, "Arrival at which it fails; -1 is the middle one.", least=-1, unit="arrivals"),
        _row("t_repair_after_arrivals", "int", 1000, "Arrivals until the repair.", least=1, unit="arrivals"),
        _row("failed_link_src", "node", None, "One end of the failed link."),
        _row("failed_link_dst", "node", None, "Its other end."),
        _row("failed_node_id", "node", None, "The failed node."),
        _row("srlg_links", "pairs", None, "Links of the shared-risk group."),
        _row("geo_center_node", "node", None, "Centre of the failed region."),
        _row("geo_hop_radius", "int", 2, "Radius of the failed region.", least=1, most=1000, unit="hops"),
    ),
    *_section(
        "recovery_timing_settings",
        _row("failure_window_size", "int", 1000, "Arrivals over which a failure is reported.", least=1, unit="arrivals",
            idle="counts are given for the whole iteration"),
    ),
    *_section(
        "offline_rl_settings",
        _row("policy_type", "str", "ksp_ff", "Policy: KSP-FF, 1+1, behaviour cloning or implicit Q-learning.",
            allowed=("ksp_ff", "one_plus_one", "bc", "iql"), only=("ksp_ff",),
            because=f"{NO_MODELS}; for 1+1 set general_settings.route_method to 1plus1_protection"),
        *(_row(f"{name}_model_path", "str", None, "Trained model.", only=(None,), because=NO_MODELS) for name in ("bc", "iql")),
        _row("device", "str", "cpu", "Device of the model.", idle="no model is deployed"),
        _row("fallback_policy", "str", "ksp_ff", "Policy where the model has no answer.", idle="no model is deployed"),
    ),
    *_section(
        "dataset_logging_settings",
        _row("log_offline_dataset", "bool", False, "Write a data set of decisions.", only=(False,), because=NO_DATASET),
        _row("dataset_output_path", "str", None, "Where to.", idle=NO_DATASET),
        _row("epsilon_mix", "float", 0.1, "Share of random decisions in it.", least=0, most=1, idle=NO_DATASET),
    ),
    *_section(
        "reporting_settings",
        _row("export_csv", "bool", False, "Write a table of the loads; every run has it, as loads.csv beside its results.",
            idle="loads.csv is always written"),
        _row("csv_output_path", "str", None, "Where to.", idle="loads.csv stands in the run's folder"),
        _row("aggregate_seeds", "bool", False, "Aggregate over seeds.",
            idle="every load states mean and interval over its iterations"),
        _row("seed_list", "seeds", None, "Seeds to aggregate over.", only=(None,),
            because="one run has one seed per iteration; name them in general_settings.seeds"),
    ),
)  # fmt: skip
MADE = {
    "load_erlang": "general_settings.erlang_start",
    "replay_loads_erlang": "general_settings.erlang_start",
    "replay_seeds": "general_settings.seeds",
    "replay_stop_at_interval": "rl_settings.is_training",
    "demand": "general_settings.request_distribution",
    "demand.shares_by_gbps": "general_settings.request_distribution",
    "modulations": "general_settings.mod_assumption",
    "modulation_choice": "general_settings.pre_calc_mod_selection",
    "traffic_nodes": "topology_settings.is_only_core_node",
    "search_order": "general_settings.spectrum_priority",
    "path_order": "routing_settings.path_ordering",
    "snr": "snr_settings.snr_type",
    "transponders_per_node": "general_settings.transponders_per_node",
    "protection": "protection_settings.protection_enabled",
    "failure": "failure_settings.failure_type",
    "failure.link": "failure_settings.failed_link_src",
    "failure.node": "failure_settings.failed_node_id",
    "failure.links": "failure_settings.srlg_links",
    "failure.center_node": "failure_settings.geo_center_node",
    "failure.hop_radius": "failure_settings.geo_hop_radius",
    "failure.at_arrival": "failure_settings.t_fail_arrival_index",
    "failure.repair_after_arrivals": "failure_settings.t_repair_after_arrivals",
    **{f"{band}_slots": f"spectrum_settings.{band}_band" for band in "lsoe"},
}
"""Keys of an OpticalConfig that are made of several of FUSION's, and the one to name when such a key is at fault."""
TABLE = Table(OpticalConfig, OPTIONS, made=MADE, rewords=False)


def locate(section: str, name: str) -> Option | None:
    """The option that `name` means in `section`: its own, else the first of that name anywhere, else None."""
    return OWN.get(f"{section}.{name}") or ANYWHERE.get(name)


OWN: Mapping[str, Option] = {path: option for option in OPTIONS for path in (option.path, *option.aliases)}
ANYWHERE: Mapping[str, Option] = {option.name: option for option in reversed(OPTIONS)}


def schema() -> dict[str, Json]:
    """JSON Schema 2020-12 of a FUSION configuration: types, enums, bounds, defaults and descriptions.

    Every key stands in its own section. A key that is known elsewhere is accepted too, so no section forbids more keys.
    """
    return {
        "$schema": SCHEMA,
        "title": "FUSION configuration",
        "type": "object",
        "properties": {
            section: {
                "type": "object",
                "description": says,
                "properties": {option.name: option.schema() for option in OPTIONS if section in option.sections},
            }
            for section, says in SECTIONS.items()
        },
    }
