"""The optical Config: one dynamic-traffic experiment on an elastic optical network.

Two modes, named in the config and in every result:

* `steady` (native default): one load, warm-up removed, measured until a number of requests or a target interval.
* `replay` (what FUSION's contract asks for): the original's semantics and seeds bit for bit, several loads and
  iterations in one Run, every iteration from an empty network, no warm-up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from quintant.config import Config, key
from quintant.errors import Problem

FUSION = "SDNNetSim/FUSION default.ini"
DEEPRMSA = "DeepRMSA set-up, doi 10.1109/JLT.2019.2923615, as tabulated with doi 10.1364/JOCN.559990"

Share = Annotated[float, Field(ge=0)]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class RateShares(Part):
    """Bit rates in Gb/s, each with its share of the requests; shares sum to 1."""

    kind: Literal["rates"] = "rates"
    shares_by_gbps: Mapping[str, Share]


class UniformRates(Part):
    """Integer bit rates drawn uniformly from low..high Gb/s, both ends included."""

    kind: Literal["uniform"] = "uniform"
    low_gbps: int = Field(ge=1)
    high_gbps: int = Field(ge=1)


class SlotShares(Part):
    """Demands given directly in frequency slots (no modulation, no reach), each with its share of the requests."""

    kind: Literal["slots"] = "slots"
    shares_by_slots: Mapping[str, Share]


Demand = Annotated[RateShares | UniformRates | SlotShares, Field(discriminator="kind")]


class Format(Part):
    """A modulation format at one bit rate: how far it reaches and how many slots it needs."""

    name: str
    reach_km: float = Field(gt=0)
    slots: int = Field(ge=1)


class EfficiencyFormat(Part):
    """A modulation format by spectral efficiency: slots = ceil(rate / (efficiency x slot width))."""

    name: str
    reach_km: float = Field(gt=0)
    bits_per_symbol: float = Field(gt=0)


class OwnNode(Part):
    id: str = Field(min_length=1)
    label: str | None = None
    lat: float | None = None
    lon: float | None = None
    x: float | None = None
    y: float | None = None


class OwnLink(Part):
    source: str
    target: str
    length_km: float = Field(gt=0)
    reverse_length_km: float | None = Field(default=None, gt=0)


class OwnTopology(Part):
    """A user's own topology, in the shape of the shipped ones."""

    name: str = Field(min_length=1)
    description: str = ""
    source: str = ""
    nodes: tuple[OwnNode, ...] = Field(min_length=2)
    links: tuple[OwnLink, ...] = Field(min_length=1)
    core_nodes: tuple[str, ...] = ()


class Failure(Part):
    """What fails, when, and for how long; times are counted in arrivals of the iteration."""

    kind: Literal["link", "node", "srlg", "geo"]
    link: tuple[str, str] | None = None
    node: str | None = None
    links: tuple[tuple[str, str], ...] = ()
    center_node: str | None = None
    hop_radius: int = Field(default=2, ge=1)
    at_arrival: int = Field(default=-1, ge=-1, description="index of the arrival; -1 is the middle one")
    repair_after_arrivals: int = Field(default=1000, ge=1)


