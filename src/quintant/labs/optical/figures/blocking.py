"""O3, blocking against load: the paper's figure. Several loads make a curve on log axes; one load makes a comparison of
its replicates with their mean. Blocking in requests and in bit rate are two figures, never mixed in one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from quintant.figure import Caption, Theme, captioned
from quintant.figure.number import SPACE, percent, plain, with_interval
from quintant.lab import Outcome
from quintant.labs.optical.figures import load_curve, one_load
from quintant.labs.optical.figures.measure import (
    BIT_RATE,
    REQUESTS,
    LoadPoint,
    Measured,
    Quantity,
    Series,
    crossing,
    measure,
)
from quintant.labs.optical.figures.references import Reference, erlang_b, published
from quintant.labs.optical.figures.replicates import facts, seeds


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    """Share of requests blocked."""
    return _build("blocking", outcomes, theme, REQUESTS)


def build_bit_rate(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    """Share of the bit rate asked for that was not served."""
    return _build("bitrate_blocking", outcomes, theme, BIT_RATE)


def _build(name: str, outcomes: Sequence[Outcome], theme: Theme, quantity: Quantity) -> Any:
    measured = measure(name, outcomes, quantity)
    loads = measured.loads
    references = tuple(
        reference
        for series in measured.series
        for reference in published(series.config, quantity.key)
        if loads[0] <= reference.load_erlang <= loads[-1]
    )
    if len(loads) == 1:
        chart = one_load.chart(measured, references, quantity, theme)
    else:
        fine = [loads[0] + (loads[-1] - loads[0]) * step / 60 for step in range(61)]
        lines = [erlang_b(series.config, fine) for series in measured.series]
        chart = load_curve.chart(measured, references, next(filter(None, lines), None), quantity, theme)
    values = [value for point in measured.points for value in point.estimate.values]
    common = [facts(series.config) for series in measured.series]
    return captioned(
        chart,
        Caption(
            sentence=_sentence(measured, references, quantity),
            what=f"{quantity.label} of each run, log axis"
            if len(loads) == 1
            else f"{quantity.label} against traffic load, log axis, interpolated between loads",
            band=measured.band(),
            n=max(point.estimate.n for point in measured.points),
            minimum=min(values),
            maximum=max(values),
            units={"x": "Erlang", "y": "1"},
            facts=(
                *_loads(loads),
                *(fact for fact in common[0] if all(fact in other for other in common)),
                *dict.fromkeys(f"{one.kind}: {one.source}" for one in references),
            ),
            badges=measured.badges,
        ),
    )


def _loads(loads: Sequence[float]) -> tuple[str, ...]:
    return (f"{plain(loads[0])}{SPACE}E",) if len(loads) == 1 else ()


def _sentence(measured: Measured, references: Sequence[Reference], quantity: Quantity) -> str:
    if len(measured.loads) == 1:
        return _at_one_load(measured, references, quantity)
    if len(measured.series) == 1:
        return _one_curve(measured.series[0], quantity)
    for target, words in ((1e-3, "1e-3"), (1e-2, "1e-2")):
        reached = [(_reaches(series, target), series.name) for series in measured.series]
        known = sorted(((load, name) for load, name in reached if load is not None), reverse=True)
        if len(known) == len(measured.series):
            best, worst = known[0], known[-1]
            return (
                f"{quantity.spoken} stays below {words} up to {best[0]:.3g}{SPACE}E with {best[1]}, "
                f"up to {worst[0]:.3g}{SPACE}E with {worst[1]}"
            )
    shared = [load for load in measured.loads if all(_at(series, load) for series in measured.series)]
    if not shared:
        return f"{quantity.spoken} of {len(measured.series)} set-ups"
    return _ranking(
        [(point, series.name) for series in measured.series if (point := _at(series, shared[-1])) is not None], shared[-1]
    )


def _ranking(points: Sequence[tuple[LoadPoint, str]], load: float) -> str:
    ranked = sorted(points, key=lambda one: one[0].estimate.mean or 0.0)
    (best, best_name), (worst, worst_name) = ranked[0], ranked[-1]
    return f"At {plain(load)}{SPACE}E {best_name} blocks {_told(best)}, {worst_name} {_told(worst)}"


def _at_one_load(measured: Measured, references: Sequence[Reference], quantity: Quantity) -> str:
    load = measured.loads[0]
    if len(measured.series) > 1:
        return _ranking([(series.points[0], series.name) for series in measured.series], load)
    point = measured.series[0].points[0]
    parts = len(point.samples[0].parts)
    over = f"{parts}{SPACE}iterations" if point.estimate.n == 1 and parts > 1 else seeds(point.estimate.n)
    said = f"{quantity.spoken} {_told(point)} at {plain(load)}{SPACE}E, {over}"
    if references:
        said += f"; {references[0].kind} {percent(references[0].value, 3)}"
    return said


def _one_curve(series: Series, quantity: Quantity) -> str:
    for target, words in ((1e-3, "1e-3"), (1e-2, "1e-2")):
        load = _reaches(series, target)
        if load is not None:
            early = crossing([(p.load_erlang, p.estimate.high) for p in series.points], target)
            late = crossing([(p.load_erlang, p.estimate.low) for p in series.points], target)
            between = f" [{early:.3g}, {late:.3g}]" if early is not None and late is not None else ""
            return f"{quantity.spoken} reaches {words} at {load:.3g}{SPACE}E{between}"
    first, last = series.points[0], series.points[-1]
    return (
        f"{quantity.spoken} goes from {_told(first)} at {plain(first.load_erlang)}{SPACE}E "
        f"to {_told(last)} at {plain(last.load_erlang)}{SPACE}E"
    )


def _reaches(series: Series, target: float) -> float | None:
    return crossing([(point.load_erlang, point.estimate.mean) for point in series.points], target)


def _at(series: Series, load: float) -> LoadPoint | None:
    return next((point for point in series.points if point.load_erlang == load), None)


def _told(point: LoadPoint) -> str:
    estimate = point.estimate
    if estimate.upper_limit and estimate.high is not None:
        return f"at most {estimate.high:.1e}".replace("e-0", "e-")
    return with_interval(estimate.mean or 0.0, estimate.low, estimate.high)
