"""Compare: up to eight series of Runs side by side, in words, in a table and as figures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from quintant import registry
from quintant.config import canonical
from quintant.difference import Difference
from quintant.errors import Conflict, NotFound
from quintant.figure.draw import finished
from quintant.figure.number import percent, plain, with_interval
from quintant.figure.theme import find_theme
from quintant.lab import Figure, Lab
from quintant.runs import Runs
from quintant.runs.juxtaposition import MOST_SERIES, Juxtaposition, MetricComparison, PointComparison, Series
from quintant.runs.key_words import key_words
from quintant.server.drawing import Asked, Drawing
from quintant.server.native.figures import (
    DRAWN,
    DataAs,
    DataSet,
    Dpi,
    Format,
    IfNoneMatch,
    Kind,
    Part,
    Theme,
    Width,
    answered,
)  # fmt: skip
from quintant.server.native.shapes import RUN_ID, SWEEP_ID, Shape, example
from quintant.server.problems import NATIVE, REFUSALS, NativeRoute
from quintant.settings import Settings
from quintant.statistics import Estimate

if TYPE_CHECKING:
    from quintant.figure.juxtaposed import Words

FIGURES = ("overlay", "difference")
MOST_AXES = 12
_ESTIMATE = {"mean": 0.5, "low": 0.49, "high": 0.51, "n": 10}
_OTHER = "8a3a9c0d1e2b"
_DIFFERENCE = {
    "mean": 0.1, "low": 0.08, "high": 0.12, "relative": 0.2, "relative_low": 0.16, "relative_high": 0.24, "n": 10,
    "paired": True, "method": "95 % paired t, n = 10 common seeds", "p": 1e-6, "p_holm": 5e-6, "confidence": 0.95,
    "words": "20 % more [16, 24]",
}  # fmt: skip
_COMPARISON = {
    "lab": "coin", "comparable": True, "reason": None, "baseline": SWEEP_ID,
    "axis": {"key": "bias", "unit": None, "values": [0.5]},
    "series": [{
        "key": SWEEP_ID, "kind": "sweep", "name": "a study", "lab": "coin", "label": "a study", "colour": 1, "runs": 10,
        "points": 1, "seeds": [42, 43], "states": {"completed": 10},
    }],
    "differs": [{
        "key": "steps", "unit": None, "says": "Steps of the run.", "values": {SWEEP_ID: 5, _OTHER: 50}, "words": "steps 5 → 50",
    }],
    "same": 7, "keys": 8,
    "metrics": [{
        "name": "heads_share", "label": "heads", "unit": "1", "scale": "linear", "hero": True,
        "points": [{
            "at": 0.5, "point": {"bias": 0.5}, "series": {SWEEP_ID: _ESTIMATE, _OTHER: _ESTIMATE},
            "differences": {_OTHER: _DIFFERENCE},
        }],
    }],
    "findings": ["At bias 0.5, another study has 20 % more heads [16, 24]."],
    "always": [{"key": SWEEP_ID, "states": {"completed": 10}, "took_s": 1.2, "lab_version": "1", "platforms": ["linux"]}],
    "coordinates": {
        "axes": [{"name": "config:steps", "unit": None, "scale": "log"}],
        "rows": [{"series": SWEEP_ID, "point": {"bias": 0.5}, "values": [5]}],
    },
    "figures": [{"name": "overlay", "links": {"json": f"/api/v2/compare/figures/overlay.json?series={SWEEP_ID},{_OTHER}"}}],
}  # fmt: skip


class CompareBody(BaseModel):
    model_config = example({"series": [SWEEP_ID, RUN_ID], "baseline": SWEEP_ID}, strict=True)

    series: list[str] = Field(description=f"Keys of rows: of Runs, points or sweeps; 2 to {MOST_SERIES}.")
    baseline: str | None = Field(default=None, description="Of these the one that differences are to; empty: the first.")
    confidence: float = Field(default=0.95, gt=0.5, lt=1)


class SeriesShape(Shape):
    key: str
    kind: Literal["run", "point", "sweep"]
    name: str
    lab: str
    label: str = Field(description="Tells it from the others.")
    colour: int = Field(description="Which of the theme's series colours it has in figures, from 1.")
    runs: int
    points: int
    seeds: list[int]
    states: dict[str, int]


class ComparedAxis(Shape):
    key: str
    unit: str | None
    values: list[Any]


class ConfigDifference(Shape):
    key: str
    unit: str | None
    says: str
    values: dict[str, Any] = Field(description="By series; null where it has no such key.")
    words: str


class ComparedEstimate(Shape):
    mean: float | None
    low: float | None
    high: float | None
    n: int


class DifferenceShape(Shape):
    mean: float | None
    low: float | None
    high: float | None
    relative: float | None = Field(description="As a share of the baseline; null unless that is above 0.")
    relative_low: float | None
    relative_high: float | None
    n: int
    paired: bool = Field(description="Over common root seeds; else Welch's.")
    method: str
    p: float | None = Field(description="Of the test whose interval this is; null without one.")
    p_holm: float | None = Field(description="The same with Holm's correction over the points of this metric.")
    confidence: float
    words: str


class ComparedPoint(Shape):
    at: Any = Field(description="Of the one swept key its value; null where several are swept or none.")
    point: dict[str, Any]
    series: dict[str, ComparedEstimate]
    differences: dict[str, DifferenceShape]


class ComparedMetric(Shape):
    name: str
    label: str
    unit: str
    scale: Literal["linear", "log"]
    hero: bool
    points: list[ComparedPoint]


class Always(Shape):
    """What every Run has, whatever its lab."""

    key: str
    states: dict[str, int]
    took_s: float | None = Field(description="Mean of the completed Runs, wall clock; no benchmark.")
    lab_version: str
    platforms: list[str]


class CoordinateAxis(Shape):
    name: str
    unit: str | None
    scale: Literal["linear", "log", "words"]


class CoordinateRow(Shape):
    series: str
    point: dict[str, Any]
    values: list[Any]


class Coordinates(Shape):
    """For parallel coordinates: what differs, and the metrics, a row for each series at each point."""

    axes: list[CoordinateAxis]
    rows: list[CoordinateRow]


class ComparedFigure(Shape):
    name: str
    links: dict[str, str]


class CompareAnswer(Shape):
    model_config = example(_COMPARISON)

    lab: str | None
    comparable: bool
    reason: str | None = Field(description="Why only `series` and `always` are filled.")
    baseline: str
    axis: ComparedAxis | None
    series: list[SeriesShape]
    differs: list[ConfigDifference]
    same: int
    keys: int
    metrics: list[ComparedMetric]
    findings: list[str]
    always: list[Always]
    coordinates: Coordinates
    figures: list[ComparedFigure]


# --- words ---


def difference_text(difference: Difference, unit: str) -> str:
    """ "18 % less [17, 20]", "not told apart: 1.4 % more [−0.3, 3.2]"."""
    if difference.mean is None:
        return "nothing to compare"
    if difference.relative is None:
        text = f"{difference.mean:+.3g}{'' if unit == '1' else ' ' + unit}"
        bounds = (
            f" [{difference.low:.3g}, {difference.high:.3g}]"
            if difference.low is not None and difference.high is not None
            else ""
        )
    else:
        share, less = abs(difference.relative), difference.relative < 0
        text = f"{percent(share)} {'less' if less else 'more'}"
        bounds = ""
        if difference.relative_low is not None and difference.relative_high is not None:
            ends = sorted(
                (-difference.relative_low, -difference.relative_high)
                if less
                else (difference.relative_low, difference.relative_high)
            )
            bounds = f" [{', '.join(_share(end) for end in ends)}]"
    if difference.low is None:
        return f"{text}, {difference.method}"
    if difference.told_apart:
        return text + bounds
    apart_alone = not difference.low <= 0 <= (difference.high or 0.0)
    why = " after Holm's correction over the points" if apart_alone and difference.p_holm is not None else ""
    return f"not told apart{why}: {text}{bounds}"


def _share(value: float) -> str:
    return f"{100 * value:.3g}".replace("-", "−")


def findings(juxtaposition: Juxtaposition, labels: Mapping[str, str], label: str) -> list[str]:
    """For each series the point where its headline is the furthest from the baseline, and where their order turns."""
    hero = next((metric for metric in juxtaposition.metrics if metric.hero), None)
    if hero is None:
        return []
    sentences = []
    for key, name in labels.items():
        there = [point for point in hero.points if key in point.differences]
        if key == juxtaposition.baseline or not there:
            continue
        point = max(there, key=lambda at: (at.differences[key].told_apart, abs(at.differences[key].relative or 0.0)))
        what = difference_text(point.differences[key], hero.unit)
        sentences.append(f"{_place(point)}{name}: {label} {what} than {labels[juxtaposition.baseline]}.")
        signs = [(at, at.differences[key].mean or 0.0) for at in there if at.differences[key].told_apart]
        for (before, first), (after, second) in pairwise(signs):
            if first * second < 0:
                ends = " and ".join(", ".join(plain_value(value) for value in at.point.values()) for at in (before, after))
                sentences.append(f"The order of {name} and {labels[juxtaposition.baseline]} turns between {ends}.")
                break
    return sentences


def _place(point: PointComparison) -> str:
    where = ", ".join(f"{key} {plain_value(value)}" for key, value in point.point.items())
    return f"At {where}, " if where else ""


def plain_value(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return plain(value)
    return value if isinstance(value, str) else canonical(value).decode()[:60]


def labelled(juxtaposition: Juxtaposition) -> dict[str, str]:
    """Names that tell the series apart: with what differs where the names do not, else with the key."""
    names = {entry.key: entry.name for entry in juxtaposition.series}
    if len(set(names.values())) == len(names):
        return names
    labels = {
        key: ", ".join(
            [name, *(f"{difference.key} {plain_value(difference.values[key])}" for difference in juxtaposition.differs[:2])]
        )
        for key, name in names.items()
    }
    return labels if len(set(labels.values())) == len(labels) else {key: f"{name} ({key[:12]})" for key, name in names.items()}


# --- the answer ---


def answer(runs: Runs, body: CompareBody) -> CompareAnswer:
    juxtaposition = runs.juxtapose(body.series, body.baseline, body.confidence)
    labels = labelled(juxtaposition)
    lab = registry.labs().get(juxtaposition.series[0].lab) if juxtaposition.reason is None else None
    headline = lab.headline if lab is not None else None
    keys = ",".join(entry.key for entry in juxtaposition.series)
    names = FIGURES if juxtaposition.metrics else ()
    links = {
        name: {
            format: f"{NATIVE}/compare/figures/{name}.{format}?series={keys}&baseline={juxtaposition.baseline}"
            for format in ("json", "svg", "png", "pdf", "csv")
        }
        for name in names
    }
    return CompareAnswer(
        lab=lab.name if lab is not None else None,
        comparable=juxtaposition.reason is None,
        reason=juxtaposition.reason,
        baseline=juxtaposition.baseline,
        axis=_axis(juxtaposition, lab),
        series=[
            SeriesShape(
                key=entry.key,
                kind=entry.kind,
                name=entry.name,
                lab=entry.lab,
                label=labels[entry.key],
                colour=index + 1,
                runs=len(entry.runs),
                points=len({canonical(dict(run.point)) for run in entry.runs}),
                seeds=list(entry.seeds),
                states=dict(entry.states),
            )
            for index, entry in enumerate(juxtaposition.series)
        ],
        differs=[_differs(juxtaposition, key.key, key.values, lab, labels) for key in juxtaposition.differs],
        same=juxtaposition.keys - len(juxtaposition.differs) - len(juxtaposition.axes),
        keys=juxtaposition.keys,
        metrics=[
            _metric(metric, juxtaposition, headline.label if headline is not None and metric.hero else metric.name)
            for metric in juxtaposition.metrics
        ],
        findings=findings(juxtaposition, labels, headline.label) if headline is not None else [],
        always=[_always(entry) for entry in juxtaposition.series],
        coordinates=_coordinates(juxtaposition, lab),
        figures=[ComparedFigure(name=name, links=links[name]) for name in names],
    )


def _axis(juxtaposition: Juxtaposition, lab: Lab | None) -> ComparedAxis | None:
    if len(juxtaposition.axes) != 1:
        return None
    [key] = juxtaposition.axes
    description = key_words(lab, key)
    points = juxtaposition.metrics[0].points if juxtaposition.metrics else ()
    return ComparedAxis(
        key=key, unit=description.unit or None if description else None, values=[point.point[key] for point in points]
    )


def _differs(
    juxtaposition: Juxtaposition, key: str, values: Mapping[str, Any], lab: Lab | None, labels: Mapping[str, str]
) -> ConfigDifference:
    description = key_words(lab, key)
    base = plain_value(values[juxtaposition.baseline])
    others = [
        value
        for series, value in values.items()
        if series != juxtaposition.baseline and value != values[juxtaposition.baseline]
    ]
    distinct = list(dict.fromkeys(plain_value(value) for value in others))
    return ConfigDifference(
        key=key,
        unit=description.unit or None if description else None,
        says=description.says if description else "",
        values=dict(values),
        words=f"{key} {base} → {', '.join(distinct)}",
    )


def _metric(metric: MetricComparison, juxtaposition: Juxtaposition, label: str) -> ComparedMetric:
    points = [
        ComparedPoint(
            at=next(iter(point.point.values())) if len(juxtaposition.axes) == 1 else None,
            point=dict(point.point),
            series={key: _estimate(estimate) for key, estimate in point.series.items()},
            differences={
                key: DifferenceShape(**vars(difference), words=difference_text(difference, metric.unit))
                for key, difference in point.differences.items()
            },
        )
        for point in metric.points
    ]
    return ComparedMetric(
        name=metric.name,
        label=label,
        unit=metric.unit,
        scale=metric.scale,
        hero=metric.hero,
        points=points,
    )


def _estimate(estimate: Estimate) -> ComparedEstimate:
    return ComparedEstimate(mean=estimate.mean, low=estimate.low, high=estimate.high, n=estimate.n)


def _always(series: Series) -> Always:
    return Always(
        key=series.key, states=dict(series.states), took_s=series.took_s, lab_version=series.runs[0].lab_version,
        platforms=sorted({str(run.record.get("platform")) for run in series.runs if run.record.get("platform")}),
    )  # fmt: skip


def _coordinates(juxtaposition: Juxtaposition, lab: Lab | None) -> Coordinates:
    """The swept keys, the keys that differ, and the first metrics that all series have."""
    if juxtaposition.reason is not None or not juxtaposition.metrics:
        return Coordinates(axes=[], rows=[])
    keys = [*juxtaposition.axes, *(difference.key for difference in juxtaposition.differs)][: MOST_AXES // 2]
    shared = [metric for metric in juxtaposition.metrics if any(len(point.series) > 1 for point in metric.points)]
    metrics = shared[: MOST_AXES - len(keys)]
    differs = {difference.key: difference.values for difference in juxtaposition.differs}
    rows = []
    for index, point in enumerate(juxtaposition.metrics[0].points):
        for entry in juxtaposition.series:
            if juxtaposition.metrics[0].points[index].series[entry.key].n == 0:
                continue
            values = [point.point[key] if key in point.point else differs[key][entry.key] for key in keys]
            values += [metric.points[index].series[entry.key].mean for metric in metrics]
            rows.append(CoordinateRow(series=entry.key, point=dict(point.point), values=values))
    columns = list(zip(*(row.values for row in rows), strict=True)) if rows else []
    axes = []
    for at, name in enumerate([*(f"config:{key}" for key in keys), *(f"metric:{metric.name}" for metric in metrics)]):
        description = key_words(lab, keys[at]) if at < len(keys) else None
        unit = (description.unit or None if description else None) if at < len(keys) else metrics[at - len(keys)].unit
        axes.append(CoordinateAxis(name=name, unit=unit, scale=_scale(columns[at] if columns else ())))
    return Coordinates(axes=axes, rows=rows)


def _scale(values: Sequence[Any]) -> Literal["linear", "log", "words"]:
    numbers = [value for value in values if value is not None]
    if not all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in numbers):
        return "words"
    positive = numbers and min(numbers) > 0
    return "log" if positive and max(numbers) / min(numbers) >= 20 else "linear"


# --- the figures ---


def spec(juxtaposition: Juxtaposition, name: str, metric_name: str, lab: Lab, theme: str) -> dict[str, Any]:
    from quintant.figure.juxtaposed import Mark, juxtaposed

    metric = next((candidate for candidate in juxtaposition.metrics if candidate.name == metric_name), None)
    if metric is None:
        raise Conflict(f"figure {name} cannot be drawn: no completed run of these has the metric {metric_name}.")
    labels, palette = labelled(juxtaposition), find_theme(theme)
    several = len(metric.points) > 1
    marks: list[Mark] = []
    for point in metric.points:
        at = (
            ", ".join(plain_value(value) for value in point.point.values())
            if len(juxtaposition.axes) != 1
            else point.point[juxtaposition.axes[0]]
        )
        for entry in juxtaposition.series:
            if name == "overlay":
                estimate = point.series[entry.key]
                if estimate.mean is not None:
                    marks.append(Mark(entry.key, at, estimate.mean, estimate.low, estimate.high, estimate.n))
            elif entry.key in point.differences:
                d = point.differences[entry.key]
                relative = _relative(metric, juxtaposition.baseline)
                mean, low, high = (d.relative, d.relative_low, d.relative_high) if relative else (d.mean, d.low, d.high)
                if mean is not None:
                    factor = 100 if relative else 1
                    low, high = (None if end is None else factor * end for end in (low, high))
                    marks.append(Mark(entry.key, at, factor * mean, low, high, d.n))
    if not marks:
        raise Conflict(f"figure {name} cannot be drawn: no completed runs to compare.")
    drawn = {key: label for key, label in labels.items() if any(mark.series == key for mark in marks)}
    texts = _words(juxtaposition, metric, name, lab, labels, several)
    chart = juxtaposed(marks, drawn, texts, palette, log=name == "overlay" and metric.scale == "log", zero=name == "difference")
    members = [run for entry in juxtaposition.series for run in entry.runs]
    runs = [{"id": run.id, "name": run.name, "root_seed": run.root_seed, "state": str(run.state)} for run in members]
    return finished(chart, name, palette, runs, list(dict.fromkeys(run.config_hash for run in members)))


def _relative(metric: MetricComparison, baseline: str) -> bool:
    """Whether differences are told as shares: where the baseline is above 0 everywhere."""
    return all((point.series[baseline].mean or 0.0) > 0 for point in metric.points if point.series[baseline].n)


def _words(
    juxtaposition: Juxtaposition, metric: MetricComparison, name: str, lab: Lab, labels: Mapping[str, str], several: bool
) -> Words:
    from quintant.figure.juxtaposed import Words

    label = lab.headline.label if metric.hero else metric.name
    unit = "" if metric.unit == "1" else f" ({metric.unit})"
    sentences = findings(juxtaposition, labels, label) if metric.hero else []
    base = labels[juxtaposition.baseline]
    seeds = min(len(entry.seeds) for entry in juxtaposition.series)
    axis = None
    if several:
        description = key_words(lab, juxtaposition.axes[0]) if len(juxtaposition.axes) == 1 else None
        axis = " · ".join(juxtaposition.axes) + (f" ({description.unit})" if description and description.unit else "")
    if name == "overlay":
        what = f"{label} of {len(juxtaposition.series)} series"
        first = next((point for point in metric.points if point.series[juxtaposition.baseline].mean is not None), None)
        sentence = sentences[0].removesuffix(".") if sentences else f"{label} of {len(juxtaposition.series)} series"
        if not sentences and first is not None:
            e = first.series[juxtaposition.baseline]
            sentence = f"{base}: {label} {with_interval(e.mean or 0.0, e.low, e.high)}{unit}"
        return Words(
            sentence, what, f"mean ± 95 % CI over {seeds} seeds" if seeds > 2 else f"n = {seeds}", f"{label}{unit}", axis
        )
    relative = _relative(metric, juxtaposition.baseline)
    paired = any(difference.paired for point in metric.points for difference in point.differences.values())
    how = "over common seeds, paired" if paired else "no common seeds, Welch"
    title = f"{label}, difference (%)" if relative else f"{label}, difference{unit}"
    sentence = sentences[0].removesuffix(".") if sentences else f"{label}: difference from {base}"
    return Words(
        sentence, f"{'Relative d' if relative else 'D'}ifference of {label} from {base}", f"95 % CI {how}", title, axis
    )


def routes(runs: Runs, settings: Settings) -> APIRouter:
    router = APIRouter(prefix="/compare", tags=["compare"], route_class=NativeRoute, responses=REFUSALS)
    drawing = Drawing(runs, settings.cache)

    @router.post("", summary="Up to eight series side by side, with paired differences")
    def post(body: CompareBody) -> CompareAnswer:
        return answer(runs, body)

    @router.get(
        "/figures/{name}.{format}",
        summary="The series over what is swept, or their differences from the baseline",
        response_class=Response,
        responses=DRAWN,
    )
    def figure(
        name: str, format: Format,
        series: Annotated[str, Query(max_length=400, description=f"Keys of rows, comma-separated, 2 to {MOST_SERIES}.")],
        baseline: Annotated[str | None, Query(max_length=64)] = None,
        metric: Annotated[str | None, Query(max_length=255, description="Empty: the lab's headline.")] = None,
        theme: Theme = "light", width_mm: Width = None, dpi: Dpi = 300, kind: Kind = "vega-lite", parts: Part = "whole",
        data: DataAs = None, dataset: DataSet = "", if_none_match: IfNoneMatch = None,
    ) -> Response:  # fmt: skip
        if name not in FIGURES:
            raise NotFound("Figure", name, f"There are {' and '.join(FIGURES)}.")
        keys = [key.strip() for key in series.split(",") if key.strip()]
        juxtaposition = runs.juxtapose(keys, baseline, 0.95)
        if juxtaposition.reason is not None:
            raise Conflict(f"figure {name} cannot be drawn: {juxtaposition.reason}")
        lab = registry.find(juxtaposition.series[0].lab)
        wanted = metric or lab.headline.metric
        target = drawing.of_series(
            juxtaposition.series,
            juxtaposition.baseline,
            wanted,
            lab,
            lambda chosen: spec(juxtaposition, name, wanted, lab, chosen),
        )
        shown = Figure(re.sub(r"\W", "", name), name, name, "", of="sweep")
        wanted_drawing = Asked(format, theme, width_mm, dpi, kind, parts, data, dataset)
        return answered(drawing, target, shown, wanted_drawing, if_none_match)

    return router
