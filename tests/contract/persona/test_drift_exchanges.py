"""Recorded exchanges, one for every route and every refusal: what the wire says today, held against what it said.

`exchanges.json` holds them; ids and times are written as placeholders, and of answers that hold what a study gave (DATA) only
the shape, because their values change with every word of the library. After a wanted change record them again, with
RECORD_EXCHANGES=1 in the environment, and read the difference.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from drift_service import API, ended, served, status, until

RECORDS = Path(__file__).parent / "exchanges.json"
PLACEHOLDERS = (
    (re.compile(r"sim_[0-9a-f]{12}"), "{simulation}"),
    (re.compile(r"\b(assess|event|mech)_[0-9a-f]{12}"), r"\1_{id}"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "{time}"),
)
EXAMPLE = {
    "config_name": "experimental_design", "experimental_condition": "CONTROL", "duration_days": 30,
    "stress_event_frequency": 0.1, "neutral_event_frequency": 0.3,
}  # fmt: skip
END = "wait for its end"
BEGIN = "wait for its beginning"
DATA = (END, "results", "assessments", "events", "a page past the end", "counts", "event types")
EXCHANGES: dict[str, tuple[str, str, Any]] = {
    "health": ("GET", "/health", None),
    "system status": ("GET", "/status", None),
    "status of nothing": ("GET", "/simulation/status", None),
    "results of nothing": ("GET", "/simulation/results", None),
    "stop nothing": ("POST", "/simulation/stop", None),
    "pause nothing": ("POST", "/simulation/pause", None),
    "resume nothing": ("POST", "/simulation/resume", None),
    "configurations": ("GET", "/simulation/configs", None),
    "start the contract's example": ("POST", "/simulation/start", EXAMPLE),
    "start a second one": ("POST", "/simulation/start", EXAMPLE),
    END: ("GET", "/simulation/status", None),
    "results": ("GET", "/simulation/results", None),
    "assessments": ("GET", "/data/assessments?size=2&assessment_type=pss10&persona_id=persona_marcus", None),
    "events": ("GET", "/data/events?size=2&event_type=stress", None),
    "mechanistic data of a model that shows none": ("GET", "/data/mechanistic", None),
    "a page past the end": ("GET", "/data/events?page=99", None),
    "event types": ("GET", "/data/event-types", None),
    "experimental conditions": ("GET", "/data/experimental-conditions", None),
    "counts": ("GET", "/data/stats", None),
    "export as CSV": ("GET", "/data/export?format=csv&data_type=assessments&simulation_id=sim_none", None),
    "export as JSON": ("GET", "/data/export?format=json&simulation_id=sim_none", None),
    "start what never ends": ("POST", "/simulation/start", {"config_name": "endless", "experimental_condition": "stress"}),
    BEGIN: ("GET", "/health", None),
    "resume what runs": ("POST", "/simulation/resume", None),
    "pause": ("POST", "/simulation/pause", None),
    "pause again": ("POST", "/simulation/pause", None),
    "start while one is paused": ("POST", "/simulation/start", {}),
    "resume": ("POST", "/simulation/resume", None),
    "stop": ("POST", "/simulation/stop", None),
    "stop again": ("POST", "/simulation/stop", None),
    "start an unknown configuration": ("POST", "/simulation/start", {"config_name": "nope"}),
    "start a broken configuration": ("POST", "/simulation/start", {"config_name": "broken"}),
    "start without a language model": ("POST", "/simulation/start", {"config_name": "absent"}),
    "start with an unknown condition": ("POST", "/simulation/start", {"experimental_condition": "HAPPY"}),
    "start with several faults": ("POST", "/simulation/start", {"duration_days": 0, "stress_event_frequency": 2}),
    "start with frequencies above 1": (
        "POST", "/simulation/start", {"stress_event_frequency": 0.8, "neutral_event_frequency": 0.4}
    ),
    "start a list": ("POST", "/simulation/start", []),
    "start too much": ("POST", "/simulation/start", {"config_name": "x" * 70_000}),
    "a size out of range": ("GET", "/data/assessments?size=101", None),
    "an unknown type": ("GET", "/data/events?event_type=joy", None),
    "a date that is none": ("GET", "/data/events?start_date=yesterday", None),
    "dates the wrong way round": ("GET", "/data/events?start_date=2024-02-01&end_date=2024-01-01", None),
    "a format that is none": ("GET", "/data/export?format=xlsx", None),
    "a path that is none": ("GET", "/simulation/nothing", None),
    "a method that is none": ("DELETE", "/simulation/start", None),
}  # fmt: skip


def shape(value: Any) -> Any:
    """The value with its texts, numbers and truths left out."""
    match value:
        case dict():
            return {name: "{list}" if name == "significant_changes" else shape(one) for name, one in value.items()}
        case list():
            return [shape(one) for one in value if isinstance(one, dict)] or "{list}"
        case bool():
            return "{bool}"
        case int() | float():
            return "{number}"
        case str() if "{" not in value:
            return "{text}"
    return value


@pytest.fixture(scope="module")
def said(tmp_path_factory) -> Iterator[dict[str, Any]]:
    """Every exchange, carried out in order on a server that nobody else uses."""
    with served(tmp_path_factory.mktemp("alone")) as (_, address), httpx2.Client(base_url=address, timeout=60) as client:
        told: dict[str, Any] = {}
        for name, (method, path, body) in EXCHANGES.items():
            if name == END:
                assert ended(client)["status"] == "completed"
            if name == BEGIN:
                until(lambda: status(client)["current_day"] > 0)
            answer = client.request(method, API + path, json=body)
            kind, text = answer.headers.get("content-type", ""), answer.text
            for pattern, placeholder in PLACEHOLDERS:
                text = pattern.sub(placeholder, text)
            request = {"method": method, "path": path} | ({} if body is None or len(str(body)) > 1000 else {"body": body})
            shown = json.loads(text) if kind == "application/json" else text
            shown = shape(shown) if name in DATA else shown
            told[name] = {"request": request, "response": {"status": answer.status_code, "type": kind, "body": shown}}
        yield told


@pytest.fixture(scope="module")
def recorded(said) -> dict[str, Any]:
    if os.environ.get("RECORD_EXCHANGES"):
        RECORDS.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n")
    return json.loads(RECORDS.read_text())


@pytest.mark.parametrize("name", EXCHANGES)
def test_the_wire_says_what_it_said(said, recorded, name):
    assert said[name] == recorded[name]


def test_no_exchange_is_recorded_that_is_not_held(recorded):
    assert list(recorded) == list(EXCHANGES)


def test_every_refusal_has_its_four_keys(recorded):
    refused = [one["response"] for one in recorded.values() if one["response"]["status"] >= 400]
    assert {one["status"] for one in refused} == {400, 404, 405, 409, 413, 422, 503}  # and 429, in test_drift_limits
    for one in refused:
        assert set(one["body"]) == {"error", "detail", "status_code", "timestamp"}
        assert one["body"]["status_code"] == one["status"]


def test_every_route_is_described_with_an_example_and_has_an_exchange(opened):
    held = {(method, API + path.partition("?")[0]) for method, path, _ in EXCHANGES.values()}
    described = {
        (method.upper(), path): operation
        for path, operations in opened.get("/openapi.json").json()["paths"].items()
        for method, operation in operations.items()
        if path.startswith(API + "/")
    }
    assert len(described) == 16
    for (method, path), operation in described.items():
        assert (method, path) in held
        assert operation["summary"]
        good = operation["responses"]["200"]["content"]
        assert "application/octet-stream" in good or good["application/json"]["example"]
        for code, answer in operation["responses"].items():
            if code != "200":
                assert answer["content"]["application/json"]["example"]["status_code"] == int(code), (path, code)
    start = described["POST", f"{API}/simulation/start"]["requestBody"]["content"]["application/json"]
    assert start["example"] == EXAMPLE
