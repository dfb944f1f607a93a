"""The start request: what the contract takes, and the PersonaConfig it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from quintant.config import parse
from quintant.contract import read_json
from quintant.errors import ConfigError, NotFound, Problem
from quintant.labs.persona import library
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.contract.route import Invalid

DEFAULT = "experimental_design"
WIRE_NAMES = {
    "stress_event_probability": "stress_event_frequency",
    "neutral_event_probability": "neutral_event_frequency",
}
CONDITIONS = ("CONTROL", "STRESS", "TRAUMA", "NEUTRAL", "MINIMAL")


class Design(BaseModel):
    """A named configuration of the contract (data/simulations/*.yaml): what `config` says, over the lab's defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    description: str
    conditions: tuple[str, ...]
    personas_per_condition: int
    config: Mapping[str, Any]


class Start(BaseModel):
    """The body of POST /simulation/start. Everything may be left out."""

    model_config = ConfigDict(strict=True, extra="allow", allow_inf_nan=False)

    config_name: str = Field(DEFAULT, min_length=1, max_length=80)
    experimental_condition: str = "CONTROL"
    duration_days: int | None = Field(None, ge=1, le=1825)
    stress_event_frequency: float | None = Field(None, ge=0, le=1)
    neutral_event_frequency: float | None = Field(None, ge=0, le=1)

    @property
    def ignored(self) -> list[str]:
        return sorted(self.model_extra or ())


def read(data: bytes) -> Start:
    """The request, or Invalid with a fault for each place. An empty body means all defaults."""
    raw = read_json(data) if data.strip() else {}
    if not isinstance(raw, dict):
        raise Invalid([Problem("", f"must be a JSON object; got {type(raw).__name__}.")])
    try:
        start = Start.model_validate(raw)
    except ValidationError as error:
        raise Invalid(
            [Problem(".".join(map(str, one["loc"])), f"{one['msg']}; got {one['input']!r:.80}.") for one in error.errors()]
        ) from None
    condition = start.experimental_condition.upper()
    if condition not in CONDITIONS:
        text = f"must be one of {', '.join(CONDITIONS)} in either case; got {start.experimental_condition[:40]!r}."
        raise Invalid([Problem("experimental_condition", text)])
    return start.model_copy(update={"experimental_condition": condition})


def to_config(start: Start) -> PersonaConfig:
    """What the request means natively. NotFound for an unknown configuration, ConfigError in the wire's words."""
    chosen = {
        "condition": start.experimental_condition,
        "duration_days": start.duration_days,
        **{native: getattr(start, wire) for native, wire in WIRE_NAMES.items()},
    }
    raw = {**design(start.config_name).config, **{name: value for name, value in chosen.items() if value is not None}}
    try:
        return parse(PersonaConfig, raw)
    except ConfigError as error:
        raise ConfigError(
            replace(one, path=WIRE_NAMES.get(one.path, one.path), message=_worded(one.message)) for one in error.problems
        ) from None


def _worded(text: str) -> str:
    for native, wire in WIRE_NAMES.items():
        text = text.replace(native, wire)
    return text


def designs() -> list[Design]:
    return [design(name) for name in sorted(_paths())]


def design(name: str) -> Design:
    paths = _paths()
    if name not in paths:
        raise NotFound("configuration", name, f"Known: {', '.join(sorted(paths))}.")
    return library.read(Design, f"simulations/{name}.yaml")


def _paths() -> dict[str, Path]:
    return {path.stem: path for folder in library.folders() for path in (folder / "simulations").glob("*.yaml")}
