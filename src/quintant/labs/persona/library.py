"""The library: personas, event templates, instruments and conditions, read from YAML and validated.

Ships with the lab (`data/`). A folder named by QUINTANT_PERSONA_LIBRARY with the same layout is looked into first, so that any
of these files can be replaced or added to without touching the installation. What a Run used stands in its result.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from quintant.config import suggest
from quintant.errors import ConfigError, NotFound, Problem
from quintant.labs.persona.parts import Condition, InstrumentId, Persona
from quintant.labs.persona.settings import LIBRARY

SHIPPED = Path(__file__).parent / "data"
Severity = Literal["low", "medium", "high", "severe"]
SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high", "severe")
Trait = Literal["openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism"]
EventType = Literal["stress", "neutral", "minimal"]
EVENT_TYPES: tuple[EventType, ...] = ("stress", "neutral", "minimal")
Text = Annotated[str, Field(min_length=1, max_length=2000)]
Range = tuple[float, float]
P = TypeVar("P", bound=BaseModel)


class Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Variant(Entry):
    """One wording of an event; `diary` is what the persona writes of it."""

    title: Text
    description: Text
    diary: Text


class Template(Entry):
    """A kind of life event. Ranges are drawn from uniformly; `impact` is on the stress scale 0..10, `hours` its duration."""

    id: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    category: str = Field(pattern=r"^[a-z_]{1,40}$")
    severity: tuple[Severity, Severity]
    impact: Range
    hours: Range
    traits: Mapping[Trait, Range]
    words: Mapping[str, tuple[Text, ...]] = Field(default_factory=dict)
    variants: tuple[Variant, ...] = Field(min_length=1)

    def within(self, allowed: tuple[Severity, Severity]) -> bool:
        """Whether all of its severities lie in the allowed range."""
        low, high = (SEVERITIES.index(severity) for severity in allowed)
        return low <= SEVERITIES.index(self.severity[0]) and SEVERITIES.index(self.severity[1]) <= high


class Templates(Entry):
    type: EventType
    templates: tuple[Template, ...] = Field(min_length=1)


class Band(Entry):
    from_: int = Field(alias="from", ge=0)
    name: str


class Item(Entry):
    text: Text
    short: Text
    reversed: bool = False


class Instrument(Entry):
    """A questionnaire with its own licence notice. Items score 0..len(options) - 1."""

    id: InstrumentId
    name: Text
    licence: Text
    source: Text
    stem: Text
    options: tuple[Text, ...] = Field(min_length=2)
    bands: tuple[Band, ...] = Field(min_length=1)
    bands_are: Literal["published", "informal"]
    smallest_change_points: float = Field(gt=0)
    reliable_change_points: float = Field(gt=0)
    standard_error_points: float = Field(gt=0)
    sensitive_items: tuple[int, ...] = ()
    items: tuple[Item, ...] = Field(min_length=1)

    @property
    def most_per_item(self) -> int:
        return len(self.options) - 1

    @property
    def most(self) -> int:
        return self.most_per_item * len(self.items)

    def severity(self, total: float) -> str:
        """The band that a total falls into."""
        return [band.name for band in self.bands if total >= band.from_][-1]

    def band(self, total: float) -> int:
        """The number of that band, from 0."""
        return sum(total >= band.from_ for band in self.bands) - 1

    def item_id(self, number: int) -> str:
        return f"{self.id}.{number}"


class ConditionRow(Entry):
    """Daily probabilities per persona, and which stress templates and intensities a condition allows."""

    stress_event_probability: float = Field(ge=0, le=1)
    neutral_event_probability: float = Field(ge=0, le=1)
    minimal_event_probability: float = Field(ge=0, le=1)
    intensity: tuple[Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)]]
    severity: tuple[Severity, Severity]
    says: Text


def persona_names() -> list[str]:
    return sorted({path.stem for folder in folders() for path in (folder / "personas").glob("*.yaml")})


def persona(name: str) -> Persona:
    """The persona of that name. NotFound names the nearest."""
    known = persona_names()
    if name not in known:
        near = suggest(name, known)
        raise NotFound("persona", name, near or f"Known: {', '.join(known)}.")
    return read(Persona, f"personas/{name}.yaml")


def templates() -> dict[EventType, tuple[Template, ...]]:
    return {kind: read(Templates, f"events/{kind}.yaml").templates for kind in EVENT_TYPES}


def instrument(id: InstrumentId) -> Instrument:
    return read(Instrument, f"instruments/{id}.yaml")


def conditions() -> dict[Condition, ConditionRow]:
    path = _find("conditions.yaml")
    return {name: _valid(ConditionRow, row, path, name) for name, row in _yaml(path, path.stat().st_mtime_ns).items()}


def folders() -> list[Path]:
    own = LIBRARY.read()
    return [*([Path(own).expanduser()] if own else []), SHIPPED]


def _find(relative: str) -> Path:
    for folder in folders():
        if (folder / relative).is_file():
            return folder / relative
    raise NotFound("library file", relative)


def read(kind: type[P], relative: str) -> P:
    path = _find(relative)
    return _valid(kind, _yaml(path, path.stat().st_mtime_ns), path, "")


def _valid(kind: type[P], raw: Any, path: Path, prefix: str) -> P:
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        raise ConfigError(
            Problem(
                ".".join([path.name, *([prefix] if prefix else []), *map(str, fault["loc"])]),
                f"{fault['msg']}.",
                fault.get("input"),
            )
            for fault in error.errors()
        ) from None


@cache
def _yaml(path: Path, changed_ns: int) -> Any:
    """The content of a file as it was at `changed_ns`."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(Problem(path.name, f"cannot be read: {error}.")) from None
