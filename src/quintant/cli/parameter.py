"""A lab's parameters in the words of the terminal, from its JSON Schema: all by group, or one with all that is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from quintant.cli.naming import Naming, inside, naming, properties
from quintant.config.explanation import Schema, ranged, resolved, shown

if TYPE_CHECKING:
    from quintant.errors import QuintantError


def overview(schema: Schema) -> Iterator[str]:
    """Every parameter in a line, by group; essential ones carry a dot."""
    named = [(name, node) for ones in grouped(schema).values() for name, node in ones]
    width = max((len(name) for name, _ in named), default=0)
    defaults = {name: _short(node) for name, node in named}
    second = max((len(text) for text in defaults.values()), default=0)
    for number, (group, ones) in enumerate(grouped(schema).items()):
        yield f"{'' if number == 0 else chr(10)}{group}"
        for name, node in ones:
            mark = "•" if node.get("essential") else " "
            yield f" {mark} {name:<{width}}  {defaults[name]:<{second}}  {node.get('description', '')}".rstrip()


def _short(node: Schema) -> str:
    """ "250.0 Erlang", "required"."""
    if "default" not in node:
        return "required"
    text = shown(node["default"])
    text = text if len(text) <= 24 else text[:23] + "…"
    return f"{text} {node['unit']}" if node.get("unit") else text


def keys(schema: Schema) -> Mapping[str, Schema]:
    body: Mapping[str, Schema] = schema.get("properties", {})
    return body


def grouped(schema: Schema) -> dict[str, list[tuple[str, Schema]]]:
    """Parameters by group, groups and parameters in the order of the Config."""
    groups: dict[str, list[tuple[str, Schema]]] = {}
    for name, node in keys(schema).items():
        groups.setdefault(str(node.get("group", "Other")), []).append((name, node))
    return groups


def key(lab: str, schema: Schema, word: str) -> Iterator[str]:
    """The lines about one parameter, by all the names that `--set` understands; NotFound with a suggestion."""
    naming, nodes = meant(lab, schema, word)
    if naming.note:
        yield f"note: {naming.note}"
    for node in nodes:
        yield f"{naming.path}  {node.get('description', '')}".rstrip()
        yield f"  {facts(schema, node)}"
        if node.get("source"):
            yield f"  default from {node['source']}"
        yield from _notes(node)
        yield from _shape(schema, node)


def meant(lab: str, schema: Schema, word: str) -> tuple[Naming, list[Schema]]:
    """The key that a word means, and what the schema says of it, of each way that what it lies in may be written."""
    key = naming(word.partition("=")[0], schema)
    nodes: list[Schema] = [schema]
    walked: list[str] = []
    for part in key.path.split("."):
        deeper = list(inside(schema, nodes, part))
        if not deeper and walked:  # a list's elements are alike: their keys without an index
            deeper = [node for items in inside(schema, nodes, "0") for node in inside(schema, [items], part)]
        if not deeper and any(map(_free, nodes)) and part in keys(schema):  # an object of the parameters themselves
            deeper = [keys(schema)[part]]
        if not deeper:
            raise _no_key(lab, schema, nodes, walked, part)
        nodes, walked = deeper, [*walked, part]
    return key, nodes


def _free(node: Schema) -> bool:
    """Whether an object takes any key."""
    return node.get("type") == "object" and node.get("additionalProperties") is True


def _no_key(lab: str, schema: Schema, nodes: Sequence[Schema], walked: Sequence[str], part: str) -> QuintantError:
    from quintant.config import suggest
    from quintant.errors import NotFound

    known = {name: child for node in nodes for name, child in properties(schema, node).items()}
    known |= {
        name: child for items in inside(schema, list(nodes), "0") for name, child in properties(schema, items).items() if walked
    }
    synonyms = {other: name for name, child in known.items() for other in child.get("x-synonyms", ())}
    see = f"See: quintant explain {lab} {'.'.join(walked)}" if walked else f"All: quintant explain {lab}"
    return NotFound("Parameter", f"{'.'.join([*walked, part])} of {lab}", suggest(part, known, synonyms) or see)


def _notes(node: Schema) -> Iterator[str]:
    """When the parameter is read, and what else it is called."""
    if "x-when" in node:
        yield f"  {read(node)}"
    if "x-synonyms" in node:
        yield f"  also: {', '.join(node['x-synonyms'])}"


def read(node: Schema) -> str:
    """ "read only when drive is motor", "read never: nobody leaves"."""
    sentence = node["x-when"]["sentence"]
    return f"read {'' if sentence.startswith('never:') else 'only when '}{sentence}"


def facts(schema: Schema, node: Schema) -> str:
    """ "default 5, range 1 – 200 slots" or "one of a, b, c"."""
    unit = node.get("unit")
    parts = [f"unit {unit}"] if unit else []
    parts.append(f"default {shown(node['default'])}" if "default" in node else "required")
    allowed = ranged(schema, node)
    if allowed:
        parts.append(allowed)
    return ", ".join(parts)


def _shape(schema: Schema, node: Schema) -> Iterator[str]:
    """The parts of an object, of each way it may be written."""
    node = resolved(schema, node)
    ways: Sequence[Schema] = node.get("anyOf") or node.get("oneOf") or [node]
    for way in ways:
        name = way.get("$ref", "").rpartition("/")[2]
        way = resolved(schema, way)
        for part, inner in way.get("properties", {}).items():
            says = f"  {inner['description']}" if inner.get("description") else ""
            says += f"  ({read(inner)})" if "x-when" in inner else ""
            yield f"    {name + '.' if name else '.'}{part}  {facts(schema, inner)}{says}"
