"""O1, the topology map: how full each link is, on the map of the network.

Width (2 to 8 px) and colour say the same thing, so that neither is needed alone. Where the two directions of a link have
their own spectrum they are two parallel lines, each on the right-hand side of its own direction.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, captioned
from quintant.figure.number import SPACE, plain
from quintant.lab import Outcome
from quintant.labs.optical.figures.layout import Callout, Layout, Place, lay_out, place_beside, place_labels
from quintant.labs.optical.figures.replicates import facts, one_point, seeds, spoken_load
from quintant.labs.optical.figures.tables import LinkLoad, link_loads, live_link_loads, take
from quintant.labs.optical.topology import Topology

NAME = "topology"
NARROW_PX, WIDE_PX = 2.0, 8.0
GAP_PX = 1.5
SHRINK = "clamp(width / 560, 0.5, 1)"
"""Of widths and nodes when the map is drawn narrower than its natural 560 px (a journal's column)."""


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    """Mean occupied share of each link's slots over the measured part of the replicates of one point."""
    point = one_point(NAME, outcomes)
    topology, directed = point.topology, point.config.directed
    if any("links" in outcome.tables for outcome in point.outcomes):
        taken = take(NAME, point.outcomes, "links")
        loads, n, badges = link_loads(NAME, taken), len(taken.outcomes), taken.badges
        load, when = f"{plain(taken.load_erlang)}{SPACE}E", "mean share of occupied slots"
    else:
        loads, n = live_link_loads(NAME, point.outcomes, topology, point.config)
        badges = (f"{len(point.outcomes)} of the runs still running" if len(point.outcomes) > 1 else "still running",)
        load, when = spoken_load(point.config), "share of slots occupied now"
    layout = lay_out(topology)
    inside = max(map(len, topology.node_ids)) <= 3 and len(topology.node_ids) <= 30
    spoken = dict(zip(topology.node_ids, topology.node_ids if inside else topology.labels, strict=True))
    names = [f"{spoken[load.source]}{'→' if directed else '–'}{spoken[load.target]}" for load in loads]
    index = {id: place for place, id in enumerate(topology.node_ids)}
    lines = [(index[link.source], index[link.target]) for link in topology.links]
    worst = max(range(len(loads)), key=lambda place: loads[place].share)
    text = f"worst link {names[worst]}, {100 * loads[worst].share:.0f}{SPACE}%"
    ends = layout.places[index[loads[worst].source]], layout.places[index[loads[worst].target]]
    callout = place_beside(layout, *ends, text, 11, lines)

    rows = _rows(loads, names, [(layout.places[index[d.source]], layout.places[index[d.target]]) for d in loads], directed)
    nodes, left_out = _nodes(topology, layout, lines, theme, inside, callout)
    chart = alt.layer(
        _links(rows, layout, theme, casing=True),
        _links(rows, layout, theme, casing=False),
        *nodes,
        *_worst(text, callout, layout, theme),
        width=layout.width_px,
        height=layout.height_px,
    )
    shares = [load.share for load in loads]
    aside = "; each direction on its right-hand side" if directed else ""
    where = {
        "geographic": (),
        "stored": ("coordinates as stored",),
        "circle": ("no coordinates known: nodes stand on a circle",),
    }[layout.kind]
    return captioned(
        chart,
        Caption(
            sentence=f"Busiest link {names[worst]} has {100 * loads[worst].share:.0f}{SPACE}% of its slots occupied, "
            f"the average link {100 * math.fsum(shares) / len(shares):.0f}{SPACE}%",
            what=f"Link load: width and colour are the {when}{aside}",
            band=f"mean over {seeds(n)}",
            n=n,
            minimum=100 * min(shares),
            maximum=100 * max(shares),
            units={"y": "%"},
            facts=(load, *facts(point.config)),
            badges=(*point.badges, *badges, *where, *left_out),
            keeps_aspect=True,
        ),
    )


def _rows(
    loads: Sequence[LinkLoad], names: Sequence[str], ends: Sequence[tuple[Place, Place]], directed: bool
) -> list[dict[str, Any]]:
    """One row per line of the map; `dx`, `dy`: px by which it stands beside the straight line between its nodes. On dense
    maps, where the typical link is shorter than 90 px, all widths shrink together, to half at most."""
    spans = sorted(math.dist(*pair) for pair in ends)
    shrink = min(1.0, max(0.5, spans[len(spans) // 2] / 90))
    rows = []
    for load, name, ((x, y), (x2, y2)) in zip(loads, names, ends, strict=True):
        length = math.hypot(x2 - x, y2 - y) or 1.0
        width = shrink * (NARROW_PX + (WIDE_PX - NARROW_PX) * min(1.0, load.share))
        aside = (width + GAP_PX) / 2 if directed else 0.0
        rows.append(
            {
                "link": name,
                "x": x,
                "y": y,
                "x2": x2,
                "y2": y2,
                "width": width,
                "dx": -(y2 - y) / length * aside,
                "dy": (x2 - x) / length * aside,
                "utilisation": 100 * load.share,
                "length": f"{plain(load.length_km)} km",
                "slots": load.slots,
            }
        )
    return rows


def _links(rows: list[dict[str, Any]], layout: Layout, theme: Theme, casing: bool) -> alt.Chart:
    """The links; `casing` draws the thin edge beneath, without which idle links would fade into the surface."""
    mark: dict[str, Any] = {"type": "rule", "opacity": 1, "color": theme.muted}
    for position, shift in (("x", "dx"), ("x2", "dx"), ("y", "dy"), ("y2", "dy")):
        mark[f"{position}Offset"] = {"expr": f"datum.{shift} * {SHRINK}"}
    mark["strokeWidth"] = {"expr": f"datum.width * {SHRINK}" + (" + 1.2" if casing else "")}
    chart = alt.Chart(alt.Data(values=rows), mark=mark).encode(
        **_position(layout),
        x2="x2:Q",
        y2="y2:Q",
        tooltip=[
            alt.Tooltip("link:N", title="link"),
            alt.Tooltip("utilisation:Q", title="occupied (%)", format=".1f"),
            alt.Tooltip("length:N"),
            alt.Tooltip("slots:Q", title="slots"),
        ],
    )
    if casing:
        return chart
    return chart.encode(
        color=alt.Color(
            "utilisation:Q",
            scale=alt.Scale(domain=[0, 100], **theme.line_ramp),
            legend=alt.Legend(
                title="occupied slots (%)",
                orient="bottom",
                gradientLength=220,
                gradientThickness=8,
                values=[0, 25, 50, 75, 100],
                offset=6,
            ),
        )
    )


def _nodes(
    topology: Topology, layout: Layout, lines: Sequence[tuple[int, int]], theme: Theme, inside: bool, callout: Callout
) -> tuple[list[alt.Chart], tuple[str, ...]]:
    """Short names stand inside the nodes, longer ones beside them where there is room; and how many had none."""
    rows: list[dict[str, Any]] = [
        {"x": x, "y": y, "id": id, "label": label}
        for (x, y), id, label in zip(layout.places, topology.node_ids, topology.labels, strict=True)
    ]
    size, fill = (300, theme.surface) if inside else (40, theme.text)
    dots = (
        alt.Chart(alt.Data(values=rows))
        .mark_point(
            shape="circle",
            filled=True,
            size=alt.expr(f"{size} * {SHRINK}"),
            fill=fill,
            stroke=theme.text,
            strokeWidth=1.2,
            opacity=1,
        )
        .encode(**_position(layout), tooltip=[alt.Tooltip("id:N", title="node"), alt.Tooltip("label:N", title="label")])
    )
    if inside:
        names = alt.Chart(alt.Data(values=rows)).mark_text(fontSize=alt.expr(f"max(7, 10 * {SHRINK})"), color=theme.text)
        return [dots, names.encode(**_position(layout), text="id:N")], ()
    letters_px = 10 if len(rows) <= 30 else 8
    sides = place_labels(layout, topology.labels, lines, letters_px, taken=[callout.box])
    texts = []
    for row, side in zip(rows, sides, strict=True):
        if side is not None:
            texts += _haloed(row, side.dx, side.dy, row["label"], side.align, side.baseline, layout, theme, letters_px)
    unnamed = sides.count(None)
    return [dots, *texts], (f"{unnamed} of {len(rows)} node names left out for want of room",) if unnamed else ()


def _worst(text: str, callout: Callout, layout: Layout, theme: Theme) -> list[alt.Chart]:
    """The busiest link in words, beside it where there is room, with a thin line to the point it speaks of."""
    rows = [{"x": callout.x, "y": callout.y, "x2": callout.on_x, "y2": callout.on_y}]
    leader = alt.Chart(alt.Data(values=rows)).mark_rule(color=theme.text, strokeWidth=0.8)
    return [
        leader.encode(**_position(layout), x2="x2:Q", y2="y2:Q"),
        *_haloed(rows[0], 0, 0, text, "center", "middle", layout, theme, 11, bold=True),
    ]


def _haloed(
    place: dict[str, Any],
    dx: float,
    dy: float,
    text: str,
    align: str,
    baseline: str,
    layout: Layout,
    theme: Theme,
    size: int,
    bold: bool = False,
) -> list[alt.Chart]:
    """A text on an edge of the surface's colour, readable over lines."""
    chart = alt.Chart(alt.Data(values=[{"x": place["x"], "y": place["y"]}]))
    style: dict[str, Any] = {
        "text": text,
        "dx": dx,
        "dy": dy,
        "align": align,
        "baseline": baseline,
        "fontSize": size,
        "fontWeight": "bold" if bold else "normal",
    }
    halo = chart.mark_text(**style, stroke=theme.surface, strokeWidth=3.5, color=theme.surface, strokeJoin="round")
    words = chart.mark_text(**style, color=theme.text)
    return [halo.encode(**_position(layout)), words.encode(**_position(layout))]


def _position(layout: Layout) -> dict[str, Any]:
    """Positions are px of the nominal drawing; the scales keep them when the figure is resized."""
    return {
        "x": alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, layout.width_px], nice=False, zero=False)),
        "y": alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[layout.height_px, 0], nice=False, zero=False)),
    }
