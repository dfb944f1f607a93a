"""Statistics across Runs: replicates of a point become a mean with its interval. Means are over all, never a sample.

The mathematics is `quintant.statistics`; what is within one Run (batch means) is its lab's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quintant.config import canonical
from quintant.lab import Headline, Metric
from quintant.runs.lifecycle import State
from quintant.runs.run import Run
from quintant.statistics import Estimate, interval

Metrics = Mapping[str, Metric]


@dataclass(frozen=True)
class PointSummary:
    """What the replicates of one point say together. `metrics` covers completed Runs; `missing` tells of the others."""

    point: Mapping[str, Any]
    runs: tuple[str, ...]
    states: Mapping[str, int]
    headline: Estimate
    metrics: Mapping[str, Estimate]
    units: Mapping[str, str]
    missing: str | None


def summarise(runs: Sequence[Run], metrics: Callable[[str], Metrics | None], headline: Headline) -> list[PointSummary]:
    """One summary per point, in the order of the sweep. `metrics(run_id)` gives a completed Run's, None otherwise."""
    groups: dict[bytes, list[Run]] = {}
    for run in runs:
        groups.setdefault(canonical(dict(run.point)), []).append(run)
    return [_point(group, metrics, headline) for group in groups.values()]


def _point(group: Sequence[Run], metrics: Callable[[str], Metrics | None], headline: Headline) -> PointSummary:
    completed = [run for run in group if run.state is State.COMPLETED]
    found = {run.id: measured for run in completed if (measured := metrics(run.id)) is not None}
    names = {name: metric.unit for measured in found.values() for name, metric in measured.items()}
    estimates = {
        name: _estimate(name, found, "log" if name == headline.metric and headline.scale == "log" else "linear")
        for name in names
    }
    states = Counter(str(run.state) for run in group)
    unfinished = {state: count for state, count in states.items() if state != State.COMPLETED}
    told = ", ".join(f"{count} {state}" for state, count in unfinished.items())
    return PointSummary(
        point=group[0].point,
        runs=tuple(run.id for run in group),
        states=dict(states),
        headline=estimates.get(headline.metric) or interval(()),
        metrics=estimates,
        units=names,
        missing=f"{len(found)} of {len(group)} runs count; {told}" if unfinished else None,
    )


def _estimate(name: str, found: Mapping[str, Metrics], scale: Any) -> Estimate:
    measured = [metric for metrics in found.values() if (metric := metrics.get(name)) and metric.value is not None]
    values = [float(metric.value) for metric in measured if metric.value is not None]
    if scale == "log" and values and not any(values):
        limits = [metric.high for metric in measured if metric.high]
        effective = sum(3.0 / limit for limit in limits) if limits else None
        return interval(values, scale, effective_observations=effective)
    return interval(values, scale if all(value >= 0 for value in values) else "linear")
