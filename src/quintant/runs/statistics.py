"""Statistics across Runs: replicates of a point become a mean with its interval. Means are over all, never a sample.

The mathematics is `quintant.statistics`; what is within one Run (batch means) is its lab's.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quintant import until
from quintant.config import canonical
from quintant.lab import Lab, Metric
from quintant.runs.lifecycle import State
from quintant.runs.run import Run
from quintant.statistics import Estimate, Scale, interval, zero_event_limit

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


def summarise(
    runs: Sequence[Run], metrics: Callable[[str], Metrics | None], lab: Lab, stopped: Collection[str] = ()
) -> list[PointSummary]:
    """One summary per point, in the order of the sweep. `metrics(run_id)` gives a completed Run's, None otherwise. `stopped`:
    the metrics until whose precision replicates were added."""
    groups: dict[bytes, list[Run]] = {}
    for run in runs:
        groups.setdefault(canonical(dict(run.point)), []).append(run)
    return [_point(group, metrics, lab, stopped) for group in groups.values()]


def _point(group: Sequence[Run], metrics: Callable[[str], Metrics | None], lab: Lab, stopped: Collection[str]) -> PointSummary:
    completed = [run for run in group if run.state is State.COMPLETED]
    by_run = {run.id: measured for run in completed if (measured := metrics(run.id)) is not None}
    names = {name: metric.unit for measured in by_run.values() for name, metric in measured.items()}
    estimates = {name: _estimate(name, by_run, lab.scale(name), name in stopped) for name in names}
    states = Counter(str(run.state) for run in group)
    unfinished = {state: count for state, count in states.items() if state != State.COMPLETED}
    counts = ", ".join(f"{count} {state}" for state, count in unfinished.items())
    return PointSummary(
        point=group[0].point,
        runs=tuple(run.id for run in group),
        states=dict(states),
        headline=estimates.get(lab.headline.metric) or interval(()),
        metrics=estimates,
        units=names,
        missing=f"{len(by_run)} of {len(group)} runs count; {counts}" if unfinished else None,
    )


def _estimate(name: str, by_run: Mapping[str, Metrics], scale: Scale, stopped: bool) -> Estimate:
    measured = [metric for metrics in by_run.values() if (metric := metrics.get(name)) is not None]
    return over_replicates(measured, scale, stopped=stopped)


def over_replicates(metrics: Sequence[Metric], scale: Scale, *, stopped: bool = False) -> Estimate:
    """One metric over the replicates of a point; those without a value do not count. `stopped`: replicates were added until
    this metric was precise, so that its interval is the one that pays for the looks (`quintant.until`)."""
    measured = [metric for metric in metrics if metric.value is not None]
    values = [float(metric.value) for metric in measured if metric.value is not None]
    if stopped and len(values) > 2 and min(values) < max(values):
        return until.estimate(values, scale)
    if scale == "log" and values and not any(values):
        known = [metric.effective for metric in measured if metric.effective is not None]
        whole = math.fsum(known) if len(known) == len(measured) else None  # a sum of some would be a limit of some
        return interval(values, scale, effective_observations=whole)
    if values and all(value == 1.0 for value in values) and (share := _everything(measured)) is not None:
        return share
    fits = {"linear": True, "log": all(value >= 0 for value in values), "share": all(0 <= value <= 1 for value in values)}
    return interval(values, scale if fits[scale] else "linear")


def _everything(measured: Sequence[Metric]) -> Estimate | None:
    """Shares that are all 1, each with a lower limit only: pooled by the observations behind them, as no event is from above.
    None where one of them is not such a share."""
    known = [m.effective for m in measured if m.effective is not None and m.high == m.value and (m.low or 0.0) < 1.0]
    if len(known) != len(measured):
        return None
    whole = math.fsum(known)
    method = f"an event in each of {whole:,.0f} effective observations, 95 % lower limit"
    return Estimate(1.0, 1.0 - zero_event_limit(whole), 1.0, len(measured), method, False, (1.0,) * len(measured))
