"""A key of a JSON Schema in words: what it allows, as command line and pages say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]


def ranged(schema: Schema, node: Schema) -> str:
    """What is allowed, in words; empty when everything of the type is."""
    node = resolved(schema, node)
    options = node.get("enum")
    if "const" in node:
        return f"always {shown(node['const'])}"
    if options:
        return "one of " + ", ".join(shown(option) for option in options)
    if "anyOf" in node or "oneOf" in node:
        return " or ".join(filter(None, (_kind(schema, way) for way in node.get("anyOf") or node["oneOf"])))
    low, high = node.get("minimum"), node.get("maximum")
    above, below = node.get("exclusiveMinimum"), node.get("exclusiveMaximum")
    kind = _type(node)
    if low is not None and high is not None:
        return f"{kind}, range {_number(low)} – {_number(high)}"
    bounds = [
        text
        for text in (
            f"at least {_number(low)}" if low is not None else "",
            f"greater than {_number(above)}" if above is not None else "",
            f"at most {_number(high)}" if high is not None else "",
            f"less than {_number(below)}" if below is not None else "",
        )
        if text
    ]
    return f"{kind}, {' and '.join(bounds)}" if bounds else kind


def resolved(schema: Schema, node: Schema) -> Schema:
    reference = node.get("$ref")
    if not reference and len(node.get("allOf", ())) == 1:
        reference = node["allOf"][0].get("$ref")
    if not reference:
        return node
    target: Any = schema
    for part in reference.removeprefix("#/").split("/"):
        target = target[part]
    return {**target, **{name: value for name, value in node.items() if name != "$ref"}}


def shown(value: Any) -> str:
    """A value as it would be typed after `--set key=`."""
    if isinstance(value, str):
        return value or '""'
    import orjson

    text = orjson.dumps(value).decode()
    return text if len(text) <= 100 else text[:97] + "…"


def _number(value: float) -> str:
    return f"{value:,}".replace(",", " ") if isinstance(value, int) else f"{value:g}"


def _kind(schema: Schema, node: Schema) -> str:
    name = node.get("$ref", "").rpartition("/")[2]
    node = resolved(schema, node)
    if node.get("properties"):
        return f"{name or 'object'} {{{', '.join(node['properties'])}}}"
    if node.get("type") == "array":
        inner = node.get("items", {})
        return f"list of {_kind(schema, inner)}" if inner else "list"
    return ranged(schema, node)


def json_types(node: Schema) -> list[str]:
    """The JSON types that a node allows, which are written as one or as a list of them; "" for any."""
    types: Any = node.get("type", "")
    return [types] if isinstance(types, str) else list(types)


def _type(node: Schema) -> str:
    names = {"null": "empty (null)", "string": "text", "boolean": "true or false", "array": "list", "": "any value"}
    return " or ".join(names.get(kind, kind) for kind in json_types(node))
