"""FUSION's keys, all of them and typed, as a config: what several of them make together, and what does not go together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from quintant.errors import Problem
from quintant.json_value import Json
from quintant.labs.optical import modulation
from quintant.labs.optical.contract.options import OPTIONS
from quintant.wire.reader import Reading

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


@dataclass
class Translation(Reading):
    """`values`: all options by path; `stated`: those that the request itself gives; `places`: where each of them stood."""

    values: Mapping[str, Json] = field(default_factory=dict)
    stated: Mapping[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        v = self.values
        loads = self.loads()
        self.raw = {option.key: v[option.path] for option in OPTIONS if option.key is not None}
        self.raw |= {
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
            self.raw["transponders_per_node"] = v["general_settings.transponders_per_node"]
        if v["protection_settings.protection_enabled"]:
            self.raw["protection"] = v["protection_settings.disjointness_type"]
        self.doubts()

    def loads(self) -> list[float]:
        """start, start + step, … up to stop included; added up in floating point, as the original does."""
        start, stop, step = (self.values[f"general_settings.erlang_{word}"] for word in ("start", "stop", "step"))
        if stop < start:
            self.fault("general_settings.erlang_stop", f"must be at least erlang_start ({start}); got {stop}.", stop)
            return [start]
        if (stop - start) / step >= MOST_LOADS:
            self.fault(
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
                self.fault(path, f"must hold whole numbers from 0 to 4294967295; got {bad[0]}.", bad[0])
            elif len(seeds) < iterations:
                self.fault(
                    path,
                    f"must hold a seed for each of the {iterations} iterations; got {len(seeds)}.",
                    len(seeds),
                    hint="Lower max_iters, or name more seeds.",
                )
            else:
                if len(seeds) > iterations:
                    self.doubt(path, f"Only the first {iterations} of {len(seeds)} seeds are used: max_iters is {iterations}.")
                return list(seeds[:iterations])
        first = self.values["general_settings.seed"]
        if first is None:
            return None
        if first + iterations - 1 >= 2**32:
            self.fault(
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
                self.fault(path, f"'{word}' must be at least 0; got {share}.", share)
            elif tier in tiers:
                shares[tier] = shares.get(tier, 0.0) + share
            elif share > 0:
                self.fault(path, f"'{word}' must be a bandwidth of the table {name}: {', '.join(tiers)} Gb/s.", word, tiers)
        absent = [tier for tier in tiers if tier not in shares]
        if absent and path in self.stated and not self.faults:
            self.doubt(path, f"No share for {', '.join(absent)} Gb/s of the table {name}; taken as 0.")
        return {tier: shares.get(tier, 0.0) for tier in tiers}

    def policy(self) -> dict[str, Json]:
        name, routing = self.values["policy_settings.policy_name"], self.values["general_settings.route_method"]
        k_paths, most = self.values["policy_settings.k_paths"], self.values["routing_settings.k_paths"]
        if name in ("first_feasible", "shortest", "shortest_feasible"):
            if k_paths is not None and k_paths != most:
                self.doubt(
                    "policy_settings.k_paths",
                    f"Has no effect: policy_name is {name}, for which routing_settings.k_paths counts ({most}).",
                )
            return {}
        wanted = "least_congested" if name == "least_congested" else "congestion_aware"
        if routing not in ("k_shortest_path", wanted):
            self.fault(
                "policy_settings.policy_name",
                f"'{name}' chooses among the candidates of k_shortest_path; route_method is {routing!r}.",
                name,
                ["k_shortest_path", wanted],
                "Set general_settings.route_method to k_shortest_path.",
            )
            return {}
        more: dict[str, Json] = {"routing": wanted}
        if name == "load_balanced":
            more["congestion_weight"] = 1.0 - self.values["heuristic_settings.alpha"]
            if "routing_settings.ca_alpha" in self.stated:
                self.doubt(
                    "routing_settings.ca_alpha",
                    "Has no effect: policy_name is load_balanced, which takes 1 - heuristic_settings.alpha.",
                )
        if k_paths is not None:
            more["k_paths"] = min(k_paths, most)
            if k_paths > most:
                self.doubt("policy_settings.k_paths", f"Has no effect: routing_settings.k_paths is smaller ({most}).")
            elif wanted == "least_congested" and k_paths != most:
                self.doubt(
                    "policy_settings.k_paths",
                    "Has no effect: least_congested looks at all paths of at most one hop more than the fewest.",
                )
        return more

    def failure(self) -> dict[str, Json] | None:
        get = {path.rpartition(".")[2]: value for path, value in self.values.items() if path.startswith("failure_settings.")}
        kind = get["failure_type"]
        if kind == "none":
            for path, value in self.stated.items():
                if path.startswith("failure_settings.") and path != "failure_settings.failure_type" and value is not None:
                    self.doubt(path, "Has no effect: failure_type is none.")
            return None
        needed = {
            "link": ("failed_link_src", "failed_link_dst"),
            "node": ("failed_node_id",),
            "srlg": ("srlg_links",),
            "geo": ("geo_center_node",),
        }[kind]
        for name in needed:
            if not get[name]:
                self.fault(f"failure_settings.{name}", f"is required by failure_type {kind!r}.", get[name])
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
                self.fault(
                    "topology_settings.multi_fiber",
                    f"means cores without crosstalk, but {self.places[path]} asks for crosstalk.",
                    True,
                    hint="Set multi_fiber to false.",
                )
        if "general_settings.seed" in self.stated and self.stated["general_settings.seed"] is not None:
            self.doubt("general_settings.seed", "Iteration i (from 0) uses the seed plus i.")
        if v["general_settings.transponder_usage_per_node"]:
            if v["general_settings.transponders_per_node"] is None:
                self.doubt(
                    "general_settings.transponder_usage_per_node",
                    "Blocks nothing, as in the original, which counts transponders and tests the count nowhere. "
                    "Name general_settings.transponders_per_node to limit them.",
                )
        elif v["general_settings.transponders_per_node"] is not None:
            self.doubt("general_settings.transponders_per_node", "Has no effect: transponder_usage_per_node is false.")
        if (
            v["protection_settings.disjointness_type"] == "node"
            and not v["protection_settings.protection_enabled"]
            and "protection_settings.disjointness_type" in self.stated
        ):
            self.fault(
                "protection_settings.disjointness_type",
                "'node' needs protection_enabled.",
                "node",
                hint="Set protection_settings.protection_enabled to true.",
            )
        if v["policy_settings.policy_name"] != "load_balanced" and "heuristic_settings.alpha" in self.stated:
            self.doubt("heuristic_settings.alpha", "Has no effect: policy_name is not load_balanced.")

    def fault(self, path: str, message: str, value: Json, allowed: Json = None, hint: str | None = None) -> None:
        self.refuse(Problem(self.places[path], message, value, allowed, hint))

    def doubt(self, path: str, message: str) -> None:
        self.warn(self.places[path], message)


def _tier(word: str) -> str:
    """'100' for '100', '100.0' and ' 100 '; other texts as they are."""
    try:
        number = float(word)
    except ValueError:
        return word
    return str(int(number)) if number.is_integer() else word
