"""Axes: what a sweep goes through, in one grammar for the command line, the API and the SDK.

    190:270:20                first, last, step: 190, 210, … 270, both ends met
    0:1:lin:5                 five values from 0 to 1, evenly spaced
    1:1000:log:4              four from 1 to 1000, evenly spaced in the logarithm
    1:3:lhs:64                64 points of a Latin hypercube over all axes of that kind and size (McKay et al. 1979)
    1:100:log:sobol:64        Sobol points, here evenly spread in the logarithm; :7 behind the number is the design's seed
    a,b   [[1,2],[3,4]]       these values

Several keys with commas between them are tied: `e_start,e_end=1:3:1` gives both the same value at each point, rows
(`[[1,2],[1,3]]`, or a part for each key, `1:3:1;10:30:10`) give each its own. In JSON an axis is a list of values, one of
these texts, or an object: {"start", "stop", "step"}, or {"start", "stop", "n"} with "scale" (lin, log), "design" (lhs, sobol)
and "seed" where wanted.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

import orjson

from quintant.config import canonical
from quintant.config.explanation import json_types, resolved
from quintant.errors import ConfigError, Problem

MOST_VALUES = 10_000
GRAMMAR = (
    "Write first:last:step, first:last:lin:n, first:last:log:n, first:last:lhs:n, first:last:sobol:n, or values with commas."
)
MOST_TIED = 100
LONGEST_RANGE = 200
"""Characters of a text that is looked at as a range: longer ones are lists."""
LARGEST = 308
"""Decimal exponent: what no float holds is no value of any key, and arithmetic with it would take forever."""
DIGITS = 9
"""Significant digits of values that a logarithm or a design computes: 1:1000:log:4 is 1, 10, 100, 1000."""
FOREIGN = re.compile(
    r"^\s*(?:(?:np\.|numpy\.)?(?:range|arange|linspace|logspace|geomspace)\s*\(.*\)|-?[\d.]+(?:[eE][+-]?\d+)?\s*"
    r"(?:\.\.\.?|…|–|-|to)\s*-?[\d.]+(?:[eE][+-]?\d+)?(?:[\s,:;].*)?)\s*$"
)
"""How other tools write ranges: 190..270, 190-270, 190 to 270, linspace(190, 270, 5). None of them is a value of any key."""


@dataclass(frozen=True)
class Design:
    """An axis whose values come from a design over all such axes: uniform between `low` and `high`, or in their logarithm."""

    kind: Literal["lhs", "sobol"]
    n: int
    low: float
    high: float
    log: bool = False
    seed: int = 0


@dataclass(frozen=True)
class Axes:
    """`groups`: keys that go together, each with its rows (a value a key); every combination of rows is a point."""

    groups: tuple[tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]], ...] = ()

    @property
    def values(self) -> dict[str, list[Any]]:
        """Key → its values in order; of tied keys one a point of theirs, repeated ones too."""
        return {key: [row[at] for row in rows] for keys, rows in self.groups for at, key in enumerate(keys)}

    @property
    def tied(self) -> tuple[tuple[str, ...], ...]:
        return tuple(keys for keys, _ in self.groups if len(keys) > 1)

    @property
    def wire(self) -> dict[str, list[Any]]:
        """As a request has them, which is read as the same axes again: tied keys with commas between them, and rows."""
        return {
            ",".join(keys): [row[0] for row in rows] if len(keys) == 1 else [list(row) for row in rows]
            for keys, rows in self.groups
        }

    @property
    def size(self) -> int:
        return math.prod(len(rows) for _, rows in self.groups)

    def points(self) -> Iterator[dict[str, Any]]:
        """Every combination, the last group running fastest; one empty point without axes."""
        for rows in itertools.product(*(rows for _, rows in self.groups)):
            pairs = (zip(keys, row, strict=True) for (keys, _), row in zip(self.groups, rows, strict=True))
            yield dict(itertools.chain.from_iterable(pairs))

    @property
    def ends(self) -> Axes:
        """The first and last row of each group alone."""
        return Axes(tuple((keys, rows if len(rows) < 2 else (rows[0], rows[-1])) for keys, rows in self.groups))

    @classmethod
    def stored(cls, values: Mapping[str, Sequence[Any]], tied: Sequence[Sequence[str]]) -> Axes:
        """From `values` and `tied`, as a Sweep keeps them."""
        group = {key: tuple(keys) for keys in tied for key in keys}
        order = dict.fromkeys(group.get(key, (key,)) for key in values)
        return cls(tuple((keys, tuple(zip(*(values[key] for key in keys), strict=True))) for keys in order))


class Wrong(Exception):
    """`part`: of an object that is an axis, "" for the whole."""

    def __init__(self, message: str, hint: str | None = None, part: str = "") -> None:
        self.message, self.hint, self.part = message, hint, part
        super().__init__(message)


def axes(
    swept: Mapping[str, Any],
    *,
    whole: Callable[[str], bool] = lambda key: False,
    named: str = "sweep.",
    replicates: str = "`seeds`",
    repeated: bool = False,
) -> Axes:
    """The axes of a request. ConfigError names the axis for an empty one, a value given twice, a range that misses its end.

    `whole`: whether a key takes integers only, to which what a logarithm or a design computes is rounded then. `named`,
    `replicates`: how the door calls an axis, and what makes replicates there. `repeated`: values may come more than once.
    """
    read: dict[tuple[str, ...], Any] = {}
    seen: set[str] = set()
    for word, axis in swept.items():
        path = f"{named}{word}"
        keys = tuple(key.strip() for key in word.split(","))
        if len(keys) > MOST_TIED or not all(keys):
            text = f"must name a key, or up to {MOST_TIED} with commas between them."
            raise ConfigError(Problem(f"{named}{word[:80]}", text, word[:80]))
        if twice := [key for at, key in enumerate(keys) if key in seen or key in keys[:at]]:
            raise ConfigError(Problem(path, f"holds {twice[0]} twice." if len(keys) > 1 else "is given twice.", word))
        seen.update(keys)
        try:
            read[keys] = _axis(keys, axis)
        except Wrong as wrong:
            at = f"{path}.{wrong.part}" if wrong.part and isinstance(axis, Mapping) else path
            value = axis.get(wrong.part, None) if isinstance(axis, Mapping) else axis if isinstance(axis, str) else None
            raise ConfigError(Problem(at, wrong.message, value, hint=wrong.hint)) from None
    groups: list[tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]] = []
    designed: dict[tuple[str, int, int], list[tuple[tuple[str, ...], Design]]] = {}
    for keys, axis in read.items():
        if isinstance(axis, Design):
            designed.setdefault((axis.kind, axis.n, axis.seed), []).append((keys, axis))
    for keys, axis in read.items():
        path = f"{named}{','.join(keys)}"
        if not isinstance(axis, Design):
            rows = _checked(
                path, tuple(tuple(_rounded(value, key, whole) for key, value in zip(keys, row, strict=True)) for row in axis)
            )
            groups.append((keys, rows if repeated else _distinct(path, rows, replicates)))
            continue
        if designs := designed.pop((axis.kind, axis.n, axis.seed), None):
            together = tuple(key for tied, _ in designs for key in tied)
            path = f"{named}{','.join(together)}"
            rows = _designed(path, designs, whole)
            groups.append((together, rows if repeated else _distinct(path, rows, replicates)))
    return Axes(tuple(groups))


def _checked(path: str, rows: tuple[tuple[Any, ...], ...]) -> tuple[tuple[Any, ...], ...]:
    if not rows:
        raise ConfigError(Problem(path, "must hold at least one value; got none.", []))
    if len(rows) > MOST_VALUES:
        raise ConfigError(Problem(path, f"would hold {len(rows)} values; at most {MOST_VALUES} are allowed.", None))
    return rows


def _distinct(path: str, rows: tuple[tuple[Any, ...], ...], replicates: str) -> tuple[tuple[Any, ...], ...]:
    seen: set[bytes] = set()
    for row in rows:
        if (known := canonical(list(row))) in seen:
            shown = _shown(row[0] if len(row) == 1 else list(row))
            raise ConfigError(Problem(path, f"holds {shown} twice.", row[0], hint=f"Replicates are made by {replicates}."))
        seen.add(known)
    return rows


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    return text if len(text) <= 60 else text[:57] + "…"


@dataclass(frozen=True)
class Computed:
    """A number that a logarithm has made: rounded where its key takes integers."""

    value: float


def _rounded(value: Any, key: str, whole: Callable[[str], bool]) -> Any:
    if not isinstance(value, Computed):
        return value
    return round(value.value) if whole(key) else value.value


def integers(schema: Callable[[], Mapping[str, Any]]) -> Callable[[str], bool]:
    """Whether a dotted key takes integers and nothing else, by the JSON Schema of a Config, which is asked for when needed."""

    def whole(key: str) -> bool:
        root = schema()
        nodes = list(_ways(root, root))
        for part in key.split("."):
            inner = [way.get("properties", {}).get(part, way.get("items") if part.isdecimal() else None) for way in nodes]
            nodes = [way for node in inner if node for way in _ways(root, node)]
        kinds = {kind for way in nodes for kind in json_types(way)} - {"null"}
        return kinds == {"integer"}

    return whole


def _ways(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The alternatives of a node, references followed."""
    node = resolved(schema, node)
    alternatives = node.get("anyOf") or node.get("oneOf")
    for way in alternatives or ():
        yield from _ways(schema, way)
    if not alternatives:
        yield node


