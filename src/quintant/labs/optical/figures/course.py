"""O5, state over time: how full, how fragmented and how busy the network was, from the empty one on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned
from quintant.figure.hatch import hatch
from quintant.figure.number import SPACE, count, plain
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


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    """A thin line per replicate and a thick one for their mean where there are three or more; the warm-up hatched. A
    replay has a dot per iteration, each from an empty network."""
    point = one_point(NAME, outcomes)
    taken = take(NAME, point.outcomes, "states")
    replay = point.config.mode == "replay"
    tracks = [part for part in taken.rows if part]
    warmup = max((row["requests"] for part in tracks for row in part if row["warmup"]), default=0)
    settled = [row for part in tracks for row in part if not row["warmup"]]
    if not any(row[panel.key] is not None for row in settled for panel in PANELS):
        raise cannot(NAME, "no time passed between the requests of these runs")
    n = len(tracks)
    end = max(map(len, tracks)) if replay else max(row["requests"] for row in settled)
    panels = [_panel(panel, tracks, (warmup, end), replay, theme, last=panel is PANELS[-1]) for panel in PANELS]
    means = {panel.key: _mean([row[panel.key] for row in settled]) for panel in PANELS}
    used = [100 * row["utilization"] for row in settled if row["utilization"] is not None]
    spans = [row["requests"] - before["requests"] for part in tracks for before, row in pairwise(part)]
    per = "iteration, each from an empty network" if replay else f"{count(max(spans, default=end))}{SPACE}requests"
    return captioned(
        alt.vconcat(*panels, spacing=10),
        Caption(
            sentence=_sentence(means, replay),
            what=f"Utilisation and lightpaths averaged over the time of {'each' if replay else 'every'} {per}; "
            f"fragmentation at {'its' if replay else 'their'} end",
            band="n = 1 run"
            if n == 1
            else f"each of n = {n} seeds thin, their mean thick"
            if n > 2
            else f"both of n = {n} seeds",
            n=n,
            minimum=min(used, default=None),
            maximum=max(used, default=None),
            units={"x": "requests", "y": "%"},
            facts=(f"{plain(taken.load_erlang)}{SPACE}E", *facts(point.config)),
            badges=(*point.badges, *taken.badges),
        ),
    )


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
    panel: Panel, tracks: Sequence[Sequence[Row]], span: tuple[int, int], replay: bool, theme: Theme, last: bool
) -> alt.LayerChart:
    warmup, end = span
    rows = [
        {
            "x": place + 1 if replay else row["requests"] / 1000,
            "value": panel.factor * row[panel.key],
            "run": index,
            "requests": count(row["requests"]),
            "is": panel.definition,
        }
        for index, part in enumerate(tracks)
        for place, row in enumerate(part)
        if row[panel.key] is not None
    ]
    scale = alt.Scale(domain=[0.5, end + 0.5] if replay else [0, end / 1000], nice=False)
    name = "Iteration" if replay else "Requests served (thousands)"
    axis = alt.Axis(title=name if last else None, labels=last, ticks=last, grid=False, **({"tickMinStep": 1} if replay else {}))
    x = alt.X("x:Q", scale=scale, axis=axis)
    top = max((row["value"] for row in rows), default=0.0) or 1.0
    limit = alt.Scale(domain=[0, top * 1.08], nice=False)
    y = alt.Y("value:Q", title=list(panel.title), scale=limit, axis=alt.Axis(tickCount=3, titlePadding=8, minExtent=34))
    tooltip = [
        alt.Tooltip("requests:N", title="requests served"),
        alt.Tooltip("value:Q", title=" ".join(panel.title), format=".4~g"),
        alt.Tooltip("is:N", title="what it is"),
    ]
    base = alt.Chart(alt.Data(values=rows))
    layers: list[Any] = []
    if warmup:
        wide = WIDTH * warmup / end
        strokes = hatch((0, warmup / 1000), (0, top * 1.08), lines=max(4, round((wide + HEIGHT) / 9)), slope=wide / HEIGHT)
        edge = alt.Chart(alt.Data(values=[{"x": warmup / 1000}]))
        layers += [
            alt.Chart(alt.Data(values=strokes))
            .mark_rule(color=theme.muted, strokeWidth=0.6, opacity=0.7)
            .encode(x=x, x2="x2:Q", y=alt.Y("y:Q", scale=limit), y2="y2:Q"),
            edge.mark_rule(color=theme.muted, strokeWidth=1).encode(x=x),
        ]
        if panel is PANELS[0]:
            layers.append(
                edge.mark_text(
                    text="warm-up, not counted",
                    align="left",
                    baseline="bottom",
                    dx=5,
                    y=HEIGHT - 4,
                    fontSize=10,
                    color=theme.muted,
                ).encode(x=x)
            )
    several = len(tracks) > 2
    if replay:
        layers.append(
            base.mark_point(filled=True, size=24, color=theme.series[0], opacity=0.7).encode(x=x, y=y, tooltip=tooltip)
        )
        return alt.layer(*layers, width=WIDTH, height=HEIGHT)
    layers.append(
        base.mark_line(
            strokeWidth=0.8 if several else 1.8,
            color=theme.muted if several else theme.series[0],
            opacity=0.75 if several else 1.0,
            clip=True,
        ).encode(x=x, y=y, detail="run:N")
    )
    if several:
        layers.append(
            alt.Chart(alt.Data(values=_across(rows, len(tracks))))
            .mark_line(strokeWidth=2.4, color=theme.series[0], clip=True)
            .encode(x=x, y=y)
        )
    layers.append(base.mark_point(filled=True, size=40, opacity=0).encode(x=x, y=y, tooltip=tooltip))
    return alt.layer(*layers, width=WIDTH, height=HEIGHT)


def _across(rows: Sequence[dict[str, Any]], n: int) -> list[dict[str, float]]:
    """The mean over the replicates where all of them have a mark."""
    at: dict[float, list[float]] = {}
    for row in rows:
        at.setdefault(row["x"], []).append(row["value"])
    return [{"x": x, "value": sum(values) / n} for x, values in sorted(at.items()) if len(values) == n]
