"""The transcript of a run: event, prompt, reply and score in the order of the days, as one HTML page that needs nothing else.

Every line has an id (`#event_…`, `#assess_…`), so that it can be linked to; the browser finds and copies. Answers to sensitive
items (PHQ-9 item 9) are folded behind a labelled control.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from quintant.lab import Outcome
from quintant.labs.persona.calls import REPLY, SESSION, Call, calls, facts
from quintant.labs.persona.results import NOTICE, SHORT

MOST_PROMPTS = 2000
"""A run with more calls has its prompts in the Inspect log only: a page of them would be too large for a browser."""


@dataclass(frozen=True)
class Entry:
    """A life event with its reply, or (`event` None) one session with its scores and alerts. `prompt`: its named parts."""

    day: int
    persona_id: str
    event: Mapping[str, Any] | None
    scores: tuple[Mapping[str, Any], ...]
    alerts: tuple[Mapping[str, Any], ...]
    prompt: tuple[tuple[str, str], ...]


def entries(outcome: Outcome) -> list[Entry]:
    """Day by day, as it was told. Life events come once each, the scores of a session together."""
    prompts = _asked(calls(outcome.events))
    made: list[Entry] = []
    session: dict[str, Any] | None = None

    def close() -> None:
        nonlocal session
        if session is not None:
            made.append(Entry(**{**session, "scores": tuple(session["scores"]), "alerts": tuple(session["alerts"])}))
        session = None

    for fact in facts(outcome.events):
        said = fact.payload
        key = (said["day"], said["persona_id"])
        if session is not None and (fact.kind == "life_event" or (session["day"], session["persona_id"]) != key):
            close()
        if fact.kind == "life_event":
            made.append(Entry(said["day"], said["persona_id"], said, (), (), prompts.get(said["event_id"], ())))
            continue
        if session is None:
            prompt = prompts.get(f"{key[0]}|{key[1]}", ())
            session = {"day": key[0], "persona_id": key[1], "event": None, "scores": [], "alerts": [], "prompt": prompt}
        session["scores" if fact.kind == "assessment" else "alerts"].append(said)
    close()
    return made


def _asked(made: Sequence[Call]) -> dict[str, tuple[tuple[str, str], ...]]:
    """The prompts by event id (replies), or day and persona (sessions)."""
    prompts: dict[str, tuple[tuple[str, str], ...]] = {}
    for call in made:
        parts = tuple((segment["name"], segment["text"]) for segment in call.ask["segments"])
        if call.kind == SESSION:
            prompts[f"{call.ask['day']}|{call.ask['persona']['id']}"] = parts
        elif call.kind == REPLY:
            event = next((fact.payload["event_id"] for fact in call.facts if fact.kind == "life_event"), None)
            if event is not None:
                prompts[event] = (*parts, ("task", call.ask["instruction"]))
    return prompts


def page(outcome: Outcome) -> bytes:
    days = entries(outcome)
    prompts = sum(bool(entry.prompt) for entry in days) <= MOST_PROMPTS
    items = _items(outcome)
    baseline: dict[tuple[str, str], int] = {}
    body: list[str] = []
    day: int | None = None
    for entry in days:
        if entry.day != day:
            day = entry.day
            body.append(f'<h2 id="day-{day}"><a href="#day-{day}">Day {day}</a></h2>')
        body += _event(entry, prompts) if entry.event is not None else _session(entry, items, baseline, prompts)
    if not days:
        body.append("<p>Nothing has happened yet.</p>")
    config = outcome.config
    told_by = (outcome.name, f"run {outcome.run_id}", config.condition, f"root seed {outcome.root_seed}", outcome.state)
    where = " · ".join(part for part in told_by if part)
    left_out = (
        ""
        if prompts
        else f"<p>Prompts are left out: the run has more than {MOST_PROMPTS} of them; the log in inspect/ has them.</p>"
    )
    text = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Transcript of run {escape(outcome.run_id)}</title><style>{STYLE}</style></head><body>
<p class="notice">{escape(NOTICE)}</p><h1>Transcript</h1><p class="where">{escape(where)}</p>{left_out}
{chr(10).join(body)}
</body></html>
"""
    return text.encode()


