"""Whatever is thrown at the native API, it answers as its description says."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from quintant.server import create_app

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
QUICK = hypothesis_settings(
    max_examples=8, deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@pytest.fixture
def app(runs, settings):
    return create_app(runs, settings.model_copy(update={"allowed_hosts": "testserver"}))  # schemathesis calls it so


@pytest.fixture
def known(app, runs) -> dict[str, str]:
    """Path parameters that lead to something."""
    with TestClient(app) as client:
        made = client.post("/api/v2/runs", json={"lab": "toy", "seeds": 3, "config": {"steps": 2}}).json()
    for run in made["runs"]:
        runs.wait(run["id"], 30)
    return {
        "run_id": made["runs"][0]["id"], "sweep_id": made["sweep"]["id"], "lab": "toy", "path": "result.json",
        "name": "steps",
    }  # fmt: skip


def thrown_at(operation, known: dict[str, str]) -> set[int]:
    """Throw anything at the operation, then anything at what exists; the status codes of the latter."""
    answered: set[int] = set()

    @QUICK
    @given(case=operation.as_strategy())
    def anything(case) -> None:
        case.call_and_validate(checks=CHECKS)

    @QUICK
    @given(case=operation.as_strategy())
    def something(case) -> None:
        case.path_parameters.update({name: known[name] for name in case.path_parameters if name in known})
        answered.add(case.call_and_validate(checks=CHECKS).status_code)

    anything()
    if operation.method != "delete":
        something()
    return answered


def test_answers_are_as_described(app, known: dict[str, str]) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", app).include(path_regex="^/api/v2/")
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) >= 25
    answered = {operation.label: thrown_at(operation, known) for operation in operations}
    read = {label: codes for label, codes in answered.items() if label.startswith("GET")}
    reached = [label for label, codes in read.items() if codes & {200, 206}]
    assert len(reached) >= len(read) // 2, f"most reading operations were reached: {read}"
