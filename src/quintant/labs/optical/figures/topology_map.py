"""O1, the topology map: how full each link is, on the map of the network.

Width (2 to 8 px) and colour say the same thing, so that neither is needed alone. Where the two directions of a link have
their own spectrum they are two parallel lines, each on the right-hand side of its own direction.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, captioned, span
from quintant.figure.lettering import haloed
from quintant.figure.number import SPACE, plain
from quintant.figure.placement import Callout, place_beside, place_labels
from quintant.figure.plane import Drawing, Layers, Plane
from quintant.figure.tooltip import tip
from quintant.lab import Outcome
from quintant.labs.optical.figures.layout import SHRINK, Layout, ends, ids_fit, lay_out, plane
from quintant.labs.optical.figures.replicates import facts, one_point, seeds, spoken_load
from quintant.labs.optical.figures.tables import LinkLoad, link_loads, live_link_loads, take
from quintant.labs.optical.topology import Topology, resolve

NAME = "topology"
NARROW_PX, WIDE_PX = 2.0, 8.0
GAP_PX = 1.5


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    """Mean occupied share of each link's slots over the measured part of the replicates of one point."""
    point = one_point(NAME, outcomes)
    topology, directed = resolve(point.config), point.config.directed
    if any("links" in outcome.tables for outcome in point.outcomes):
        table = take(NAME, point.outcomes, "links")
        loads, n, badges = link_loads(NAME, table), len(table.outcomes), table.badges
        load, when = f"{plain(table.load_erlang)}{SPACE}E", "mean share of occupied slots"
    else:
        loads, n = live_link_loads(NAME, point.outcomes, topology, point.config)
        badges = (f"{len(point.outcomes)} of the runs still running" if len(point.outcomes) > 1 else "still running",)
        load, when = spoken_load(point.config), "share of slots occupied now"
    layout = lay_out(topology)
    names = _names(topology, loads, directed)
    worst = max(range(len(loads)), key=lambda place: loads[place].share)
    busiest = f"{100 * loads[worst].share:.0f}{SPACE}%"
    rows = _rows(loads, names, topology, layout, directed)
    text = f"worst link {names[worst]}, {busiest}"
    start, end = ((rows[worst][x], rows[worst][y]) for x, y in (("x", "y"), ("x2", "y2")))
    callout = place_beside(layout, start, end, text, 11, ends(topology))

    map = plane(layout)
    nodes, left_out = _nodes(topology, layout, map, theme, callout)
    layers = [*_links(rows, map, theme), *nodes, *_worst(text, callout, map, theme)]
    shares = [load.share for load in loads]
    where = {"stored": "coordinates as stored", "circle": "no coordinates known: nodes stand on a circle"}
    caption = Caption(
        sentence=f"Busiest link {names[worst]} has {busiest} of its slots occupied, "
        f"the average link {100 * math.fsum(shares) / len(shares):.0f}{SPACE}%",
        what=f"Link load: width and colour are the {when}" + ("; each direction on its right-hand side" if directed else ""),
        band=f"mean over {seeds(n)}",
        n=n,
        facts=(load, *facts(point.config)),
        badges=(*point.badges, *badges, where.get(layout.kind, ""), left_out),
        keeps_aspect=True,
        **span([100 * share for share in shares], y="%"),
    )
    return captioned(alt.layer(*layers, width=layout.width_px, height=layout.height_px), caption)


def _names(topology: Topology, loads: Sequence[LinkLoad], directed: bool) -> list[str]:
    """ "8→11" is one direction, "8–11" a link whose directions share their spectrum."""
    nodes = dict(zip(topology.node_ids, topology.node_ids if ids_fit(topology) else topology.labels, strict=True))
    return [f"{nodes[load.source]}{'→' if directed else '–'}{nodes[load.target]}" for load in loads]


