"""A6, transcript: the latest events, what the persona wrote about them, and the sessions. The whole is transcript.html."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned
from quintant.figure.replicates import config_of
from quintant.figure.words import wrap
from quintant.lab import Outcome
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.figures.arms import Arm, facts, many, points
from quintant.labs.persona.figures.sessions import people
from quintant.labs.persona.results import SHORT
from quintant.labs.persona.transcript import Entry, entries

NAME = "transcript"
WIDTH, LINE, GAP, MARGIN, SIZE = 600, 14, 8, 92, 10.5
MOST_ENTRIES, MOST_LINES = 14, 4


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    (outcome,) = outcomes
    config = config_of(outcome, PersonaConfig)
    told = [one for one in entries(outcome) if one.event is None or one.event["event_type"] != "minimal"]
    if not told:
        raise cannot(NAME, f"nothing has happened in run {outcome.run_id} ({outcome.state}) yet")
    names = people(config)
    baseline: dict[tuple[str, str], int] = {}
    for one in told:
        for said in one.scores:
            if said["score"] is not None:
                baseline.setdefault((one.persona_id, said["instrument"]), said["score"])
    shown = told[-MOST_ENTRIES:]
    rows: list[dict[str, Any]] = []
    top = 0.0
    for one in shown:
        margin = f"day {one.day} · {names.get(one.persona_id, one.persona_id)}"
        rows.append({"x": 0, "y": top, "text": margin[:20], "hue": theme.muted, "weight": "normal"})
        for text, hue, bold in _lines(one, baseline, theme):
            rows.append({"x": MARGIN, "y": top, "text": text, "hue": hue, "weight": "bold" if bold else "normal"})
            top += LINE
        top += GAP
    badges = (
        []
        if len(shown) == len(told)
        else [f"the last {len(shown)} of {len(told)} entries; all, with prompts and items, are in transcript.html"]
    )
    scale_x, scale_y = alt.Scale(domain=[0, WIDTH], nice=False), alt.Scale(domain=[0, top], reverse=True, nice=False)
    chart: Any = alt.layer(
        *[
            alt.Chart(alt.Data(values=[row for row in rows if row["weight"] == weight]))
            .mark_text(align="left", baseline="top", fontSize=SIZE, fontWeight=weight)
            .encode(
                x=alt.X("x:Q", scale=scale_x, axis=None),
                y=alt.Y("y:Q", scale=scale_y, axis=None),
                text="text:N",
                color=alt.Color("hue:N", scale=None),
            )
            for weight in ("normal", "bold")
        ],
        width=WIDTH,
        height=top,
    )
    replies = sum(one.event is not None and one.event.get("response") is not None for one in told)
    written = f"{replies} {'reply' if replies == 1 else 'replies'}"
    sessions = sum(one.event is None for one in told)
    return captioned(
        chart,
        Caption(
            sentence=f"{many(len(told) - sessions, 'event')}, {written} and {many(sessions, 'session')} by day {told[-1].day}",
            what="event, reply in the persona's words, scores (change from baseline); single answers are not shown here",
            n=len(names),
            of="personas",
            badges=badges,
            facts=(*facts([Arm("", config, (outcome,))]), config.condition),
        ),
    )


def _lines(one: Entry, baseline: dict[tuple[str, str], int], theme: Theme) -> list[tuple[str, str, bool]]:
    """(text, colour, bold) line by line."""
    room = WIDTH - MARGIN
    if one.event is not None:
        said = one.event
        stress = said["event_type"] == "stress"
        head = f"{said['event_type']} {said['intensity']:.2f}: {said['title']}"
        lines = [(text, theme.series[1] if stress else theme.text, True) for text in wrap(head, room, SIZE, bold=True)]
        lines += [(text, theme.text, False) for text in _cut(wrap(said["diary"], room, SIZE))]
        if said.get("response") is not None:
            lines += [
                (text, theme.accent, False)
                for text in _cut(wrap(f"reply: {' '.join(said['response'].split()) or '(nothing)'}", room, SIZE))
            ]
        return lines
    parts = []
    for said in one.scores:
        name, score = SHORT[said["instrument"]], said["score"]
        first = baseline.get((one.persona_id, said["instrument"]))
        if score is None:
            parts.append(f"{name} not valid")
        else:
            moved = f" ({points(score - first)})" if one.day and first is not None else ""
            parts.append(f"{name} {score}{moved}")
    lines = [(f"session: {' · '.join(parts)}", theme.text, True)]
    for text in wrap(
        "; ".join(dict.fromkeys(f"alert: {SHORT[a['instrument']]} {a['direction']}, {a['significance']}" for a in one.alerts)),
        room,
        SIZE,
    ):
        if text:
            lines.append((text, theme.status["failed"], False))
    return lines


def _cut(lines: list[str]) -> list[str]:
    return lines if len(lines) <= MOST_LINES else [*lines[: MOST_LINES - 1], f"{lines[MOST_LINES - 1]} …"]
