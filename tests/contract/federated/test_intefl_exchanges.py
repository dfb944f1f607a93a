"""Recorded exchanges, one for every route and every refusal: what the wire says today, held against what it said.

`exchanges.json` holds them; what differs from run to run (ids, times, numbers that training gives) is written as a
placeholder. After a wanted change record them again, with RECORD_EXCHANGES=1 in the environment, and read the difference.
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
from intefl_service import FLIP, SHORT, served, until

RECORDS = Path(__file__).parent / "exchanges.json"
FLAT = {"aggregation_strategy_keyword": "fedavg", "num_of_rounds": 10, "dataset_keyword": "femnist_iid"}
STRUCTURED = {
    "shared_settings": {"num_of_rounds": 10, "dataset_keyword": "femnist_iid"},
    "simulation_strategies": [{"aggregation_strategy_keyword": "fedavg"}],
}
PLACEHOLDERS = (
    (re.compile(r"api_run_\d{8}_\d{6}_\d{6}"), "{id}"),
    (re.compile(r"\bRun [0-9a-f]{12}\b"), "Run {run}"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?"), "{time}"),
    (re.compile(r'("score_calculation_time_nanos_history":)\s?\d+'), r'\1"{ns}"'),
    (re.compile(r"-?\d+\.\d{2,}(e-?\d+)?"), "{x}"),
    (re.compile(r"^id: .*$", re.MULTILINE), "id: {position}"),
    (re.compile(r'("(?:os|python|machine|cpu_count)":\s?)("[^"]*"|\d+)'), r'\1"{system}"'),
    (re.compile(r'("(?:quintant|numpy|pyarrow|scikit-learn|torch)":\s?)"[^"]*"'), r'\1"{version}"'),
    (re.compile(r"(?:/[\w.-]+)+/datasets/"), "{cache}/datasets/"),
    (re.compile(r"\b(scikit-learn|mlxtend) \d[\d.]*"), r"\1 {version}"),
    (re.compile(r'("config_checksum":)"[0-9a-f]{64}"'), r'\1"{sha256}"'),
    (re.compile(r'("token":)"[^"]*"'), r'\1"{token}"'),
)  # fmt: skip


def asked(text: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": [{"type": "text", "text": text}]}]}


EXCHANGES: dict[str, tuple[str, str, Any]] = {
    "greeting": ("GET", "/", None),
    "health": ("GET", "/api/health", None),
    "validate nothing": ("POST", "/api/validate", {}),
    "validate the contract's flat example": ("POST", "/api/validate", FLAT),
    "validate the contract's structured example": ("POST", "/api/validate", STRUCTURED),
    "validate what cannot be": (
        "POST",
        "/api/validate",
        {"shared_settings": {"num_of_rounds": -3, "num_of_clients": 5}, "simulation_strategies": [{"batch_size": "many"}]},
    ),
    "validate krum with too many attackers": (
        "POST",
        "/api/validate",
        {"aggregation_strategy_keyword": "krum", "num_of_clients": 5, "num_of_malicious_clients": 2},
    ),
    "validate an attacker who is not there": (
        "POST",
        "/api/validate",
        {"num_of_clients": 5, "num_of_rounds": 5, "attack_schedule": [{**FLIP, "malicious_client_ids": [99]}]},
    ),
    "launch the contract's flat example": ("POST", "/api/simulations", FLAT),
    "stop it": ("POST", "/api/simulations/{made}/stop", None),
    "launch the contract's structured example": ("POST", "/api/simulations", STRUCTURED),
    "delete it while it is at work": ("DELETE", "/api/simulations/{made}", None),
    "launch a flat body with impossible rounds": ("POST", "/api/simulations", {"num_of_rounds": -3}),
    "launch an unknown strategy": ("POST", "/api/simulations", {"aggregation_strategy_keyword": "krumm"}),
    "launch a list": ("POST", "/api/simulations", []),
    "launch with too long a name": ("POST", "/api/simulations", {"display_name": "x" * 101}),
    "get": ("GET", "/api/simulations/{done}", None),
    "get what is none": ("GET", "/api/simulations/api_run_none", None),
    "get what cannot be one": ("GET", "/api/simulations/a.b", None),
    "config": ("GET", "/api/simulations/{done}/config", None),
    "config of none": ("GET", "/api/simulations/api_run_none/config", None),
    "status": ("GET", "/api/simulations/{done}/status", None),
    "status of none": ("GET", "/api/simulations/api_run_none/status", None),
    "stream": ("GET", "/api/simulations/{done}/stream", None),
    "stream of none": ("GET", "/api/simulations/api_run_none/stream", None),
    "logs": ("GET", "/api/simulations/{done}/logs", None),
    "logs of none": ("GET", "/api/simulations/api_run_none/logs", None),
    "result, a CSV": ("GET", "/api/simulations/{done}/results/csv/round_metrics_0.csv", None),
    "result, a CSV to keep": ("GET", "/api/simulations/{done}/results/csv/exec_stats_0.csv?download=true", None),
    "result, JSON": ("GET", "/api/simulations/{done}/results/MANIFEST.json", None),
    "result, a page": ("GET", "/api/simulations/{done}/results/attack_snapshots_0/index.html", None),
    "result that is not there": ("GET", "/api/simulations/{done}/results/nothing.json", None),
    "result of a type that is not served": ("GET", "/api/simulations/{done}/results/output.log", None),
    "result outside": ("GET", "/api/simulations/{done}/results/%2e%2e%2fquintant.json", None),
    "plot data": ("GET", "/api/simulations/{done}/plot-data", None),
    "all plot data": ("GET", "/api/simulations/{done}/all-plot-data", None),
    "plot data of none": ("GET", "/api/simulations/api_run_none/plot-data", None),
    "attack snapshots": ("GET", "/api/simulations/{done}/attack-snapshots", None),
    "attack snapshots of none": ("GET", "/api/simulations/api_run_none/attack-snapshots", None),
    "rename": ("PATCH", "/api/simulations/{done}/rename", {"display_name": "  My run "}),
    "rename to nothing": ("PATCH", "/api/simulations/{done}/rename", {"display_name": "  "}),
    "rename to too much": ("PATCH", "/api/simulations/{done}/rename", {"display_name": "x" * 101}),
    "rename to a number": ("PATCH", "/api/simulations/{done}/rename", {"display_name": 5}),
    "rename without a name": ("PATCH", "/api/simulations/{done}/rename", {}),
    "list": ("GET", "/api/simulations", None),
    "queue": ("GET", "/api/queue/status", None),
    "stop what has ended": ("POST", "/api/simulations/{done}/stop", None),
    "stop what cannot be one": ("POST", "/api/simulations/a.b/stop", None),
    "data set that is known": ("GET", "/api/datasets/validate?name=flwrlabs/femnist", None),
    "data set that is known and not here": ("GET", "/api/datasets/validate?name=lavita/MedQuAD", None),
    "data set that is not known": ("GET", "/api/datasets/validate?name=nobody/nothing", None),
    "data set without a slash": ("GET", "/api/datasets/validate?name=mnist", None),
    "data set without a name": ("GET", "/api/datasets/validate", None),
    "devices": ("GET", "/api/system/devices", None),
    "agent, status": ("POST", "/api/agent/chat", asked("What is the status?")),
    "agent, removal": ("POST", "/api/agent/chat", asked("Who was removed and why?")),
    "agent, nothing asked": ("POST", "/api/agent/chat", {"messages": []}),
    "agent, an unknown id": ("POST", "/api/agent/chat", asked("status of api_run_none")),
    "token of a terminal": ("GET", "/api/terminal/token", None),
    "delete several": ("DELETE", "/api/simulations", {"simulation_ids": ["a.b", "api_run_none"]}),
    "delete several of nothing": ("DELETE", "/api/simulations", {"simulation_ids": "all"}),
    "delete": ("DELETE", "/api/simulations/{done}", None),
    "delete what is none": ("DELETE", "/api/simulations/{done}", None),
    "list of nothing left": ("GET", "/api/simulations", None),
}


def plain(text: str) -> str:
    for pattern, placeholder in PLACEHOLDERS:
        text = pattern.sub(placeholder, text)
    return text


@pytest.fixture(scope="module")
def alone(tmp_path_factory) -> Iterator[httpx2.Client]:
    """A server that nobody else uses: its lists and counts are recorded."""
    with served(tmp_path_factory.mktemp("alone")) as (_, address), httpx2.Client(base_url=address, timeout=60) as opened:
        yield opened


@pytest.fixture(scope="module")
def said(alone) -> dict[str, dict[str, Any]]:
    """Every exchange, carried out in order."""
    done = alone.post("/api/simulations", json=SHORT).json()["simulation_id"]
    until(lambda: alone.get(f"/api/simulations/{done}/status").json()["status"] == "completed", 280)
    told: dict[str, dict[str, Any]] = {}
    ids = {"done": done, "made": ""}
    for name, (method, path, body) in EXCHANGES.items():
        answer = alone.request(method, path.format(**ids), json=body)
        if name.startswith("launch the contract's"):
            ids["made"] = answer.json()["simulation_id"]
        if name == "stop it":
            alone.delete(f"/api/simulations/{ids['made']}")
        kind = answer.headers.get("content-type", "").partition(";")[0]
        text = plain(answer.text)
        told[name] = {
            "request": {"method": method, "path": path, **({} if body is None else {"body": body})},
            "response": {
                "status": answer.status_code,
                "type": kind,
                "body": json.loads(re.sub(r"([:\[,]\s*)(\{x\})", r'\1"\2"', text)) if kind == "application/json" else text,
            },
        }
    return told


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
    from quintant.labs.federated.contract import router

    held = {(method, path.partition("?")[0]) for method, path, _ in EXCHANGES.values()}
    routes = _routes(router(None))
    assert len(routes) == 21  # and the terminal's socket, `/` and /api/health
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
