"""Option: one FUSION key with its type, default, bounds and meaning, and the strict readers of its two spellings.

JSON carries typed values (`read`), INI carries text (`read_text`). Both give the same value or one Problem that names
the path, what was met and what is allowed.
"""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from quintant.config import suggest
from quintant.errors import Problem

Kind = Literal["bool", "int", "float", "str", "node", "shares", "seeds", "pairs", "any"]

TRUE, FALSE = ("true", "yes", "1"), ("false", "no", "0", "")
NAMES = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "node": "a node id",
    "shares": "an object of numbers",
    "seeds": "a whole number or a list of whole numbers",
    "pairs": "a list of [source, target] pairs",
    "any": "any value",
}


class Unreadable(Exception):
    """The value does not fit the option; the text says what would."""

    def __init__(self, message: str, hint: str | None = None, allowed: Any = None) -> None:
        self.message, self.hint, self.allowed = message, hint, allowed
        super().__init__(message)


@dataclass(frozen=True)
class Option:
    """A key of FUSION's configuration.

    `section` is where the key lives, `also` where it is written and read as well. `required` marks the keys without
    which the original does not start, `essential` those whose absence a request is warned about. `nullable` keys accept
    null and the text "None". `only` holds the values that are run here where others exist in the original, `because` says why.
    `idle` says why a key has no effect on a run; setting it to something else than its default is accepted and
    warned about.
    """

    section: str
    name: str
    kind: Kind
    default: Any
    says: str
    required: bool = False
    essential: bool = False
    nullable: bool = False
    minimum: float | None = None
    above: float | None = None
    maximum: float | None = None
    allowed: tuple[str, ...] | Callable[[], Sequence[str]] = ()
    any_case: bool = False
    only: tuple[Any, ...] = ()
    because: str = ""
    idle: str | None = None
    also: tuple[str, ...] = ()
    unit: str | None = None
    noun: str | None = None
    aliases: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"{self.section}.{self.name}"

    @property
    def choices(self) -> tuple[str, ...]:
        return tuple(self.allowed() if callable(self.allowed) else self.allowed)

    def read(self, value: Any, path: str) -> Any:
        """The value as the option has it, or Unreadable. `path`: where it stood, for messages only."""
        value = self._typed(value)
        if value is None:
            return self._permitted(value)
        if self.kind in ("int", "float"):
            self._bounded(value)
        elif self.kind == "shares":
            for name, share in value.items():
                if not math.isfinite(share):
                    raise Unreadable(f"'{name}' must be a finite number; got {share}.")
        elif self.kind == "str" and self.choices:
            value = self._chosen(value)
        return self._permitted(value)

    def read_text(self, text: str, path: str) -> Any:
        """The same from the text of an INI file."""
        text = text.strip()
        if self.nullable and text.lower() in ("none", ""):
            return self.read(None, path)
        return self.read(self._from_text(text), path)

    def text(self, value: Any) -> str:
        """The value as an INI file has it."""
        if value is None:
            return "None"
        if isinstance(value, (dict, list)):
            return json.dumps(value)
        return str(value)

    def schema(self) -> dict[str, Any]:
        """JSON Schema of the value, with `unit` and the note on what has no effect beside it."""
        types: dict[str, dict[str, Any]] = {
            "bool": {"type": "boolean"},
            "int": {"type": "integer"},
            "float": {"type": "number"},
            "str": {"type": "string"},
            "node": {"type": ["string", "integer"]},
            "shares": {"type": "object", "additionalProperties": {"type": "number"}},
            "seeds": {"type": ["integer", "array"], "items": {"type": "integer"}},
            "pairs": {
                "type": "array",
                "items": {"type": "array", "items": {"type": ["string", "integer"]}, "minItems": 2, "maxItems": 2},
            },
            "any": {},
        }
        found: dict[str, Any] = dict(types[self.kind])
        if self.nullable and "type" in found:
            kinds = found["type"] if isinstance(found["type"], list) else [found["type"]]
            found["type"] = [*kinds, "null"]
        values = self._accepted()
        if values:
            found["enum"] = values
        for word, bound in (("minimum", self.minimum), ("exclusiveMinimum", self.above), ("maximum", self.maximum)):
            if bound is not None:
                found[word] = bound
        found["default"] = self.default
        found["description"] = f"{self.says} No effect here: {self.idle}." if self.idle else self.says
        if self.unit:
            found["unit"] = self.unit
        return found

    def _accepted(self) -> list[Any]:
        values: list[Any] = list(self.only) or [*self.choices, *self.aliases]
        return [*values, None] if self.nullable and values and None not in values else values

    def _typed(self, value: Any) -> Any:
        if value is None or (isinstance(value, str) and value.strip().lower() == "none" and "none" not in self.choices):
            if self.nullable:
                return None
            raise Unreadable(f"must be {NAMES[self.kind]}; got {'null' if value is None else repr(value)}.")
        fits = {
            "bool": isinstance(value, bool),
            "int": isinstance(value, int) and not isinstance(value, bool),
            "float": isinstance(value, (int, float)) and not isinstance(value, bool),
            "str": isinstance(value, str),
            "node": isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)),
            "shares": isinstance(value, dict) and all(_number(share) for share in value.values()),
            "seeds": _whole(value) or (isinstance(value, list) and all(map(_whole, value))),
            "pairs": isinstance(value, list)
            and all(
                isinstance(pair, (list, tuple)) and len(pair) == 2 and all(isinstance(end, (str, int)) for end in pair)
                for pair in value
            ),
            "any": True,
        }[self.kind]
        if self.kind == "int" and isinstance(value, float) and value.is_integer():
            return int(value)
        if not fits:
            quoted = isinstance(value, str) and self.kind in ("int", "float", "bool")
            hint = "Write it without quotation marks." if quoted else None
            raise Unreadable(f"must be {NAMES[self.kind]}; got {_shown(value)}.", hint)
        match self.kind:
            case "float":
                try:
                    return float(value)
                except OverflowError:
                    raise Unreadable("must be a finite number; got a whole number beyond 1e308.") from None
            case "node":
                return str(value)
            case "shares":
                return {str(name): float(share) for name, share in value.items()}
            case "pairs":
                return [[str(end) for end in pair] for pair in value]
        return value

    def _bounded(self, value: float) -> None:
        unit = f" {self.unit}" if self.unit else ""
        if isinstance(value, float) and not math.isfinite(value):
            raise Unreadable(f"must be a finite number; got {value}.")
        if self.minimum is not None and value < self.minimum:
            if self.minimum == 0:
                raise Unreadable("Value must be positive", f"Allowed: at least 0{unit}; got {value}.", {"minimum": 0})
            raise Unreadable(f"must be at least {self.minimum}{unit}; got {value}.", None, {"minimum": self.minimum})
        if self.above is not None and value <= self.above:
            raise Unreadable(f"must be greater than {self.above}{unit}; got {value}.", None, {"exclusiveMinimum": self.above})
        if self.maximum is not None and value > self.maximum:
            raise Unreadable(f"must be at most {self.maximum}{unit}; got {value}.", None, {"maximum": self.maximum})

    def _chosen(self, value: str) -> str:
        folded = {choice.lower(): choice for choice in self.choices} if self.any_case else {}
        found = value if value in self.choices else self.aliases.get(value) or folded.get(value.lower())
        if found is None:
            known = [*self.choices, *self.aliases]
            hint = suggest(value, known)
            if self.noun:
                raise Unreadable(f"Unknown {self.noun}: {value!r}. Available: {', '.join(known)}", hint, known)
            raise Unreadable(f"must be one of {', '.join(known)}; got {value!r}.", hint, known)
        return found

    def _permitted(self, value: Any) -> Any:
        if self.only and value not in self.only:
            allowed = ", ".join(_shown(choice) for choice in self.only)
            raise Unreadable(f"{_shown(value)} is refused: {self.because}.", f"Allowed: {allowed}.", list(self.only))
        return value

    def _from_text(self, text: str) -> Any:
        match self.kind:
            case "bool":
                if text.lower() in TRUE:
                    return True
                if text.lower() in FALSE:
                    return False
                raise Unreadable(f"must be one of true, yes, 1, false, no, 0; got {text!r}.", None, [*TRUE, *FALSE[:-1]])
            case "int":
                try:
                    return int(text)
                except ValueError:
                    raise Unreadable(f"must be a whole number; got {text!r}.") from None
            case "float":
                try:
                    return float(text)
                except ValueError:
                    raise Unreadable(f"must be a number; got {text!r}.") from None
            case "shares" | "seeds" | "pairs":
                return self._literal(text)
        return text

    def _literal(self, text: str) -> Any:
        for reader in (json.loads, ast.literal_eval):
            try:
                value = reader(text)
            except (ValueError, SyntaxError, MemoryError, RecursionError):
                continue
            return list(value) if isinstance(value, tuple) else value
        raise Unreadable(f"must be {NAMES[self.kind]}, written as JSON or as a Python literal; got {_shown(text)}.")


def sentence(fault: Problem) -> str:
    """ "path: message. hint", with the full stop that messages of the contract go without."""
    text = f"{fault.path}: {fault.message}" if fault.path else fault.message
    if not fault.hint:
        return text
    return f"{text} {fault.hint}" if text.endswith((".", "?", "!")) else f"{text}. {fault.hint}"


def problem(path: str, value: Any, fault: Unreadable) -> Problem:
    return Problem(path, fault.message, value, fault.allowed, fault.hint)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    if value is None or isinstance(value, (bool, int, float)):
        return json.dumps(value)
    if isinstance(value, str):
        return repr(value) if len(value) <= 80 else f"{value[:77]!r}…"
    return {"dict": "an object", "list": "a list"}.get(type(value).__name__, type(value).__name__)
