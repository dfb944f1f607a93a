"""A5, attention by part of the diary: where the answer looks, layer by layer, at the baseline and at the last session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned
from quintant.figure.number import SPACE
from quintant.figure.replicates import config_of
from quintant.lab import Outcome
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.figures.arms import Arm, facts, points
from quintant.labs.persona.figures.days import axis_x
from quintant.labs.persona.figures.sessions import people, rows, rows_if_any
from quintant.statistics import interval

NAME = "attention"
COLUMN, TALL, LOW = 25, 8, 74
ORDER = ("sink", "persona", "state", "memories", "events", "question")
Shares = Mapping[tuple[int, str], float]


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    (outcome,) = outcomes
    config = config_of(outcome, PersonaConfig)
    told = rows_if_any(outcome, "attention")
    if not told:
        reasons = dict.fromkeys(row["reason"] for row in rows(NAME, outcome, "readings") if row["reason"])
        raise cannot(NAME, "; ".join(reasons) or f"run {outcome.run_id} ({outcome.state}) has no attention")
    days = sorted({row["day"] for row in told})
    segments = [name for name in ORDER if any(row["segment"] == name for row in told)]
    segments += sorted({row["segment"] for row in told} - set(segments))
    count = max(row["layer"] for row in told) + 1
    ends = [_mean(told, day) for day in (days[0], days[-1])]
    top = max([*ends[0].values(), *ends[1].values()])
    panels = [_panel("baseline", ends[0], segments, count, theme.fill_ramp, (0.0, top), True, theme)]
    if len(days) > 1:
        change = {key: ends[1].get(key, 0.0) - ends[0].get(key, 0.0) for key in {**ends[0], **ends[1]}}
        far = max(abs(value) for value in change.values()) or 0.01
        panels += [
            _panel(f"day {days[-1]}", ends[1], segments, count, theme.fill_ramp, (0.0, top), False, theme),
            _panel(
                "difference",
                change,
                segments,
                count,
                {"range": list(theme.diverging), "interpolate": "rgb"},
                (-far, far),
                False,
                theme,
            ),
        ]
    heat = alt.hconcat(*panels, spacing=16, bounds="flush").resolve_scale(color="independent")
    below = _readings(outcome, config, theme)
    return captioned(
        alt.vconcat(heat, *below, spacing=18),
        Caption(
            sentence=_sentence(ends, segments, count, days),
            what="share of attention from the answer to each part of the prompt by layer, mean over heads and personas; sink: "
            "the first token; shares of a layer sum to 1; below: self-reference (0.5: no more than any token) and "
            "emotional salience",
            band=f"mean ± 95 % CI over {len(people(config))} personas" if len(people(config)) > 2 else None,
            n=len(people(config)),
            of="personas",
            units={"x": "1", "y": "layer"},
            minimum=0.0,
            maximum=top,
            facts=(*facts([Arm("", config, (outcome,))]), config.condition),
        ),
    )


def _mean(told: Sequence[dict[str, Any]], day: int) -> Shares:
    """Over personas; a part that a persona's prompt does not have got no attention."""
    mine = [row for row in told if row["day"] == day]
    people_then = len({row["persona_id"] for row in mine})
    found: dict[tuple[int, str], float] = {}
    for row in mine:
        key = (row["layer"], row["segment"])
        found[key] = found.get(key, 0.0) + row["share"] / people_then
    return found


