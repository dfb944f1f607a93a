"""N6, fit: how much of each core's neurons and synapses is taken, and which limits of the chip are passed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, captioned, span
from quintant.figure.lettering import LINE_PX, small, typeset
from quintant.figure.number import SPACE, count
from quintant.figure.plane import Drawing, Layers, Plane, across, linear, upward
from quintant.figure.series import HUE
from quintant.figure.tooltip import tip
from quintant.figure.words import wrap
from quintant.lab import Outcome
from quintant.labs.chip import seam
from quintant.labs.chip.figures.populations import config, facts
from quintant.labs.chip.figures.tables import document

NAME = "fit"
WIDTH, HEIGHT = 540, 96
MOST_CORES = 256


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    (outcome,) = outcomes
    report = document(NAME, outcome, seam.FIT)
    cores, every = report["cores"][:MOST_CORES], len(report["cores"])
    panels = [
        _panel(cores, "neurons", f"Neurons (% of {count(report['limits']['neurons_per_core'])})", False, theme),
        _panel(cores, "synapses", f"Synapses (% of {count(report['limits']['synapses_per_core'])})", True, theme),
        _checks(report, theme),
    ]
    caption = Caption(
        sentence=_sentence(report),
        what=f"{report['says'].removesuffix('.')}; limits from {report['source']}",
        n=every,
        of="cores",
        badges=(f"{MOST_CORES} of {every} cores drawn" if every > MOST_CORES else "",),
        facts=(*facts(config(outcome)), f"{count(report['synapses'])}{SPACE}synapses"),
        **span([core["neurons_percent"] for core in cores], x="core", y="%"),
    )
    return captioned(alt.vconcat(*panels, spacing=14), caption)


def _sentence(report: Mapping[str, Any]) -> str:
    n = len(report["cores"])
    if report["fits"]:
        return f"Fits {report['title']} on {count(n)} {'core' if n == 1 else 'cores'} of {report['limits']['cores']}"
    passed = len(report["problems"])
    return f"Does not fit {report['title']}: {passed} {'limit is' if passed == 1 else 'limits are'} passed"


def _panel(cores: Sequence[Mapping[str, Any]], what: str, title: str, last: bool, theme: Theme) -> Drawing:
    """Bars by core, the limit as a line at 100 %; what is over it, or on no core of the chip, in the colour of failure."""
    rows = []
    for core in cores:
        share = core[f"{what}_percent"]
        who = ", ".join(f"{label} {count(number)}" for label, number in list(core["populations"].items())[:6])
        hue = theme.status["failed"] if share > 100 or not core["on_chip"] else theme.series[0]
        rows.append({"x": core["core"] - 0.4, "x2": core["core"] + 0.4, "y": share, "hue": hue, "n": core[what], "who": who})
    top, end = max(100.0, *(row["y"] for row in rows)) if rows else 100.0, max(len(cores), 8) - 0.4
    bottom = alt.Axis(title="Core" if last else None, labels=last, grid=False, format="d", tickMinStep=1, tickCount=10)
    y = upward(linear(0, top * 1.12), alt.Axis(title=title, tickCount=3))
    plane = Plane(across(linear(-0.6, end), bottom), y, WIDTH, HEIGHT)
    bars = plane.on(rows, ("x", "x2"), "y").mark_rect()
    tips = [tip("n:Q", what), tip("y:Q", "%", ".3g"), "who:N"]
    limit = {"y": 100, "x": end}
    label = plane.on(limit, "x", "y").mark_text(text="limit", align="right", baseline="bottom", dy=-2, **small(theme.text))
    layers: Layers = [
        plane.frame(),
        bars.encode(y2=alt.datum(0), color=HUE, tooltip=tips),
        plane.on(limit, y="y").mark_rule(color=theme.text, strokeWidth=1.2, strokeDash=[6, 3]),
        label,
    ]
    if len(cores) <= 12:
        middles = [{**row, "at": (row["x"] + row["x2"]) / 2, "word": _share(row["y"])} for row in rows]
        texts = plane.on(middles, "at", "y").mark_text(baseline="bottom", dy=-2, **small(theme.text))
        layers.append(texts.encode(text="word:N"))
    return plane.layered(layers)


def _share(percent: float) -> str:
    return f"{percent:.0f}{SPACE}%" if percent >= 10 else f"{percent:.2g}{SPACE}%"


def _checks(report: Mapping[str, Any], theme: Theme) -> Drawing:
    """Each limit with ✓ or ✕, what is used of it and, where it is passed, the smallest change that would mend it."""
    marks: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
    texts: list[dict[str, Any]] = []
    for check in report["checks"]:
        fits, line = bool(check["fits"]), len(texts)
        hue = theme.text if fits else theme.status["failed"]
        mark = {"mark": "fits", "hue": theme.muted} if fits else {"mark": "passed", "hue": hue}
        marks[fits].append({"y": line, **mark})
        used = f"{count(check['value'])} of {count(check['limit'])}" if check["limit"] else count(check["value"])
        where = f" ({check['where']})" if check["where"] and not fits else ""
        texts.append({"y": line, "word": f"{used} {check['says']}{where}", "hue": hue})
        for part in wrap(check["change"], WIDTH - 40, size_px=11) if check["change"] else ():
            texts.append({"y": len(texts), "word": part, "hue": theme.text})
    stroke = alt.Stroke("hue:N", scale=None)
    layers: Layers = [
        typeset(texts, 16).mark_text(align="left", baseline="middle", fontSize=11).encode(text="word:N", color=HUE),
        typeset(marks[True], 5).mark_point(shape=CHECK, size=60, strokeWidth=1.6).encode(stroke=stroke),
        typeset(marks[False], 5).mark_point(shape=CROSS, size=60, strokeWidth=2).encode(stroke=stroke),
    ]
    return alt.layer(*layers, width=WIDTH, height=LINE_PX * len(texts)).resolve_axis(x="independent", y="independent")


CHECK = "M-0.9,0.1L-0.25,0.75L0.9,-0.75"
CROSS = "M-0.75,-0.75L0.75,0.75M-0.75,0.75L0.75,-0.75"
"""Drawn as paths: not every font has ✓ and ✕."""
