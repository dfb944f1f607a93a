"""Replay: FUSION's experiment. Every load, and for each load up to `replay_iterations` iterations with the same seeds.

Each iteration starts with an empty network and counts from the first request; there is no warm-up, so that short
iterations at high loads report less blocking than the steady state has. The requests are FUSION's, draw by draw
(`requests.replay`); iteration i uses `replay_seeds[i]`, or i + 1. With `replay_stop_at_interval` a load ends once its
90 % interval is at most 5 % of the mean blocking.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from quintant.lab import Answer, Event, Metric, Progress, Result, Step, Streams
from quintant.labs.optical.engine import assumptions, departures, estimate, fusion, spectrum_shape, tables
from quintant.labs.optical.engine.iteration import Iteration
from quintant.labs.optical.engine.kernel import ROUTINGS, Kernel, supports
from quintant.labs.optical.engine.lives import Lives
from quintant.labs.optical.engine.outcome import Lightpaths, Outcomes
from quintant.labs.optical.engine.pieces import joined
from quintant.labs.optical.engine.plan import Plan, Route, make_plan
from quintant.labs.optical.engine.protection import Switchovers
from quintant.labs.optical.engine.reference import Reference
from quintant.labs.optical.engine.requests import Requests, replay
from quintant.labs.optical.engine.routing.candidate import Routes
from quintant.labs.optical.engine.tally import ASKED_GBPS, DETOURS, Tally

if TYPE_CHECKING:
    from quintant.labs.optical.config import OpticalConfig

STOP_PERCENT = 5.0
INTERVAL = "90 % normal over {n} iterations (FUSION's rule)"


@dataclass
class Load:
    """What is known of one load. One entry per iteration run in each list; None where there was nothing to measure."""

    index: int
    erlang: float
    tally: Tally
    blocking: list[float | None] = field(default_factory=list)
    bitrate: list[float | None] = field(default_factory=list)
    lightpath_utilisation: list[float | None] = field(default_factory=list)
    utilisation: list[np.ndarray] = field(default_factory=list)
    fragmentation: list[float | None] = field(default_factory=list)
    states: list[dict[str, Any]] = field(default_factory=list)
    active: list[float | None] = field(default_factory=list)
    hops: list[tuple[int, int]] = field(default_factory=list)
    km: list[tuple[float, int]] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)
    blocked: list[int] = field(default_factory=list)
    counted: Switchovers = field(default_factory=Switchovers)
    saved: dict[str, Any] = field(default_factory=dict)

    @property
    def iterations(self) -> int:
        return len(self.blocking)


@dataclass(frozen=True)
class Ending:
    """The network as an iteration left it: `occupied` bool (links, cores, slots), and what was lit."""

    routes: Sequence[Route]
    occupied: np.ndarray
    live: Lightpaths


@dataclass
class ReplayState:
    """Where a replay stands: `loads[-1]` is being run; `ending`: of its last whole iteration; `simulator`, `requests`,
    `pieces`, `served`: of the iteration under way. `kernel`: the last compiled one, whose arrays of the plan the next one
    shares. `occupied`: bool (links, cores, slots), as it was last seen."""

    config: OpticalConfig
    plan: Plan
    erlangs: tuple[float, ...]
    routes: Routes
    loads: list[Load] = field(default_factory=list)
    simulator: Kernel | Reference | None = None
    kernel: Kernel | None = None
    requests: Requests | None = None
    pieces: list[Outcomes] = field(default_factory=list)
    served: int = 0
    occupied: np.ndarray = field(default_factory=lambda: np.zeros((0, 0, 0), bool))
    ending: Ending | None = None
    documents: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, list[pa.Table]] = field(default_factory=lambda: {name: [] for name in tables.SCHEMAS})


def step_requests(config: OpticalConfig) -> int:
    """Requests per step, a few hundred milliseconds at most; the result does not depend on it."""
    if supports(config) is None:
        return 200_000
    if config.snr_recheck:
        return 10
    if config.snr != "none" or config.routing == "nli_aware":
        return 200
    return 2_000 if config.routing in ROUTINGS else 500


class Replay:
    """The engine of mode "replay" (see quintant.lab.Engine). Seeds are the config's own: `rng` is not used."""

    def init(self, config: OpticalConfig, rng: Streams) -> ReplayState:
        plan = make_plan(config)
        if supports(config) is not None:
            Reference(config, plan)  # refuses here what it cannot serve, before any event is told
        erlangs = (config.load_erlang,) if config.replay_loads_erlang is None else config.replay_loads_erlang
        dark = np.zeros((len(plan.links), plan.cores, plan.slots), bool)
        return ReplayState(config, plan, tuple(erlangs), Routes(plan), occupied=dark)

    def step(self, state: ReplayState, answers: Sequence[Answer]) -> Step[ReplayState]:
        """One iteration, or a piece of it; a long one is drawn and judged in steps of their own."""
        events: list[Event] = []
        done, most = False, step_requests(state.config)
        drawn = state.simulator is not None
        if not drawn:
            self._begin(state, events)
        assert state.simulator is not None and state.requests is not None
        total = len(state.requests)
        over = state.served == total and drawn
        if total <= most or (drawn and not over):
            stop = min(state.served + most, total)
            state.pieces.append(state.simulator.serve(state.requests.part(state.served, stop)))
            state.served = stop
            state.occupied = state.simulator.occupied()
        if total <= most or over:
            done = self._end(state, events)
        return Step(state, done, self._progress(state, done), events)

    def so_far(self, state: ReplayState) -> tuple[Result, str] | None:
        """What a stopped replay has measured (see quintant.lab.Stoppable): whole iterations. FUSION's own document of a load
        ("fusion") is there for the loads that ended."""
        ended = len(state.tables["loads"])
        load = state.loads[-1] if len(state.loads) > ended else None
        if load is not None and not load.iterations:
            state.loads.pop()
            load = None
        if not state.loads:
            return None
        many = len(state.erlangs) > 1
        parts = [f"{ended} of {len(state.erlangs)} loads"] if many and ended else []
        if load is not None:
            assert state.ending is not None
            self._fill_tables(state, load, state.ending)
            which = f" of load {load.index + 1} of {len(state.erlangs)}" if many else ""
            parts.append(f"{load.iterations} of {state.config.replay_iterations} iterations{which}")
        amount = " and ".join(parts)
        result = self.result(state)
        return replace(
            result, metrics={name: estimate.marked(metric, amount) for name, metric in result.metrics.items()}
        ), amount

    def result(self, state: ReplayState) -> Result:
        config = state.config
        documents = {
            "fusion": state.documents,
            "departures": departures.entries(config),
            "assumptions": assumptions.entries(config, state.plan),
        }
        return Result(self._metrics(state), {name: pa.concat_tables(parts) for name, parts in state.tables.items()}, documents)

    # --- one iteration ---

    def _begin(self, state: ReplayState, events: list[Event]) -> None:
        """Set up the next iteration: the next of this load, or the first of the next load."""
        config, plan = state.config, state.plan
        if not state.loads:
            erlangs = state.erlangs
            events.append(
                Event(
                    "config",
                    {
                        "total_erlangs": len(erlangs),
                        "total_iterations": config.replay_iterations,
                        "erlang_start": erlangs[0],
                        "erlang_stop": erlangs[-1],
                        "erlang_step": erlangs[1] - erlangs[0] if len(erlangs) > 1 else None,
                    },
                )
            )
            events += [
                Event(entry["kind"], {"about": entry["about"], "says": entry["says"]}) for entry in departures.entries(config)
            ]
        if not state.loads or _ended(config, state.loads[-1]):
            index = len(state.loads)
            state.loads.append(Load(index, float(state.erlangs[index]), Tally(plan, config.replay_iterations)))
            events.append(
                Event(
                    "erlang_start",
                    {
                        "erlang": state.loads[-1].erlang,
                        "erlang_index": index,
                        "total_erlangs": len(state.erlangs),
                    },
                )
            )
        load = state.loads[-1]
        seeds = config.replay_seeds
        seed = load.iterations + 1 if seeds is None else seeds[load.iterations]
        state.requests = replay(config, plan, seed, load.erlang)
        if supports(config) is None:
            state.simulator = Kernel(config, plan, load.erlang or None, state.kernel)
            state.kernel = state.simulator
        else:
            state.simulator = Reference(config, plan, records=True, routes=state.routes)
        state.pieces, state.served = [], 0

    def _end(self, state: ReplayState, events: list[Event]) -> bool:
        """Take stock of the iteration that has been served; whether the replay is over."""
        config, load = state.config, state.loads[-1]
        iteration = self._iteration(state)
        state.simulator, state.pieces = None, []
        self._count(load, iteration)
        state.ending = Ending(iteration.routes, iteration.occupied, iteration.live)
        number = load.iterations - 1
        ended = _ended(config, load)
        if number == 0 or ended or (number + 1) % config.replay_save_step == 0:
            so_far = (load.blocking, load.bitrate, load.lightpath_utilisation)
            load.saved[str(number)] = fusion.statistics(
                config, iteration, *so_far, listed=ended or number < fusion.LISTED_ITERATIONS
            )
        metrics = {
            "blocking_prob": load.blocking[-1],
            "bit_rate_blocking": load.bitrate[-1],
            "mean_hops": _ratio(*load.hops[-1]),
            "mean_path_length": _ratio(*load.km[-1]),
        }
        events.append(
            Event(
                "iteration",
                {
                    "erlang": load.erlang,
                    "iteration": load.iterations,
                    "total_iterations": config.replay_iterations,
                    "metrics": {name: value for name, value in metrics.items() if value is not None},
                },
            )
        )
        if not ended:
            return False
        low, high = _bounds(load.blocking)
        payload = {"mean_blocking": fusion.mean(load.blocking), "ci_lower": low, "ci_upper": high}
        events.append(
            Event(
                "erlang_complete",
                {
                    "erlang": load.erlang,
                    "metrics": {name: value for name, value in payload.items() if value is not None},
                },
            )
        )
        self._fill_tables(state, load, state.ending)
        state.documents[repr(load.erlang)] = fusion.load_document(
            load.saved, iteration, load.blocking, load.bitrate, load.lightpath_utilisation
        )
        load.saved = {}
        return len(state.loads) == len(state.erlangs)

    def _iteration(self, state: ReplayState) -> Iteration:
        simulator, requests, outcomes = state.simulator, state.requests, joined(state.pieces)
        assert simulator is not None and requests is not None
        live, spent = simulator.live(), simulator.spent()
        if isinstance(simulator, Reference):
            simulator.drain()
            lives, counted = Lives.of_retired(simulator.ended()), simulator.counted
        else:
            lives, counted = Lives.of_plain(requests, outcomes.lightpaths, state.plan.rates_gbps), Switchovers()
        return Iteration(state.plan, requests, outcomes, lives, simulator.routes, state.occupied, live, spent, counted)

    def _count(self, load: Load, iteration: Iteration) -> None:
        requests, outcomes = iteration.requests, iteration.outcomes
        load.tally.add(load.iterations, requests, outcomes, iteration.routes)
        for row in (outcomes.dropped - requests.first).tolist():
            load.tally.drop(
                load.iterations, int(requests.source[row]), int(requests.target[row]), float(outcomes.served_gbps[row])
            )
        load.requests.append(len(requests))
        load.blocked.append(int(iteration.blocked.sum()))
        load.blocking.append(iteration.blocking)
        load.bitrate.append(iteration.bitrate_blocking)
        lit = iteration.lives.utilisation_percent[iteration.primary]
        load.lightpath_utilisation.append(float(lit.mean()) if len(lit) else None)
        if iteration.link_utilisation is not None:
            load.utilisation.append(iteration.link_utilisation)
        load.fragmentation.append(spectrum_shape.mean_fragmentation(iteration.plan, iteration.occupied))
        load.active.append(iteration.active_lightpaths)
        before = load.states[-1]["requests"] if load.states else 0
        load.states.append(
            {
                "warmup": False,
                "requests": before + len(requests),
                "time": iteration.duration,
                "utilization": None if iteration.link_utilisation is None else float(iteration.link_utilisation.mean()),
                "fragmentation": load.fragmentation[-1],
                "active_lightpaths": iteration.active_lightpaths,
            }
        )
        load.counted.add(iteration.counted)
        load.hops.append((int(iteration.hops.sum()), len(iteration.hops)))
        load.km.append((float(iteration.km.sum()), len(iteration.km)))

    # --- what is told ---

    def _progress(self, state: ReplayState, done: bool) -> Progress:
        config, load = state.config, state.loads[-1]
        part = float(load.iterations)
        if state.simulator is not None and state.requests is not None and len(state.requests):
            part += state.served / len(state.requests)
        over = state.simulator is None and _ended(config, load)
        within = 1.0 if over else part / config.replay_iterations
        fraction = 1.0 if done else (load.index + within) / len(state.erlangs)
        values: dict[str, Any] = {
            "current_erlang": load.erlang,
            "total_erlangs": len(state.erlangs),
            "current_iteration": load.iterations + (state.simulator is not None),
            "total_iterations": config.replay_iterations,
            "percent_complete": round(100 * fraction, 1),
            "slots_used": _by_pair(state.plan, state.occupied),
        }
        latest = next((value for load in reversed(state.loads) for value in reversed(load.blocking)), None)
        if latest is not None:
            values["latest_metrics"] = {"blocking_prob": latest}
        return Progress(fraction, values)

    # --- the result ---

    def _metrics(self, state: ReplayState) -> dict[str, Metric]:
        """Of the last load; the table "loads" has them all."""
        load = state.loads[-1]
        rows = [row for part in state.tables["loads"] for row in part.to_pylist()]
        row = rows[-1]
        many = len(state.erlangs) > 1
        where = f"; load {load.erlang:g} Erlang, the last of {len(state.erlangs)}" if many else ""
        n = row["requests"]
        none = "no request was made at a load of 0" if n == 0 else None
        in_slots = "demands are in slots, not in bit rates"
        how = f"mean over {load.iterations} iterations{where}"

        def plain(name: str, unit: str, reason: str | None) -> Metric:
            value = row[name]
            return Metric(value, unit, n=n, method=how, reason=reason if value is None else None)

        return {
            **_survival(state.config, load.counted, n, where),
            "blocking": Metric(
                row["blocking"],
                "1",
                row["blocking_low"],
                row["blocking_high"],
                n,
                row["interval"] + where,
                upper_limit=bool(row["upper_limit"]),
                reason=none,
                effective=self._one_sided(load).effective if row["blocking"] in (0.0, 1.0) else None,
            ),
            "bitrate_blocking": Metric(
                row["bitrate_blocking"],
                "1",
                row["bitrate_blocking_low"],
                row["bitrate_blocking_high"],
                n,
                (row["interval"] if row["blocking"] in (0.0, 1.0) else INTERVAL.format(n=load.iterations)) + where,
                upper_limit=bool(row["upper_limit"]) and row["bitrate_blocking"] == 0,
                reason=None if row["bitrate_blocking"] is not None else none or in_slots,
            ),
            "utilization": plain("utilization", "1", none),
            "fragmentation": plain("fragmentation", "1", "no slot was free at the end of any iteration"),
            "active_lightpaths": plain("active_lightpaths", "lightpaths", none),
            "hops": plain("hops", "links", none or "no lightpath was set up"),
            "path_km": plain("path_km", "km", none or "no lightpath was set up"),
            "requests": Metric(n, "requests", n=n),
            "blocked": Metric(row["blocked"], "requests", n=n),
            "iterations": Metric(load.iterations, "iterations"),
            "converged": Metric(
                None if row["converged"] is None else int(row["converged"]),
                "1",
                n=n,
                reason=None if row["converged"] is not None else "replay_stop_at_interval was not asked for",
            ),
            "loads": Metric(len(rows), "loads"),
        }

    def _fill_tables(self, state: ReplayState, load: Load, ending: Ending) -> None:
        """Rows of a load that is over; `ending`: of its last iteration."""
        plan = state.plan
        key = {"load_index": load.index, "load_erlang": load.erlang}
        busy = np.mean(load.utilisation, axis=0) if load.utilisation else None
        blocks = {
            "loads": [self._load_row(state.config, load, busy)],
            "batches": self._settling(load),
            "states": load.states,
            "links": spectrum_shape.link_rows(plan, ending.occupied, busy),
            "reasons": load.tally.reason_rows() if sum(load.blocked) else [],
            "pairs": load.tally.pair_rows(),
            "spectrum": spectrum_shape.lit_rows(plan, ending.routes, ending.live),
            "modulations": load.tally.modulation_rows(),
            "ranks": load.tally.rank_rows(),
        }
        for name, rows in blocks.items():
            state.tables[name].append(tables.table(name, [key | row for row in rows]))

    @staticmethod
    def _one_sided(load: Load) -> estimate.Estimate:
        """The limit of a load at which nothing was blocked, or everything."""
        cells = load.tally.cells[: load.iterations]
        return estimate.probability(np.array(load.blocked), np.array(load.requests), cells[:, DETOURS], load.erlang)

    def _load_row(self, config: OpticalConfig, load: Load, busy: np.ndarray | None) -> dict[str, Any]:
        low, high = _bounds(load.blocking)
        bitrate_low, bitrate_high = _bounds(load.bitrate)
        interval, limit = INTERVAL.format(n=load.iterations), False
        blocked, requests = sum(load.blocked), sum(load.requests)
        if requests and blocked in (0, requests):
            known = self._one_sided(load)
            largest = max(tier.gbps or 0 for tier in load.tally.plan.tiers if tier.share)
            offered = load.tally.sums[: load.iterations, ASKED_GBPS]
            in_rates, limit = load.bitrate[0] is not None, not blocked
            if limit:
                low, high, interval = 0.0, known.high, "95 % upper limit, 3 / effective observations"
                if in_rates and not any(load.bitrate):
                    bitrate_low, bitrate_high = 0.0, estimate.weighed(known, largest, offered).high
            else:
                low, high, interval = known.low, 1.0, "95 % lower limit, 3 / effective observations"
                if in_rates:
                    bitrate_low, bitrate_high = estimate.weighed_share(known, largest, offered).low, 1.0
        elif low is None:
            interval = "one iteration gives no interval" if load.requests[0] else "no request was made"
        stop = fusion.interval(load.blocking) if config.replay_stop_at_interval else None
        return {
            "requests": requests,
            "blocked": blocked,
            "blocking": fusion.mean(load.blocking),
            "blocking_low": low,
            "blocking_high": high,
            "upper_limit": limit,
            "bitrate_blocking": fusion.mean(load.bitrate),
            "bitrate_blocking_low": bitrate_low,
            "bitrate_blocking_high": bitrate_high,
            "utilization": None if busy is None else float(busy.mean()),
            "fragmentation": fusion.mean(load.fragmentation),
            "active_lightpaths": fusion.mean(load.active),
            "hops": _ratio(*map(sum, zip(*load.hops, strict=True))),
            "path_km": _ratio(*map(sum, zip(*load.km, strict=True))),
            "iterations": load.iterations,
            "converged": (stop is not None and stop[1] <= STOP_PERCENT) if config.replay_stop_at_interval else None,
            "interval": interval,
        }

    def _settling(self, load: Load) -> list[dict[str, Any]]:
        """One row per iteration: its blocking, and mean and interval so far."""
        if not all(load.requests):
            return []
        blocking = np.array(load.blocking, np.float64)
        count = np.arange(1, len(blocking) + 1)
        centred = blocking - blocking.mean()
        mean = np.cumsum(centred) / count
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = np.clip(np.cumsum(centred**2) - count * mean**2, 0, None) / (count - 1)
        mean += blocking.mean()
        half = fusion.NORMAL_90 * np.sqrt(variance / count)
        known = (count > 1) & (np.cumsum(blocking) > 0)
        return [
            {
                "batch": row,
                "requests": total,
                "batch_blocking": load.blocking[row],
                "blocking": float(mean[row]),
                "low": max(0.0, float(mean[row] - half[row])) if known[row] else None,
                "high": min(1.0, float(mean[row] + half[row])) if known[row] else None,
            }
            for row, total in enumerate(accumulate(load.requests))
        ]


