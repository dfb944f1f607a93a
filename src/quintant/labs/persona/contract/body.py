"""The start request: what the contract takes, and the PersonaConfig it means."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from quintant.config import parse
from quintant.contract import read_json
from quintant.errors import ConfigError, NotFound, Problem
from quintant.labs.persona import library
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.contract.route import Invalid, Refusal

DEFAULT = "experimental_design"
WIRE_NAMES = {
    "stress_event_probability": "stress_event_frequency",
    "neutral_event_probability": "neutral_event_frequency",
}
INTERVAL_DAYS = PersonaConfig.model_fields["assessment_interval_days"].default
MOST_BYTES = 64 * 1024
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
    """The body of POST /simulation/start. Everything may be left out, or null."""

    model_config = ConfigDict(strict=True, extra="allow", allow_inf_nan=False)

    config_name: str | None = Field(DEFAULT, min_length=1, max_length=80)
    experimental_condition: str | None = "CONTROL"
    duration_days: int | None = Field(None, ge=1, le=1825)
    stress_event_frequency: float | None = Field(None, ge=0, le=1)
    neutral_event_frequency: float | None = Field(None, ge=0, le=1)


@dataclass(frozen=True)
class Asked:
    """A start request understood: its names, the config meant, and what was done otherwise than it says."""

    config_name: str
    condition: str
    config: PersonaConfig
    warnings: tuple[Problem, ...]


def read(data: bytes) -> Asked:
    """The request, understood. Refusal (413, or 404 for an unknown configuration), Invalid with a fault for each place, or
    ConfigError, in the wire's words, for values that do not go together. An empty body means all defaults."""
    if len(data) > MOST_BYTES:
        raise Refusal(413, f"The request body has {len(data)} bytes; {MOST_BYTES} are the most.")
    raw = read_json(data) if data.strip() else {}
    if not isinstance(raw, dict):
        raise Invalid([Problem("", f"must be a JSON object; got {type(raw).__name__}.")])
    try:
        start = Start.model_validate(raw)
    except ValidationError as error:
        raise Invalid(
            [Problem(".".join(map(str, one["loc"])), f"{one['msg']}; got {one['input']!r:.80}.") for one in error.errors()]
        ) from None
    name, condition = start.config_name or DEFAULT, (start.experimental_condition or "CONTROL").upper()
    if condition not in CONDITIONS:
        text = f"must be one of {', '.join(CONDITIONS)} in either case; got {condition[:40]!r}."
        raise Invalid([Problem("experimental_condition", text)])
    config, warnings = _config(design(name), condition, start)
    ignored = [Problem(key[:80], "is not a key of this request; it is ignored.") for key in start.model_extra or ()]
    return Asked(name, condition, config, (*ignored, *warnings, *config.warnings()))


def _config(chosen: Design, condition: str, start: Start) -> tuple[PersonaConfig, list[Problem]]:
    """What the request means natively: the design, and over it what was asked for."""
    asked = {"duration_days": start.duration_days} | {native: getattr(start, wire) for native, wire in WIRE_NAMES.items()}
    raw = {**chosen.config, "condition": condition, **{name: value for name, value in asked.items() if value is not None}}
    if url := os.environ.get("QDRANT_URL"):
        if urlsplit(url).username is not None:
            raise Refusal(503, "QDRANT_URL: a key does not belong in a URL that runs record; name it in QDRANT_API_KEY.")
        raw.setdefault("memory_url", url)
    if url := os.environ.get("REDIS_URL"):
        if urlsplit(url).username is not None or urlsplit(url).password is not None:
            raise Refusal(503, "REDIS_URL: a password does not belong in a URL that runs record; name it in REDIS_PASSWORD.")
        raw.setdefault("mirror_url", url)
    warnings = [*_assessed(raw, start), *_given_way(raw, start, condition)]
    try:
        return parse(PersonaConfig, raw), warnings
    except ConfigError as error:
        raise ConfigError(
            replace(one, path=WIRE_NAMES.get(one.path, one.path), message=_worded(one.message)) for one in error.problems
        ) from None


def _assessed(raw: dict[str, Any], start: Start) -> Iterable[Problem]:
    """A study shorter than the interval between assessments, which the request cannot name, has the first and the last."""
    days, interval = start.duration_days, raw.get("assessment_interval_days", INTERVAL_DAYS)
    if days is not None and isinstance(interval, int) and days < interval:
        raw["assessment_interval_days"] = days
        text = f"is below the configuration's interval between assessments ({interval} days): they are on day 0 and day {days}."
        yield Problem("duration_days", text, days)


def _given_way(raw: dict[str, Any], start: Start, condition: str) -> Iterable[Problem]:
    """Neutral events that nobody asked for give way to stressful ones that somebody did: together they are at most 1."""
    stress = start.stress_event_frequency
    if stress is None or start.neutral_event_frequency is not None:
        return
    usual = library.conditions()[condition].neutral_event_probability  # type: ignore[index]
    neutral = raw.get("neutral_event_probability", usual)
    if isinstance(neutral, int | float) and stress + neutral > 1:
        raw["neutral_event_probability"] = 1 - stress
        text = f"is {1 - stress:g}, not the condition's {neutral:g}: with stress_event_frequency {stress:g} no more is left."
        yield Problem("neutral_event_frequency", text, 1 - stress)


def _worded(text: str) -> str:
    for native, wire in WIRE_NAMES.items():
        text = text.replace(native, wire)
    return text


def designs() -> tuple[list[Design], dict[str, str]]:
    """All designs, and why those that cannot be used cannot, by name."""
    found, broken = [], {}
    for name in sorted(_paths()):
        try:
            found.append(design(name))
        except ConfigError as error:
            broken[name] = error.detail
    return found, broken


def design(name: str) -> Design:
    paths = _paths()
    if name not in paths:
        raise NotFound("configuration", name, f"Known: {', '.join(sorted(paths))}.")
    return library.read(Design, f"simulations/{name}.yaml")


def _paths() -> dict[str, Path]:
    return {path.stem: path for folder in library.folders() for path in (folder / "simulations").glob("*.yaml")}
