"""O3, blocking against load: the paper's figure. Several loads make a curve on log axes; one load makes a comparison of
its replicates with their mean. Blocking in requests and in bit rate are two figures, never mixed in one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from quintant.figure import Caption, Theme, captioned, span
from quintant.figure.number import SPACE, percent, plain, with_interval
from quintant.figure.plane import Drawing
from quintant.lab import Outcome
from quintant.labs.optical.figures import load_curve, one_load
from quintant.labs.optical.figures.measure import BIT_RATE, REQUESTS, LoadPoint, Measured, Quantity, Series, crossing, measure
from quintant.labs.optical.figures.references import Reference, erlang_b, published
from quintant.labs.optical.figures.replicates import facts, seeds

TARGETS = ((1e-3, "1e-3"), (1e-2, "1e-2"))
"""Probabilities at which networks are compared, and how they are read."""


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    """Share of requests blocked."""
    return _blocking("blocking", outcomes, theme, REQUESTS)


def build_bit_rate(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    """Share of the bit rate asked for that was not served."""
    return _blocking("bitrate_blocking", outcomes, theme, BIT_RATE)


def _blocking(name: str, outcomes: Sequence[Outcome], theme: Theme, quantity: Quantity) -> Drawing:
    measured = measure(name, outcomes, quantity)
    references = _references(measured, quantity)
    if len(measured.loads) == 1:
        chart = one_load.chart(measured, references, quantity, theme)
        what, load = f"{quantity.label} of each run, log axis", f"{plain(measured.loads[0])}{SPACE}E"
    else:
        chart = load_curve.chart(measured, references, _erlang(measured), quantity, theme)
        what, load = f"{quantity.label} against traffic load, log axis, interpolated between loads", ""
    caption = Caption(
        sentence=_sentence(measured, references, quantity),
        what=what,
        band=measured.band(),
        n=max(point.estimate.n for point in measured.points),
        facts=(load, *_shared(measured), *dict.fromkeys(f"{value.kind}: {value.source}" for value in references)),
        badges=measured.badges,
        **span([value for point in measured.points for value in point.estimate.values], x="Erlang", y="1"),
    )
    return captioned(chart, caption)


def _references(measured: Measured, quantity: Quantity) -> tuple[Reference, ...]:
    """Published values of these set-ups within the loads that are drawn."""
    low, high = measured.loads[0], measured.loads[-1]
    known = (value for series in measured.series for value in published(series.config, quantity.key))
    return tuple(value for value in known if low <= value.load_erlang <= high)


def _erlang(measured: Measured) -> tuple[tuple[float, float], ...] | None:
    """Erlang's formula over all loads for the first series that it holds for."""
    low, high = measured.loads[0], measured.loads[-1]
    fine = [low + (high - low) * step / 60 for step in range(61)]
    curves = (erlang_b(series.config, fine) for series in measured.series)
    return next(filter(None, list(curves)), None)


def _shared(measured: Measured) -> Iterable[str]:
    """Facts that all series have in common."""
    first, *others = [facts(series.config) for series in measured.series]
    return (fact for fact in first if all(fact in other for other in others))


def _sentence(measured: Measured, references: Sequence[Reference], quantity: Quantity) -> str:
    if len(measured.loads) == 1:
        return _at_one_load(measured, references, quantity)
    if len(measured.series) == 1:
        return _one_curve(measured.series[0], quantity)
    for target, label in TARGETS:
        crossings = [(_reaches(series, target), series.name) for series in measured.series]
        known = sorted(((load, name) for load, name in crossings if load is not None), reverse=True)
        if len(known) == len(measured.series):
            (most, best), (least, worst) = known[0], known[-1]
            return (
                f"{quantity.spoken} stays below {label} up to {most:.3g}{SPACE}E with {best}, "
                f"up to {least:.3g}{SPACE}E with {worst}"
            )
    shared = [load for load in measured.loads if all(_at(series, load) for series in measured.series)]
    if not shared:
        return f"{quantity.spoken} of {len(measured.series)} set-ups"
    last = [(_at(series, shared[-1]), series.name) for series in measured.series]
    return _ranking([(point, name) for point, name in last if point is not None], shared[-1])


def _ranking(points: Sequence[tuple[LoadPoint, str]], load: float) -> str:
    ranked = sorted(points, key=lambda named: named[0].estimate.mean or 0.0)
    (best, best_name), (worst, worst_name) = ranked[0], ranked[-1]
    return f"At {plain(load)}{SPACE}E {best_name} blocks {_spoken(best)}, {worst_name} {_spoken(worst)}"


def _at_one_load(measured: Measured, references: Sequence[Reference], quantity: Quantity) -> str:
    load = measured.loads[0]
    if len(measured.series) > 1:
        return _ranking([(series.points[0], series.name) for series in measured.series], load)
    point = measured.series[0].points[0]
    parts = len(point.samples[0].parts)
    over = f"{parts}{SPACE}iterations" if point.estimate.n == 1 and parts > 1 else seeds(point.estimate.n)
    beside = f"; {references[0].kind} {percent(references[0].value, 3)}" if references else ""
    return f"{quantity.spoken} {_spoken(point)} at {plain(load)}{SPACE}E, {over}{beside}"


def _one_curve(series: Series, quantity: Quantity) -> str:
    for target, label in TARGETS:
        load = _reaches(series, target)
        if load is not None:
            early, late = _reaches(series, target, "high"), _reaches(series, target, "low")
            between = f" [{early:.3g}, {late:.3g}]" if early is not None and late is not None else ""
            return f"{quantity.spoken} reaches {label} at {load:.3g}{SPACE}E{between}"
    ends = [f"{_spoken(point)} at {plain(point.load_erlang)}{SPACE}E" for point in (series.points[0], series.points[-1])]
    return f"{quantity.spoken} goes from {ends[0]} to {ends[1]}"


def _reaches(series: Series, target: float, end: str = "mean") -> float | None:
    """The load at which the curve of means, or of an end of their intervals, passes `target`."""
    return crossing([(point.load_erlang, getattr(point.estimate, end)) for point in series.points], target)


def _at(series: Series, load: float) -> LoadPoint | None:
    return next((point for point in series.points if point.load_erlang == load), None)


def _spoken(point: LoadPoint) -> str:
    estimate = point.estimate
    if estimate.upper_limit and estimate.high is not None:
        return f"at most {estimate.high:.1e}".replace("e-0", "e-")
    return with_interval(estimate.mean or 0.0, estimate.low, estimate.high)
