"""One quantity against two swept keys: a heat map, cells without a value hatched, cells that were not run left empty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import altair as alt

from quintant.figure.hatch import hatch
from quintant.figure.swept import Axis, Swept, spoken
from quintant.figure.theme import Theme

MOST_PX, LEAST_PX = 76, 26


@dataclass(frozen=True)
class Cells:
    """`chart` without a caption; `values` of the cells that have one; `silent`: cells that were run and have none;
    `mixed`: cells where only some replicates have one."""

    chart: Any
    values: tuple[float, ...]
    silent: int
    mixed: int
    n: str


def cells(found: Swept[Any], metric: str, title: str, theme: Theme, label: Callable[[float], str]) -> Cells:
    """The mean of `metric` over the replicates of each cell, written into it by `label`."""
    across, up = found.axes
    wide = max(LEAST_PX, min(MOST_PX, 520 // len(across.values)))
    tall = max(LEAST_PX, min(54, 360 // len(up.values)))
    rows: list[dict[str, Any]] = []
    lines: list[dict[str, float]] = []
    for point in found.points:
        x, y = across.values.index(point.at[0]), up.values.index(point.at[1])
        estimate = point.estimate(metric)
        if estimate.mean is None:
            lines += hatch((x, x + 1), (y, y + 1), lines=6, slope=wide / tall)
            continue
        place = {"x": x, "x2": x + 1, "y": y, "y2": y + 1}
        said = {"label": label(estimate.mean), "n": estimate.n, "of": len(point.outcomes)}
        rows.append({**place, "value": estimate.mean, **said})
    chart = alt.layer(
        *_layers(rows, lines, across, up, wide, title, theme),
        width=wide * len(across.values),
        height=tall * len(up.values),
    )
    counts = sorted({len(point.outcomes) for point in found.points})
    n = f"n = {counts[0]}" if len(counts) == 1 else f"n = {counts[0]}–{counts[-1]}"
    return Cells(
        chart.resolve_axis(x="independent", y="independent").resolve_scale(color="independent"),
        tuple(row["value"] for row in rows),
        len(found.points) - len(rows),
        sum(row["n"] < row["of"] for row in rows),
        f"{n} {'run' if counts == [1] else 'seeds'} a cell",
    )


def _layers(
    rows: list[dict[str, Any]],
    lines: list[dict[str, float]],
    across: Axis,
    up: Axis,
    wide: int,
    title: str,
    theme: Theme,
) -> list[Any]:
    def axis(one: Axis) -> alt.Axis:
        words = ",".join("'" + spoken(value).replace("'", "\\'") + "'" for value in one.values)
        return alt.Axis(
            title=one.label,
            values=[place + 0.5 for place in range(len(one.values))],
            grid=False,
            ticks=False,
            domain=False,
            labelExpr=f"[{words}][floor(datum.value)]",
        )

    def x(field: str, shown: bool = False) -> alt.X:
        scale = alt.Scale(domain=[0, len(across.values)], nice=False)
        return alt.X(f"{field}:Q", scale=scale, axis=axis(across) if shown else None)

    def y(field: str, shown: bool = False) -> alt.Y:
        scale = alt.Scale(domain=[0, len(up.values)], nice=False)
        return alt.Y(f"{field}:Q", scale=scale, axis=axis(up) if shown else None)

    values = [row["value"] for row in rows]
    low, high = min(values, default=0.0), max(values, default=1.0)
    ramp = alt.Scale(domain=[low, high if high > low else low + 1], **dict(theme.fill_ramp))
    for row in rows:  # viridis is bright at its high end and dark at its low one, in both themes
        row["ink"] = "#1B1F24" if row["value"] > low + 0.55 * (high - low or 1) else "#FFFFFF"
    base = alt.Chart(alt.Data(values=rows))
    frame = alt.Chart(alt.Data(values=[{"x": 0, "y": 0}])).mark_point(opacity=0).encode(x=x("x", True), y=y("y", True))
    legend = alt.Legend(title=title, orient="right", direction="vertical", gradientLength=120, gradientThickness=10)
    cells = base.mark_rect(stroke=theme.surface, strokeWidth=1).encode(
        x=x("x"),
        x2="x2:Q",
        y=y("y"),
        y2="y2:Q",
        color=alt.Color("value:Q", scale=ramp, legend=legend),
        tooltip=[alt.Tooltip("value:Q", title=title, format=".4g"), alt.Tooltip("n:Q"), alt.Tooltip("of:Q")],
    )
    layers: list[Any] = [frame, cells]
    if lines:
        layers.append(
            alt.Chart(alt.Data(values=lines))
            .mark_rule(color=theme.muted, strokeWidth=0.7)
            .encode(x=x("x"), y=y("y"), x2="x2:Q", y2="y2:Q")
        )
    if wide >= 30:
        layers.append(
            alt.Chart(alt.Data(values=[{**row, "x": row["x"] + 0.5, "y": row["y"] + 0.5} for row in rows]))
            .mark_text(fontSize=11)
            .encode(x=x("x"), y=y("y"), text="label:N", color=alt.Color("ink:N", scale=None))
        )
    return layers
