"""Series side by side: one metric of each over what is swept, and their differences from a baseline; without a swept key, a row
for each series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from quintant.figure.axis import log_axis, near_ticks
from quintant.figure.caption import Caption, captioned
from quintant.figure.theme import Theme

WIDTH, HEIGHT, ROW = 540, 260, 30
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left")
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [1, 0], [6, 3], [2, 2], [8, 3, 2, 3])


@dataclass(frozen=True)
class Mark:
    """One value of one series: at a point (a number or a word), with bounds where there are any."""

    series: str
    at: Any
    mean: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Words:
    """`what` the values are, with their axis `title` and the name of what is swept (None: nothing is)."""

    sentence: str
    what: str
    band: str
    title: str
    axis: str | None
    facts: tuple[str, ...] = ()
    badges: tuple[str, ...] = ()


def juxtaposed(
    marks: Sequence[Mark], names: Mapping[str, str], words: Words, theme: Theme, *, log: bool = False, zero: bool = False
) -> Any:
    """`names`: of the series by key, in their order. `zero`: a line at 0, from which differences are seen."""
    order = list(names)
    looks = {
        key: {"hue": theme.series[index % len(theme.series)], "shape": SHAPES[index % 8], "dash": DASHES[index % 8]}
        for index, key in enumerate(order)
    }
    rows = [
        {
            "series": mark.series, "name": names[mark.series], "place": order.index(mark.series), "at": mark.at,
            "mean": mark.mean, "low": mark.low, "high": mark.high, "n": mark.n,
            "hue": looks[mark.series]["hue"], "shape": looks[mark.series]["shape"],
        } for mark in marks
    ]  # fmt: skip
    chart = (
        _lines(rows, names, looks, words, theme, log, zero)
        if words.axis is not None
        else _strip(rows, names, words, theme, zero)
    )
    values = [row["mean"] for row in rows]
    return captioned(
        chart,
        Caption(
            sentence=words.sentence, what=words.what, band=words.band, n=len(names), of="series",
            minimum=min(values, default=None), maximum=max(values, default=None), facts=words.facts, badges=words.badges,
        ),
    )  # fmt: skip


def _lines(
    rows: list[dict[str, Any]],
    names: Mapping[str, str],
    looks: Mapping[str, Any],
    words: Words,
    theme: Theme,
    log: bool,
    zero: bool,
) -> Any:
    numeric = all(isinstance(row["at"], (int, float)) and not isinstance(row["at"], bool) for row in rows)
    ends = [row[end] for row in rows for end in ("mean", "low", "high") if row[end] is not None]
    scale: dict[str, Any] = {"zero": zero}
    named: dict[str, Any] = {"tickCount": 5}
    if log and ends and min(ends) > 0:
        domain = min(ends) / 1.2, max(ends) * 1.2
        scale = {"type": "log", "domain": list(domain), "nice": False}
        named = log_axis(domain, near_ticks(domain, 6))
    places = sorted({row["at"] for row in rows}) if numeric else list(dict.fromkeys(str(row["at"]) for row in rows))
    rows = rows if numeric else [{**row, "at": str(row["at"])} for row in rows]

    def x(shown: bool = False) -> alt.X:
        more: dict[str, Any] = {} if numeric else {"sort": places}
        axis = alt.Axis(
            title=words.axis, grid=False, labelAngle=0, **({"values": places} if numeric and len(places) <= 12 else {})
        )
        spread = alt.Scale(zero=False, padding=16) if numeric else alt.Scale(padding=0.5)
        return alt.X(f"at:{'Q' if numeric else 'N'}", scale=spread, axis=axis if shown else None, **more)

    def y(field: str, shown: bool = False) -> alt.Y:
        return alt.Y(f"{field}:Q", scale=alt.Scale(**scale), axis=alt.Axis(title=words.title, **named) if shown else None)

    hue = alt.Color("hue:N", scale=None)
    tips = [
        alt.Tooltip("name:N"), alt.Tooltip("at:N", title=words.axis or ""), alt.Tooltip("mean:Q", format=".4g"),
        alt.Tooltip("low:Q", format=".4g"), alt.Tooltip("high:Q", format=".4g"), alt.Tooltip("n:Q"),
    ]  # fmt: skip
    whole = alt.Data(values=rows)
    layers: list[Any] = [alt.Chart(whole).mark_point(opacity=0).encode(x=x(True), y=y("mean", True))]
    if zero:
        layers.append(alt.Chart(alt.Data(values=[{"mean": 0}])).mark_rule(color=theme.muted).encode(y=y("mean")))
    for key in names:
        mine = [row for row in rows if row["series"] == key]
        bands = [row for row in mine if row["low"] is not None]
        if numeric and len(bands) > 1:
            area = alt.Chart(alt.Data(values=bands)).mark_area(opacity=0.16, color=looks[key]["hue"])
            layers.append(area.encode(x=x(), y=y("low"), y2="high:Q"))
        line = alt.Chart(alt.Data(values=mine)).mark_line(
            strokeWidth=1.6, color=looks[key]["hue"], strokeDash=looks[key]["dash"]
        )
        layers.append(line.encode(x=x(), y=y("mean")))
        if mine:
            last = alt.Chart(alt.Data(values=[mine[-1]]))
            text = last.mark_text(align="left", dx=10, fontSize=11, fontWeight="bold", color=looks[key]["hue"], limit=150)
            layers.append(text.encode(x=x(), y=y("mean"), text="name:N"))
    errors = alt.Chart(alt.Data(values=[row for row in rows if row["low"] is not None])).mark_rule(strokeWidth=1.3)
    layers.append(errors.encode(x=x(), y=y("low"), y2="high:Q", color=hue))
    points = alt.Chart(whole).mark_point(filled=True, size=60, opacity=1, stroke=theme.surface, strokeWidth=0.8)
    layers.append(points.encode(x=x(), y=y("mean"), color=hue, shape=alt.Shape("shape:N", scale=None), tooltip=tips))
    return alt.layer(*layers, width=WIDTH, height=HEIGHT).resolve_axis(x="independent", y="independent")


def _strip(rows: list[dict[str, Any]], names: Mapping[str, str], words: Words, theme: Theme, zero: bool) -> Any:
    """A row for each series: its value and interval."""
    y = alt.Y("place:O", sort=list(range(len(names))), axis=None, scale=alt.Scale(padding=0.5))
    x = alt.X("mean:Q", scale=alt.Scale(zero=zero), axis=alt.Axis(title=words.title, tickCount=5))
    bare = alt.X("low:Q", scale=alt.Scale(zero=zero), axis=None)
    hue = alt.Color("hue:N", scale=None)
    tips = [alt.Tooltip("name:N"), *(alt.Tooltip(f"{field}:Q", format=".4g") for field in ("mean", "low", "high")), "n:Q"]
    bars = alt.Chart(alt.Data(values=[row for row in rows if row["low"] is not None])).mark_rule(strokeWidth=2)
    points = alt.Chart(alt.Data(values=rows)).mark_point(filled=True, size=80, opacity=1)
    texts = alt.Chart(alt.Data(values=rows)).mark_text(align="left", dx=0, dy=-12, fontSize=11, fontWeight="bold", limit=260)
    layers = [
        bars.encode(y=y, x=bare, x2="high:Q", color=hue),
        points.encode(y=y, x=x, color=hue, shape=alt.Shape("shape:N", scale=None), tooltip=tips),
        texts.encode(y=y, x=alt.X("mean:Q", scale=alt.Scale(zero=zero), axis=None), text="name:N", color=hue),
    ]
    if zero:
        layers.insert(0, alt.Chart(alt.Data(values=[{"mean": 0}])).mark_rule(color=theme.muted).encode(x=x))
    return alt.layer(*layers, width=WIDTH, height=max(2, len(names)) * (ROW + 8)).resolve_axis(x="independent")
