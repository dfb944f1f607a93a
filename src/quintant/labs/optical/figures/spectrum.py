"""O2, spectrum occupancy: what is lit on every link at the end of a Run, the fullest link on top."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, captioned
from quintant.figure.cells import named_axis
from quintant.figure.lettering import small
from quintant.figure.number import SPACE, plain
from quintant.figure.plane import Drawing, Layers, Plane, across, linear, upward
from quintant.figure.series import colours
from quintant.figure.tooltip import tip
from quintant.lab import Outcome
from quintant.labs.optical.config import OpticalConfig
from quintant.labs.optical.figures.replicates import facts, one_point
from quintant.labs.optical.figures.tables import Row, take

NAME = "spectrum"
WIDTH = 540
MOST_ROWS = 60
ANCHOR_THZ = 193.1
"""The anchor of ITU-T G.694.1. A Config has no absolute frequencies, so slot 0 is drawn as beginning there."""

EFFICIENCY = ("bpsk", "qpsk", "8qam", "16qam", "32qam", "64qam", "128qam", "256qam")
BANDS = ("c", "l", "s", "o", "e")


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    """A row per link, a bar per connection coloured by its modulation, guard slots hatched, free slots empty."""
    point = one_point(NAME, outcomes)
    config = point.config
    links = take(NAME, outcomes, "links")
    lit = take(NAME, outcomes, "spectrum").rows[0] if _has_rows(outcomes[0]) else ()
    ranked = sorted(links.rows[0], key=lambda row: (-row["slots_used"] / row["slots_total"], row["link"]))
    percents = [100 * (row["slots_used"] / row["slots_total"]) for row in ranked]
    least = 100 * ranked[-1]["slots_used"] / ranked[-1]["slots_total"]
    shown = ranked[:MOST_ROWS]
    names = [_name(row, config) for row in shown]
    place = {row["link"]: index for index, row in enumerate(shown)}
    bars = [_bar(row, place[row["link"]], config) for row in lit if row["link"] in place and row["core"] == 0]
    free = sum(1 for row in ranked if row["slots_used"] == 0)
    caption = Caption(
        sentence=f"{plain(len({row['connection'] for row in lit}))} connections are up; the fullest link, {names[0]}, has "
        f"{percents[0]:.0f}{SPACE}% of its slots lit, the emptiest {least:.0f}{SPACE}%",
        what="Spectrum after the last request: links by occupied slots, guard slots hatched, free slots empty",
        n=len(ranked),
        of="links",
        minimum=least,
        maximum=percents[0],
        units={"x": "slots", "y": "%"},
        facts=(
            f"{plain(links.load_erlang)}{SPACE}E",
            *facts(config),
            f"slot{SPACE}0 begins at {ANCHOR_THZ}{SPACE}THz" if len(_offsets(config)[0]) == 1 else "",
        ),
        badges=(
            *point.badges,
            *links.badges,
            f"the {len(shown)} fullest of {len(ranked)} links drawn" if len(shown) < len(ranked) else "",
            f"core 0 of {config.cores} drawn; links ranked over all cores" if config.cores > 1 else "",
            f"{free} of {len(ranked)} links carry nothing" if free else "",
        ),
    )
    return captioned(_occupancy(bars, names, config, theme), caption)


def _has_rows(outcome: Outcome) -> bool:
    table = outcome.tables.get("spectrum")
    return table is None or table.num_rows > 0  # None: `take` says why; empty: nothing is lit, which is a finding


def _offsets(config: OpticalConfig) -> tuple[dict[str, int], int]:
    """First column of each band, side by side, and how many columns there are."""
    offsets, total = {}, 0
    for band, slots in zip(BANDS, (config.slots, config.l_slots, config.s_slots, config.o_slots, config.e_slots), strict=True):
        if slots:
            offsets[band] = total
            total += slots
    return offsets, total


def _bar(row: Row, line: int, config: OpticalConfig) -> dict[str, Any]:
    left = _offsets(config)[0][row["band"]]
    slots = {"start": left + row["start"], "guard": left + row["end"] - row["guard"], "end": left + row["end"]}
    parts = {name: row[name] for name in ("format", "gbps", "connection")}
    return {"top": line + 0.08, "bottom": line + 0.92, **slots, **parts, "link": _name(row, config)}


def _occupancy(bars: Sequence[dict[str, Any]], names: Sequence[str], config: OpticalConfig, theme: Theme) -> Drawing:
    offsets, total = _offsets(config)
    row_px = 11 if len(names) <= 50 else 9
    labels = {"labelFontSize": 9 if row_px > 9 else 8, "labelOverlap": False, "labelPadding": 4}
    x = across(linear(0, total), alt.Axis(title="Slot", grid=False, tickMinStep=1, orient="bottom"))
    plane = Plane(x, upward(linear(len(names), 0, zero=False), named_axis(names, None, **labels)), WIDTH, row_px * len(names))
    formats = sorted({bar["format"] for bar in bars}, key=_efficiency)
    # Guard slots take the same colours without a second legend.
    unexplained = alt.Stroke("format:N", scale=colours(formats, theme), legend=None)
    legend = alt.Legend(title="modulation", symbolType="square", orient="bottom", titleOrient="left")
    slots = ["start:Q", tip("guard:Q", "end")]
    tips = ["link:N", tip("format:N", "modulation"), tip("gbps:Q", "rate (Gb/s)"), *slots, tip("connection:Q", "request")]
    guards = [bar for bar in bars if bar["end"] > bar["guard"]]
    strokes = [
        {"x": slot, "x2": slot + 1, "y": bar["bottom"], "y2": bar["top"], "format": bar["format"]}
        for bar in guards
        for slot in range(bar["guard"], bar["end"])
    ]
    edge = plane.on({"zero": 0, "all": total, "top": 0, "bottom": len(names)}, "zero").mark_point(opacity=0)
    grid = [{"row": row, "start": 0, "end": total} for row in range(len(names) + 1)]
    lit = plane.on(bars, ("start", "guard"), ("top", "bottom")).mark_rect(stroke=theme.surface, strokeWidth=0.4)
    layers: Layers = [
        edge.encode(x=plane.x("zero", True), y=plane.y("top", True)),
        edge.encode(x=plane.x("zero").axis(_top(config, total))),
        plane.on(grid, ("start", "end"), "row").mark_rule(color=theme.grid, strokeWidth=0.5),
        lit.encode(color=alt.Color("format:N", scale=colours(formats, theme), legend=legend), tooltip=tips),
    ]
    if strokes:
        frames = plane.on(guards, ("guard", "end"), ("top", "bottom")).mark_rect(filled=False, strokeWidth=0.5)
        hatches = plane.on(strokes, ("x", "x2"), ("y", "y2")).mark_rule(strokeWidth=0.7)
        layers += [frames.encode(stroke=unexplained), hatches.encode(stroke=unexplained)]
    for band, start in offsets.items() if len(offsets) > 1 else ():
        base = plane.on({"at": start}, "at")
        place = {"align": "left", "baseline": "bottom", "dx": 4, "y": -3}
        name = base.mark_text(text=f"{band.upper()} band", **place, **small(theme.text))
        layers += [base.mark_rule(color=theme.text, strokeWidth=1), name]
    return plane.layered(layers)


def _top(config: OpticalConfig, total: int) -> alt.Axis | None:
    """Frequency in THz above a single band; several bands have no common scale in a Config."""
    if total != config.slots:
        return None
    width = config.slot_width_ghz / 1000
    span = total * width
    step = next(step for step in (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 50.0, 1e9) if span / step <= 7)
    values, labels, at = [], [], ANCHOR_THZ
    while at <= ANCHOR_THZ + span + 1e-9:
        values.append(round((at - ANCHOR_THZ) / width, 6))
        labels.append(f"'{at:.2f}'")
        at += step
    expression = f"[{','.join(labels)}][round(datum.value * {width!r} / {step!r})]"
    return alt.Axis(title="Frequency (THz)", orient="top", grid=False, values=values, labelExpr=expression)


def _name(row: Row, config: OpticalConfig) -> str:
    return f"{row['source']}{'→' if config.directed else '–'}{row['target']}".replace("'", "’")


def _efficiency(name: str) -> tuple[int, str]:
    known = name.lower().replace("-", "").replace("_", "").replace(" ", "")
    return (EFFICIENCY.index(known) if known in EFFICIENCY else len(EFFICIENCY), name)
