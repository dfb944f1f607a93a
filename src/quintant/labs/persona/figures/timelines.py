"""A1, assessment timelines: the total of each questionnaire by day on its full scale, severity bands, alerts, events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned, span
from quintant.figure.lettering import small
from quintant.figure.number import many
from quintant.figure.plane import Drawing, Layers, Plane, linear, upward
from quintant.figure.tooltip import tip
from quintant.lab import Outcome
from quintant.labs.persona.figures.arms import Arm, arms, colours, facts, listed, points
from quintant.labs.persona.figures.days import axis, rug
from quintant.labs.persona.figures.sessions import over, people, rows_if_any, scores, shared
from quintant.labs.persona.library import Instrument
from quintant.labs.persona.parts import InstrumentId
from quintant.labs.persona.results import SHORT
from quintant.statistics import Estimate

NAME = "timelines"
WIDTH, HEIGHT = 460, 122
MOST_THIN, MOST_NAMED = 12, 5
Means = Mapping[tuple[str, InstrumentId], tuple[dict[int, Estimate], str]]
"""(arm, instrument) -> the mean total by day, and what its intervals are over."""
WORDS = {"moderately_severe": "moderately severe"}


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    drawn, badges = arms([outcome for outcome in outcomes if "assessments" in outcome.tables])
    if not drawn:
        raise cannot(NAME, "no run has had a session yet")
    last = max(arm.config.duration_days for arm in drawn)
    hues = colours(drawn, theme)
    questionnaires = shared(drawn)
    if not questionnaires:
        raise cannot(NAME, "these runs share no questionnaire")
    means = {(arm.name, own.id): over(NAME, arm.outcomes, own.id) for arm in drawn for own in questionnaires}
    panels = [_panel(instrument, drawn, hues, means, last, theme) for instrument in questionnaires]
    for arm, hue in zip(drawn, hues, strict=True):
        events = rows_if_any(arm.outcomes[0], "events")
        panels.append(rug(events, last, WIDTH, hue, theme, name=arm.name, axes=arm is drawn[-1]))
    first = questionnaires[0]
    several = f"events of the first seed of each {'arm' if len(drawn) > 1 else 'run'}"
    firsts = [days for (_, id), (days, _) in means.items() if id == first.id]
    bands = dict.fromkeys(max(days.values(), key=lambda mean: mean.n).band(what) for days, what in means.values())
    caption = Caption(
        sentence=_sentence(drawn, first, means),
        what="total score by simulated day; dashed: mean baseline ± reliable change; diamonds: drift alerts; below: "
        "stressful events, as long as they are intense, and neutral ones (dots)",
        band="; ".join(list(bands)[:2]),
        n=sum(len(arm.outcomes) for arm in drawn),
        of="runs",
        badges=(*badges, several if any(len(arm.outcomes) > 1 for arm in drawn) else ""),
        facts=facts(drawn),
        **span([mean.mean for days in firsts for mean in days.values() if mean.mean is not None], x="day", y="points"),
    )
    return captioned(alt.vconcat(*panels, spacing=10).resolve_scale(color="independent"), caption)


def _panel(
    instrument: Instrument, arms: Sequence[Arm], hues: Sequence[str], means: Means, last: int, theme: Theme
) -> alt.LayerChart:
    left = alt.Axis(title=f"{SHORT[instrument.id]} (points)", tickCount=4, grid=False, format="d")
    plane = Plane(axis(last, titled=False), upward(linear(0, instrument.most), left), WIDTH, HEIGHT)
    layers: Layers = [plane.frame(), *_bands(instrument, last, plane, theme), *_corridor(instrument, arms, last, plane, theme)]
    thin = sum(len(people(arm.config)) * len(arm.outcomes) for arm in arms) <= MOST_THIN
    for arm, hue in zip(arms, hues, strict=True):
        rows: list[dict[str, Any]] = [
            {"day": day, "mean": mean.mean, "low": mean.low, "high": mean.high, "n": mean.n, "arm": arm.name}
            for day, mean in means[arm.name, instrument.id][0].items()
            if mean.mean is not None
        ]
        bounded = [row for row in rows if row["low"] is not None]
        banded = [{**row, "low": max(0.0, row["low"]), "high": min(float(instrument.most), row["high"])} for row in bounded]
        band = plane.on(banded, "day", ("low", "high"))
        layers.append(band.mark_area(color=hue, fillOpacity=0.13 if len(arms) == 1 else 0.08))
        if thin:
            layers.append(_thin(arm, instrument, hue, plane))
        base = plane.on(rows, "day", "mean").encode(tooltip=["arm:N", "day:Q", tip("mean:Q", format=".2f"), "n:Q"])
        layers += [base.mark_line(color=hue, strokeWidth=2.2), base.mark_point(filled=True, color=hue, size=22, opacity=1)]
    for arm, hue in zip(arms, hues, strict=True):
        layers += _alerts(arm, instrument, hue, len(arms) == 1, plane, theme)
    return plane.layered(layers)


def _bands(instrument: Instrument, last: int, plane: Plane, theme: Theme) -> Layers:
    """Grey steps with their words at the right edge; dotted lines where they are only a habit."""
    tops = [band.from_ for band in instrument.bands[1:]] + [instrument.most]
    rows = []
    for place, (band, top) in enumerate(zip(instrument.bands, tops, strict=True)):
        step = {"x": 0, "x2": last, "y": band.from_, "y2": top, "middle": (band.from_ + top) / 2}
        rows.append({**step, "word": WORDS.get(band.name, band.name), "shade": 0.045 * place})
    names = plane.on(rows, "x2", "middle").mark_text(align="left", dx=6, **small(theme.muted, 9.5)).encode(text="word:N")
    if instrument.bands_are == "published":
        steps = plane.on(rows, ("x", "x2"), ("y", "y2")).mark_rect(color=theme.text)
        return [steps.encode(opacity=alt.Opacity("shade:Q", scale=None)), names]
    style = {"align": "left", "dx": 6, "y": -7, "fontStyle": "italic", **small(theme.muted, 9.5)}
    return [
        plane.on(rows[1:], ("x", "x2"), "y").mark_rule(color=theme.muted, strokeDash=[1, 3], strokeWidth=1),
        names,
        plane.on({"x": last}, "x").mark_text(text="(informal)", **style),
    ]


def _totals(arm: Arm, instrument: Instrument) -> Iterator[tuple[Outcome, str, Mapping[int, int]]]:
    """(outcome, persona, score by day) of every persona and seed."""
    for outcome in arm.outcomes:
        for (persona, id), by_day in scores(NAME, outcome).points.items():
            if id == instrument.id:
                yield outcome, persona, by_day


def _corridor(instrument: Instrument, arms: Sequence[Arm], last: int, plane: Plane, theme: Theme) -> Layers:
    """Around the mean first score of all that are drawn, which is one number where the arms share their personas."""
    firsts = [float(by_day[min(by_day)]) for arm in arms for _, _, by_day in _totals(arm, instrument)]
    reach = {getattr(arm.config.reliable_change, instrument.id) for arm in arms}
    if not firsts or len(reach) > 1:
        return []
    middle, (half,) = sum(firsts) / len(firsts), reach
    ends = [{"x": 0, "x2": last, "y": end} for end in (middle - half, middle + half) if 0 <= end <= instrument.most]
    rules = plane.on(ends, ("x", "x2"), "y")
    return [rules.mark_rule(color=theme.text, strokeDash=[5, 4], strokeWidth=0.9, opacity=0.75)]


def _thin(arm: Arm, instrument: Instrument, hue: str, plane: Plane) -> alt.Chart:
    """One line per persona and seed."""
    names = people(arm.config)
    rows = []
    for outcome, persona, by_day in _totals(arm, instrument):
        own = {"who": names.get(persona, persona), "line": f"{persona} {outcome.root_seed}", "arm": arm.name}
        rows += [{"day": day, "score": score, **own} for day, score in sorted(by_day.items())]
    lines = plane.on(rows, "day", "score").mark_line(color=hue, strokeWidth=0.8, opacity=0.5)
    return lines.encode(detail="line:N", tooltip=[tip("who:N", "persona"), "arm:N", "day:Q", "score:Q"])


def _alerts(arm: Arm, instrument: Instrument, hue: str, alone: bool, plane: Plane, theme: Theme) -> Layers:
    """One mark per persona and session, whichever rules spoke; named while they are few."""
    names = people(arm.config)
    marks: dict[tuple[str, int, int], dict[str, Any]] = {}
    for outcome in arm.outcomes:
        for row in rows_if_any(outcome, "alerts"):
            if row["instrument"] != instrument.id:
                continue
            mark = marks.setdefault((row["persona_id"], row["day"], outcome.root_seed), {"rule": ""})
            rules = " and ".join(filter(None, (mark["rule"], row["rule"])))
            mark |= {"day": row["day"], "score": row["current_score"], "who": names.get(row["persona_id"], row["persona_id"])}
            mark |= {"change": row["change_magnitude"], "direction": row["direction"]}
            mark |= {"significance": row["significance"], "rule": rules}
    if not marks:
        return []
    base = plane.on(list(marks.values()), "day", "score")
    style = {"size": 64, "color": hue, "opacity": 1, "stroke": theme.surface, "strokeWidth": 1}
    tips = [f"{name}:N" for name in ("who", "day", "change", "direction", "significance", "rule")]
    layers: Layers = [base.mark_point(shape="diamond", filled=True, **style).encode(tooltip=tips)]
    if alone and len(marks) <= MOST_NAMED:
        layers.append(base.mark_text(dx=-7, align="right", **small(theme.text, 9.5)).encode(text="who:N"))
    return layers


def _sentence(arms: Sequence[Arm], first: Instrument, means: Means) -> str:
    name = SHORT[first.id]
    ends = []
    for arm in arms:
        days = sorted(means[arm.name, first.id][0].items())
        known = [(day, mean.mean) for day, mean in days if mean.mean is not None]
        if known:
            ends.append((arm, *known[0], *known[-1]))
    if len(ends) == 1:
        arm, first_day, begin, last_day, end = ends[0]
        if first_day == last_day:
            return f"Mean {name} is {begin:.1f} on day {first_day}"
        rows = [row for outcome in arm.outcomes for row in rows_if_any(outcome, "alerts")]
        alerts = len({(row["persona_id"], row["instrument"]) for row in rows})
        every = many(len(people(arm.config)) * len(arm.config.instruments), "score")
        warned = f"{alerts} of {every} raised an alert" if alerts else "no alert"
        return f"Mean {name} goes from {begin:.1f} on day {first_day} to {end:.1f} on day {last_day} in {arm.name}; {warned}"
    moves = [
        f"{points(end - begin)}{' points' if place == 0 else ''} in {arm.name}"
        for place, (arm, _, begin, _, end) in enumerate(ends)
    ]
    return f"Mean {name} moves by {listed(moves)}"
