"""A1, assessment timelines: the total of each questionnaire by day on its full scale, severity bands, alerts, events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned
from quintant.lab import Outcome
from quintant.labs.persona.figures.arms import Arm, arms, colours, facts, listed, many, points
from quintant.labs.persona.figures.days import axis_x, rug
from quintant.labs.persona.figures.sessions import instruments, over, people, rows_if_any, scores
from quintant.labs.persona.library import Instrument
from quintant.labs.persona.results import SHORT
from quintant.statistics import Estimate

NAME = "timelines"
WIDTH, HEIGHT = 460, 122
MOST_THIN, MOST_NAMED = 12, 5
WORDS = {"moderately_severe": "moderately severe"}


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    made, badges = arms([one for one in outcomes if "assessments" in one.tables])
    if len(made) == 0:
        raise cannot(NAME, "no run has had a session yet")
    config = made[0].config
    last = max(one.config.duration_days for one in made)
    hues = colours(made, theme)
    asked = [one for one in instruments(made[0].outcomes[0], config) if all(one.id in arm.config.instruments for arm in made)]
    if not asked:
        raise cannot(NAME, "these runs share no questionnaire")
    found = {(arm.name, one.id): over(NAME, arm.outcomes, one.id) for arm in made for one in asked}
    panels = [_panel(one, made, hues, found, last, theme) for one in asked]
    for place, (arm, hue) in enumerate(zip(made, hues, strict=True)):
        events = rows_if_any(arm.outcomes[0], "events")
        panels.append(rug(events, last, WIDTH, hue, theme, name=arm.name, axis=place == len(made) - 1))
    if any(len(arm.outcomes) > 1 for arm in made):
        badges = (*badges, f"events of the first seed of each {'arm' if len(made) > 1 else 'run'}")
    first = asked[0]
    means = [e.mean for name, (days, _) in found.items() if name[1] == first.id for e in days.values() if e.mean is not None]
    kinds = list(dict.fromkeys(_band(days, of) for days, of in found.values()))
    return captioned(
        alt.vconcat(*panels, spacing=10).resolve_scale(color="independent"),
        Caption(
            sentence=_sentence(made, first, found),
            what="total score by simulated day; dashed: mean baseline ± reliable change; diamonds: drift alerts; below: "
            "stressful events, as long as they are intense, and neutral ones (dots)",
            band="; ".join(kinds[:2]),
            n=sum(len(arm.outcomes) for arm in made),
            of="runs",
            units={"x": "day", "y": "points"},
            minimum=min(means),
            maximum=max(means),
            badges=badges,
            facts=facts(made),
        ),
    )


def _band(days: dict[int, Estimate], of: str) -> str:
    best = max(days.values(), key=lambda one: one.n)
    return best.band(of)


def _panel(one: Instrument, made: Sequence[Arm], hues: Sequence[str], found: Any, last: int, theme: Theme) -> Any:
    y_scale = alt.Scale(domain=[0, one.most], nice=False)

    def y(field: str, shown: bool = False) -> alt.Y:
        axis = alt.Axis(title=f"{SHORT[one.id]} (points)", tickCount=4, grid=False, format="d") if shown else None
        return alt.Y(f"{field}:Q", scale=y_scale, axis=axis)

    def x(field: str, shown: bool = False) -> alt.X:
        return axis_x(field, last, shown, titled=False)

    layers: list[Any] = [
        alt.Chart(alt.Data(values=[{"x": 0, "y": 0}])).mark_point(opacity=0).encode(x=x("x", True), y=y("y", True))
    ]
    layers += _bands(one, last, x, y, theme)
    layers += _corridor(one, made, last, x, y, theme)
    thin = sum(len(people(arm.config)) * len(arm.outcomes) for arm in made) <= MOST_THIN
    for arm, hue in zip(made, hues, strict=True):
        days, _ = found[arm.name, one.id]
        drawn = [
            {"day": day, "mean": e.mean, "low": e.low, "high": e.high, "n": e.n, "arm": arm.name} for day, e in days.items()
        ]
        drawn = [row for row in drawn if row["mean"] is not None]
        banded = [
            {**row, "low": max(0.0, row["low"]), "high": min(float(one.most), row["high"])}
            for row in drawn
            if row["low"] is not None
        ]
        layers.append(
            alt.Chart(alt.Data(values=banded))
            .mark_area(color=hue, fillOpacity=0.13 if len(made) == 1 else 0.08)
            .encode(x=x("day"), y=y("low"), y2="high:Q")
        )
        if thin:
            layers.append(_thin(arm, one, hue, x, y))
        tip = [alt.Tooltip("arm:N"), alt.Tooltip("day:Q"), alt.Tooltip("mean:Q", format=".2f"), alt.Tooltip("n:Q")]
        base = alt.Chart(alt.Data(values=drawn)).encode(x=x("day"), y=y("mean"), tooltip=tip)
        layers += [base.mark_line(color=hue, strokeWidth=2.2), base.mark_point(filled=True, color=hue, size=22, opacity=1)]
    for arm, hue in zip(made, hues, strict=True):
        layers += _alerts(arm, one, hue, len(made) == 1, x, y, theme)
    return alt.layer(*layers, width=WIDTH, height=HEIGHT).resolve_axis(x="independent", y="independent")


def _bands(one: Instrument, last: int, x: Any, y: Any, theme: Theme) -> list[Any]:
    """Grey steps with their words at the right edge; dotted lines where they are only a habit."""
    tops = [band.from_ for band in one.bands[1:]] + [one.most]
    rows = [
        {
            "x": 0,
            "x2": last,
            "y": band.from_,
            "y2": top,
            "word": WORDS.get(band.name, band.name),
            "middle": (band.from_ + top) / 2,
            "shade": 0.045 * place,
        }
        for place, (band, top) in enumerate(zip(one.bands, tops, strict=True))
    ]
    data = alt.Data(values=rows)
    if one.bands_are == "published":
        layers: list[Any] = [
            alt.Chart(data)
            .mark_rect(color=theme.text)
            .encode(x=x("x"), x2="x2:Q", y=y("y"), y2="y2:Q", opacity=alt.Opacity("shade:Q", scale=None))
        ]
    else:
        layers = [
            alt.Chart(alt.Data(values=rows[1:]))
            .mark_rule(color=theme.muted, strokeDash=[1, 3], strokeWidth=1)
            .encode(x=x("x"), x2="x2:Q", y=y("y"))
        ]
    layers.append(
        alt.Chart(data)
        .mark_text(align="left", dx=6, fontSize=9.5, color=theme.muted)
        .encode(x=x("x2"), y=y("middle"), text="word:N")
    )
    if one.bands_are != "published":
        layers.append(
            alt.Chart(alt.Data(values=[{"x": last}]))
            .mark_text(text="(informal)", align="left", dx=6, y=-7, fontSize=9.5, fontStyle="italic", color=theme.muted)
            .encode(x=x("x"))
        )
    return layers


def _corridor(one: Instrument, made: Sequence[Arm], last: int, x: Any, y: Any, theme: Theme) -> list[Any]:
    """Around the mean first score of all that are drawn, which is one number where the arms share their personas."""
    firsts = [
        float(by_day[min(by_day)])
        for arm in made
        for outcome in arm.outcomes
        for (_, id), by_day in scores(NAME, outcome).of.items()
        if id == one.id
    ]
    reach = {getattr(arm.config.reliable_change, one.id) for arm in made}
    if not firsts or len(reach) > 1:
        return []
    middle, (half,) = sum(firsts) / len(firsts), reach
    ends = [value for value in (middle - half, middle + half) if 0 <= value <= one.most]
    return [
        alt.Chart(alt.Data(values=[{"x": 0, "x2": last, "y": value} for value in ends]))
        .mark_rule(color=theme.text, strokeDash=[5, 4], strokeWidth=0.9, opacity=0.75)
        .encode(x=x("x"), x2="x2:Q", y=y("y"))
    ]


def _thin(arm: Arm, one: Instrument, hue: str, x: Any, y: Any) -> Any:
    """One line per persona and seed."""
    names = people(arm.config)
    drawn = [
        {
            "day": day,
            "score": score,
            "who": names.get(persona, persona),
            "line": f"{persona} {outcome.root_seed}",
            "arm": arm.name,
        }
        for outcome in arm.outcomes
        for (persona, id), by_day in scores(NAME, outcome).of.items()
        if id == one.id
        for day, score in sorted(by_day.items())
    ]
    tip = [alt.Tooltip("who:N", title="persona"), alt.Tooltip("arm:N"), alt.Tooltip("day:Q"), alt.Tooltip("score:Q")]
    return (
        alt.Chart(alt.Data(values=drawn))
        .mark_line(color=hue, strokeWidth=0.8, opacity=0.5)
        .encode(x=x("day"), y=y("score"), detail="line:N", tooltip=tip)
    )


def _alerts(arm: Arm, one: Instrument, hue: str, alone: bool, x: Any, y: Any, theme: Theme) -> list[Any]:
    """One mark per persona and session, whichever rules spoke; named while they are few."""
    names = people(arm.config)
    told: dict[tuple[str, int, int], dict[str, Any]] = {}
    for outcome in arm.outcomes:
        for row in rows_if_any(outcome, "alerts"):
            if row["instrument"] != one.id:
                continue
            mark = told.setdefault((row["persona_id"], row["day"], outcome.root_seed), {"rule": ""})
            mark |= {
                "day": row["day"],
                "score": row["current_score"],
                "who": names.get(row["persona_id"], row["persona_id"]),
                "change": row["change_magnitude"],
                "direction": row["direction"],
                "significance": row["significance"],
                "rule": " and ".join(filter(None, (mark["rule"], row["rule"]))),
            }
    if not told:
        return []
    tip = [alt.Tooltip(f"{name}:N") for name in ("who", "day", "change", "direction", "significance", "rule")]
    base = alt.Chart(alt.Data(values=list(told.values()))).encode(x=x("day"), y=y("score"))
    layers: list[Any] = [
        base.mark_point(
            shape="diamond", filled=True, size=64, color=hue, opacity=1, stroke=theme.surface, strokeWidth=1
        ).encode(tooltip=tip)
    ]
    if alone and len(told) <= MOST_NAMED:
        layers.append(base.mark_text(dx=-7, align="right", fontSize=9.5, color=theme.text).encode(text="who:N"))
    return layers


def _sentence(made: Sequence[Arm], first: Instrument, found: Any) -> str:
    name = SHORT[first.id]
    ends = []
    for arm in made:
        known = [e.mean for _, e in sorted(found[arm.name, first.id][0].items()) if e.mean is not None]
        if known:
            ends.append((arm, known[0], known[-1]))
    if len(ends) == 1:
        arm, begin, end = ends[0]
        alerts = len({(row["persona_id"], row["instrument"]) for one in arm.outcomes for row in rows_if_any(one, "alerts")})
        asked = len(people(arm.config)) * len(arm.config.instruments)
        warned = f"{alerts} of {many(asked, 'score')} raised an alert" if alerts else "no alert"
        if begin == end and found[arm.name, first.id][0].keys() == {0}:
            return f"Mean {name} is {begin:.1f} at baseline"
        return f"Mean {name} goes from {begin:.1f} to {end:.1f} in {arm.name}; {warned}"
    told = [
        f"{points(end - begin)}{' points' if place == 0 else ''} in {arm.name}" for place, (arm, begin, end) in enumerate(ends)
    ]
    return f"Mean {name} moves by {listed(told)}"