class OpticalConfig(Config):
    mode: Literal["steady", "replay"] = key(
        "steady",
        group="Run",
        essential=True,
        says="steady removes the warm-up and estimates the steady state; replay repeats FUSION's semantics and seeds.",
    )

    # --- topology ---
    topology: str | OwnTopology = key(
        "nsfnet_deeprmsa",
        group="Topology",
        essential=True,
        says="A shipped topology by name, or your own as {name, nodes, links}.",
        source=DEEPRMSA,
    )
    directed: bool = key(
        True,
        group="Topology",
        says="Each direction of a link has its own spectrum (true), or both directions share one (false).",
    )
    unit_lengths: bool = key(False, group="Topology", says="Take every link as 1 km long, so that length counts hops.")
    traffic_nodes: Literal["all", "core"] = key(
        "all",
        group="Topology",
        says="Which nodes originate traffic: all, or the core nodes that the topology lists.",
    )

    # --- traffic ---
    load_erlang: float = key(
        250.0,
        gt=0,
        unit="Erlang",
        group="Traffic",
        essential=True,
        says="Offered load of the whole network: arrival rate times the mean holding time before truncation.",
        source=DEEPRMSA,
    )
    mean_holding: float = key(
        25.0,
        gt=0,
        unit="time units",
        group="Traffic",
        says="Mean holding time of a connection, before truncation.",
        source=DEEPRMSA,
    )
    holding: Literal["exponential", "truncated", "deterministic", "uniform", "hyperexponential"] = key(
        "truncated",
        group="Traffic",
        says="Distribution of the holding time; truncated redraws an exponential until it is below twice the mean, "
        "so that the true mean is 0.687 of the nominal one. The others keep the mean.",
        source=DEEPRMSA,
    )
    demand: Demand = key(
        UniformRates(low_gbps=25, high_gbps=100),
        group="Traffic",
        essential=True,
        says="What a request asks for: bit rates with shares, a uniform range of bit rates, or slots with shares.",
        source=DEEPRMSA,
    )
    traffic_matrix: tuple[tuple[Share, ...], ...] | None = key(
        None,
        group="Traffic",
        says="Relative traffic from node (row) to node (column) in the topology's node order; empty means uniform pairs.",
    )

    # --- spectrum ---
    slots: int = key(
        100,
        ge=1,
        le=100_000,
        unit="slots",
        group="Spectrum",
        essential=True,
        says="Frequency slots per link, core and direction in the C band.",
        source=DEEPRMSA,
    )
    l_slots: int = key(0, ge=0, le=100_000, unit="slots", group="Spectrum", says="Frequency slots in the L band.")
    s_slots: int = key(0, ge=0, le=100_000, unit="slots", group="Spectrum", says="Frequency slots in the S band.")
    o_slots: int = key(0, ge=0, le=100_000, unit="slots", group="Spectrum", says="Frequency slots in the O band.")
    e_slots: int = key(0, ge=0, le=100_000, unit="slots", group="Spectrum", says="Frequency slots in the E band.")
    slot_width_ghz: float = key(
        12.5, gt=0, unit="GHz", group="Spectrum", says="Width of one frequency slot.", source="ITU-T G.694.1"
    )
    guard_slots: int = key(
        1,
        ge=0,
        le=100,
        unit="slots",
        group="Spectrum",
        says="Guard slots after each lightpath; they are part of what must be free.",
        source=DEEPRMSA,
    )
    cores: int = key(1, ge=1, le=19, group="Spectrum", says="Cores per fibre (1, 3, 4, 7, 13 and 19 have crosstalk maps).")
    fixed_grid: bool = key(False, group="Spectrum", says="Every lightpath takes one slot, whatever its rate.")
    allocation: Literal["first_fit", "last_fit", "best_fit", "priority_first", "priority_last", "xt_aware"] = key(
        "first_fit",
        group="Spectrum",
        essential=True,
        says="Which free slots a lightpath takes: lowest, highest, tightest block, or by core priority or crosstalk.",
    )
    search_order: Literal["core_then_band", "band_then_core"] = key(
        "core_then_band",
        group="Spectrum",
        says="Which is exhausted first when several cores and bands are searched.",
    )

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
    ] = key("k_shortest_path", group="Routing", essential=True, says="How the candidate paths of a request are found.")
    k_paths: int = key(
        5,
        ge=1,
        le=200,
        group="Routing",
        essential=True,
        says="Candidate paths per node pair; more paths block less and take longer.",
        source=DEEPRMSA,
    )
    path_order: Literal["km", "hops", "spectral"] = key(
        "hops",
        group="Routing",
        says="Candidates sorted by length, by hops, or by hops over spectral efficiency.",
        source=DEEPRMSA,
    )
    path_ties: Literal["sha256", "generator"] = key(
        "sha256",
        group="Routing",
        says="Order of equal paths: by the SHA-256 of the node-id list (XLRON), or as networkx generates them (FUSION).",
    )
    first: Literal["path", "slot"] = key(
        "path",
        group="Routing",
        says="path: take the first path that fits (KSP-FF). slot: take the lowest slot over all paths (FF-KSP).",
    )
    congestion_weight: float = key(
        0.3,
        ge=0,
        le=1,
        group="Routing",
        source=FUSION,
        says="Weight of mean occupancy against length in congestion_aware routing.",
    )
    modulations: (
        Literal["deeprmsa", "default", "xtar", "xtar_b", "snr", "grooming"]
        | Mapping[str, tuple[Format, ...]]
        | tuple[EfficiencyFormat, ...]
    ) = key(
        "deeprmsa",
        group="Routing",
        says="Modulation table: a shipped one by name, {rate in Gb/s: [{name, reach_km, slots}]}, or "
        "[{name, reach_km, bits_per_symbol}].",
        source=DEEPRMSA,
    )
    modulation_choice: Literal["best", "all"] = key(
        "best",
        group="Routing",
        says="Try only the most efficient format that reaches (best), or every one that reaches, efficient ones first.",
    )

    # --- service ---
    max_segments: int = key(
        1,
        ge=1,
        le=100,
        group="Service",
        source=FUSION,
        says="Into how many lightpaths a request may be sliced; 1 means no slicing.",
    )
    dynamic_slicing: bool = key(False, group="Service", says="Choose slice formats by SNR while serving.")
    grooming: bool = key(False, group="Service", says="Fill spare bandwidth of existing lightpaths of the same node pair.")
    partial_service: bool = key(False, group="Service", says="Accept a request that is only partly served.")
    transponders_per_node: int | None = key(
        None, ge=1, group="Service", says="Limit of transponders at each node; empty means no limit."
    )
    protection: Literal["none", "link", "node"] = key(
        "none",
        group="Service",
        says="1+1 protection: a backup path disjoint in links or in nodes.",
    )
    protection_switchover_ms: float = key(
        50.0, ge=0, unit="ms", group="Service", source=FUSION, says="Time a protected connection takes to switch to its backup."
    )
    restoration_latency_ms: float = key(
        100.0,
        ge=0,
        unit="ms",
        group="Service",
        source=FUSION,
        says="Time a restoration takes; reported beside dropped connections.",
    )
    revert_to_primary: bool = key(False, group="Service", says="Switch back to the primary path after its repair.")
    failure: Failure | None = key(None, group="Service", says="A failure of a link, node, shared-risk group or region.")

    # --- physical layer ---
    snr: Literal["none", "nli", "crosstalk", "gsnr", "external"] = key(
        "none",
        group="Physical layer",
        says="Signal-quality check that a lightpath must pass before it is set up.",
    )
    snr_threshold_db: float = key(
        8.5, unit="dB", group="Physical layer", source=FUSION, says="Lowest SNR that the nli check accepts."
    )
    input_power_w: float = key(0.001, gt=0, unit="W", group="Physical layer", says="Launch power per channel.", source=FUSION)
    egn: bool = key(False, group="Physical layer", says="Apply the EGN correction to non-linear interference.")
    phi: Mapping[str, float] = key(
        {"QPSK": 1.0, "16-QAM": 0.68, "64-QAM": 0.6190476190476191},
        group="Physical layer",
        says="EGN modulation factor by format.",
        source=FUSION,
    )
    beta: float = key(
        0.5,
        ge=0,
        le=1,
        group="Physical layer",
        source=FUSION,
        says="Weight of length against the link cost in xt_aware and nli_aware routing.",
    )
    xt_type: Literal["with_length", "without_length"] = key(
        "without_length",
        group="Physical layer",
        says="Whether the crosstalk cost of xt_aware routing counts length.",
    )
    xt_noise: bool = key(False, group="Physical layer", says="Add inter-core crosstalk to the noise of the nli check.")
    requested_xt_db: Mapping[str, float] = key(
        {"QPSK": -26.19, "16-QAM": -36.69, "64-QAM": -41.69},
        unit="dB",
        group="Physical layer",
        says="Highest crosstalk that each format accepts.",
        source=FUSION,
    )
    snr_recheck: bool = key(
        False,
        group="Physical layer",
        says="Re-check every lightpath that shares a link with a new one; refuse the new one if any fails.",
    )
    recheck_adjacent_cores: bool = key(False, group="Physical layer", says="The re-check covers adjacent cores too.")
    recheck_crossband: bool = key(False, group="Physical layer", says="The re-check covers other bands too.")

    # --- estimation ---
    requests: int = key(
        100_000,
        ge=1,
        le=1_000_000_000,
        group="Measurement",
        essential=True,
        says="Requests measured: after the warm-up in steady, per iteration in replay.",
    )
    warmup_requests: int = key(
        10_000, ge=0, le=1_000_000_000, group="Measurement", says="Requests served before measuring starts (steady only)."
    )
    batches: int = key(
        32,
        ge=8,
        le=1024,
        group="Measurement",
        says="Batch means: into how many batches the measured requests are cut for the interval of one run.",
    )
    target_half_width: float | None = key(
        None,
        gt=0,
        lt=1,
        group="Measurement",
        says="Go on until the 95 % half-width is at most this fraction of the blocking (steady only); `requests` then "
        "is the size of one round.",
    )
    max_requests: int = key(
        20_000_000,
        ge=1,
        le=1_000_000_000,
        group="Measurement",
        says="Where the search for target_half_width ends, and the result says not converged.",
    )

    # --- replay ---
    replay_loads_erlang: tuple[Annotated[float, Field(ge=0)], ...] | None = key(
        None,
        unit="Erlang",
        group="Replay",
        says="Loads run one after another (replay only); empty means load_erlang.",
    )
    replay_iterations: int = key(1, ge=1, le=100_000, group="Replay", says="Iterations per load (replay only).")
    replay_seeds: tuple[int, ...] | None = key(
        None,
        group="Replay",
        says="Seed of each iteration (replay only); empty means 1, 2, 3 … as in FUSION.",
    )
    replay_stop_at_interval: bool = key(
        False,
        group="Replay",
        says="Stop a load once the 90 % interval is within 5 % of the mean blocking, FUSION's rule (replay only).",
    )
    replay_load_per_core: bool = key(
        False,
        group="Replay",
        says="Arrival rate times cores, as FUSION's legacy multi-process runner has it.",
    )
    replay_save_step: int = key(
        10,
        ge=1,
        group="Replay",
        says="Keep the statistics of every n-th iteration, first and last always.",
    )
    replay_save_slots: bool = key(False, group="Replay", says="Keep start and end slots of every lightpath.")

    def check(self) -> Iterable[Problem]:
        from quintant.labs.optical.rules import broken

        return broken(self)

    def warnings(self) -> Iterable[Problem]:
        from quintant.labs.optical.rules import doubtful

        return doubtful(self)
