"""The wire's lax types: what passes for an integer, a number, a truth, a word, and the words of a refusal.

As the original's validation: "12" is 12, 12.0 is 12, true is 1, "yes" is true; 12.5 is no integer, NaN no number.
"""

from __future__ import annotations

from typing import Any

from pydantic import FiniteFloat, TypeAdapter, ValidationError

from quintant.config import suggest
from quintant.errors import ConfigError, Problem
from quintant.labs.spiking.contract.keys import Kind

LARGEST_INTEGER = 2**63 - 1
LONGEST_TEXT = 60
ADAPTERS: dict[str, TypeAdapter[Any]] = {
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


def coerce(kind: Kind, value: Any, path: str, allowed: tuple[str, ...] = ()) -> Any:
    """The value as the wire means it, or Misfit."""
    if kind == "word":
        if value in allowed and isinstance(value, str):
            return value
        hint = suggest(value, allowed) if isinstance(value, str) else None
        raise Misfit(
            [Problem(path, f"must be one of {', '.join(allowed)}; got {shown(value)}.", value, list(allowed), hint)],
            ["literal_error"],
        )
    try:
        found = ADAPTERS[kind].validate_python(value)
    except ValidationError as error:
        problems, types = [], []
        for fault in error.errors(include_url=False):
            where = ".".join([path, *map(str, fault["loc"])])
            want = WANTS["float" if fault["loc"] else kind]
            if fault["type"] == "finite_number":
                want = "a finite number"
            problems.append(Problem(where, f"must be {want}; got {shown(fault['input'])}.", fault["input"]))
            types.append(fault["type"])
        raise Misfit(problems, types) from None
    except OverflowError:
        raise Misfit([Problem(path, "must be a finite number; got one of hundreds of digits.")], ["finite_number"]) from None
    if kind == "int" and abs(found) > LARGEST_INTEGER:
        raise Misfit([Problem(path, f"must fit in 64 bits; got {shown(found)}.", None)], ["int_parsing_size"])
    return found


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
