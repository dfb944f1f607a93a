"""The judgement of a config before it runs."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from quintant.lab import DEFAULT_PRESET
from quintant.server.native.shapes.base import SHA, PresetName, Shape, example


class ProblemOfConfig(Shape):
    path: str
    message: str
    value: Any = None
    allowed: Any = None
    hint: str | None = None


class Warned(Shape):
    path: str
    message: str
    hint: str | None = None


class ValidateBody(BaseModel):
    """A config to be judged; nothing is created."""

    model_config = example({"preset": "fair", "config": {"bias": 0.7}}, extra="forbid", strict=True)

    preset: PresetName = DEFAULT_PRESET
    config: dict[str, Any] = Field({}, description="Keys that replace those of the base, whole; dotted ones reach inside.")


class Verdict(Shape):
    model_config = example(
        {
            "valid": True,
            "problems": [],
            "warnings": [{"path": "bias", "message": "1 leaves nothing to chance.", "hint": None}],
            "config": {"bias": 1.0, "steps": 5},
            "config_hash": SHA,
            "changed": ["bias"],
        },
        extra="forbid",
    )

    valid: bool
    problems: list[ProblemOfConfig]
    warnings: list[Warned]
    config: dict[str, Any] | None = Field(description="The full config with every default; None while it is not valid.")
    config_hash: str | None
    changed: list[str] = Field(description="Keys that differ from the preset, or from the defaults without one.")