def _panel(
    title: str,
    shares: Shares,
    segments: Sequence[str],
    count: int,
    ramp: Mapping[str, Any],
    domain: tuple[float, float],
    first: bool,
    theme: Theme,
) -> Any:
    cells = [
        {"x": segments.index(name), "x2": segments.index(name) + 1, "y": layer, "y2": layer + 1, "share": share, "part": name}
        for (layer, name), share in shares.items()
    ]
    words = ",".join(f"'{name}'" for name in segments)
    x_axis = alt.Axis(
        title=None,
        values=[place + 0.5 for place in range(len(segments))],
        labelExpr=f"[{words}][floor(datum.value)]",
        labelAngle=-55,
        labelOverlap=False,
        grid=False,
        ticks=False,
        domain=False,
    )
    y_axis = alt.Axis(
        title="Layer" if first else None,
        labels=first,
        values=[layer + 0.5 for layer in range(0, count, 5)],
        labelExpr="floor(datum.value)",
        grid=False,
        domain=False,
    )
    scale = alt.Scale(domain=[domain[0], 0, domain[1]] if domain[0] < 0 else list(domain), **ramp)
    legend = alt.Legend(
        title=None, gradientLength=110, gradientThickness=8, format=".2f", values=sorted({domain[0], 0.0, domain[1]})
    )
    return (
        alt.Chart(alt.Data(values=cells), title=alt.Title(title, fontSize=12, anchor="start", offset=4))
        .mark_rect()
        .encode(
            x=alt.X("x:Q", scale=alt.Scale(domain=[0, len(segments)], nice=False), axis=x_axis),
            x2="x2:Q",
            y=alt.Y("y:Q", scale=alt.Scale(domain=[0, count], nice=False), axis=y_axis),
            y2="y2:Q",
            color=alt.Color("share:Q", scale=scale, legend=legend),
            tooltip=[alt.Tooltip("part:N"), alt.Tooltip("y:Q", title="layer"), alt.Tooltip("share:Q", format=".3f")],
        )
        .properties(width=COLUMN * len(segments), height=TALL * count)
    )


def _readings(outcome: Outcome, config: PersonaConfig, theme: Theme) -> list[Any]:
    told = rows_if_any(outcome, "readings")
    names = {"self_reference_score": "self-reference", "emotional_salience": "salience"}
    days = sorted({row["day"] for row in told})
    layers: list[Any] = []
    last = config.duration_days
    y = alt.Scale(domain=[0, 1], nice=False)
    frame = alt.Chart(alt.Data(values=[{"x": 0, "y": 0}])).mark_point(opacity=0)
    axis = alt.Axis(title="Reading", tickCount=3, grid=False)
    layers.append(frame.encode(x=axis_x("x", last, True), y=alt.Y("y:Q", scale=y, axis=axis)))
    for place, (key, word) in enumerate(names.items()):
        hue = theme.series[2] if place == 0 else theme.series[1]
        drawn = []
        for day in days:
            found = interval([row[key] for row in told if row["day"] == day and row[key] is not None])
            if found.mean is not None:
                drawn.append({"day": day, "mean": found.mean, "low": found.low, "high": found.high})
        if not drawn:
            continue
        at_y = alt.Y("mean:Q", scale=y, axis=None)
        banded = [
            {**row, "low": max(0.0, row["low"]), "high": min(1.0, row["high"])} for row in drawn if row["low"] is not None
        ]
        layers += [
            alt.Chart(alt.Data(values=banded))
            .mark_area(color=hue, fillOpacity=0.14)
            .encode(x=axis_x("day", last), y=alt.Y("low:Q", scale=y, axis=None), y2="high:Q"),
            alt.Chart(alt.Data(values=drawn)).mark_line(color=hue, strokeWidth=1.8).encode(x=axis_x("day", last), y=at_y),
            alt.Chart(alt.Data(values=drawn))
            .mark_point(color=hue, filled=True, size=20, opacity=1, shape=theme.shape(place))
            .encode(
                x=axis_x("day", last), y=at_y, tooltip=[alt.Tooltip("day:Q"), alt.Tooltip("mean:Q", title=word, format=".3f")]
            ),
            alt.Chart(alt.Data(values=[drawn[-1]]))
            .mark_text(text=word, align="left", dx=8, color=hue, fontSize=10, fontWeight="bold")
            .encode(x=axis_x("day", last), y=at_y),
        ]
    if len(layers) == 1:
        return []
    return [alt.layer(*layers, width=470, height=LOW).resolve_axis(x="independent", y="independent")]


def _sentence(ends: Sequence[Shares], segments: Sequence[str], count: int, days: Sequence[int]) -> str:
    """The part of the prompt whose share changed most, mean over layers."""
    means = [{name: sum(one.get((layer, name), 0.0) for layer in range(count)) / count for name in segments} for one in ends]
    if len(days) == 1:
        best = max((name for name in segments if name != "sink"), key=lambda name: means[0][name])
        return f"At the baseline {100 * means[0][best]:.0f}{SPACE}% of attention goes to {best}"
    moved = {name: means[1][name] - means[0][name] for name in segments}
    best = max(moved, key=lambda name: abs(moved[name]))
    return (
        f"Attention to {best} changes most: {100 * means[0][best]:.0f} to {100 * means[1][best]:.0f}{SPACE}% "
        f"({points(100 * moved[best])} points) from day {days[0]} to day {days[-1]}"
    )
