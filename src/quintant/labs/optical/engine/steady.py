"""Steady: one load, its warm-up removed, measured until a number of requests or a target interval.

The measured requests are cut into cells; `batches` batches of whole cells give the intervals (estimate.py). With
`target_half_width` the Run goes on in rounds of `requests` and each batch grows by a cell per round, until the blocking is
known well enough or `max_requests` would be exceeded: then the result says that it has not converged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from quintant.lab import Answer, Event, Metric, Progress, Result, Step, Streams
from quintant.labs.optical.engine import assumptions, estimate, spectrum_shape, tables
from quintant.labs.optical.engine.estimate import Estimate
from quintant.labs.optical.engine.kernel import Kernel, supports
from quintant.labs.optical.engine.outcome import Outcomes, Simulator
from quintant.labs.optical.engine.plan import Plan, make_plan
from quintant.labs.optical.engine.requests import TRUNCATED_MEAN, Requests, SteadyTraffic
from quintant.labs.optical.engine.tally import (
    ASKED_GBPS,
    BLOCKED,
    DETOURS,
    HOPS,
    KM,
    LIGHTPATHS,
    REQUESTS,
    SERVED_GBPS,
    Tally,
)

if TYPE_CHECKING:
    from quintant.labs.optical.config import OpticalConfig


def simulator(config: OpticalConfig, plan: Plan) -> Simulator:
    """The compiled simulator where it serves `config`, else the reference."""
    if supports(config) is None:
        return Kernel(config, plan)
    from quintant.labs.optical.engine.reference import Reference

    return Reference(config, plan)


def step_requests(config: OpticalConfig) -> int:
    """Requests per step, about 50 ms of work; the result does not depend on it."""
    if supports(config) is not None:
        return 20 if config.snr != "none" else 1_000
    words = config.cores * (config.slots + config.l_slots + config.s_slots + config.o_slots + config.e_slots) / 64
    most = int(150_000 / max(1.0, words / 8))
    total = config.warmup_requests + config.requests
    return max(1_000, min(most, total // 20))


MOST_ROWS = 512
"""Of a table that follows a Run's course; beyond, a row is several cells."""
MOST_EARLY = 128
"""Of these, rows of the warm-up."""


@dataclass(frozen=True)
class Mark:
    """The network at one moment: after `served` requests, at `time`. `slot_time` (links) and `lightpath_time` are
    `Simulator.spent`; `fragmentation` is that of the spectrum at this moment."""

    served: int
    time: float
    slot_time: np.ndarray
    lightpath_time: float
    fragmentation: float | None


@dataclass
class SteadyState:
    """Where a steady Run stands. `served`: requests so far, warm-up included; `round`: 1, 2 …; `closed`: cells that are
    full. `early`: marks of the warm-up, from the empty network on; `marks`: where measuring begins and at the end of each
    closed cell."""

    config: OpticalConfig
    plan: Plan
    simulator: Simulator
    traffic: SteadyTraffic
    tally: Tally
    served: int = 0
    round: int = 1
    closed: int = 0
    early: list[Mark] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    outcome: Blocking | None = None
    done: bool = False
    fraction: float = 0.0
    lost: LostConnections | None = None


@dataclass(frozen=True)
class Blocking:
    """What is known of the blocking at the end of a round. `converged` None: no target was set."""

    estimate: Estimate
    converged: bool | None
    why: str | None = None


