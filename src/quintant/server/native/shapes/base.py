"""Base of every shape, and the ids, hashes and times that examples share."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

RUN_ID = "7f3a9c0d1e2b"


SWEEP_ID = "c41d20aa96e3"


SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


T0, T1, T2 = "2026-11-22T10:00:00.000000Z", "2026-11-22T10:00:00.412000Z", "2026-11-22T10:00:04.980000Z"


PresetName = Annotated[
    str | None,
    Field(
        description='Preset whose config is the base; left out (or "default"): the lab\'s default one. null (or "none"): the '
        "lab's bare defaults."
    ),
]


Extra = Literal["forbid", "allow"]


def example(value: dict[str, Any], *, extra: Extra = "forbid", strict: bool = False) -> ConfigDict:
    """The configuration of a shape with its example."""
    return ConfigDict(json_schema_extra={"examples": [value]}, extra=extra, strict=strict)


class Shape(BaseModel):
    """Base of what is answered."""

    model_config = ConfigDict(extra="forbid")
