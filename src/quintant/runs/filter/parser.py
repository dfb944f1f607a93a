"""Parser: by recursive descent, so that every fault has its place and the rest of the text still reads.

    expression   = conjunction { "or" conjunction }
    conjunction  = negation { ["and"] negation }
    negation     = "not" negation | "(" expression ")" | comparison | text
    comparison   = field operator value { "," value } | ("config" | "metric") ":" name
    field        = word | quoted | ("config" | "metric") ":" (word | quoted)
    operator     = ":" | "=" | "!=" | "<" | "<=" | ">" | ">=" | "~"
    value        = number [unit] | word | quoted

Written by hand: the grammar is a page, while a parser generator would be a dependency whose errors speak of its own tables
instead of the user's words, and which stops at the first of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from quintant.runs.filter.expression import (
    EVERYTHING,
    FIELDS,
    NAMED,
    NUMBER,
    PREFIXES,
    TEXTUAL,
    And,
    Compare,
    Expression,
    Fault,
    Field,
    Has,
    Not,
    Number,
    Operator,
    Or,
    Text,
    Token,
    Value,
    Word,
)  # fmt: skip
from quintant.runs.filter.unit import UNITS

LONGEST = 4_000
DEEPEST = 50
MOST_PARTS = 100
MOST_VALUES = 100
_SPACE = re.compile(r"\s*")
_WORD = re.compile(r"[^\s()\"'<>=!:~,]+")
_SPELLED = re.compile(r"[^\s()\"',]+")
_OPERATOR = re.compile(r"\s*(!=|<=|>=|[=<>~:])")
_QUOTED = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'", re.DOTALL)
_UNIT = re.compile(r"[ \t]+([^\s()\"'<>=!:~,]+)")


@dataclass(frozen=True)
class Parsed:
    """`expression`: what reads; parts with a fault are left out of it (see `changed`)."""

    expression: Expression
    faults: tuple[Fault, ...] = ()
    tokens: tuple[Token, ...] = ()


class _Unreadable(Exception):
    """The part at hand cannot be read; its fault is noted."""


def parse(text: str) -> Parsed:
    if len(text) > LONGEST:
        fault = Fault(LONGEST, len(text) - LONGEST, f"An expression has at most {LONGEST} characters; got {len(text)}.")
        return Parsed(EVERYTHING, (fault,))
    reader = _Reader(text)
    expression = reader.whole()
    return Parsed(EVERYTHING if expression is None else expression, tuple(reader.faults), tuple(reader.tokens))


@dataclass
class _Reader:
    text: str
    at: int = 0
    depth: int = 0
    parts: int = 0
    faults: list[Fault] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)

    # None stands for a part that could not be read: it takes a disjunction or negation around it along.

    def whole(self) -> Expression | None:
        self._space()
        if self.at == len(self.text):
            return EVERYTHING
        expression = self.disjunction()
        while self.at < len(self.text):  # a closing bracket too many
            self._note(self.at, 1, "There is no ( for this ).", "")
            self.tokens.append(Token(self.at, 1, "fault"))
            self.at += 1
            self._space()
            if self.at < len(self.text):
                expression = _joined(And, [expression, self.disjunction()])
        return expression

    def disjunction(self) -> Expression | None:
        parts = [self.conjunction()]
        while self._keyword("or"):
            parts.append(self.conjunction())
        return _joined(Or, parts)

    def conjunction(self) -> Expression | None:
        parts: list[Expression | None] = []
        begin = self.at
        while True:
            if self.at >= len(self.text) or self.text[self.at] == ")" or self._peek("or"):
                if not parts:
                    self._note(begin, 0, "Something to filter by is missing here.")
                    parts.append(None)
                return _joined(And, parts)
            if not parts and self._keyword("and"):
                self._note(begin, 3, "Something to filter by is missing before 'and'.", "")
                parts.append(None)
                continue
            if parts and self._keyword("and") and (self.at >= len(self.text) or self.text[self.at] == ")" or self._peek("or")):
                self._note(max(self.at - 1, 0), 0, "Something to filter by is missing after 'and'.")
                return _joined(And, parts)
            parts.append(self.negation())

    def negation(self) -> Expression | None:
        if self._keyword("not"):
            if self.at >= len(self.text) or self.text[self.at] == ")":
                self._note(self.at, 0, "Something to filter by is missing after 'not'.")
                return None
            self._deeper()
            inner = self.negation()
            self.depth -= 1
            return None if inner is None else Not(inner)
        if self.text[self.at] == "(":
            return self._bracket()
        begin = self.at
        self.parts += 1
        try:
            if self.parts > MOST_PARTS:
                self._refuse(begin, len(self.text) - begin, f"An expression has at most {MOST_PARTS} parts.")
            return self.comparison()
        except _Unreadable:
            if self.parts > MOST_PARTS:
                self.at = len(self.text)
            if self.at == begin:
                self.at += 1
            self._space()
            return None

    def _bracket(self) -> Expression | None:
        begin = self.at
        self._mark(1, "bracket")
        self._space()
        self._deeper()
        inner = self.disjunction()
        self.depth -= 1
        if self.at < len(self.text):
            self._mark(1, "bracket")
            self._space()
        else:
            self._note(begin, 1, "This ( is never closed.")
        return inner

    def comparison(self) -> Expression:
        begin = self.at
        name, is_quoted = self._name()
        kind = NAMED if is_quoted or name.lower() not in FIELDS else name.lower()
        if not is_quoted and name.lower() in PREFIXES and self.text.startswith(":", self.at):
            self.at += 1
            kind = name.lower()
            name = self._after_prefix(begin, kind)
        subject = Field(kind, name if kind in (NAMED, *PREFIXES) else "")
        length = self.at - begin
        match = _OPERATOR.match(self.text, self.at)
        if match is None:
            self._space()
            if kind in PREFIXES:
                self.tokens.append(Token(begin, length, "field"))
                return Has(subject, (begin, length))
            self.tokens.append(Token(begin, length, "word"))
            return Text(name, (begin, length))
        self.tokens.append(Token(begin, length, "field"))
        self.at = match.start(1)
        self._mark(len(match[1]), "operator")
        self._space()
        operator: Operator = "=" if match[1] == ":" else match[1]  # type: ignore[assignment]
        where = self.at
        values = self._values(begin, subject, operator)
        if subject.kind in ("name",) and operator not in ("=", "!=", "~"):
            self._refuse(begin, self.at - begin, "A name is compared by : or ~ only.")
        comparison = Compare(subject, operator, values, (begin, length), (where, self.at - where))
        self._space()
        return comparison

    def _after_prefix(self, begin: int, kind: str) -> str:
        if self.at >= len(self.text) or not (_WORD.match(self.text, self.at) or self.text[self.at] in "\"'"):
            what = "config key" if kind == "config" else "metric"
            self._refuse(begin, self.at - begin, f"The name of a {what} is missing after '{kind}:'.")
        return self._name()[0]

    def _values(self, begin: int, subject: Field, operator: Operator) -> tuple[Value, ...]:
        values = [self._value(begin, subject)]
        while self.text.startswith(",", self.at):
            where = self.at
            self._mark(1, "operator")
            self._space()
            values.append(self._value(begin, subject))
            if len(values) == 2 and operator not in ("=", "!="):
                self._note(where, 1, f"Several values stand after : = or != only; got {operator}.")
        if len(values) > MOST_VALUES:
            self._note(begin, self.at - begin, f"At most {MOST_VALUES} values can be given; got {len(values)}.")
        if len(values) > (MOST_VALUES if operator in ("=", "!=") else 1):
            raise _Unreadable
        return tuple(values)

    def _value(self, begin: int, subject: Field) -> Value:
        where = self.at
        if where >= len(self.text) or self.text[where] in "(),":
            self._refuse(begin, where - begin, "A value is missing after the operator.")
        if self.text[where] in "\"'":
            word = Word(self._quoted())
            self.tokens.append(Token(where, self.at - where, "value"))
            return word
        pattern = _SPELLED if subject.kind in TEXTUAL else _WORD
        match = pattern.match(self.text, where)
        if match is None:
            self._refuse(where, 1, f"A value can't begin with {self.text[where]}; put it in quotes.")
        self.at = match.end()
        raw = match[0]
        number = NUMBER.match(raw) if subject.kind not in TEXTUAL else None
        if number is None or not _finite(number[0]):
            self.tokens.append(Token(where, len(raw), "value"))
            return Word(raw)
        unit = raw[number.end() :]
        if not unit and (apart := _UNIT.match(self.text, self.at)) and apart[1] in UNITS:
            unit, self.at = apart[1], apart.end()
        elif not unit and self.text.startswith(('"', "'"), self.at):
            unit = self._quoted()
        self.tokens.append(Token(where, self.at - where, "value"))
        return Number(float(number[0]), unit, self.text[where : self.at])

    # --- the smallest pieces ---

    def _name(self) -> tuple[str, bool]:
        if self.text[self.at] in "\"'":
            return self._quoted(), True
        match = _WORD.match(self.text, self.at)
        if match is None:
            sign = self.text[self.at]
            self._refuse(self.at, 1, f"A key, metric or word is missing before '{sign}'.", skip=1)
        self.at = match.end()
        return match[0], False

    def _quoted(self) -> str:
        match = _QUOTED.match(self.text, self.at)
        if match is None:
            begin = self.at
            self._refuse(begin, len(self.text) - begin, "This quote is never closed.", skip=len(self.text) - begin)
        self.at = match.end()
        return re.sub(r"\\(.)", r"\1", match[1] if match[1] is not None else match[2], flags=re.DOTALL)

    def _space(self) -> None:
        match = _SPACE.match(self.text, self.at)
        assert match is not None
        self.at = match.end()

    def _peek(self, word: str) -> bool:
        match = _WORD.match(self.text, self.at)
        if match is None or match[0].lower() != word:
            return False
        return _OPERATOR.match(self.text, match.end()) is None or word in ("and", "or")

    def _keyword(self, word: str) -> bool:
        if not self._peek(word):
            return False
        self._mark(len(word), "connective")
        self._space()
        return True

    def _mark(self, length: int, kind: str) -> None:
        self.tokens.append(Token(self.at, length, kind))
        self.at += length

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            self._note(self.at, 0, f"Brackets and negations may be nested {DEEPEST} deep.")
            self.at = len(self.text)

    def _note(self, at: int, length: int, message: str, hint: str | None = None) -> None:
        self.faults.append(Fault(at, length, message, hint))

    def _refuse(self, at: int, length: int, message: str, *, skip: int = 0) -> NoReturn:
        self._note(at, length, message)
        if length and not any(token.at <= at < token.at + token.length for token in self.tokens):
            self.tokens.append(Token(at, length, "fault"))
        self.at += skip
        raise _Unreadable


def _joined(kind: type[And] | type[Or], parts: Sequence[Expression | None]) -> Expression | None:
    """One level of parts: those of the same kind inside are taken apart. A part that is None spoils an Or, and not an And."""
    whole = [part for part in parts if part is not None]
    if not whole or (kind is Or and len(whole) < len(parts)):
        return None
    flat = [inner for part in whole for inner in (part.parts if isinstance(part, kind) else (part,))]
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def _finite(digits: str) -> bool:
    return abs(float(digits)) != float("inf")
