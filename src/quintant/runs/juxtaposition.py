"""Juxtaposition: several series of Runs side by side. What differs in their configs, in their metrics, and by how much.

A series is a Run, the replicates of a point, or a sweep. Of one lab, series are compared point by point: a point is what the
swept keys of all of them say, also of a series that does not sweep. Differences are to one of them, the baseline, over common
seeds. Of different labs only what every Run has is told.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from quintant.config import canonical
from quintant.difference import Difference, corrected, difference
from quintant.lab import Lab, Metric
from quintant.runs.leaves import leaves, reached
from quintant.runs.lifecycle import State
from quintant.runs.run import Run
from quintant.runs.statistics import over_replicates
from quintant.runs.sweep import Sweep
from quintant.statistics import Estimate, Scale

MOST_SERIES = 8
MOST_RUNS = 5_000
MOST_METRICS = 60
ABSENT: Any = None


@dataclass(frozen=True)
class Series:
    """`key` is that of a row; `axes`: its swept keys; `runs` in their order."""

    key: str
    kind: Literal["run", "point", "sweep"]
    name: str
    lab: str
    runs: tuple[Run, ...]
    axes: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    stopped: frozenset[str] = frozenset()
    """The metrics until whose precision its replicates were added."""

    @classmethod
    def from_runs(cls, key: str, runs: Sequence[Run], sweep: Sweep | None) -> Series:
        kind: Literal["run", "point", "sweep"] = (
            "sweep" if sweep is not None and key == sweep.id else "run" if len(runs) == 1 else "point"
        )
        axes = dict(sweep.axes) if sweep is not None and kind == "sweep" else {}
        stopped = sweep.until.metrics if sweep is not None and sweep.until is not None else frozenset()
        return cls(key, kind, runs[0].name, runs[0].lab, tuple(runs), axes, stopped)

    @property
    def seeds(self) -> tuple[int, ...]:
        return tuple(sorted({run.root_seed for run in self.runs}))

    @property
    def states(self) -> Mapping[str, int]:
        return dict(Counter(str(run.state) for run in self.runs))

    @property
    def took_s(self) -> float | None:
        """The mean time of its completed Runs."""
        times = [run.ended_at - run.started_at for run in self.runs
                 if run.state is State.COMPLETED and run.started_at is not None and run.ended_at is not None]  # fmt: skip
        return sum(times) / len(times) if times else None


@dataclass(frozen=True)
class KeyDifference:
    """A config key in which the series differ: its value by series (of their first Runs)."""

    key: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class PointComparison:
    """One metric at one point: each series' estimate, and each one's difference from the baseline."""

    point: Mapping[str, Any]
    series: Mapping[str, Estimate]
    differences: Mapping[str, Difference]


@dataclass(frozen=True)
class MetricComparison:
    name: str
    unit: str
    scale: Literal["linear", "log"]
    hero: bool
    points: tuple[PointComparison, ...]


@dataclass(frozen=True)
class Juxtaposition:
    """`reason`: why the series cannot be compared but for what every Run has. `axes`: the keys that make a point."""

    series: tuple[Series, ...]
    baseline: str
    reason: str | None
    axes: tuple[str, ...] = ()
    differs: tuple[KeyDifference, ...] = ()
    keys: int = 0
    metrics: tuple[MetricComparison, ...] = ()


Metrics = Mapping[str, Mapping[str, Metric]]
"""By Run id and name."""


def juxtapose(series: Sequence[Series], baseline: str, metrics: Metrics, lab: Lab, confidence: float) -> Juxtaposition:
    """`metrics` of all completed Runs of the series."""
    axes = tuple(dict.fromkeys(axis for entry in series for axis in entry.axes))
    by_series = {entry.key: leaves(entry.runs[0].config) for entry in series}
    names = list(dict.fromkeys(name for config in by_series.values() for name in config))
    differs = tuple(
        KeyDifference(name, {key: config.get(name, ABSENT) for key, config in by_series.items()})
        for name in names
        if name not in axes and len({canonical(config.get(name, ABSENT)) for config in by_series.values()}) > 1
    )
    places: dict[bytes, dict[str, Any]] = {}
    at: dict[str, dict[bytes, list[Run]]] = {entry.key: defaultdict(list) for entry in series}
    for entry in series:
        for run in entry.runs:
            point = {axis: reached(run.config, axis) for axis in axes}
            place = canonical(point)
            places.setdefault(place, point)
            at[entry.key][place].append(run)
    ordered = sorted(places, key=lambda place: _order(places[place], axes))
    seen = dict.fromkeys(name for entry in series for run in entry.runs for name in metrics.get(run.id, {}))
    wanted = [lab.headline.metric, *(name for name in seen if name != lab.headline.metric)][:MOST_METRICS]
    compared = []
    for name in wanted:
        if name not in seen:
            continue
        scale = lab.scale(name)
        unit = next(named[name].unit for named in metrics.values() if name in named)
        stopped = {entry.key for entry in series if name in entry.stopped}
        points = tuple(
            _point(
                places[place], name, scale, {key: at[key].get(place, []) for key in at}, metrics, baseline, confidence, stopped
            )
            for place in ordered
        )
        points = _corrected(points, [entry.key for entry in series])
        compared.append(
            MetricComparison(name, unit, "log" if scale == "log" else "linear", name == lab.headline.metric, points)
        )
    return Juxtaposition(tuple(series), baseline, None, axes, differs, len(names), tuple(compared))


def _point(
    point: Mapping[str, Any], name: str, scale: Scale, runs: Mapping[str, Sequence[Run]], metrics: Metrics, baseline: str,
    confidence: float, stopped: Collection[str],
) -> PointComparison:  # fmt: skip
    measured: dict[str, dict[int, Metric]] = {}
    for key, members in runs.items():
        by_seed = {run.root_seed: metrics[run.id][name] for run in members if name in metrics.get(run.id, {})}
        measured[key] = {seed: metric for seed, metric in by_seed.items() if metric.value is not None}
    estimates = {
        key: over_replicates(list(by_seed.values()), scale, stopped=key in stopped) for key, by_seed in measured.items()
    }
    values = {key: {seed: float(metric.value or 0) for seed, metric in by_seed.items()} for key, by_seed in measured.items()}
    differences = {
        key: difference(by_seed, values[baseline], confidence)
        for key, by_seed in values.items()
        if key != baseline and by_seed and values.get(baseline)
    }
    return PointComparison(point, estimates, differences)


def _corrected(points: Sequence[PointComparison], keys: Sequence[str]) -> tuple[PointComparison, ...]:
    """With Holm's p over the points, for each series by itself."""
    by_series = {
        key: corrected({str(at): point.differences[key] for at, point in enumerate(points) if key in point.differences})
        for key in keys
    }
    return tuple(
        replace(point, differences={key: by_series[key][str(at)] for key in point.differences})
        for at, point in enumerate(points)
    )


def _order(point: Mapping[str, Any], axes: Sequence[str]) -> tuple[Any, ...]:
    """Numbers by size, before all else by its text."""
    return tuple(
        (0, float(value), "") if isinstance(value, (int, float)) and not isinstance(value, bool) else (1, 0.0, str(value))
        for value in (point[axis] for axis in axes)
    )


def labs_of(series: Sequence[Series]) -> list[str]:
    return list(dict.fromkeys(entry.lab for entry in series))
