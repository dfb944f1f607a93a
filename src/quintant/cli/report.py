"""The end of `quintant run`: the headline with its interval, the published number beside it, the figure, what to do next.

done in 4.6 s
  blocking    3.08 %  [3.02, 3.14]   95 % CI, n = 10
  published   3.07 ± 0.20 %          within ✓
  figure      ~/.quintant/sweeps/c41d20aa96e3/convergence.svg
  again       quintant run optical --like c41d20aa96e3
  verify      quintant verify c41d20aa96e3
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from quintant.cli import quantity
from quintant.cli.door import Door
from quintant.client.card import LabCard
from quintant.destination import refusal
from quintant.errors import QuintantError
from quintant.lab import Expected, Figure, Metric
from quintant.runs.growth import PointVerdict
from quintant.runs.lifecycle import State
from quintant.runs.run import Run
from quintant.runs.statistics import PointSummary
from quintant.runs.sweep import Sweep
from quintant.statistics import Estimate

MOST_FAILURES = 5
ROUNDING = 1e-12
"""How far "exactly" may be off relatively: the mean of ten equal numbers need not be that number."""


@dataclass(frozen=True)
class Measured:
    """One metric at one point: over replicates, or one Run's own interval (batch means) with its method."""

    point: Mapping[str, Any]
    metric: str
    label: str
    unit: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    upper_limit: bool
    method: str
    values: tuple[float, ...] = ()
    missing: str | None = None

    def text(self) -> str:
        if self.n == 2 and self.low is None and self.value is not None:
            drawn = quantity.scale(self.unit, [self.value])
            both = " and ".join(drawn.text(value) for value in self.values)
            return f"{drawn.text(self.value)}{drawn.suffix}  (both: {both})"
        return quantity.interval(self.value, self.low, self.high, self.unit, self.upper_limit)


@dataclass(frozen=True)
class Published:
    expected: Expected
    measured: Measured

    @property
    def within(self) -> bool | None:
        """Whether value and published number lie within the stated distance; None without a value."""
        if self.measured.value is None:
            return None
        slack = max(self.expected.slack, ROUNDING * abs(self.expected.value))
        return abs(self.measured.value - self.expected.value) <= slack


@dataclass(frozen=True)
class Drawn:
    """`where`: path or URL of the figure; None, and `why`, when it could not be drawn."""

    name: str
    where: str | None
    why: str | None = None


def measured(door: Door, card: LabCard, sweep: Sweep | None, runs: Sequence[Run]) -> list[Measured]:
    """The headline of every point, in the order of the sweep."""
    headline = card.headline
    if sweep is None:
        metric = door.metrics(runs[0].id).get(headline.metric)
        return [_of_run(headline.metric, headline.label, metric)] if metric else []
    return [_at_point(door, summary, headline.metric, headline.label, headline.unit) for summary in door.points(sweep.id)]


def published(
    door: Door, card: LabCard, expected: Sequence[Expected], sweep: Sweep | None, runs: Sequence[Run]
) -> list[Published]:
    """The preset's expected numbers beside what was measured."""
    if sweep is None:
        metrics = door.metrics(runs[0].id)
        measured_by_name = {
            number.metric: _of_run(number.metric, number.metric, metrics[number.metric])
            for number in expected
            if number.metric in metrics
        }
    else:
        [point, *_] = door.points(sweep.id)
        measured_by_name = {
            number.metric: _over_runs(point, number.metric, number.metric, point.units[number.metric])
            for number in expected
            if number.metric in point.metrics
        }
    return [Published(number, measured_by_name[number.metric]) for number in expected if number.metric in measured_by_name]


def chosen_figure(card: LabCard, sweep: Sweep | None) -> Figure | None:
    """What is drawn at the end: for a sweep over keys a figure of sweeps, else the lab's hero."""
    fitting = [figure for figure in card.figures if figure.of == "sweep"] if sweep else list(card.figures)
    heroes = [figure for figure in fitting if figure.hero]
    return next(iter(heroes or fitting), None)


def draw(door: Door, card: LabCard, sweep: Sweep | None, runs: Sequence[Run]) -> Drawn | None:
    """Draw the chosen figure into the folder of the run or sweep; a link where the server is elsewhere."""
    figure = chosen_figure(card, sweep)
    if figure is None:
        return None
    target: Run | Sweep = sweep or runs[0]
    try:
        folder = door.place(target)
        if folder is None:
            return Drawn(figure.name, door.figure_url(target, figure.name, "svg"))
        path = folder / "figures" / f"{figure.name}.svg"
        data = door.figure(target, figure.name, "svg")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        return Drawn(figure.name, None, refusal(error, "it"))
    except (QuintantError, ValueError) as error:
        return Drawn(figure.name, None, str(error))
    return Drawn(figure.name, str(path))


def view(door: Door, card: LabCard, sweep: Sweep | None, runs: Sequence[Run]) -> str | None:
    """Where a browser shows what came out: the figure as a page, else the answer of the API; None without a server."""
    target: Run | Sweep = sweep or runs[0]
    figure = chosen_figure(card, sweep)
    return door.figure_url(target, figure.name, "html") if figure and door.url else door.view(target)


