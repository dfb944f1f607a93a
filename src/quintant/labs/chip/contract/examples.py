"""What the OpenAPI page shows: an example of every request and answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quintant.json_value import Json

KEY = "cn_live_5f1d9a3c…"
LIMITS = {"max_neurons": 1024, "max_timesteps": 1000, "jobs_per_day": 10, "max_runtime_seconds": 30}
NETWORK: Json = {
    "populations": [
        {"label": "excitatory", "size": 100, "params": {"threshold": 1000, "leak": 10}},
        {"label": "inhibitory", "size": 25, "params": {"threshold": 800, "leak": 5}},
    ],
    "connections": [
        {"source": "excitatory", "target": "inhibitory", "topology": "random_sparse", "p": 0.2, "weight": 600},
        {"source": "inhibitory", "target": "excitatory", "weight": -400},
    ],
}
CARD = {"network_id": "net_3f9c2a7b41d05e68", "total_neurons": 125, "populations": 2, "connections": 2}
JOB: Json = {
    "network_id": "net_3f9c2a7b41d05e68",
    "timesteps": 1000,
    "stimuli": [{"population": "excitatory", "neurons": [0, 1, 2, 3, 4], "current": 8000}],
}
JOB_CARD: dict[str, Json] = {
    "job_id": "job_a1b2c3d4e5f6", "status": "completed", "network_id": "net_3f9c2a7b41d05e68", "num_neurons": 125,
    "num_timesteps": 1000, "compute_seconds": 0.004, "cost_gbp": 0.0, "created_at": "2026-02-18T12:00:00.000Z",
    "completed_at": "2026-02-18T12:00:00.061Z",
}  # fmt: skip
RESULT = {
    "total_spikes": 1250, "firing_rates": {"excitatory": 0.0125, "inhibitory": 0.0},
    "spike_count_timeseries": [5, 0, 0, 0],
}  # fmt: skip
API_KEY = {
    "key_id": "key_5f1d9a3c", "key_prefix": "cn_live_5f1d9a3c", "name": "notebook", "scope": "simulate",
    "created_at": "2026-02-18T12:00:00.000Z", "last_used_at": None, "active": True,
}  # fmt: skip
USAGE = {
    "tier": "free", "jobs_today": 3, "jobs_limit_today": 10, "compute_seconds_today": 0.012,
    "compute_seconds_this_month": 0.34, "estimated_cost_gbp": 0.0, "estimated_cost": 0.0,
}  # fmt: skip
BODIES: Mapping[str, Json] = {
    "signup": {"email": "you@lab.example", "tier": "free"},
    "create_network": NETWORK,
    "submit_job": JOB,
    "estimate_job": JOB,
    "create_key": {"name": "notebook", "scope": "simulate"},
    "grant": {"email": "you@lab.example", "tier": "researcher"},
    "create_account": {"email": "you@lab.example", "tier": "researcher"},
}
ANSWERS: Mapping[str, Json] = {
    "signup": {"api_key": KEY, "key_prefix": "cn_live_5f1d9a3c", "tier": "free", "limits": LIMITS},
    "create_network": CARD,
    "list_networks": [{**CARD, "created_at": "2026-02-18T12:00:00.000Z"}],
    "get_network": {
        "network_id": CARD["network_id"], "total_neurons": 125, "created_at": "2026-02-18T12:00:00.000Z", **NETWORK,
        "seed": 184467440737095,
    },
    "delete_network": {"network_id": CARD["network_id"], "deleted": True},
    "submit_job": {"job_id": "job_a1b2c3d4e5f6", "status": "queued"},
    "list_jobs": [JOB_CARD],
    "get_job": {**JOB_CARD, "tier": "free", "result": RESULT, "result_hash": "9f86d081884c7d65…"},
    "cancel_job": {**JOB_CARD, "status": "failed", "tier": "free", "error_message": "Job cancelled", "cancelled": True},
    "estimate_job": {
        "estimated_compute_seconds": 0.004, "estimated_cost_gbp": 0.0, "rate_per_second": 0.0,
        "assumes": "each neuron fires in 2 % of the steps", "max_runtime_seconds": 30,
    },
    "get_spikes": {"spike_trains": {"excitatory": {"0": [12, 45, 78], "1": [13, 47]}, "inhibitory": {"0": [14, 48]}}},
    "get_weights": {
        "weights": [{"connection": 0, "source": "excitatory", "target": "inhibitory", "pre": [0], "post": [3], "delay": [0],
                     "initial": [600], "final": [612]}]
    },
    "get_probes": {
        "probes": {"excitatory": {"0": {"step": [0, 1], "potential": [190, 380], "input": [200, 200],
                                        "threshold": [1000, 1000], "refractory": [0, 0], "trace": [0, 0]}}}
    },
    "get_hardware": {"fits_hardware": {"target": "n1", "fits": True}, "energy_estimate": {"estimate": True, "total_nj": 12.4}},
    "usage": USAGE,
    "create_key": {"api_key": KEY, **API_KEY},
    "list_keys": [API_KEY],
    "revoke_key": {**API_KEY, "active": False},
    "grant": {"email": "you@lab.example", "tier": "researcher", "was": "free", "limits": LIMITS},
    "create_account": {"email": "you@lab.example", "api_key": KEY, "tier": "researcher", "limits": LIMITS},
    "accounts": {"accounts": [{"email": "you@lab.example", "created_at": "2026-02-18T12:00:00.000Z", **USAGE}]},
    "health": {"status": "ok", "database": "connected", "jobs_running": 1, "jobs_queued": 0},
}  # fmt: skip
REFUSALS = {
    400: ("The request is not acceptable; every fault is told.", "connections.0.source: must be the label of a population."),
    401: ("No API key, or none that is known here.", "Missing API key: send it in the header X-API-Key."),
    403: ("Beyond the tier, or beyond the key's scope.", "Tier limit exceeded: 2000 neurons, and tier free allows 1024."),
    404: ("Not there, or not yours.", "Network not found: net_3f9c2a7b41d05e68"),
    409: ("Not in this state, or taken already.", "This e-mail address is already registered."),
    413: ("The body is larger than this server accepts.", "The request body is larger than 16777216 bytes."),
    429: ("The day's jobs are used up.", "Daily job limit reached: 10 of 10 jobs of tier free are used."),
}
MAY: Mapping[str, tuple[int, ...]] = {
    "signup": (400, 403, 409, 429), "create_network": (400, 401, 403, 413), "list_networks": (400, 401),
    "get_network": (401, 404),
    "delete_network": (401, 403, 404), "submit_job": (400, 401, 403, 404, 413, 429), "list_jobs": (400, 401),
    "get_job": (401, 404), "cancel_job": (401, 403, 404, 409), "estimate_job": (400, 401, 403, 404),
    "get_spikes": (400, 401, 404, 409), "get_weights": (401, 404, 409), "get_probes": (401, 404, 409),
    "get_hardware": (401, 404, 409), "usage": (401,), "create_key": (400, 401, 403), "list_keys": (401, 403),
    "revoke_key": (401, 403, 404, 409), "grant": (), "create_account": (), "accounts": (), "health": (),
}  # fmt: skip
"""How each request may be refused."""

OPERATORS = ("grant", "create_account", "accounts")
PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}
"""How the native API refuses, and the operator's routes beside it."""


def documented(name: str) -> dict[str, Any]:
    """The keyword arguments of a route that describe its request and its answers."""
    responses: dict[int | str, dict[str, Any]] = {
        200: {"description": "Done.", "content": {"application/json": {"example": ANSWERS[name]}}}
    }
    if name in OPERATORS:
        responses["4XX"] = {"description": "Refused, with the reason; nothing was changed.", "content": PROBLEM}
    for status in MAY[name]:
        says, detail = REFUSALS[status]
        responses[status] = {"description": says, "content": {"application/json": {"example": {"detail": detail}}}}
    if name not in BODIES:
        return {"responses": responses}
    content = {"application/json": {"schema": {"type": "object"}, "example": BODIES[name]}}
    return {"responses": responses, "openapi_extra": {"requestBody": {"required": True, "content": content}}}
