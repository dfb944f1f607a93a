"""Config: the validated, frozen input of one Run, and the one strict parser that makes it.

A lab's Config is a flat pydantic model whose keys are declared with `key(...)`: unit, bounds, default, its source and
one explaining sentence stand beside each other and reach the form, the CLI's `explain` and the docs as the same words.
"""

from __future__ import annotations

import difflib
import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

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
    extra = {"group": group, "essential": essential}
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
    bad = [Problem(path, f"must be a finite number; got {value}.", value=str(value)) for path, value in _unfinite(raw)]
    if bad:
        raise ConfigError(bad)
    try:
        text = orjson.dumps(raw, option=orjson.OPT_NON_STR_KEYS)
    except TypeError as error:
        raise ConfigError(Problem("", f"config must be JSON: {error}.")) from None
    try:
        config = kind.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise ConfigError(_problems(kind, error)) from None
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


def _unfinite(value: Any, path: str = "") -> Iterator[tuple[str, float]]:
    if isinstance(value, float) and not math.isfinite(value):
        yield path, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _unfinite(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from _unfinite(inner, f"{path}.{index}" if path else str(index))


def _problems(kind: type[Config], error: ValidationError) -> list[Problem]:
    seen: dict[tuple[str, str], Problem] = {}
    for fault in error.errors(include_url=False):
        problem = _problem(kind, fault)
        seen.setdefault((problem.path, problem.message), problem)
    return list(seen.values())


def _problem(kind: type[Config], fault: Mapping[str, Any]) -> Problem:
    path, value, context = ".".join(map(str, fault["loc"])), fault.get("input"), fault.get("ctx") or {}
    shown = value if isinstance(value, (int, float, str, bool, type(None))) else type(value).__name__
    got = f"got {shown!r}" if isinstance(shown, str) else f"got {orjson.dumps(shown).decode()}"
    match fault["type"]:
        case "extra_forbidden":
            if len(fault["loc"]) == 1:
                hint = suggest(str(fault["loc"][0]), kind.model_fields)
                return Problem(path, "is not a parameter.", value, sorted(kind.model_fields), hint)
            return Problem(path, "is not a known key here.", value)
        case "missing":
            return Problem(path, "is required.", None)
        case "literal_error" | "enum":
            allowed = [
                word.strip().strip("'") for word in str(context.get("expected", "")).replace(" or ", ",").split(",")
            ]
            hint = suggest(value, allowed) if isinstance(value, str) else None
            return Problem(path, f"must be one of {', '.join(allowed)}; {got}.", value, allowed, hint)
        case "greater_than":
            return Problem(
                path, f"must be greater than {context['gt']}; {got}.", value, {"exclusiveMinimum": context["gt"]}
            )
        case "greater_than_equal":
            return Problem(path, f"must be at least {context['ge']}; {got}.", value, {"minimum": context["ge"]})
        case "less_than":
            return Problem(
                path, f"must be less than {context['lt']}; {got}.", value, {"exclusiveMaximum": context["lt"]}
            )
        case "less_than_equal":
            return Problem(path, f"must be at most {context['le']}; {got}.", value, {"maximum": context["le"]})
        case "finite_number":
            return Problem(path, f"must be a finite number; {got}.", value)
        case "value_error":
            return Problem(path, f"{context.get('error', fault['msg'])}", value)
        case _:
            text = fault["msg"].removeprefix("Input should be ").removeprefix("a valid ")
            return Problem(path, f"must be {text}; {got}.", value)
