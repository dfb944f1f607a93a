"""TableSlice: some rows of a table, in some order, of some columns: what `where` and `sort` of a table mean.

`where` has the grammar of filters (`quintant.runs.filter`); its fields are the table's columns. A comparison with what is
missing (null, NaN) is neither true nor false, and such a row is in no answer, under `not` either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

from quintant.config.suggestion import suggest
from quintant.errors import ConfigError, Problem
from quintant.runs.filter import parse
from quintant.runs.filter.expression import And, Compare, Expression, Not, Number, Or, Value, Word
from quintant.runs.filter.unit import UNITS

if TYPE_CHECKING:
    import pyarrow as pa

SHARES = {"": 1.0, **{symbol: factor for symbol, (base, factor) in UNITS.items() if base == "1"}}
"""Of a column only shares have another unit: its own is not told."""


@dataclass(frozen=True)
class TableSlice:
    """`rows` None: all. `columns` empty: all. `sort`: "-a,b", descending with the minus; equal rows stay in their order."""

    first: int = 0
    rows: int | None = None
    columns: tuple[str, ...] = ()
    sort: str = ""
    where: str = ""

    @property
    def whole(self) -> bool:
        return self == TableSlice()

    def apply(self, table: pa.Table) -> tuple[pa.Table, int]:
        """The rows, and how many rows there are of what `where` says."""
        chosen = _where(table, self.where) if self.where else table
        matches = chosen.num_rows
        if self.sort:
            chosen = _sorted(chosen, self.sort)
        chosen = chosen.slice(self.first, self.rows)
        if self.columns:
            chosen = chosen.select([_column(table, "columns", name) for name in self.columns])
        return chosen, matches


def _column(table: pa.Table, key: str, name: str) -> str:
    if name in table.column_names:
        return name
    raise ConfigError(
        Problem(key, f"has no column {name!r}.", name, list(table.column_names), suggest(name, table.column_names))
    )


def _flat(table: pa.Table, key: str, name: str) -> Any:
    """The column; ConfigError where its values are lists or objects, which have no order."""
    import pyarrow as pa

    column = table.column(_column(table, key, name))
    if pa.types.is_nested(column.type):
        raise ConfigError(Problem(key, f"cannot compare {name}: its values are {column.type}.", name))
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def _sorted(table: pa.Table, sort: str) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    keys = [word.strip() for word in sort.split(",") if word.strip()]
    columns = {f"{at}": _flat(table, "sort", key.removeprefix("-")) for at, key in enumerate(keys)}
    columns["place"] = pa.array(range(table.num_rows), pa.int64())  # sorting is not stable by itself
    order = [(f"{at}", "descending" if key.startswith("-") else "ascending") for at, key in enumerate(keys)]
    return table.take(pc.sort_indices(pa.table(columns), sort_keys=[*order, ("place", "ascending")]))


def _where(table: pa.Table, text: str) -> pa.Table:
    parsed = parse(text)
    if parsed.faults:
        raise ConfigError([_renamed(fault.problem(text)) for fault in parsed.faults])
    if parsed.expression == And(()):
        return table
    return table.filter(_mask(table, parsed.expression), null_selection_behavior="drop")


def _renamed(problem: Problem) -> Problem:
    return Problem("where", problem.message, problem.value, problem.allowed, problem.hint)


def _mask(table: pa.Table, expression: Expression) -> Any:
    """true, false or null for every row."""
    import pyarrow.compute as pc

    match expression:
        case And(parts):
            return reduce(pc.and_kleene, (_mask(table, part) for part in parts))
        case Or(parts):
            return reduce(pc.or_kleene, (_mask(table, part) for part in parts))
        case Not(part):
            return pc.invert(_mask(table, part))
        case Compare(subject, operator, values):
            if subject.kind in ("config", "metric"):
                raise ConfigError(Problem("where", "compares columns; a table has no config and no metrics.", subject.name))
            name = subject.name or subject.kind
            column = _flat(table, "where", name)
            masks = [_compared(column, name, "=" if operator == "!=" else operator, value) for value in values]
            mask = reduce(pc.or_kleene, masks)
            return pc.invert(mask) if operator == "!=" else mask
        case _:
            said = getattr(expression, "text", None)
            raise ConfigError(Problem("where", "must compare columns, as in spikes>3 and type:E.", said, table.column_names))


_OPERATORS: Mapping[str, str] = {"=": "equal", "<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal"}


def _compared(column: Any, name: str, operator: str, value: Value) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_floating(kind):
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, kind), column)
    spelled = value.text if isinstance(value, Word) else value.raw or f"{value.value:g}"
    if pa.types.is_boolean(kind):
        if operator != "=" or spelled.lower() not in ("true", "false"):
            raise ConfigError(Problem("where", f"{name} is true or false: {name}:true.", spelled, ["true", "false"]))
        return pc.equal(column, spelled.lower() == "true")
    if operator == "~":
        return pc.match_substring(column.cast(pa.string()), spelled, ignore_case=True)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return getattr(pc, _OPERATORS[operator])(column, _number(name, value))
    if operator != "=":
        raise ConfigError(Problem("where", f"{name} holds words, which compare by :, = and ~.", spelled))
    return pc.equal(column.cast(pa.string()), spelled)


def _number(name: str, value: Value) -> Any:
    import pyarrow as pa

    if isinstance(value, Number) and value.unit in SHARES:
        number = value.value * SHARES[value.unit]
    elif isinstance(value, Number):
        raise ConfigError(
            Problem("where", f"{name} is compared in its own unit; got {value.unit!r}.", value.unit, list(SHARES))
        )
    else:
        try:
            number = float(value.text)
        except ValueError:
            raise ConfigError(Problem("where", f"{name} holds numbers; got {value.text!r}.", value.text)) from None
    return pa.scalar(int(number)) if number.is_integer() and abs(number) < 2**53 else pa.scalar(number)
