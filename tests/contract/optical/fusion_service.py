"""What the contract's tests share: two requests, waiting, and reading an event stream."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx2

BEAT_S = 0.5

# A minute and more of work for the reference simulator: what tests cancel. Its loads settle nothing.
LONG = {
    "general_settings": {
        "erlang_start": 1200,
        "erlang_stop": 1200,
        "num_requests": 200000,
        "max_iters": 50,
        "dynamic_lps": True,
    }
}
SHORT = {
    "general_settings": {
        "erlang_start": 300,
        "erlang_stop": 400,
        "erlang_step": 100,
        "num_requests": 200,
        "max_iters": 3,
        "max_segments": 1,
    },
    "routing_settings": {"k_paths": 2},
}


def until(found, seconds: float) -> Any:
    """Wait for `found()` to be true, for at most `seconds`."""
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
    return value


def messages(response: httpx2.Response) -> Iterator[dict[str, str]]:
    """The messages of an event stream, one dictionary each: {event, data, id}."""
    message: dict[str, str] = {}
    for line in response.iter_lines():
        if line:
            name, _, value = line.partition(": ")
            if name:
                message[name] = f"{message[name]}\n{value}" if name in message else value
        elif message:
            yield message
            message = {}
