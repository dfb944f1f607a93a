"""Recorded exchanges, one for every route and every refusal: what the wire says today, held against what it said.

`exchanges.json` holds them; what differs from run to run (ids, times, versions) is written as a placeholder. After a wanted
change record them again, with RECORD_EXCHANGES=1 in the environment, and read the difference.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

RECORDS = Path(__file__).parent / "exchanges.json"
EXAMPLE = {
    "name": "My Simulation",
    "template": "default",
    "config": {
        "general_settings": {"network": "nsfnet", "erlang_start": 50, "erlang_stop": 200, "erlang_step": 10, "max_iters": 100},
        "topology_settings": {"k_paths": 3},
    },
}
PLACEHOLDERS = (
    (re.compile(r"\b(?=[0-9a-f]{0,11}[0-9])[0-9a-f]{12}\b"), "{id}"),
    (re.compile(r"\bRun (?:[0-9a-f]{6})\b"), "Run {id}"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?"), "{time}"),
    (re.compile(r"\d{4}/\d\d_\d\d_\d\d_\d{6}"), "{begin}"),
    (re.compile(r"evt_\d{5}"), "evt_{n}"),
    (re.compile(r'("total_time_seconds":)[\d.]+'), r"\1{s}"),
    (re.compile(r'("(?:python|quintant)_version":\s?")[^"]+'), r"\1{version}"),
    (re.compile(r"^id: \d+$", re.MULTILINE), "id: {offset}"),
    (re.compile(r"which has \d+ bytes"), "which has {n} bytes"),
    (re.compile(r'("size_bytes":)\d+'), r"\1{n}"),
)

EXCHANGES: dict[str, tuple[str, str, Any]] = {
    "create, the contract's example": ("POST", "/api/runs", EXAMPLE),
    "create with nothing": ("POST", "/api/runs", {}),
    "create on an unknown network": ("POST", "/api/runs", {"config": {"general_settings": {"network": "nfsnet"}}}),
    "create with a negative load": ("POST", "/api/runs", {"config": {"general_settings": {"erlang_start": -10}}}),
    "create with shares that do not sum to one": (
        "POST",
        "/api/runs",
        {"config": {"general_settings": {"request_distribution": {"100": 0.5}}}},
    ),
    "create with k = 0": ("POST", "/api/runs", {"config": {"topology_settings": {"k_paths": 0}}}),
    "create with a learned policy": ("POST", "/api/runs", {"config": {"policy_settings": {"policy_type": "rl"}}}),
    "create on an unknown template": ("POST", "/api/runs", {"template": "defualt"}),
    "create with a misspelt field": ("POST", "/api/runs", {"confg": {}}),
    "get": ("GET", "/api/runs/{done}", None),
    "get an unknown run": ("GET", "/api/runs/xyz123", None),
    "list": ("GET", "/api/runs?status=COMPLETED&limit=1", None),
    "list with a bad limit": ("GET", "/api/runs?limit=500", None),
    "list with a bad status": ("GET", "/api/runs?status=DONE", None),
    "delete an unknown run": ("DELETE", "/api/runs/xyz123", None),
    "log": ("GET", "/api/runs/{done}/logs", None),
    "log from a stale offset": ("GET", "/api/runs/{done}/logs?offset=99999999", None),
    "progress": ("GET", "/api/runs/{done}/progress", None),
    "progress from a broken cursor": ("GET", "/api/runs/{done}/progress?cursor=abc", None),
    "progress from beyond the end": ("GET", "/api/runs/{done}/progress?cursor=evt_99999", None),
    "artifacts": ("GET", "/api/runs/{done}/artifacts?path=output", None),
    "artifacts outside": ("GET", "/api/runs/{done}/artifacts?path=../", None),
    "download outside": ("GET", "/api/runs/{done}/artifacts/%2e%2e%2fsecret", None),
    "download what is not there": ("GET", "/api/runs/{done}/artifacts/nothing.json", None),
    "download": ("GET", "/api/runs/{done}/artifacts/config.ini", None),
    "preview": ("GET", "/api/runs/{done}/artifacts/config.ini/preview?max_lines=4", None),
    "templates": ("GET", "/api/configs/templates", None),
    "template": ("GET", "/api/configs/templates/minimal", None),
    "template that is unknown": ("GET", "/api/configs/templates/nope", None),
    "validate overrides": (
        "POST",
        "/api/configs/validate",
        {"config": {"general_settings": {"network": "invalid_network", "erlang_start": -10}}},
    ),
    "validate content": ("POST", "/api/configs/validate", {"content": "[general_settings]\nnetwork nsfnet\n"}),
    "validate nothing": ("POST", "/api/configs/validate", {}),
    "schema": ("GET", "/api/configs/schema", None),
    "topologies": ("GET", "/api/topology", None),
    "topology": ("GET", "/api/topology/NSFNet", None),
    "topology that is unknown": ("GET", "/api/topology/nsfnt", None),
    "topology of a run": ("GET", "/api/runs/{done}/topology", None),
    "version": ("GET", "/api/version", None),
    "cancel": ("DELETE", "/api/runs/{made}", None),
    "delete": ("DELETE", "/api/runs/{done}", None),
}


def plain(text: str) -> str:
    for pattern, placeholder in PLACEHOLDERS:
        text = pattern.sub(placeholder, text)
    # The last bits of a float are the same on one platform only.
    return re.sub(r"\d+\.\d{10,}(e-?\d+)?", lambda met: f"{float(met[0]):.9g}", text)


@pytest.fixture(scope="module")
def said(client, finished) -> dict[str, dict[str, Any]]:
    """Every exchange, carried out in order."""
    told: dict[str, dict[str, Any]] = {}
    ids = {"done": finished["id"], "made": ""}
    for name, (method, path, body) in EXCHANGES.items():
        answer = client.request(method, path.format(**ids), json=body)
        if name == "create, the contract's example":
            ids["made"] = answer.json()["id"]
        kind = answer.headers.get("content-type", "").partition(";")[0]
        text = plain(answer.text)
        told[name] = {
            "request": {"method": method, "path": path, **({} if body is None else {"body": body})},
            "response": {
                "status": answer.status_code,
                "type": kind,
                "body": _loads(text) if kind == "application/json" else text,
            },
        }
    return told


def _loads(text: str) -> Any:
    """JSON with placeholders where numbers were."""
    return json.loads(re.sub(r":\s*(\{(?:n|s)\})", r':"\1"', text))


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


def test_every_route_of_the_contract_has_an_exchange():
    from quintant.labs.optical.contract import router

    held = {(method, re.sub(r"\{\w+\}|xyz123", "*", path.partition("?")[0])) for method, path, _ in EXCHANGES.values()}
    routes = _routes(router(None))
    assert len(routes) == 17
    for route in routes:
        pattern = re.compile("^" + re.sub(r"\\\{\w+(:path)?\\\}", ".+", re.escape(route.path)) + "$")
        for method in route.methods - {"HEAD"}:
            assert any(method == met and pattern.match(path) for met, path in held), (method, route.path)


def _routes(found: Any) -> list[Any]:
    from fastapi import FastAPI
    from fastapi.routing import APIRoute

    app = FastAPI()
    app.include_router(found)
    flat: list[Any] = []

    def walk(routes: Any) -> None:
        for route in routes:
            if isinstance(route, APIRoute):
                flat.append(route)
            elif hasattr(route, "original_router"):
                walk(route.original_router.routes)

    walk(found.routes)
    return flat
