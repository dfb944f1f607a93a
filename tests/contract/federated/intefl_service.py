"""What the contract's tests share: a server, two requests, waiting, and reading an event stream."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2

from quintant.runs import open_runs
from quintant.server.app import create_app
from quintant.settings import Settings
from quintant.testing.serving import quieten, serving

BEAT_S = 0.5
IDLE_S = 9.0
FLIP = {
    "attack_type": "label_flipping", "start_round": 1, "end_round": 3, "selection_strategy": "specific",
    "malicious_client_ids": [0],
}  # fmt: skip
SCALE = {
    "attack_type": "gradient_scaling", "start_round": 2, "end_round": 3, "selection_strategy": "specific",
    "malicious_client_ids": [0], "scale_factor": 8.0,
}  # fmt: skip
SHORT: dict[str, Any] = {
    "shared_settings": {
        "display_name": "Two defences",
        "dataset_keyword": "digits",
        "model_type": "mlp",
        "num_of_rounds": 3,
        "num_of_clients": 5,
        "remove_clients": True,
        "begin_removing_from_round": 2,
        "attack_schedule": [FLIP, SCALE],
        "save_attack_snapshots": True,
        "snapshot_max_samples": 2,
    },
    "simulation_strategies": [
        {"aggregation_strategy_keyword": "pid", "num_std_dev": 1.0},
        {"aggregation_strategy_keyword": "krum", "num_krum_selections": 3},
    ],
}
# Minutes of work: what tests stop.
LONG: dict[str, Any] = {
    "aggregation_strategy_keyword": "fedavg",
    "dataset_keyword": "digits",
    "model_type": "cnn",
    "num_of_rounds": 10_000,
    "num_of_clients": 10,
}


@contextlib.contextmanager
def served(folder: Path) -> Iterator[Any]:
    """(facade, address) of a server with one worker, whose terminal is on."""
    settings = Settings(
        data_dir=folder / "data", cache_dir=folder / "cache", workers=1, heartbeat_s=BEAT_S, grace_s=0.3, terminal="on",
        terminal_sessions=2, terminal_idle_s=IDLE_S,
    )  # fmt: skip
    with open_runs(settings, execute=True) as runs, serving(create_app(runs, settings)) as address:
        yield runs, address
        quieten(runs)


def until(found: Any, seconds: float) -> Any:
    """Wait for `found()` to be true, for at most `seconds`."""
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
    return value


def messages(response: httpx2.Response) -> Iterator[dict[str, str]]:
    """The messages of an event stream, one dictionary each: {event, data, id}; comments are left out."""
    message: dict[str, str] = {}
    for line in response.iter_lines():
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            message[name] = f"{message[name]}\n{value}" if name in message else value
        elif message:
            yield message
            message = {}
