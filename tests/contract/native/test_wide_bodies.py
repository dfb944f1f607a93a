"""What one request may cost: wide objects, many faults and long texts are answered shortly, on every route of every door."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from typing import Any

import pytest

from quintant.config import Suggestions
from quintant.errors import MOST_TOLD

KEYS = 20_000
JSON = {"Content-Type": "application/json"}
PLACES = ("config", "shared_settings", "inputs")


@pytest.fixture
def comparisons(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words that were compared for a did-you-mean."""
    words: list[str] = []
    real = difflib.get_close_matches

    def counted(word: str, *rest: Any, **more: Any) -> list[str]:
        words.append(word)
        return real(word, *rest, **more)

    monkeypatch.setattr(difflib, "get_close_matches", counted)
    return words


def operations(served: Any) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, verbs in served.client.get("/openapi.json").json()["paths"].items():
        for verb, operation in verbs.items():
            yield verb.upper(), path.replace("{lab}", "optical"), operation


def wide(count: int) -> dict[str, int]:
    return {f"load_erlan{number}": number for number in range(count)}


def bodies() -> Iterator[tuple[str, Any]]:
    yield "wide", wide(KEYS)
    for place in PLACES:
        yield f"wide below {place}", {"lab": "optical", "name": "x", "template": "default", place: wide(KEYS)}
    few = wide(3)
    yield "many objects", {"lab": "optical", "config": {"modulations": [few] * (KEYS // 3)}}
    yield "many sections", {"name": "x", "template": "default", "config": {f"s{n}ection": few for n in range(900)}}
    yield "long words", {"lab": "optical", "config": {"x" * 50_000: 1}}


def test_a_body_of_many_unknown_keys_costs_no_more_than_a_few_suggestions(served, comparisons):
    posts = [(verb, path) for verb, path, operation in operations(served) if "requestBody" in operation]
    assert len(posts) > 15
    for name, body in bodies():
        data = json.dumps(body)
        for verb, path in posts:
            comparisons.clear()
            answer = served.client.request(verb, path, content=data, headers=JSON, timeout=120)
            assert answer.status_code < 500, (name, verb, path, answer.text[:200])
            assert answer.is_success or len(answer.content) < 200_000, (name, verb, path)
            assert len(comparisons) <= Suggestions.MOST, (name, verb, path)
            assert all(len(word) <= 100 for word in comparisons)


def test_native_refusals_count_what_they_do_not_tell(served):
    answer = served.client.post("/api/v2/runs", json={"lab": "optical", "config": wide(KEYS)})
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_keys")
    assert answer.json()["detail"] == "an object has 20,000 keys; at most 1,000 are read."
    answer = served.client.post("/api/v2/runs", json={"lab": "optical", "config": wide(800)})
    told = answer.json()["problems"]
    assert len(told) == MOST_TOLD + 1 and told[-1]["message"] == "and 750 more."
    assert sum(problem["hint"] is not None for problem in told) == Suggestions.MOST
    answer = served.client.post("/api/v2/runs", json={"lab": "optical", **wide(800)})
    assert answer.json()["problems"][-1]["message"] == "and 750 more."


@pytest.mark.parametrize("length", [2_000, 4_096, 4_097, 60_000])
def test_a_long_text_in_a_query_is_no_error_of_the_server(served, length):
    for verb, path, operation in operations(served):
        if verb != "GET":
            continue
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "query":
                answer = served.client.get(path, params={parameter["name"]: "a_b" * (length // 3)})
                assert answer.status_code < 500, (path, parameter["name"], answer.text[:300])


def test_a_header_stays_short(served):
    body = {"config": {f"unknown_{n}": 1 for n in range(900)}, "performance_mode": True}
    answer = served.client.post("/run", json=body, timeout=120)
    ignored = answer.headers["x-quintant-ignored-keys"]
    assert answer.status_code == 200 and len(ignored) <= 2100 and "more" in ignored