def lines(
    card: LabCard,
    target: Run | Sweep,
    runs: Sequence[Run],
    elapsed_s: float,
    headline: Sequence[Measured],
    against: Sequence[Published],
    draw: Callable[[], Drawn | None],
    shown: str | None,
    verdicts: Sequence[PointVerdict] = (),
) -> Iterator[str]:
    """The report as plain lines. `draw` is called when the result has been told: a figure takes longer than all of it."""
    yield f"{_ended(runs)} in {quantity.duration(elapsed_s)}"
    rows: list[tuple[str, str]] = []
    if len(headline) == 1 and not headline[0].point:
        rows.append((headline[0].label, f"{headline[0].text()}   {_basis(headline[0])}"))
    elif headline:
        yield from points(headline)
    for published in against:
        label: str = published.expected.origin
        if published.measured.metric != card.headline.metric:
            label += f" {published.measured.metric}"
        rows += [(label, _verdict(published)), ("", published.expected.source)]
    rows += [("until", text) for text in reached(verdicts)]
    rows += [("reused", text) for text in _reused(runs)]
    rows += [("failed", text) for text in _failures(runs)]
    width = max(len(label) for label, _ in [*rows, ("figure", "")])
    yield from (f"  {label:<{width}}   {text}" for label, text in rows)
    rows = []
    if drawn := draw():
        rows.append(("figure", _home(drawn.where) if drawn.where else f"not drawn: {drawn.why}"))
    if shown:
        rows.append(("view", shown))
    if any(run.state is State.COMPLETED for run in runs):
        rows.append(("again", f"quintant run {card.name} --like {target.id}"))
        rows.append(("verify", f"quintant verify {target.id}"))
    yield from (f"  {label:<{width}}   {text}" for label, text in rows)


def summary(
    card: LabCard,
    sweep: Sweep | None,
    runs: Sequence[Run],
    elapsed_s: float,
    headline: Sequence[Measured],
    against: Sequence[Published],
    drawn: Drawn | None,
    shown: str | None,
    verdicts: Sequence[PointVerdict] = (),
) -> dict[str, Any]:
    """The same as one JSON object."""
    target = sweep or runs[0]
    return {
        "lab": card.name,
        "sweep": sweep.id if sweep else None,
        "runs": [run.id for run in runs],
        "states": {
            str(state): sum(run.state is state for run in runs) for state in State if any(r.state is state for r in runs)
        },
        "reused": sum(run.reused_from is not None for run in runs),
        "elapsed_s": round(elapsed_s, 3),
        "metric": card.headline.metric,
        "unit": card.headline.unit,
        "points": [
            {
                "point": dict(measured.point),
                "value": measured.value,
                "low": measured.low,
                "high": measured.high,
                "n": measured.n,
                "upper_limit": measured.upper_limit,
                "method": measured.method,
                "missing": measured.missing,
            }
            for measured in headline
        ],
        "published": [
            {
                "metric": published.expected.metric,
                "value": published.expected.value,
                "plus_minus": published.expected.plus_minus,
                "within_sd": published.expected.within_sd,
                "source": published.expected.source,
                "origin": published.expected.origin,
                "measured": published.measured.value,
                "within": published.within,
            }
            for published in against
        ],
        **({"converged": _converged(verdicts), "until": [verdict_json(point) for point in verdicts]} if verdicts else {}),
        "failures": [{"run": run.id, "reason": run.reason} for run in runs if run.state is State.FAILED],
        "figure": drawn.where if drawn else None,
        "figure_error": drawn.why if drawn else None,
        "view": shown,
        "again": f"quintant run {card.name} --like {target.id}",
        "verify": f"quintant verify {target.id}",
    }


def _converged(verdicts: Sequence[PointVerdict]) -> bool:
    return all(point.verdict is not None and point.verdict.converged is True for point in verdicts)


def reached(verdicts: Sequence[PointVerdict]) -> Iterator[str]:
    """How `--until` ended: one sentence where it says the same at every point, else one for each point that is not precise."""
    reasons = [point.verdict.reason if point.verdict is not None else "has not ended" for point in verdicts]
    missed = [at for at, point in enumerate(verdicts) if point.verdict is None or not point.verdict.converged]
    if len(verdicts) == 1:
        yield reasons[0]
    elif verdicts and not missed:
        counts = [point.runs for point in verdicts]
        least, most = min(counts), max(counts)
        yield f"precise at all {len(verdicts)} points, after {least if least == most else f'{least} to {most}'} seeds"
    elif verdicts:
        yield f"{len(verdicts) - len(missed)} of {len(verdicts)} points are precise"
        for at in missed[:MOST_FAILURES]:
            where = ", ".join(f"{key}={_plain(value)}" for key, value in verdicts[at].point.items())
            yield f"{where}: {reasons[at]}"
        if len(missed) > MOST_FAILURES:
            yield f"and {len(missed) - MOST_FAILURES} more"


