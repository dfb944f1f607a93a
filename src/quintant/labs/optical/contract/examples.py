"""What the OpenAPI page shows: an example of every request and answer."""

from __future__ import annotations

from collections.abc import Mapping

from quintant.json_value import Json

REFUSALS = {
    400: "general_settings.network: Unknown network: 'nfsnet'. Available: nsfnet, usnet, cost239 Did you mean 'nsfnet'?",
    403: "Access denied: '../secret' leads outside the run's folder.",
    404: "Run not found: xyz123",
    409: "Run a1b2c3d4e5f6 is being cancelled; its deletion can be asked for once that has happened.",
    410: "offset: 99999 is beyond the log, which has 4523 bytes. Reconnect with from_start=true.",
}
MEANINGS = {
    200: "OK",
    201: "Created",
    400: "Invalid input",
    403: "Path traversal or access denied",
    404: "Not found",
    409: "Not allowed in the present state",
    410: "The position is no longer, or not yet, in the stream",
}

PROGRESS = {
    "current_erlang": 100,
    "total_erlangs": 16,
    "current_iteration": 45,
    "total_iterations": 100,
    "percent_complete": 35.2,
}
_RUN: dict[str, Json] = {
    "id": "a1b2c3d4e5f6",
    "name": "My Simulation",
    "status": "RUNNING",
    "template": "default",
    "created_at": "2024-01-15T10:00:00Z",
    "started_at": "2024-01-15T10:00:01Z",
    "completed_at": None,
    "error_message": None,
    "progress": {**PROGRESS, "latest_metrics": {"blocking_prob": 0.0234}},
}
_CONFIG = {"general_settings": {"network": "nsfnet", "erlang_start": 50.0}, "routing_settings": {"k_paths": 3}}

CREATE = {
    "name": "My Simulation",
    "template": "default",
    "config": {
        "general_settings": {"network": "nsfnet", "erlang_start": 50, "erlang_stop": 200, "erlang_step": 10, "max_iters": 100},
        "topology_settings": {"k_paths": 3},
    },
}
RUN: dict[str, Json] = {**_RUN, "config": _CONFIG, "warnings": []}
CREATED = {**RUN, "status": "PENDING", "started_at": None, "progress": None}
LIST = {"runs": [_RUN], "total": 42, "limit": 50, "offset": 0}
CANCELLED = {"id": "a1b2c3d4e5f6", "status": "CANCELLED"}
ARTIFACTS = {
    "path": "output",
    "entries": [
        {"name": "nsfnet", "type": "directory", "modified_at": "2024-01-15T10:10:00Z"},
        {"name": "loads.csv", "type": "file", "size_bytes": 45678, "modified_at": "2024-01-15T10:05:00Z"},
    ],
}
PREVIEW = {"path": "output/sim/s1/50_erlang.json", "type": "json", "content": {"blocking_mean": 0.022}, "truncated": False}
TEMPLATES = {
    "templates": [
        {"name": "default", "description": "Full-featured production baseline", "path": "fusion/configs/templates/default.ini"}
    ]
}
TEMPLATE = {"name": "default", "content": "[general_settings]\nnetwork = nsfnet\n", "parsed": _CONFIG}
VALIDATE = {"config": {"general_settings": {"network": "invalid_network", "erlang_start": -10}}}
INVALID = {
    "valid": False,
    "errors": [
        {
            "path": "general_settings.network",
            "message": "Unknown network: 'invalid_network'. Available: nsfnet, usnet, cost239",
        },
        {"path": "general_settings.erlang_start", "message": "Value must be positive"},
    ],
    "warnings": [{"path": "general_settings.max_iters", "message": "Using default value: 4"}],
}
VERSION = {"version": "6.1.0", "api_version": "1", "python_version": "3.11.5"}
SCHEMA = {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "properties": {}}
TOPOLOGIES = {"topologies": [{"name": "nsfnet", "nodes": 14, "links": 22, "description": "14-node 22-link NSFNET"}]}
TOPOLOGY = {
    "name": "nsfnet",
    "nodes": [{"id": "0", "label": "Seattle WA", "x": 1.7, "y": 0.0}],
    "links": [{"source": "0", "target": "1", "weight": 1000.0, "slots": 320}],
}
RUN_TOPOLOGY = {
    "name": "nsfnet",
    "nodes": [],
    "links": [
        {
            "source": "0",
            "target": "1",
            "slots_total": 320,
            "slots_used": 156,
            "utilization": 0.4875,
            "utilization_percent": 48.75,
        }
    ],
}
LOG_STREAM = "event: log\ndata: 2024-01-15 10:00:00 INFO Starting simulation...\n\nevent: end\ndata: COMPLETED\n\n"
PROGRESS_STREAM = (
    'event: progress\ndata: {"type":"erlang_complete","erlang":50,"metrics":{"mean_blocking":0.022},"cursor":"evt_00046"}\n\n'
    "event: end\ndata: COMPLETED\n\n"
)


REFUSED = {
    "description": "Refused, with the reason",
    "content": {"application/json": {"schema": {"type": "object", "properties": {"detail": {"type": "string"}}}}},
}


def answers(good: Mapping[int, Json], *refusals: int) -> dict[int | str, dict[str, Json]]:
    """OpenAPI answers by status: the good ones with their example, the refusals as `{"detail": …}`."""
    responses: dict[int | str, dict[str, Json]] = {status: _shown(status, example) for status, example in good.items()}
    return responses | {status: _shown(status, {"detail": REFUSALS[status]}) for status in refusals} | {"4XX": REFUSED}


def stream(example: str, *refusals: int) -> dict[int | str, dict[str, Json]]:
    return {
        **answers({}, *refusals),
        200: {"description": "Server-Sent Events", "content": {"text/event-stream": {"example": example}}},
    }


def body(example: Json) -> dict[str, Json]:
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}, "example": example}}}
    }


def _shown(status: int, example: Json) -> dict[str, Json]:
    return {"description": MEANINGS[status], "content": {"application/json": {"example": example}}}