def _event(entry: Entry, prompts: bool) -> Iterable[str]:
    said = entry.event or {}
    id = escape(str(said["event_id"]))
    mark = {"stress": "▼", "neutral": "·", "minimal": "·"}[said["event_type"]]
    head = f"{mark} {said['event_type']} {said['intensity']:.2f} — {said['title']}"
    yield f'<article id="{id}"><h3><a href="#{id}">{escape(_who(entry))}</a> <span>{escape(head)}</span></h3>'
    yield f"<p><b>event</b> {escape(said['diary'])}</p>"
    if entry.prompt and prompts:
        yield _prompt(entry)
    if said.get("response") is not None:
        yield f"<p><b>reply</b> <q>{escape(said['response'])}</q></p>"
    yield "</article>"


def _session(
    entry: Entry, items: Mapping[str, Sequence[Mapping[str, Any]]], baseline: dict[tuple[str, str], int], prompts: bool
) -> Iterable[str]:
    id = f"session-{entry.day}-{entry.persona_id}"
    yield f'<article class="session" id="{id}"><h3><a href="#{id}">{escape(_who(entry))}</a> <span>session</span></h3>'
    if entry.prompt and prompts:
        yield _prompt(entry)
    for said in entry.scores:
        name, score = said["instrument"], said["score"]
        if score is None:
            yield f'<p id="{said["assessment_id"]}"><b>{SHORT[name]}</b> not valid: too few answers could be read</p>'
            continue
        first = baseline.setdefault((entry.persona_id, name), score)
        was = "" if entry.day == 0 else f" (was {first} at baseline)"
        severity = str(said["severity"]).replace("_", " ")
        yield f'<p id="{said["assessment_id"]}"><b>{SHORT[name]}</b> {score}{was}, {severity}</p>'
        yield from _answers(items.get(said["assessment_id"], ()))
    for alert in entry.alerts:
        alert_text = (
            f"{SHORT[alert['instrument']]} {alert['direction']} by {alert['change_magnitude']:g}, {alert['significance']}"
        )
        alert_text += f" ({alert['rule']} rule)"
        yield f'<p class="alert"><b>◆ alert</b> {escape(alert_text)}</p>'
    yield "</article>"


def _answers(rows: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    if not rows:
        return
    yield "<details><summary>items</summary><ol>"
    for row in rows:
        score = "not read" if row["score"] is None else f"{row['score']} — {row['response']}"
        raw = "" if row["raw_response"] is None else f" <q>{escape(row['raw_response'])}</q>"
        answer = f"{escape(score)}{raw}"
        if row["sensitive"]:
            answer = f"<details><summary>sensitive: the answer is folded</summary>{answer}</details>"
        yield f'<li value="{row["item"]}">{escape(row["question"])}: {answer}</li>'
    yield "</ol></details>"


def _prompt(entry: Entry) -> str:
    parts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in entry.prompt)
    return f"<details><summary>prompt</summary><dl>{parts}</dl></details>"


def _items(outcome: Outcome) -> dict[str, list[Mapping[str, Any]]]:
    items: dict[str, list[Mapping[str, Any]]] = {}
    table = outcome.tables.get("responses")
    for row in [] if table is None else table.to_pylist():
        items.setdefault(row["assessment_id"], []).append(row)
    return items


def _who(entry: Entry) -> str:
    return entry.persona_id.removeprefix("persona_").replace("_", " ").title()


STYLE = """
:root{color-scheme:light dark;--text:#1B1F24;--muted:#5A6470;--back:#FAFAF7;--line:#E3E4E0;--link:#0B5FA5;--alert:#B3261E}
@media (prefers-color-scheme:dark){
:root{--text:#E8EAED;--muted:#A3ABB5;--back:#14171C;--line:#2A2F37;--link:#6CB6F5;--alert:#FF8A80}}
body{font:15px/1.5 Arial,Helvetica,sans-serif;color:var(--text);background:var(--back);
max-width:46rem;margin:1.5rem auto;padding:0 1rem}
.notice{font-weight:bold;border:1px solid var(--line);padding:.4rem .7rem}
.where,span,dt,summary{color:var(--muted)}
a{color:var(--link);text-decoration:none}
h2{border-bottom:1px solid var(--line);font-size:1.1rem}
h3{font-size:1rem;margin:.9rem 0 .2rem}
article{padding-left:.8rem;border-left:3px solid var(--line);margin:.6rem 0}
article.session{border-color:var(--link)}
article:target{outline:2px solid var(--link)}
p{margin:.25rem 0}
p b{display:inline-block;min-width:4rem;color:var(--muted);font-weight:normal}
.alert,.alert b{color:var(--alert)}
dd{white-space:pre-wrap;margin:0 0 .5rem 1rem}
"""
