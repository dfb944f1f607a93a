"""Tally: everything that is counted while requests are served, from the Outcomes of either simulator.

Counts are integers and sums run request by request, so neither the size of a step nor the simulator changes a bit of them.
What is needed for intervals is kept per *cell*, a fixed number of requests; batches are made of whole cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit

from quintant.labs.optical.engine.outcome import SENTENCES, Outcomes, Reason, Status
from quintant.labs.optical.engine.plan import Plan, Route
from quintant.labs.optical.engine.requests import Requests

REQUESTS, BLOCKED, DETOURS, LIGHTPATHS, HOPS = range(5)
ASKED_GBPS, SERVED_GBPS, KM = range(3)


class Tally:
    """Counts of one load. `cells`: int64 (cells, 5): requests, blocked, served by a later candidate than the first,
    lightpaths, hops; `sums`: float64 (cells, 3): Gb/s asked for and served, km of the lightpaths."""

    def __init__(self, plan: Plan, cells: int) -> None:
        nodes, tiers, formats = len(plan.node_ids), len(plan.tiers), len(plan.formats)
        self.plan = plan
        self.cells = np.zeros((cells, 5), np.int64)
        self.sums = np.zeros((cells, 3))
        self.pairs = np.zeros((2, nodes, nodes), np.int64)
        self.reasons = np.zeros(max(Reason) + 1, np.int64)
        self.formats = np.zeros((tiers, formats), np.int64)
        self.format_hops = np.zeros((tiers, formats), np.int64)
        self.format_km = np.zeros((tiers, formats))
        self.ranks = np.zeros(256, np.int64)
        self._hops, self._km = np.empty(0, np.int64), np.empty(0)
        self._learn(plan.routes)

    def widen(self, cells: int) -> None:
        """Make room for `cells` more cells."""
        self.cells = np.concatenate([self.cells, np.zeros((cells, 5), np.int64)])
        self.sums = np.concatenate([self.sums, np.zeros((cells, 3))])

    def cut(self, cells: int) -> None:
        """Keep the first `cells` cells."""
        self.cells, self.sums = self.cells[:cells], self.sums[:cells]

    def add(self, cell: int, requests: Requests, outcomes: Outcomes, routes: Sequence[Route]) -> None:
        """Count a chunk into one cell. `routes`: the simulator's, which may have grown."""
        if len(routes) > len(self._hops):
            self._learn(routes)
        paths = outcomes.lightpaths
        _add(
            self.cells[cell],
            self.sums[cell],
            self.pairs,
            self.reasons,
            self.formats,
            self.format_hops,
            self.format_km,
            self.ranks,
            requests.source,
            requests.target,
            requests.tier,
            outcomes.status,
            outcomes.reason,
            outcomes.rank,
            outcomes.served_gbps,
            self.plan.rates_gbps,
            paths.route,
            paths.tier,
            paths.format,
            self._hops,
            self._km,
        )

    def drop(self, cell: int, source: int, target: int, served_gbps: float) -> None:
        """Count a connection that a failure ended as blocked after all."""
        self.cells[cell, BLOCKED] += 1
        self.sums[cell, SERVED_GBPS] -= served_gbps
        self.pairs[1, source, target] += 1
        self.reasons[Reason.FAILURE] += 1

    def _learn(self, routes: Sequence[Route]) -> None:
        known = len(self._hops)
        self._hops = np.concatenate([self._hops, np.array([route.hops for route in routes[known:]], np.int64)])
        self._km = np.concatenate([self._km, np.array([route.km for route in routes[known:]], np.float64)])

    # --- rows of the tables (tables.py), without the columns of the load ---

    def reason_rows(self) -> list[dict[str, object]]:
        blocked, requests = int(self.reasons.sum()), int(self.cells[:, REQUESTS].sum())
        return [
            {
                "reason": Reason(code).name.lower(),
                "says": SENTENCES[Reason(code)],
                "requests": int(count),
                "share_of_blocked": count / blocked,
                "share_of_requests": count / requests,
            }
            for code, count in enumerate(self.reasons)
            if count
        ]

    def pair_rows(self) -> list[dict[str, object]]:
        ids = self.plan.node_ids
        return [
            {
                "source": ids[a],
                "target": ids[b],
                "requests": int(self.pairs[0, a, b]),
                "blocked": int(self.pairs[1, a, b]),
                "blocking": float(self.pairs[1, a, b] / self.pairs[0, a, b]),
            }
            for a, b in np.argwhere(self.pairs[0] > 0)
        ]

    def modulation_rows(self) -> list[dict[str, object]]:
        total = int(self.formats.sum())
        return [
            {
                "gbps": self.plan.tiers[tier].gbps,
                "format": self.plan.formats[form],
                "lightpaths": int(count),
                "share": count / total,
                "hops": float(self.format_hops[tier, form] / count),
                "path_km": float(self.format_km[tier, form] / count),
            }
            for tier, row in enumerate(self.formats)
            for form, count in enumerate(row)
            if count
        ]

    def rank_rows(self) -> list[dict[str, object]]:
        total = int(self.ranks.sum())
        return [
            {"rank": rank, "requests": int(count), "share": count / total} for rank, count in enumerate(self.ranks) if count
        ]


SERVED, FULLY_BLOCKED = int(Status.SERVED), int(Status.BLOCKED)


@njit(cache=True, nogil=True, _nrt=False)
def _add(
    cell: Any,
    sums: Any,
    pairs: Any,
    reasons: Any,
    formats: Any,
    format_hops: Any,
    format_km: Any,
    ranks: Any,
    source: Any,
    target: Any,
    tier: Any,
    status: Any,
    reason: Any,
    rank: Any,
    served: Any,
    rates: Any,
    route: Any,
    carried: Any,
    form: Any,
    hops: Any,
    km: Any,
) -> Any:
    for i in range(len(status)):
        cell[REQUESTS] += 1
        pairs[0, source[i], target[i]] += 1
        sums[ASKED_GBPS] += rates[tier[i]]
        sums[SERVED_GBPS] += served[i]
        if status[i] == FULLY_BLOCKED:
            cell[BLOCKED] += 1
            pairs[1, source[i], target[i]] += 1
            reasons[reason[i]] += 1
        elif rank[i] >= 0:
            ranks[min(rank[i], len(ranks) - 1)] += 1
            if rank[i] > 0:
                cell[DETOURS] += 1
    for j in range(len(route)):
        cell[LIGHTPATHS] += 1
        cell[HOPS] += hops[route[j]]
        sums[KM] += km[route[j]]
        formats[carried[j], form[j]] += 1
        format_hops[carried[j], form[j]] += hops[route[j]]
        format_km[carried[j], form[j]] += km[route[j]]
