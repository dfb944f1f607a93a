"""Recorded exchanges, for every route and every refusal: what the wire says today, held against what it said.

`exchanges.json` holds them. Times are written as a placeholder, and of a list of more than eight values its length, the first
three and the sum. After a wanted change record them again, with RECORD_EXCHANGES=1 in the environment, and read the difference.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from pinglab_service import ARROW, EXAMPLE, SMALL, TIMES, WEIGHTS_EXAMPLE, row

RECORDS = Path(__file__).parent / "exchanges.json"
TINY: dict[str, Any] = {"config": {"T": 60, "dt": 0.5, "N_E": 3, "N_I": 2},
                        "inputs": {"I_E_start": 3.0, "I_E_end": 3.0, "noise_std": 0.0}, "burn_in_ms": 10}  # fmt: skip
LONGEST = 8

EXCHANGES: dict[str, tuple[str, str, Any, dict[str, str]]] = {
    "run by default": ("GET", "/run", None, {}),
    "run, the contract's example": ("POST", "/run", EXAMPLE, {"Accept": "application/json"}),
    "run, the contract's example with everything measured": ("POST", "/run", {**EXAMPLE, "performance_mode": False}, {}),
    "run a tiny network": ("POST", "/run", TINY, {}),
    "run a tiny network with everything measured": ("POST", "/run", {**TINY, "performance_mode": False}, {}),
    "run in Arrow": ("POST", "/run", {**TINY, "performance_mode": False}, {"Accept": ARROW}),
    "run without inhibition": ("POST", "/run", {**TINY, "config": {**TINY["config"], "N_I": 0}, "performance_mode": False}, {}),
    "run a sine": ("POST", "/run", {**SMALL, "inputs": {"input_type": "sine", "sine_y_offset": 1.0, "input_population": "all"},
                                    "performance_mode": False}, {}),
    "run pulses into a subset": ("POST", "/run", {**SMALL, "inputs": {
        "input_type": "pulses", "pulse_t_ms": 50, "pulse_amp_E": 3, "targeted_subset_enabled": True, "target_fraction": 0.5,
        "target_strategy": "first"}}, {}),
    "run with keys that nobody knows": ("POST", "/run", {**TINY, "config": {**TINY["config"], "tau_gabba": 9}}, {}),
    "weights by default": ("GET", "/weights", None, {}),
    "weights, the contract's example": ("POST", "/weights", WEIGHTS_EXAMPLE, {"Accept": "application/json"}),
    "weights drawn": ("POST", "/weights", {"config": {"N_E": 3, "N_I": 2}, "weights": {"seed": 1, "ee": {"std": 0.01}}}, {}),
    "weights in Arrow": ("POST", "/weights", WEIGHTS_EXAMPLE, {"Accept": ARROW}),
    "an enum that does not exist": ("POST", "/run", {"config": {"neuron_model": "lfi"}}, {}),
    "a type that does not fit": ("POST", "/run", {"config": {"N_E": 12.5}, "inputs": {"seed": "x"}}, {}),
    "a bound that is broken": ("POST", "/weights", {"config": {"dt": 0}}, {}),
    "lists that do not go together": ("POST", "/run", {"config": {"mqif_a": [1, 2]}}, {}),
    "a size that is impossible": ("POST", "/run", {"config": {"N_E": 100000}, "weights": {"ee": {"std": 0.01}}}, {}),
    "a graph": ("POST", "/run", {"graph": {"nodes": []}}, {}),
    "no JSON": ("POST", "/run", "{", {}),
    "no object": ("POST", "/weights", "[1]", {}),
    "no number": ("POST", "/run", '{"config": {"dt": NaN}}', {}),
    "a verb that is not allowed": ("PUT", "/run", {}, {}),
}  # fmt: skip


@pytest.fixture(scope="module")
def records() -> dict[str, Any]:
    return json.loads(RECORDS.read_text()) if RECORDS.exists() else {}


@pytest.mark.parametrize("name", EXCHANGES)
def test_the_wire_says_what_it_said(client, records, name):
    method, path, body, headers = EXCHANGES[name]
    content = body if isinstance(body, str) or body is None else json.dumps(body)
    answer = client.request(method, path, content=content, headers={"Content-Type": "application/json", **headers})
    kind = answer.headers["content-type"]
    said = row(answer.content)[1] if kind == ARROW else answer.json()
    found = {
        "request": {"method": method, "path": path, "headers": headers, "body": body},
        "response": {
            "status": answer.status_code,
            "type": kind,
            "headers": sorted(name for name in answer.headers if name.startswith(("x-pinglab", "x-quintant"))),
            "ignored": answer.headers.get("x-quintant-ignored-keys"),
            "body": shortened({field: "{ms}" if field in TIMES else value for field, value in said.items()}),
        },
    }
    if os.environ.get("RECORD_EXCHANGES"):
        kept = json.loads(RECORDS.read_text()) if RECORDS.exists() else {}
        kept = {other: kept[other] for other in EXCHANGES if other in kept} | {name: found}
        ordered = {other: kept[other] for other in EXCHANGES if other in kept}
        RECORDS.write_text(json.dumps(ordered, indent=1, ensure_ascii=False) + "\n")
        return
    assert near(found, records[name])


def shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: shortened(inner) for name, inner in value.items()}
    if isinstance(value, list) and len(value) > LONGEST:
        told: dict[str, Any] = {"n": len(value), "first": shortened(value[:3])}
        return {**told, "sum": sum(value)} if isinstance(value[0], (int, float)) else told
    if isinstance(value, list):
        return [shortened(inner) for inner in value]
    return value


def near(found: Any, recorded: Any, path: str = "") -> bool:
    """Equal, floating-point numbers within 1e-6: the last bits belong to the platform."""
    if isinstance(found, float) and isinstance(recorded, (int, float)):
        assert found == pytest.approx(recorded, rel=1e-6, abs=1e-9), path
    elif isinstance(found, dict):
        assert isinstance(recorded, dict) and list(found) == list(recorded), path
        assert all(near(found[name], recorded[name], f"{path}.{name}") for name in found)
    elif isinstance(found, list):
        assert isinstance(recorded, list) and len(found) == len(recorded), path
        assert all(near(one, other, f"{path}.{at}") for at, (one, other) in enumerate(zip(found, recorded, strict=True)))
    else:
        assert found == recorded, path
    return True
