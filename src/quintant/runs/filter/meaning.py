"""Meaning: what a bound expression says of one Run, in plain Python. What is missing is in no answer, under `not` either.

A comparison is true, false, or neither where the Run lacks the value (Kleene's strong logic of three values: `not` leaves
neither as it is, `and` is false where one side is, `or` true where one side is). A Run is shown where the whole is true.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from quintant.runs.filter.binding import Vocabulary, span
from quintant.runs.filter.expression import (
    DURATIONS,
    TIMES,
    And,
    Compare,
    Expression,
    Has,
    Not,
    Number,
    Operator,
    Or,
    Text,
    Value,
    Word,
)  # fmt: skip
from quintant.runs.filter.unit import SECONDS, converted

ASCII_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


@dataclass(frozen=True)
class Facts:
    """What is known of one Run. `metrics`: value (None: could not be measured) and unit by name."""

    id: str
    lab: str
    name: str
    state: str
    contract: str | None = None
    sweep: str | None = None
    seed: int = 0
    replicate: int = 0
    created: float = 0.0
    started: float | None = None
    ended: float | None = None
    tags: frozenset[str] = frozenset()
    keys: Mapping[str, float | str] = field(default_factory=dict)
    metrics: Mapping[str, tuple[float | None, str]] = field(default_factory=dict)


def holds(expression: Expression, facts: Facts, vocabulary: Vocabulary, now: float) -> bool:
    return _truth(expression, facts, vocabulary, now) is True


def _truth(expression: Expression, facts: Facts, vocabulary: Vocabulary, now: float) -> bool | None:
    match expression:
        case And(parts):
            values = [_truth(part, facts, vocabulary, now) for part in parts]
            return False if False in values else None if None in values else True
        case Or(parts):
            values = [_truth(part, facts, vocabulary, now) for part in parts]
            return True if True in values else None if None in values else False
        case Not(part):
            value = _truth(part, facts, vocabulary, now)
            return None if value is None else not value
        case Has(subject):
            there = subject.name in facts.keys if subject.kind == "config" else facts.metrics.get(subject.name, (None,))[0]
            return there is not None and there is not False
        case Text(text):
            begins = facts.id.startswith(text) or (facts.sweep or "").startswith(text)
            return lower(text) in lower(facts.name) or begins
        case Compare():
            return _compared(expression, facts, vocabulary, now)


def _compared(part: Compare, facts: Facts, vocabulary: Vocabulary, now: float) -> bool | None:
    kind, operator, values = part.subject.kind, part.operator, part.values
    match kind:
        case "lab" | "state":
            return _equal(getattr(facts, kind) in _words(values), operator)
        case "contract":
            return _equal((facts.contract or "native") in _words(values), operator)
        case "tag":
            return _equal(not facts.tags.isdisjoint(_words(values)), operator)
        case "id" | "sweep":
            own = facts.id if kind == "id" else facts.sweep
            return None if own is None else _equal(own.startswith(tuple(_words(values))), operator)
        case "name":
            name = lower(facts.name)
            return _equal(any(lower(text) in name for text in _words(values)), "=" if operator == "~" else operator)
        case "seed" | "replicate":
            return _ordered(float(getattr(facts, kind)), operator, [number(value, "") for value in values])
        case "config":
            value = facts.keys.get(part.subject.name)
            return None if value is None else compared(value, operator, values, _unit(part, facts, vocabulary))
        case "metric":
            measured, unit = facts.metrics.get(part.subject.name, (None, ""))
            return None if measured is None else compared(measured, operator, values, unit)
    if kind in DURATIONS:
        return _lasted({"took": (facts.started, facts.ended), "age": (facts.created, now)}[kind], operator, values)
    assert kind in TIMES
    moment = getattr(facts, kind)
    if moment is None:
        return None
    return any_span(moment, operator, [between for text in _words(values) if (between := span(text, now)) is not None])


def _lasted(ends: tuple[float | None, float | None], operator: Operator, values: tuple[Value, ...]) -> bool | None:
    begin, end = ends
    if begin is None or end is None:
        return None
    return _ordered(end - begin, operator, [number(value, SECONDS) for value in values])


def _equal(equal: bool, operator: Operator) -> bool:
    return equal if operator == "=" else not equal


def any_span(moment: float, operator: Operator, spans: list[tuple[float, float]]) -> bool:
    """A moment against a day, minute or second: within it for =, before its begin for <, before its end for <=."""
    match operator:
        case "<":
            return moment < spans[0][0]
        case "<=":
            return moment < max(spans[0][1], after(spans[0]))
        case ">":
            return moment >= max(spans[0][1], after(spans[0]))
        case ">=":
            return moment >= spans[0][0]
    return _equal(any(begin <= moment < max(end, after((begin, end))) for begin, end in spans), operator)


def after(between: tuple[float, float]) -> float:
    """The end of a span that is a moment: the next number."""
    return math.nextafter(between[0], math.inf)


def _unit(part: Compare, facts: Facts, vocabulary: Vocabulary) -> str:
    known = vocabulary.keys.get(part.subject.name)
    return known.unit(facts.lab) if known else ""


def compared(own: float | str, operator: Operator, values: tuple[Value, ...], unit: str) -> bool | None:
    """A stored value, in `unit`, against the given ones."""
    if isinstance(own, str):
        if operator == "~":
            return lower(word(values[0])) in lower(own)
        if operator not in ("=", "!="):
            return None
        return _equal(own in _words(values), operator)
    if operator == "~":
        return None
    numbers = [number(value, unit) for value in values]
    if operator not in ("=", "!=") and numbers[0] is None:
        return None
    return _ordered(float(own), operator, numbers)


def _ordered(own: float, operator: Operator, numbers: list[float | None]) -> bool | None:
    """None among `numbers`: a value of another kind, which is not equal to it and can't be ordered with it."""
    other = numbers[0]
    match operator:
        case "=":
            return own in numbers
        case "!=":
            return own not in numbers
        case "<":
            return None if other is None else own < other
        case "<=":
            return None if other is None else own <= other
        case ">":
            return None if other is None else own > other
        case ">=":
            return None if other is None else own >= other
    return None


def _words(values: tuple[Value, ...]) -> list[str]:
    return [word(value) for value in values]


def word(value: Value) -> str:
    return value.text if isinstance(value, Word) else value.raw or repr(value.value)


def number(value: Value, unit: str) -> float | None:
    """The value in `unit`; None where it is no number of that kind."""
    return converted(value.value, value.unit, unit) if isinstance(value, Number) else None


def lower(text: str) -> str:
    """ASCII letters only, as every database of ours does it."""
    return text.translate(ASCII_LOWER)
