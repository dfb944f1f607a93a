"""A6, transcript: the latest events, what the persona wrote about them, and the sessions. The whole is transcript.html."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned
from quintant.figure.number import many
from quintant.figure.plane import Drawing, Plane, across, linear, upward
from quintant.figure.replicates import config_of
from quintant.figure.series import HUE
from quintant.figure.words import wrap
from quintant.lab import Outcome
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.figures.arms import points, run_facts
from quintant.labs.persona.figures.sessions import people
from quintant.labs.persona.results import SHORT
from quintant.labs.persona.transcript import Entry, entries

NAME = "transcript"
WIDTH, LINE, GAP, MARGIN, SIZE = 600, 14, 8, 92, 10.5
MOST_ENTRIES, MOST_LINES = 14, 4


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    (outcome,) = outcomes
    config = config_of(outcome, PersonaConfig)
    every = [entry for entry in entries(outcome) if entry.event is None or entry.event["event_type"] != "minimal"]
    if not every:
        raise cannot(NAME, f"nothing has happened in run {outcome.run_id} ({outcome.state}) yet")
    names = people(config)
    baseline: dict[tuple[str, str], int] = {}
    for entry in every:
        for score in entry.scores:
            if score["score"] is not None:
                baseline.setdefault((entry.persona_id, score["instrument"]), score["score"])
    shown = every[-MOST_ENTRIES:]
    rows: dict[bool, list[dict[str, Any]]] = {False: [], True: []}
    top = 0.0
    for entry in shown:
        margin = f"day {entry.day} · {names.get(entry.persona_id, entry.persona_id)}"
        rows[False].append({"x": 0, "y": top, "text": margin[:20], "hue": theme.muted, "weight": "normal"})
        for text, hue, bold in _lines(entry, baseline, theme):
            weight = "bold" if bold else "normal"
            rows[bold].append({"x": MARGIN, "y": top, "text": text, "hue": hue, "weight": weight})
            top += LINE
        top += GAP
    plane = Plane(across(linear(0, WIDTH)), upward(linear(0, top, reverse=True)), WIDTH, top)
    style = {"align": "left", "baseline": "top", "fontSize": SIZE}
    texts = [
        plane.on(rows[bold], "x", "y").mark_text(fontWeight=weight, **style).encode(text="text:N", color=HUE)
        for bold, weight in ((False, "normal"), (True, "bold"))
    ]
    events = [entry.event for entry in every if entry.event is not None]
    replies = sum(event.get("response") is not None for event in events)
    written = f"{replies} {'reply' if replies == 1 else 'replies'}"
    sessions = many(len(every) - len(events), "session")
    rest = f"the last {len(shown)} of {len(every)} entries; all, with prompts and items, are in transcript.html"
    caption = Caption(
        sentence=f"{many(len(events), 'event')}, {written} and {sessions} by day {every[-1].day}",
        what="event, reply in the persona's words, scores (change from baseline); single answers are not shown here",
        n=len(names),
        of="personas",
        badges=(rest if len(shown) < len(every) else "",),
        facts=run_facts(outcome, config),
    )
    return captioned(alt.layer(*texts, width=WIDTH, height=top), caption)


def _lines(entry: Entry, baseline: dict[tuple[str, str], int], theme: Theme) -> list[tuple[str, str, bool]]:
    """(text, colour, bold) line by line."""
    room = WIDTH - MARGIN
    if entry.event is not None:
        event = entry.event
        hue = theme.series[1] if event["event_type"] == "stress" else theme.text
        head = f"{event['event_type']} {event['intensity']:.2f}: {event['title']}"
        lines = [(text, hue, True) for text in wrap(head, room, SIZE, bold=True)]
        lines += [(text, theme.text, False) for text in _cut(wrap(event["diary"], room, SIZE))]
        if event.get("response") is not None:
            reply = f"reply: {' '.join(event['response'].split()) or '(nothing)'}"
            lines += [(text, theme.accent, False) for text in _cut(wrap(reply, room, SIZE))]
        return lines
    parts = []
    for score in entry.scores:
        name, points_now = SHORT[score["instrument"]], score["score"]
        first = baseline.get((entry.persona_id, score["instrument"]))
        if points_now is None:
            parts.append(f"{name} not valid")
        else:
            moved = f" ({points(points_now - first)})" if entry.day and first is not None else ""
            parts.append(f"{name} {points_now}{moved}")
    alerts = dict.fromkeys(f"alert: {SHORT[a['instrument']]} {a['direction']}, {a['significance']}" for a in entry.alerts)
    texts = [text for text in wrap("; ".join(alerts), room, SIZE) if text]
    return [(f"session: {' · '.join(parts)}", theme.text, True), *((text, theme.status["failed"], False) for text in texts)]


def _cut(lines: list[str]) -> list[str]:
    return lines if len(lines) <= MOST_LINES else [*lines[: MOST_LINES - 1], f"{lines[MOST_LINES - 1]} …"]
