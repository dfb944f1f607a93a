"""Rules across keys: what makes a Config impossible (`broken`), and what is accepted but should be known (`doubtful`).

Checked once, at the door, after the keys themselves passed. Every text names the path, the value and what is allowed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from quintant.config import suggest
from quintant.errors import ConfigError, Problem
from quintant.labs.optical import modulation
from quintant.labs.optical.topology import Topology, resolve

if TYPE_CHECKING:
    from quintant.labs.optical.config import OpticalConfig

TABLE_SLOT_GHZ = 12.5
MOST_SLOTS = 20_000_000
MOST_ROUTES = 2_000_000
MANY_ROUTES = 200_000
MOST_TIERS = 10_000
MOST_REPLAY_REQUESTS = 1_000_000
"""An iteration is drawn whole and judged whole: some 400 bytes for each of its requests."""
BANDS = ("slots", "l_slots", "s_slots", "o_slots", "e_slots")
CROSSTALK_CORES = (1, 3, 4, 7, 13, 19)
FEWEST_BATCHES = 8
"""Short batches are joined down to so many (engine/estimate.py)."""
HOLDING_TIMES = 5
"""Warm-up and batches shorter than this many mean holding times are doubted: what is left of the empty network after k
holding times is of the order exp(-k) of the load."""


def broken(config: OpticalConfig) -> Iterator[Problem]:
    """A Problem for each rule that `config` breaks."""
    yield from _demand(config)
    yield from _modulations(config)
    try:
        topology = resolve(config)
    except ConfigError as error:
        yield from error.problems
    else:
        yield from _nodes(config, topology)
        yield from _size(config, topology)
        yield from _failure(config, topology)
    yield from _spectrum(config)
    yield from _service(config)
    yield from _quality(config)
    yield from _steady(config) if config.mode == "steady" else _replay(config)


def doubtful(config: OpticalConfig) -> Iterator[Problem]:
    """A Problem for each thing in `config` that works and may not be what was meant."""
    if config.mode == "steady":
        yield from _too_short(config)
        if config.failure is not None:
            yield Problem(
                "failure",
                "makes the traffic non-stationary: the steady estimate mixes the time of the failure with the time around it.",
                config.failure.kind,
                hint="Use mode replay to look at a failure.",
            )
    if (
        config.slot_width_ghz != TABLE_SLOT_GHZ
        and config.why_unread("slot_width_ghz") is None
        and config.demand.kind != "slots"
        and not config.fixed_grid
        and isinstance(config.modulations, str)
        and modulation.known_rates(config.modulations) is not None
    ):
        yield Problem(
            "slot_width_ghz",
            f"is {config.slot_width_ghz:g}, but the slots of the table {config.modulations!r} are "
            f"meant for {TABLE_SLOT_GHZ} GHz; they are taken as they stand.",
            config.slot_width_ghz,
        )
    if config.routing == "external_ksp":
        yield Problem(
            "routing", "external_ksp finds its candidates like k_shortest_path: no file of paths is shipped.", config.routing
        )
    if config.max_segments > 1 and not config.grooming:
        yield Problem(
            "max_segments",
            "slices requests without grooming: what is left in the last slice stays unused.",
            config.max_segments,
        )
    if _pairs(config) * config.k_paths > MANY_ROUTES:
        yield Problem(
            "k_paths",
            f"asks for up to {_pairs(config) * config.k_paths} candidate paths; finding them may take half a minute.",
            config.k_paths,
        )


# --- traffic ---


def _demand(config: OpticalConfig) -> Iterator[Problem]:
    demand = config.demand
    if demand.kind == "uniform":
        if demand.high_gbps < demand.low_gbps:
            yield Problem(
                "demand.high_gbps",
                f"must be at least low_gbps ({demand.low_gbps}); got {demand.high_gbps}.",
                demand.high_gbps,
                {"minimum": demand.low_gbps},
            )
        elif demand.high_gbps - demand.low_gbps >= MOST_TIERS:
            yield Problem(
                "demand.high_gbps",
                f"must leave at most {MOST_TIERS} bit rates from low_gbps on; got {demand.high_gbps}.",
                demand.high_gbps,
                {"maximum": demand.low_gbps + MOST_TIERS - 1},
            )
        return
    key, shares, unit = (
        ("shares_by_gbps", demand.shares_by_gbps, "Gb/s")
        if demand.kind == "rates"
        else ("shares_by_slots", demand.shares_by_slots, "slots")
    )
    path = f"demand.{key}"
    if not shares:
        yield Problem(path, "must name at least one class.", {})
        return
    good = True
    for text in shares:
        if not _whole(text):
            good = False
            yield Problem(f"{path}.{text}", f"must be a positive whole number of {unit}, written plainly; got {text!r}.", text)
    total = math.fsum(shares.values())
    if good and abs(total - 1) > 1e-9:
        yield Problem(
            path,
            f"must sum to 1; got {total:.12g}.",
            dict(shares),
            None,
            "Divide each share by their sum." if total > 0 else None,
        )


def _modulations(config: OpticalConfig) -> Iterator[Problem]:
    table, demand = config.modulations, config.demand
    if isinstance(table, Mapping):
        if not table:
            yield Problem("modulations", "must name at least one bit rate.", {})
        for text, formats in table.items():
            if not _whole(text):
                yield Problem(
                    f"modulations.{text}", f"must be a positive whole number of Gb/s, written plainly; got {text!r}.", text
                )
            if not formats:
                yield Problem(f"modulations.{text}", "must name at least one format.", [])
            yield from _twice(f"modulations.{text}", [item.name for item in formats])
        if not all(map(_whole, table)):
            return
    elif isinstance(table, tuple):
        if not table:
            yield Problem("modulations", "must name at least one format.", [])
        yield from _twice("modulations", [item.name for item in table])
    known = modulation.known_rates(table)
    if known is None or demand.kind == "slots":
        return
    said = ", ".join(map(str, known))
    if demand.kind == "uniform":
        strange = [rate for rate in range(demand.low_gbps, demand.high_gbps + 1) if rate not in known][:1]
        for rate in strange:
            yield Problem(
                "demand",
                f"asks for {rate} Gb/s, which the modulation table does not know; it knows {said}.",
                rate,
                list(known),
                "Choose modulations deeprmsa, which has a spectral efficiency for every rate.",
            )
        return
    for text in demand.shares_by_gbps:
        if _whole(text) and int(text) not in known:
            yield Problem(
                f"demand.shares_by_gbps.{text}",
                f"must be a bit rate of the modulation table: {said} Gb/s; got {text}.",
                text,
                list(known),
            )


def _twice(path: str, names: list[str]) -> Iterator[Problem]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Problem(path, f"must name each format once; {name!r} stands there {names.count(name)} times.", name)


def _nodes(config: OpticalConfig, topology: Topology) -> Iterator[Problem]:
    count = len(topology.node_ids)
    if config.traffic_nodes == "core" and len(topology.core_nodes) < 2:
        yield Problem("traffic_nodes", f"must be all: topology {topology.name!r} lists no core nodes.", "core", ["all"])
    if not config.directed:
        for index, link in enumerate(topology.links):
            if link.reverse_length_km is not None:
                yield Problem(
                    f"topology.links.{index}.reverse_length_km",
                    "needs directed: true; a link whose directions share one spectrum has one length.",
                    link.reverse_length_km,
                )
    matrix = config.traffic_matrix
    if matrix is None:
        return
    if len(matrix) != count or any(len(row) != count for row in matrix):
        size = f"{len(matrix)} rows" + (f" of {sorted({len(row) for row in matrix})} columns" if matrix else "")
        yield Problem(
            "traffic_matrix",
            f"must be {count} x {count}, one row and column per node of {topology.name!r} in its order; got {size}.",
            len(matrix),
            {"rows": count, "columns": count},
        )
        return
    for index in range(count):
        if matrix[index][index] != 0:
            yield Problem(
                f"traffic_matrix.{index}.{index}",
                f"must be 0: node {topology.node_ids[index]!r} sends nothing to itself; got {matrix[index][index]:g}.",
                matrix[index][index],
                [0],
            )
    core = set(topology.core_nodes) if config.traffic_nodes == "core" else set(topology.node_ids)
    for a, source in enumerate(topology.node_ids):
        for b, target in enumerate(topology.node_ids):
            if matrix[a][b] > 0 and not {source, target} <= core:
                yield Problem(
                    f"traffic_matrix.{a}.{b}",
                    f"must be 0: {source!r} to {target!r} is not between core nodes.",
                    matrix[a][b],
                    [0],
                    "Set traffic_nodes to all.",
                )
                return
    if not any(value > 0 for row in matrix for value in row):
        yield Problem("traffic_matrix", "must have a value above 0.", 0)


# --- spectrum ---


def _size(config: OpticalConfig, topology: Topology) -> Iterator[Problem]:
    spectra = len(topology.links) * (2 if config.directed else 1)
    slots = spectra * config.cores * sum(getattr(config, key) for key in BANDS)
    if slots > MOST_SLOTS:
        yield Problem(
            "slots",
            f"must give at most {MOST_SLOTS} slots in the whole network (links x cores x slots of all bands); got {slots}.",
            config.slots,
            {"slots in the network": MOST_SLOTS},
        )
    routes = _pairs(config) * config.k_paths
    if routes > MOST_ROUTES:
        yield Problem(
            "k_paths",
            f"must give at most {MOST_ROUTES} candidate paths in the whole network; got {routes}.",
            config.k_paths,
            {"maximum": MOST_ROUTES // max(1, _pairs(config))},
        )


def _pairs(config: OpticalConfig) -> int:
    topology = resolve(config)
    nodes = len(topology.core_nodes) if config.traffic_nodes == "core" else len(topology.node_ids)
    return nodes * (nodes - 1)


def _spectrum(config: OpticalConfig) -> Iterator[Problem]:
    if config.allocation in ("priority_first", "priority_last") and config.cores != 7:
        yield Problem(
            "cores",
            f"must be 7 with allocation {config.allocation!r}, which knows the order of seven cores; got {config.cores}.",
            config.cores,
            [7],
        )
    crosstalk = [
        what
        for what, on in (
            ("allocation 'xt_aware'", config.allocation == "xt_aware"),
            ("routing 'xt_aware'", config.routing == "xt_aware"),
            ("snr 'crosstalk'", config.snr == "crosstalk"),
            ("xt_noise", config.snr == "nli" and config.xt_noise),
            ("recheck_adjacent_cores", config.snr_recheck and config.recheck_adjacent_cores),
        )
        if on
    ]
    if crosstalk and config.cores not in CROSSTALK_CORES:
        yield Problem(
            "cores",
            f"must be one of {', '.join(map(str, CROSSTALK_CORES))} with {crosstalk[0]}, which needs to "
            f"know which cores are neighbours; got {config.cores}.",
            config.cores,
            list(CROSSTALK_CORES),
        )
    widest = max(getattr(config, key) for key in BANDS)
    if config.demand.kind == "slots" and not config.fixed_grid:
        for text in config.demand.shares_by_slots:
            if _whole(text) and int(text) + config.guard_slots > widest:
                yield Problem(
                    f"demand.shares_by_slots.{text}",
                    f"must fit into a band of {widest} slots together with {config.guard_slots} guard slots; got {text}.",
                    text,
                    {"maximum": widest - config.guard_slots},
                )


# --- service ---


def _service(config: OpticalConfig) -> Iterator[Problem]:
    protected = config.protection != "none" or config.routing == "1plus1_protection"
    slicing = config.max_segments > 1
    if protected and slicing:
        yield Problem(
            "max_segments",
            f"must be 1 with protection: a backup protects one lightpath, not slices; got {config.max_segments}.",
            config.max_segments,
            [1],
        )
    if protected and config.grooming:
        yield Problem(
            "grooming", "must be false with protection: shared lightpaths have no backup of their own.", True, [False]
        )
    if config.demand.kind == "slots":
        for key, on in (("grooming", config.grooming), ("max_segments", slicing), ("partial_service", config.partial_service)):
            if on:
                yield Problem(key, "needs bit rates; demands in slots have none.", getattr(config, key))


def _failure(config: OpticalConfig, topology: Topology) -> Iterator[Problem]:
    failure = config.failure
    if failure is None:
        return
    wanted = {"link": "link", "node": "node", "srlg": "links", "geo": "center_node"}
    field = wanted[failure.kind]
    if not getattr(failure, field):
        yield Problem(f"failure.{field}", f"is required by failure kind {failure.kind!r}.", getattr(failure, field))
    known = set(topology.node_ids)
    pairs = {frozenset((link.source, link.target)) for link in topology.links}
    named = {"failure.link": failure.link} if failure.link else {}
    named |= {f"failure.links.{index}": pair for index, pair in enumerate(failure.links)}
    for path, pair in named.items():
        strange = [id for id in pair if id not in known]
        for id in strange:
            yield Problem(
                path, f"must name nodes of {topology.name!r}; got {id!r}.", id, list(topology.node_ids)[:50], suggest(id, known)
            )
        if not strange and frozenset(pair) not in pairs:
            yield Problem(
                path, f"must be a link of {topology.name!r}; {pair[0]!r} and {pair[1]!r} are no neighbours.", list(pair)
            )
    for key in ("node", "center_node"):
        id = getattr(failure, key)
        if id and id not in known:
            yield Problem(
                f"failure.{key}",
                f"must be a node of {topology.name!r}; got {id!r}.",
                id,
                list(topology.node_ids)[:50],
                suggest(id, known),
            )
    arrivals = config.requests if config.mode == "replay" else config.warmup_requests + config.requests
    begins = arrivals // 2 if failure.at_arrival < 0 else failure.at_arrival
    if begins >= arrivals:
        yield Problem(
            "failure.at_arrival",
            f"must be below the number of arrivals ({arrivals}); got {failure.at_arrival}.",
            failure.at_arrival,
            {"maximum": arrivals - 1},
        )
    elif begins + failure.repair_after_arrivals >= arrivals:
        yield Problem(
            "failure.repair_after_arrivals",
            f"must end before the last arrival: the failure begins at {begins} of "
            f"{arrivals}; got {failure.repair_after_arrivals}.",
            failure.repair_after_arrivals,
            {"maximum": arrivals - 1 - begins},
            "Lower it, or raise requests.",
        )


def _quality(config: OpticalConfig) -> Iterator[Problem]:
    if config.snr == "none":
        return
    if config.demand.kind == "slots":
        yield Problem(
            "snr",
            "judges modulation formats, and demands in slots have none.",
            config.snr,
            ["none"],
            "Give the demand as bit rates.",
        )
        return
    if config.snr == "external":
        yield Problem(
            "snr",
            "external needs look-up arrays of the signal quality, which no key of the config carries.",
            "external",
            ["none", "nli", "crosstalk", "gsnr"],
            "Choose gsnr.",
        )
    if config.snr in ("nli", "gsnr"):
        for key in ("o_slots", "e_slots"):
            if getattr(config, key):
                yield Problem(
                    key,
                    f"must be 0 with snr {config.snr!r}: its fibre constants hold from the L to the S band; got "
                    f"{getattr(config, key)}.",
                    getattr(config, key),
                    [0],
                )
    yield from _known_formats(config)


def _known_formats(config: OpticalConfig) -> Iterator[Problem]:
    from quintant.labs.optical.engine.physical.gsnr import THRESHOLD_DB
    from quintant.labs.optical.engine.physical.quality import PHI

    efficient = modulation.efficiencies(config)
    rows = efficient if efficient is not None else [row for rows in (modulation.table(config) or {}).values() for row in rows]
    names = dict.fromkeys(row[0] for row in rows)
    tables: list[tuple[str, str, Iterable[str]]] = []
    if config.snr == "crosstalk":
        tables.append(("requested_xt_db", "highest crosstalk", config.requested_xt_db))
    if config.snr == "gsnr":
        tables.append(("modulations", "GSNR threshold", THRESHOLD_DB))
    if config.snr == "gsnr" or (config.snr == "nli" and config.egn):
        tables.append(("phi", "EGN factor", {**PHI, **config.phi}))
    for key, what, known in tables:
        for name in names:
            if name not in known:
                yield Problem(key, f"there is no {what} for format {name!r}.", name, sorted(known))


# --- measurement ---


def _steady(config: OpticalConfig) -> Iterator[Problem]:
    if config.requests < config.batches:
        yield Problem(
            "requests",
            f"must be at least batches ({config.batches}), one request per batch; got {config.requests}.",
            config.requests,
            {"minimum": config.batches},
        )
    if config.target_half_width is not None and config.max_requests < config.requests:
        yield Problem(
            "max_requests",
            f"must be at least requests ({config.requests}), the size of one round; got {config.max_requests}.",
            config.max_requests,
            {"minimum": config.requests},
        )


def _replay(config: OpticalConfig) -> Iterator[Problem]:
    if config.holding != "exponential":
        yield Problem(
            "holding",
            f"must be exponential in replay: FUSION draws no other; got {config.holding!r}.",
            config.holding,
            ["exponential"],
        )
    if config.requests > MOST_REPLAY_REQUESTS:
        yield Problem(
            "requests",
            f"must be at most {MOST_REPLAY_REQUESTS} per iteration in replay; got {config.requests}.",
            config.requests,
            {"maximum": MOST_REPLAY_REQUESTS},
            "Use more iterations, or mode steady.",
        )
    loads = config.replay_loads_erlang or ()
    if config.replay_loads_erlang == ():
        yield Problem("replay_loads_erlang", "must name at least one load, or be null.", [])
    for load in sorted({load for load in loads if loads.count(load) > 1}):
        yield Problem(
            "replay_loads_erlang",
            f"must name each load once: its files carry its name; {load:g} stands there {loads.count(load)} times.",
            load,
        )
    seeds = config.replay_seeds
    if seeds is not None:
        if len(seeds) < config.replay_iterations:
            yield Problem(
                "replay_seeds",
                f"must hold a seed for each of the {config.replay_iterations} iterations; got {len(seeds)}.",
                len(seeds),
                {"minimum": config.replay_iterations},
            )
        for index, seed in enumerate(seeds):
            if not 0 <= seed < 2**32:
                yield Problem(
                    f"replay_seeds.{index}",
                    f"must be from 0 to {2**32 - 1}; got {seed}.",
                    seed,
                    {"minimum": 0, "maximum": 2**32 - 1},
                )
    yield from _whole_counts(config)


def _whole_counts(config: OpticalConfig) -> Iterator[Problem]:
    """FUSION draws without replacement: each class has exactly share x requests, so these must be whole numbers."""
    demand = config.demand
    if demand.kind == "uniform":
        classes = demand.high_gbps - demand.low_gbps + 1
        if classes > 0 and config.requests % classes:
            yield Problem(
                "requests",
                f"must be a multiple of {classes}, the number of bit rates, in replay; got {config.requests}.",
                config.requests,
                {"multipleOf": classes},
            )
        return
    shares = demand.shares_by_gbps if demand.kind == "rates" else demand.shares_by_slots
    key = "shares_by_gbps" if demand.kind == "rates" else "shares_by_slots"
    if abs(math.fsum(shares.values()) - 1) > 1e-9:
        return
    counts = {text: share * config.requests for text, share in shares.items()}
    parts = {text: count for text, count in counts.items() if abs(count - round(count)) > 1e-6}
    if parts:
        text, count = next(iter(parts.items()))
        yield Problem(
            f"demand.{key}.{text}",
            f"must give a whole number of the {config.requests} requests in replay; "
            f"{shares[text]:g} x {config.requests} = {count:g}.",
            shares[text],
            None,
            "Choose requests so that every share is a whole number of them.",
        )


def _too_short(config: OpticalConfig) -> Iterator[Problem]:

    holding_times = 0.687 if config.holding == "truncated" else 1.0
    offered = config.load_erlang * holding_times
    if config.warmup_requests < HOLDING_TIMES * offered:
        need = math.ceil(HOLDING_TIMES * offered)
        yield Problem(
            "warmup_requests",
            f"is short: {config.warmup_requests} requests are {config.warmup_requests / offered:.1f} "
            f"mean holding times, and the network starts empty. Blocking will come out too low.",
            config.warmup_requests,
            hint=f"Take {need} or more.",
        )
    fewest = min(config.batches, FEWEST_BATCHES)
    if config.requests / fewest < HOLDING_TIMES * offered:
        yield Problem(
            "requests",
            f"is few: {config.requests} requests are {config.requests / offered:.1f} mean holding times, and the interval "
            f"rests on {fewest} batches of {config.requests / fewest / offered:.1f}, which are not independent: it may come "
            "out too narrow.",
            config.requests,
            hint=f"Take {math.ceil(HOLDING_TIMES * offered * fewest)} or more.",
        )


def _whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and str(int(text)) == text and int(text) > 0
