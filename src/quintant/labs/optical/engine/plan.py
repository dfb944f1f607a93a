"""Plan: everything of an experiment that depends on its Config alone, computed once before the first request.

Both simulators read it: the compiled kernel turns it into arrays, the reference walks it as it stands. Nodes are indices
into `node_ids` (the topology's order, which is the traffic order). A *link* here is a spectrum: one per fibre pair when
`directed` is False (link i is pair i of the topology), two when it is True (2i there, 2i + 1 back).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from quintant.labs.optical import modulation
from quintant.labs.optical.engine import paths
from quintant.labs.optical.topology import Topology, resolve

if TYPE_CHECKING:
    from quintant.labs.optical.config import OpticalConfig


@dataclass(frozen=True)
class PlanLink:
    """One spectrum. `source`, `target`: node indices; `pair`: index into `Topology.links`."""

    index: int
    source: int
    target: int
    length_km: float
    pair: int


@dataclass(frozen=True)
class Route:
    """A candidate path. `nodes`: node indices; `links`: indices into `Plan.links`, in order of travel."""

    index: int
    nodes: tuple[int, ...]
    links: tuple[int, ...]
    km: float

    @property
    def hops(self) -> int:
        return len(self.links)


@dataclass(frozen=True)
class Band:
    """`start`: first column of the band in arrays that hold all bands side by side (`Plan.slots` columns)."""

    name: str
    slots: int
    start: int


@dataclass(frozen=True)
class Option:
    """One format at one bit rate. `format`: index into `Plan.formats`; `slots`: without the guard slots."""

    format: int
    reach_km: float
    slots: int


@dataclass(frozen=True)
class Tier:
    """A bit rate (or a demand in slots) and its formats, in ascending reach: the most efficient one first.

    `share`: of the requests, 0 for a tier of the modulation table that nobody asks for (slicing may still use it).
    `gbps` None marks a demand in slots; its one option reaches everywhere.
    """

    index: int
    gbps: int | None
    share: float
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Plan:
    """See the module. `routes` holds every candidate; those of (source, target) are
    `routes[first[source, target] : first[source, target] + count[source, target]]`, in trying order.

    `first`, `count`: int32 arrays (nodes, nodes). `guard`: guard slots after each lightpath, part of what must be free.
    """

    topology: Topology
    node_ids: tuple[str, ...]
    traffic_nodes: tuple[int, ...]
    links: tuple[PlanLink, ...]
    bands: tuple[Band, ...]
    cores: int
    guard: int
    core_then_band: bool
    formats: tuple[str, ...]
    tiers: tuple[Tier, ...]
    best_only: bool
    routes: tuple[Route, ...]
    first: np.ndarray
    count: np.ndarray

    @property
    def slots(self) -> int:
        """Slots of one core of one link, all bands together."""
        return self.bands[-1].start + self.bands[-1].slots

    def candidates(self, source: int, target: int) -> tuple[Route, ...]:
        start = int(self.first[source, target])
        return self.routes[start : start + int(self.count[source, target])]

    def tries(self, km: float, tier: int) -> tuple[Option, ...]:
        """The formats to try on a path of `km`, in order; only the first one when `modulation_choice` is best."""
        options = tuple(option for option in self.tiers[tier].options if option.reach_km >= km)
        return options[:1] if self.best_only else options

    @cached_property
    def link_index(self) -> dict[tuple[int, int], int]:
        """(source, target) node indices -> index of the link that leads there; both directions, shared or not."""
        return link_index(self.links, directed=len(self.links) > len(self.topology.links))

    @cached_property
    def route_hops(self) -> np.ndarray:
        """int64 (routes): links of each route."""
        return np.array([route.hops for route in self.routes], np.int64)

    @cached_property
    def route_km(self) -> np.ndarray:
        """float64 (routes): length of each route."""
        return np.array([route.km for route in self.routes], np.float64)

    @cached_property
    def rates_gbps(self) -> np.ndarray:
        """float64 (tiers): bit rate of each tier; NaN for demands in slots."""
        return np.array([math.nan if tier.gbps is None else float(tier.gbps) for tier in self.tiers])


def plan_links(config: OpticalConfig, topology: Topology) -> tuple[PlanLink, ...]:
    """The spectra of a topology, in the order of its links."""
    index = {id: place for place, id in enumerate(topology.node_ids)}
    links: list[PlanLink] = []
    for pair, link in enumerate(topology.links):
        there = 1.0 if config.unit_lengths else link.length_km
        back = there if config.unit_lengths or link.reverse_length_km is None else link.reverse_length_km
        ends = index[link.source], index[link.target]
        links.append(PlanLink(len(links), ends[0], ends[1], there, pair))
        if config.directed:
            links.append(PlanLink(len(links), ends[1], ends[0], back, pair))
    return tuple(links)


def make_plan(config: OpticalConfig) -> Plan:
    """Work out the Plan of `config`, which `rules.broken` has accepted."""
    topology = resolve(config)
    index = {id: place for place, id in enumerate(topology.node_ids)}
    links = plan_links(config, topology)
    bands: list[Band] = []
    for name, slots in zip(
        "clsoe", (config.slots, config.l_slots, config.s_slots, config.o_slots, config.e_slots), strict=True
    ):
        if slots:
            bands.append(Band(name, slots, bands[-1].start + bands[-1].slots if bands else 0))
    formats, tiers = _tiers(config)
    core = [index[id] for id in topology.core_nodes] if config.traffic_nodes == "core" else range(len(index))
    candidates = paths.candidates(config, topology.node_ids, links, tuple(core))
    leads = link_index(links, config.directed)
    routes: list[Route] = []
    first = np.zeros((len(index), len(index)), np.int32)
    count = np.zeros((len(index), len(index)), np.int32)
    for (source, target), walks in candidates.items():
        first[source, target], count[source, target] = len(routes), len(walks)
        for walk in walks:
            steps = tuple(leads[pair] for pair in pairwise(walk))
            routes.append(Route(len(routes), walk, steps, sum(links[step].length_km for step in steps)))
    return Plan(
        topology=topology,
        node_ids=topology.node_ids,
        traffic_nodes=tuple(core),
        links=links,
        bands=tuple(bands),
        cores=config.cores,
        guard=config.guard_slots,
        core_then_band=config.search_order == "core_then_band",
        formats=formats,
        tiers=tiers,
        best_only=config.modulation_choice == "best",
        routes=tuple(routes),
        first=first,
        count=count,
    )


def link_index(links: tuple[PlanLink, ...], directed: bool) -> dict[tuple[int, int], int]:
    leads = {(link.source, link.target): link.index for link in links}
    if not directed:
        leads |= {(link.target, link.source): link.index for link in links}
    return leads


def _tiers(config: OpticalConfig) -> tuple[tuple[str, ...], tuple[Tier, ...]]:
    demand = config.demand
    if demand.kind == "slots":
        return ("slots",), tuple(
            Tier(index, None, demand.shares_by_slots[text], (Option(0, math.inf, int(text)),))
            for index, text in enumerate(sorted(demand.shares_by_slots, key=int))
        )
    if demand.kind == "uniform":
        rates = range(demand.low_gbps, demand.high_gbps + 1)
        shares = dict.fromkeys(rates, 1 / len(rates))
    else:
        shares = {int(rate): demand.shares_by_gbps[rate] for rate in sorted(demand.shares_by_gbps, key=int)}
    names: dict[str, int] = {}
    tiers: list[Tier] = []
    by_rate = modulation.table(config)
    if by_rate is not None:
        table = {rate: [(name, reach, slots) for name, reach, slots in rows] for rate, rows in by_rate.items()}
    else:
        width, efficient = config.slot_width_ghz, modulation.efficiencies(config) or ()
        table = {rate: [(name, reach, math.ceil(rate / (bits * width))) for name, reach, bits in efficient] for rate in shares}
    for rate, rows in table.items():
        options = sorted(
            (
                Option(names.setdefault(name, len(names)), reach, 1 if config.fixed_grid else slots)
                for name, reach, slots in rows
            ),
            key=lambda option: option.reach_km,
        )
        tiers.append(Tier(len(tiers), rate, shares.get(rate, 0.0), tuple(options)))
    return tuple(names), tuple(tiers)
