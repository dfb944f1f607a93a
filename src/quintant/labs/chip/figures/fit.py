"""N6, fit: how much of each core's neurons and synapses is taken, and which limits of the chip are passed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, captioned
from quintant.figure.number import SPACE, count
from quintant.figure.words import wrap
from quintant.lab import Outcome
from quintant.labs.chip import seam
from quintant.labs.chip.figures.populations import config, facts
from quintant.labs.chip.figures.tables import document

NAME = "fit"
WIDTH, HEIGHT = 540, 96
MOST_CORES = 256
LINE = 16


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    (outcome,) = outcomes
    found = document(NAME, outcome, seam.FIT)
    cores = found["cores"][:MOST_CORES]
    panels = [
        _panel(cores, "neurons", f"Neurons (% of {count(found['limits']['neurons_per_core'])})", False, theme),
        _panel(cores, "synapses", f"Synapses (% of {count(found['limits']['synapses_per_core'])})", True, theme),
        _checks(found, theme),
    ]
    badges = [f"{MOST_CORES} of {len(found['cores'])} cores drawn"] if len(found["cores"]) > MOST_CORES else []
    used = [core["neurons_percent"] for core in cores]
    return captioned(
        alt.vconcat(*panels, spacing=14),
        Caption(
            sentence=_sentence(found),
            what=f"{found['says'].removesuffix('.')}; limits from {found['source']}",
            n=len(found["cores"]),
            of="cores",
            units={"x": "core", "y": "%"},
            minimum=min(used, default=None),
            maximum=max(used, default=None),
            badges=tuple(badges),
            facts=(*facts(config(outcome)), f"{count(found['synapses'])}{SPACE}synapses"),
        ),
    )


def _sentence(found: Mapping[str, Any]) -> str:
    n = len(found["cores"])
    cores = f"{count(n)} {'core' if n == 1 else 'cores'}"
    if found["fits"]:
        return f"Fits {found['title']} on {cores} of {found['limits']['cores']}"
    passed = len(found["problems"])
    return f"Does not fit {found['title']}: {passed} {'limit is' if passed == 1 else 'limits are'} passed"


def _panel(cores: Sequence[Mapping[str, Any]], what: str, title: str, last: bool, theme: Theme) -> Any:
    """Bars by core, the limit as a line at 100 %; what is over it, or on no core of the chip, in the colour of failure."""
    bad = theme.status["failed"]
    rows = [
        {
            "x": core["core"] - 0.4,
            "x2": core["core"] + 0.4,
            "y": core[f"{what}_percent"],
            "hue": bad if core[f"{what}_percent"] > 100 or not core["on_chip"] else theme.series[0],
            "n": core[what],
            "who": ", ".join(f"{label} {count(number)}" for label, number in list(core["populations"].items())[:6]),
        }
        for core in cores
    ]
    top = max(100.0, *(row["y"] for row in rows)) if rows else 100.0

    def x(field: str, axis: bool = False) -> alt.X:
        shown = (
            alt.Axis(title="Core" if last else None, labels=last, grid=False, format="d", tickMinStep=1, tickCount=10)
            if axis
            else None
        )
        return alt.X(f"{field}:Q", axis=shown, scale=alt.Scale(domain=[-0.6, max(len(cores), 8) - 0.4], nice=False))

    def y(field: str, axis: bool = False) -> alt.Y:
        shown = alt.Axis(title=title, tickCount=3) if axis else None
        return alt.Y(f"{field}:Q", axis=shown, scale=alt.Scale(domain=[0, top * 1.12], nice=False))

    base = alt.Chart(alt.Data(values=rows))
    limit = alt.Chart(alt.Data(values=[{"y": 100, "x": max(len(cores), 8) - 0.4}]))
    layers: list[Any] = [
        alt.Chart(alt.Data(values=[{"x": 0, "y": 0}])).mark_point(opacity=0).encode(x=x("x", True), y=y("y", True)),
        base.mark_rect().encode(
            x=x("x"),
            x2="x2:Q",
            y=y("y"),
            y2=alt.datum(0),
            color=alt.Color("hue:N", scale=None),
            tooltip=[alt.Tooltip("n:Q", title=what), alt.Tooltip("y:Q", title="%", format=".3g"), alt.Tooltip("who:N")],
        ),
        limit.mark_rule(color=theme.text, strokeWidth=1.2, strokeDash=[6, 3]).encode(y=y("y")),
        limit.mark_text(text="limit", align="right", baseline="bottom", dy=-2, fontSize=10, color=theme.text).encode(
            x=x("x"), y=y("y")
        ),
    ]
    if len(cores) <= 12:
        middles = [{**row, "at": (row["x"] + row["x2"]) / 2, "word": _share(row["y"])} for row in rows]
        layers.append(
            alt.Chart(alt.Data(values=middles))
            .mark_text(baseline="bottom", dy=-2, fontSize=10, color=theme.text)
            .encode(x=x("at"), y=y("y"), text="word:N")
        )
    return alt.layer(*layers, width=WIDTH, height=HEIGHT).resolve_axis(x="independent", y="independent")


def _share(percent: float) -> str:
    return f"{percent:.0f}{SPACE}%" if percent >= 10 else f"{percent:.2g}{SPACE}%"


def _checks(found: Mapping[str, Any], theme: Theme) -> Any:
    """Each limit with ✓ or ✕, what is used of it and, where it is passed, the smallest change that would mend it."""
    marks: list[dict[str, Any]] = []
    words: list[dict[str, Any]] = []
    line = 0
    for one in found["checks"]:
        hue = theme.text if one["fits"] else theme.status["failed"]
        marks.append({"y": line, "mark": "fits" if one["fits"] else "passed", "hue": theme.muted if one["fits"] else hue})
        of = f"{count(one['value'])} of {count(one['limit'])}" if one["limit"] else count(one["value"])
        where = f" ({one['where']})" if one["where"] and not one["fits"] else ""
        words.append({"y": line, "word": f"{of} {one['says']}{where}", "hue": hue})
        line += 1
        for part in wrap(one["change"] or "", WIDTH - 40, size_px=11) if one["change"] else ():
            words.append({"y": line, "word": part, "hue": theme.text})
            line += 1

    def placed(rows: list[dict[str, Any]], x: int) -> Any:
        return alt.Chart(alt.Data(values=[{**row, "px": x, "py": LINE * row["y"] + LINE / 2} for row in rows]))

    channels = {"x": alt.X("px:Q", scale=None, axis=None), "y": alt.Y("py:Q", scale=None, axis=None)}
    colour = alt.Color("hue:N", scale=None)
    fine = [row for row in marks if row["mark"] == "fits"]
    passed = [row for row in marks if row["mark"] == "passed"]
    layers: list[Any] = [
        placed(words, 16)
        .mark_text(align="left", baseline="middle", fontSize=11)
        .encode(**channels, text="word:N", color=colour),
        placed(fine, 5).mark_point(shape=CHECK, size=60, strokeWidth=1.6).encode(**channels, stroke=colour),
        placed(passed, 5).mark_point(shape=CROSS, size=60, strokeWidth=2).encode(**channels, stroke=colour),
    ]
    return alt.layer(*layers, width=WIDTH, height=LINE * line).resolve_axis(x="independent", y="independent")


CHECK = "M-0.9,0.1L-0.25,0.75L0.9,-0.75"
CROSS = "M-0.75,-0.75L0.75,0.75M-0.75,0.75L0.75,-0.75"
"""Drawn as paths: not every font has ✓ and ✕."""
