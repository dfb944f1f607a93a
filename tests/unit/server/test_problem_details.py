"""Refusals say where, what and how to mend it, in one shape; strict JSON is strict."""

from __future__ import annotations

from typing import Annotated

import orjson
import pytest
from fastapi import APIRouter, FastAPI, Query
from pydantic import BaseModel, ConfigDict
from starlette.testclient import TestClient

from quintant.errors import Busy, ConfigError, Conflict, Forbidden, Gone, NotFound, NotInstalled, Problem, TooLarge
from quintant.server import problems
from quintant.server.problems import NativeRoute, Refused, strict_json


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    count: int
    word: str = "a"


@pytest.fixture
def client() -> TestClient:
    router = APIRouter(prefix="/api/v2", route_class=NativeRoute)

    @router.post("/take")
    def take(body: Body, many: Annotated[int, Query(ge=1)] = 1) -> dict[str, int]:
        return {"count": body.count * many}

    @router.get("/fail")
    def fail() -> None:
        raise ZeroDivisionError("a secret of the inside")

    app = FastAPI()
    app.include_router(router)
    return TestClient(app)


def post(client: TestClient, body: bytes, **headers: str):
    return client.post("/api/v2/take", content=body, headers={"Content-Type": "application/json", **headers})


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ConfigError(Problem("a", "is wrong.")), 422, "invalid_config"),
        (NotFound("Run", "x"), 404, "not_found"),
        (Forbidden("no"), 403, "forbidden"),
        (Conflict("no"), 409, "conflict"),
        (Gone("no"), 410, "gone"),
        (TooLarge("no"), 413, "too_large"),
        (Busy("no"), 503, "busy"),
        (NotInstalled("no"), 501, "not_installed"),
    ],
)
def test_each_error_of_the_tree_has_its_status_and_code(error: Exception, status: int, code: str) -> None:
    answer = problems.problem_answer(error)
    told = orjson.loads(answer.body)
    assert (answer.status_code, told["status"], told["code"]) == (status, status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert told["type"] == f"urn:quintant:problem:{code}"
    assert problems.ProblemDetails.model_validate(told)


def test_a_problem_carries_path_value_allowed_and_hint(client: TestClient) -> None:
    fault = Problem("network", "must be one of nsfnet; got 'nfsnet'.", "nfsnet", ["nsfnet"], "Did you mean 'nsfnet'?")
    told = orjson.loads(problems.problem_answer(ConfigError(fault)).body)
    assert told["problems"] == [
        {
            "path": "network",
            "message": "must be one of nsfnet; got 'nfsnet'.",
            "value": "nfsnet",
            "allowed": ["nsfnet"],
            "hint": "Did you mean 'nsfnet'?",
        }
    ]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"count": NaN}', "not JSON"),
        (b'{"count": Infinity}', "not JSON"),
        (b'{"count": 1', "not JSON"),
        (b'{"count": 1} extra', "not JSON"),
        (b"{'count': 1}", "not JSON"),
        (b'{"word": "\\ud800"}', "not JSON"),
        (b'\xff{"count": 1}', "not JSON"),
        (b'{"count": 1, "count": 2}', "'count' is given twice"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_json_that_is_not_json_is_refused(client: TestClient, body: bytes, says: str) -> None:
    answer = post(client, body)
    assert answer.status_code == 400
    assert answer.json()["code"] == "malformed_json"
    assert says in answer.json()["detail"]


def test_malformed_json_says_where() -> None:
    with pytest.raises(Refused, match=r"line 2, column \d+"):
        strict_json(b'{"a": 1,\n "b": }')


def test_integers_keep_every_digit_or_are_refused() -> None:
    assert strict_json(b'{"n": [18446744073709551615, -9223372036854775808]}') == {"n": [2**64 - 1, -(2**63)]}
    for digits in (b"18446744073709551616", b"-9223372036854775809", b"9" * 300):
        with pytest.raises(Refused, match="does not fit in 64 bits"):
            strict_json(b'{"n": ' + digits + b"}")


@pytest.mark.parametrize(
    ("body", "path", "says"),
    [
        (b"{}", "count", "is required."),
        (b'{"count": "5"}', "count", "must be"),
        (b'{"count": 5.5}', "count", "must be"),
        (b'{"count": true}', "count", "must be"),
        (b"[]", "", "must be a JSON object; got []."),
        (b"", "", "A JSON object is required as body."),
    ],
)
def test_a_body_of_the_wrong_shape_is_refused_with_its_path(client: TestClient, body: bytes, path: str, says: str) -> None:
    answer = post(client, body)
    assert answer.status_code == 422
    (problem,) = answer.json()["problems"]
    assert problem["path"] == path
    assert says in problem["message"]


def test_an_unknown_key_gets_a_suggestion(client: TestClient) -> None:
    (problem,) = post(client, b'{"count": 1, "wrod": "x"}').json()["problems"]
    assert problem["path"] == "wrod"
    assert problem["hint"] == "Did you mean 'word'?"


def test_an_unknown_parameter_gets_a_suggestion(client: TestClient) -> None:
    answer = client.post("/api/v2/take?mny=2", json={"count": 1})
    assert answer.status_code == 422
    assert answer.json()["detail"] == "mny: is not a parameter of this request. Did you mean 'many'?"


def test_a_bound_is_told(client: TestClient) -> None:
    (problem,) = client.post("/api/v2/take?many=0", json={"count": 1}).json()["problems"]
    assert problem["allowed"] == {"minimum": 1}
    assert problem["value"] == "0"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_content_type_is_refused(client: TestClient, kind: str) -> None:
    answer = post(client, b'{"count": 1}', **{"Content-Type": kind})
    assert answer.status_code == 415
    assert answer.json()["code"] == "unsupported_media_type"


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "application/merge-patch+json"])
def test_json_content_types_are_taken(client: TestClient, kind: str) -> None:
    assert post(client, b'{"count": 3}', **{"Content-Type": kind}).json() == {"count": 3}


def test_an_unforeseen_error_is_logged_and_not_shown(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    answer = client.get("/api/v2/fail")
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"
    assert "secret" not in answer.text
    assert "ZeroDivisionError" in caplog.text


def test_a_long_value_is_cut_and_says_so() -> None:
    told = orjson.loads(problems.problem_answer(ConfigError(Problem("a", "is long.", "x" * 5000))).body)
    shown = told["problems"][0]["value"]
    assert shown.endswith("… (5000 characters)")
    assert len(shown) < 250
