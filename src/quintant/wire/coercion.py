"""What a wire takes for an integer, a number, a truth, a word, and the words of a refusal.

strict   JSON's own types; a whole number is a valid number
lax      as pydantic's lax mode, which services written with it have: "12" is 12, 12.0 is 12, true is 1, "yes" is true;
         12.5 is no integer, NaN no number
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import FiniteFloat, TypeAdapter, ValidationError

from quintant.config import suggest
from quintant.errors import ConfigError, Problem

Kind = Literal["int", "float", "bool", "word", "floats", "any"]
Mode = Literal["strict", "lax"]
LARGEST_INTEGER = 2**63 - 1
LONGEST_TEXT = 60
ADAPTERS: Mapping[str, TypeAdapter[Any]] = {
    "int": TypeAdapter(int),
    "float": TypeAdapter(FiniteFloat),
    "bool": TypeAdapter(bool),
    "floats": TypeAdapter(list[FiniteFloat]),
}
WANTS = {"int": "a whole number", "float": "a number", "bool": "true or false", "floats": "a list of numbers"}


class Misfit(ConfigError):
    """A value of the wrong type. `types` holds a word per problem: the error types that clients of pydantic know."""

    def __init__(self, problems: list[Problem], types: list[str]) -> None:
        super().__init__(problems)
        self.types = types


def kind_of(annotation: Any) -> tuple[Kind, tuple[str, ...]]:
    """What a native key of this type takes on a wire, and its words where it takes words."""
    parts = get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)
    first = next(part for part in parts if part is not type(None))
    if get_origin(first) is Literal:
        return "word", get_args(first)
    if first == tuple[float, ...]:
        return "floats", ()
    kinds: Mapping[Any, Kind] = {int: "int", float: "float", bool: "bool"}
    return kinds.get(first, "any"), ()


def coerce(kind: Kind, value: Any, path: str, allowed: tuple[str, ...] = (), mode: Mode = "lax") -> Any:
    """The value as the wire means it, or Misfit."""
    if kind == "any":
        return value
    if kind == "word":
        if value in allowed and isinstance(value, str):
            return value
        hint = suggest(value, allowed) if isinstance(value, str) else None
        choice = f"{'one of ' if len(allowed) > 1 else ''}{', '.join(allowed)}"
        problem = Problem(path, f"must be {choice}; got {shown(value)}.", value, list(allowed), hint)
        raise Misfit([problem], ["literal_error"])
    try:
        number = ADAPTERS[kind].validate_python(value, strict=mode == "strict")
    except ValidationError as error:
        problems, kinds = [], []
        for fault in error.errors(include_url=False):
            where = ".".join([path, *map(str, fault["loc"])])
            want = WANTS["float" if fault["loc"] else kind]
            if fault["type"] == "finite_number":
                want = "a finite number"
            problems.append(Problem(where, f"must be {want}; got {shown(fault['input'])}.", fault["input"]))
            kinds.append(fault["type"])
        raise Misfit(problems, kinds) from None
    except OverflowError:
        raise Misfit([Problem(path, "must be a finite number; got one of hundreds of digits.")], ["finite_number"]) from None
    if kind == "int" and abs(number) > LARGEST_INTEGER:
        raise Misfit([Problem(path, f"must fit in 64 bits; got {shown(number)}.", None)], ["int_parsing_size"])
    return number


def shown(value: Any) -> str:
    """A value as a refusal shows it: short, and never a whole document."""
    if isinstance(value, str):
        return repr(value if len(value) <= LONGEST_TEXT else value[: LONGEST_TEXT - 3] + "...")
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    digits = repr(value)
    return digits if len(digits) <= LONGEST_TEXT else f"{digits[:20]}… ({len(digits)} digits)"
