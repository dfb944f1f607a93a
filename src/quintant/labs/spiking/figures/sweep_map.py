"""Two swept keys: the rhythm's frequency as a heat map, cells without a peak hatched, cells not run left empty."""

from __future__ import annotations

from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, captioned
from quintant.figure.hatch import hatch
from quintant.figure.number import SPACE
from quintant.labs.spiking.figures.circuit import facts
from quintant.labs.spiking.figures.swept import Axis, Swept, spoken

PEAK = "gamma_peak_hz"
MOST_PX, LEAST_PX = 76, 26


def chart(found: Swept, theme: Theme) -> Any:
    across, up = found.axes
    wide = max(LEAST_PX, min(MOST_PX, 520 // len(across.values)))
    tall = max(LEAST_PX, min(54, 360 // len(up.values)))
    rows: list[dict[str, Any]] = []
    lines: list[dict[str, float]] = []
    for point in found.points:
        x, y = across.values.index(point.at[0]), up.values.index(point.at[1])
        estimate = point.estimate(PEAK)
        if estimate.mean is None:
            lines += hatch((x, x + 1), (y, y + 1), lines=6, slope=wide / tall)
            continue
        rows.append(
            {
                "x": x,
                "x2": x + 1,
                "y": y,
                "y2": y + 1,
                "hz": estimate.mean,
                "label": f"{estimate.mean:.0f}",
                "n": estimate.n,
                "of": len(point.outcomes),
            }
        )
    size = {"width": wide * len(across.values), "height": tall * len(up.values)}
    layers = _layers(rows, lines, across, up, wide, theme)
    known = [row["hz"] for row in rows]
    counts = sorted({len(point.outcomes) for point in found.points})
    n = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]}–{counts[-1]}"
    silent = len(found.points) - len(rows)
    if rows:
        least, most = min(rows, key=lambda row: row["hz"]), max(rows, key=lambda row: row["hz"])
        sentence = f"Peak from {least['hz']:.1f} to {most['hz']:.1f}{SPACE}Hz over {across.path} and {up.path}"
        sentence += f"; none in {silent} of {len(found.points)} cells" if silent else ""
    else:
        sentence = f"No peak above background in any of {len(found.points)} cells"
    mixed = sum(row["n"] < row["of"] for row in rows)
    badges = [*found.badges, *([f"{mixed} cells have a peak in some replicates only; their mean is shown"] if mixed else [])]
    return captioned(
        alt.layer(*layers, **size).resolve_axis(x="independent", y="independent").resolve_scale(color="independent"),
        Caption(
            sentence=sentence,
            what="mean peak frequency (Hz), hatched: no peak above background, empty: not run",
            band=f"n = {n} {'run' if counts == [1] else 'seeds'} a cell",
            units={"x": across.unit or "1", "y": "Hz"},
            n=sum(len(point.outcomes) for point in found.points),
            of="runs",
            minimum=min(known, default=None),
            maximum=max(known, default=None),
            badges=tuple(badges),
            facts=facts(found.config)[:2],
        ),
    )


def _layers(
    rows: list[dict[str, Any]], lines: list[dict[str, float]], across: Axis, up: Axis, wide: int, theme: Theme
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

    values = [row["hz"] for row in rows]
    low, high = min(values, default=0.0), max(values, default=1.0)
    ramp = alt.Scale(domain=[low, high if high > low else low + 1], **dict(theme.fill_ramp))
    for row in rows:  # viridis is bright at its high end and dark at its low one, in both themes
        row["ink"] = "#1B1F24" if row["hz"] > low + 0.55 * (high - low or 1) else "#FFFFFF"
    base = alt.Chart(alt.Data(values=rows))
    frame = alt.Chart(alt.Data(values=[{"x": 0, "y": 0}])).mark_point(opacity=0).encode(x=x("x", True), y=y("y", True))
    legend = alt.Legend(title="peak (Hz)", orient="right", direction="vertical", gradientLength=120, gradientThickness=10)
    cells = base.mark_rect(stroke=theme.surface, strokeWidth=1).encode(
        x=x("x"),
        x2="x2:Q",
        y=y("y"),
        y2="y2:Q",
        color=alt.Color("hz:Q", scale=ramp, legend=legend),
        tooltip=[alt.Tooltip("hz:Q", title="peak (Hz)", format=".2f"), alt.Tooltip("n:Q"), alt.Tooltip("of:Q")],
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
