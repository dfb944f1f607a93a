"""A5, attention by part of the diary: where the answer looks, layer by layer, at the baseline and at the last session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned, span
from quintant.figure.cells import cell, diverging, named_axis
from quintant.figure.lettering import bold, heading
from quintant.figure.number import SPACE
from quintant.figure.plane import Drawing, Layers, Plane, across, linear, upward
from quintant.figure.replicates import config_of
from quintant.figure.tooltip import tip
from quintant.lab import Outcome
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.figures.arms import points, run_facts
from quintant.labs.persona.figures.days import axis
from quintant.labs.persona.figures.sessions import people, rows, rows_if_any
from quintant.statistics import interval

NAME = "attention"
COLUMN, TALL, LOW = 25, 8, 74
ORDER = ("sink", "persona", "state", "memories", "events", "question")
Shares = Mapping[tuple[int, str], float]


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    (outcome,) = outcomes
    config = config_of(outcome, PersonaConfig)
    table = rows_if_any(outcome, "attention")
    if not table:
        reasons = dict.fromkeys(row["reason"] for row in rows(NAME, outcome, "readings") if row["reason"])
        raise cannot(NAME, "; ".join(reasons) or f"run {outcome.run_id} ({outcome.state}) has no attention")
    days = sorted({row["day"] for row in table})
    segments = [name for name in ORDER if any(row["segment"] == name for row in table)]
    segments += sorted({row["segment"] for row in table} - set(segments))
    count = max(row["layer"] for row in table) + 1
    first, last = (_mean(table, day) for day in (days[0], days[-1]))
    top = max([*first.values(), *last.values()])
    shares = alt.Scale(domain=[0.0, top], **theme.fill_ramp)
    panels = [_panel("baseline", first, segments, count, shares, [0.0, top])]
    if len(days) > 1:
        change = {key: last.get(key, 0.0) - first.get(key, 0.0) for key in {**first, **last}}
        far = max(abs(value) for value in change.values()) or 0.01
        panels.append(_panel(f"day {days[-1]}", last, segments, count, shares, [0.0, top], labelled=False))
        changes = diverging(far, theme)
        panels.append(_panel("difference", change, segments, count, changes, [-far, 0.0, far], labelled=False))
    heat = alt.hconcat(*panels, spacing=16, bounds="flush").resolve_scale(color="independent")
    n = len(people(config))
    caption = Caption(
        sentence=_sentence((first, last), segments, count, days),
        what="share of attention from the answer to each part of the prompt by layer, mean over heads and personas; sink: "
        "the first token; shares of a layer sum to 1; below: self-reference (0.5: no more than any token) and "
        "emotional salience",
        band=f"mean ± 95 % CI over {n} personas" if n > 2 else None,
        n=n,
        of="personas",
        facts=run_facts(outcome, config),
        **span([0.0, top], x="1", y="layer"),
    )
    return captioned(alt.vconcat(heat, *_readings(outcome, config, theme), spacing=18), caption)


def _mean(table: Sequence[dict[str, Any]], day: int) -> Shares:
    """Over personas; a part that a persona's prompt does not have got no attention."""
    then = [row for row in table if row["day"] == day]
    personas = len({row["persona_id"] for row in then})
    shares: dict[tuple[int, str], float] = {}
    for row in then:
        key = (row["layer"], row["segment"])
        shares[key] = shares.get(key, 0.0) + row["share"] / personas
    return shares


def _panel(
    title: str,
    shares: Shares,
    segments: Sequence[str],
    count: int,
    ramp: alt.Scale,
    ticks: Sequence[float],
    labelled: bool = True,
) -> Drawing:
    cells = [{**cell(segments.index(name), layer), "share": share, "part": name} for (layer, name), share in shares.items()]
    x = across(linear(0, len(segments)), named_axis(segments, None, labelAngle=-55, labelOverlap=False))
    middles = {"values": [layer + 0.5 for layer in range(0, count, 5)], "labelExpr": "floor(datum.value)"}
    left = alt.Axis(title="Layer" if labelled else None, labels=labelled, grid=False, domain=False, **middles)
    plane = Plane(x.shown, upward(linear(0, count), left).shown, COLUMN * len(segments), TALL * count)
    legend = alt.Legend(title=None, gradientLength=110, gradientThickness=8, format=".2f", values=list(ticks))
    tiles = (
        plane.on(cells, ("x", "x2"), ("y", "y2"))
        .mark_rect()
        .encode(
            color=alt.Color("share:Q", scale=ramp, legend=legend),
            tooltip=["part:N", tip("y:Q", "layer"), tip("share:Q", format=".3f")],
        )
    )
    return tiles.properties(width=plane.width, height=plane.height, **heading(title))


def _readings(outcome: Outcome, config: PersonaConfig, theme: Theme) -> list[Drawing]:
    table = rows_if_any(outcome, "readings")
    y = upward(linear(0, 1), alt.Axis(title="Reading", tickCount=3, grid=False))
    plane = Plane(axis(config.duration_days), y, 470, LOW)
    layers: Layers = [plane.frame()]
    names = (("self_reference_score", "self-reference", theme.series[2]), ("emotional_salience", "salience", theme.series[1]))
    for place, (key, name, hue) in enumerate(names):
        drawn = []
        for day in sorted({row["day"] for row in table}):
            reading = interval([row[key] for row in table if row["day"] == day and row[key] is not None])
            if reading.mean is not None:
                drawn.append({"day": day, "mean": reading.mean, "low": reading.low, "high": reading.high})
        if not drawn:
            continue
        bounded = [row for row in drawn if row["low"] is not None]
        banded = [{**row, "low": max(0.0, row["low"]), "high": min(1.0, row["high"])} for row in bounded]
        means, end = plane.on(drawn, "day", "mean"), plane.on(drawn[-1], "day", "mean")
        points = means.mark_point(color=hue, filled=True, size=20, opacity=1, shape=theme.shape(place))
        layers += [
            plane.on(banded, "day", ("low", "high")).mark_area(color=hue, fillOpacity=0.14),
            means.mark_line(color=hue, strokeWidth=1.8),
            points.encode(tooltip=["day:Q", tip("mean:Q", name, ".3f")]),
            end.mark_text(text=name, align="left", dx=8, **bold(hue, 10)),
        ]
    return [plane.layered(layers)] if len(layers) > 1 else []


def _sentence(ends: Sequence[Shares], segments: Sequence[str], count: int, days: Sequence[int]) -> str:
    """The part of the prompt whose share changed most, mean over layers."""
    means = [{name: sum(end.get((layer, name), 0.0) for layer in range(count)) / count for name in segments} for end in ends]
    if len(days) == 1:
        best = max((name for name in segments if name != "sink"), key=lambda name: means[0][name])
        return f"At the baseline {100 * means[0][best]:.0f}{SPACE}% of attention goes to {best}"
    moved = {name: means[1][name] - means[0][name] for name in segments}
    best = max(moved, key=lambda name: abs(moved[name]))
    return (
        f"Attention to {best} changes most: {100 * means[0][best]:.0f} to {100 * means[1][best]:.0f}{SPACE}% "
        f"({points(100 * moved[best])} points) from day {days[0]} to day {days[-1]}"
    )
