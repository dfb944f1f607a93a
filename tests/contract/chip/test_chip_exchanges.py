"""Recorded exchanges, for every route and every refusal: what the wire says today, held against what it said.

`exchanges.json` holds them. Ids, keys, times and measured seconds are written as placeholders, long lists as their length and
first values. After a wanted change record them again, with RECORD_EXCHANGES=1 in the environment, and read the difference.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from chip_service import BUSY, DRIVE, LONG, NETWORK, ONE, STIMULI, Client, account

RECORDS = Path(__file__).parent / "exchanges.json"
PLACEHOLDERS = (
    (r"cn_live_[0-9a-f]{56}", "cn_live_{secret}"), (r"cn_live_[0-9a-f]{8}\b", "cn_live_{shown}"),
    (r"\bkey_[0-9a-f]{8}\b", "{key}"), (r"\bnet_[0-9a-f]{16}\b", "{network}"), (r"\bjob_[0-9a-f]{12}\b", "{job}"),
    (r"\b\d{4}-\d\d-\d\dT[\d:.]+Z", "{time}"),
)  # fmt: skip
MEASURED = {
    "compute_seconds", "cost_gbp", "compute_seconds_today", "compute_seconds_this_month", "estimated_cost", "progress",
    "estimated_cost_gbp", "estimated_compute_seconds", "seed", "result_hash", "jobs_queued", "jobs_running",
}  # fmt: skip
SHOWN_HEADERS = ("x-total-count", "retry-after", "www-authenticate", "preference-applied")
LONGEST = 6
LEARNED = {
    "populations": [{"label": "a", "size": 1}, {"label": "b", "size": 2, "params": {"threshold": 100}}],
    "connections": [{"source": "a", "target": "b", "weight": 400, "delay": 2}],
}
EXCHANGES: dict[str, tuple[str, str, Any]] = {
    "sign up": ("POST", "/v1/signup", {"email": "new@lab.example"}),
    "sign up again": ("POST", "/v1/signup", {"email": "New@Lab.example", "tier": "free"}),
    "sign up for a tier": ("POST", "/v1/signup", {"email": "paying@lab.example", "tier": "researcher"}),
    "sign up without an address": ("POST", "/v1/signup", {"email": "nobody"}),
    "the contract's network": ("POST", "/v1/networks", NETWORK),
    "a network that cannot be": ("POST", "/v1/networks", {"populations": [{"label": "n", "size": 0, "params": {"leak": -1}}],
                                                          "connections": [{"source": "n", "target": "m", "delay": 64}]}),
    "a network beyond the tier": ("POST", "/v1/networks", {"populations": [{"label": "n", "size": 200_000}]}),
    "no JSON": ("POST", "/v1/networks", "{"),
    "no object": ("POST", "/v1/jobs", "[]"),
    "networks": ("GET", "/v1/networks?limit=1", None),
    "a network": ("GET", "/v1/networks/{network}", None),
    "no such network": ("GET", "/v1/networks/net_0", None),
    "the contract's job": ("POST", "/v1/jobs", {"network_id": "{network}", "timesteps": 1000, "stimuli": STIMULI}),
    "a job with a warning": ("POST", "/v1/jobs", {"network_id": "{learned}", "timesteps": 9, "stimuli": [],
                                                  "rewards": [{"timestep": 1, "value": 2}]}),
    "a job that cannot be": ("POST", "/v1/jobs", {"network_id": "{network}", "timesteps": 10, "stimuli": DRIVE}),
    "a job too long": ("POST", "/v1/jobs", {"network_id": "{network}", "timesteps": 10_000_001}),
    "a job without a network": ("POST", "/v1/jobs", {"timesteps": 10}),
    "a job on no such network": ("POST", "/v1/jobs", {"network_id": "net_0", "timesteps": 10}),
    "an estimate": ("POST", "/v1/jobs/estimate", {"network_id": "{network}", "timesteps": 1000, "stimuli": STIMULI}),
    "a completed job": ("GET", "/v1/jobs/{job}", None),
    "its spikes": ("GET", "/v1/jobs/{job}/spikes?stop=6", None),
    "its weights": ("GET", "/v1/jobs/{job}/weights", None),
    "its probes": ("GET", "/v1/jobs/{job}/probes", None),
    "the hardware of a job": ("GET", "/v1/jobs/{job}/hardware", None),
    "no such job": ("GET", "/v1/jobs/job_000000000000", None),
    "no such parameter": ("GET", "/v1/jobs/{job}/spikes?from=3", None),
    "spikes too early": ("GET", "/v1/jobs/{running}/spikes", None),
    "cancel": ("POST", "/v1/jobs/{running}/cancel", None),
    "cancel again": ("POST", "/v1/jobs/{running}/cancel", None),
    "a cancelled job": ("GET", "/v1/jobs/{running}", None),
    "jobs": ("GET", "/v1/jobs?limit=1", None),
    "jobs beyond the limit": ("GET", "/v1/jobs?limit=1000", None),
    "usage": ("GET", "/v1/usage", None),
    "a key": ("POST", "/v1/keys", {"name": "notebook", "scope": "read"}),
    "a key of no scope": ("POST", "/v1/keys", {"scope": "write"}),
    "keys": ("GET", "/v1/keys", None),
    "the last key": ("DELETE", "/v1/keys/{own_key}", None),
    "no such key": ("DELETE", "/v1/keys/key_00000000", None),
    "delete a network": ("DELETE", "/v1/networks/{learned}", None),
    "no key": ("GET", "/v1/usage", None),
    "a wrong key": ("GET", "/v1/usage", None),
    "the quota is used up": ("POST", "/v1/jobs", {"network_id": "{free_network}", "timesteps": 1}),
    "a verb that is not allowed": ("PUT", "/v1/jobs", {}),
    "health": ("GET", "/health", None),
}  # fmt: skip


@pytest.fixture(scope="module")
def client(runs, http) -> Client:
    """An account that nothing else has touched."""
    return account(runs, http, "recorded@lab.example", "enterprise")


@pytest.fixture(scope="module")
def ids(client, runs, http) -> dict[str, str]:
    """Things to ask for, by the placeholders of the paths and bodies."""
    free = account(runs, http, "used-up@lab.example")
    free_network = free.network(ONE)
    for _ in range(10):
        free.submit(free_network, 1)
    learned = client.network(LEARNED)
    job = client.submit(
        learned, 60, [{"population": "a", "current": 300}], learning={"enabled": True}, probes=[{"population": "a"}]
    )
    client.ended(job)
    running = client.submit(client.network(BUSY), **LONG)
    while client.get(f"/v1/jobs/{running}")["status"] == "queued":
        pass
    (own_key,) = (key["key_id"] for key in client.get("/v1/keys") if key["active"])
    return {
        "network": client.network(NETWORK), "learned": learned, "job": job, "running": running, "own_key": own_key,
        "free_network": free_network, "free_key": free.key,
    }  # fmt: skip


def test_the_wire_says_what_it_said(client, ids):
    """One conversation in its order: later exchanges meet what earlier ones left."""
    found = {}
    for name, (method, path, body) in EXCHANGES.items():
        text = body if isinstance(body, str) or body is None else json.dumps(body)
        for id in ("network", "learned", "free_network"):
            text = text and text.replace(f"{{{id}}}", ids[id])
        if name == "jobs":
            for job in client.get("/v1/jobs"):
                client.ended(job["job_id"])
        key = {"no key": "", "a wrong key": "cn_live_wrong", "the quota is used up": ids["free_key"]}.get(name, client.key)
        headers = {"Content-Type": "application/json"} | ({"X-API-Key": key} if key else {})
        answer = client.http.request(method, path.format(**ids), content=text, headers=headers)
        found[name] = {
            "request": {"method": method, "path": path, "body": body},
            "response": {
                "status": answer.status_code,
                "headers": {one: blotted(answer.headers[one]) for one in SHOWN_HEADERS if one in answer.headers},
                "body": shortened(answer.json()),
            },
        }
    if os.environ.get("RECORD_EXCHANGES"):
        RECORDS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    recorded = json.loads(RECORDS.read_text())
    assert list(found) == list(recorded)
    for name, exchange in found.items():
        assert exchange == recorded[name], name


def blotted(text: str) -> str:
    for pattern, placeholder in PLACEHOLDERS:
        text = re.sub(pattern, placeholder, text)
    return text if not text.isdecimal() else "{number}"


def shortened(value: Any, name: str = "") -> Any:
    if name in MEASURED and value is not None:
        return "{measured}"
    if isinstance(value, dict):
        return {key: shortened(inner, key) for key, inner in value.items()}
    if isinstance(value, list) and len(value) > LONGEST:
        return {"n": len(value), "first": [shortened(one) for one in value[:3]]}
    if isinstance(value, list):
        return [shortened(one) for one in value]
    return blotted(value) if isinstance(value, str) else value
