"""The shape of the spectrum at one moment: how full, how fragmented, and what is lit where.

Fragmentation of a core and band of a link is 1 - largest free block / free slots: 0 when all free slots are together, towards
1 when they are scattered (the external fragmentation of Rosa et al. 2012). A full core and band has nothing to fragment
and is left out of the mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from quintant.labs.optical.engine.outcome import Lightpaths
from quintant.labs.optical.engine.plan import Plan, Route


def fragmentation(plan: Plan, occupied: np.ndarray) -> np.ndarray:
    """float64 (links): mean over the cores and bands that have a free slot; NaN where none has. `occupied`: bool (links,
    cores, slots of all bands side by side)."""
    shares = []
    for band in plan.bands:
        free = ~occupied[:, :, band.start : band.start + band.slots]
        total, largest = free.sum(axis=2), _longest_run(free)
        with np.errstate(invalid="ignore"):
            shares.append(np.where(total > 0, 1.0 - largest / total, np.nan))
    every = np.concatenate(shares, axis=1)
    counted = ~np.isnan(every)
    with np.errstate(invalid="ignore"):
        result: np.ndarray = np.where(counted, every, 0.0).sum(axis=1) / counted.sum(axis=1)
        return result


def mean_fragmentation(plan: Plan, occupied: np.ndarray) -> float | None:
    """Mean over the links that have a free slot; None when none has."""
    each = fragmentation(plan, occupied)
    counted = each[~np.isnan(each)]
    return float(counted.mean()) if len(counted) else None


def link_rows(plan: Plan, occupied: np.ndarray, busy: np.ndarray | None) -> list[dict[str, Any]]:
    """Rows of the table "links". `busy`: float64 (links), time average of the taken share, or None."""
    used, shape = occupied.sum(axis=(1, 2)), fragmentation(plan, occupied)
    return [
        {
            "link": link.index,
            "source": plan.node_ids[link.source],
            "target": plan.node_ids[link.target],
            "length_km": link.length_km,
            "slots_total": plan.cores * plan.slots,
            "slots_used": int(used[link.index]),
            "utilization": None if busy is None else float(busy[link.index]),
            "fragmentation": None if np.isnan(shape[link.index]) else float(shape[link.index]),
        }
        for link in plan.links
    ]


def lit_rows(plan: Plan, routes: Sequence[Route], live: Lightpaths) -> list[dict[str, Any]]:
    """Rows of the table "spectrum": one per lightpath and link, by link, core, band and slot."""
    rows = [
        {
            "link": link,
            "source": plan.node_ids[plan.links[link].source],
            "target": plan.node_ids[plan.links[link].target],
            "core": int(live.core[at]),
            "band": plan.bands[live.band[at]].name,
            "start": int(live.start[at]),
            "end": int(live.end[at]),
            "guard": plan.guard,
            "format": plan.formats[live.format[at]],
            "gbps": plan.tiers[live.tier[at]].gbps,
            "connection": int(live.request[at]),
        }
        for at in range(len(live))
        for link in routes[live.route[at]].links
    ]
    order = {band.name: place for place, band in enumerate(plan.bands)}
    return sorted(rows, key=lambda row: (row["link"], row["core"], order[row["band"]], row["start"]))


def _longest_run(free: np.ndarray) -> np.ndarray:
    """int64 (…): length of the longest run of True along the last axis."""
    place = np.arange(1, free.shape[-1] + 1)
    last_taken = np.maximum.accumulate(np.where(free, 0, place), axis=-1)
    result: np.ndarray = (place - last_taken).max(axis=-1)
    return result
