"""Config: the validated, frozen input of one Run, and the one strict parser that makes it.

A lab's Config is a flat pydantic model whose keys are declared with `key(...)`: unit, bounds, default, its source and
one explaining sentence stand beside each other and reach the form, the CLI's `explain` and the docs as the same words.
"""

from __future__ import annotations

import difflib
import hashlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import PydanticUndefined

from quintant.errors import ConfigError, Problem


class Config(BaseModel):
    """Base of every lab's Config. Holds no seed: a Run has one root seed (`quintant.lab.Streams`)."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=False)

    def check(self) -> Iterable[Problem]:
        """Rules across keys. Yield a Problem for each broken one; called once, after the keys themselves passed."""
        return ()

    def warnings(self) -> Iterable[Problem]:
        """What is accepted but should be known: shown to the user, logged as an event, kept in the Record."""
        return ()


def key(
    default: Any = PydanticUndefined,
    *,
    says: str,
    group: str,
    unit: str | None = None,
    essential: bool = False,
    source: str | None = None,
    **bounds: Any,
) -> Any:
    """Declare one key of a Config: `says` explains it in one sentence, `source` tells where the default comes from."""
    extra: dict[str, Any] = {"group": group, "essential": essential}
    if unit is not None:
        extra["unit"] = unit
    if source is not None:
        extra["source"] = source
    return Field(default, description=says, json_schema_extra=extra, **bounds)


C = TypeVar("C", bound=Config)


def parse(kind: type[C], raw: Mapping[str, Any]) -> C:
    """Parse `raw` strictly into a `kind`, or raise ConfigError with every fault.

    Strict means: no coercion of text to numbers, no unknown key, no NaN or infinity; an int is a valid float.
    """
    if not isinstance(raw, Mapping):
        raise ConfigError(Problem("", f"config must be an object; got {type(raw).__name__}.", value=raw))
    bad = [Problem(path, f"must be a finite number; got {value}.", value=str(value)) for path, value in unfinite(raw)]
    if bad:
        raise ConfigError(bad)
    try:
        text = orjson.dumps(raw, option=orjson.OPT_NON_STR_KEYS)
    except TypeError as error:
        long = [Problem(path, f"must fit into 64 bits; got {value!s:.40}.", str(value)) for path, value in _too_long(raw)]
        raise ConfigError(long or Problem("", f"config must be JSON: {error}.")) from None
    try:
        config = kind.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise ConfigError(_problems(kind, raw, error)) from None
    faults = tuple(config.check())
    if faults:
        raise ConfigError(faults)
    return config


def canonical(value: Any) -> bytes:
    """JSON with sorted keys: the text whose sha256 is a config hash. A Config is dumped with every key, defaults too."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)


def config_hash(config: Config) -> str:
    return hashlib.sha256(canonical(config)).hexdigest()


def suggest(word: str, known: Iterable[str]) -> str | None:
    """ "Did you mean 'nsfnet'?" when a known word is close, else None."""
    names = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    return f"Did you mean '{names[close[0]]}'?" if close else None


class _FormSchema(GenerateJsonSchema):
    """`int | None` becomes `{"type": ["integer", "null"]}`: form builders would draw an `anyOf` as a chooser."""

    def nullable_schema(self, schema: Any) -> Any:
        inner = self.generate_inner(schema["schema"])
        if isinstance(inner.get("type"), str) and "enum" not in inner:
            return {**inner, "type": [inner["type"], "null"]}
        if "enum" in inner:
            return {**inner, "enum": [*inner["enum"], None], "type": [inner.get("type", "string"), "null"]}
        return {"anyOf": [inner, {"type": "null"}]}


