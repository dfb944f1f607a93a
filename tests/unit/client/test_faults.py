"""An answer of the server becomes the error that the code in-process would have raised."""

from __future__ import annotations

import orjson
import pytest

from quintant import errors
from quintant.client.faults import ServerError, rebuilt
from quintant.errors import ConfigError, NotFound, Problem, QuintantError
from quintant.server import problems


@pytest.mark.parametrize(
    "error",
    [
        ConfigError(
            [Problem("slots", "must be at least 1; got 0.", 0, {"minimum": 1}), Problem("k", "is required.", hint="Try 5.")]
        ),
        NotFound("Run", "7f3a9c"),
        NotFound("Lab", "opticl", "Did you mean 'optical'?"),
        errors.Conflict("Run 7f3a9c is completed; only a running one can be paused."),
        errors.Forbidden("Access denied: '../x' is outside the run's folder."),
        errors.Gone("no such event"),
        errors.TooLarge("too large"),
        errors.Busy("no slot"),
        errors.NotInstalled('pip install "quintant[federated]"'),
        errors.EngineError("refused"),
    ],
)
def test_every_error_survives_the_wire(error: QuintantError):
    answer = problems.problem_answer(error)
    again = rebuilt(answer.status_code, bytes(answer.body))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert (again.code, again.status) == (error.code, error.status)
    if isinstance(error, ConfigError):
        assert again.problems == error.problems


def test_a_request_that_the_server_refuses_before_parsing_is_bad_input():
    body = problems.body(
        422, "invalid_request", "limit: must be at most 500; got 501.", [Problem("limit", "must be at most 500; got 501.")]
    )
    assert isinstance(rebuilt(422, body), ConfigError)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, errors.Forbidden),
        (404, NotFound),
        (409, errors.Conflict),
        (500, ServerError),
        (503, errors.Busy),
        (307, ServerError),
    ],
)
def test_an_answer_that_is_no_problem_document_keeps_its_status(status, kind):
    error = rebuilt(status, b"<html>no</html>")
    assert type(error) is kind
    assert str(status) in str(error)


def test_a_contracts_own_error_body_keeps_its_words():
    assert str(rebuilt(404, orjson.dumps({"detail": "Run not here"}))) == "Run not here"
