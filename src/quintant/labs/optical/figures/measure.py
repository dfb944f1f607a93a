"""Measured blocking: the outcomes as series over load, each point with its replicates and their estimate."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from quintant.config import canonical
from quintant.figure import cannot
from quintant.figure.number import SPACE, plain
from quintant.figure.replicates import differing
from quintant.lab import Outcome
from quintant.labs.optical.config import OpticalConfig
from quintant.labs.optical.figures.replicates import algorithm, config_of, topology_name
from quintant.labs.optical.figures.tables import rows
from quintant.statistics import Estimate, interval, zero_event_limit

LOAD_KEYS = ("load_erlang", "replay_loads_erlang")


@dataclass(frozen=True)
class Quantity:
    """What is blocked, counted in requests or in bit rate; never mixed in one figure. `key`: column and metric."""

    key: str
    label: str
    spoken: str


REQUESTS = Quantity("blocking", "Blocking probability", "Blocking")
BIT_RATE = Quantity("bitrate_blocking", "Bit-rate blocking probability", "Bit-rate blocking")


@dataclass(frozen=True)
class Sample:
    """One Run at one load. `low`, `high`: its own interval, made as `method` says; `high` alone is an upper limit."""

    run_id: str
    root_seed: int
    value: float
    low: float | None
    high: float | None
    upper_limit: bool
    method: str | None
    parts: tuple[float, ...] = ()
    """Of a replay Run, each iteration's own value: every one starts from an empty network with its own seed."""


@dataclass(frozen=True)
class LoadPoint:
    load_erlang: float
    samples: tuple[Sample, ...]
    estimate: Estimate


@dataclass(frozen=True)
class Series:
    """Points that differ in load only, ascending. `name`: what tells it from the others."""

    name: str
    config: OpticalConfig
    points: tuple[LoadPoint, ...]


@dataclass(frozen=True)
class Measured:
    series: tuple[Series, ...]
    badges: tuple[str, ...]

    @property
    def loads(self) -> tuple[float, ...]:
        return tuple(sorted({point.load_erlang for series in self.series for point in series.points}))

    @property
    def points(self) -> tuple[LoadPoint, ...]:
        return tuple(point for series in self.series for point in series.points)

    def band(self) -> str:
        """What the intervals are: over seeds, or within the only Run of each point."""
        counts = sorted({point.estimate.n for point in self.points})
        if counts == [1]:
            methods = sorted({s.method for point in self.points for s in point.samples if s.method})
            return f"{' or '.join(methods)}, n = 1 run" if methods else "n = 1 run, no interval"
        if counts[0] != counts[-1]:
            return f"mean ± 95{SPACE}% CI where n ≥ 3, n = {counts[0]}–{counts[-1]} seeds"
        limits = all(point.estimate.upper_limit for point in self.points)
        first = next((p.estimate for p in self.points if not p.estimate.upper_limit), self.points[0].estimate)
        return first.band() if not limits else self.points[0].estimate.band()


def measure(figure: str, outcomes: Sequence[Outcome], quantity: Quantity) -> Measured:
    """Fold the outcomes; Conflict when none of them has measured `quantity`."""
    configs: dict[bytes, OpticalConfig] = {}
    samples: dict[bytes, dict[float, dict[int, Sample]]] = {}
    empty, again = 0, 0
    for outcome in outcomes:
        config = config_of(outcome)
        key = _series_key(config)
        measured = list(_samples(figure, outcome, quantity)) if "loads" in outcome.tables else []
        if not measured:
            empty += 1
            continue
        configs.setdefault(key, config)
        for load, sample in measured:
            at_load = samples.setdefault(key, {}).setdefault(load, {})
            again += sample.root_seed in at_load
            at_load.setdefault(sample.root_seed, sample)
    if not samples:
        states = ", ".join(sorted({outcome.state for outcome in outcomes}))
        raise cannot(figure, f"no run has measured {quantity.spoken.lower()} yet (states: {states})")
    names = _names(tuple(configs.values()))
    series = tuple(
        Series(name, configs[key], tuple(_point(load, at_load.values()) for load, at_load in sorted(samples[key].items())))
        for name, key in zip(names, samples, strict=True)
    )
    shown = [point for track in series for point in track.points if point.estimate.mean or point.estimate.upper_limit]
    if not shown:
        limit = "" if quantity is REQUESTS else "; an upper limit is known for requests only, see figure blocking"
        raise cannot(figure, f"nothing was blocked and no upper limit of {quantity.spoken.lower()} is known{limit}")
    hidden = sorted(
        {p.load_erlang for track in series for p in track.points if not (p.estimate.mean or p.estimate.upper_limit)}
    )
    badges = (
        f"no mark at {', '.join(map(plain, hidden))}{SPACE}E: nothing blocked, no upper limit known" if hidden else "",
        f"{empty} of {len(outcomes)} runs left out: nothing measured yet" if empty else "",
        f"{again} repeated seed{'s' if again > 1 else ''} left out: the same numbers, not another replicate" if again else "",
    )
    return Measured(series, tuple(filter(None, badges)))


