"""What a persona run leaves to be read: the transcript and the log for Inspect."""

from __future__ import annotations

import dataclasses
import json
import re
from html.parser import HTMLParser

from persona_study import run, until

from quintant.labs.persona.calls import calls
from quintant.labs.persona.files import files
from quintant.labs.persona.transcript import entries


def rendered(outcome):
    return {file.path: file.data for file in files(outcome)}


class Page(HTMLParser):
    """Ids, links, and text by how many <details> it is folded into."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.depth, self.open, self.text = [], [], 0, [], {}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if "href" in given else []
        self.depth += tag == "details"
        if tag not in ("meta",):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        self.depth -= tag == "details"

    def handle_data(self, data):
        self.text[self.depth] = self.text.get(self.depth, "") + data


def test_a_run_leaves_both_when_it_has_ended_and_nothing_before():
    assert rendered(until(run(), 7)) == {}
    outcome = run()
    assert list(rendered(outcome)) == ["transcript.html", f"inspect/2026-11-22T04-00-00_persona_{outcome.run_id}.json"]


def test_the_transcript_has_every_event_reply_and_score_with_a_link_each():
    outcome = run()
    page = Page(rendered(outcome)["transcript.html"].decode())
    events = outcome.tables["events"].to_pylist()
    assert {row["event_id"] for row in events} <= set(page.ids)
    assert {row["assessment_id"] for row in outcome.tables["assessments"].to_pylist()} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids)) and all(link.lstrip("#") in page.ids for link in page.links)
    assert "Not a clinical assessment" in page.text[0]
    assert all(row["diary"] in page.text[0] for row in events)
    assert "In two or three sentences" in page.text[1]


def test_answers_to_the_sensitive_item_are_folded_twice():
    page = Page(rendered(run())["transcript.html"].decode())
    assert "sensitive: the answer is folded" in page.text[2]
    question = "Thoughts that you would be better off dead"
    assert question in page.text[1] and question not in page.text[0]
    assert not re.search(r"hurting yourself in some way: *\d", page.text[1])


def test_what_a_model_says_is_text_and_not_markup():
    outcome = run()
    bad = {"response": "<script>alert(1)</script>"}
    events = [
        dataclasses.replace(one, payload={**one.payload, **bad}) if one.kind == "life_event" else one for one in outcome.events
    ]
    page = rendered(dataclasses.replace(outcome, events=events))["transcript.html"].decode()
    assert "<script" not in page and "&lt;script&gt;" in page


def test_a_failed_run_leaves_what_it_had_and_its_reason():
    half = until(run(), 7)
    ended = dataclasses.replace(
        half, state="failed", tables={}, events=[*half.events, _state("failed", "LLM connection failed")]
    )
    found = rendered(ended)
    (name,) = (path for path in found if path.startswith("inspect/"))
    log = json.loads(found[name])
    assert log["status"] == "error" and log["error"]["message"] == "LLM connection failed" and log["results"] is None
    assert len(log["samples"]) == len(calls(ended.events)) > 0
    assert b"session" in found["transcript.html"]


def _state(to, reason):
    from quintant.lab import Event

    return Event("state", {"to": to, "reason": reason}, 4.0)


def test_the_inspect_log_has_a_sample_per_call_with_the_prompt_and_the_scores():
    outcome = run()
    log = json.loads(next(data for path, data in rendered(outcome).items() if path.startswith("inspect/")))
    assert (log["version"], log["status"], log["eval"]["model"]) == (2, "success", "scripted/scripted")
    assert log["eval"]["metadata"]["sensitive_items"] == ["phq9.9"]
    sessions = [one for one in log["samples"] if one["metadata"]["kind"] == "session"]
    replies = [one for one in log["samples"] if one["metadata"]["kind"] == "reply"]
    told = outcome.tables["assessments"].to_pylist()
    assert len(sessions) * 3 == len(told)
    assert sorted(score["value"] for one in sessions for score in one["scores"].values()) == sorted(
        row["score"] for row in told
    )
    events = {row["event_id"]: row for row in outcome.tables["events"].to_pylist() if row["response"] is not None}
    assert {one["metadata"]["event_id"] for one in replies} == set(events)
    for one in replies:
        event = events[one["metadata"]["event_id"]]
        assert event["diary"] in one["input"] and one["output"]["choices"][0]["message"]["content"] == event["response"]
    assert len({one["id"] for one in log["samples"]}) == len(log["samples"]) == log["eval"]["dataset"]["samples"]
    change = next(one for one in log["results"]["scores"] if one["name"] == "phq9")["metrics"]["change"]
    assert change["value"] == outcome.metrics["phq9_change"].value


def test_unread_answers_are_not_scores():
    outcome = run(scoring="self_report", backend={"kind": "scripted", "model": "refuses"}, duration_days=7)
    log = json.loads(next(data for path, data in rendered(outcome).items() if path.startswith("inspect/")))
    session = log["samples"][0]
    assert session["scores"]["phq9"]["value"] == "NaN" and not session["scores"]["phq9"]["metadata"]["valid"]
    assert "As a language model" in session["metadata"]["answers"]["phq9.1"]["raw"]
    assert b"not valid: too few answers could be read" in rendered(outcome)["transcript.html"]


def test_what_was_told_twice_after_a_checkpoint_counts_once():
    outcome = run()
    begin = next(at for at, one in enumerate(outcome.events) if one.kind == "day" and one.payload["day"] == 6)
    end = next(at for at, one in enumerate(outcome.events) if one.kind == "day" and one.payload["day"] == 8)
    again = dataclasses.replace(outcome, events=[*outcome.events[: end - 1], *outcome.events[begin:]])
    assert calls(again.events) == calls(outcome.events)
    assert entries(again) == entries(outcome)
