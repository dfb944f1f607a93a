"""Preview: the calendar of life events that a seed draws, before any persona has answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, captioned, span
from quintant.figure.lettering import small
from quintant.figure.number import count
from quintant.figure.plane import Drawing, Plane, linear, upward
from quintant.figure.tooltip import tip
from quintant.lab import Streams
from quintant.labs.persona import rules
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.engine import life
from quintant.labs.persona.figures.days import axis
from quintant.labs.persona.results import NOTICE

NAME = "calendar"
WIDTH, ROW = 520, 26
MOST_PERSONAS = 24


def build(config: PersonaConfig, root_seed: int, chosen: Mapping[str, str], theme: Theme) -> Drawing:
    """A row for each persona, a mark for each event on its day: stress as ▼ as tall as it is intense, neutral as a dot."""
    streams = Streams.derive(root_seed, ("events", "templates"))
    world, people = life.World.read(), rules.cast(config)
    days = range(1, config.duration_days + 1)
    events = [(who, event) for who in people for day in days for event in life.events(world, config, streams, who.id, day)]
    places = {persona.id: place for place, persona in enumerate(people[:MOST_PERSONAS])}
    rows = []
    for persona, event in events:
        if event.event_type != "minimal" and persona.id in places:
            mark = {"x": event.day, "place": places[persona.id], "size": 20 + 120 * event.intensity, "type": event.event_type}
            rows.append({**mark, "who": persona.name, "title": event.title, "intensity": event.intensity})
    stress = [event for _, event in events if event.event_type == "stress"]
    many = f"{MOST_PERSONAS} of {count(len(people))} personas drawn"
    caption = Caption(
        sentence=_sentence(len(stress), sum(event.traumatic for event in stress), len(people), config.duration_days),
        what="life events by simulated day; size is intensity, ▼ stress, ● neutral",
        n=len(people),
        of="personas",
        facts=(NOTICE.removesuffix("."), f"condition {config.condition}"),
        badges=(many if len(people) > MOST_PERSONAS else "", "routine events are left out"),
        **span([event.intensity for event in stress], x="day", y="1"),
    )
    names = [persona.name for persona in people[:MOST_PERSONAS]]
    return captioned(_chart(rows, names, config.duration_days, theme), caption)


def _sentence(stress: int, grave: int, people: int, days: int) -> str:
    events = f"{count(stress)} stressful event{'s' if stress != 1 else ''} in {count(people * days)} persona-days"
    return events + (f", {count(grave)} of them grave" if grave else "")


def _chart(rows: list[dict[str, Any]], names: list[str], last: int, theme: Theme) -> Drawing:
    y = upward(linear(len(names) - 0.5, -0.5))
    plane = Plane(axis(last, pad=0.5).shown, y, WIDTH, ROW * max(1, len(names)))
    tips = [tip("x:Q", "day"), "who:N", "type:N", "title:N", tip("intensity:Q", format=".2f")]
    size = alt.Size("size:Q", scale=None, legend=None)
    marks = []
    for kind, shape, colour in (("neutral", "circle", theme.muted), ("stress", "triangle-down", theme.series[1])):
        points = plane.on([row for row in rows if row["type"] == kind], "x", "place")
        points = points.mark_point(filled=True, shape=shape, color=colour, opacity=0.85)
        marks.append(points.encode(size=size, tooltip=tips))
    lines = plane.on([{"place": at, "x": 0, "x2": last} for at in range(len(names))], ("x", "x2"), "place")
    labels = plane.on([{"place": at, "x": last, "who": name} for at, name in enumerate(names)], "x", "place")
    labels = labels.mark_text(align="left", dx=10, **small(theme.text, 11)).encode(text="who:N")
    return alt.layer(lines.mark_rule(color=theme.grid), *marks, labels, width=WIDTH, height=plane.height)
