"""Problems: what pydantic says of an input, as sentences with path, value, what is allowed, and a hint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import ValidationError

from quintant.config.annotation import models_at
from quintant.config.key import synonyms_of
from quintant.config.model import Config
from quintant.config.suggestion import Suggestions
from quintant.errors import MOST_TOLD, ConfigError, Problem

MOST_FAULTS = 10_000
"""Faults of one config that are looked at: their places are found one by one."""
_KINDS = {
    "int_type": "an integer", "int_from_float": "an integer", "int_parsing": "an integer", "float_type": "a number",
    "float_parsing": "a number", "string_type": "a text", "bool_type": "true or false", "dict_type": "an object",
    "mapping_type": "an object", "model_type": "an object", "model_attributes_type": "an object", "list_type": "a list",
    "tuple_type": "a list", "frozen_set_type": "a list",
}  # fmt: skip


def refusal_of(kind: type[Config], raw: Mapping[str, Any], error: ValidationError) -> ConfigError:
    """One Problem per fault; those beyond MOST_TOLD are only counted. Of the alternatives of a union, only those that fit the
    given value's shape are told; a list whose elements are at fault is not called too short for the sake of those that are
    not."""
    faults: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    by_parts: set[tuple[Any, ...]] = set()
    parents: set[tuple[Any, ...]] = set()
    for fault in error.errors(include_url=False)[:MOST_FAULTS]:
        loc = _place(raw, fault)
        if len(loc) < len(fault["loc"]) or fault["type"] == "too_short":
            by_parts.add(loc)
        faults.setdefault(loc, []).append(fault)
        parents.update(loc[:depth] for depth in range(1, len(loc)))
    places = [loc for loc in faults if not (loc in by_parts and loc in parents)]
    near = Suggestions()
    problems = []
    for loc in places[:MOST_TOLD]:
        alternatives = [_problem(kind, raw, loc, fault, near) for fault in faults[loc]]
        problems.append(alternatives[0] if len(alternatives) == 1 else _merged(alternatives))
    return ConfigError(problems, len(places) - len(problems), counted=error.error_count() <= MOST_FAULTS)


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


def _problem(kind: type[Config], raw: Any, loc: tuple[Any, ...], fault: Mapping[str, Any], near: Suggestions) -> Problem:
    path = ".".join(map(str, loc))
    value, context = fault.get("input"), fault.get("ctx") or {}
    got = f"got {_shown(value)}"
    match fault["type"]:
        case "extra_forbidden":
            nested = len(fault["loc"]) > 1
            models = models_at(kind, raw, loc[:-1]) if nested else [kind]
            known = {name for model in models for name in model.model_fields}
            synonyms = {other: name for model in models for other, name in synonyms_of(model).items()}
            hint = near(str(fault["loc"][-1]), sorted(known) if nested else kind.model_fields, synonyms)
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
            hint = near(value, allowed) if isinstance(value, str) else None
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
