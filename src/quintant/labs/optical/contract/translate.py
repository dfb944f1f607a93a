"""FUSION's keys to `OpticalConfig` and its faults back to FUSION's keys."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from quintant.errors import Problem
from quintant.labs.optical import modulation

Values = Mapping[str, Any]
Places = Mapping[str, str]

MOST_LOADS = 10_000

TABLES = {
    "DEFAULT": "default",
    "XTAR_ASSUMPTIONS": "xtar",
    "XTAR_ASSUMPTIONS_B": "xtar_b",
    "SNR_ASSUMPTIONS": "snr",
    "MOD_GROOMING": "grooming",
}
SNR = {
    None: "none",
    "snr_calc_nli": "nli",
    "xt_calculation": "crosstalk",
    "gsnr": "gsnr",
    "snr_e2e_external_resources": "external",
}
PLAIN = {
    "topology": "general_settings.network",
    "unit_lengths": "topology_settings.const_link_weight",
    "mean_holding": "general_settings.holding_time",
    "slots": "spectrum_settings.c_band",
    "slot_width_ghz": "topology_settings.bw_per_slot",
    "guard_slots": "general_settings.guard_slots",
    "cores": "topology_settings.cores_per_link",
    "fixed_grid": "general_settings.fixed_grid",
    "allocation": "general_settings.allocation_method",
    "routing": "general_settings.route_method",
    "k_paths": "routing_settings.k_paths",
    "congestion_weight": "routing_settings.ca_alpha",
    "max_segments": "general_settings.max_segments",
    "dynamic_slicing": "general_settings.dynamic_lps",
    "grooming": "general_settings.is_grooming_enabled",
    "partial_service": "general_settings.can_partially_serve",
    "protection_switchover_ms": "protection_settings.protection_switchover_ms",
    "restoration_latency_ms": "protection_settings.restoration_latency_ms",
    "revert_to_primary": "protection_settings.revert_to_primary",
    "input_power_w": "snr_settings.input_power",
    "egn": "snr_settings.egn_model",
    "phi": "snr_settings.phi",
    "beta": "snr_settings.beta",
    "xt_type": "snr_settings.xt_type",
    "xt_noise": "snr_settings.xt_noise",
    "requested_xt_db": "snr_settings.requested_xt",
    "snr_recheck": "snr_settings.snr_recheck",
    "recheck_adjacent_cores": "snr_settings.recheck_adjacent_cores",
    "recheck_crossband": "snr_settings.recheck_crossband",
    "requests": "general_settings.num_requests",
    "replay_iterations": "general_settings.max_iters",
    "replay_save_step": "general_settings.save_step",
    "replay_save_slots": "general_settings.save_start_end_slots",
    "replay_load_per_core": "general_settings.load_per_core",
}
"""OpticalConfig key -> FUSION key of the same value."""

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
"""OpticalConfig key -> the FUSION key to name when it is at fault."""

HOMES = PLAIN | MADE


def to_engine(values: Values, given: Values, places: Places) -> tuple[dict[str, Any], tuple[Problem, ...], tuple[Problem, ...]]:
    """(raw OpticalConfig, problems, warnings). `values`: all options by path; `given`: what the request itself says."""
    translation = _Translation(values, given, places)
    raw = translation.config()
    return raw, tuple(translation.problems), tuple(translation.warnings)


def from_engine(fault: Problem, places: Places) -> Problem:
    """The fault under the name of the FUSION key that caused it, where the request gave it."""
    parts = fault.path.split(".")
    for end in range(len(parts), 0, -1):
        home = HOMES.get(".".join(parts[:end]))
        if home:
            return dataclasses.replace(fault, path=".".join((places.get(home, home), *parts[end:])))
    return fault


class _Translation:
    def __init__(self, values: Values, given: Values, places: Places) -> None:
        self.values, self.given, self.places = values, given, places
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []

    def config(self) -> dict[str, Any]:
        v = self.values
        raw: dict[str, Any] = {key: v[path] for key, path in PLAIN.items()}
        loads = self.loads()
        raw |= {
            "mode": "replay",
            "directed": False,
            "holding": "exponential",
            "path_ties": "generator",
            "first": "path",
            "warmup_requests": 0,
            "load_erlang": next((load for load in loads if load > 0), 1.0),
            "replay_loads_erlang": loads,
            "replay_seeds": self.seeds(),
            "replay_stop_at_interval": not v["rl_settings.is_training"],
            "demand": {"kind": "rates", "shares_by_gbps": self.shares()},
            "modulations": TABLES[v["general_settings.mod_assumption"]],
            "modulation_choice": "best" if v["general_settings.pre_calc_mod_selection"] else "all",
            "traffic_nodes": "all" if v["topology_settings.is_only_core_node"] else "core",
            "search_order": "band_then_core" if v["general_settings.spectrum_priority"] == "BSC" else "core_then_band",
            "path_order": "hops" if v["routing_settings.path_ordering"] == "hops" else "km",
            "snr": SNR[v["snr_settings.snr_type"]],
            "failure": self.failure(),
            **{f"{band}_slots": v[f"spectrum_settings.{band}_band"] or 0 for band in "lsoe"},
            **self.policy(),
        }
        if v["general_settings.transponder_usage_per_node"]:
            raw["transponders_per_node"] = v["general_settings.transponders_per_node"]
        if v["protection_settings.protection_enabled"]:
            raw["protection"] = v["protection_settings.disjointness_type"]
        self.doubts()
        return raw

    def loads(self) -> list[float]:
        """start, start + step, … up to stop included; added up in floating point, as the original does."""
        start, stop, step = (self.values[f"general_settings.erlang_{word}"] for word in ("start", "stop", "step"))
        if stop < start:
            self.refuse("general_settings.erlang_stop", f"must be at least erlang_start ({start}); got {stop}.", stop)
            return [start]
        if (stop - start) / step >= MOST_LOADS:
            self.refuse(
                "general_settings.erlang_step",
                f"gives more than {MOST_LOADS} loads between {start} and {stop}; got {step}.",
                step,
            )
            return [start]
        loads: list[float] = []
        load = start
        while load <= stop:
            loads.append(load)
            load += step
        return loads

    def seeds(self) -> list[int] | None:
        iterations = self.values["general_settings.max_iters"]
        for name in ("request_seeds", "seeds"):
            path = f"general_settings.{name}"
            seeds = self.values[path]
            if seeds is None:
                continue
            seeds = [seeds] if isinstance(seeds, int) else seeds
            bad = [seed for seed in seeds if not 0 <= seed < 2**32]
            if bad:
                self.refuse(path, f"must hold whole numbers from 0 to 4294967295; got {bad[0]}.", bad[0])
            elif len(seeds) < iterations:
                self.refuse(
                    path,
                    f"must hold a seed for each of the {iterations} iterations; got {len(seeds)}.",
                    len(seeds),
                    hint="Lower max_iters, or name more seeds.",
                )
            else:
                if len(seeds) > iterations:
                    self.warn(path, f"Only the first {iterations} of {len(seeds)} seeds are used: max_iters is {iterations}.")
                return list(seeds[:iterations])
        first = self.values["general_settings.seed"]
        if first is None:
            return None
        if first + iterations - 1 >= 2**32:
            self.refuse(
                "general_settings.seed", f"must leave room for {iterations} iterations below 4294967296; got {first}.", first
            )
            return None
        return list(range(first, first + iterations))

    def shares(self) -> dict[str, float]:
        """Shares by tier, in the order of the modulation table: the generator draws tiers by index."""
        path, name = "general_settings.request_distribution", self.values["general_settings.mod_assumption"]
        tiers = [str(rate) for rate in modulation.known_rates(TABLES[name]) or ()]
        shares: dict[str, float] = {}
        for word, share in self.values[path].items():
            tier = _tier(word)
            if share < 0:
                self.refuse(path, f"'{word}' must be at least 0; got {share}.", share)
            elif tier in tiers:
                shares[tier] = shares.get(tier, 0.0) + share
            elif share > 0:
                self.refuse(path, f"'{word}' must be a bandwidth of the table {name}: {', '.join(tiers)} Gb/s.", word, tiers)
        absent = [tier for tier in tiers if tier not in shares]
        if absent and path in self.given and not self.problems:
            self.warn(path, f"No share for {', '.join(absent)} Gb/s of the table {name}; taken as 0.")
        return {tier: shares.get(tier, 0.0) for tier in tiers}

    def policy(self) -> dict[str, Any]:
        name, routing = self.values["policy_settings.policy_name"], self.values["general_settings.route_method"]
        if name in ("first_feasible", "shortest", "shortest_feasible"):
            return {}
        wanted = "least_congested" if name == "least_congested" else "congestion_aware"
        if routing not in ("k_shortest_path", wanted):
            self.refuse(
                "policy_settings.policy_name",
                f"'{name}' chooses among the candidates of k_shortest_path; route_method is {routing!r}.",
                name,
                ["k_shortest_path", wanted],
                "Set general_settings.route_method to k_shortest_path.",
            )
            return {}
        more: dict[str, Any] = {"routing": wanted}
        if name == "load_balanced":
            more["congestion_weight"] = 1.0 - self.values["heuristic_settings.alpha"]
        if self.values["policy_settings.k_paths"] is not None:
            more["k_paths"] = min(self.values["policy_settings.k_paths"], self.values["routing_settings.k_paths"])
        return more

    def failure(self) -> dict[str, Any] | None:
        get = {path.rpartition(".")[2]: value for path, value in self.values.items() if path.startswith("failure_settings.")}
        kind = get["failure_type"]
        if kind == "none":
            for path, value in self.given.items():
                if path.startswith("failure_settings.") and path != "failure_settings.failure_type" and value is not None:
                    self.warn(path, "Has no effect: failure_type is none.")
            return None
        needed = {
            "link": ("failed_link_src", "failed_link_dst"),
            "node": ("failed_node_id",),
            "srlg": ("srlg_links",),
            "geo": ("geo_center_node",),
        }[kind]
        for name in needed:
            if not get[name]:
                self.refuse(f"failure_settings.{name}", f"is required by failure_type {kind!r}.", get[name])
        if any(not get[name] for name in needed):
            return None
        return {
            "kind": kind,
            "link": [get["failed_link_src"], get["failed_link_dst"]] if kind == "link" else None,
            "node": get["failed_node_id"] if kind == "node" else None,
            "links": get["srlg_links"] if kind == "srlg" else [],
            "center_node": get["geo_center_node"] if kind == "geo" else None,
            "hop_radius": get["geo_hop_radius"],
            "at_arrival": get["t_fail_arrival_index"],
            "repair_after_arrivals": get["t_repair_after_arrivals"],
        }

    def doubts(self) -> None:
        v = self.values
        if v["topology_settings.multi_fiber"]:
            crosstalk = [
                path
                for path, on in (
                    ("snr_settings.snr_type", v["snr_settings.snr_type"] == "xt_calculation"),
                    ("snr_settings.xt_noise", v["snr_settings.xt_noise"]),
                    ("general_settings.route_method", v["general_settings.route_method"] == "xt_aware"),
                    ("general_settings.allocation_method", v["general_settings.allocation_method"] == "xt_aware"),
                )
                if on
            ]
            for path in crosstalk:
                self.refuse(
                    "topology_settings.multi_fiber",
                    f"means cores without crosstalk, but {self.places[path]} asks for crosstalk.",
                    True,
                    hint="Set multi_fiber to false.",
                )
        if "general_settings.seed" in self.given and self.given["general_settings.seed"] is not None:
            self.warn("general_settings.seed", "Iteration i (from 0) uses the seed plus i.")
        if v["general_settings.transponders_per_node"] != 10 and not v["general_settings.transponder_usage_per_node"]:
            self.warn("general_settings.transponders_per_node", "Has no effect: transponder_usage_per_node is false.")
        if (
            v["protection_settings.disjointness_type"] == "node"
            and not v["protection_settings.protection_enabled"]
            and "protection_settings.disjointness_type" in self.given
        ):
            self.refuse(
                "protection_settings.disjointness_type",
                "'node' needs protection_enabled.",
                "node",
                hint="Set protection_settings.protection_enabled to true.",
            )
        if v["policy_settings.policy_name"] != "load_balanced" and "heuristic_settings.alpha" in self.given:
            self.warn("heuristic_settings.alpha", "Has no effect: policy_name is not load_balanced.")

    def refuse(self, path: str, message: str, value: Any, allowed: Any = None, hint: str | None = None) -> None:
        self.problems.append(Problem(self.places[path], message, value, allowed, hint))

    def warn(self, path: str, message: str) -> None:
        self.warnings.append(Problem(self.places[path], message))


def _tier(word: str) -> str:
    """'100' for '100', '100.0' and ' 100 '; other texts as they are."""
    try:
        number = float(word)
    except ValueError:
        return word
    return str(int(number)) if number.is_integer() else word


def keys() -> Iterator[str]:
    """OpticalConfig keys that a FUSION key decides."""
    yield from dict.fromkeys(key.split(".")[0] for key in HOMES)
