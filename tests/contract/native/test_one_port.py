"""All contracts on one port: none hides another's routes, one description of all, and what a key leaves open."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping

import pytest
from fastapi.openapi.utils import get_openapi
from jsonschema_rs import meta
from pydantic import SecretStr
from starlette.testclient import TestClient

from quintant import registry
from quintant.runs import open_runs
from quintant.server import create_app
from quintant.wire.contract import contract_of

Operations = set[tuple[str, str]]
METHODS = {"get", "put", "post", "delete", "patch"}


@pytest.fixture
def idle(settings) -> Iterator:
    with open_runs(settings, execute=False) as opened:
        yield opened


@pytest.fixture
def locked(idle, settings) -> TestClient:
    app = create_app(idle, settings.model_copy(update={"api_key": SecretStr("the-key-of-the-server")}), host="0.0.0.0")
    return TestClient(app, base_url="http://192.0.2.7:8000")


def operations(paths: Mapping) -> Operations:
    return {(method, path) for path, item in paths.items() for method in item if method in METHODS}


def contracts(runs) -> dict[str, Operations]:
    """The described operations of each contract that can be served here."""
    ready = {name: lab for name, lab in registry.labs().items() if contract_of(lab).router and not registry.missing(lab)}
    assert {"chip", "optical", "spiking"} <= set(ready), "these need no extra"
    routes = {name: contract_of(lab).router(runs).routes for name, lab in ready.items()}
    return {name: operations(get_openapi(title="", version="", routes=own)["paths"]) for name, own in routes.items()}


def met_by(path: str, other: str) -> bool:
    """Whether a request for `path` may be one that `other` is meant for."""
    return re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(other)), re.sub(r"\{\w+\}", "x1", path)) is not None


def test_no_contract_hides_a_route_of_another_or_of_the_house(idle, settings):
    served = contracts(idle)
    whole = operations(create_app(idle, settings).openapi()["paths"])
    served["house"] = whole - set().union(*served.values())
    assert sum(map(len, served.values())) == len(whole), "all are described, each once"
    hidden = [
        (one, two, method, path, other)
        for one, two in itertools.permutations(served, 2)
        for method, path in served[one]
        for verb, other in served[two]
        if method == verb and met_by(path, other)
    ]
    assert hidden == []


def test_the_description_of_all_is_whole(idle, settings):
    schema = create_app(idle, settings).openapi()
    names = [operation["operationId"] for item in schema["paths"].values() for operation in item.values()]
    assert len(names) == len(set(names))
    known = schema["components"]["schemas"]
    assert set(re.findall(r"'\$ref': '#/components/schemas/([^']+)'", str(schema))) <= set(known)
    assert [name for name, one in known.items() if not meta.is_valid(one)] == []
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            told = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"}
            assert told == set(re.findall(r"\{(\w+)\}", path)), (method, path)
            assert operation.get("summary") and operation.get("tags"), (method, path)


def test_every_lab_can_be_looked_at_from_outside(idle, settings):
    with TestClient(create_app(idle, settings), base_url="http://127.0.0.1") as client:
        listed = {one["name"] for one in client.get("/api/v2/labs").json()["labs"]}
        assert {"chip", "federated", "optical", "persona", "spiking"} <= listed
        for name in listed:
            answers = [client.get(f"/api/v2/labs/{name}{part}") for part in ("", "/schema", "/presets")]
            assert [answer.status_code for answer in answers] == [200] * 3, name


def test_with_a_key_only_these_are_open(locked, idle):
    described = locked.get("/openapi.json").json()
    asked = {(method, path) for path, item in described["paths"].items() for method, one in item.items() if one.get("security")}
    opened = set()
    for method, path in operations(described["paths"]):
        answer = locked.request(method, re.sub(r"\{\w+\}", "x1", path), json={} if method in ("post", "put", "patch") else None)
        if answer.status_code != 401:
            opened.add((method, path))
    assert opened == {("get", "/"), ("get", "/api/health"), ("get", "/health"), ("post", "/v1/signup")}
    own_keys = {(method, path) for method, path in operations(described["paths"]) if path.startswith("/v1/")}
    assert asked == operations(described["paths"]) - opened - own_keys
    assert described["components"]["securitySchemes"] == {"key": {"type": "http", "scheme": "bearer"}}


@pytest.mark.parametrize("host", ["192.0.2.7/v1/", "192.0.2.7:80/v1/?", "192.0.2.7:80/v1/#", "localhost/health"])
def test_no_host_header_makes_a_closed_route_look_open(locked, host):
    assert locked.get("/api/v2/runs", headers={"Host": host}).status_code in (401, 421)
