"""What the OpenAPI page shows: an example of every request and answer."""

from __future__ import annotations

from collections.abc import Mapping

from quintant.json_value import Json

ID = "api_run_20240215_123456_789012"
REFUSALS: Mapping[int, Json] = {
    400: "Invalid simulation ID format.",
    403: "The terminal is off; QUINTANT_TERMINAL=on allows it on this machine.",
    404: "Simulation not found.",
    410: "Last-Event-ID: 3:99999 is beyond the log, which has 4523 bytes. Connect without it.",
    422: [
        {
            "loc": ["body", "shared_settings", "num_of_rounds"],
            "msg": "must be at least 1; got -3.",
            "type": "value_error",
            "input": -3,
        }
    ],
    500: "The simulation does not stop; it is not deleted. Try again.",
}
MEANINGS = {
    200: "OK",
    201: "Created",
    400: "Not an id, not a path, not a file type, not a name",
    403: "The door is shut",
    404: "Not found",
    410: "The position is not in the log",
    422: "Invalid input",
    500: "Not possible",
}
FLAT = {"aggregation_strategy_keyword": "fedavg", "num_of_rounds": 10, "dataset_keyword": "femnist_iid"}
STRUCTURED = {
    "shared_settings": {"num_of_rounds": 10, "dataset_keyword": "femnist_iid"},
    "simulation_strategies": [{"aggregation_strategy_keyword": "fedavg"}],
}
CREATED = {"simulation_id": ID}
STORED = {"shared_settings": FLAT, "simulation_strategies": [FLAT]}
STATUS = {
    "status": "running",
    "progress": 0.3,
    "current_round": 3,
    "total_rounds": 10,
    "current_strategy": 0,
    "total_strategies": 1,
    "error": None,
    "origin": "api",
    "created_at": "2024-02-15T12:34:56.789012Z",
    "started_at": "2024-02-15T12:34:57.012345Z",
}
LIST = [
    {
        "simulation_id": ID,
        "display_name": None,
        "strategy_name": "fedavg",
        "num_of_rounds": 10,
        "num_of_clients": 7,
        "created_at": "2024-02-15T12:34:56.789012Z",
        "status": "running",
        "config": STORED,
    }
]
DETAIL = {
    "simulation_id": ID,
    "display_name": None,
    "config": STORED,
    "result_files": ["csv/round_metrics_0.csv", "plot_data_0.json"],
    **STATUS,
}
BULK = {"simulation_ids": [ID, "api_run_20240215_123456_789013"]}
BULK_DELETED = {
    "deleted": [ID],
    "failed": [{"simulation_id": "api_run_20240215_123456_789013", "error": "Simulation not found"}],
}
RECORDS = [{"round": 1, "aggregated_loss_history": 2.1, "average_accuracy_history": 0.31}]
PLOT = {
    "strategy_number": 0,
    "rounds": [1, 2],
    "removal_threshold_history": None,
    "per_client_metrics": [
        {
            "client_id": 0,
            "is_malicious": False,
            "metrics": {
                "removal_criterion_history": [None, None],
                "absolute_distance_history": [0.4, 0.3],
                "loss_history": [2.1, 1.8],
                "accuracy_history": [0.3, 0.5],
            },
        }
    ],
}
QUEUE = {
    "queued": 1,
    "pending": 0,
    "running": 1,
    "completed": 5,
    "failed": 0,
    "stopped": 0,
    "total": 7,
    "is_empty": False,
}
DATASET = {
    "valid": True,
    "compatible": True,
    "info": {
        "splits": ["train", "test"],
        "num_examples": 5000,
        "features": "image 1×28×28, label of 10 classes",
        "has_label": True,
        "key_features": ["image", "label"],
    },
    "error": None,
    "reason": None,
}
DEVICES = {"available_devices": ["cpu"], "gpu_available": False, "gpu_info": None, "recommended_device": "cpu"}
CHAT = {"messages": [{"role": "user", "content": [{"type": "text", "text": "Who was removed, and why?"}]}]}
STREAM = (
    'event: output\ndata: {"text":"2024-02-15 12:34:57 INFO Round 1 of 10\\n"}\nid: 4:41\n\nevent: done\ndata: \nid: end\n\n'
)
LOGS = 'event: log\ndata: {"timestamp":"2024-02-15 12:34:57","level":"INFO","message":"Round 1 of 10"}\nid: 41\n\n'

REFUSED = {
    "description": "Refused, with the reason",
    "content": {"application/json": {"schema": {"type": "object", "properties": {"detail": {}}}}},
}


def said(word: str) -> dict[str, Json]:
    return {"message": word, "simulation_id": ID}


def answers(good: Mapping[int, Json], *refusals: int) -> dict[int | str, dict[str, Json]]:
    """OpenAPI answers by status: the good ones with their example, the refusals as `{"detail": …}`."""
    responses: dict[int | str, dict[str, Json]] = {status: _shown(status, example) for status, example in good.items()}
    return responses | {status: _shown(status, {"detail": REFUSALS[status]}) for status in refusals} | {"4XX": REFUSED}


def stream(example: str, *refusals: int) -> dict[int | str, dict[str, Json]]:
    return {
        **answers({}, *refusals),
        200: {"description": "Server-Sent Events", "content": {"text/event-stream": {"example": example}}},
    }


def body(*examples: Json) -> dict[str, Json]:
    named = {f"example {number}": {"value": example} for number, example in enumerate(examples, 1)}
    shown = {"example": examples[0]} if len(examples) == 1 else {"examples": named}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}, **shown}}}}


def _shown(status: int, example: Json) -> dict[str, Json]:
    return {"description": MEANINGS[status], "content": {"application/json": {"example": example}}}
