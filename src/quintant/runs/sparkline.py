"""Sparkline: the small line beside a row. The course of one Run, the seeds of a point, or the points of a sweep."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, or_, select

from quintant.lab import Headline, Lab, Metric
from quintant.runs.lifecycle import State
from quintant.runs.statistics import over_replicates
from quintant.runs.store.models import PROGRESS, events, run_metrics, runs, sweeps
from quintant.until import Until

MOST_TOLD = 20_000  # progress events of one Run that a course is taken from


@dataclass(frozen=True)
class Sparkline:
    """`course`: the value that the engine tells over the done part of the work; `seeds`: one value each, with mean and interval
    over them; `points`: the means of a sweep of one axis over its values. `seq`: changes when the line may have."""

    kind: Literal["course", "seeds", "points"]
    metric: str
    unit: str
    scale: str
    y: tuple[float, ...]
    x: tuple[float, ...] | None = None
    low: tuple[float | None, ...] | None = None
    high: tuple[float | None, ...] | None = None
    mean: float | None = None
    axis: str | None = None
    seq: int = 0
    live: bool = False


def sparklines(connection: Connection, keys: Sequence[str], labs: Mapping[str, Lab], points: int) -> dict[str, Sparkline]:
    """By key of a row; what is not there is left out."""
    drawn: dict[str, Sparkline] = {}
    for key, members in _members(connection, keys).items():
        lab = labs.get(members[0].lab)
        if lab is None:
            continue
        sparkline = _sparkline(connection, members, lab, points)
        if sparkline is not None:
            drawn[key] = sparkline
    return drawn


def _members(connection: Connection, keys: Sequence[str]) -> dict[str, list[Any]]:
    """The Runs of each row, in their order."""
    ids = [key for key in keys if "." not in key]
    folds = {
        int(fold): key for key in keys for _, dot, fold in [key.partition(".")] if dot and fold.isdecimal() and len(fold) < 19
    }
    names = ("id", "number", "fold", "sweep_id", "lab", "state", "last_seq", "fraction", "values", "point")
    query = select(*(runs.c[name] for name in names)).where(runs.c.hidden_until.is_(None)).order_by(runs.c.number)
    matching = or_(runs.c.id.in_(ids), runs.c.sweep_id.in_(ids), runs.c.fold.in_(list(folds)))
    members: dict[str, list[Any]] = defaultdict(list)
    asked_for = set(keys)
    for row in connection.execute(query.where(matching)):
        for key in (row.id, row.sweep_id, f"{row.sweep_id}.{row.fold}"):
            if key in asked_for:
                members[key].append(row)
    return members


def _sparkline(connection: Connection, members: Sequence[Any], lab: Lab, points: int) -> Sparkline | None:
    headline, scale = lab.headline, lab.scale(lab.headline.metric)
    live = any(not State(row.state).final for row in members)
    about: dict[str, Any] = {"metric": headline.metric, "unit": headline.unit, "scale": headline.scale, "live": live}
    about["seq"] = sum(row.last_seq for row in members)
    if len(members) == 1:
        xs, ys = _course(connection, members[0], headline, points)
        return Sparkline("course", y=ys, x=xs, **about)
    measured = _measured(connection, [row.number for row in members], headline.metric)
    folds: dict[int, list[Metric]] = defaultdict(list)
    place: dict[int, Any] = {}
    for row in members:
        place.setdefault(row.fold, row.point)
        if row.number in measured:
            folds[row.fold].append(measured[row.number])
    request = connection.execute(select(sweeps.c.request).where(sweeps.c.id == members[0].sweep_id)).scalar()
    until = None if request is None else Until.stored(request)
    stopped = until is not None and headline.metric in until.metrics
    if len(place) == 1:
        metrics = folds[members[0].fold]
        if not metrics:  # nothing has come to its end: what the first of them tells
            xs, ys = _course(connection, members[0], headline, points)
            return Sparkline("course", y=ys, x=xs, **about)
        estimate = over_replicates(metrics, scale, stopped=stopped)
        values = tuple(float(metric.value) for metric in metrics if metric.value is not None)
        return Sparkline("seeds", y=values, low=(estimate.low,), high=(estimate.high,), mean=estimate.mean, **about)
    axes = connection.execute(select(sweeps.c.axes).where(sweeps.c.id == members[0].sweep_id)).scalar() or {}
    axis = next((key for key, values in axes.items() if len(values) > 1), None)
    at = [fold for fold in place if folds.get(fold)]
    estimates = [over_replicates(folds[fold], scale, stopped=stopped) for fold in at]
    drawn = [
        (place[fold].get(axis), estimate) for fold, estimate in zip(at, estimates, strict=True) if estimate.mean is not None
    ]
    numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value, _ in drawn)
    xs = tuple(float(value) if numbers else float(index) for index, (value, _) in enumerate(drawn))
    return Sparkline(
        "points",
        y=tuple(estimate.mean for _, estimate in drawn if estimate.mean is not None),
        x=xs,
        low=tuple(estimate.low for _, estimate in drawn),
        high=tuple(estimate.high for _, estimate in drawn),
        axis=axis,
        **about,
    )


def _measured(connection: Connection, numbers: Sequence[int], name: str) -> dict[int, Metric]:
    metric = run_metrics.c
    query = select(run_metrics).where(metric.run.in_(numbers), metric.name == name, metric.value.is_not(None))
    return {row.run: Metric(row.value, row.unit, row.low, row.high) for row in connection.execute(query)}


def _course(connection: Connection, row: Any, headline: Headline, points: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """What the engine told of the headline (`Headline.course` names the value where it is called otherwise) by done part."""
    name = headline.course or headline.metric
    query = (
        select(events.c.payload["fraction"].as_float(), events.c.payload[name].as_float())
        .where(events.c.run_id == row.id, events.c.kind == "progress", PROGRESS)
        .order_by(events.c.seq)
        .limit(MOST_TOLD)
    )
    points_so_far = [(x, y) for x, y in connection.execute(query) if x is not None and y is not None]
    kept = extremes(points_so_far, points)
    return tuple(x for x, _ in kept), tuple(y for _, y in kept)


def extremes(course: Sequence[tuple[float, float]], points: int) -> list[tuple[float, float]]:
    """At most `points` of a course: of each stretch its least and its greatest value, in their order, and both ends of all."""
    if len(course) <= points:
        return list(course)
    stretches = max(1, (points - 2) // 2)
    inner = course[1:-1]
    kept = [course[0]]
    for index in range(stretches):
        stretch = inner[index * len(inner) // stretches : (index + 1) * len(inner) // stretches]
        if stretch:
            least = min(range(len(stretch)), key=lambda i: stretch[i][1])
            most = max(range(len(stretch)), key=lambda i: stretch[i][1])
            kept += [stretch[i] for i in sorted({least, most})]
    return [*kept, course[-1]]
