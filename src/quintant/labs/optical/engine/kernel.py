"""The compiled simulator: candidate paths known beforehand, whole or statically sliced requests, one machine word per 64
slots.

It serves what `supports` accepts and gives, request by request, the outcomes of `reference.py`, which is the specification
(tests/verification/optical/test_differential.py). Everything that can be known before the first request is in the arrays
of `Network`; what changes is in those of `Live` and is updated in place, so that chunks follow each other.

Departures wait in a calendar (Brown 1988, doi 10.1145/63039.63045): a ring of days, each a linked list. Between two
arrivals the order of departures does not matter, so a day need not be sorted.

Hot functions are compiled with `_nrt=False`: they allocate nothing, and numba's reference counting of the arrays in a tuple
(an atomic increment per access) took four fifths of the time before.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

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
DISTANCE, NO_SPECTRUM, FRAGMENTATION, MAX_SEGMENTS = (
    int(Reason.DISTANCE),
    int(Reason.NO_SPECTRUM),
    int(Reason.FRAGMENTATION),
    int(Reason.MAX_SEGMENTS),
)


def supports(config: OpticalConfig) -> str | None:
    """None when the kernel serves `config`, else the first thing in it that needs the reference simulator."""
    wants = {
        f"routing {config.routing}": config.routing not in ROUTINGS,
        f"allocation {config.allocation}": config.allocation not in ALLOCATIONS,
        "dynamic slicing": config.max_segments > 1 and config.dynamic_slicing,
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
    rising: np.ndarray  # int32: the tiers that are bit rates, lowest first


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
    slices: np.ndarray  # int32 (4, segments at most): scratch of one request: tier, option, region, start
    needs: np.ndarray  # int32 (candidates at most): scratch of one request: fewest slots asked for in vain, 0 for none


COLUMN_TYPES = (np.int64, np.int32, np.int32, np.int16, np.int16, np.int16, np.int32, np.int32)
"""Of the fields of `Lightpaths`, request to end."""
POOL_FIELDS = ("arrival", "departure", "next", "request", "route", "tier", "format", "region", "start", "end")


class Kernel:
    """A `Simulator` (see outcome.py) in compiled code. `load_erlang`: where it is not the config's; it only sizes the
    calendar. `like`: one of the same config and plan, to share the arrays made of the plan."""

    routes: Sequence[Route]

    def __init__(self, config: OpticalConfig, plan: Plan, load_erlang: float | None = None, like: Kernel | None = None) -> None:
        reason = supports(config)
        if reason is not None:
            raise ValueError(f"the compiled simulator does not serve {reason}")
        self.routes = plan.routes
        self._plan = plan
        self._network: Network = _network(plan) if like is None else like._network
        load = load_erlang or config.load_erlang
        self._day = config.mean_holding / load if load > 0 else config.mean_holding
        days = 1 << max(6, min(20, int(np.ceil(np.log2(8 * max(load, 1.0))))))
        self._live = _empty(plan, self._network, days, 1024, config.max_segments)
        self._allocation = ALLOCATIONS.index(config.allocation)
        self._lowest_slot = config.first == "slot"
        self._segments = config.max_segments
        self._now = 0.0

    def serve(self, requests: Requests) -> Outcomes:
        n = len(requests)
        status, reason = np.zeros(n, np.uint8), np.zeros(n, np.uint8)
        rank, gbps = np.empty(n, np.int16), np.empty(n, np.float64)
        columns = tuple(np.empty(n + self._segments, kind) for kind in COLUMN_TYPES)
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
                self._segments,
                self._day,
            )
            if done == n:
                break
            if len(columns[0]) - made < self._segments:
                columns = tuple(np.concatenate([column, np.empty_like(column)]) for column in columns)
            else:
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
        """Places of the lightpaths that are up, by ascending request, those of one in the order of their set-up (which end
        on the same day, whose list has the newest first)."""
        order = _taken(self._live.days, self._live.next)[::-1]
        result: np.ndarray = order[np.argsort(self._live.request[order], kind="stable")]
        return result


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
        rising=np.array(
            sorted((tier.index for tier in plan.tiers if tier.gbps is not None), key=lambda index: plan.tiers[index].gbps or 0),
            np.int32,
        ),
    )


def _empty(plan: Plan, network: Network, days: int, pool: int, segments: int) -> Live:
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
        slices=np.zeros((4, segments), np.int32),
        needs=np.zeros(int(plan.count.max(initial=0)), np.int32),
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
def _taken(days: Any, after: Any) -> Any:
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
def _add_live(net: Any, live: Any, places: Any, now: Any, spent: Any) -> Any:
    """Add to `spent` what the lightpaths that are up have used so far."""
    for place in places:
        time, route = now - live.arrival[place], live.route[place]
        for step in range(net.route_at[route], net.route_at[route + 1]):
            spent[net.route_index[step]] += (live.end[place] - live.start[place]) * time
        spent[len(spent) - 1] += time


@njit(cache=True, nogil=True, _nrt=False, inline="always")
def _release(net: Any, live: Any, place: Any) -> Any:
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
def _depart(net: Any, live: Any, now: Any, day: Any) -> Any:
    """Release every connection whose departure is at or before `now`."""
    # The ring is a power of two long, so that `date & mask` is the date modulo its length. Days more than once round the ring
    # share a list: what departs later stays in it. Never more days are gone through than the ring has, however long nothing
    # arrived. With the day as long as a few departures need, releasing one is O(1) on average (Brown 1988, above), where a
    # heap needs O(log n).
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
def _path_free(net: Any, live: Any, route: Any, region: Any) -> Any:
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
def _tightest(net: Any, live: Any, route: Any, region: Any, n: Any) -> Any:
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


@njit(cache=True, nogil=True, _nrt=False, inline="always")
def _fit(net: Any, live: Any, route: Any, n: Any, allocation: Any) -> Any:
    """(region, start, size of the block under best fit) of n free slots on a route; start -1 when there are none."""
    size, start_found, place = 0, -1, -1
    for region in range(len(net.region_at)):
        words = net.region_words[region]
        _path_free(net, live, route, region)
        masks.starts_of_runs(live.path_free, words, n)
        if allocation == BEST_FIT:
            block, start = _tightest(net, live, route, region, n)
            if start >= 0 and (place < 0 or block < size):
                size, place, start_found = block, start, region
            continue
        start = masks.lowest(live.path_free, words) if allocation == FIRST_FIT else masks.highest(live.path_free, words)
        if start >= 0:
            place, start_found = start, region
            break
    return start_found, place, size


@njit(cache=True, nogil=True, _nrt=False, inline="always")
def _toggle(net: Any, live: Any, route: Any, region: Any, start: Any, end: Any) -> Any:
    """Take slots that are free on a route, or give taken ones back."""
    at = net.region_at[region]
    for step in range(net.route_at[route], net.route_at[route + 1]):
        masks.flip(live.free, net.route_links[step] + at, start, end)


@njit(cache=True, nogil=True, _nrt=False, inline="always")
def _light(
    net: Any,
    live: Any,
    columns: Any,
    made: Any,
    request: Any,
    arrival: Any,
    departure: Any,
    date: Any,
    route: Any,
    tier: Any,
    option: Any,
    region: Any,
    start: Any,
    end: Any,
) -> Any:
    """Enter a lightpath, whose slots have been taken, in the pool, in its day and in the records."""
    lp_request, lp_route, lp_tier, lp_format, lp_core, lp_band, lp_start, lp_end = columns
    place = live.marks[1]
    live.marks[1] = live.next[place]
    live.next[place] = live.days[date]
    live.days[date] = place
    live.arrival[place] = arrival
    live.departure[place] = departure
    live.request[place] = request
    live.route[place] = route
    live.tier[place] = tier
    live.format[place] = net.option_format[option]
    live.region[place] = region
    live.start[place] = start
    live.end[place] = end
    lp_request[made] = request
    lp_route[made] = route
    lp_tier[made] = tier
    lp_format[made] = net.option_format[option]
    lp_core[made] = net.region_core[region]
    lp_band[made] = net.region_band[region]
    lp_start[made] = start
    lp_end[made] = end


@njit(cache=True, nogil=True, _nrt=False)
def _leanest(net: Any, live: Any, begin: Any, stop: Any, tier: Any) -> Any:
    """Into `needs`: the fewest slots that a whole request asks for on each candidate, 0 where no format reaches."""
    for route in range(begin, stop):
        need = np.int32(0)
        for option in range(net.options_at[net.route_class[route], tier], net.options_at[net.route_class[route], tier + 1]):
            need = net.option_slots[option] if need == 0 else min(need, net.option_slots[option])
        live.needs[route - begin] = need


@njit(cache=True, nogil=True, _nrt=False)
def _why(net: Any, live: Any, begin: Any, stop: Any, guard: Any, too_many: Any) -> Any:
    """Why no candidate took a request. FRAGMENTATION: in some region, every link of a candidate has as many free slots as
    the least that was asked for there (`needs`), guard slots included. `too_many`: slices would have been more than allowed."""
    reached = False
    for route in range(begin, stop):
        need = live.needs[route - begin]
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
    if reached:
        return NO_SPECTRUM
    return MAX_SEGMENTS if too_many else DISTANCE


@njit(cache=True, nogil=True, _nrt=False)
def _slice(net: Any, live: Any, begin: Any, stop: Any, gbps: Any, guard: Any, allocation: Any, most: Any) -> Any:
    """Static slicing: (candidate, segments) that carry a request of `gbps`, their slots taken and their places in `slices`;
    (-1, 0), or (-1, 1) where a candidate would have needed more than `most` segments. What found no place goes into `needs`."""
    too_many = 0
    for route in range(begin, stop):
        far = net.route_class[route]
        for below in range(len(net.rising) - 1, -1, -1):
            tier = net.rising[below]
            rate = net.gbps[tier]
            if rate >= gbps or net.options_at[far, tier] == net.options_at[far, tier + 1]:
                continue
            segments = math.ceil(gbps / rate)
            if segments > most:
                too_many = 1
                break
            made = 0
            while made < segments:
                carrier, left = tier, gbps - made * rate
                if left < rate:
                    lowest = 0
                    while net.gbps[net.rising[lowest]] < left:
                        lowest += 1
                    carrier = net.rising[lowest]
                option = net.options_at[far, carrier]
                if option == net.options_at[far, carrier + 1]:
                    break
                slots = net.option_slots[option]
                region, start, _ = _fit(net, live, route, slots + guard, allocation)
                if start < 0:
                    need = live.needs[route - begin]
                    live.needs[route - begin] = slots if need == 0 else min(need, slots)
                    break
                _toggle(net, live, route, region, start, start + slots + guard)
                live.slices[0, made], live.slices[1, made] = carrier, option
                live.slices[2, made], live.slices[3, made] = region, start
                made += 1
            if made == segments:
                return route, segments
            for piece in range(made):
                end = live.slices[3, piece] + net.option_slots[live.slices[1, piece]] + guard
                _toggle(net, live, route, live.slices[2, piece], live.slices[3, piece], end)
    return -1, too_many


@njit(cache=True, nogil=True, _nrt=False)
def _has_room(live: Any, places: Any) -> Any:
    """Whether the pool has that many free places."""
    place = live.marks[1]
    for _ in range(places):
        if place < 0:
            return False
        place = live.next[place]
    return True


@njit(cache=True, nogil=True, _nrt=False)
def _serve(
    net: Any,
    live: Any,
    first: Any,
    arrival: Any,
    departure: Any,
    source: Any,
    target: Any,
    tier: Any,
    done: Any,
    made: Any,
    status: Any,
    reason: Any,
    rank: Any,
    gbps: Any,
    columns: Any,
    guard: Any,
    allocation: Any,
    lowest_slot: Any,
    most: Any,
    day: Any,
) -> Any:
    """Serve requests `done ..` of a chunk, in at most `most` lightpaths each; returns (done, lightpaths made). Stops early
    when the pool or the records are full."""
    mask = len(live.days) - 1
    for i in range(done, len(arrival)):
        _depart(net, live, arrival[i], day)
        if live.marks[1] < 0 or len(columns[0]) - made < most:
            return i, made
        begin = net.pair_first[source[i], target[i]]
        stop = begin + net.pair_count[source[i], target[i]]
        found_route, found_option, found_region, found_start, found_key = -1, -1, -1, -1, np.int64(0)
        for route in range(begin, stop):
            far = net.route_class[route]
            fits = False
            for option in range(net.options_at[far, tier[i]], net.options_at[far, tier[i] + 1]):
                region, start, size = _fit(net, live, route, net.option_slots[option] + guard, allocation)
                if start >= 0:
                    fits = True
                    # Candidates are ranked by one integer instead of a tuple: the fields that decide first stand in higher
                    # bits. First and last fit: region, then the lowest (or highest) start. Best fit: the size of the block,
                    # then region, then start: below 2^21, 2^18 and 2^24.
                    key = np.int64(region) << np.int64(32)
                    if allocation == BEST_FIT:
                        key = (np.int64(size) << np.int64(42)) + (np.int64(region) << np.int64(24)) + start
                    elif allocation == FIRST_FIT:
                        key += start
                    else:
                        key -= start
                    if found_start < 0 or key < found_key:
                        found_route, found_option, found_region = route, option, region
                        found_start, found_key = start, key
                    break
            if fits and not lowest_slot:
                break
        date = int(departure[i] / day) & mask
        if found_start >= 0:
            end = found_start + net.option_slots[found_option] + guard
            _toggle(net, live, found_route, found_region, found_start, end)
            _light(
                net,
                live,
                columns,
                made,
                first + i,
                arrival[i],
                departure[i],
                date,
                found_route,
                tier[i],
                found_option,
                found_region,
                found_start,
                end,
            )
            made += 1
        else:
            _leanest(net, live, begin, stop, tier[i])
            segments = 0
            if most > 1 and net.gbps[tier[i]] > 0:
                if not _has_room(live, most):
                    return i, made
                found_route, segments = _slice(net, live, begin, stop, net.gbps[tier[i]], guard, allocation, most)
            if found_route < 0:
                status[i] = BLOCKED
                reason[i] = _why(net, live, begin, stop, guard, segments > 0)
                rank[i] = -1
                gbps[i] = 0.0
                continue
            for piece in range(segments):
                option, start = live.slices[1, piece], live.slices[3, piece]
                _light(
                    net,
                    live,
                    columns,
                    made,
                    first + i,
                    arrival[i],
                    departure[i],
                    date,
                    found_route,
                    live.slices[0, piece],
                    option,
                    live.slices[2, piece],
                    start,
                    start + net.option_slots[option] + guard,
                )
                made += 1
        rank[i] = found_route - begin
        gbps[i] = net.gbps[tier[i]]
    return len(arrival), made
