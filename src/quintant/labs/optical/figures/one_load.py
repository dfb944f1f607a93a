"""One load: each replicate with its own interval, their mean, and the published value, one row each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from quintant.figure.axis import log_axis, near_ticks, percent_axis
from quintant.figure.theme import Theme
from quintant.labs.optical.figures.measure import Measured, Quantity, Series
from quintant.labs.optical.figures.references import Reference

WIDTH, ROW_PX = 500, 22
MANY = 24
"""More replicates than this share one row."""


def chart(measured: Measured, references: Sequence[Reference], quantity: Quantity, theme: Theme) -> Any:
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
    return _layers(rows, domain, quantity, theme)


Row = dict[str, Any]


def _rows(series: Series, index: int, start: int, named: bool, theme: Theme) -> list[Row]:
    """Rows of one series from row number `start` on: its replicates, then their mean."""
    (point,) = series.points
    estimate = point.estimate
    style = {"colour": theme.colour(index), "shape": theme.shape(index)}
    prefix = f"{series.name}, " if named else ""
    crowd = estimate.n > MANY
    rows: list[Row] = []
    parts = point.samples[0].parts if estimate.n == 1 and len(point.samples[0].parts) > 1 else ()
    for place, value in enumerate(parts):
        together = len(parts) > MANY
        rows.append(
            {
                "row": start + (0 if together else place),
                "kind": "replicate",
                "limit": False,
                "value": value or None,
                "label": f"{prefix}{len(parts)} iterations" if together else f"{prefix}iteration {place + 1}",
                "low": None,
                "high": None,
                "method": "iteration from an empty network",
                **style,
            }
        )
    if estimate.n > 1:
        for place, sample in enumerate(sorted(point.samples, key=lambda sample: sample.root_seed)):
            label = f"{prefix}{estimate.n} seeds" if crowd else f"{prefix}seed {sample.root_seed}"
            rows.append(
                {
                    "row": start + (0 if crowd else place),
                    "label": label,
                    "kind": "replicate",
                    "limit": sample.upper_limit,
                    "value": sample.value or None,
                    "low": None if crowd else sample.low,
                    "high": sample.high if sample.upper_limit or not crowd else None,
                    "method": sample.method,
                    **style,
                }
            )
    label = f"{prefix}seed {point.samples[0].root_seed}"
    if estimate.n > 1 or parts:
        label = f"{prefix}mean of {max(estimate.n, len(parts))}"
    rows.append(
        {
            "row": rows[-1]["row"] + 1 if rows else start,
            "label": label,
            "kind": "mean",
            "limit": estimate.upper_limit,
            "value": estimate.mean or None,
            "low": estimate.low,
            "high": estimate.high,
            "method": estimate.method,
            "n": max(estimate.n, len(parts)),
            **style,
        }
    )
    return rows


def _published(reference: Reference, row: int, theme: Theme) -> Row:
    low, high = reference.value - reference.plus_minus, reference.value + reference.plus_minus
    spread = reference.plus_minus > 0
    return {
        "row": row,
        "label": reference.kind,
        "kind": "published",
        "limit": False,
        "value": reference.value,
        "low": low if spread else None,
        "high": high if spread else None,
        "method": reference.source,
        "colour": theme.text,
        "shape": "diamond",
    }


def _domain(rows: Sequence[Row]) -> tuple[float, float]:
    """All values and intervals with some room; an interval that reaches to 0 is cut a decade below the least value."""
    values = [row["value"] for row in rows if row["value"]]
    least = min(values, default=min(row["high"] for row in rows if row["high"])) / 10
    ends = [*values, *(max(row[end], least) for row in rows for end in ("low", "high") if row[end] is not None)]
    room = max(1.04, (max(ends) / min(ends)) ** 0.06)
    return min(ends) / room, min(1.0, max(ends) * room) if max(ends) < 1 else max(ends) * room


def _layers(rows: Sequence[Row], domain: tuple[float, float], quantity: Quantity, theme: Theme) -> Any:
    count = rows[-1]["row"] + 1
    labels = {row["row"]: row["label"] for row in rows}
    values = near_ticks(domain)
    scale = alt.Scale(type="log", domain=list(domain), nice=False, clamp=True)
    lines = alt.Scale(domain=[count - 0.4, -0.6], nice=False, zero=False)
    words = ",".join(f"'{labels[row]}'" for row in range(count))
    names = alt.Axis(
        values=list(range(count)), labelExpr=f"[{words}][datum.value]", grid=False, ticks=False, domain=False, title=None
    )
    bottom = alt.Axis(title=quantity.label, grid=True, **log_axis(domain, values))
    top = alt.Axis(title=None, orient="top", grid=False, **percent_axis(domain, values))

    def x(field: str, axis: Any = None) -> alt.X:
        return alt.X(f"{field}:Q", scale=scale, axis=axis)

    y = alt.Y("row:Q", scale=lines, axis=names)
    bare = alt.Y("row:Q", scale=lines, axis=None)
    colour = alt.Color("colour:N", scale=None)
    shape = alt.Shape("shape:N", scale=None)
    tooltip = [
        alt.Tooltip("label:N"),
        alt.Tooltip("value:Q", format=".4e"),
        alt.Tooltip("low:Q", format=".4e"),
        alt.Tooltip("high:Q", format=".4e"),
        alt.Tooltip("method:N"),
    ]

    def some(kind: str | None = None, bars: bool = False, limits: bool = False) -> alt.Chart:
        chosen = [row for row in rows if (kind is None or row["kind"] == kind) and row["limit"] == limits]
        if bars:
            chosen = [row for row in chosen if row["low"] is not None and row["high"] is not None]
        return alt.Chart(alt.Data(values=chosen))

    layers: list[Any] = [
        alt.Chart(alt.Data(values=list(rows))).mark_point(opacity=0).encode(x=x("high", bottom), y=y),
        alt.Chart(alt.Data(values=list(rows))).mark_point(opacity=0).encode(x=x("high", top), y=bare),
        some("mean", bars=True)
        .mark_rect(opacity=0.14)
        .encode(x=x("low"), x2="high:Q", color=colour, y=alt.value(0), y2=alt.value(alt.expr("height"))),
        some("replicate", bars=True)
        .mark_rule(strokeWidth=1.1, opacity=0.75)
        .encode(x=x("low"), x2="high:Q", y=bare, color=colour),
        some("mean", bars=True).mark_rule(strokeWidth=3).encode(x=x("low"), x2="high:Q", y=bare, color=colour),
        some("published", bars=True).mark_rule(strokeWidth=1.6).encode(x=x("low"), x2="high:Q", y=bare, color=colour),
        some("replicate")
        .mark_point(filled=True, size=40, opacity=0.9)
        .encode(x=x("value"), y=bare, color=colour, shape=shape, tooltip=tooltip),
        some("mean")
        .mark_point(filled=True, size=110, opacity=1, stroke=theme.surface, strokeWidth=1)
        .encode(x=x("value"), y=bare, color=colour, shape=shape, tooltip=tooltip),
        some("published")
        .mark_point(filled=False, size=90, opacity=1, strokeWidth=1.6)
        .encode(x=x("value"), y=bare, color=colour, shape=shape, tooltip=tooltip),
        some(limits=True)
        .mark_point(filled=False, shape="triangle-down", size=90, opacity=1, strokeWidth=1.6)
        .encode(x=x("high"), y=bare, color=colour, tooltip=tooltip),
    ]
    alone = [row for row in rows if row.get("n") == 1]
    if alone:
        layers.append(
            alt.Chart(alt.Data(values=alone))
            .mark_text(text="n = 1", align="right", fontWeight="bold", fontSize=12, color=theme.amber, x=alt.expr("width - 4"))
            .encode(y=bare)
        )
    return alt.layer(*layers, width=WIDTH, height=max(70, ROW_PX * count)).resolve_axis(x="independent", y="independent")
