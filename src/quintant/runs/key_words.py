"""What a lab's schema says of its keys, dotted down to single values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from quintant.config import Config, json_schema
from quintant.lab import Lab

_INDEX = re.compile(r"\.\d+(?=\.|$)")
_KINDS = {"number": "number", "integer": "number", "string": "text", "boolean": "text"}


@dataclass(frozen=True)
class KeyWords:
    """What a lab's schema says of one key. `kinds`: of its values; `unit` "" for none."""

    unit: str
    kinds: frozenset[str]
    says: str = ""
    essential: bool = False


def key_words(lab: Lab | None, key: str) -> KeyWords | None:
    """What a lab says of a dotted key, whatever the places in lists that it names."""
    if lab is None:
        return None
    known = keys_of(lab.config)
    return known.get(key) or known.get(_INDEX.sub(".*", key))


@lru_cache(maxsize=64)
def keys_of(kind: type[Config]) -> Mapping[str, KeyWords]:
    """All keys of a Config down to single values, dotted, with `*` for a place in a list."""
    schema = json_schema(kind)
    described: dict[str, KeyWords] = {}
    for key, description in _walked(schema, schema, "", frozenset()):
        if key in described:
            description = KeyWords(
                description.unit or described[key].unit,
                description.kinds | described[key].kinds,
                described[key].says,
                described[key].essential,
            )
        described[key] = description
    return described


def _walked(schema: Any, part: Any, path: str, seen: frozenset[str]) -> Iterator[tuple[str, KeyWords]]:
    """Through objects, lists and unions; a type that holds itself is followed once."""
    if "$ref" in part:
        name = part["$ref"]
        if name in seen:
            return
        target = schema["$defs"][name.rpartition("/")[2]]
        yield from _walked(schema, {**target, **{k: v for k, v in part.items() if k != "$ref"}}, path, seen | {name})
        return
    for branch in (*part.get("anyOf", ()), *part.get("oneOf", ())):
        beside = {name: part[name] for name in ("unit", "description", "essential") if name in part and "$ref" not in branch}
        yield from _walked(schema, {**beside, **branch}, path, seen)
    types = part.get("type", ())
    types = {types} if isinstance(types, str) else set(types)
    kinds = {_KINDS[name] for name in types if name in _KINDS}
    if "enum" in part or "const" in part:
        values = part.get("enum", [part.get("const")])
        kinds |= {"text" if isinstance(v, (str, bool)) else "number" for v in values if v is not None}
    if kinds and path:
        yield path, KeyWords(part.get("unit", ""), frozenset(kinds), part.get("description", ""), bool(part.get("essential")))
    for name, inner in part.get("properties", {}).items():
        yield from _walked(schema, inner, f"{path}.{name}" if path else name, seen)
    items = [part["items"]] if isinstance(part.get("items"), dict) else []
    for inner in (*items, *part.get("prefixItems", ())):
        yield from _walked(schema, inner, f"{path}.*", seen)
