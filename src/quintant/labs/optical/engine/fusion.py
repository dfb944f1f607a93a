"""FUSION's own statistics of one iteration and of one load, under the names of its result files.

`statistics` makes the entry of one iteration in `iter_stats`, `load_document` the whole of `<load>_erlang.json`. Numbers that
FUSION takes from the clock (`route_times_*`, `sim_end_time`) are null: an engine has no clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean, stdev, variance
from typing import TYPE_CHECKING

import numpy as np

from quintant.json_value import Json
from quintant.labs.optical.engine.iteration import Iteration
from quintant.labs.optical.engine.outcome import Reason
from quintant.labs.optical.engine.plan import Plan

if TYPE_CHECKING:
    from quintant.labs.optical.config import OpticalConfig


COMPATIBLE: Mapping[Reason, str] = {
    Reason.DISTANCE: "distance",
    Reason.BACKUP_PATH_DISTANCE: "distance",
    Reason.NO_DISJOINT_PATH: "distance",
    Reason.MAX_SEGMENTS: "distance",
    Reason.NO_SPECTRUM: "congestion",
    Reason.FRAGMENTATION: "congestion",
    Reason.NO_COMMON_SPECTRUM: "congestion",
    Reason.TRANSPONDER_LIMIT: "congestion",
    Reason.XT_THRESHOLD: "xt_threshold",
    Reason.SNR_FAIL: "xt_threshold",
    Reason.SNR_RECHECK_FAIL: "xt_threshold",
    Reason.FAILURE: "failure",
}
"""Each true reason in the four words of FUSION's vocabulary; a failed signal check of any kind is its "xt_threshold"."""

LISTED_AT_MOST = 200_000
"""Lightpaths of one iteration up to which its per-lightpath lists are written without `replay_save_slots`."""
LISTED_ITERATIONS = 1_000
"""Iterations up to which each entry repeats the blocking of all before it; beyond, only the last entry does."""
NORMAL_90 = 1.645
"""Quantile of the normal distribution behind FUSION's 90 % interval."""


def statistics(
    config: OpticalConfig,
    iteration: Iteration,
    blocking: Sequence[Json],
    bitrate: Sequence[Json],
    utilisation: Sequence[Json],
    *,
    listed: bool = True,
) -> dict[str, Json]:
    """The entry of one iteration. The three sequences hold one value per iteration so far, this one included; they are
    written where `listed`."""
    plan, paths = iteration.plan, iteration.outcomes.lightpaths
    rows = iteration.primary
    tiers, formats = [_name(plan, tier) for tier in range(len(plan.tiers))], plan.formats
    snr, xt = (None, paths.snr_db) if config.snr == "crosstalk" else (paths.snr_db, None)
    _, lightpaths = iteration.served_by
    lists = config.replay_save_slots or len(rows) <= LISTED_AT_MOST
    document: dict[str, Json] = {
        "snapshots_dict": {},
        "cores_dict": {str(core): int((paths.core[rows] == core).sum()) for core in range(plan.cores)},
        "weights_dict": _weights(iteration, tiers),
        "mods_used_dict": _modulations(iteration, tiers, snr, xt),
        "demand_realization_ratio": _realization(iteration, tiers),
        "block_bw_dict": {
            name: int((iteration.blocked & (iteration.requests.tier == tier)).sum()) for tier, name in enumerate(tiers)
        },
        "frag_dict": {},
        "lp_bw_utilization_dict": _carried(iteration, tiers),
        "block_reasons_dict": reasons(iteration.reasons, iteration.blocked),
        "block_reasons_true": true_reasons(iteration.reasons, iteration.blocked),
        "link_usage_dict": link_usage(iteration),
        "sim_block_list": list(blocking) if listed else None,
        "sim_br_block_list": list(bitrate) if listed else None,
        "sim_lp_utilization_list": list(utilisation) if listed else None,
        **_rounded("trans", lightpaths),
        **_rounded("hops", iteration.hops),
        **_rounded("lengths", iteration.km),
        **_rounded("route_times", np.empty(0)),
        **_rounded("xt", np.empty(0) if xt is None else _finite(xt[rows])),
        **_rounded("snr", np.empty(0) if snr is None else snr[rows]),
        "bands_list": [plan.bands[band].name for band in paths.band[rows]] if lists else None,
        "modulation_list": [formats[form] for form in paths.format[rows]] if lists else None,
        "bandwidth_list": [tiers[tier] for tier in paths.tier[rows]] if lists else None,
        "start_slot_list": paths.start[rows].tolist() if config.replay_save_slots else [],
        "end_slot_list": paths.end[rows].tolist() if config.replay_save_slots else [],
        "path_index_list": _ranks(iteration, config.k_paths),
        "protection_switchovers": iteration.counted.switchovers,
        "protection_failbacks": iteration.counted.reverts,
        "protection_switchover_ms": config.protection_switchover_ms * iteration.counted.switchovers,
        "dropped_by_failure": len(iteration.outcomes.dropped),
        "restoration_latency_ms": config.restoration_latency_ms if config.failure is not None else None,
    }
    return document


