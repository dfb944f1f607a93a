"""A3, items by session: a heat map for each questionnaire and persona."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned
from quintant.figure.decimation import positions
from quintant.figure.hatch import hatch
from quintant.figure.replicates import config_of
from quintant.lab import Outcome
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.figures.arms import Arm, facts, points
from quintant.labs.persona.figures.sessions import instruments, people, rows
from quintant.labs.persona.library import Instrument
from quintant.labs.persona.results import SHORT

NAME = "items"
WIDTH, ROW = 440, 14
MOST_PERSONAS, MOST_SESSIONS = 5, 40


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    (outcome,) = outcomes
    config = config_of(outcome, PersonaConfig)
    told = rows(NAME, outcome, "responses")
    if not told:
        raise cannot(NAME, f"run {outcome.run_id} ({outcome.state}) has no session yet")
    every, badges = people(config), []
    shown = dict(list(every.items())[:MOST_PERSONAS])
    if len(shown) < len(every):
        badges.append(f"{len(shown)} of {len(every)} personas drawn")
    all_days = sorted({row["day"] for row in told})
    days = [all_days[at] for at in positions(len(all_days), MOST_SESSIONS)]
    if len(days) < len(all_days):
        badges.append(f"{len(days)} of {len(all_days)} sessions drawn, evenly spaced")
    asked = instruments(outcome, config)
    panels = []
    for one in asked:
        mine = [row for row in told if row["instrument"] == one.id]
        panels.append(
            alt.hconcat(
                *[
                    _panel(
                        one,
                        [row for row in mine if row["persona_id"] == id],
                        days,
                        name,
                        len(shown),
                        one is asked[0],
                        place == 0,
                        one is asked[-1],
                        theme,
                    )
                    for place, (id, name) in enumerate(shown.items())
                ],
                spacing=12,
            ).resolve_scale(color="shared")
        )
    unread = sum(row["score"] is None for row in told)
    known = [row["score"] for row in told if row["score"] is not None]
    what = "score of each item at each session, in points towards distress; R: reverse-scored"
    return captioned(
        alt.vconcat(*panels, spacing=12).resolve_scale(color="independent"),
        Caption(
            sentence=_sentence(told, asked, shown),
            what=what + ("; hatched: the answer could not be read" if unread else ""),
            n=len(every),
            of="personas",
            units={"x": "day", "y": "points"},
            minimum=min(known, default=None),
            maximum=max(known, default=None),
            badges=badges,
            facts=(*facts([Arm("", config, (outcome,))]), config.condition),
        ),
    )


def _panel(
    one: Instrument,
    told: Sequence[dict[str, Any]],
    days: Sequence[int],
    name: str,
    columns: int,
    top: bool,
    first: bool,
    lowest: bool,
    theme: Theme,
) -> Any:
    width = (WIDTH - 12 * (columns - 1)) / columns
    count = len(one.items)
    labels = ",".join(
        f"'{number} {item.short}{' R' if item.reversed else ''}'" for number, item in enumerate(one.items, start=1)
    )
    step = max(1, -(-len(days) // max(2, int(width // 26))))
    marks = ",".join(f"'{day}'" for day in days)

    def x(field: str, shown: bool = False) -> alt.X:
        axis = alt.Axis(
            title="Simulated day" if lowest else None,
            labels=lowest,
            values=[place + 0.5 for place in range(0, len(days), step)],
            labelExpr=f"[{marks}][floor(datum.value)]",
            grid=False,
            ticks=False,
            domain=False,
        )
        return alt.X(f"{field}:Q", scale=alt.Scale(domain=[0, len(days)], nice=False), axis=axis if shown else None)

    def y(field: str, shown: bool = False) -> alt.Y:
        axis = alt.Axis(
            title=SHORT[one.id] if first else None,
            labels=first,
            values=[place + 0.5 for place in range(count)],
            labelExpr=f"[{labels}][floor(datum.value)]",
            labelFontSize=9.5,
            grid=False,
            ticks=False,
            domain=False,
        )
        return alt.Y(f"{field}:Q", scale=alt.Scale(domain=[count, 0], nice=False), axis=axis if shown else None)

    at = {day: place for place, day in enumerate(days)}
    cells, lines = [], []
    for row in told:
        if row["day"] not in at:
            continue
        place = {"x": at[row["day"]], "x2": at[row["day"]] + 1, "y": row["item"] - 1, "y2": row["item"]}
        if row["score"] is None:
            lines += hatch(
                (place["x"], place["x2"]), (place["y"], place["y2"]), lines=5, slope=max(0.2, width / len(days) / ROW)
            )
        else:
            cells.append({**place, "score": row["score"], "day": row["day"], "question": row["question"]})
            cells[-1]["said"] = "folded" if row["sensitive"] else row["response"]
    ramp = alt.Scale(domain=[0, one.most_per_item], **theme.fill_ramp)
    legend = alt.Legend(
        title=f"0…{one.most_per_item}",
        values=list(range(one.most_per_item + 1)),
        format="d",
        gradientLength=ROW * count - 34,
        gradientThickness=9,
    )
    layers: list[Any] = [
        alt.Chart(alt.Data(values=[{"x": 0, "y": 0}])).mark_point(opacity=0).encode(x=x("x", True), y=y("y", True)),
        alt.Chart(alt.Data(values=cells))
        .mark_rect(stroke=theme.surface, strokeWidth=0.6)
        .encode(
            x=x("x"),
            x2="x2:Q",
            y=y("y"),
            y2="y2:Q",
            color=alt.Color("score:Q", scale=ramp, legend=legend),
            tooltip=[
                alt.Tooltip("question:N"),
                alt.Tooltip("day:Q"),
                alt.Tooltip("score:Q"),
                alt.Tooltip("said:N", title="answer"),
            ],
        ),
    ]
    if lines:
        layers.append(
            alt.Chart(alt.Data(values=lines))
            .mark_rule(color=theme.muted, strokeWidth=0.8)
            .encode(x=x("x"), x2="x2:Q", y=y("y"), y2="y2:Q")
        )
    titled: dict[str, Any] = {"title": alt.Title(name, fontSize=12, anchor="start", offset=4)} if top else {}
    return alt.layer(*layers, width=width, height=ROW * count, **titled).resolve_axis(x="independent", y="independent")


def _sentence(told: Sequence[dict[str, Any]], asked: Sequence[Instrument], shown: dict[str, str]) -> str:
    """The item that moved most, as the mean over personas of its share of the scale."""
    first, last = min(row["day"] for row in told), max(row["day"] for row in told)
    if first == last:
        return f"Baseline of {len(shown)} personas on {sum(len(one.items) for one in asked)} items"
    best: tuple[float, str] | None = None
    for one in asked:
        for number, item in enumerate(one.items, start=1):
            mine = [row for row in told if row["instrument"] == one.id and row["item"] == number and row["score"] is not None]
            ends = [[row["score"] for row in mine if row["day"] == day] for day in (first, last)]
            if ends[0] and ends[1]:
                moved = sum(ends[1]) / len(ends[1]) - sum(ends[0]) / len(ends[0])
                text = (
                    f"{SHORT[one.id]} item {number} ({item.short.lower()}) moves most: {points(moved)} of {one.most_per_item}"
                )
                if best is None or abs(moved) / one.most_per_item > best[0]:
                    best = (abs(moved) / one.most_per_item, text)
    return best[1] if best else "No item has been read twice"
