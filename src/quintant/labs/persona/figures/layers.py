"""A4, change by layer and day: how far the residual stream at the answer is from the persona's baseline, against its noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned
from quintant.figure.hatch import hatch
from quintant.figure.replicates import config_of
from quintant.lab import Outcome
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.figures.arms import Arm, colours, facts
from quintant.labs.persona.figures.days import OUTWARD, axis_x, edges, rug
from quintant.labs.persona.figures.sessions import people, rows, rows_if_any

NAME = "layers"
WIDTH, TALL, LOW = 456, 7, 74
MOST_PERSONAS = 4


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    (outcome,) = outcomes
    config = config_of(outcome, PersonaConfig)
    told = rows_if_any(outcome, "activations")
    if not told:
        raise cannot(NAME, _why(outcome, "activations"))
    every, badges = people(config), []
    shown = dict(list(every.items())[:MOST_PERSONAS])
    if len(shown) < len(every):
        badges.append(f"{len(shown)} of {len(every)} personas drawn")
    days = sorted({row["day"] for row in told})
    if len(days) < 2:
        raise cannot(NAME, f"run {outcome.run_id} ({outcome.state}) has only had its baseline")
    known = sorted(abs(row["z"]) for row in told if row["z"] is not None)
    if not known:
        reason = next((row["reason"] for row in rows_if_any(outcome, "readings") if row["reason"]), "no layer has a noise")
        raise cannot(NAME, reason)
    limit = max(3.0, round(known[int(0.99 * (len(known) - 1))]))
    if known[-1] > limit:
        badges.append(f"colours end at ± {limit:g}; the largest is {known[-1]:.0f}")
    direction = (outcome.documents.get("validity") or {}).get("direction_layer")
    width = (WIDTH - 14 * (len(shown) - 1)) / len(shown)
    hue = colours([Arm("", config, ())], theme)[0]
    stacks = [
        _column(
            [row for row in told if row["persona_id"] == id],
            [row for row in rows_if_any(outcome, "events") if row["persona_id"] == id],
            name, days, config.duration_days, width, limit, direction, place == 0, theme, hue,
        )
        for place, (id, name) in enumerate(shown.items())
    ]  # fmt: skip
    lines = [alt.hconcat(*line, spacing=14, bounds="flush") for line in zip(*stacks, strict=True)]
    what = (
        "distance of the residual from the mean of day 0, in standard deviations of asking again (z), by layer; dots: "
        "q ≤ 0.05 over the layers"
    )
    if direction is not None:
        what += f"; below: projection on the distress direction at layer {direction} (−1 ease, +1 distress)"
    return captioned(
        alt.vconcat(*lines, spacing=8).resolve_scale(color="shared"),
        Caption(
            sentence=_sentence(told, days, direction),
            what=what + "; top: events",
            n=len(every),
            of="personas",
            units={"x": "day", "y": "layer"},
            minimum=min(row["z"] for row in told if row["z"] is not None),
            maximum=max(row["z"] for row in told if row["z"] is not None),
            badges=badges,
            facts=(*facts([Arm("", config, (outcome,))]), config.condition),
        ),
    )


def _why(outcome: Outcome, table: str) -> str:
    """The reason that the readings give, or that there is none yet."""
    reasons = dict.fromkeys(row["reason"] for row in rows(NAME, outcome, "readings") if row["reason"])
    return "; ".join(reasons) or f"run {outcome.run_id} ({outcome.state}) has no {table}"


def _column(
    told: Sequence[dict[str, Any]],
    events: Sequence[dict[str, Any]],
    name: str,
    days: Sequence[int],
    last: int,
    width: float,
    limit: float,
    direction: int | None,
    first: bool,
    theme: Theme,
    hue: str,
) -> list[Any]:
    """One persona: its events, its layers by day, and its projection where a direction is trusted."""
    count = max(row["layer"] for row in told) + 1
    spans = dict(zip(days, edges(days), strict=True))

    def x(field: str, shown: bool = False, titled: bool = False) -> alt.X:
        return axis_x(field, last, shown, titled=titled, pad=OUTWARD)

    def y(field: str, shown: bool = False) -> alt.Y:
        axis = alt.Axis(
            title="Layer" if first else None,
            labels=first,
            ticks=first,
            values=[layer + 0.5 for layer in range(0, count, 5)],
            labelExpr="floor(datum.value)",
            grid=False,
        )
        return alt.Y(f"{field}:Q", scale=alt.Scale(domain=[0, count], nice=False), axis=axis if shown else None)

    cells, lines, dots = [], [], []
    for row in told:
        left, right = spans[row["day"]]
        place = {"x": left, "x2": right, "y": row["layer"], "y2": row["layer"] + 1}
        if row["z"] is None:
            lines += hatch((left, right), (place["y"], place["y2"]), lines=4, slope=max(0.2, width / len(days) / TALL))
            continue
        cells.append({**place, "z": row["z"], "day": row["day"], "q": row["q_value"], "distance": row["distance"]})
        if row["significant"]:
            dots.append({"x": (left + right) / 2, "y": row["layer"] + 0.5})
    low, middle, high = theme.diverging
    ramp = alt.Scale(domain=[-limit, 0, limit], range=[low, middle, high], interpolate="rgb", clamp=True)
    legend = alt.Legend(title="z", gradientLength=140, gradientThickness=9, values=[-limit, 0, limit], format="d")
    heat: list[Any] = [
        alt.Chart(alt.Data(values=[{"x": 0, "y": 0}])).mark_point(opacity=0).encode(x=x("x", True), y=y("y", True)),
        alt.Chart(alt.Data(values=cells))
        .mark_rect()
        .encode(
            x=x("x"),
            x2="x2:Q",
            y=y("y"),
            y2="y2:Q",
            color=alt.Color("z:Q", scale=ramp, legend=legend),
            tooltip=[
                alt.Tooltip("day:Q"),
                alt.Tooltip("y:Q", title="layer"),
                alt.Tooltip("z:Q", format=".2f"),
                alt.Tooltip("q:Q", format=".3g"),
                alt.Tooltip("distance:Q", format=".3g"),
            ],
        ),
        alt.Chart(alt.Data(values=lines))
        .mark_rule(color=theme.muted, strokeWidth=0.6)
        .encode(x=x("x"), x2="x2:Q", y=y("y"), y2="y2:Q"),
        alt.Chart(alt.Data(values=dots))
        .mark_point(filled=True, size=7, color=theme.text, opacity=0.9)
        .encode(x=x("x"), y=y("y")),
    ]
    title = alt.Title(name, fontSize=12, anchor="start", offset=4)
    stack = [
        rug(events, last, width, hue, theme, pad=OUTWARD).properties(title=title),
        alt.layer(*heat, width=width, height=TALL * count).resolve_axis(x="independent", y="independent"),
    ]
    if direction is not None:
        stack.append(_projection([row for row in told if row["layer"] == direction], x, width, first, hue, theme))
    return stack


def _projection(told: Sequence[dict[str, Any]], x: Any, width: float, first: bool, hue: str, theme: Theme) -> Any:
    drawn = [{"day": row["day"], "value": row["projection"]} for row in told if row["projection"] is not None]

    def y(field: str, shown: bool = False) -> alt.Y:
        axis = alt.Axis(title="Projection" if first else None, labels=first, ticks=first, tickCount=3, grid=False)
        return alt.Y(f"{field}:Q", scale=alt.Scale(domain=[-3, 4], nice=False), axis=axis if shown else None)

    base = alt.Chart(alt.Data(values=drawn)).encode(
        x=x("day"), y=y("value"), tooltip=[alt.Tooltip("day:Q"), alt.Tooltip("value:Q", format=".2f")]
    )
    layers = [
        alt.Chart(alt.Data(values=[{"day": 0, "value": 0}]))
        .mark_rule(color=theme.muted, strokeWidth=0.7)
        .encode(y=y("value", True)),
        alt.Chart(alt.Data(values=[{"day": 0, "value": 0}])).mark_point(opacity=0).encode(x=x("day", True, True), y=y("value")),
        base.mark_line(color=hue, strokeWidth=1.8),
        base.mark_point(color=hue, filled=True, size=20, opacity=1),
    ]
    return alt.layer(*layers, width=width, height=LOW).resolve_axis(x="independent", y="independent")


def _sentence(told: Sequence[dict[str, Any]], days: Sequence[int], direction: int | None) -> str:
    now = [row for row in told if row["day"] == days[-1]]
    layers = sorted({row["layer"] for row in now if row["significant"]})
    count = max(row["layer"] for row in told)
    which = f"{len(layers)} of {count + 1} layers differ" if layers else "No layer differs"
    some = " in some persona" if layers and len({row["persona_id"] for row in now}) > 1 else ""
    moved = f"{which} from the baseline on day {days[-1]}{some}"
    if direction is None:
        return moved
    ends = [
        [row["projection"] for row in told if row["day"] == day and row["layer"] == direction and row["projection"] is not None]
        for day in (days[0], days[-1])
    ]
    if not all(ends):
        return moved
    begin, end = (sum(values) / len(values) for values in ends)
    return f"{moved}; distress projection {begin:+.1f} → {end:+.1f}".replace("-", "−")
