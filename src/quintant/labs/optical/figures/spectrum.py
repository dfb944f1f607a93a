"""O2, spectrum occupancy: what is lit on every link at the end of a Run, the fullest link on top."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, captioned
from quintant.figure.number import SPACE, plain
from quintant.lab import Outcome
from quintant.labs.optical.config import OpticalConfig
from quintant.labs.optical.figures.replicates import facts, one_point
from quintant.labs.optical.figures.tables import Row, Taken, take

NAME = "spectrum"
WIDTH = 540
MOST_ROWS = 60
ANCHOR_THZ = 193.1
"""The anchor of ITU-T G.694.1. A Config has no absolute frequencies, so slot 0 is drawn as beginning there."""

EFFICIENCY = ("bpsk", "qpsk", "8qam", "16qam", "32qam", "64qam", "128qam", "256qam")
BANDS = ("c", "l", "s", "o", "e")


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    """A row per link, a bar per connection coloured by its modulation, guard slots hatched, free slots empty."""
    point = one_point(NAME, outcomes)
    config = point.config
    links = take(NAME, outcomes, "links")
    lit = take(NAME, outcomes, "spectrum") if _has_rows(outcomes[0]) else None
    ranked = sorted(links.rows[0], key=lambda row: (-row["slots_used"] / row["slots_total"], row["link"]))
    shown = ranked[:MOST_ROWS]
    place = {row["link"]: index for index, row in enumerate(shown)}
    offsets, total = _offsets(config)
    bars = [
        _bar(row, place, offsets, config) for row in (lit.rows[0] if lit else ()) if row["link"] in place and row["core"] == 0
    ]
    formats = sorted({bar["format"] for bar in bars}, key=_efficiency)
    row_px = 11 if len(shown) <= 50 else 9
    names = [_name(row, config) for row in shown]
    chart = alt.layer(
        *_layers(bars, names, formats, total, row_px, config, theme), width=WIDTH, height=row_px * len(shown)
    ).resolve_axis(x="independent", y="independent")

    full = ranked[0]["slots_used"] / ranked[0]["slots_total"]
    free = sum(1 for row in ranked if row["slots_used"] == 0)
    badges = _badges(ranked, shown, config, links)
    if free:
        badges.append(f"{free} of {len(ranked)} links carry nothing")
    connections = len({row["connection"] for row in (lit.rows[0] if lit else ())})
    return captioned(
        chart,
        Caption(
            sentence=f"{plain(connections)} connections are up; the fullest link, {names[0]}, has {100 * full:.0f}{SPACE}% "
            f"of its slots lit, the emptiest {100 * ranked[-1]['slots_used'] / ranked[-1]['slots_total']:.0f}"
            f"{SPACE}%",
            what="Spectrum after the last request: links by occupied slots, guard slots hatched, free slots empty",
            n=len(ranked),
            of="links",
            minimum=100 * ranked[-1]["slots_used"] / ranked[-1]["slots_total"],
            maximum=100 * full,
            units={"x": "slots", "y": "%"},
            facts=(
                f"{plain(links.load_erlang)}{SPACE}E",
                *facts(config),
                *((f"slot{SPACE}0 begins at {ANCHOR_THZ}{SPACE}THz",) if total == config.slots else ()),
            ),
            badges=(*point.badges, *badges),
        ),
    )


def _has_rows(outcome: Outcome) -> bool:
    table = outcome.tables.get("spectrum")
    return table is None or table.num_rows > 0  # None: `take` says why; empty: nothing is lit, which is a finding


def _badges(ranked: Sequence[Row], shown: Sequence[Row], config: OpticalConfig, taken: Taken) -> list[str]:
    badges = list(taken.badges)
    if len(shown) < len(ranked):
        badges.append(f"the {len(shown)} fullest of {len(ranked)} links drawn")
    if config.cores > 1:
        badges.append(f"core 0 of {config.cores} drawn; links ranked over all cores")
    return badges


def _offsets(config: OpticalConfig) -> tuple[dict[str, int], int]:
    """First column of each band, side by side, and how many columns there are."""
    offsets, total = {}, 0
    for band, slots in zip(BANDS, (config.slots, config.l_slots, config.s_slots, config.o_slots, config.e_slots), strict=True):
        if slots:
            offsets[band] = total
            total += slots
    return offsets, total


def _bar(row: Row, place: dict[int, int], offsets: dict[str, int], config: OpticalConfig) -> dict[str, Any]:
    left = offsets[row["band"]]
    line = place[row["link"]]
    return {
        "top": line + 0.08,
        "bottom": line + 0.92,
        "start": left + row["start"],
        "guard": left + row["end"] - row["guard"],
        "end": left + row["end"],
        "format": row["format"],
        "gbps": row["gbps"],
        "connection": row["connection"],
        "link": _name(row, config),
    }


def _layers(
    bars: Sequence[dict[str, Any]],
    names: Sequence[str],
    formats: Sequence[str],
    total: int,
    row_px: int,
    config: OpticalConfig,
    theme: Theme,
) -> list[Any]:
    words = ",".join(f"'{name}'" for name in names)
    lines = alt.Scale(domain=[len(names), 0], nice=False, zero=False)
    slots = alt.Scale(domain=[0, total], nice=False)
    left = alt.Axis(
        values=[index + 0.5 for index in range(len(names))],
        labelExpr=f"[{words}][floor(datum.value)]",
        labelFontSize=9 if row_px > 9 else 8,
        grid=False,
        ticks=False,
        title=None,
        domain=False,
        labelOverlap=False,
        labelPadding=4,
    )
    bottom = alt.Axis(title="Slot", grid=False, tickMinStep=1, orient="bottom")
    top = _top(config, total)
    colour = alt.Color(
        "format:N",
        scale=alt.Scale(domain=list(formats), range=[theme.colour(i) for i in range(len(formats))]),
        legend=alt.Legend(title="modulation", symbolType="square", orient="bottom", titleOrient="left"),
    )

    def x(field: str, axis: Any = None) -> alt.X:
        return alt.X(f"{field}:Q", scale=slots, axis=axis)

    def y(field: str, axis: Any = None) -> alt.Y:
        return alt.Y(f"{field}:Q", scale=lines, axis=axis)

    edge = alt.Data(values=[{"zero": 0, "all": total, "top": 0, "bottom": len(names)}])
    grid = alt.Data(values=[{"row": index, "start": 0, "end": total} for index in range(len(names) + 1)])
    tooltip = [
        alt.Tooltip("link:N"),
        alt.Tooltip("format:N", title="modulation"),
        alt.Tooltip("gbps:Q", title="rate (Gb/s)"),
        alt.Tooltip("start:Q"),
        alt.Tooltip("guard:Q", title="end"),
        alt.Tooltip("connection:Q", title="request"),
    ]
    guards = [bar for bar in bars if bar["end"] > bar["guard"]]
    strokes = [
        {"x": slot, "x2": slot + 1, "y": bar["bottom"], "y2": bar["top"], "format": bar["format"]}
        for bar in guards
        for slot in range(bar["guard"], bar["end"])
    ]
    layers: list[Any] = [
        alt.Chart(edge).mark_point(opacity=0).encode(x=x("zero", bottom), y=y("top", left)),
        alt.Chart(edge).mark_point(opacity=0).encode(x=x("zero", top)),
        alt.Chart(grid).mark_rule(color=theme.grid, strokeWidth=0.5).encode(x=x("start"), x2="end:Q", y=y("row")),
        alt.Chart(alt.Data(values=list(bars)))
        .mark_rect(stroke=theme.surface, strokeWidth=0.4)
        .encode(x=x("start"), x2="guard:Q", y=y("top"), y2="bottom:Q", color=colour, tooltip=tooltip),
    ]
    if strokes:
        layers += [
            alt.Chart(alt.Data(values=guards))
            .mark_rect(filled=False, strokeWidth=0.5)
            .encode(x=x("guard"), x2="end:Q", y=y("top"), y2="bottom:Q", stroke=_plain(formats, theme)),
            alt.Chart(alt.Data(values=strokes))
            .mark_rule(strokeWidth=0.7)
            .encode(x=x("x"), x2="x2:Q", y=y("y"), y2="y2:Q", stroke=_plain(formats, theme)),
        ]
    several = _offsets(config)[0].items()
    for band, start in several if len(several) > 1 else ():
        layers += _divide(band, start, x, theme)
    return layers


def _plain(formats: Sequence[str], theme: Theme) -> alt.Stroke:
    """The same colours without a second legend."""
    scale = alt.Scale(domain=list(formats), range=[theme.colour(index) for index in range(len(formats))])
    return alt.Stroke("format:N", scale=scale, legend=None)


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
    return alt.Axis(
        title="Frequency (THz)",
        orient="top",
        grid=False,
        values=values,
        labelExpr=f"[{','.join(labels)}][round(datum.value * {width!r} / {step!r})]",
    )


def _divide(band: str, start: int, x: Any, theme: Theme) -> list[Any]:
    base = alt.Chart(alt.Data(values=[{"at": start}]))
    return [
        base.mark_rule(color=theme.text, strokeWidth=1).encode(x=x("at")),
        base.mark_text(
            text=f"{band.upper()} band", align="left", baseline="bottom", dx=4, y=-3, fontSize=10, color=theme.text
        ).encode(x=x("at")),
    ]


def _name(row: Row, config: OpticalConfig) -> str:
    return f"{row['source']}{'→' if config.directed else '–'}{row['target']}".replace("'", "’")


def _efficiency(name: str) -> tuple[int, str]:
    known = name.lower().replace("-", "").replace("_", "").replace(" ", "")
    return (EFFICIENCY.index(known) if known in EFFICIENCY else len(EFFICIENCY), name)
