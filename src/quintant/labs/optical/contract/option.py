"""Option: one FUSION key with its type, default, bounds and meaning, and the strict readers of its two spellings.

JSON carries typed values (`read_json`), INI carries text (`read_text`). Both give the same value or one Problem that names
the path, what was met and what is allowed.
"""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from quintant.config import suggest
from quintant.errors import Problem
from quintant.json_value import Json
from quintant.wire.reader import Wire

FormName = Literal["bool", "int", "float", "str", "node", "shares", "seeds", "pairs", "any"]
TRUE, FALSE = ("true", "yes", "1"), ("false", "no", "0", "")


class Unreadable(Exception):
    """The value does not fit the option; the text says what would."""

    def __init__(self, message: str, hint: str | None = None, allowed: Json = None) -> None:
        self.message, self.hint, self.allowed = message, hint, allowed
        super().__init__(message)

    def problem(self, path: str, value: Json) -> Problem:
        return Problem(path, self.message, value, self.allowed, self.hint)


@dataclass(frozen=True)
class Form:
    """What a value of JSON may be: in words, as JSON Schema, which values fit, and what becomes of them."""

    words: str
    schema: Mapping[str, Json]
    fits: Callable[[Json], bool]
    convert: Callable[[Json], Json] = lambda value: value


def _is_number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_whole(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_pair(value: Json) -> bool:
    return isinstance(value, (list, tuple)) and len(value) == 2 and all(isinstance(end, (str, int)) for end in value)


def _float(value: Json) -> float:
    try:
        return float(value)
    except OverflowError:
        raise Unreadable("must be a finite number; got a whole number beyond 1e308.") from None


NODE: Mapping[str, Json] = {"type": ["string", "integer"]}
FORMS: Mapping[FormName, Form] = {
    "bool": Form("true or false", {"type": "boolean"}, lambda value: isinstance(value, bool)),
    "int": Form("a whole number", {"type": "integer"}, _is_whole),
    "float": Form("a number", {"type": "number"}, _is_number, _float),
    "str": Form("a text", {"type": "string"}, lambda value: isinstance(value, str)),
    "node": Form("a node id", NODE, lambda value: isinstance(value, str) or _is_whole(value), str),
    "shares": Form(
        "an object of numbers",
        {"type": "object", "additionalProperties": {"type": "number"}},
        lambda value: isinstance(value, dict) and all(map(_is_number, value.values())),
        lambda shares: {str(name): _float(share) for name, share in shares.items()},
    ),
    "seeds": Form(
        "a whole number or a list of whole numbers",
        {"type": ["integer", "array"], "items": {"type": "integer"}},
        lambda value: _is_whole(value) or (isinstance(value, list) and all(map(_is_whole, value))),
    ),
    "pairs": Form(
        "a list of [source, target] pairs",
        {"type": "array", "items": {"type": "array", "items": NODE, "minItems": 2, "maxItems": 2}},
        lambda value: isinstance(value, list) and all(map(_is_pair, value)),
        lambda pairs: [[str(end) for end in pair] for pair in pairs],
    ),
    "any": Form("any value", {}, lambda value: True),
}


@dataclass(frozen=True, kw_only=True)
class Option(Wire):
    """A key of FUSION's configuration: a `Wire` that says everything of itself, as the contract's JSON Schema needs it.

    `aliases` are places where it is written and read as well. `required` marks the keys without which the original does not
    start, `essential` those whose absence a request is warned about. `nullable` keys accept null and the text "None". `only`
    holds the values that are run here where others exist in the original, `because` says why. Setting an `idle` key to
    something else than its default is accepted and warned about.
    """

    form: FormName
    says: str
    required: bool = False
    essential: bool = False
    nullable: bool = False
    above: float | None = None
    most: float | None = None
    allowed: tuple[str, ...] | Callable[[], Sequence[str]] = ()
    any_case: bool = False
    only: tuple[Json, ...] = ()
    because: str = ""
    unit: str | None = None
    noun: str | None = None
    spellings: Mapping[str, str] = field(default_factory=dict)

    @property
    def section(self) -> str:
        return self.path.partition(".")[0]

    @property
    def sections(self) -> tuple[str, ...]:
        """Its own first."""
        return tuple(path.partition(".")[0] for path in (self.path, *self.aliases))

    @property
    def choices(self) -> tuple[str, ...]:
        return tuple(self.allowed() if callable(self.allowed) else self.allowed)

    def read_json(self, value: Json) -> Json:
        """The value as the option has it, or Unreadable."""
        value = self._typed(value)
        if value is not None:
            if self.form in ("int", "float"):
                self._bounded(value)
            for name, share in value.items() if self.form == "shares" else ():
                if not math.isfinite(share):
                    raise Unreadable(f"'{name}' must be a finite number; got {share}.")
            if self.form == "str" and self.choices:
                value = self._chosen(value)
        if self.only and value not in self.only:
            allowed = ", ".join(map(_shown, self.only))
            raise Unreadable(f"{_shown(value)} is refused: {self.because}.", f"Allowed: {allowed}.", list(self.only))
        return value

    def read_text(self, text: str) -> Json:
        """The same from the text of an INI file."""
        text = text.strip()
        if self.nullable and text.lower() in ("none", ""):
            return self.read_json(None)
        match self.form:
            case "bool":
                if text.lower() not in TRUE + FALSE:
                    raise Unreadable(f"must be one of true, yes, 1, false, no, 0; got {text!r}.", None, [*TRUE, *FALSE[:-1]])
                return self.read_json(text.lower() in TRUE)
            case "int" | "float":
                try:
                    return self.read_json((int if self.form == "int" else float)(text))
                except ValueError:
                    raise Unreadable(f"must be {FORMS[self.form].words}; got {text!r}.") from None
            case "shares" | "seeds" | "pairs":
                return self.read_json(self._literal(text))
        return self.read_json(text)

    def text(self, value: Json) -> str:
        """The value as an INI file has it."""
        if value is None:
            return "None"
        return json.dumps(value) if isinstance(value, (dict, list)) else str(value)

    def schema(self) -> dict[str, Json]:
        """JSON Schema of the value, with `unit` and the note on what has no effect beside it."""
        schema: dict[str, Json] = dict(FORMS[self.form].schema)
        if self.nullable and "type" in schema:
            kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
            schema["type"] = [*kinds, "null"]
        values: list[Json] = list(self.only) or [*self.choices, *self.spellings]
        if values:
            schema["enum"] = [*values, None] if self.nullable and None not in values else values
        bounds = {"minimum": self.least, "exclusiveMinimum": self.above, "maximum": self.most}
        schema |= {word: bound for word, bound in bounds.items() if bound is not None}
        schema["default"] = self.default
        schema["description"] = f"{self.says} No effect here: {self.idle}." if self.idle else self.says
        return {**schema, "unit": self.unit} if self.unit else schema

    def _typed(self, value: Json) -> Json:
        form = FORMS[self.form]
        if value is None or (isinstance(value, str) and value.strip().lower() == "none" and "none" not in self.choices):
            if self.nullable:
                return None
            raise Unreadable(f"must be {form.words}; got {'null' if value is None else repr(value)}.")
        if self.form == "int" and isinstance(value, float) and value.is_integer():
            return int(value)
        if not form.fits(value):
            quoted = isinstance(value, str) and self.form in ("int", "float", "bool")
            hint = "Write it without quotation marks." if quoted else None
            raise Unreadable(f"must be {form.words}; got {_shown(value)}.", hint)
        return form.convert(value)

    def _bounded(self, value: float) -> None:
        unit = f" {self.unit}" if self.unit else ""
        if isinstance(value, float) and not math.isfinite(value):
            raise Unreadable(f"must be a finite number; got {value}.")
        if self.least == 0 and value < 0:
            raise Unreadable("Value must be positive", f"Allowed: at least 0{unit}; got {value}.", {"minimum": 0})
        if self.least is not None and value < self.least:
            raise Unreadable(f"must be at least {self.least}{unit}; got {value}.", None, {"minimum": self.least})
        if self.above is not None and value <= self.above:
            raise Unreadable(f"must be greater than {self.above}{unit}; got {value}.", None, {"exclusiveMinimum": self.above})
        if self.most is not None and value > self.most:
            raise Unreadable(f"must be at most {self.most}{unit}; got {value}.", None, {"maximum": self.most})

    def _chosen(self, value: str) -> str:
        folded = {choice.lower(): choice for choice in self.choices} if self.any_case else {}
        choice = value if value in self.choices else self.spellings.get(value) or folded.get(value.lower())
        if choice is None:
            known = [*self.choices, *self.spellings]
            hint = suggest(value, known)
            if self.noun:
                raise Unreadable(f"Unknown {self.noun}: {value!r}. Available: {', '.join(known)}", hint, known)
            raise Unreadable(f"must be one of {', '.join(known)}; got {value!r}.", hint, known)
        return choice

    def _literal(self, text: str) -> Json:
        for reader in (json.loads, ast.literal_eval):
            try:
                value = reader(text)
            except (ValueError, SyntaxError, MemoryError, RecursionError):
                continue
            return list(value) if isinstance(value, tuple) else value
        raise Unreadable(f"must be {FORMS[self.form].words}, written as JSON or as a Python literal; got {_shown(text)}.")


def sentence(fault: Problem) -> str:
    """ "path: message. hint", with the full stop that messages of the contract go without."""
    text = f"{fault.path}: {fault.message}" if fault.path else fault.message
    if not fault.hint:
        return text
    return f"{text} {fault.hint}" if text.endswith((".", "?", "!")) else f"{text}. {fault.hint}"


def _shown(value: Json) -> str:
    if value is None or isinstance(value, (bool, int, float)):
        return json.dumps(value)
    if isinstance(value, str):
        return repr(value) if len(value) <= 80 else f"{value[:77]!r}…"
    return {"dict": "an object", "list": "a list"}.get(type(value).__name__, type(value).__name__)
