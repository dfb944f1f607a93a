"""`quintant explain LAB [KEY]`: what a parameter means, from the lab's JSON Schema; the same words as form and docs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer

from quintant.cli.options import DataDir, Json, Url

Schema = Mapping[str, Any]


def explain(
    lab: Annotated[str, typer.Argument(metavar="LAB", help="Whose parameters.")],
    parameter: Annotated[
        str | None, typer.Argument(metavar="[KEY]", help="One parameter; without it all, by group.", show_default=False)
    ] = None,
    json: Json = False,
    url: Url = None,
    data_dir: DataDir = None,
) -> None:
    """Explain a lab's parameters: unit, default, range, source, one sentence each."""
    from quintant.cli.door import open_door

    with open_door(url, data_dir) as door:
        card = door.lab(lab)
    if json:
        import orjson

        found = keys(card.schema)
        if parameter is not None:
            list(key(lab, card.schema, parameter))
            found = {parameter: found[parameter]} if parameter in found else {}
        print(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
    elif parameter is not None:
        for line in key(lab, card.schema, parameter):
            print(line)
    else:
        for line in overview(card.schema):
            print(line)
        print(f"\nMore about one: quintant explain {lab} KEY")


def overview(schema: Schema) -> Iterator[str]:
    """Every parameter in a line, by group; essential ones carry a dot."""
    named = [(name, one) for ones in grouped(schema).values() for name, one in ones]
    width = max((len(name) for name, _ in named), default=0)
    defaults = {name: _short(one) for name, one in named}
    second = max((len(text) for text in defaults.values()), default=0)
    for number, (group, ones) in enumerate(grouped(schema).items()):
        yield f"{'' if number == 0 else chr(10)}{group}"
        for name, one in ones:
            mark = "•" if one.get("essential") else " "
            yield f" {mark} {name:<{width}}  {defaults[name]:<{second}}  {one.get('description', '')}".rstrip()


def _short(one: Schema) -> str:
    """ "250.0 Erlang", "required"."""
    if "default" not in one:
        return "required"
    text = shown(one["default"])
    text = text if len(text) <= 24 else text[:23] + "…"
    return f"{text} {one['unit']}" if one.get("unit") else text


def keys(schema: Schema) -> Mapping[str, Schema]:
    return schema.get("properties", {})


def grouped(schema: Schema) -> dict[str, list[tuple[str, Schema]]]:
    """Parameters by group, groups and parameters in the order of the Config."""
    found: dict[str, list[tuple[str, Schema]]] = {}
    for name, one in keys(schema).items():
        found.setdefault(str(one.get("group", "Other")), []).append((name, one))
    return found


def key(lab: str, schema: Schema, name: str) -> Iterator[str]:
    """The lines about one parameter; NotFound with a suggestion. A dotted name reaches into an object."""
    top, *rest = name.split(".")
    known = keys(schema)
    if top not in known:
        from quintant.config import suggest
        from quintant.errors import NotFound

        raise NotFound("Parameter", f"{name} of {lab}", suggest(top, known) or f"All: quintant explain {lab}")
    one = known[top]
    if rest:
        yield from _part(lab, schema, one, top, rest)
        return
    yield f"{top}  {one.get('description', '')}".rstrip()
    yield f"  {facts(schema, one)}"
    if one.get("source"):
        yield f"  default from {one['source']}"
    yield from _shape(schema, one)


def facts(schema: Schema, one: Schema) -> str:
    """ "default 5, range 1 – 200 slots" or "one of a, b, c"."""
    unit = one.get("unit")
    parts = [f"unit {unit}"] if unit else []
    parts.append(f"default {shown(one['default'])}" if "default" in one else "required")
    allowed = ranged(schema, one)
    if allowed:
        parts.append(allowed)
    return ", ".join(parts)


def ranged(schema: Schema, one: Schema) -> str:
    """What is allowed, in words; empty when everything of the type is."""
    one = resolved(schema, one)
    options = one.get("enum")
    if "const" in one:
        return f"always {shown(one['const'])}"
    if options:
        return "one of " + ", ".join(shown(option) for option in options)
    if "anyOf" in one or "oneOf" in one:
        return " or ".join(filter(None, (_kind(schema, way) for way in one.get("anyOf") or one["oneOf"])))
    low, high = one.get("minimum"), one.get("maximum")
    above, below = one.get("exclusiveMinimum"), one.get("exclusiveMaximum")
    kind = _type(one)
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


def resolved(schema: Schema, one: Schema) -> Schema:
    reference = one.get("$ref")
    if not reference and len(one.get("allOf", ())) == 1:
        reference = one["allOf"][0].get("$ref")
    if not reference:
        return one
    target: Any = schema
    for part in reference.removeprefix("#/").split("/"):
        target = target[part]
    return {**target, **{name: value for name, value in one.items() if name != "$ref"}}


def shown(value: Any) -> str:
    """A value as it would be typed after `--set key=`."""
    if isinstance(value, str):
        return value or '""'
    import orjson

    text = orjson.dumps(value).decode()
    return text if len(text) <= 100 else text[:97] + "…"


def _number(value: float) -> str:
    return f"{value:,}".replace(",", " ") if isinstance(value, int) else f"{value:g}"


def _kind(schema: Schema, one: Schema) -> str:
    name = one.get("$ref", "").rpartition("/")[2]
    one = resolved(schema, one)
    if one.get("properties"):
        return f"{name or 'object'} {{{', '.join(one['properties'])}}}"
    if one.get("type") == "array":
        inner = one.get("items", {})
        return f"list of {_kind(schema, inner)}" if inner else "list"
    return ranged(schema, one)


def _type(one: Schema) -> str:
    kinds: Any = one.get("type", "")
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    words = {"null": "empty (null)", "string": "text", "boolean": "true or false", "array": "list", "": "any value"}
    return " or ".join(words.get(kind, kind) for kind in kinds)


def _shape(schema: Schema, one: Schema) -> Iterator[str]:
    """The parts of an object, of each way it may be written."""
    one = resolved(schema, one)
    ways: Sequence[Schema] = one.get("anyOf") or one.get("oneOf") or [one]
    for way in ways:
        name = way.get("$ref", "").rpartition("/")[2]
        way = resolved(schema, way)
        for part, inner in way.get("properties", {}).items():
            says = f"  {inner['description']}" if inner.get("description") else ""
            yield f"    {name + '.' if name else '.'}{part}  {facts(schema, inner)}{says}"


def _part(lab: str, schema: Schema, one: Schema, walked: str, rest: Sequence[str]) -> Iterator[str]:
    name, *deeper = rest
    one = resolved(schema, one)
    ways = [resolved(schema, way) for way in one.get("anyOf") or one.get("oneOf") or [one]]
    found = [way["properties"][name] for way in ways if name in way.get("properties", {})]
    if not found:
        from quintant.config import suggest
        from quintant.errors import NotFound

        parts = [part for way in ways for part in way.get("properties", {})]
        raise NotFound(
            "Parameter", f"{walked}.{name} of {lab}", suggest(name, parts) or f"See: quintant explain {lab} {walked}"
        )
    if deeper:
        yield from _part(lab, schema, found[0], f"{walked}.{name}", deeper)
        return
    for inner in found:
        yield f"{walked}.{name}  {inner.get('description', '')}".rstrip()
        yield f"  {facts(schema, inner)}"
        yield from _shape(schema, inner)