def json_schema(kind: type[Config]) -> dict[str, Any]:
    """JSON Schema 2020-12 of a Config, with `unit`, `group`, `essential` and `source` beside each key."""
    schema = kind.model_json_schema(schema_generator=_FormSchema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def unfinite(value: Any) -> Iterator[tuple[str, float]]:
    """Where in a JSON value NaN or an infinity stands, with the number itself."""
    return _where(value, lambda leaf: isinstance(leaf, float) and not math.isfinite(leaf))


def _too_long(value: Any) -> Iterator[tuple[str, int]]:
    """Where in a JSON value an integer stands that no JSON of ours holds."""
    return _where(value, lambda leaf: isinstance(leaf, int) and not -(2**63) <= leaf < 2**64)


def _where(value: Any, wanted: Callable[[Any], bool], path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _where(inner, wanted, f"{path}.{name}" if path else str(name))
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from _where(inner, wanted, f"{path}.{index}" if path else str(index))
    elif wanted(value):
        yield path, value


_KINDS = {
    "int_type": "an integer", "int_from_float": "an integer", "int_parsing": "an integer", "float_type": "a number",
    "float_parsing": "a number", "string_type": "a text", "bool_type": "true or false", "dict_type": "an object",
    "mapping_type": "an object", "model_type": "an object", "model_attributes_type": "an object", "list_type": "a list",
    "tuple_type": "a list", "frozen_set_type": "a list",
}  # fmt: skip


def _problems(kind: type[Config], raw: Mapping[str, Any], error: ValidationError) -> list[Problem]:
    """One Problem per fault. Of the alternatives of a union, only those that fit the given value's shape are told; a list whose
    elements are at fault is not called too short for the sake of those that are not."""
    found: dict[str, list[Problem]] = {}
    by_parts: set[str] = set()
    for fault in error.errors(include_url=False):
        loc = _place(raw, fault)
        path = ".".join(map(str, loc))
        if len(loc) < len(fault["loc"]) or fault["type"] == "too_short":
            by_parts.add(path)
        found.setdefault(path, []).append(_problem(kind, raw, loc, fault))
    problems = []
    for path, alternatives in found.items():
        if path in by_parts and any(other.startswith(f"{path}.") for other in found):
            continue
        problems.append(alternatives[0] if len(alternatives) == 1 else _merged(alternatives))
    return problems


def _place(raw: Any, fault: Mapping[str, Any]) -> tuple[Any, ...]:
    """Where in `raw` the fault is: pydantic's location without the names of the union's alternatives."""
    kept: list[Any] = []
    here = raw
    for part in fault["loc"]:
        if (isinstance(here, Mapping) and part in here) or (
            isinstance(here, (list, tuple)) and isinstance(part, int) and part < len(here)
        ):
            here = here[part]
        elif not (fault["type"] == "missing" and part == fault["loc"][-1]):
            continue
        kept.append(part)
    return tuple(kept)


def _merged(alternatives: list[Problem]) -> Problem:
    wants = list(dict.fromkeys(problem.message.removeprefix("must be ").partition("; got")[0] for problem in alternatives))
    first = alternatives[0]
    got = first.message.partition("; got")[2]
    hint = next((problem.hint for problem in alternatives if problem.hint), None)
    return Problem(first.path, f"must be {', or '.join(wants)}; got{got}", first.value, first.allowed, hint)


def _problem(kind: type[Config], raw: Any, loc: tuple[Any, ...], fault: Mapping[str, Any]) -> Problem:
    path = ".".join(map(str, loc))
    value, context = fault.get("input"), fault.get("ctx") or {}
    got = f"got {_shown(value)}"
    match fault["type"]:
        case "extra_forbidden":
            nested = len(fault["loc"]) > 1
            known = _keys_at(kind, raw, loc[:-1]) if nested else kind.model_fields
            hint = suggest(str(fault["loc"][-1]), known)
            message = "is not a known key here." if nested else "is not a parameter."
            return Problem(path, message, value, sorted(known) or None, hint)
        case "missing":
            return Problem(path, "is required.", None)
        case "literal_error" | "enum" | "union_tag_invalid":
            expected = str(context.get("expected") or context.get("expected_tags", "")).replace(" or ", ", ")
            allowed = [word.strip().strip("'") for word in expected.split(",")]
            if fault["type"] == "union_tag_invalid":
                tag = str(context["discriminator"]).strip("'")
                path, value = f"{path}.{tag}", fault["input"][tag]
                got = f"got {_shown(value)}"
            hint = suggest(value, allowed) if isinstance(value, str) else None
            return Problem(path, f"must be one of {', '.join(allowed)}; {got}.", value, allowed, hint)
        case "union_tag_not_found":
            return Problem(f"{path}.{str(context['discriminator']).strip(chr(39))}", "is required.", None)
        case "greater_than":
            return Problem(
                path, f"must be greater than {_bound(context['gt'])}; {got}.", value, {"exclusiveMinimum": context["gt"]}
            )
        case "greater_than_equal":
            return Problem(path, f"must be at least {_bound(context['ge'])}; {got}.", value, {"minimum": context["ge"]})
        case "less_than":
            return Problem(
                path, f"must be less than {_bound(context['lt'])}; {got}.", value, {"exclusiveMaximum": context["lt"]}
            )
        case "less_than_equal":
            return Problem(path, f"must be at most {_bound(context['le'])}; {got}.", value, {"maximum": context["le"]})
        case "string_too_short":
            return Problem(path, f"must have at least {_many(context['min_length'], 'character')}; {got}.", value)
        case "string_too_long":
            return Problem(path, f"must have at most {_many(context['max_length'], 'character')}; {got}.", value)
        case "too_short":
            return Problem(path, f"must have at least {context.get('min_length')} of its elements; {got}.", value)
        case "too_long":
            return Problem(path, f"must have at most {context.get('max_length')} of its elements; {got}.", value)
        case known if known in _KINDS:
            return Problem(path, f"must be {_KINDS[known]}; {got}.", value)
        case _:
            return Problem(path, f"{fault['msg'].removeprefix('Value error, ')}; {got}.", value)


def _keys_at(kind: type[BaseModel], raw: Any, path: Sequence[Any]) -> set[str]:
    """What may stand in the nested object of `raw` at `path`. Of several models it may be, those whose fixed words it has."""
    here: list[Any] = [kind]
    for part in path:
        here = [inner for one in here for inner in _inside(one, part)]
        raw = raw[part]
    models = [one for one in here if isinstance(one, type) and issubclass(one, BaseModel)]
    fitting = [one for one in models if _has_words_of(one, raw)]
    return {name for one in fitting or models for name in one.model_fields}


def _inside(annotation: Any, part: Any) -> Iterator[Any]:
    """The types that the element or field `part` of a value of this type may have, unions and wrappers opened."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if part in annotation.model_fields:
            yield from _alternatives(annotation.model_fields[part].annotation)
        return
    origin, inner = get_origin(annotation), get_args(annotation)
    if not inner or not isinstance(origin, type):
        return
    if issubclass(origin, tuple) and Ellipsis not in inner:
        yield from _alternatives(inner[part])
    else:
        yield from _alternatives(inner[1] if issubclass(origin, Mapping) else inner[0])


def _alternatives(annotation: Any) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _alternatives(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for one in get_args(annotation):
            yield from _alternatives(one)
    else:
        yield annotation


def _has_words_of(model: type[BaseModel], raw: Mapping[str, Any]) -> bool:
    fields = model.model_fields.items()
    words = {name: get_args(field.annotation) for name, field in fields if get_origin(field.annotation) is Literal}
    return all(raw[name] in allowed for name, allowed in words.items() if name in raw)


def _bound(value: float) -> str:
    """A bound as one would write it: 10000000, not 1e+07."""
    whole = isinstance(value, int) or (value.is_integer() and abs(value) < 1e15)
    return str(int(value)) if whole else f"{value:g}"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _shown(value: Any) -> str:
    """A value as an error shows it: short, and never a whole document."""
    if isinstance(value, str):
        return repr(value if len(value) <= 60 else value[:57] + "...")
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}"
    return orjson.dumps(value).decode()
