"""Expression: a tree of comparisons, and its writing. Writing and parsing agree: `parse(written(e))` is `e`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from quintant.errors import Problem

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "~"]
OPERATORS: tuple[Operator, ...] = ("!=", "<=", ">=", "=", "<", ">", "~")
COMPLEMENT: dict[str, Operator] = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
"""What holds of a value that is there when the operator does not. `~` has none."""

Place = tuple[int, int]
"""Where something stands in the text: first character and length."""

WORDS = ("lab", "state", "contract", "sweep", "id")
"""Fields of a Run that hold one word."""
NUMBERS = ("seed", "replicate")
TIMES = ("created", "started", "ended")
DURATIONS = ("took", "age")
TEXTUAL = (*WORDS, "tag", "name", *TIMES)
"""Fields whose values are always words."""
FIELDS = (*WORDS, "tag", "name", *NUMBERS, *TIMES, *DURATIONS)
PREFIXES = ("config", "metric")
NAMED = "named"
"""The kind of a field that was written without prefix: a key or a metric, which binding finds out."""


@dataclass(frozen=True)
class Field:
    """`kind`: one of FIELDS with an empty name, or config, metric or NAMED with the name of a key or metric."""

    kind: str
    name: str = ""


@dataclass(frozen=True)
class Number:
    """`raw`: as it was typed, for keys whose values are words that look like numbers."""

    value: float
    unit: str = ""
    raw: str = field(default="", compare=False)


@dataclass(frozen=True)
class Word:
    text: str


Value = Number | Word


@dataclass(frozen=True)
class Compare:
    """`values`: one, or several of which one must fit (`lab:optical,chip`; only with = and !=)."""

    subject: Field
    operator: Operator
    values: tuple[Value, ...]
    at: Place = field(default=(0, 0), compare=False)
    value_at: Place = field(default=(0, 0), compare=False)


@dataclass(frozen=True)
class Has:
    """`config:k_paths`, `metric:blocking`: the Run has such a value."""

    subject: Field
    at: Place = field(default=(0, 0), compare=False)


@dataclass(frozen=True)
class Text:
    """Part of the name, or the begin of the id of the Run or its sweep."""

    text: str
    at: Place = field(default=(0, 0), compare=False)


@dataclass(frozen=True)
class Not:
    part: Expression


@dataclass(frozen=True)
class And:
    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class Or:
    parts: tuple[Expression, ...]


Expression = And | Or | Not | Compare | Has | Text

EVERYTHING = And(())
"""The expression that holds of every Run; written as nothing."""


@dataclass(frozen=True)
class Fault:
    """What of a text can't be read or meant, and where (in characters). `hint`: the text that would stand there instead."""

    at: int
    length: int
    message: str
    hint: str | None = None

    def problem(self, text: str) -> Problem:
        """As a fault of the parameter `q` whose value is `text`."""
        meant = f" Did you mean '{self.hint}'?" if self.hint else ""
        met = text[self.at : self.at + self.length] or None
        return Problem("q", self.message, met, None, f"At character {self.at + 1}.{meant}")


@dataclass(frozen=True)
class Token:
    """A stretch of the text, for who colours it. `kind`: field, operator, value, word, connective, bracket, fault."""

    at: int
    length: int
    kind: str


# --- writing ---

_PLAIN = re.compile(r"[^\s()\"'<>=!:~,]+")
_KEYWORDS = frozenset({"and", "or", "not"})
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def written(expression: Expression) -> str:
    """The expression as text, with no brackets but those it needs."""
    match expression:
        case And(parts):
            return " and ".join(_inner(part, within=And) for part in parts)
        case Or(parts):
            return " or ".join(_inner(part, within=Or) for part in parts)
        case Not(part):
            return f"not {_inner(part, within=Not)}"
        case Compare(subject, operator, values):
            sign = ":" if operator == "=" and subject.kind in (*WORDS, "tag", "name") else operator
            spelled = subject.kind in TEXTUAL
            return f"{_field(subject)}{sign}{','.join(_value(value, spelled) for value in values)}"
        case Has(subject):
            return _field(subject)
        case Text(text):
            return _word(text)


def _inner(part: Expression, within: type) -> str:
    text = written(part)
    return f"({text})" if isinstance(part, (And, Or)) and not (within is Or and isinstance(part, And)) else text


def _field(subject: Field) -> str:
    if subject.kind == NAMED:
        return quoted(subject.name) if subject.name.lower() in (*FIELDS, *PREFIXES) else _word(subject.name)
    return subject.kind if not subject.name else f"{subject.kind}:{_word(subject.name)}"


def _value(value: Value, spelled: bool) -> str:
    """`spelled`: the field takes words only, so that none of them is read as a number."""
    if isinstance(value, Number):
        number = repr(value.value).removesuffix(".0") if abs(value.value) < 1e15 else repr(value.value)
        return number + (value.unit if value.unit == "" or _PLAIN.fullmatch(value.unit) else quoted(value.unit))
    return _word(value.text, value=not spelled)


def _word(text: str, *, value: bool = False) -> str:
    plain = _PLAIN.fullmatch(text) and text.lower() not in _KEYWORDS
    if plain and value and NUMBER.match(text):
        plain = False  # a word that begins like a number would be read as one
    return text if plain else quoted(text)


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def changed(expression: Expression, change: Callable[[Expression], Expression | None]) -> Expression | None:
    """The expression with each leaf replaced; a leaf that becomes None is left out of its conjunction, and takes a
    disjunction or negation around it along: what is left never says more than was meant."""
    match expression:
        case And(parts):
            kept = tuple(part for part in (changed(part, change) for part in parts) if part is not None)
            if not kept and parts:
                return None
            return kept[0] if len(kept) == 1 else And(kept)
        case Or(parts):
            changed_parts = tuple(changed(part, change) for part in parts)
            whole = tuple(part for part in changed_parts if part is not None)
            return Or(whole) if len(whole) == len(parts) else None
        case Not(part):
            inner = changed(part, change)
            return None if inner is None else Not(inner)
        case _:
            return change(expression)
