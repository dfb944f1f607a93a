"""The start request: what the contract takes, and the PersonaConfig it means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from quintant.errors import ConfigError, NotFound, Problem, first_told
from quintant.json_value import JsonObject
from quintant.labs.persona import library
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.contract.route import Invalid, Refusal
from quintant.labs.persona.settings import QDRANT_URL, REDIS_URL
from quintant.wire import reader
from quintant.wire.body import read_json
from quintant.wire.coercion import Kind, Mode
from quintant.wire.reader import Table, Wire

DEFAULT = "experimental_design"
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


NATIVE = {
    "duration_days": "duration_days",
    "stress_event_frequency": "stress_event_probability",
    "neutral_event_frequency": "neutral_event_probability",
}
TYPES: dict[str, Any] = {"config_name": Annotated[str, Field(min_length=1, max_length=80)], "experimental_condition": str} | {
    name: Annotated[field.annotation, *field.metadata]
    for name, native in NATIVE.items()
    for field in (PersonaConfig.model_fields[native],)
}
ADAPTERS: dict[str, TypeAdapter[Any]] = {
    name: TypeAdapter(kind, config=ConfigDict(strict=True, allow_inf_nan=False)) for name, kind in TYPES.items()
}
SCHEMA = {"type": "object", "properties": {name: adapter.json_schema() for name, adapter in ADAPTERS.items()}}


class Reading(reader.Reading):
    """The contract's words for a fault are pydantic's."""

    def unknown(self, path: str, known: Iterable[str], value: Any = None) -> None:
        self.warn(path[:80], "is not a key of this request; it is ignored.")

    def coerced(self, kind: Kind, value: Any, path: str, allowed: tuple[str, ...] = (), mode: Mode | None = None) -> Any:
        try:
            return ADAPTERS[path].validate_python(value)
        except ValidationError as error:
            for fault in error.errors():
                self.refuse(Problem(path, f"{fault['msg']}; got {fault['input']!r:.80}."))
        return None


def _condition(reading: Reading, value: Any, path: str) -> str | None:
    text = reading.coerced("any", value, path)
    if text and text.upper() not in CONDITIONS:
        fault = f"must be one of {', '.join(CONDITIONS)} in either case; got {text.upper()[:40]!r}."
        raise ConfigError(Problem(path, fault))
    return text.upper() if text else None


START = Table(
    PersonaConfig,
    (
        Wire("config_name", default=DEFAULT),
        Wire("experimental_condition", sets=("condition",), read=_condition, default=CONDITIONS[0]),
        *(Wire(name, native) for name, native in NATIVE.items()),
    ),
)
"""The body of POST /simulation/start. Everything may be left out, or null."""


@dataclass(frozen=True)
class Start:
    """A start request understood: its names, the config meant, and what was done otherwise than it says."""

    config_name: str
    condition: str
    config: PersonaConfig
    warnings: tuple[Problem, ...]


def read(data: bytes) -> Start:
    """The request, understood. Refusal (413, or 404 for an unknown configuration), Invalid with a fault for each place, or
    ConfigError, in the wire's words, for values that do not go together. An empty body means all defaults."""
    if len(data) > MOST_BYTES:
        raise Refusal(413, f"The request body has {len(data)} bytes; {MOST_BYTES} are the most.")
    body = read_json(data) if data.strip() else {}
    if not isinstance(body, dict):
        raise Invalid([Problem("", f"must be a JSON object; got {type(body).__name__}.")])
    reading = START.read(body, Reading())
    if reading.faults:
        raise Invalid(reading.faults)
    name, condition = reading.own["config_name"], reading.own["experimental_condition"]
    raw = {**design(name).config, "condition": condition, **reading.raw}
    _connect(raw)
    _assess(raw, reading)
    _give_way(raw, reading)
    config = START.parsed(raw)
    return Start(name, condition, config, first_told((*reading.warnings, *config.warnings())))


def _connect(raw: JsonObject) -> None:
    """The services that this server's environment names."""
    if url := QDRANT_URL.read():
        if urlsplit(url).username is not None:
            raise Refusal(503, "QDRANT_URL: a key does not belong in a URL that runs record; name it in QDRANT_API_KEY.")
        raw.setdefault("memory_url", url)
    if url := REDIS_URL.read():
        if urlsplit(url).username is not None or urlsplit(url).password is not None:
            raise Refusal(503, "REDIS_URL: a password does not belong in a URL that runs record; name it in REDIS_PASSWORD.")
        raw.setdefault("mirror_url", url)


def _assess(raw: JsonObject, reading: Reading) -> None:
    """A study shorter than the interval between assessments, which the request cannot name, has the first and the last."""
    days, interval = reading.raw.get("duration_days"), raw.get("assessment_interval_days", INTERVAL_DAYS)
    if days is not None and isinstance(interval, int) and days < interval:
        raw["assessment_interval_days"] = days
        text = f"is below the configuration's interval between assessments ({interval} days): they are on day 0 and day {days}."
        reading.warn("duration_days", text, days)


def _give_way(raw: JsonObject, reading: Reading) -> None:
    """Neutral events that nobody asked for give way to stressful ones that somebody did: together they are at most 1."""
    stress = reading.raw.get("stress_event_probability")
    if stress is None or "neutral_event_probability" in reading.raw:
        return
    usual = library.conditions()[raw["condition"]].neutral_event_probability
    neutral = raw.get("neutral_event_probability", usual)
    if isinstance(neutral, int | float) and stress + neutral > 1:
        raw["neutral_event_probability"] = 1 - stress
        text = f"is {1 - stress:g}, not the condition's {neutral:g}: with stress_event_frequency {stress:g} no more is left."
        reading.warn("neutral_event_frequency", text, 1 - stress)


def designs() -> tuple[list[Design], dict[str, str]]:
    """All designs, and why those that cannot be used cannot, by name."""
    usable, broken = [], {}
    for name in sorted(_paths()):
        try:
            usable.append(design(name))
        except ConfigError as error:
            broken[name] = error.detail
    return usable, broken


def design(name: str) -> Design:
    paths = _paths()
    if name not in paths:
        raise NotFound("configuration", name, f"Known: {', '.join(sorted(paths))}.")
    return library.read(Design, f"simulations/{name}.yaml")


def _paths() -> dict[str, Path]:
    return {path.stem: path for folder in library.folders() for path in (folder / "simulations").glob("*.yaml")}
