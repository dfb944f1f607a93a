"""What each key does in the original: which of its code reads it, and to what effect.

Facts of SDNNetSim/FUSION at commit 973983b, key by key; the page of the contract prints them beside what the key does here.
"The simulator" is what its command line and its service start; keys of learning agents are read by other programs of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

NOTHING = "nothing reads it"
AGENTS = "read by the programs that train agents, not by the simulator"
POLICIES = "read by a factory of policies that the simulator does not call"
OFFLINE = "read by the programs of offline learning, not by the simulator"
BANDS = "the band exists where the key has a value, in the order c, l, s, o, e"
FAILURE = "read when the failure is scheduled, in each iteration anew"

ORIGINAL: Mapping[str, str] = MappingProxyType(
    {
        "general_settings.network": "names the file of links; a name without a file ends the simulator",
        "general_settings.erlang_start": "first load",
        "general_settings.erlang_stop": "loads are added up to it, itself included",
        "general_settings.erlang_step": "added up in floating point",
        "general_settings.num_requests": "arrivals of an iteration; each tier gets ⌊share × requests⌋ of them",
        "general_settings.max_iters": "iterations of each load",
        "general_settings.holding_time": "mean of the exponential; the arrival rate is the load over it",
        "general_settings.request_distribution": "read for every tier of the modulation table; a missing tier is an error",
        "general_settings.mod_assumption": "the table's name within its file",
        "general_settings.mod_assumption_path": "the file is opened below the project's folder",
        "general_settings.route_method": "chooses the routing; four of the names end in an error",
        "general_settings.allocation_method": "chooses the allocation; last_fit ends in an error on paths of several links, "
        "priority_last blocks everything",
        "general_settings.guard_slots": "searched for and taken with each allocation; two and more end in an error",
        "general_settings.spectrum_priority": "BSC makes bands the outer loop of first, last and priority fit; every other "
        "value makes cores it",
        "general_settings.pre_calc_mod_selection": "k-shortest paths offer one format a path instead of all",
        "general_settings.fixed_grid": "every lightpath takes one slot; slices of one slot carry what their signal allows",
        "general_settings.dynamic_lps": "chooses dynamic instead of static slicing in the second pass",
        "general_settings.max_segments": "above 1, a second pass over the paths slices; a tier that would need more segments "
        "ends the path",
        "general_settings.is_grooming_enabled": "existing lightpaths of the pair are filled first",
        "general_settings.can_partially_serve": "on the last path, what slicing could allocate is kept",
        "general_settings.transponder_usage_per_node": "counts: every node starts with transponders_per_node (10), the end of "
        "a lightpath adds one, nothing subtracts or tests the number, and no request is blocked by it",
        "general_settings.transponders_per_node": "where that count starts; not in the schema of its files",
        "general_settings.save_step": "statistics of every n-th iteration, first and last always",
        "general_settings.save_start_end_slots": "keeps the two lists in the file",
        "general_settings.print_step": "how often the blocking so far is printed",
        "general_settings.save_snapshots": "calls a placeholder; empty entries are written",
        "general_settings.snapshot_step": "spaces those entries",
        "general_settings.thread_erlangs": NOTHING,
        "general_settings.blocking_type_ci": NOTHING,
        "general_settings.seed": "seeds learning agents only, the same in every iteration; not in the schema of its files",
        "general_settings.seeds": "seed of each iteration's requests; not in the schema of its files",
        "general_settings.request_seeds": "the same, and wins over seeds; not in the schema of its files",
        "general_settings.rl_seed": "seeds learning agents",
        "general_settings.filter_mods": NOTHING,
        "general_settings.fragmentation_metrics": "names the measures; a text from a file is taken for none",
        "general_settings.frag_calc_step": "spaces them",
        "general_settings.verbose_logging": NOTHING,
        "general_settings.log_level": "read by the batch runner's logger, never set from a file",
        "general_settings.load_per_core": "no key there: the older of its two runners multiplies the rate by the cores, always",
        "topology_settings.bw_per_slot": "width of a slot in every check of the signal; slots of the tables stay as they are",
        "topology_settings.cores_per_link": "cores of every link",
        "topology_settings.const_link_weight": "every length becomes 1",
        "topology_settings.is_only_core_node": "true: pairs are drawn among all nodes; false: among the core nodes of a file",
        "topology_settings.multi_fiber": "no neighbouring cores are counted in snr_e2e_external_resources, nor elsewhere read",
        "topology_settings.bi_directional": "passed to the re-check, which ends in an error; links are undirected in any case",
        "routing_settings.k_paths": "candidates of a pair; also which path is the last for partial service",
        "routing_settings.path_ordering": NOTHING + ": candidates stand by length",
        "routing_settings.precompute_paths": NOTHING + ": candidates are sought for every request",
        "routing_settings.ca_alpha": "weight of occupancy in congestion-aware routing",
        "spectrum_settings.c_band": BANDS,
        **{f"spectrum_settings.{band}_band": BANDS for band in "lsoe"},
        "file_settings.file_type": "json is written; csv passes the check and ends in an error",
        "file_settings.run_id": "names the run of its service",
        "snr_settings.snr_type": "chooses the check; the text None means none",
        "snr_settings.xt_type": "whether xt_aware routing weighs length",
        "snr_settings.beta": "weight in xt_aware and nli_aware routing",
        "snr_settings.theta": NOTHING,
        "snr_settings.input_power": "launch power in the checks; nli_aware routing has a constant of its own",
        "snr_settings.egn_model": "correction in snr_calc_nli",
        "snr_settings.phi": "factor of the format in that correction and in gsnr",
        "snr_settings.bi_directional": "passed to the re-check, which ends in an error",
        "snr_settings.xt_noise": "added to the noise of snr_calc_nli",
        "snr_settings.requested_xt": "limit of xt_calculation; a format without one ends the simulator",
        "snr_settings.snr_recheck": "calls the re-check, which ends in a TypeError",
        "snr_settings.recheck_adjacent_cores": "passed to it",
        "snr_settings.recheck_crossband": "passed to it",
        "rl_settings.is_training": "false: a load ends once its interval is within 5 %; absent, the simulator ends in an error",
        **{
            f"rl_settings.{name}": AGENTS
            for name in (
                *(f"{part}_{what}" for part in ("path", "core", "spectrum") for what in ("algorithm", "model")),
                "optimize_hyperparameters", "obs_space", "n_trials", "device", "optuna_trials", "render_mode",
                "super_channel_space", "alpha_start", "alpha_end", "alpha_update", "gamma", "epsilon_start", "epsilon_end",
                "epsilon_update", "path_levels", "decay_rate", "feature_extractor", "gnn_type", "layers", "emb_dim", "heads",
                "conf_param", "cong_cutoff", "reward", "penalty", "dynamic_reward", "core_beta",
            )
        },
        "ml_settings.deploy_model": "loads a model, which then names the number of segments",
        "ml_settings.output_train_data": "writes a table of what was served",
        "ml_settings.ml_training": "read by the programs that train models, not by the simulator",
        "ml_settings.ml_model": "read by the programs that train models, not by the simulator",
        "ml_settings.train_file_path": "where deploy_model looks for its model",
        "ml_settings.test_size": "read by the programs that train models, not by the simulator",
        "policy_settings.policy_type": POLICIES,
        "policy_settings.policy_name": POLICIES,
        "policy_settings.model_path": POLICIES,
        "policy_settings.fallback_policy": POLICIES,
        "policy_settings.k_paths": NOTHING + ": routing_settings.k_paths counts",
        "policy_settings.seed": POLICIES,
        "policy_settings.algorithm": POLICIES,
        "policy_settings.device": POLICIES,
        "heuristic_settings.alpha": POLICIES,
        "heuristic_settings.seed": POLICIES,
        "protection_settings.protection_enabled": NOTHING + ": the route method 1plus1_protection protects",
        "protection_settings.disjointness_type": NOTHING + ": paths are disjoint in links",
        "protection_settings.protection_switchover_ms": "reported as the time of recovery",
        "protection_settings.restoration_latency_ms": "stored, used in no calculation",
        "protection_settings.revert_to_primary": "reported; nothing switches back",
        "failure_settings.failure_type": "none leaves the other keys unread",
        "failure_settings.t_fail_arrival_index": FAILURE + "; −1 is the middle arrival",
        "failure_settings.t_repair_after_arrivals": FAILURE + "; a repair beyond the last arrival ends the simulator",
        "failure_settings.failed_link_src": FAILURE,
        "failure_settings.failed_link_dst": FAILURE,
        "failure_settings.failed_node_id": FAILURE + "; not in the schema of its files",
        "failure_settings.srlg_links": FAILURE + "; not in the schema of its files",
        "failure_settings.geo_center_node": FAILURE,
        "failure_settings.geo_hop_radius": FAILURE,
        "recovery_timing_settings.failure_window_size": "arrivals over which recovery is reported",
        **{
            f"offline_rl_settings.{name}": OFFLINE
            for name in ("policy_type", "bc_model_path", "iql_model_path", "device", "fallback_policy")
        },
        "dataset_logging_settings.log_offline_dataset": "writes the decisions as a data set",
        "dataset_logging_settings.dataset_output_path": NOTHING + ": the folder follows from network, date and load",
        "dataset_logging_settings.epsilon_mix": NOTHING,
        **{f"reporting_settings.{name}": NOTHING for name in ("export_csv", "csv_output_path", "aggregate_seeds", "seed_list")},
    }
)  # fmt: skip
"""Path of the key -> what it does in the original, in words that follow "in the original:"."""
