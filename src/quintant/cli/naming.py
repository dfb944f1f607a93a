"""Naming: the key that a word of the command line means, for `--set`, `--sweep` and `explain` alike.

    config.k_paths                as a request's body has it: k_paths
    attack_schedule.0.end_round   into objects by name, into lists by index
    tau_gaba                      without its unit, where only one key has it: tau_gaba_ms
    lr, K-Paths                   another word for it, other case and separators: learning_rate, k_paths

What is no key stays as it is, and is refused as ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from quintant.config.explanation import Schema, resolved
from quintant.config.suggestion import plain
from quintant.errors import ConfigError, Problem

CONFIG = "config."
"""Where a key stands in the body of a request; a path copied from there means the same key here."""


@dataclass(frozen=True)
class Naming:
    """`path`: the dotted key; `note`: "tau_gaba is tau_gaba_ms, in ms" where another word was given."""

    path: str
    note: str | None = None


def naming(word: str, schema: Schema) -> Naming:
    parts = word.strip().removeprefix(CONFIG).split(".")
    nodes: list[Schema] = [schema]
    notes = []
    for depth, part in enumerate(parts):
        known = {name: inner for node in nodes for name, inner in properties(schema, node).items()}
        if known and part not in known and not part.isdecimal():
            meant = _meant(part, known)
            if meant is not None:
                unit = f", in {known[meant]['unit']}" if known[meant].get("unit") else ""
                notes.append(f"{'.'.join(parts[: depth + 1])} is {meant}{unit}")
                parts[depth] = part = meant
        nodes = list(inside(schema, nodes, part))
    return Naming(".".join(parts), "; ".join(notes) or None)


def _meant(word: str, known: Mapping[str, Schema]) -> str | None:
    """The one key that goes by another word: a synonym, other case or separators, or the name without its unit."""
    with_unit = [name for name, node in known.items() if _suffix(node) and plain(name) == f"{plain(word)}_{_suffix(node)}"]
    if len(with_unit) > 1:
        raise ConfigError(
            Problem(word, f"has no unit; the keys that have one are {', '.join(with_unit)}.", word, hint="Take one of them.")
        )
    others = [name for name, node in known.items() if plain(word) in map(plain, (name, *node.get("x-synonyms", ())))]
    return next(iter(with_unit or others), None)


def _suffix(node: Schema) -> str | None:
    """How a key's name ends in its unit; None for units that no name ends in."""
    unit = str(node.get("unit", "")).replace("µ", "u").lower()
    return unit if unit.isidentifier() else None


def inside(schema: Schema, nodes: list[Schema], part: str) -> Iterator[Schema]:
    """What may stand at `part` of any of `nodes`: a key of an object, or whatever element of a list."""
    for node in nodes:
        for way in ways(schema, node):
            if part in way.get("properties", {}):
                yield way["properties"][part]
            elif isinstance(way.get("additionalProperties"), Mapping) and not part.isdecimal():
                yield way["additionalProperties"]
            elif way.get("items") and part.isdecimal():
                yield way["items"]


def properties(schema: Schema, node: Schema) -> dict[str, Schema]:
    """The keys of an object, of each way that it may be written."""
    return {name: inner for way in ways(schema, node) for name, inner in way.get("properties", {}).items()}


def ways(schema: Schema, node: Schema) -> Iterator[Schema]:
    """The alternatives of a node, references followed."""
    node = resolved(schema, node)
    for way in node.get("anyOf") or node.get("oneOf") or ():
        yield from ways(schema, way)
    if not (node.get("anyOf") or node.get("oneOf")):
        yield node
