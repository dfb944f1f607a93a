"""O5, state over time: how full, how fragmented and how busy the network was, from the empty one on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned, span
from quintant.figure.excluded import excluded
from quintant.figure.lettering import small
from quintant.figure.number import SPACE, count, plain
from quintant.figure.plane import Drawing, Plane, across, linear, upward
from quintant.figure.tooltip import tip
from quintant.lab import Outcome
from quintant.labs.optical.figures.replicates import facts, one_point
from quintant.labs.optical.figures.tables import Row, take

NAME = "course"
WIDTH, HEIGHT = 560, 92


@dataclass(frozen=True)
class Panel:
    """`key`: column of the table "states"; `factor`: from its unit to the axis's."""

    key: str
    title: tuple[str, ...]
    factor: float
    definition: str


PANELS = (
    Panel(
        "utilization",
        ("Utilisation", "(%)"),
        100.0,
        "slots taken, guard included, over all slots: mean over links, time average since the mark before",
    ),
    Panel(
        "fragmentation",
        ("Fragmentation", "(0 to 1)"),
        1.0,
        "1 − largest free block / free slots: mean over links with a free slot, at this mark",
    ),
    Panel("active_lightpaths", ("Active", "lightpaths"), 1.0, "lightpaths that are up: time average since the mark before"),
)


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    """A thin line per replicate and a thick one for their mean where there are three or more; the warm-up hatched. A
    replay has a dot per iteration, each from an empty network."""
    point = one_point(NAME, outcomes)
    states = take(NAME, point.outcomes, "states")
    replay = point.config.mode == "replay"
    tracks = [part for part in states.rows if part]
    rows = [row for part in tracks for row in part]
    warmup = max((row["requests"] for row in rows if row["warmup"]), default=0)
    settled = [row for row in rows if not row["warmup"]]
    if not any(row[panel.key] is not None for row in settled for panel in PANELS):
        raise cannot(NAME, "no time passed between the requests of these runs")
    n = len(tracks)
    end = max(map(len, tracks)) if replay else max(row["requests"] for row in settled)
    panels = [_panel(panel, tracks, (warmup, end), replay, theme) for panel in PANELS]
    means = {panel.key: _mean([row[panel.key] for row in settled]) for panel in PANELS}
    spans = [row["requests"] - before["requests"] for part in tracks for before, row in pairwise(part)]
    per = "iteration, each from an empty network" if replay else f"{count(max(spans, default=end))}{SPACE}requests"
    bands = {1: "n = 1 run", 2: "both of n = 2 seeds"}
    caption = Caption(
        sentence=_sentence(means, replay),
        what=f"Utilisation and lightpaths averaged over the time of {'each' if replay else 'every'} {per}; "
        f"fragmentation at {'its' if replay else 'their'} end",
        band=bands.get(n, f"each of n = {n} seeds thin, their mean thick"),
        n=n,
        facts=(f"{plain(states.load_erlang)}{SPACE}E", *facts(point.config)),
        badges=(*point.badges, *states.badges),
        **span([100 * row["utilization"] for row in settled if row["utilization"] is not None], x="requests", y="%"),
    )
    return captioned(alt.vconcat(*panels, spacing=10), caption)


def _sentence(means: dict[str, float | None], replay: bool) -> str:
    parts = []
    if (used := means["utilization"]) is not None:
        parts.append(f"{100 * used:.0f}{SPACE}% of the slots are taken")
    if (lit := means["active_lightpaths"]) is not None:
        parts.append(f"{lit:.3g} lightpaths are up" if lit < 1000 else f"{count(lit)} lightpaths are up")
    if (split := means["fragmentation"]) is not None:
        parts.append(f"fragmentation is {split:.2f}")
    when = "On average over the iterations" if replay else "Once it is warm"
    return f"{when}, {', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else f"{when}, {parts[0]}"


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _panel(
    panel: Panel, tracks: Sequence[Sequence[Row]], extent: tuple[int, int], replay: bool, theme: Theme
) -> alt.LayerChart:
    warmup, end = extent
    last = panel is PANELS[-1]
    rows = [
        {"x": place + 1 if replay else row["requests"] / 1000, "value": panel.factor * row[panel.key], "run": run}
        | {"requests": count(row["requests"]), "is": panel.definition}
        for run, part in enumerate(tracks)
        for place, row in enumerate(part)
        if row[panel.key] is not None
    ]
    top = max((row["value"] for row in rows), default=0.0) or 1.0
    name = "Iteration" if replay else "Requests served (thousands)"
    steps = {"tickMinStep": 1} if replay else {}
    bottom = alt.Axis(title=name if last else None, labels=last, ticks=last, grid=False, **steps)
    limit = linear(0, top * 1.08)
    x = across(linear(0.5, end + 0.5) if replay else linear(0, end / 1000), bottom)
    y = upward(limit, alt.Axis(tickCount=3, titlePadding=8, minExtent=34), title=list(panel.title))
    plane = Plane(x.shown, y.shown, WIDTH, HEIGHT)
    untitled = Plane(x.shown, lambda field: alt.Y(f"{field}:Q", scale=limit), WIDTH, HEIGHT)
    layers = excluded(untitled, warmup / 1000, WIDTH * warmup / end, (0, top * 1.08), theme, opacity=0.7)
    if warmup and panel is PANELS[0]:
        place = {"align": "left", "baseline": "bottom", "dx": 5, "y": HEIGHT - 4}
        edge = plane.on({"x": warmup / 1000}, "x")
        layers.append(edge.mark_text(text="warm-up, not counted", **place, **small(theme.muted)))
    base, several = plane.on(rows, "x", "value"), len(tracks) > 2
    value = tip("value:Q", " ".join(panel.title), ".4~g")
    tips = [tip("requests:N", "requests served"), value, tip("is:N", "what it is")]
    if replay:
        dots = base.mark_point(filled=True, size=24, color=theme.series[0], opacity=0.7)
        return alt.layer(*layers, dots.encode(tooltip=tips), width=WIDTH, height=HEIGHT)
    thin = {"strokeWidth": 0.8, "color": theme.muted, "opacity": 0.75}
    thick = {"strokeWidth": 1.8, "color": theme.series[0], "opacity": 1.0}
    layers.append(base.mark_line(**(thin if several else thick), clip=True).encode(detail="run:N"))
    if several:
        mean = plane.on(_across(rows, len(tracks)), "x", "value")
        layers.append(mean.mark_line(strokeWidth=2.4, color=theme.series[0], clip=True))
    layers.append(base.mark_point(filled=True, size=40, opacity=0).encode(tooltip=tips))
    return alt.layer(*layers, width=WIDTH, height=HEIGHT)


def _across(rows: Sequence[dict[str, Any]], n: int) -> list[dict[str, float]]:
    """The mean over the replicates where all of them have a mark."""
    at: dict[float, list[float]] = {}
    for row in rows:
        at.setdefault(row["x"], []).append(row["value"])
    return [{"x": x, "value": sum(values) / n} for x, values in sorted(at.items()) if len(values) == n]
