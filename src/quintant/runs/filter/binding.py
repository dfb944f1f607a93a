"""Binding: the names of an expression are looked up in what the labs and the Store know, its values checked against them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from quintant.runs.filter.expression import (
    DURATIONS,
    EVERYTHING,
    FIELDS,
    NAMED,
    NUMBERS,
    TIMES,
    Compare,
    Expression,
    Fault,
    Field,
    Has,
    Number,
    Value,
    Word,
    changed,
    written,
)  # fmt: skip
from quintant.runs.filter.unit import SECONDS, converted

SYNONYMS = {
    "status": "state", "tags": "tag", "seeds": "seed", "root_seed": "seed", "created_at": "created", "started_at": "started",
    "ended_at": "ended", "took_s": "took", "duration": "took", "date": "created", "since": "created", "run": "id",
}  # fmt: skip
ORDERED = frozenset({"<", "<=", ">", ">="})


@dataclass(frozen=True)
class KeyFacts:
    """`units`: of the labs that have the key, by lab; "" where it has none. `kinds`: number, text, or both."""

    units: Mapping[str, str]
    kinds: frozenset[str]

    def unit(self, lab: str) -> str:
        """The unit of the key in a lab; that of all, where all have the same."""
        common = set(self.units.values())
        return common.pop() if len(common) == 1 else self.units.get(lab, "")


@dataclass(frozen=True)
class Vocabulary:
    """What there is to filter by. `metrics`: the units in which each is measured."""

    labs: Collection[str] = ()
    states: Collection[str] = ()
    contracts: Collection[str] = ()
    keys: Mapping[str, KeyFacts] = field(default_factory=dict)
    metrics: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def units(self, subject: Field) -> frozenset[str]:
        """The units in which the values of a key or metric are stored."""
        if subject.kind == "metric":
            return self.metrics.get(subject.name, frozenset())
        facts = self.keys.get(subject.name)
        return frozenset(facts.units.values()) if facts else frozenset()


def bound(expression: Expression, vocabulary: Vocabulary) -> tuple[Expression, tuple[Fault, ...]]:
    """The expression with every named field found to be a key or a metric; parts with a fault are left out (`changed`)."""
    faults: list[Fault] = []

    def leaf(part: Expression) -> Expression | None:
        try:
            if isinstance(part, Compare):
                return _compare(part, vocabulary)
            if isinstance(part, Has):
                return replace(part, subject=_named(part.subject, part.at, vocabulary))
            return part
        except _Unknown as unknown:
            faults.append(unknown.fault)
            return None

    rebound = changed(expression, leaf)
    return (EVERYTHING if rebound is None else rebound), tuple(faults)


class _Unknown(Exception):
    def __init__(self, fault: Fault) -> None:
        self.fault = fault


def _refusal(at: tuple[int, int], message: str, hint: str | None = None) -> _Unknown:
    return _Unknown(Fault(*at, message, hint))


def _compare(part: Compare, vocabulary: Vocabulary) -> Compare:
    subject, kind = part.subject, part.subject.kind
    if kind in ("lab", "state", "contract"):
        known = {"lab": vocabulary.labs, "state": vocabulary.states, "contract": ("native", *vocabulary.contracts)}[kind]
        _plain(part, f"A {kind}")
        return _words(part, known)
    if kind in ("sweep", "id", "tag", "name"):
        if part.operator in ORDERED or (part.operator == "~" and kind != "name"):
            raise _refusal(part.at, f"{kind} is compared by : or != only; got {part.operator}.")
        return part
    if kind in NUMBERS:
        return replace(part, values=tuple(_number(part, value, kind, frozenset({""})) for value in part.values))
    if kind in DURATIONS:
        return replace(part, values=tuple(_number(part, value, kind, frozenset({SECONDS})) for value in part.values))
    if kind in TIMES:
        for value in part.values:
            _time(part, value)
        if part.operator == "~":
            raise _refusal(part.at, f"{kind} is a time; ~ looks for a part of a word.")
        return part
    subject = _named(subject, part.at, vocabulary)
    return _measured(replace(part, subject=subject), vocabulary)


def _named(subject: Field, at: tuple[int, int], vocabulary: Vocabulary) -> Field:
    """The key or metric that is meant: a key where both are called so."""
    name = subject.name
    if subject.kind in ("config", NAMED) and name in vocabulary.keys:
        return Field("config", name)
    if subject.kind in ("metric", NAMED) and name in vocabulary.metrics:
        return Field("metric", name)
    if subject.kind == "config":
        raise _refusal(at, f"'{name}' is not a key of any lab.", _near(name, vocabulary.keys, "config:"))
    if subject.kind == "metric":
        raise _refusal(at, f"'{name}' is not a metric of any run.", _near(name, vocabulary.metrics, "metric:"))
    known = [*vocabulary.keys, *vocabulary.metrics, *FIELDS]
    hint = SYNONYMS.get(name.lower()) or _near(name, known)
    raise _refusal(at, f"'{name}' is neither a key nor a metric.", hint)


def _measured(part: Compare, vocabulary: Vocabulary) -> Compare:
    name, units = part.subject.name, vocabulary.units(part.subject)
    facts = vocabulary.keys.get(name) if part.subject.kind == "config" else None
    kinds = facts.kinds if facts is not None else frozenset({"number"})
    if part.operator == "~":
        if "text" not in kinds:
            raise _refusal(part.at, f"{name} is a number; ~ looks for a part of a word.")
        return replace(part, values=tuple(Word(_spelled(value)) for value in part.values))
    if part.operator in ORDERED and "number" not in kinds:
        raise _refusal(part.at, f"{name} is a word; {part.operator} compares numbers.")
    if "number" not in kinds:
        return replace(part, values=tuple(Word(_spelled(value)) for value in part.values))
    if "text" in kinds and part.operator not in ORDERED:
        return replace(part, values=tuple(_either(part, value, name, units) for value in part.values))
    return replace(part, values=tuple(_number(part, value, name, units) for value in part.values))


def _either(part: Compare, value: Value, name: str, units: frozenset[str]) -> Value:
    """Of a key that may be a number or a word: a number where it is one with a unit that fits."""
    if isinstance(value, Number) and all(converted(value.value, value.unit, unit) is None for unit in units or {""}):
        return Word(_spelled(value))
    return value


def _number(part: Compare, value: Value, name: str, units: frozenset[str]) -> Number:
    if not isinstance(value, Number):
        if isinstance(value, Word) and value.text.lower() in ("none", "null"):
            raise _refusal(part.value_at, "What is missing is not compared: it is in no answer.")
        raise _refusal(part.value_at, f"{name} is a number; got '{_spelled(value)}'.")
    if all(converted(value.value, value.unit, unit) is None for unit in units or {""}):
        named = sorted(unit for unit in units if unit not in ("", "1"))
        message = f"{name} is measured in {' or '.join(named)}" if named else f"{name} has no unit"
        raise _refusal(part.value_at, f"{message}; got {value.unit}.", f"{value.value:.15g}")
    return value


def _words(part: Compare, known: Collection[str]) -> Compare:
    lowered = {word.lower(): word for word in known}
    values: list[Value] = []
    for value in part.values:
        text = _spelled(value)
        if text.lower() not in lowered:
            near = _near(text, known)
            others = [near if other is value and near else _spelled(other) for other in part.values]
            hint = ",".join(others) if near else None
            listed = ", ".join(sorted(known)) or "none yet"
            raise _refusal(part.value_at, f"'{text}' is not a {part.subject.kind}; there are {listed}.", hint)
        values.append(Word(lowered[text.lower()]))
    return replace(part, values=tuple(values))


def _plain(part: Compare, what: str) -> None:
    if part.operator not in ("=", "!="):
        raise _refusal(part.at, f"{what} is compared by : or != only; got {part.operator}.")


def _spelled(value: Value) -> str:
    if isinstance(value, Number):
        return value.raw or written(Compare(Field("config", "x"), "=", (value,))).removeprefix("config:x=")
    return value.text


def _near(word: str, known: Iterable[str], prefix: str = "") -> str | None:
    """The known name that is meant: one that goes on where the word ends (its unit), or is spelled nearly so."""
    names: dict[str, str] = {}
    for name in known:
        names.setdefault(name.lower(), name)
    lowered = word.lower()
    longer = [name for name in names if name.startswith(f"{lowered}_")]
    close = longer[:1] if len(longer) == 1 else difflib.get_close_matches(lowered, list(names), n=1, cutoff=0.6)
    return f"{prefix}{names[close[0]]}" if close else None


# --- times ---

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def _time(part: Compare, value: Value) -> None:
    text = _spelled(value)
    if span(text, datetime.now(UTC).timestamp()) is None:
        raise _refusal(part.value_at, f"'{text}' is not a time; write 2026-11-22, 2026-11-22T10:00, today or yesterday (UTC).")


def span(text: str, now: float) -> tuple[float, float] | None:
    """First second and end of the day, minute or second that `text` names, in seconds since 1970 UTC."""
    today = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    word = text.lower()
    if word in ("today", "yesterday"):
        begin = today - timedelta(days=word == "yesterday")
        return begin.timestamp(), (begin + timedelta(days=1)).timestamp()
    if not _DAY.match(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    length = {10: timedelta(days=1), 16: timedelta(minutes=1)}.get(len(text.rstrip("Z")), timedelta(seconds=1))
    if moment.microsecond:
        length = timedelta(0)
    try:
        return moment.timestamp(), (moment + length).timestamp()
    except OverflowError:
        return None
