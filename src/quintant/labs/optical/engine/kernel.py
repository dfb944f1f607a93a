"""The compiled simulator: candidate paths known beforehand, one lightpath per request, one machine word per 64 slots.

It serves what `supports` accepts and gives, request by request, the outcomes of `reference.py`, which is the specification
(tests/verification/optical/test_differential.py). Everything that can be known before the first request is in the arrays
of `Network`; what changes is in those of `Live` and is updated in place, so that chunks follow each other.

Departures wait in a calendar (Brown 1988, doi 10.1145/63039.63045): a ring of days, each a linked list. Between two
arrivals the order of departures does not matter, so a day need not be sorted.

Hot functions are compiled with `_nrt=False`: they allocate nothing, and numba's reference counting of the arrays in a tuple
(an atomic increment per access) took four fifths of the time before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from quintant.labs.optical.engine import masks
from quintant.labs.optical.engine.outcome import Lightpaths, Outcomes, Reason, Status
from quintant.labs.optical.engine.plan import Plan, Route
from quintant.labs.optical.engine.requests import Requests

if TYPE_CHECKING:
    from quintant.labs.optical.config import OpticalConfig

ROUTINGS = ("k_shortest_path", "shortest_path", "external_ksp")
ALLOCATIONS = ("first_fit", "last_fit", "best_fit")
FIRST_FIT, LAST_FIT, BEST_FIT = 0, 1, 2

SERVED, BLOCKED = int(Status.SERVED), int(Status.BLOCKED)
NONE, DISTANCE, NO_SPECTRUM, FRAGMENTATION = (
    int(Reason.NONE),
    int(Reason.DISTANCE),
    int(Reason.NO_SPECTRUM),
    int(Reason.FRAGMENTATION),
)


def supports(config: OpticalConfig) -> str | None:
    """None when the kernel serves `config`, else the first thing in it that needs the reference simulator."""
    wants = {
        f"routing {config.routing}": config.routing not in ROUTINGS,
        f"allocation {config.allocation}": config.allocation not in ALLOCATIONS,
        "slicing": config.max_segments > 1 or config.dynamic_slicing,
        "grooming": config.grooming,
        "partial_service": config.partial_service,
        "transponders_per_node": config.transponders_per_node is not None,
        "protection": config.protection != "none",
        "a failure": config.failure is not None,
        f"snr {config.snr}": config.snr != "none",
    }
    return next((what for what, wanted in wants.items() if wanted), None)


class Network(NamedTuple):
    """A Plan as arrays. A *region* is one band of one core; regions stand in search order."""

    pair_first: np.ndarray  # int32 (nodes, nodes): first route of a pair
    pair_count: np.ndarray  # int32 (nodes, nodes): how many routes
    route_at: np.ndarray  # int32 (routes + 1): where a route's links begin
    route_links: np.ndarray  # int32: where a link's words begin in `free`
    route_index: np.ndarray  # int32: the links' own indices
    route_class: np.ndarray  # int32 (routes): how far it is, as a row of `options_at`
    options_at: np.ndarray  # int32 (classes, tiers + 1): where the formats to try begin
    option_slots: np.ndarray  # int32: without guard
    option_format: np.ndarray  # int16
    region_at: np.ndarray  # int32 (regions): first word of a region in a row of `free`
    region_words: np.ndarray  # int32 (regions)
    region_core: np.ndarray  # int16 (regions)
    region_band: np.ndarray  # int16 (regions)
    gbps: np.ndarray  # float64 (tiers)


class Live(NamedTuple):
    """What changes while serving. `free`: uint64 (links x words of all regions), flat. A connection has a place in the
    pool; `next` links the places of one day, and the free places."""

    free: np.ndarray
    path_free: np.ndarray  # uint64: scratch of one region
    days: np.ndarray  # int32: first place of each day, -1 when none
    slot_time: np.ndarray  # float64 (links + 1): slots x time of departed lightpaths; last: lightpaths x time
    arrival: np.ndarray  # float64 (pool)
    departure: np.ndarray  # float64 (pool)
    next: np.ndarray  # int32 (pool)
    request: np.ndarray  # int64 (pool)
    route: np.ndarray  # int32 (pool)
    tier: np.ndarray  # int32 (pool)
    format: np.ndarray  # int16 (pool)
    region: np.ndarray  # int32 (pool)
    start: np.ndarray  # int32 (pool)
    end: np.ndarray  # int32 (pool)
    marks: np.ndarray  # int64 (2): today, first free place


POOL_FIELDS = ("arrival", "departure", "next", "request", "route", "tier", "format", "region", "start", "end")


class Kernel:
    """A `Simulator` (see outcome.py) in compiled code."""

    routes: Sequence[Route]

    def __init__(self, config: OpticalConfig, plan: Plan) -> None:
        reason = supports(config)
        if reason is not None:
            raise ValueError(f"the compiled simulator does not serve {reason}")
        self.routes = plan.routes
        self._plan = plan
        self._network = _network(plan)
        self._day = config.mean_holding / config.load_erlang if config.load_erlang > 0 else config.mean_holding
        days = 1 << max(6, min(20, int(np.ceil(np.log2(8 * max(config.load_erlang, 1.0))))))
        self._live = _empty(plan, self._network, days, 1024)
        self._allocation = ALLOCATIONS.index(config.allocation)
        self._lowest_slot = config.first == "slot"
        self._now = 0.0

    def serve(self, requests: Requests) -> Outcomes:
        n = len(requests)
        status, reason = np.zeros(n, np.uint8), np.zeros(n, np.uint8)
        rank, gbps = np.empty(n, np.int16), np.empty(n, np.float64)
        paths = Lightpaths(
            np.empty(n, np.int64),
            np.empty(n, np.int32),
            np.empty(n, np.int32),
            np.empty(n, np.int16),
            np.empty(n, np.int16),
            np.empty(n, np.int16),
            np.empty(n, np.int32),
            np.empty(n, np.int32),
        )
        columns = (paths.request, paths.route, paths.tier, paths.format, paths.core, paths.band, paths.start, paths.end)
        done, made = 0, 0
        while True:
            done, made = _serve(
                self._network,
                self._live,
                requests.first,
                requests.arrival,
                requests.departure,
                requests.source,
                requests.target,
                requests.tier,
                done,
                made,
                status,
                reason,
                rank,
                gbps,
                columns,
                self._plan.guard,
                self._allocation,
                self._lowest_slot,
                self._day,
            )
            if done == n:
                break
            self._live = _grown(self._live)
        self._now = float(requests.arrival[-1]) if n else self._now
        return Outcomes(status, reason, rank, gbps, Lightpaths(*(column[:made] for column in columns)))

    def occupied(self) -> np.ndarray:
        plan, network = self._plan, self._network
        out = np.empty((len(plan.links), plan.cores, plan.slots), bool)
        words = self._live.free.astype("<u8").reshape(len(plan.links), -1)
        bits = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little")
        for at, core, number in zip(network.region_at, network.region_core, network.region_band, strict=True):
            band = plan.bands[number]
            out[:, core, band.start : band.start + band.slots] = bits[:, at * 64 : at * 64 + band.slots] == 0
        return out

    def spent(self) -> tuple[np.ndarray, float]:
        spent = self._live.slot_time.copy()
        _add_live(self._network, self._live, self._places(), self._now, spent)
        return spent[:-1], float(spent[-1])

    def live(self) -> Lightpaths:
        live, order = self._live, self._places()
        region = live.region[order]
        return Lightpaths(
            live.request[order],
            live.route[order],
            live.tier[order],
            live.format[order],
            self._network.region_core[region],
            self._network.region_band[region],
            live.start[order],
            live.end[order],
        )

    def _places(self) -> np.ndarray:
        """Places of the lightpaths that are up, by ascending request."""
        order = _taken(self._live.days, self._live.next)
        return order[np.argsort(self._live.request[order], kind="stable")]


def _network(plan: Plan) -> Network:
    reaches = sorted({option.reach_km for tier in plan.tiers for option in tier.options})
    kms = np.array([route.km for route in plan.routes])
    options_at = np.zeros((len(reaches) + 1, len(plan.tiers) + 1), np.int32)
    slots: list[int] = []
    formats: list[int] = []
    for row in range(len(reaches) + 1):
        for tier in plan.tiers:
            options_at[row, tier.index] = len(slots)
            for option in plan.tries(reaches[row], tier.index) if row < len(reaches) else ():
                slots.append(option.slots)
                formats.append(option.format)
        options_at[row, -1] = len(slots)
    bands = range(len(plan.bands))
    if plan.core_then_band:
        order = [(core, band) for core in range(plan.cores) for band in bands]
    else:
        order = [(core, band) for band in bands for core in range(plan.cores)]
    words = [-(-plan.bands[band].slots // 64) for _, band in order]
    steps = [len(route.links) for route in plan.routes]
    return Network(
        pair_first=plan.first,
        pair_count=plan.count,
        route_at=np.concatenate([[0], np.cumsum(steps)]).astype(np.int32),
        route_links=np.array([link * sum(words) for route in plan.routes for link in route.links], np.int32),
        route_index=np.array([link for route in plan.routes for link in route.links], np.int32),
        route_class=np.searchsorted(np.array(reaches), kms, side="left").astype(np.int32),
        options_at=options_at,
        option_slots=np.array(slots, np.int32),
        option_format=np.array(formats, np.int16),
        region_at=np.concatenate([[0], np.cumsum(words)[:-1]]).astype(np.int32),
        region_words=np.array(words, np.int32),
        region_core=np.array([core for core, _ in order], np.int16),
        region_band=np.array([band for _, band in order], np.int16),
        gbps=plan.rates_gbps,
    )


def _empty(plan: Plan, network: Network, days: int, pool: int) -> Live:
    free = np.zeros((len(plan.links), int(network.region_words.sum())), np.uint64)
    for at, number in zip(network.region_at, network.region_band, strict=True):
        slots = plan.bands[number].slots
        free[:, at : at + slots // 64] = masks.FULL
        if slots % 64:
            free[:, at + slots // 64] = np.uint64((1 << slots % 64) - 1)
    chain = np.arange(1, pool + 1, dtype=np.int32)
    chain[-1] = -1
    return Live(
        free=free.ravel(),
        path_free=np.zeros(int(network.region_words.max()), np.uint64),
        days=np.full(days, -1, np.int32),
        slot_time=np.zeros(len(plan.links) + 1),
        arrival=np.zeros(pool),
        departure=np.zeros(pool),
        next=chain,
        request=np.zeros(pool, np.int64),
        route=np.zeros(pool, np.int32),
        tier=np.zeros(pool, np.int32),
        format=np.zeros(pool, np.int16),
        region=np.zeros(pool, np.int32),
        start=np.zeros(pool, np.int32),
        end=np.zeros(pool, np.int32),
        marks=np.zeros(2, np.int64),
    )


def _grown(live: Live) -> Live:
    """The same state with twice the places; called when none is free."""
    pool = len(live.next)
    wider = {name: np.concatenate([getattr(live, name), np.zeros_like(getattr(live, name))]) for name in POOL_FIELDS}
    wider["next"][pool:] = np.arange(pool + 1, 2 * pool + 1)
    wider["next"][-1] = -1
    live.marks[1] = pool
    return live._replace(**wider)


@njit(cache=True, nogil=True)
def _taken(days, after):
    """int64: the places of all days."""
    places = np.empty(len(after), np.int64)
    count = 0
    for place in days:
        while place >= 0:
            places[count] = place
            count += 1
            place = after[place]
    return places[:count]


@njit(cache=True, nogil=True, _nrt=False)
def _add_live(net, live, places, now, spent):
    """Add to `spent` what the lightpaths that are up have used so far."""
    for place in places:
        time, route = now - live.arrival[place], live.route[place]
        for step in range(net.route_at[route], net.route_at[route + 1]):
            spent[net.route_index[step]] += (live.end[place] - live.start[place]) * time
        spent[len(spent) - 1] += time


@njit(cache=True, nogil=True, _nrt=False, inline="always")
def _release(net, live, place):
    at, route = net.region_at[live.region[place]], live.route[place]
    start, end = live.start[place], live.end[place]
    time = live.departure[place] - live.arrival[place]
    for step in range(net.route_at[route], net.route_at[route + 1]):
        masks.flip(live.free, net.route_links[step] + at, start, end)
        live.slot_time[net.route_index[step]] += (end - start) * time
    live.slot_time[len(live.slot_time) - 1] += time
    live.next[place] = live.marks[1]
    live.marks[1] = place


@njit(cache=True, nogil=True, _nrt=False, inline="always")
def _depart(net, live, now, day):
    """Release every connection whose departure is at or before `now`."""
    mask = len(live.days) - 1
    today = int(now / day)
    since = live.marks[0]
    for date in range(max(since, today - mask), today + 1):
        place, before = live.days[date & mask], np.int32(-1)
        while place >= 0:
            after = live.next[place]
            if live.departure[place] <= now:
                if before < 0:
                    live.days[date & mask] = after
                else:
                    live.next[before] = after
                _release(net, live, place)
            else:
                before = place
            place = after
    live.marks[0] = today


@njit(cache=True, nogil=True, _nrt=False, inline="always")
def _path_free(net, live, route, region):
    """AND of the free slots of the links of a route in one region, into `path_free`."""
    at, words = net.region_at[region], net.region_words[region]
    begin, stop = net.route_at[route], net.route_at[route + 1]
    here = net.route_links[begin] + at
    for w in range(words):
        live.path_free[w] = live.free[here + w]
    for step in range(begin + 1, stop):
        here = net.route_links[step] + at
        for w in range(words):
            live.path_free[w] &= live.free[here + w]


@njit(cache=True, nogil=True, _nrt=False)
def _tightest(net, live, route, region, n):
    """(size of the block, start): smallest free block on any link of the route in which n slots are free on all its
    links; the lower start among equals. `path_free` holds the starts. (0, -1) when there is none."""
    at, words = net.region_at[region], net.region_words[region]
    best_size, best_start = 0, -1
    for step in range(net.route_at[route], net.route_at[route + 1]):
        here = net.route_links[step] + at
        low = masks.next_set(live.free, here, words, 0)
        while low >= 0:
            high = masks.next_clear(live.free, here, words, low)
            size = high - low
            if size >= n and (best_start < 0 or size <= best_size):
                start = masks.next_set(live.path_free, 0, words, low)
                if start >= 0 and start + n <= high and (best_start < 0 or size < best_size or start < best_start):
                    best_size, best_start = size, start
            low = masks.next_set(live.free, here, words, high)
    return best_size, best_start


@njit(cache=True, nogil=True, _nrt=False)
def _why(net, live, source, target, tier, guard):
    """Why no candidate took a request. FRAGMENTATION: in some region, every link of a candidate within reach has as many
    free slots as its leanest format needs, guard slots included."""
    reached = False
    begin = net.pair_first[source, target]
    for route in range(begin, begin + net.pair_count[source, target]):
        need = np.int32(0)
        for option in range(net.options_at[net.route_class[route], tier], net.options_at[net.route_class[route], tier + 1]):
            need = net.option_slots[option] if need == 0 else min(need, net.option_slots[option])
        if need == 0:
            continue
        reached = True
        for region in range(len(net.region_at)):
            enough = True
            for step in range(net.route_at[route], net.route_at[route + 1]):
                free = masks.count(live.free, net.route_links[step] + net.region_at[region], net.region_words[region])
                if free < need + guard:
                    enough = False
                    break
            if enough:
                return FRAGMENTATION
    return NO_SPECTRUM if reached else DISTANCE


@njit(cache=True, nogil=True, _nrt=False)
def _serve(
    net,
    live,
    first,
    arrival,
    departure,
    source,
    target,
    tier,
    done,
    made,
    status,
    reason,
    rank,
    gbps,
    columns,
    guard,
    allocation,
    lowest_slot,
    day,
):
    """Serve requests `done ..` of a chunk; returns (done, lightpaths made). Stops early when the pool is full."""
    lp_request, lp_route, lp_tier, lp_format, lp_core, lp_band, lp_start, lp_end = columns
    mask = len(live.days) - 1
    regions = len(net.region_at)
    for i in range(done, len(arrival)):
        _depart(net, live, arrival[i], day)
        if live.marks[1] < 0:
            return i, made
        begin = net.pair_first[source[i], target[i]]
        stop = begin + net.pair_count[source[i], target[i]]
        found_route, found_option, found_region, found_start, found_key = -1, -1, -1, -1, np.int64(0)
        for route in range(begin, stop):
            far = net.route_class[route]
            fits = False
            for option in range(net.options_at[far, tier[i]], net.options_at[far, tier[i] + 1]):
                n = net.option_slots[option] + guard
                size, best_region = 0, -1
                best_start = -1
                for region in range(regions):
                    words = net.region_words[region]
                    _path_free(net, live, route, region)
                    masks.starts_of_runs(live.path_free, words, n)
                    if allocation == BEST_FIT:
                        block, start = _tightest(net, live, route, region, n)
                        if start >= 0 and (best_start < 0 or block < size):
                            size, best_start, best_region = block, start, region
                        continue
                    start = (
                        masks.lowest(live.path_free, words) if allocation == FIRST_FIT else masks.highest(live.path_free, words)
                    )
                    if start >= 0:
                        best_start, best_region = start, region
                        break
                if best_start >= 0:
                    fits = True
                    key = np.int64(best_region) << np.int64(32)
                    if allocation == BEST_FIT:
                        key = (np.int64(size) << np.int64(42)) + (np.int64(best_region) << np.int64(24)) + best_start
                    elif allocation == FIRST_FIT:
                        key += best_start
                    else:
                        key -= best_start
                    if found_start < 0 or key < found_key:
                        found_route, found_option, found_region = route, option, best_region
                        found_start, found_key = best_start, key
                    break
            if fits and not lowest_slot:
                break
        if found_start < 0:
            status[i] = BLOCKED
            reason[i] = _why(net, live, source[i], target[i], tier[i], guard)
            rank[i] = -1
            gbps[i] = 0.0
            continue
        end = found_start + net.option_slots[found_option] + guard
        at = net.region_at[found_region]
        for step in range(net.route_at[found_route], net.route_at[found_route + 1]):
            masks.flip(live.free, net.route_links[step] + at, found_start, end)
        place = live.marks[1]
        live.marks[1] = live.next[place]
        date = int(departure[i] / day) & mask
        live.next[place] = live.days[date]
        live.days[date] = place
        live.arrival[place] = arrival[i]
        live.departure[place] = departure[i]
        live.request[place] = first + i
        live.route[place] = found_route
        live.tier[place] = tier[i]
        live.format[place] = net.option_format[found_option]
        live.region[place] = found_region
        live.start[place] = found_start
        live.end[place] = end
        rank[i] = found_route - begin
        gbps[i] = net.gbps[tier[i]]
        lp_request[made] = first + i
        lp_route[made] = found_route
        lp_tier[made] = tier[i]
        lp_format[made] = net.option_format[found_option]
        lp_core[made] = net.region_core[found_region]
        lp_band[made] = net.region_band[found_region]
        lp_start[made] = found_start
        lp_end[made] = end
        made += 1
    return len(arrival), made
