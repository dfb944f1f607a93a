"""Key: all that is known of a parameter, said once, where a Config declares it.

Form, command line, docs, warnings and the page are made of what stands at `key(...)`; nothing of it is repeated elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel, Field
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from quintant.config.condition import Condition


@dataclass(frozen=True)
class Key:
    """What `key(...)` says beyond pydantic's own: type, default and bounds stand in the field."""

    says: str
    group: str | None = None
    unit: str | None = None
    essential: bool = False
    source: str | None = None
    when: Condition | None = None
    purposes: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


def key(
    default: Any = PydanticUndefined,
    *,
    says: str,
    group: str | None = None,
    unit: str | None = None,
    essential: bool = False,
    source: str | None = None,
    when: Condition | None = None,
    purposes: tuple[str, ...] = (),
    synonyms: tuple[str, ...] = (),
    files: tuple[str, ...] = (),
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
    pattern: str | None = None,
) -> Any:
    """Declare one key of a Config or of one of its parts.

    says        what it is, in one sentence; `group`: under which heading; `essential`: shown first (at most twelve)
    unit        of the number; the key's name ends in it where it has one (`t_ms`)
    source      where the default comes from
    when        when it is read (`quintant.config.condition`); without, always. Where it is not, a value that was given is
                told to have no effect, the page greys it, and no sweep may vary it
    purposes    the random streams of the lab (`Lab.purposes`) whose draws it changes
    synonyms    other words for it, which `--set` and `explain` understand and errors lead from
    files       endings of files of one's own that it takes (".graphml"), which `Lab.files` reads
    ge … pattern  bounds, as pydantic has them
    """
    extra: dict[str, Any] = {"essential": essential}
    for name, fact in (("group", group), ("unit", unit), ("source", source)):
        if fact is not None:
            extra[name] = fact
    bounds: dict[str, Any] = {
        "ge": ge, "gt": gt, "le": le, "lt": lt, "min_length": min_length, "max_length": max_length, "pattern": pattern,
    }  # fmt: skip
    bounds = {name: bound for name, bound in bounds.items() if bound is not None}
    field: FieldInfo = Field(default, description=says, json_schema_extra=extra, **bounds)
    field.metadata.append(Key(says, group, unit, essential, source, when, purposes, synonyms, files))
    return field


@cache
def keys_of(kind: type[BaseModel]) -> Mapping[str, Key]:
    """What is known of each key of a Config or part, in the order of their declaration."""
    return {name: key_of(field) for name, field in kind.model_fields.items()}


def key_of(field: FieldInfo) -> Key:
    for fact in field.metadata:
        if isinstance(fact, Key):
            return fact
    return Key(field.description or "")


@cache
def synonyms_of(kind: type[BaseModel]) -> Mapping[str, str]:
    """Other words for the keys of a Config or part."""
    return {other: name for name, known in keys_of(kind).items() for other in known.synonyms}


def drawn_from(kind: type[BaseModel], purpose: str) -> tuple[str, ...]:
    """The keys whose values change what is drawn for a purpose."""
    return tuple(name for name, known in keys_of(kind).items() if purpose in known.purposes)