def _point(load: float, samples: Iterable[Sample]) -> LoadPoint:
    return LoadPoint(load, tuple(samples), _estimate(tuple(samples)))


def crossing(points: Sequence[tuple[float, float | None]], target: float) -> float | None:
    """The load at which a rising curve (load, probability) passes `target`: straight in log probability between points."""
    known = [(load, value) for load, value in points if value is not None and value > 0]
    for (x1, y1), (x2, y2) in itertools.pairwise(known):
        if y1 < target <= y2:
            return x1 + (x2 - x1) * math.log(target / y1) / math.log(y2 / y1)
    return None


def _samples(figure: str, outcome: Outcome, quantity: Quantity) -> Iterator[tuple[float, Sample]]:
    iterations: dict[float, list[float]] = {}
    if quantity is REQUESTS and config_of(outcome).mode == "replay" and "batches" in outcome.tables:
        for row in rows(figure, outcome, "batches"):
            iterations.setdefault(row["load_erlang"], []).append(row["batch_blocking"])
    for row in rows(figure, outcome, "loads"):
        value = row[quantity.key]
        if value is None:
            continue
        low, high = row[f"{quantity.key}_low"], row[f"{quantity.key}_high"]
        limit = bool(row["upper_limit"]) and value == 0
        parts = tuple(iterations.get(row["load_erlang"], ()))
        seed, bounds = (outcome.run_id, outcome.root_seed), (None if limit else low, high)
        yield row["load_erlang"], Sample(*seed, value, *bounds, limit, row["interval"], parts)


def _estimate(samples: tuple[Sample, ...]) -> Estimate:
    if len(samples) == 1:
        (only,) = samples
        low = 0.0 if only.upper_limit else only.low
        return Estimate(only.value, low, only.high, 1, only.method or "n = 1, no interval", only.upper_limit, (only.value,))
    lows = [1.0 - sample.low for sample in samples if sample.value == 1.0 and sample.low is not None and sample.low < 1.0]
    if len(lows) == len(samples):  # everything was blocked: limits from below, pooled as those from above are
        low = 1.0 - zero_event_limit(_observations(lows))
        return Estimate(1.0, low, 1.0, len(samples), "95 % lower limit", False, tuple(1.0 for _ in samples))
    limits = [sample.high for sample in samples if sample.upper_limit and sample.high]
    effective = _observations(limits) if len(limits) == len(samples) else None
    return interval([sample.value for sample in samples], "log", effective_observations=effective)


def _observations(limits: Sequence[float]) -> float:
    """Independent observations behind replicates that each have a one-sided limit, together."""
    return sum(math.log(0.05) / math.log1p(-min(limit, 0.95)) for limit in limits)


def _series_key(config: OpticalConfig) -> bytes:
    settings = config.model_dump(mode="json")
    return canonical({key: value for key, value in settings.items() if key not in LOAD_KEYS})


def _names(configs: Sequence[OpticalConfig]) -> tuple[str, ...]:
    """What tells series apart, in as few words as do: the algorithm's name where that suffices, else the keys."""
    if len(configs) == 1:
        return (algorithm(configs[0]),)
    short = tuple(map(algorithm, configs))
    settings = [config.model_dump(mode="json") for config in configs]
    keys = [key for key in differing(settings) if key not in LOAD_KEYS]
    named = {"routing", "allocation", "first"}
    names = []
    for config, setting, name in zip(configs, settings, short, strict=True):
        parts = [name] if named & set(keys) else []
        parts += [_spoken(config, key, setting[key]) for key in keys if key not in named]
        names.append(" ".join(parts))
    return tuple(names)


def _spoken(config: OpticalConfig, key: str, value: Any) -> str:
    match key:
        case "topology":
            return topology_name(config)
        case "directed":
            return "directed" if value else "undirected"
        case "k_paths":
            return f"k{SPACE}{value}"
        case "path_order":
            return f"paths by {value}"
        case "slots" | "guard_slots" | "cores":
            return f"{plain(value)}{SPACE}{key.replace('_', ' ')}"
        case _ if isinstance(value, (str, int, float, bool)) or value is None:
            return f"{key} {value}"
        case _:
            return f"{key} {canonical(value).decode()[:24]}"