def _axis(keys: tuple[str, ...], axis: Any) -> Design | list[tuple[Any, ...]]:
    """Rows of as many values as there are keys."""
    if isinstance(axis, str) and ";" in axis and len(keys) > 1:
        parts = [_values(part) for part in axis.split(";")]
        if len(parts) != len(keys):
            raise Wrong(f"has {len(parts)} parts for {len(keys)} keys.", "One part for all of them, or one for each.")
        columns = [part for part in parts if not isinstance(part, Design)]
        if len(columns) < len(parts):
            raise Wrong("ties axes of a design, which are tied already.", "Sweep each key on its own.")
        if len({len(column) for column in columns}) > 1:
            raise Wrong(f"has parts of {', '.join(str(len(column)) for column in columns)} values; tied keys go together.")
        return list(zip(*columns, strict=True))
    values = _values(axis)
    if isinstance(values, Design):
        return values
    if len(keys) > 1 and any(isinstance(value, (list, tuple)) for value in values):
        if not all(isinstance(value, (list, tuple)) and len(value) == len(keys) for value in values):
            raise Wrong(f"must hold rows of {len(keys)} values, one for each of {', '.join(keys)}.")
        return [tuple(value) for value in values]
    return [(value,) * len(keys) for value in values]


def _values(axis: Any) -> Design | list[Any]:
    if isinstance(axis, str):
        return _text(axis.strip())
    if isinstance(axis, Mapping):
        return _object(axis)
    if isinstance(axis, Sequence) and not isinstance(axis, (bytes, bytearray)):
        return list(axis)
    raise Wrong(f"must be a list of values, a range or a text like 190:270:20; got {axis!r:.60}.")