def load_document(
    saved: Mapping[str, Json],
    last: Iteration,
    blocking: Sequence[float | None],
    bitrate: Sequence[float | None],
    utilisation: Sequence[float | None],
) -> dict[str, Json]:
    """`<load>_erlang.json`. `saved`: the entries of the iterations that are kept, the last one among them; `last`:
    the last one run."""
    return {
        "iter_stats": dict(saved),
        "link_usage": list(saved.values())[-1]["link_usage_dict"],
        **_summary(blocking, "blocking", "rate_block"),
        **_summary(bitrate, "bit_rate_blocking", "rate_bit_rate_block", "bit_rate_block"),
        "lightpath_utilization": mean(utilisation),
        "total_transponder_usage": 2 * len(last.primary),
        "sim_end_time": None,
    }


def interval(values: Sequence[float | None]) -> tuple[float, float] | None:
    """FUSION's 90 % interval over iterations: (half-width 1.645 s / sqrt(n), twice that in percent of the mean).

    s is the sample deviation. None before two iterations and at a mean of 0.
    """
    known = [value for value in values if value is not None]
    if len(known) < 2 or not any(known):
        return None
    half = NORMAL_90 * stdev(known) / len(known) ** 0.5
    return half, 2 * half / fmean(known) * 100


def mean(values: Sequence[float | None]) -> float | None:
    """Over the iterations that have a value; None when none has."""
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def reasons(codes: np.ndarray, blocked: np.ndarray) -> dict[str, float | None]:
    """Shares of the blocked requests by FUSION's four reasons; null when nothing was blocked."""
    total = int(blocked.sum())
    counts = dict.fromkeys(("distance", "congestion", "xt_threshold", "failure"), 0)
    for code, count in enumerate(np.bincount(codes[blocked], minlength=1)):
        if count:
            counts[COMPATIBLE[Reason(code)]] += int(count)
    return {name: count / total if total else None for name, count in counts.items()}


def true_reasons(codes: np.ndarray, blocked: np.ndarray) -> dict[str, float]:
    """Shares of the blocked requests by the reasons of outcome.py, those that occurred."""
    total = int(blocked.sum())
    return {
        Reason(code).name.lower(): int(count) / total
        for code, count in enumerate(np.bincount(codes[blocked], minlength=1))
        if count
    }


def link_usage(iteration: Iteration) -> dict[str, Json]:
    """{"u-v": {usage_count, throughput in Gb/s x time units, link_num}}, both directions of every link.

    Where both share one spectrum they share the numbers. Backups count as users but carry nothing.
    """
    plan, paths = iteration.plan, iteration.outcomes.lightpaths
    rows, links = iteration.crossings()
    carried = np.nan_to_num(iteration.lives.carried_gbps_time)
    if paths.backup is not None:
        carried = np.where(paths.backup, 0.0, carried)
    uses = np.bincount(links, minlength=len(plan.links))
    throughput = np.bincount(links, carried[rows], minlength=len(plan.links))
    return {
        f"{plan.node_ids[source]}-{plan.node_ids[target]}": {
            "usage_count": int(uses[link]),
            "throughput": float(throughput[link]),
            "link_num": plan.links[link].pair + 1,
        }
        for (source, target), link in sorted(plan.link_index.items(), key=lambda item: (plan.links[item[1]].pair, item[1]))
    }


def _name(plan: Plan, tier: int) -> str:
    gbps = plan.tiers[tier].gbps
    return str(plan.tiers[tier].options[0].slots) if gbps is None else str(gbps)


def _spread(values: np.ndarray) -> dict[str, float | None]:
    """Mean, sample deviation (0 for a single value), least and greatest; nulls when there is none."""
    if not len(values):
        return {"mean": None, "std": None, "min": None, "max": None}
    deviation = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return {"mean": float(np.mean(values)), "std": deviation, "min": float(values.min()), "max": float(values.max())}