class Steady:
    """The engine of mode "steady" (see quintant.lab.Engine)."""

    def init(self, config: OpticalConfig, rng: Streams) -> SteadyState:
        plan = make_plan(config)
        return SteadyState(
            config,
            plan,
            simulator(config, plan),
            SteadyTraffic(config, plan, rng),
            Tally(plan, config.batches),
            lost=LostConnections(plan) if config.failure is not None else None,
        )

    def step(self, state: SteadyState, answers: Sequence[Answer]) -> Step[SteadyState]:
        config, events = state.config, []
        if state.served == 0:
            events.append(
                Event(
                    "load_start",
                    {
                        "index": 0,
                        "total": 1,
                        "load_erlang": config.load_erlang,
                        "offered_erlang": offered_erlang(config),
                        "mode": "steady",
                        "simulator": type(state.simulator).__name__.lower(),
                    },
                )
            )
        left = step_requests(config)
        while left > 0 and not state.done:
            left -= self._piece(state, left, events)
        return Step(state, state.done, self._progress(state), events)

    def result(self, state: SteadyState) -> Result:
        assert state.outcome is not None
        metrics = self._metrics(state)
        return Result(metrics, self._tables(state, metrics), {"assumptions": assumptions.entries(state.config, state.plan)})

    def so_far(self, state: SteadyState) -> tuple[Result, str] | None:
        """What a stopped Run has measured (see quintant.lab.Stoppable). The cell under way is joined with the last full one: a
        short batch of its own would count as much as a whole one in the interval's degrees of freedom."""
        config = state.config
        measured = state.served - config.warmup_requests
        if measured < 1:
            return None
        if measured > (_cell_end(config, state.closed - 1) if state.closed else 0):
            if state.closed:
                state.marks.pop()
                state.tally.cells[state.closed - 1] += state.tally.cells[state.closed]
                state.tally.sums[state.closed - 1] += state.tally.sums[state.closed]
            else:
                state.closed = 1
            state.marks.append(_mark(state))
        state.tally.cut(state.closed)
        planned = config.requests if config.target_half_width is None else config.max_requests
        amount = f"{measured:,} of {'at most ' if config.target_half_width is not None else ''}{planned:,} requests"
        why = f"stopped on request after {amount}"
        state.outcome = Blocking(_blocking(state, state.closed), None if config.target_half_width is None else False, why)
        metrics = {name: estimate.marked(metric, amount) for name, metric in self._metrics(state).items()}
        return Result(metrics, self._tables(state, metrics), {"assumptions": assumptions.entries(config, state.plan)}), amount

    # --- serving ---

    def _piece(self, state: SteadyState, most: int, events: list[Event]) -> int:
        """Serve up to `most` requests, never across the end of the warm-up or of a cell; returns how many."""
        config = state.config
        measured = state.served - config.warmup_requests
        if measured < 0:
            if not state.early:
                state.early.append(_mark(state))
            end = min(config.warmup_requests, (state.served // _early_size(config) + 1) * _early_size(config))
            requests = state.traffic.take(min(most, end - state.served))
            self._serve(state, requests, None)
            if state.served == end:
                state.early.append(_mark(state))
        else:
            if not state.marks:
                state.marks.append(state.early[-1] if state.early else _mark(state))
                if config.warmup_requests:
                    events.append(Event("warmup_end", {"requests": config.warmup_requests}))
            end = _cell_end(config, state.closed)
            requests = state.traffic.take(min(most, end - measured))
            self._serve(state, requests, state.closed)
            if measured + len(requests) == end:
                self._close_cell(state, events)
        return len(requests)

    def _serve(self, state: SteadyState, requests: Any, cell: int | None) -> None:
        outcomes = state.simulator.serve(requests)
        state.served += len(requests)
        retired = getattr(state.simulator, "retired", None)
        if retired is not None:
            retired()  # the reference keeps them for replay; here nobody reads them
        if cell is not None:
            state.tally.add(cell, requests, outcomes, state.simulator.routes)
        if state.lost is not None:
            state.lost.remember(requests, outcomes)
            state.lost.count(outcomes.dropped, state.config.warmup_requests, state.tally, cell)

    def _close_cell(self, state: SteadyState, events: list[Event]) -> None:
        config = state.config
        state.marks.append(_mark(state))
        state.closed += 1
        if state.closed % config.batches:
            return
        state.outcome = self._judge(state)
        payload = {"round": state.round, "requests": state.served - config.warmup_requests, **_told(state.outcome.estimate)}
        state.done = state.outcome.converged is not False or (state.round + 1) * config.requests > config.max_requests
        if not state.done:
            events.append(Event("round_end", payload))
            state.round += 1
            state.tally.widen(config.batches)
            return
        if state.outcome.converged is False:
            events.append(Event("not_converged", {**payload, "why": state.outcome.why}))
        events.append(
            Event("load_end", {"index": 0, "load_erlang": config.load_erlang, **payload, "converged": state.outcome.converged})
        )

    def _judge(self, state: SteadyState) -> Blocking:
        config = state.config
        judged = _blocking(state, state.closed)
        target = config.target_half_width
        if target is None:
            return Blocking(judged, None)
        relative = judged.relative_half_width
        if relative is not None and relative <= target:
            return Blocking(judged, True)
        measured = state.served - config.warmup_requests
        if not judged.value or judged.lower_limit:
            reached = f"{'everything' if judged.value else 'nothing'} was blocked"
        else:
            width = "no interval could be given" if relative is None else f"the half-width is {100 * relative:.3g} %"
            reached = f"{width} of the blocking, the target is {100 * target:.3g} %"
        return Blocking(
            judged,
            False,
            f"after {measured} requests {reached}; max_requests {config.max_requests} leaves no further round",
        )

    def _progress(self, state: SteadyState) -> Progress:
        config = state.config
        measured = max(0, state.served - config.warmup_requests)
        goal = config.warmup_requests + config.requests
        values: dict[str, Any] = {
            "phase": "measuring" if measured else "warm-up",
            "requests": measured,
            "served": state.served,
            "slots_used": state.simulator.occupied().sum(axis=(1, 2)).tolist(),
        }
        if measured:
            cells = state.tally.cells[: state.closed + 1]
            values["blocking"] = float(cells[:, BLOCKED].sum() / cells[:, REQUESTS].sum())
        if state.closed >= 2:
            now = _blocking(state, state.closed)
            values |= {"half_width": now.half_width, "relative_half_width": now.relative_half_width}
            if config.target_half_width is not None:
                goal = config.warmup_requests + self._expected(state, now)
        state.fraction = 1.0 if state.done else max(state.fraction, min(0.999, state.served / goal))
        return Progress(state.fraction, values)

    def _expected(self, state: SteadyState, now: Estimate) -> int:
        """Requests that the target will probably need: the half-width falls with the square root of their number."""
        config = state.config
        assert config.target_half_width is not None
        relative = now.relative_half_width
        if relative is None:
            return config.max_requests
        measured = state.served - config.warmup_requests
        rounds = -(-measured * (relative / config.target_half_width) ** 2 // config.requests)
        return int(min(config.max_requests, max(state.round, rounds) * config.requests))

    # --- the result ---

    def _metrics(self, state: SteadyState) -> dict[str, Metric]:
        assert state.outcome is not None
        config, tally, measured = state.config, state.tally, state.outcome.estimate
        batches = _batches(state, tally.cells)
        cells = estimate.merged(tally.cells, batches).astype(np.float64)
        sums = estimate.merged(tally.sums, batches)
        n, lightpaths = int(cells[:, REQUESTS].sum()), int(cells[:, LIGHTPATHS].sum())
        times = estimate.merged(np.diff([mark.time for mark in state.marks]), batches)
        slots = np.diff([float(mark.slot_time.sum()) for mark in state.marks])
        lit = np.diff([mark.lightpath_time for mark in state.marks])
        in_slots = config.demand.kind == "slots"
        largest = max(tier.gbps or 0 for tier in state.plan.tiers if tier.share)
        if in_slots:
            bitrate = Estimate(None, n, reason="demands are in slots, not in bit rates")
        else:
            lost = sums[:, ASKED_GBPS] - sums[:, SERVED_GBPS]
            if measured.lower_limit:
                bitrate = estimate.weighed_share(measured, largest, sums[:, ASKED_GBPS])
            elif lost.any():
                bitrate = estimate.share(lost, sums[:, ASKED_GBPS], n, "no request was measured")
            else:
                bitrate = estimate.weighed(measured, largest, sums[:, ASKED_GBPS])
        instant = "two requests arrived at once: no time passed"
        total = len(state.plan.links) * state.plan.cores * state.plan.slots
        use = estimate.mean(estimate.merged(slots, batches), times * total, n, instant)
        active = estimate.mean(estimate.merged(lit, batches), times, n, instant)
        none = "no lightpath was set up"
        hops = estimate.mean(cells[:, HOPS], cells[:, LIGHTPATHS], lightpaths, none)
        km = estimate.mean(sums[:, KM], cells[:, LIGHTPATHS], lightpaths, none)
        shapes = np.array([mark.fragmentation for mark in state.marks[1:] if mark.fragmentation is not None])
        shape = estimate.mean(shapes, np.ones(len(shapes)), len(shapes), "no slot was free at any batch end")
        relative = measured.relative_half_width
        whole = measured.half_width is None
        blocking = measured.metric(ceiling=1.0)
        if state.outcome.converged is False:  # said beside the number, wherever it is shown
            blocking = replace(blocking, method="; ".join(filter(None, (blocking.method, "not converged"))))
        return {
            "blocking": blocking,
            "bitrate_blocking": bitrate.metric(ceiling=1.0),
            "utilization": use.metric(ceiling=1.0),
            "fragmentation": Metric(shape.value, "1", n=len(shapes), reason=shape.reason)
            if shape.value is None
            else Metric(shape.value, "1", n=len(shapes), method="mean over links at the end of each batch"),
            "active_lightpaths": active.metric("lightpaths"),
            "hops": hops.metric("links"),
            "path_km": km.metric("km"),
            "requests": Metric(n, "requests", n=n),
            "blocked": Metric(int(cells[:, BLOCKED].sum()), "requests", n=n),
            "effective_requests": Metric(
                measured.effective,
                "requests",
                n=n,
                reason=None if measured.effective is not None else measured.reason,
                method="requests over the variance inflation of their batches",
            ),
            "relative_half_width": Metric(
                relative,
                "1",
                n=n,
                method="95 % half-width over the value",
                reason=None
                if relative is not None
                else (measured.reason if whole or measured.reason else "nothing was blocked"),
            ),
            "converged": Metric(None, "1", n=n, reason="no target_half_width was set")
            if state.outcome.converged is None
            else Metric(int(state.outcome.converged), "1", n=n, reason=state.outcome.why),
            "rounds": Metric(state.round, "rounds"),
            "offered_erlang": Metric(offered_erlang(config), "Erlang", method=OFFERED[config.holding == "truncated"]),
        }

    def _tables(self, state: SteadyState, metrics: dict[str, Metric]) -> dict[str, Any]:
        config, plan, tally, sim = state.config, state.plan, state.tally, state.simulator
        load = {"load_index": 0, "load_erlang": config.load_erlang}
        value = {name: metric.value for name, metric in metrics.items()}
        blocking, bitrate = metrics["blocking"], metrics["bitrate_blocking"]
        occupied = sim.occupied()
        elapsed = state.marks[-1].time - state.marks[0].time
        taken = state.marks[-1].slot_time - state.marks[0].slot_time
        busy = taken / (elapsed * plan.cores * plan.slots) if elapsed else None
        rows = {
            "loads": [
                {
                    **load,
                    "requests": value["requests"],
                    "blocked": value["blocked"],
                    "blocking": value["blocking"],
                    "blocking_low": blocking.low,
                    "blocking_high": blocking.high,
                    "upper_limit": blocking.upper_limit,
                    "bitrate_blocking": value["bitrate_blocking"],
                    "bitrate_blocking_low": bitrate.low,
                    "bitrate_blocking_high": bitrate.high,
                    "utilization": value["utilization"],
                    "fragmentation": value["fragmentation"],
                    "active_lightpaths": value["active_lightpaths"],
                    "hops": value["hops"],
                    "path_km": value["path_km"],
                    "iterations": 1,
                    "converged": None if value["converged"] is None else bool(value["converged"]),
                    "interval": blocking.method,
                }
            ],
            "batches": [load | row for row in self._settling(state)],
            "states": [load | row for row in self._course(state)],
            "links": [load | row for row in spectrum_shape.link_rows(plan, occupied, busy)],
            "reasons": [load | row for row in tally.reason_rows()],
            "pairs": [load | row for row in tally.pair_rows()],
            "spectrum": [load | row for row in spectrum_shape.lit_rows(plan, sim.routes, sim.live())],
            "modulations": [load | row for row in tally.modulation_rows()],
            "ranks": [load | row for row in tally.rank_rows()],
        }
        return {name: tables.table(name, these) for name, these in rows.items()}

    def _settling(self, state: SteadyState) -> list[dict[str, Any]]:
        """The estimate as it settled, batch by batch; over many rounds a batch of this table is several cells."""
        rows = []
        ends = _thinned(state.closed)
        for batch, (first, last) in enumerate(pairwise([0, *ends])):
            so_far = _blocking(state, last)
            metric = so_far.metric(ceiling=1.0)
            alone = state.tally.cells[first:last].sum(axis=0)
            rows.append(
                {
                    "batch": batch,
                    "requests": so_far.n,
                    "batch_blocking": float(alone[BLOCKED] / alone[REQUESTS]),
                    "blocking": so_far.value,
                    "low": metric.low,
                    "high": metric.high,
                }
            )
        return rows

    def _course(self, state: SteadyState) -> list[dict[str, Any]]:
        """The network's state from the empty network on; over many rounds a row of this table is several cells."""
        plan, rows = state.plan, []
        measured = [state.marks[0], *(state.marks[end] for end in _thinned(state.closed, MOST_ROWS - MOST_EARLY))]
        for warmup, marks in ((True, state.early), (False, measured)):
            for before, mark in pairwise(marks):
                elapsed = mark.time - before.time
                slot_time = float((mark.slot_time - before.slot_time).sum())
                rows.append(
                    {
                        "warmup": warmup,
                        "requests": mark.served,
                        "time": mark.time,
                        "utilization": slot_time / (elapsed * len(plan.links) * plan.cores * plan.slots) if elapsed else None,
                        "fragmentation": mark.fragmentation,
                        "active_lightpaths": (mark.lightpath_time - before.lightpath_time) / elapsed if elapsed else None,
                    }
                )
        return rows


class LostConnections:
    """Who asked for what, kept only where a failure may end a connection: it then counts as blocked after all."""

    def __init__(self, plan: Plan) -> None:
        self._rates = plan.rates_gbps
        self._source: list[np.ndarray] = []
        self._target: list[np.ndarray] = []
        self._gbps: list[np.ndarray] = []

    def remember(self, requests: Requests, outcomes: Outcomes) -> None:
        self._source.append(requests.source)
        self._target.append(requests.target)
        self._gbps.append(outcomes.served_gbps)

    def count(self, dropped: np.ndarray, warmup: int, tally: Tally, cell: int | None) -> None:
        if cell is None or not len(dropped):
            return
        source, target, gbps = (np.concatenate(parts) for parts in (self._source, self._target, self._gbps))
        for request in dropped:
            if request >= warmup:
                tally.drop(cell, source[request], target[request], float(gbps[request]))


OFFERED = {
    False: "load_erlang: arrival rate x mean holding time",
    True: "load_erlang x 0.68696: truncating the holding time at twice its mean shortens it",
}


def offered_erlang(config: OpticalConfig) -> float:
    """The load that arrives: truncation shortens the holding time."""
    return config.load_erlang * (TRUNCATED_MEAN if config.holding == "truncated" else 1.0)


def _cell_end(config: OpticalConfig, cell: int) -> int:
    """Measured requests at the end of a cell: whole rounds, each cut into `batches` cells as equal as can be."""
    rounds, within = divmod(cell, config.batches)
    return rounds * config.requests + (within + 1) * config.requests // config.batches


def _early_size(config: OpticalConfig) -> int:
    """Requests between two marks of the warm-up: those of a cell, more where the warm-up is long."""
    return max(1, config.requests // config.batches, -(-config.warmup_requests // MOST_EARLY))


def _mark(state: SteadyState) -> Mark:
    occupied = state.simulator.occupied()
    return Mark(
        state.served,
        state.traffic.clock,
        *state.simulator.spent(),
        spectrum_shape.mean_fragmentation(state.plan, occupied),
    )


def _thinned(cells: int, most: int = MOST_ROWS) -> list[int]:
    """Numbers of cells after which a row of a table ends: at most `most`, the last one after all of them."""
    step = -(-cells // most)
    return [*range(step, cells, step), cells]


def _blocking(state: SteadyState, closed: int) -> Estimate:
    """From the first `closed` cells, in as many batches as the result has: one rule for progress, table and result."""
    cells = state.tally.cells[:closed]
    cells = estimate.merged(cells, _batches(state, cells))
    return estimate.probability(cells[:, BLOCKED], cells[:, REQUESTS], cells[:, DETOURS], offered_erlang(state.config))


def _batches(state: SteadyState, cells: np.ndarray) -> int:
    """Of how many batches the intervals are that are taken over `cells`."""
    return estimate.batch_count(int(cells[:, REQUESTS].sum()), offered_erlang(state.config), state.config.batches)


def _told(measured: Estimate) -> dict[str, Any]:
    metric = measured.metric(ceiling=1.0)
    return {
        "blocking": measured.value,
        "low": metric.low,
        "high": metric.high,
        "upper_limit": measured.upper_limit,
        "relative_half_width": measured.relative_half_width,
    }
