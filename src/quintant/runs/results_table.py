"""The results of Runs as one table: a row a Run, or a point with its replicates; what tells the rows apart; every metric.

Columns: `key`, `lab`, `name`, `state`, `runs`, `root_seed` (of the first of the row's Runs), the swept keys, the other config
keys in which rows of one lab differ, and of each metric NAME its value (over replicates their mean), NAME_low and NAME_high
(its 95 % interval; of a single Run the Run's own), NAME_n (completed Runs behind it) and NAME_unit. A name that is taken gets
`config:` or `metric:` before it. Each Arrow field says what it is (`kind`, `name`) and its `unit`; the table says what its rows
have in common.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import orjson

from quintant import __version__
from quintant.config import canonical, suggest
from quintant.errors import ConfigError, NotFound, Problem, TooLarge
from quintant.runs.filter import EVERYTHING
from quintant.runs.key_words import key_words
from quintant.runs.leaves import leaves, reached
from quintant.runs.rows import Column, Query, Row, Sort

if TYPE_CHECKING:
    import pyarrow as pa

    from quintant.runs.facade import Runs

FIXED = ("key", "lab", "name", "state", "runs", "root_seed")
PARTS = ("low", "high", "n", "unit")
MOST_ROWS = 10_000
PAGE = 500
METADATA = b"quintant"
"""Key of the table's own metadata: JSON."""


@dataclass(frozen=True)
class Wanted:
    """Which results. `of`: key of a Run, a point or a sweep; `where`: a filter. `metrics`: these only, None for all."""

    of: str | None = None
    where: str = ""
    fold: Literal["none", "point"] = "point"
    sort: tuple[Sort, ...] = (Sort("created_at"),)
    metrics: Sequence[str] | None = None


def results_table(runs: Runs, wanted: Wanted) -> pa.Table:
    """NotFound where there is no row; TooLarge beyond MOST_ROWS of them."""
    expression = runs.expression(wanted.where) if wanted.where else EVERYTHING
    fold = wanted.fold
    if wanted.of is not None and [run_id for run_id, _ in runs.store.members(wanted.of)] == [wanted.of]:
        fold = "none"  # a Run is itself, not the point that it is a replicate of
    query = Query(fold=fold, expression=expression, of=wanted.of, sort=wanted.sort, limit=PAGE)
    names = _metrics(runs, wanted.metrics)
    rows = list(_rows(runs, query, [Column("metric", name) for name in names]))
    if not rows:
        what = wanted.of if wanted.of is not None else f"that {wanted.where!r} matches" if wanted.where else "at all"
        raise NotFound("Run", what)
    heads = [lab.headline.metric for name in dict.fromkeys(row.lab for row in rows) if (lab := runs.labs.get(name)) is not None]
    if wanted.metrics is None:
        names = sorted(names, key=lambda name: (heads.index(name) if name in heads else len(heads), name))
    return _table(runs, rows, names)


def _rows(runs: Runs, query: Query, columns: Sequence[Column]) -> Iterator[Row]:
    count, cursor = 0, query.cursor
    while True:
        page = runs.rows(replace(query, cursor=cursor), columns)
        count += len(page.rows)
        if count > MOST_ROWS:
            raise TooLarge(f"More than {MOST_ROWS} rows are asked for; filter them further.")
        yield from page.rows
        cursor = page.next
        if cursor is None:
            return


def _metrics(runs: Runs, wanted: Sequence[str] | None) -> list[str]:
    """ConfigError for a metric that no Run has had."""
    known = runs.store.metric_names()
    if wanted is None:
        return known
    if unknown := [name for name in wanted if name not in known]:
        text = f"must be among {', '.join(known) or 'none yet'}; got {unknown[0]!r}."
        raise ConfigError(Problem("metrics", text, unknown[0], known, suggest(unknown[0], known)))
    return list(dict.fromkeys(wanted))


