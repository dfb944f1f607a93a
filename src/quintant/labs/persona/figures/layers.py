"""A4, change by layer and day: how far the residual stream at the answer is from the persona's baseline, against its noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned, span
from quintant.figure.cells import diverging
from quintant.figure.hatch import hatch
from quintant.figure.lettering import heading
from quintant.figure.plane import Drawing, Plane, linear, plot, upward
from quintant.figure.replicates import config_of
from quintant.figure.tooltip import tip
from quintant.lab import Outcome
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.figures.arms import Arm, colours, run_facts
from quintant.labs.persona.figures.days import OUTWARD, axis, edges, rug
from quintant.labs.persona.figures.sessions import people, rows, rows_if_any

NAME = "layers"
WIDTH, TALL, LOW = 456, 7, 74
MOST_PERSONAS = 4
FORMATS = {"z": ".2f", "q": ".3g", "distance": ".3g"}


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    (outcome,) = outcomes
    config = config_of(outcome, PersonaConfig)
    activations = rows_if_any(outcome, "activations")
    if not activations:
        raise cannot(NAME, _why(outcome, "activations"))
    every = people(config)
    names = dict(list(every.items())[:MOST_PERSONAS])
    days = sorted({row["day"] for row in activations})
    if len(days) < 2:
        raise cannot(NAME, f"run {outcome.run_id} ({outcome.state}) has only had its baseline")
    z = [row["z"] for row in activations if row["z"] is not None]
    if not z:
        reason = next((row["reason"] for row in rows_if_any(outcome, "readings") if row["reason"]), "no layer has a noise")
        raise cannot(NAME, reason)
    sizes = sorted(map(abs, z))
    limit = max(3.0, round(sizes[int(0.99 * (len(sizes) - 1))]))
    direction = (outcome.documents.get("validity") or {}).get("direction_layer")
    width = (WIDTH - 14 * (len(names) - 1)) / len(names)
    hue = colours([Arm("", config, ())], theme)[0]
    stacks = []
    for place, (id, name) in enumerate(names.items()):
        column = _Column(days, config.duration_days, width, place == 0, hue, theme)
        own = [row for row in activations if row["persona_id"] == id]
        events = [row for row in rows_if_any(outcome, "events") if row["persona_id"] == id]
        marks = rug(events, config.duration_days, width, hue, theme, pad=OUTWARD)
        stack = [marks.properties(**heading(name)), column.heat(own, limit)]
        if direction is not None:
            stack.append(column.projection([row for row in own if row["layer"] == direction]))
        stacks.append(stack)
    lines = [alt.hconcat(*line, spacing=14, bounds="flush") for line in zip(*stacks, strict=True)]
    projected = f"projection on the distress direction at layer {direction} (−1 ease, +1 distress)"
    caption = Caption(
        sentence=_sentence(activations, days, direction),
        what="distance of the residual from the mean of day 0, in standard deviations of asking again (z), by layer; dots: "
        f"q ≤ 0.05 over the layers{'' if direction is None else f'; below: {projected}'}; top: events",
        n=len(every),
        of="personas",
        badges=(
            f"{len(names)} of {len(every)} personas drawn" if len(names) < len(every) else "",
            f"colours end at ± {limit:g}; the largest is {sizes[-1]:.0f}" if sizes[-1] > limit else "",
        ),
        facts=run_facts(outcome, config),
        **span(z, x="day", y="layer"),
    )
    return captioned(alt.vconcat(*lines, spacing=8).resolve_scale(color="shared"), caption)


def _why(outcome: Outcome, table: str) -> str:
    """The reason that the readings give, or that there is none yet."""
    reasons = dict.fromkeys(row["reason"] for row in rows(NAME, outcome, "readings") if row["reason"])
    return "; ".join(reasons) or f"run {outcome.run_id} ({outcome.state}) has no {table}"


@dataclass(frozen=True)
class _Column:
    """What is drawn of one persona: `days` with a session, of `last`; the `first` column has the axes of all."""

    days: Sequence[int]
    last: int
    width: float
    first: bool
    hue: str
    theme: Theme

    def heat(self, activations: Sequence[dict[str, Any]], limit: float) -> Drawing:
        """Layers by day; significant ones have a dot, those without a noise are hatched."""
        count = max(row["layer"] for row in activations) + 1
        spans = dict(zip(self.days, edges(self.days), strict=True))
        middles = {"values": [layer + 0.5 for layer in range(0, count, 5)], "labelExpr": "floor(datum.value)"}
        left = alt.Axis(title="Layer" if self.first else None, labels=self.first, ticks=self.first, grid=False, **middles)
        x = axis(self.last, titled=False, pad=OUTWARD)
        plane = Plane(x, upward(linear(0, count), left), self.width, TALL * count)
        cells, lines, dots = [], [], []
        for row in activations:
            (begin, end), layer = spans[row["day"]], row["layer"]
            if row["z"] is None:
                slope = max(0.2, self.width / len(self.days) / TALL)
                lines += hatch((begin, end), (layer, layer + 1), lines=4, slope=slope)
                continue
            corners = {"x": begin, "x2": end, "y": layer, "y2": layer + 1}
            cells.append({**corners, "z": row["z"], "day": row["day"], "q": row["q_value"], "distance": row["distance"]})
            if row["significant"]:
                dots.append({"x": (begin + end) / 2, "y": layer + 0.5})
        size = {"gradientLength": 140, "gradientThickness": 9}
        legend = alt.Legend(title="z", values=[-limit, 0, limit], format="d", **size)
        tiles = (
            plane.on(cells, ("x", "x2"), ("y", "y2"))
            .mark_rect()
            .encode(
                color=alt.Color("z:Q", scale=diverging(limit, self.theme, clamp=True), legend=legend),
                tooltip=["day:Q", tip("y:Q", "layer"), *(tip(f"{f}:Q", format=form) for f, form in FORMATS.items())],
            )
        )
        strokes = plane.on(lines, ("x", "x2"), ("y", "y2")).mark_rule(color=self.theme.muted, strokeWidth=0.6)
        points = plane.on(dots, "x", "y").mark_point(filled=True, size=7, color=self.theme.text, opacity=0.9)
        return plane.layered([plane.frame(), tiles, strokes, points])

    def projection(self, activations: Sequence[dict[str, Any]]) -> Drawing:
        """The projection by day where a direction is trusted."""
        drawn = [{"day": row["day"], "value": row["projection"]} for row in activations if row["projection"] is not None]
        left = alt.Axis(
            title="Projection" if self.first else None, labels=self.first, ticks=self.first, tickCount=3, grid=False
        )
        plane = Plane(axis(self.last, pad=OUTWARD), upward(linear(-3, 4), left), self.width, LOW)
        zero = {"day": 0, "value": 0}
        base = plane.on(drawn, "day", "value").encode(tooltip=["day:Q", tip("value:Q", format=".2f")])
        return plane.layered(
            [
                plot(zero).mark_rule(color=self.theme.muted, strokeWidth=0.7).encode(y=plane.y("value", True)),
                plane.on(zero, "day", "value").mark_point(opacity=0).encode(x=plane.x("day", True)),
                base.mark_line(color=self.hue, strokeWidth=1.8),
                base.mark_point(color=self.hue, filled=True, size=20, opacity=1),
            ]
        )


def _sentence(activations: Sequence[dict[str, Any]], days: Sequence[int], direction: int | None) -> str:
    now = [row for row in activations if row["day"] == days[-1]]
    layers = {row["layer"] for row in now if row["significant"]}
    count = max(row["layer"] for row in activations) + 1
    which = f"{len(layers)} of {count} layers differ" if layers else "No layer differs"
    personas = " in some persona" if layers and len({row["persona_id"] for row in now}) > 1 else ""
    moved = f"{which} from the baseline on day {days[-1]}{personas}"
    projected = [row for row in activations if row["layer"] == direction and row["projection"] is not None]
    ends = [[row["projection"] for row in projected if row["day"] == day] for day in (days[0], days[-1])]
    if direction is None or not all(ends):
        return moved
    begin, end = (sum(values) / len(values) for values in ends)
    return f"{moved}; distress projection {begin:+.1f} → {end:+.1f}".replace("-", "−")
