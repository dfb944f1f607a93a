"""Facets: what the Runs that match could be filtered and sorted by further, with counts and ranges."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import ARRAY, BigInteger, ColumnElement, Connection, any_, bindparam, func, literal, select

from quintant.lab import Lab
from quintant.runs.filter import EVERYTHING, Expression, Vocabulary
from quintant.runs.key_words import key_words, keys_of
from quintant.runs.rows import COUNTED
from quintant.runs.store.models import basis_keys, metric_kinds, run_keys, run_metrics, run_tags, runs
from quintant.runs.store.where import Where

MOST_VALUES = 20
MOST_TAGS = 100
LOOKED_AT = 2_000  # folds in which the values of keys are counted


def facets(
    connection: Connection, expression: Expression, vocabulary: Vocabulary, labs: Mapping[str, Lab], now: float
) -> dict[str, Any]:
    """Over the newest ten thousand Runs that match."""
    columns = [runs.c[name] for name in ("number", "fold", "lab", "state", "contract", "sweep_id", "basis")]
    matching: list[Any] = [runs.c.hidden_until.is_(None)]
    where = Where(connection, vocabulary, now)
    if expression != EVERYTHING:
        matching.append(where.condition(expression))
        pool = where.candidates(expression, COUNTED)
        if pool is not None:
            matching.append(runs.c.number.in_(pool))
    query = select(*columns).where(*matching).order_by(runs.c.number.desc()).limit(COUNTED + 1)
    rows = connection.execute(query).all()
    more, rows = len(rows) > COUNTED, rows[:COUNTED]
    seen = list(dict.fromkeys(row.lab for row in rows))
    return {
        "total": len(rows),
        "more": more,
        "lab": dict(Counter(row.lab for row in rows).most_common()),
        "state": dict(Counter(row.state for row in rows).most_common()),
        "tag": _tags(connection, [row.number for row in rows]),
        "contract": dict(Counter(row.contract for row in rows if row.contract is not None).most_common()),
        "sweeps": len({row.sweep_id for row in rows if row.sweep_id is not None}),
        "metrics": _metrics(connection, [row.number for row in rows], expression == EVERYTHING, seen),
        "keys": _keys(connection, rows, labs, seen),
    }


def among(connection: Connection, column: ColumnElement[int], numbers: Sequence[int]) -> ColumnElement[bool]:
    """That the column is one of these, given as one value."""
    if connection.dialect.name == "postgresql":
        return column == any_(literal(list(numbers), ARRAY(BigInteger)))
    each = func.json_each(bindparam(None, orjson.dumps(list(numbers)).decode(), unique=True)).table_valued("value")
    return column.in_(select(each.c.value))


def _tags(connection: Connection, numbers: Sequence[int]) -> dict[str, int]:
    query = select(run_tags.c.tag, func.count().label("n")).where(among(connection, run_tags.c.run, numbers))
    counts = connection.execute(query.group_by(run_tags.c.tag).order_by(func.count().desc(), run_tags.c.tag).limit(MOST_TAGS))
    return {row.tag: row.n for row in counts}


def _metrics(connection: Connection, numbers: Sequence[int], everything: bool, labs: Sequence[str]) -> list[dict[str, Any]]:
    kinds: dict[str, dict[str, set[str]]] = defaultdict(lambda: {"units": set(), "labs": set()})
    for kind in connection.execute(select(metric_kinds).where(metric_kinds.c.lab.in_(labs))):
        kinds[kind.name]["units"].add(kind.unit)
        kinds[kind.name]["labs"].add(kind.lab)
    metric, ranges = run_metrics.c, {}
    if everything:  # the ends of an index, for each name
        for name in kinds:
            ends = select(func.min(metric.value), func.max(metric.value)).where(metric.name == name)
            ranges[name] = (*connection.execute(ends).one(), None)
    else:
        over = select(metric.name, func.min(metric.value), func.max(metric.value), func.count(metric.value))
        for name, least, most, n in connection.execute(
            over.where(among(connection, metric.run, numbers)).group_by(metric.name)
        ):
            ranges[name] = (least, most, n)
    return [
        {
            "name": name, "units": sorted(kinds[name]["units"]), "labs": sorted(kinds[name]["labs"]), "least": ranges[name][0],
            "most": ranges[name][1], "n": ranges[name][2],
        } for name in sorted(kinds) if name in ranges
    ]  # fmt: skip


def _keys(connection: Connection, rows: Sequence[Any], labs: Mapping[str, Lab], seen: Sequence[str]) -> list[dict[str, Any]]:
    folds = {row.fold: row for row in rows}
    looked = list(folds)[:LOOKED_AT]
    values: dict[str, Counter[Any]] = defaultdict(Counter)
    own = run_keys.c
    for row in connection.execute(select(own.key, own.number, own.text).where(among(connection, own.fold, looked))):
        value = row.number if row.number is not None else row.text
        if value is not None:
            values[row.key][_plain(value)] += 1
    varied = set(values)
    bases = {folds[fold].basis for fold in looked}
    base = basis_keys.c
    for row in connection.execute(select(base.key, base.number, base.text).where(base.basis.in_(bases))):
        value = row.number if row.number is not None else row.text
        if value is not None:
            values[row.key].setdefault(_plain(value), 0)
    labs_of: dict[str, list[str]] = defaultdict(list)
    for lab in seen:
        for key in {*values, *(key for key in (keys_of(labs[lab].config) if lab in labs else ()) if "*" not in key)}:
            if key_words(labs.get(lab), key) is not None:
                labs_of[key].append(lab)
    facets = []
    for key in sorted(labs_of):
        descriptions = [described for lab in labs_of[key] if (described := key_words(labs[lab], key)) is not None]
        units = {description.unit for description in descriptions if description.unit}
        facets.append({
            "key": key, "unit": units.pop() if len(units) == 1 else None, "labs": labs_of[key],
            "kinds": sorted({kind for description in descriptions for kind in description.kinds}), "says": descriptions[0].says,
            "essential": any(description.essential for description in descriptions), "varies": key in varied,
            "values": [value for value, _ in values[key].most_common(MOST_VALUES)] if key in values else [],
        })  # fmt: skip
    return facets


def _plain(value: float | str) -> float | int | str:
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value