def _survival(config: OpticalConfig, counted: Switchovers, n: int, where: str) -> dict[str, Metric]:
    """What the failure did, over all iterations of a load; empty without one."""
    if config.failure is None:
        return {}
    lost = f"a restoration would take {config.restoration_latency_ms:g} ms each; nothing is restored{where}"
    moved = f"{config.protection_switchover_ms:g} ms without service each{where}"
    return {
        "dropped": Metric(counted.dropped, "connections", n=n, method=lost),
        "switchovers": Metric(counted.switchovers, "connections", n=n, method=moved),
        "reverts": Metric(counted.reverts, "connections", n=n, method=f"back to the primary path after its repair{where}"),
    }


def _ended(config: OpticalConfig, load: Load) -> bool:
    if load.iterations >= config.replay_iterations:
        return True
    if not config.replay_stop_at_interval:
        return False
    interval = fusion.interval(load.blocking)
    return interval is not None and interval[1] <= STOP_PERCENT


def _by_pair(plan: Plan, occupied: np.ndarray) -> list[int]:
    """Slots taken on each link of the topology, both directions together where each has its own spectrum."""
    used = occupied.sum(axis=(1, 2))
    pairs = np.zeros(len(plan.topology.links), np.int64)
    np.add.at(pairs, [link.pair for link in plan.links], used)
    return pairs.tolist()


def _bounds(values: Sequence[float | None]) -> tuple[float | None, float | None]:
    """FUSION's 90 % interval about the mean, cut at 0 and 1; Nones where there is none."""
    interval, mean = fusion.interval(values), fusion.mean(values)
    if interval is None or mean is None:
        return None, None
    return max(0.0, mean - interval[0]), min(1.0, mean + interval[0])


def _ratio(total: float, count: int) -> float | None:
    return total / count if count else None
