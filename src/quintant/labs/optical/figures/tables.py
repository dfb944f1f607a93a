"""Tables: the rows of a Run's Arrow tables as the figures need them, or the reason why there are none."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from quintant.figure import cannot
from quintant.figure.number import SPACE, plain
from quintant.lab import Outcome
from quintant.labs.optical.config import OpticalConfig
from quintant.labs.optical.topology import Topology

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Taken:
    """Rows of one table and one load, by outcome. `badges`: which outcomes and loads were left out."""

    load_erlang: float
    rows: tuple[tuple[Row, ...], ...]
    outcomes: tuple[Outcome, ...]
    badges: tuple[str, ...]


def rows(figure: str, outcome: Outcome, table: str) -> list[dict[str, Any]]:
    """All rows of one table of one Run; Conflict when it has none (yet)."""
    if outcome.tables.get(table) is None:
        raise cannot(figure, _why(outcome, table))
    rows: list[dict[str, Any]] = outcome.tables[table].to_pylist()
    return rows


def take(figure: str, outcomes: Sequence[Outcome], table: str) -> Taken:
    """One table of all outcomes that have it. A replay Run has several loads: its greatest one is taken, and said."""
    having = [outcome for outcome in outcomes if outcome.tables.get(table) is not None]
    if not having:
        raise cannot(figure, _why(outcomes[0], table))
    parts = [rows(figure, outcome, table) for outcome in having]
    loads = sorted({row["load_erlang"] for part in parts for row in part})
    if not loads:
        raise cannot(figure, f"table {table!r} of run {having[0].run_id} is empty")
    chosen = loads[-1]
    without = f"{len(having)} of {len(outcomes)} runs drawn; the others have no {table} yet"
    greatest = f"load {plain(chosen)}{SPACE}E, the greatest of {len(loads)}"
    badges = (without if len(having) < len(outcomes) else "", greatest if len(loads) > 1 else "")
    at_load = tuple(tuple(row for row in part if row["load_erlang"] == chosen) for part in parts)
    return Taken(chosen, at_load, tuple(having), tuple(filter(None, badges)))


@dataclass(frozen=True)
class LinkLoad:
    """Mean occupied share of one link's slots (0..1) over the measured part; one direction where links are directed."""

    source: str
    target: str
    length_km: float
    slots: int
    share: float


def link_loads(figure: str, taken: Taken) -> tuple[LinkLoad, ...]:
    """The mean over the replicates, link by link."""
    shares: dict[int, list[float]] = {}
    first: dict[int, Row] = {}
    for row in chain(*taken.rows):
        if row["utilization"] is not None:
            shares.setdefault(row["link"], []).append(row["utilization"])
            first.setdefault(row["link"], row)
    if not shares:
        raise cannot(figure, "the runs carry no link utilisation")
    return tuple(
        LinkLoad(
            row["source"], row["target"], row["length_km"], row["slots_total"], math.fsum(shares[link]) / len(shares[link])
        )
        for link, row in sorted(first.items())
    )


def live_link_loads(
    figure: str, outcomes: Sequence[Outcome], topology: Topology, config: OpticalConfig
) -> tuple[tuple[LinkLoad, ...], int]:
    """What is occupied now, link by link, from the last progress of Runs that have not ended; and how many they are."""
    latest = [slots for slots in map(_slots_used, outcomes) if slots is not None]
    if not latest:
        raise cannot(figure, _why(outcomes[0], "links"))
    total = config.cores * (config.slots + config.l_slots + config.s_slots + config.o_slots + config.e_slots)
    ways = [
        (*ends, link.length_km)
        for link in topology.links
        for ends in ((link.source, link.target), (link.target, link.source))[: 2 if config.directed else 1]
    ]
    return tuple(
        LinkLoad(source, target, km, total, math.fsum(used[place] for used in latest) / len(latest) / total)
        for place, (source, target, km) in enumerate(ways)
    ), len(latest)


def _slots_used(outcome: Outcome) -> Sequence[int] | None:
    progress = (event.payload.get("slots_used") for event in reversed(outcome.events) if event.kind == "progress")
    return next(filter(None, progress), None)


def _why(outcome: Outcome, table: str) -> str:
    if outcome.state in ("completed", "failed", "cancelled"):
        return f"run {outcome.run_id} ({outcome.state}) has no table {table!r}"
    return f"run {outcome.run_id} is {outcome.state} and has no table {table!r} yet"