def _table(runs: Runs, rows: Sequence[Row], metrics: Sequence[str]) -> pa.Table:
    import pyarrow as pa

    fields: list[pa.Field] = []
    columns: list[pa.Array] = []

    def add(name: str, kind: str, of: str, values: Sequence[Any], unit: str = "", type: Any = None) -> None:
        taken = {field.name for field in fields}
        free = name if name not in taken else f"{'config' if kind == 'config' else 'metric'}:{name}"
        told = {"kind": kind, "name": of, **({"unit": unit} if unit else {})}
        array = _array(values, type)
        fields.append(pa.field(free, array.type, metadata=told))
        columns.append(array)

    for name in FIXED:
        kind = pa.int64() if name in ("runs", "root_seed") else pa.string()
        add(name, "row", name, [str(row.state) if name == "state" else getattr(row, name) for row in rows], type=kind)
    swept, differing, common = _keys(rows)
    for key in (*swept, *differing):
        units = {words.unit for lab in {row.lab for row in rows} if (words := key_words(runs.labs.get(lab), key)) is not None}
        values = [reached(row.config, key) for row in rows]
        add(key, "config", key, values, units.pop() if len(units) == 1 else "")
    for name in metrics:
        cells = [row.cells.get(f"metric:{name}") for row in rows]
        found = {cell.unit for cell in cells if cell is not None}
        if not found:
            continue
        unit = found.pop() or "" if len(found) == 1 else ""
        add(name, "metric", name, [None if cell is None else cell.value for cell in cells], unit, pa.float64())
        for part in PARTS:
            type = pa.string() if part == "unit" else pa.int64() if part == "n" else pa.float64()
            own = unit if part in ("low", "high") else ""
            add(f"{name}_{part}", part, name, [None if cell is None else getattr(cell, part) for cell in cells], own, type)
    about = {
        "quintant": __version__,
        "labs": {lab: known.version for lab in common if (known := runs.labs.get(lab)) is not None},
        "common": common,
        "confidence": 0.95,
    }
    metadata = {METADATA: orjson.dumps(about, option=orjson.OPT_NON_STR_KEYS)}
    return pa.Table.from_arrays(columns, schema=pa.schema(fields, metadata=metadata))


def _array(values: Sequence[Any], type: Any) -> pa.Array:
    """Numbers as numbers, words as words; what has parts, or is of several kinds, as JSON text."""
    import pyarrow as pa

    if type is not None:
        return pa.array(values, type)
    present = [value for value in values if value is not None]
    numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in present)
    if numbers and not all(isinstance(value, int) and abs(value) < 2**63 for value in present):
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    if present and (numbers or all(isinstance(value, bool) for value in present) or all(isinstance(v, str) for v in present)):
        return pa.array(values)
    return pa.array([None if v is None else v if isinstance(v, str) else orjson.dumps(v).decode() for v in values], pa.string())


def _keys(rows: Sequence[Row]) -> tuple[list[str], list[str], dict[str, dict[str, Any]]]:
    """The swept keys; the other ones in which rows of one lab differ; by lab, what its rows have in common."""
    swept = list(dict.fromkeys(key for row in rows for key in row.point))
    differing: dict[str, None] = {}
    common: dict[str, dict[str, Any]] = {}
    for lab in dict.fromkeys(row.lab for row in rows):
        configs = [leaves(_without(row.config, swept)) for row in rows if row.lab == lab]
        for key in dict.fromkeys(key for config in configs for key in config):
            if len({canonical(config[key]) if key in config else b"" for config in configs}) > 1:
                differing[key] = None
            else:
                common.setdefault(lab, {})[key] = configs[0][key]
        common.setdefault(lab, {})
    return swept, list(differing), common


def _without(config: Mapping[str, Any], paths: Sequence[str]) -> dict[str, Any]:
    """The config with nothing at these dotted paths, which may reach into lists."""
    whole: dict[str, Any] = copy.deepcopy(dict(config))
    for path in paths:
        parent, dot, last = path.rpartition(".")
        inner = reached(whole, parent) if dot else whole
        if isinstance(inner, dict):
            inner.pop(last, None)
        elif isinstance(inner, list) and last.isdecimal() and int(last) < len(inner):
            inner[int(last)] = None
    return whole
