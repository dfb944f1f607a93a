"""The optical Config: one dynamic-traffic experiment on an elastic optical network.

Two modes, named in the config and in every result:

* `steady` (native default): one load, warm-up removed, measured until a number of requests or a target interval.
* `replay` (what FUSION's contract asks for): the original's semantics and seeds, several loads and
  iterations in one Run, every iteration from an empty network, no warm-up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import Field

from quintant.config import All, AnyOf, Config, Given, Is, Not, key
from quintant.errors import Problem
from quintant.labs.optical import conditions as reads
from quintant.labs.optical.parts import Demand, EfficiencyFormat, Failure, Format, OwnTopology, Share, UniformRates

FUSION = "SDNNetSim/FUSION default.ini"
DEEPRMSA = "DeepRMSA set-up, doi 10.1109/JLT.2019.2923615, as tabulated with doi 10.1364/JOCN.559990"


class OpticalConfig(Config):
    mode: Literal["steady", "replay"] = key(
        "steady", group="Run", essential=True, synonyms=("simulation_mode",),
        says="steady removes the warm-up and estimates the steady state; replay repeats FUSION's semantics and seeds.",
    )  # fmt: skip

    # --- topology ---
    topology: Annotated[str, Field(title="shipped, by name")] | OwnTopology = key(
        "nsfnet_deeprmsa", group="Topology", essential=True, source=DEEPRMSA, synonyms=("network",),
        files=(".graphml", ".json", ".xml"),
        says="A shipped topology by name, or your own as {name, nodes, links}.",
    )  # fmt: skip
    directed: bool = key(
        True, group="Topology",
        says="Each direction of a link has its own spectrum (true), or both directions share one (false).",
    )  # fmt: skip
    unit_lengths: bool = key(False, group="Topology", says="Take every link as 1 km long, so that length counts hops.")
    traffic_nodes: Literal["all", "core"] = key(
        "all", group="Topology", says="Which nodes originate traffic: all, or the core nodes that the topology lists.",
    )  # fmt: skip

    # --- traffic ---
    load_erlang: float = key(
        250.0, gt=0, unit="Erlang", group="Traffic", essential=True, source=DEEPRMSA,
        when=AnyOf(reads.STEADY, Not(Given("replay_loads_erlang"))), synonyms=("load", "erlang", "traffic"),
        says="Offered load of the whole network: arrival rate times the mean holding time before truncation.",
    )  # fmt: skip
    mean_holding: float = key(
        25.0, gt=0, unit="time units", group="Traffic", source=DEEPRMSA, synonyms=("holding_time",),
        says="Mean holding time of a connection, before truncation.",
    )  # fmt: skip
    holding: Literal["exponential", "truncated", "deterministic", "uniform", "hyperexponential"] = key(
        "truncated", group="Traffic", source=DEEPRMSA,
        says="Distribution of the holding time; truncated redraws an exponential until it is below twice the mean, "
        "so that the true mean is 0.687 of the nominal one. The others keep the mean.",
    )  # fmt: skip
    demand: Demand = key(
        UniformRates(low_gbps=25, high_gbps=100), group="Traffic", essential=True, source=DEEPRMSA,
        synonyms=("bit_rates", "bandwidth"),
        says="What a request asks for: bit rates with shares, a uniform range of bit rates, or slots with shares.",
    )  # fmt: skip
    traffic_matrix: tuple[tuple[Share, ...], ...] | None = key(
        None, group="Traffic", when=reads.STEADY, synonyms=("matrix",),
        says="Relative traffic from node (row) to node (column) in the topology's node order; empty means uniform pairs.",
    )  # fmt: skip

    # --- spectrum ---
    slots: int = key(
        100, ge=1, le=100_000, unit="slots", group="Spectrum", essential=True, source=DEEPRMSA,
        synonyms=("c_slots", "spectrum", "slots_per_link"),
        says="Frequency slots per link, core and direction in the C band.",
    )  # fmt: skip
    l_slots: int = key(
        0, ge=0, le=100_000, unit="slots", group="Spectrum", synonyms=("l_band",),
        says="Frequency slots in the L band.",
    )  # fmt: skip
    s_slots: int = key(
        0, ge=0, le=100_000, unit="slots", group="Spectrum", synonyms=("s_band",),
        says="Frequency slots in the S band.",
    )  # fmt: skip
    o_slots: int = key(
        0, ge=0, le=100_000, unit="slots", group="Spectrum", synonyms=("o_band",),
        says="Frequency slots in the O band.",
    )  # fmt: skip
    e_slots: int = key(
        0, ge=0, le=100_000, unit="slots", group="Spectrum", synonyms=("e_band",),
        says="Frequency slots in the E band.",
    )  # fmt: skip
    slot_width_ghz: float = key(
        12.5, gt=0, unit="GHz", group="Spectrum", source="ITU-T G.694.1", when=reads.CHANNELS, synonyms=("bw_per_slot",),
        says="Width of one frequency slot.",
    )  # fmt: skip
    guard_slots: int = key(
        1, ge=0, le=100, unit="slots", group="Spectrum", source=DEEPRMSA, synonyms=("guard_band",),
        says="Guard slots after each lightpath; they are part of what must be free.",
    )  # fmt: skip
    cores: int = key(
        1, ge=1, le=19, group="Spectrum", synonyms=("cores_per_link",),
        says="Cores per fibre (1, 3, 4, 7, 13 and 19 have crosstalk maps).",
    )  # fmt: skip
    fixed_grid: bool = key(
        False, group="Spectrum", when=reads.FORMATS, says="Every lightpath takes one slot, whatever its rate.",
    )  # fmt: skip
    allocation: Literal["first_fit", "last_fit", "best_fit", "priority_first", "priority_last", "xt_aware"] = key(
        "first_fit", group="Spectrum", essential=True, synonyms=("spectrum_allocation", "assignment"),
        says="Which free slots a lightpath takes: lowest, highest, tightest block, or by core priority or crosstalk.",
    )  # fmt: skip
    search_order: Literal["core_then_band", "band_then_core"] = key(
        "core_then_band", group="Spectrum", when=All(reads.SEVERAL_BANDS, reads.SEVERAL_CORES),
        says="Which is exhausted first when several cores and bands are searched.",
    )  # fmt: skip

    # --- routing ---
    routing: Literal[
        "k_shortest_path",
        "shortest_path",
        "congestion_aware",
        "least_congested",
        "fragmentation_aware",
        "nli_aware",
        "xt_aware",
        "external_ksp",
        "1plus1_protection",
    ] = key(
        "k_shortest_path", group="Routing", essential=True, synonyms=("route_method",),
        says="How the candidate paths of a request are found.",
    )  # fmt: skip
    k_paths: int = key(
        5, ge=1, le=200, group="Routing", essential=True, source=DEEPRMSA, when=AnyOf(reads.SEVERAL_PATHS, reads.REPLAY),
        synonyms=("k", "paths"), says="Candidate paths per node pair; more paths block less and take longer.",
    )  # fmt: skip
    path_order: Literal["km", "hops", "spectral", "xlron_2025"] = key(
        "hops", group="Routing", source=DEEPRMSA, when=reads.LISTED_PATHS, synonyms=("sort_paths",),
        says="Candidates sorted by length, by hops, by hops over spectral efficiency, or as the code behind the published "
        "tables did (xlron_2025: hops over spectral efficiency for every second pair, hops for the others).",
    )  # fmt: skip
    path_ties: Literal["sha256", "generator", "shortest"] = key(
        "sha256", group="Routing", when=reads.TIED_PATHS,
        says="Order of equal paths: by the SHA-256 of the node-id list (XLRON 1.1), as networkx generates them (FUSION), or "
        "the shortest first (with path_order hops: fewest hops, then fewest km).",
    )  # fmt: skip
    first: Literal["path", "slot"] = key(
        "path", group="Routing", when=reads.SEVERAL_PATHS,
        says="path: take the first path that fits (KSP-FF). slot: take the lowest slot over all paths (FF-KSP).",
    )  # fmt: skip
    congestion_weight: float = key(
        0.3, ge=0, le=1, group="Routing", source=FUSION, when=Is("routing", "congestion_aware"), synonyms=("alpha",),
        says="Weight of mean occupancy against length in congestion_aware routing.",
    )  # fmt: skip
    modulations: (
        Annotated[Literal["deeprmsa", "default", "xtar", "xtar_b", "snr", "grooming"], Field(title="shipped, by name")]
        | Annotated[Mapping[str, tuple[Format, ...]], Field(title="formats of each rate")]
        | Annotated[tuple[EfficiencyFormat, ...], Field(title="formats by efficiency")]
    ) = key(
        "deeprmsa", group="Routing", source=DEEPRMSA, when=reads.FORMATS, synonyms=("modulation_formats",),
        says="Modulation table: a shipped one by name, {rate in Gb/s: [{name, reach_km, slots}]}, or "
        "[{name, reach_km, bits_per_symbol}].",
    )  # fmt: skip
    modulation_choice: Literal["best", "all"] = key(
        "best", group="Routing", when=reads.FORMATS,
        says="Try only the most efficient format that reaches (best), or every one that reaches, efficient ones first.",
    )  # fmt: skip

    # --- service ---
    max_segments: int = key(
        1, ge=1, le=100, group="Service", source=FUSION, synonyms=("slicing",),
        says="Into how many lightpaths a request may be sliced; 1 means no slicing.",
    )  # fmt: skip
    dynamic_slicing: bool = key(
        False, group="Service", when=reads.SLICED, synonyms=("dynamic_lps",),
        says="Choose slice formats by SNR while serving.",
    )  # fmt: skip
    grooming: bool = key(
        False, group="Service", synonyms=("traffic_grooming",),
        says="Fill spare bandwidth of existing lightpaths of the same node pair.",
    )  # fmt: skip
    partial_service: bool = key(
        False, group="Service", synonyms=("partial",),
        says="Accept a request that is only partly served.",
    )  # fmt: skip
    transponders_per_node: int | None = key(
        None, ge=1, group="Service", synonyms=("transceivers",),
        says="Limit of transponders at each node; empty means no limit.",
    )  # fmt: skip
    protection: Literal["none", "link", "node"] = key(
        "none", group="Service", synonyms=("dedicated_protection",),
        says="1+1 protection: a backup path disjoint in links or in nodes.",
    )  # fmt: skip
    protection_switchover_ms: float = key(
        50.0, ge=0, unit="ms", group="Service", source=FUSION, when=All(reads.REPLAY, reads.PROTECTED, reads.FAILED),
        says="Time a protected connection takes to switch to its backup.",
    )  # fmt: skip
    restoration_latency_ms: float = key(
        100.0, ge=0, unit="ms", group="Service", source=FUSION, when=All(reads.REPLAY, reads.FAILED),
        says="Time a restoration takes; reported beside dropped connections.",
    )  # fmt: skip
    revert_to_primary: bool = key(
        False, group="Service", when=All(reads.REPLAY, reads.PROTECTED, reads.FAILED),
        says="Switch back to the primary path after its repair.",
    )  # fmt: skip
    failure: Failure | None = key(
        None, group="Service", synonyms=("failures",),
        says="A failure of a link, node, shared-risk group or region.",
    )  # fmt: skip

    # --- physical layer ---
    snr: Literal["none", "nli", "crosstalk", "gsnr", "external"] = key(
        "none", group="Physical layer", synonyms=("qot", "snr_type"),
        says="Signal-quality check that a lightpath must pass before it is set up.",
    )  # fmt: skip
    snr_threshold_db: float = key(
        8.5, unit="dB", group="Physical layer", source=FUSION, when=reads.NLI_CHECK, synonyms=("min_snr", "required_snr"),
        says="Lowest SNR that the nli check accepts.",
    )  # fmt: skip
    input_power_w: float = key(
        0.001, gt=0, unit="W", group="Physical layer", source=FUSION, when=reads.LAUNCHED, synonyms=("launch_power",),
        says="Launch power per channel.",
    )  # fmt: skip
    egn: bool = key(
        False, group="Physical layer", when=reads.NLI_CHECK, says="Apply the EGN correction to non-linear interference.",
    )  # fmt: skip
    phi: Mapping[str, float] = key(
        {"QPSK": 1.0, "16-QAM": 0.68, "64-QAM": 0.6190476190476191}, group="Physical layer", source=FUSION,
        when=reads.EGN_FACTORS, says="EGN modulation factor by format.",
    )  # fmt: skip
    beta: float = key(
        0.5, ge=0, le=1, group="Physical layer", source=FUSION, when=reads.WEIGHED_LENGTH,
        says="Weight of length against the link cost in xt_aware and nli_aware routing.",
    )  # fmt: skip
    xt_type: Literal["with_length", "without_length"] = key(
        "without_length", group="Physical layer", when=reads.CROSSTALK_ROUTING,
        says="Whether the crosstalk cost of xt_aware routing counts length.",
    )  # fmt: skip
    xt_noise: bool = key(
        False, group="Physical layer", when=reads.NLI_CHECK, says="Add inter-core crosstalk to the noise of the nli check.",
    )  # fmt: skip
    requested_xt_db: Mapping[str, float] = key(
        {"QPSK": -26.19, "16-QAM": -36.69, "64-QAM": -41.69}, unit="dB", group="Physical layer", source=FUSION,
        when=Is("snr", "crosstalk"), synonyms=("crosstalk", "max_crosstalk"),
        says="Highest crosstalk that each format accepts.",
    )  # fmt: skip
    snr_recheck: bool = key(
        False, group="Physical layer", when=reads.CHECKED,
        says="Re-check every lightpath that shares a link with a new one; refuse the new one if any fails.",
    )  # fmt: skip
    recheck_adjacent_cores: bool = key(
        False, group="Physical layer", when=All(reads.RECHECKED, reads.SEVERAL_CORES),
        says="The re-check covers adjacent cores too.",
    )  # fmt: skip
    recheck_crossband: bool = key(
        False, group="Physical layer", when=All(reads.RECHECKED, reads.SEVERAL_BANDS),
        says="The re-check covers other bands too.",
    )  # fmt: skip

    # --- estimation ---
    requests: int = key(
        100_000, ge=1, le=1_000_000_000, group="Measurement", essential=True, synonyms=("num_requests", "arrivals"),
        says="Requests measured: after the warm-up in steady, per iteration in replay.",
    )  # fmt: skip
    warmup_requests: int = key(
        10_000, ge=0, le=1_000_000_000, group="Measurement", when=reads.STEADY, synonyms=("warmup", "burn_in"),
        says="Requests served before measuring starts.",
    )  # fmt: skip
    batches: int = key(
        32, ge=8, le=1024, group="Measurement", when=reads.STEADY, synonyms=("batch_means",),
        says="Batch means: into how many batches at most the measured requests are cut for the interval of one run; short ones "
        "are joined.",
    )  # fmt: skip
    target_half_width: float | None = key(
        None, gt=0, lt=1, group="Measurement", when=reads.STEADY, synonyms=("precision",),
        says="Go on until the 95 % half-width is at most this fraction of the blocking; `requests` then "
        "is the size of one round.",
    )  # fmt: skip
    max_requests: int = key(
        20_000_000, ge=1, le=1_000_000_000, group="Measurement", when=All(reads.STEADY, Given("target_half_width")),
        says="Where the search for target_half_width ends, and the result says not converged.",
    )  # fmt: skip

    # --- replay ---
    replay_loads_erlang: tuple[Annotated[float, Field(ge=0)], ...] | None = key(
        None, unit="Erlang", group="Replay", when=reads.REPLAY, synonyms=("loads", "erlangs"),
        says="Loads run one after another; empty means load_erlang.",
    )  # fmt: skip
    replay_iterations: int = key(
        1, ge=1, le=100_000, group="Replay", when=reads.REPLAY, synonyms=("iterations", "max_iters"),
        says="Iterations per load.",
    )  # fmt: skip
    replay_seeds: tuple[int, ...] | None = key(
        None, group="Replay", when=reads.REPLAY, says="Seed of each iteration; empty means 1, 2, 3 … as in FUSION.",
    )  # fmt: skip
    replay_stop_at_interval: bool = key(
        False, group="Replay", when=reads.REPLAY,
        says="Stop a load once the 90 % interval is within 5 % of the mean blocking, FUSION's rule.",
    )  # fmt: skip
    replay_load_per_core: bool = key(
        False, group="Replay", when=All(reads.REPLAY, reads.SEVERAL_CORES),
        says="Arrival rate times cores, as FUSION's legacy multi-process runner has it.",
    )  # fmt: skip
    replay_save_step: int = key(
        10, ge=1, group="Replay", when=reads.REPLAY,
        says="Keep the statistics of every n-th iteration, first and last always.",
    )  # fmt: skip
    replay_save_slots: bool = key(False, group="Replay", when=reads.REPLAY, says="Keep start and end slots of every lightpath.")

    def check(self) -> Iterable[Problem]:
        from quintant.labs.optical.rules import broken

        return broken(self)

    def warnings(self) -> Iterable[Problem]:
        from quintant.labs.optical.rules import doubtful

        return doubtful(self)