def _finite(db: np.ndarray) -> np.ndarray:
    """Without a lit neighbour there is no crosstalk, and no value in dB: such lightpaths are left out of the mean."""
    result: np.ndarray = db[np.isfinite(db)]
    return result


def _rounded(name: str, values: np.ndarray) -> dict[str, float | None]:
    if not len(values):
        return {f"{name}_mean": None, f"{name}_min": None, f"{name}_max": None}
    return {
        f"{name}_mean": round(float(np.mean(values)), 2),
        f"{name}_min": round(float(values.min()), 2),
        f"{name}_max": round(float(values.max()), 2),
    }


def _summary(values: Sequence[float | None], name: str, rate: str, percent: str | None = None) -> dict[str, float | None]:
    known = [value for value in values if value is not None]
    bounds = interval(values)
    return {
        f"{name}_mean": mean(values),
        f"{name}_variance": variance(known) if len(known) > 1 else None,
        f"ci_{rate}": None if bounds is None else bounds[0],
        f"ci_percent_{percent or 'block'}": None if bounds is None else bounds[1],
    }


def _weights(iteration: Iteration, tiers: Sequence[str]) -> dict[str, Json]:
    """Path length of the lightpaths by bit rate and format."""
    plan, paths, rows = iteration.plan, iteration.outcomes.lightpaths, iteration.primary
    km = iteration.route_km[paths.route[rows]]
    return {
        name: {
            plan.formats[option.format]: _spread(km[(paths.tier[rows] == tier) & (paths.format[rows] == option.format)])
            for option in plan.tiers[tier].options
        }
        for tier, name in enumerate(tiers)
    }


def _modulations(iteration: Iteration, tiers: Sequence[str], snr: np.ndarray | None, xt: np.ndarray | None) -> dict[str, Json]:
    plan, paths, rows = iteration.plan, iteration.outcomes.lightpaths, iteration.primary
    form, band, tier = paths.format[rows], paths.band[rows], paths.tier[rows]
    known = {
        "length": iteration.route_km[paths.route[rows]],
        "hop": iteration.route_hops[paths.route[rows]],
        "snr": None if snr is None else snr[rows],
        "xt_cost": None if xt is None else xt[rows],
    }
    document: dict[str, Json] = {
        name: {
            plan.formats[option.format]: int(((tier == index) & (form == option.format)).sum())
            for option in plan.tiers[index].options
        }
        for index, name in enumerate(tiers)
    }
    for index, name in enumerate(plan.formats):
        mine = form == index
        entry: dict[str, Json] = {}
        for what, values in known.items():
            entry[what] = {"overall": _spread(_finite(values[mine]) if values is not None else np.empty(0))}
            for place, where in enumerate(plan.bands):
                chosen = _finite(values[mine & (band == place)]) if values is not None else np.empty(0)
                entry[what][where.name] = _spread(chosen)
        for place, where in enumerate(plan.bands):
            entry[where.name] = int((mine & (band == place)).sum())
        document[name] = entry
    return document


def _realization(iteration: Iteration, tiers: Sequence[str]) -> dict[str, Json]:
    """Served over asked bit rate of the requests that were accepted, by bit rate."""
    accepted = ~iteration.blocked
    with np.errstate(invalid="ignore"):
        ratio = np.where(np.isnan(iteration.asked_gbps), 1.0, iteration.outcomes.served_gbps / iteration.asked_gbps)
    spreads = {name: _spread(ratio[accepted & (iteration.requests.tier == tier)]) for tier, name in enumerate(tiers)}
    return {**spreads, "overall": _spread(ratio[accepted])}


def _carried(iteration: Iteration, tiers: Sequence[str]) -> dict[str, Json]:
    """Utilisation of the lightpaths in percent by bit rate, band and core."""
    plan, paths, rows = iteration.plan, iteration.outcomes.lightpaths, iteration.primary
    values = iteration.lives.utilisation_percent[rows]
    document: dict[str, Json] = {
        name: {
            where.name: {
                str(core): _spread(values[(paths.tier[rows] == tier) & (paths.band[rows] == band) & (paths.core[rows] == core)])
                for core in range(plan.cores)
            }
            for band, where in enumerate(plan.bands)
        }
        for tier, name in enumerate(tiers)
    }
    return {**document, "overall": _spread(values)}


def _ranks(iteration: Iteration, k_paths: int) -> list[int]:
    """How many requests each candidate served, first to last."""
    ranks = iteration.outcomes.rank[iteration.outcomes.rank >= 0].astype(np.int64)
    rows: list[int] = np.bincount(ranks, minlength=k_paths).tolist()
    return rows
