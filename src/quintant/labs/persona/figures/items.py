"""A3, items by session: a heat map for each questionnaire and persona."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned, span
from quintant.figure.cells import cell, named_axis
from quintant.figure.decimation import positions
from quintant.figure.hatch import hatch
from quintant.figure.lettering import heading
from quintant.figure.plane import Drawing, Layers, Plane, across, linear, upward
from quintant.figure.replicates import config_of
from quintant.figure.tooltip import tip
from quintant.lab import Outcome
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.figures.arms import points, run_facts
from quintant.labs.persona.figures.sessions import instruments, people, rows
from quintant.labs.persona.library import Instrument
from quintant.labs.persona.results import SHORT

NAME = "items"
WIDTH, ROW = 440, 14
MOST_PERSONAS, MOST_SESSIONS = 5, 40


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    (outcome,) = outcomes
    config = config_of(outcome, PersonaConfig)
    answers = rows(NAME, outcome, "responses")
    if not answers:
        raise cannot(NAME, f"run {outcome.run_id} ({outcome.state}) has no session yet")
    every = people(config)
    names = dict(list(every.items())[:MOST_PERSONAS])
    all_days = sorted({row["day"] for row in answers})
    days = [all_days[at] for at in positions(len(all_days), MOST_SESSIONS)]
    questionnaires = instruments(outcome, config)
    width = (WIDTH - 12 * (len(names) - 1)) / len(names)
    panels = []
    for instrument in questionnaires:
        beside = []
        for place, (id, name) in enumerate(names.items()):
            own = [row for row in answers if row["instrument"] == instrument.id and row["persona_id"] == id]
            title = heading(name) if instrument is questionnaires[0] else {}
            panel = _panel(instrument, own, days, width, place == 0, instrument is questionnaires[-1], theme)
            beside.append(panel.properties(**title))
        panels.append(alt.hconcat(*beside, spacing=12).resolve_scale(color="shared"))
    known = [row["score"] for row in answers if row["score"] is not None]
    unread = "; hatched: the answer could not be read" if len(known) < len(answers) else ""
    caption = Caption(
        sentence=_sentence(answers, questionnaires, names),
        what=f"score of each item at each session, in points towards distress; R: reverse-scored{unread}",
        n=len(every),
        of="personas",
        badges=(
            f"{len(names)} of {len(every)} personas drawn" if len(names) < len(every) else "",
            f"{len(days)} of {len(all_days)} sessions drawn, evenly spaced" if len(days) < len(all_days) else "",
        ),
        facts=run_facts(outcome, config),
        **span(known, x="day", y="points"),
    )
    return captioned(alt.vconcat(*panels, spacing=12).resolve_scale(color="independent"), caption)


def _panel(
    instrument: Instrument,
    answers: Sequence[dict[str, Any]],
    days: Sequence[int],
    width: float,
    first: bool,
    lowest: bool,
    theme: Theme,
) -> alt.LayerChart:
    """Items downwards, sessions to the right; the `first` of a line names the items, the `lowest` line the days."""
    count = len(instrument.items)
    labels = [f"{number} {item.short}{' R' if item.reversed else ''}" for number, item in enumerate(instrument.items, start=1)]
    step = max(1, -(-len(days) // max(2, int(width // 26))))
    x = across(linear(0, len(days)), named_axis(days, "Simulated day" if lowest else None, step, labels=lowest))
    left = named_axis(labels, SHORT[instrument.id] if first else None, labels=first, labelFontSize=9.5)
    plane = Plane(x, upward(linear(count, 0), left), width, ROW * count)
    at = {day: place for place, day in enumerate(days)}
    cells, lines = [], []
    for row in (row for row in answers if row["day"] in at):
        x0, y0 = at[row["day"]], row["item"] - 1
        if row["score"] is None:
            lines += hatch((x0, x0 + 1), (y0, y0 + 1), lines=5, slope=max(0.2, width / len(days) / ROW))
        else:
            texts = {"question": row["question"], "said": "folded" if row["sensitive"] else row["response"]}
            cells.append({**cell(x0, y0), "score": row["score"], "day": row["day"], **texts})
    most = instrument.most_per_item
    size = {"gradientLength": ROW * count - 34, "gradientThickness": 9}
    legend = alt.Legend(title=f"0…{most}", values=list(range(most + 1)), format="d", **size)
    tiles = (
        plane.on(cells, ("x", "x2"), ("y", "y2"))
        .mark_rect(stroke=theme.surface, strokeWidth=0.6)
        .encode(
            color=alt.Color("score:Q", scale=alt.Scale(domain=[0, most], **theme.fill_ramp), legend=legend),
            tooltip=["question:N", "day:Q", "score:Q", tip("said:N", "answer")],
        )
    )
    layers: Layers = [plane.frame(), tiles]
    if lines:
        layers.append(plane.on(lines, ("x", "x2"), ("y", "y2")).mark_rule(color=theme.muted, strokeWidth=0.8))
    return plane.layered(layers)


def _sentence(answers: Sequence[dict[str, Any]], questionnaires: Sequence[Instrument], names: dict[str, str]) -> str:
    """The item that moved most, as the mean over personas of its share of the scale."""
    first, last = min(row["day"] for row in answers), max(row["day"] for row in answers)
    if first == last:
        return f"Baseline of {len(names)} personas on {sum(len(instrument.items) for instrument in questionnaires)} items"
    read: dict[tuple[str, int, int], list[int]] = {}
    for row in answers:
        if row["score"] is not None:
            read.setdefault((row["instrument"], row["item"], row["day"]), []).append(row["score"])
    best: tuple[float, str] | None = None
    for instrument in questionnaires:
        for number, item in enumerate(instrument.items, start=1):
            begin, end = (read.get((instrument.id, number, day)) for day in (first, last))
            if begin and end:
                moved = sum(end) / len(end) - sum(begin) / len(begin)
                share = abs(moved) / instrument.most_per_item
                name = f"{SHORT[instrument.id]} item {number} ({item.short.lower()})"
                if best is None or share > best[0]:
                    best = (share, f"{name} moves most: {points(moved)} of {instrument.most_per_item}")
    return best[1] if best else "No item has been read twice"
