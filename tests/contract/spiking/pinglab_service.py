"""What the contract's tests share: its own examples, small requests, and reading an Arrow answer."""

from __future__ import annotations

import time
from typing import Any

import pyarrow as pa

ARROW = "application/vnd.apache.arrow.stream"
EXAMPLE: dict[str, Any] = {
    "config": {"T": 800, "dt": 0.1, "N_E": 80, "N_I": 20, "seed": 1},
    "inputs": {
        "input_type": "external_spike_train", "input_population": "e", "lambda0_hz": 30, "mod_depth": 0.7,
        "envelope_freq_hz": 5, "phase_rad": 0.0, "w_in": 0.25, "tau_in_ms": 3.0,
    },
    "performance_mode": True, "max_spikes": 30000,
}  # fmt: skip
WEIGHTS_EXAMPLE: dict[str, Any] = {"config": {"N_E": 80, "N_I": 20, "seed": 1}, "weights": {"seed": 1, "clamp_min": 0.0}}
SMALL: dict[str, Any] = {
    "config": {"T": 300, "N_E": 20, "N_I": 5}, "inputs": {"I_E_start": 1.5, "I_E_end": 1.5}, "burn_in_ms": 50,
}  # fmt: skip
LONG: dict[str, Any] = {
    "config": {"T": 2_000_000, "N_E": 300, "N_I": 50, "dt": 0.5}, "inputs": {"I_E_start": 0.1, "I_E_end": 0.1},
}  # fmt: skip
"""Minutes of work with few spikes: what tests give up."""
TIMES = ("core_sim_ms", "runtime_ms", "input_prep_ms", "weights_build_ms", "analysis_ms", "response_build_ms",
         "server_compute_ms")  # fmt: skip
HEADERS = ("Core-Sim-Ms", "Input-Prep-Ms", "Weights-Build-Ms", "Analysis-Ms", "Response-Build-Ms", "Server-Compute-Ms",
           "Serialize-Ms", "Response-Bytes")  # fmt: skip


def until(found: Any, seconds: float) -> Any:
    """Wait for `found()` to be true, for at most `seconds`."""
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
    return value


def row(data: bytes) -> tuple[pa.Schema, dict[str, Any]]:
    """The schema and the only row of an Arrow answer."""
    table = pa.ipc.open_stream(data).read_all()
    assert table.num_rows == 1
    return table.schema, table.to_pylist()[0]


def untimed(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer without what differs from time to time."""
    return {name: value for name, value in answer.items() if name not in TIMES}
