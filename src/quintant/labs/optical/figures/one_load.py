"""One load: each replicate with its own interval, their mean, and the published value, one row each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from quintant.figure.axis import log_axis, near_ticks, percent_axis
from quintant.figure.lettering import bold
from quintant.figure.plane import Drawing, Layers, Plane, across, linear, upward
from quintant.figure.series import SHAPE
from quintant.figure.theme import Theme
from quintant.figure.tooltip import bounds, tip
from quintant.labs.optical.figures.measure import Measured, Quantity, Series
from quintant.labs.optical.figures.references import Reference

WIDTH, ROW_PX = 500, 22
MANY = 24
"""More replicates than this share one row."""
COLOUR = alt.Color("colour:N", scale=None)
Row = dict[str, Any]


def chart(measured: Measured, references: Sequence[Reference], quantity: Quantity, theme: Theme) -> Drawing:
    rows: list[Row] = []
    for index, series in enumerate(measured.series):
        rows += _rows(series, index, len(rows), len(measured.series) > 1, theme)
    for reference in references[:3]:
        rows.append(_published(reference, len(rows), theme))
    domain = _domain(rows)
    for row in rows:
        for end in ("low", "high"):
            if row[end] is not None:
                row[end] = min(max(row[end], domain[0]), domain[1])
    return _layered(rows, domain, quantity, theme)


def _rows(series: Series, index: int, start: int, named: bool, theme: Theme) -> list[Row]:
    """Rows of one series from row number `start` on: its replicates, then their mean."""
    (point,) = series.points
    estimate = point.estimate
    prefix = f"{series.name}, " if named else ""
    parts = point.samples[0].parts if estimate.n == 1 and len(point.samples[0].parts) > 1 else ()
    rows: list[Row] = []
    for place, value in enumerate(parts):
        together = len(parts) > MANY
        label = f"{len(parts)} iterations" if together else f"iteration {place + 1}"
        rows.append({"row": start + (0 if together else place), "label": label, "limit": False, "value": value or None})
        rows[-1] |= {"low": None, "high": None, "method": "iteration from an empty network"}
    crowd = estimate.n > MANY
    for place, sample in enumerate(sorted(point.samples, key=lambda sample: sample.root_seed) if estimate.n > 1 else ()):
        label = f"{estimate.n} seeds" if crowd else f"seed {sample.root_seed}"
        rows.append({"row": start + (0 if crowd else place), "label": label, "limit": sample.upper_limit})
        high = sample.high if sample.upper_limit or not crowd else None
        rows[-1] |= {"value": sample.value or None, "low": None if crowd else sample.low, "high": high, "method": sample.method}
    for row in rows:
        row["kind"] = "replicate"
    n = max(estimate.n, len(parts))
    label = f"mean of {n}" if estimate.n > 1 or parts else f"seed {point.samples[0].root_seed}"
    mean = {"row": rows[-1]["row"] + 1 if rows else start, "label": label, "kind": "mean", "limit": estimate.upper_limit}
    bounds = {"value": estimate.mean or None, "low": estimate.low, "high": estimate.high, "method": estimate.method, "n": n}
    style = {"colour": theme.colour(index), "shape": theme.shape(index)}
    return [{**row, "label": f"{prefix}{row['label']}", **style} for row in (*rows, {**mean, **bounds})]


def _published(reference: Reference, row: int, theme: Theme) -> Row:
    half = reference.plus_minus
    ends = (reference.value - half, reference.value + half) if half > 0 else (None, None)
    place = {"row": row, "label": reference.kind, "kind": "published", "limit": False, "colour": theme.text, "shape": "diamond"}
    return {**place, "value": reference.value, "low": ends[0], "high": ends[1], "method": reference.source}


def _domain(rows: Sequence[Row]) -> tuple[float, float]:
    """All values and intervals with some room; an interval that reaches to 0 is cut a decade below the least value."""
    values = [row["value"] for row in rows if row["value"]]
    least = min(values, default=min(row["high"] for row in rows if row["high"])) / 10
    ends = [*values, *(max(row[end], least) for row in rows for end in ("low", "high") if row[end] is not None)]
    room = max(1.04, (max(ends) / min(ends)) ** 0.06)
    return min(ends) / room, min(1.0, max(ends) * room) if max(ends) < 1 else max(ends) * room


def _plane(rows: Sequence[Row], domain: tuple[float, float], quantity: Quantity) -> Plane:
    """Probability to the right, rows downwards, a name beside each."""
    count = rows[-1]["row"] + 1
    labels = {row["row"]: row["label"] for row in rows}
    texts = ",".join(f"'{labels[row]}'" for row in range(count))
    bare = {"grid": False, "ticks": False, "domain": False, "title": None}
    names = alt.Axis(values=list(range(count)), labelExpr=f"[{texts}][datum.value]", **bare)
    bottom = alt.Axis(title=quantity.label, grid=True, **log_axis(domain, near_ticks(domain)))
    x = across(alt.Scale(type="log", domain=list(domain), nice=False, clamp=True), bottom)
    return Plane(x, upward(linear(count - 0.4, -0.6, zero=False), names), WIDTH, max(70, ROW_PX * count))


def _layered(rows: Sequence[Row], domain: tuple[float, float], quantity: Quantity, theme: Theme) -> Drawing:
    plane = _plane(rows, domain, quantity)
    tips = ["label:N", tip("value:Q", format=".4e"), *bounds(".4e"), "method:N"]
    valued = [row for row in rows if not row["limit"]]
    barred = [row for row in valued if row["low"] is not None and row["high"] is not None]

    def bars(kind: str, **style: Any) -> alt.Chart:
        chosen = plane.on([row for row in barred if row["kind"] == kind], ("low", "high"), "row")
        return chosen.mark_rule(**style).encode(color=COLOUR)

    def points(kind: str, **style: Any) -> alt.Chart:
        chosen = plane.on([row for row in valued if row["kind"] == kind], "value", "row")
        return chosen.mark_point(**style).encode(color=COLOUR, shape=SHAPE, tooltip=tips)

    percent = alt.Axis(title=None, orient="top", grid=False, **percent_axis(domain, near_ticks(domain)))
    anchor = plane.on(rows, "high", "row").mark_point(opacity=0)
    interval = plane.on([row for row in barred if row["kind"] == "mean"], ("low", "high")).mark_rect(opacity=0.14)
    limits = plane.on([row for row in rows if row["limit"]], "high", "row").encode(color=COLOUR, tooltip=tips)
    layers: Layers = [
        anchor.encode(x=plane.x("high", True), y=plane.y("row", True)),
        anchor.encode(x=plane.x("high").axis(percent)),
        interval.encode(color=COLOUR, y=alt.value(0), y2=alt.value(alt.expr("height"))),
        bars("replicate", strokeWidth=1.1, opacity=0.75),
        bars("mean", strokeWidth=3),
        bars("published", strokeWidth=1.6),
        points("replicate", filled=True, size=40, opacity=0.9),
        points("mean", filled=True, size=110, opacity=1, stroke=theme.surface, strokeWidth=1),
        points("published", filled=False, size=90, opacity=1, strokeWidth=1.6),
        limits.mark_point(filled=False, shape="triangle-down", size=90, opacity=1, strokeWidth=1.6),
    ]
    single = [row for row in rows if row.get("n") == 1]
    if single:  # a row of its own has the words, not the corner of the plane
        label = plane.on(single, y="row").mark_text(
            text="n = 1", align="right", x=alt.expr("width - 4"), **bold(theme.amber, 12)
        )
        layers.append(label)
    return plane.layered(layers)