def _rows(
    loads: Sequence[LinkLoad], names: Sequence[str], topology: Topology, layout: Layout, directed: bool
) -> list[dict[str, Any]]:
    """One row per line of the map; `dx`, `dy`: px by which it stands beside the straight line between its nodes. On dense
    maps, where the typical link is shorter than 90 px, all widths shrink together, to half at most."""
    place = dict(zip(topology.node_ids, layout.places, strict=True))
    pairs = [(place[load.source], place[load.target]) for load in loads]
    shrink = min(1.0, max(0.5, sorted(math.dist(*pair) for pair in pairs)[len(pairs) // 2] / 90))
    rows = []
    for load, name, ((x, y), (x2, y2)) in zip(loads, names, pairs, strict=True):
        length = math.hypot(x2 - x, y2 - y) or 1.0
        width = shrink * (NARROW_PX + (WIDE_PX - NARROW_PX) * min(1.0, load.share))
        aside = (width + GAP_PX) / 2 if directed else 0.0
        line = {"x": x, "y": y, "x2": x2, "y2": y2, "width": width}
        shift = {"dx": -(y2 - y) / length * aside, "dy": (x2 - x) / length * aside}
        texts = {"link": name, "utilisation": 100 * load.share, "length": f"{plain(load.length_km)} km", "slots": load.slots}
        rows.append({**line, **shift, **texts})
    return rows


def _links(rows: list[dict[str, Any]], map: Plane, theme: Theme) -> Layers:
    """The links over their casings, thin edges without which idle links would fade into the surface."""
    beside = {f"{side}Offset": alt.expr(f"datum.d{side[0]} * {SHRINK}") for side in ("x", "x2", "y", "y2")}
    tips = [tip("link:N", "link"), tip("utilisation:Q", "occupied (%)", ".1f"), "length:N", tip("slots:Q", "slots")]
    base = map.on(rows, ("x", "x2"), ("y", "y2")).encode(tooltip=tips)
    casing, line = (
        base.mark_rule(opacity=1, color=theme.muted, strokeWidth=alt.expr(f"datum.width * {SHRINK}{more}"), **beside)
        for more in (" + 1.2", "")
    )
    size = {"gradientLength": 220, "gradientThickness": 8, "values": [0, 25, 50, 75, 100]}
    legend = alt.Legend(title="occupied slots (%)", orient="bottom", offset=6, **size)
    scale = alt.Scale(domain=[0, 100], **theme.line_ramp)
    return [casing, line.encode(color=alt.Color("utilisation:Q", scale=scale, legend=legend))]


def _nodes(topology: Topology, layout: Layout, map: Plane, theme: Theme, callout: Callout) -> tuple[Layers, str]:
    """Short names stand inside the nodes, longer ones beside them where there is room; and how many had none."""
    rows = [
        {"x": x, "y": y, "id": id, "label": label}
        for (x, y), id, label in zip(layout.places, topology.node_ids, topology.labels, strict=True)
    ]
    inside = ids_fit(topology)
    size, fill = (300, theme.surface) if inside else (40, theme.text)
    style = {"size": alt.expr(f"{size} * {SHRINK}"), "fill": fill, "stroke": theme.text, "strokeWidth": 1.2, "opacity": 1}
    base = map.on(rows, "x", "y")
    dots = base.mark_point(shape="circle", filled=True, **style)
    dots = dots.encode(tooltip=[tip("id:N", "node"), tip("label:N", "label")])
    if inside:
        return [dots, base.mark_text(fontSize=alt.expr(f"max(7, 10 * {SHRINK})"), color=theme.text).encode(text="id:N")], ""
    letters_px = 10 if len(rows) <= 30 else 8
    sides = place_labels(layout, topology.labels, ends(topology), letters_px, taken=[callout.box])
    texts: Layers = []
    for row, side in zip(rows, sides, strict=True):
        if side is not None:
            style = {"dx": side.dx, "dy": side.dy, "align": side.align, "baseline": side.baseline, "fontSize": letters_px}
            place = map.on({"x": row["x"], "y": row["y"]}, "x", "y")
            texts += haloed(place, theme.text, theme, text=row["label"], fontWeight="normal", **style)
    unnamed = sides.count(None)
    return [dots, *texts], f"{unnamed} of {len(rows)} node names left out for want of room" if unnamed else ""


def _worst(text: str, callout: Callout, map: Plane, theme: Theme) -> Layers:
    """The busiest link in words, beside it where there is room, with a thin line to the point it speaks of."""
    leader = {"x": callout.x, "y": callout.y, "x2": callout.on_x, "y2": callout.on_y}
    style = {"dx": 0, "dy": 0, "align": "center", "baseline": "middle", "fontSize": 11, "fontWeight": "bold"}
    return [
        map.on(leader, ("x", "x2"), ("y", "y2")).mark_rule(color=theme.text, strokeWidth=0.8),
        *haloed(map.on({"x": callout.x, "y": callout.y}, "x", "y"), theme.text, theme, text=text, **style),
    ]
