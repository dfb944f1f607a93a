"""What the OpenAPI page shows: an example of every request and answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quintant.labs.spiking.contract.keys import TABLE
from quintant.labs.spiking.contract.rendering import ARROW
from quintant.labs.spiking.contract.schema import RUN as RUN_FIELDS
from quintant.labs.spiking.contract.schema import WEIGHTS as WEIGHTS_FIELDS
from quintant.labs.spiking.contract.schema import Type, openapi

RUN: dict[str, Any] = {
    "config": {"T": 800, "dt": 0.1, "N_E": 80, "N_I": 20, "seed": 1},
    "inputs": {
        "input_type": "external_spike_train", "input_population": "e", "lambda0_hz": 30, "mod_depth": 0.7,
        "envelope_freq_hz": 5, "phase_rad": 0.0, "w_in": 0.25, "tau_in_ms": 3.0,
    },
    "performance_mode": True,
    "max_spikes": 30000,
}  # fmt: skip
WEIGHTS: dict[str, Any] = {"config": {"N_E": 80, "N_I": 20, "seed": 1}, "weights": {"seed": 1, "clamp_min": 0.0}}
INVALID = {
    "detail": [
        {
            "type": "int_from_float",
            "loc": ["body", "config", "N_E"],
            "msg": "config.N_E: must be a whole number; got 12.5.",
            "input": 12.5,
        }
    ]
}
BUSY = {"detail": "No slot became free within 30 s; the request was not run. Try again later."}


def body(example: Mapping[str, Any]) -> dict[str, Any]:
    sections = {
        name: {"type": ["object", "null"], "description": ", ".join(keys)}
        for name, keys in TABLE.sections.items()
        if name and (name in ("config", "weights") or name in example)
    }
    return {
        "requestBody": {
            "required": False,
            "content": {
                "application/json": {"schema": {"type": ["object", "null"], "properties": sections}, "example": example}
            },
        }
    }


def of_run() -> dict[int | str, dict[str, Any]]:
    return _answers(RUN_FIELDS, "All fields of RunResponse; what performance_mode leaves out is 0 or empty.")


def of_weights() -> dict[int | str, dict[str, Any]]:
    return _answers(WEIGHTS_FIELDS, "Histograms of the four blocks and a heat map of the whole matrix.")


def _answers(fields: Mapping[str, Type], says: str) -> dict[int | str, dict[str, Any]]:
    return {
        200: {"description": says, "content": {"application/json": {"schema": openapi(fields)}, ARROW: {}}},
        422: {
            "description": "Refused, with the place; nothing was run.",
            "content": {
                "application/json": {
                    "schema": {"type": "object", "properties": {"detail": {"type": "array"}}},
                    "example": INVALID,
                }
            },
        },
        "5XX": {
            "description": "No slot became free (503), or the simulation failed (500).",
            "content": {"application/json": {"schema": {"type": "object"}, "example": BUSY}},
        },
    }