# --- text ---


def _text(text: str) -> Design | list[Any]:
    if text.startswith("["):
        try:
            listed = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise Wrong(f"is not a JSON list: {error}.") from None
        values = listed if isinstance(listed, list) else [listed]
    elif text.startswith("{"):
        values = [_value(text)]
    elif len(text) <= LONGEST_RANGE and FOREIGN.match(text):
        raise Wrong(f"must be a range in this grammar; got {text!r}.", GRAMMAR)
    elif ":" in text and "," not in text and len(text) <= LONGEST_RANGE and (steps := _colons(text)) is not None:
        return steps
    else:
        values = [_value(part.strip()) for part in text.split(",")] if text else []
    if not values or "" in values:
        raise Wrong(f"holds an empty value; got {text!r}.")
    return values


def _value(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _colons(text: str) -> Design | list[Any] | None:
    """A range in one of its forms; None for a text that only has colons in it (a model's name, a time)."""
    parts = [part.strip() for part in text.split(":")]
    terms = [part.lower() for part in parts[2:]]
    log = terms[:1] == ["log"] and len(terms) > 1 and terms[1] in ("lhs", "sobol")
    kind = terms[1] if log else terms[0] if terms else ""
    if kind in ("lin", "log", "lhs", "sobol"):
        more = parts[4:] if log else parts[3:]
        if not 1 <= len(more) <= (2 if kind in ("lhs", "sobol") else 1):
            raise Wrong(f"must read first:last:{kind}:n; got {text!r}.", GRAMMAR)
        counts = [_integer(part, f"must have whole numbers behind {kind}; got {text!r}.") for part in more]
        low, high = _number(parts[0], text), _number(parts[1], text)
        if kind in ("lhs", "sobol"):
            return _design(kind, low, high, counts[0], log, counts[1] if len(counts) > 1 else 0)
        return _between(low, high, counts[0], kind == "log", all(_is_whole(part) for part in parts[:2]))
    numbers = [part for part in parts if _parsed(part) is not None]
    if len(parts) == 3:
        if len(numbers) < 3:
            raise Wrong(f"must read first:last:step in numbers; got {text!r}.", GRAMMAR)
        first, last, step = (Decimal(part) for part in parts)
        return spaced(first, last, step, all(_is_whole(part) for part in parts))
    if len(parts) == 2 and len(numbers) == 2:
        raise Wrong(f"has no step; got {text!r}.", GRAMMAR)
    if len(numbers) >= 2:
        raise Wrong(f"is no range; got {text!r}.", GRAMMAR)
    return None


def _parsed(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if number.is_finite() and number and abs(number.adjusted()) > LARGEST:
        raise Wrong(f"holds a number beyond what can be computed with; got {text!r}.")
    return number


def _number(text: str, whole: str) -> Decimal:
    number = _parsed(text)
    if number is None:
        raise Wrong(f"must begin with two numbers; got {whole!r}.", GRAMMAR)
    if not number.is_finite():
        raise Wrong(f"must hold finite numbers; got {whole!r}.")
    return number


def _integer(text: str, message: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise Wrong(message, GRAMMAR) from None


def _is_whole(text: str) -> bool:
    number = _parsed(text)
    if number is None or not number.is_finite() or "." in text or abs(number) >= 2**63:
        return False
    return number == int(number)


# --- objects ---


def _object(axis: Mapping[str, Any]) -> Design | list[Any]:
    known = ("start", "stop", "step", "n", "scale", "design", "seed")
    if unknown := [key for key in axis if key not in known]:
        raise Wrong(f"is not part of an axis; there are {', '.join(known)}.", part=str(unknown[0]))
    for part in ("start", "stop"):
        if not _is_number(axis.get(part)):
            raise Wrong(f"must be a number; got {axis.get(part)!r:.40}.", part=part)
    start, stop = axis["start"], axis["stop"]
    step, n, scale, design = (axis.get(part) for part in ("step", "n", "scale", "design"))
    if not all(math.isfinite(number) for number in (start, stop, step) if isinstance(number, (int, float))):
        raise Wrong("must hold finite numbers.")
    if (step is None) is (n is None):
        raise Wrong("must have one of step and n.")
    whole = isinstance(start, int) and isinstance(stop, int)
    if step is not None:
        if not _is_number(step):
            raise Wrong(f"must be a number; got {step!r:.40}.", part="step")
        if scale not in (None, "lin") or design is not None:
            raise Wrong("goes with n, not with a step.", part="scale" if scale not in (None, "lin") else "design")
        first, last, by = (Decimal(str(number)) for number in (start, stop, step))
        return spaced(first, last, by, whole and isinstance(step, int))
    if not isinstance(n, int) or isinstance(n, bool):
        raise Wrong(f"must be an integer; got {n!r:.40}.", part="n")
    if scale not in (None, "lin", "log"):
        raise Wrong(f"must be lin or log; got {scale!r:.40}.", part="scale")
    low, high = Decimal(str(start)), Decimal(str(stop))
    if design is None:
        return _between(low, high, n, scale == "log", whole)
    if design not in ("lhs", "sobol"):
        raise Wrong(f"must be lhs or sobol; got {design!r:.40}.", part="design")
    seed = axis.get("seed") or 0
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise Wrong(f"must be an integer; got {seed!r:.40}.", part="seed")
    return _design(design, low, high, n, scale == "log", seed)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


# --- numbers ---


def spaced(first: Decimal, last: Decimal, step: Decimal, whole: bool) -> list[Any]:
    """Both ends included, counted in decimal so that 0.1:0.3:0.1 holds 0.1, 0.2 and 0.3 exactly."""
    if not all(part.is_finite() for part in (first, last, step)):
        raise Wrong(f"must hold finite numbers; got '{first}:{last}:{step}'.".lower())
    if step == 0 or (last - first) / step < 0:
        raise Wrong(f"a step of {step} never leads from {first} to {last}.", part="step")
    count = (last - first) / step
    if count >= MOST_VALUES:
        raise Wrong(f"would hold {_counted(count + 1)} values; at most {MOST_VALUES} are allowed.")
    if count != int(count):
        before, after = first + int(count) * step, first + (int(count) + 1) * step
        raise Wrong(f"steps of {step} from {first} do not meet {last}.", f"They meet {before:g} and {after:g}.", "stop")
    numbers = [first + index * step for index in range(int(count) + 1)]
    return [int(number) if whole else float(number) for number in numbers]


def _counted(count: Decimal) -> str:
    return f"{int(count)}" if count < 10**12 else f"about {count:.3g}"


def _between(low: Decimal, high: Decimal, n: int, log: bool, whole: bool) -> list[Any]:
    """`n` values, both ends included. Integers where the ends are and all values come out as such."""
    if not 2 <= n <= MOST_VALUES:
        raise Wrong(f"must have 2 to {MOST_VALUES} values; got {n}.", part="n")
    if low == high:
        raise Wrong(f"begins and ends at {low}.")
    if log:
        first, last = _logarithms(low, high)
        made = [math.exp(first + (last - first) * index / (n - 1)) for index in range(n)]
        numbers = [float(low), *(float(f"{value:.{DIGITS}g}") for value in made[1:-1]), float(high)]
    else:
        numbers = [float(low + (high - low) * index / (n - 1)) for index in range(n)]
    if whole and all(number == int(number) for number in numbers):
        return [int(number) for number in numbers]
    return [Computed(number) for number in numbers] if log else numbers


def _logarithms(low: Decimal, high: Decimal) -> tuple[float, float]:
    if low <= 0 or high <= 0:
        raise Wrong(f"has no logarithm at {low if low <= 0 else high}; both ends must be above 0.")
    return math.log(low), math.log(high)


def _design(kind: Any, low: Decimal, high: Decimal, n: int, log: bool, seed: int) -> Design:
    if not 1 <= n <= MOST_VALUES:
        raise Wrong(f"must have 1 to {MOST_VALUES} points; got {n}.", part="n")
    if kind == "sobol" and n & (n - 1):
        below = 1 << (n.bit_length() - 1)
        text = f"has {n} Sobol points, which are out of balance: only powers of two fill space evenly."
        raise Wrong(text, f"Take {below} or {2 * below}.", "n")
    if low >= high:
        raise Wrong(f"must begin below its end; got {low} and {high}.")
    if not 0 <= seed < 2**32:
        raise Wrong(f"must be 0 to 2^32 - 1; got {seed}.", part="seed")
    if log:
        _logarithms(low, high)
    if not math.isfinite(float(high) - float(low)):
        raise Wrong(f"is too wide for a design: {low} to {high}.")
    return Design(kind, n, float(low), float(high), log, seed)


def _designed(
    path: str, designs: Sequence[tuple[tuple[str, ...], Design]], whole: Callable[[str], bool]
) -> tuple[tuple[Any, ...], ...]:
    """Rows of a design, a dimension an axis: space-filling where independent draws would leave gaps."""
    from scipy.stats import qmc

    first = designs[0][1]
    try:
        engine = (qmc.LatinHypercube if first.kind == "lhs" else qmc.Sobol)(len(designs), rng=first.seed)
        unit = engine.random(first.n)
    except ValueError as error:
        raise ConfigError(Problem(path, f"has no such design: {error}.", None)) from None
    columns: list[list[Any]] = []
    for (keys, axis), draws in zip(designs, unit.T.tolist(), strict=True):
        for key in keys:
            integer = whole(key)
            columns.append([_drawn(axis, float(draw), integer) for draw in draws])
    return tuple(zip(*columns, strict=True))


def _drawn(axis: Design, draw: float, whole: bool) -> Any:
    if whole and not axis.log:  # each integer has the same share of the unit interval
        return min(int(axis.high), math.floor(axis.low + draw * (axis.high - axis.low + 1)))
    if axis.log:
        low, high = math.log(axis.low), math.log(axis.high)
        value = math.exp(low + draw * (high - low))
    else:
        value = axis.low + draw * (axis.high - axis.low)
    return round(value) if whole else min(axis.high, max(axis.low, float(f"{value:.{DIGITS}g}")))


__all__ = ["GRAMMAR", "MOST_VALUES", "Axes", "Design", "axes", "spaced"]
