"""The record of a Run."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from quintant.server.native.shapes.base import RUN_ID, SHA, Shape, example


class RecordShape(Shape):
    """Everything that is needed to repeat the Run, and to know whether it can be expected to be the same."""

    model_config = example(
        {
            "run": RUN_ID,
            "lab": "coin",
            "lab_version": "1",
            "config": {"bias": 0.5},
            "config_hash": SHA,
            "root_seed": 42,
            "streams": {"arrivals": "1122334455667788"},
            "exact_hash": SHA,
            "result_hash": SHA,
            "record": {"platform": "linux-x86_64-cp311-np2.4"},
        },
        extra="forbid",
    )

    run: str
    lab: str
    lab_version: str
    config: dict[str, Any]
    config_hash: str
    root_seed: int
    streams: dict[str, str] = Field(description="64-bit seeds of the named streams, in decimal digits as text.")
    exact_hash: str | None
    result_hash: str | None
    record: dict[str, Any] = Field(description="Versions, platform, code hash and timings.")