def verdict_json(point: PointVerdict) -> dict[str, Any]:
    verdict = point.verdict
    return {
        "point": dict(point.point), "runs": point.runs, "converged": verdict.converged if verdict is not None else None,
        "reason": verdict.reason if verdict is not None else None,
        "looks": [{"n": look.n, "half_widths": dict(look.half_widths), "levels": dict(look.levels), "met": look.met}
                  for look in (verdict.looks if verdict is not None else ())],
    }  # fmt: skip


def _of_run(name: str, label: str, metric: Metric) -> Measured:
    method = metric.method or (f"no value: {metric.reason}" if metric.reason else "n = 1, no interval")
    value = float(metric.value) if metric.value is not None else None
    return Measured({}, name, label, metric.unit, value, metric.low, metric.high, 1, metric.upper_limit, method)


def _at_point(door: Door, summary: PointSummary, name: str, label: str, unit: str) -> Measured:
    """Over replicates; a point with a single Run has that Run's own interval."""
    if len(summary.runs) == 1 and (metric := door.metrics(summary.runs[0]).get(name)) is not None:
        return replace(_of_run(name, label, metric), point=summary.point)
    return _over_runs(summary, name, label, unit)


def _over_runs(summary: PointSummary, name: str, label: str, unit: str) -> Measured:
    estimate: Estimate = summary.metrics.get(name, summary.headline)
    return Measured(
        summary.point,
        name,
        label,
        summary.units.get(name, unit),
        estimate.mean,
        estimate.low,
        estimate.high,
        estimate.n,
        estimate.upper_limit,
        estimate.method,
        estimate.values,
        summary.missing,
    )


def _basis(measured: Measured) -> str:
    """What the interval stands on, short: "95 % CI, n = 10", or the one run's own method."""
    replicates = measured.n > 1 and measured.low is not None and not measured.upper_limit
    plain = replicates and "widened" not in measured.method
    text = f"95 % CI, n = {measured.n}" if plain else measured.method
    return f"{text} ({measured.missing})" if measured.missing else text


def _verdict(published: Published) -> str:
    if published.expected.plus_minus:
        text = quantity.plus_minus(published.expected.value, published.expected.plus_minus, published.measured.unit)
    else:
        text = f"{quantity.whole(published.expected.value, published.measured.unit)} exactly"
    if published.within is None:
        return f"{text}   nothing to compare"
    distance = f" {published.expected.within_sd:g} sd" if published.expected.within_sd else ""
    if published.within:
        return f"{text}   within{distance} ✓"
    off = published.measured.value - published.expected.value  # type: ignore[operator]
    share = f"{100 * off / published.expected.value:+.0f} %" if published.expected.value else f"{off:+g}"
    return f"{text}   outside{distance} ✗ ({share})"


def points(measured: Sequence[Measured]) -> Iterator[str]:
    """A row per point: the swept keys, the headline, its basis."""
    if not measured:
        return
    names = list(measured[0].point)
    rows = [[*(_plain(row.point[name]) for name in names), row.text(), _basis(row)] for row in measured]
    heads = [*names, measured[0].label, ""]
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads))]
    for row in [heads, *rows]:
        yield "  " + "   ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()


def _plain(value: Any) -> str:
    from quintant.config.explanation import shown

    text = shown(value)
    return text if len(text) <= 24 else text[:23] + "…"


def _ended(runs: Sequence[Run]) -> str:
    counts = {state: sum(run.state is state for run in runs) for state in State}
    if counts[State.COMPLETED] == len(runs):
        return "done"
    counted = [f"{counts[state]} {state}" for state in (State.COMPLETED, State.FAILED, State.CANCELLED) if counts[state]]
    return ", ".join(counted) if len(runs) > 1 else str(runs[0].state)


def _reused(runs: Sequence[Run]) -> Iterator[str]:
    """How many of the Runs were not executed, and whose results they have."""
    sources = list(dict.fromkeys(run.reused_from for run in runs if run.reused_from))
    number = sum(run.reused_from is not None for run in runs)
    if not number:
        return
    named = ", ".join(sources[:3]) + (" …" if len(sources) > 3 else "")
    counted = "the run" if len(runs) == 1 else f"{number} of {len(runs)} runs"
    yield f"{counted}, from {named}: not executed again (--fresh executes)"


def _failures(runs: Sequence[Run]) -> Iterator[str]:
    failed = [run for run in runs if run.state in (State.FAILED, State.CANCELLED)]
    for run in failed[:MOST_FAILURES]:
        yield f"{run.id}  {run.reason or run.state}"
    if len(failed) > MOST_FAILURES:
        yield f"and {len(failed) - MOST_FAILURES} more: quintant list --state failed,cancelled"


def _home(path: str) -> str:
    """~ for the home folder."""
    home = str(Path.home())
    return f"~{path.removeprefix(home)}" if path.startswith(f"{home}/") else path
