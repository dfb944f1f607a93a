"""What there is to filter and sort by: keys of the installed labs and of what is stored, metrics that were measured."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, TextClause, select, text

from quintant.lab import Lab
from quintant.runs.filter.binding import KeyFacts, Vocabulary
from quintant.runs.key_words import key_words, keys_of
from quintant.runs.lifecycle import State
from quintant.runs.store.models import metric_kinds


def _names(table: str, column: str) -> TextClause:
    """The names that an index holds, each found by one step from the one before it instead of by reading all its entries."""
    return text(f"""
WITH RECURSIVE names(name) AS (
    SELECT min({column}) FROM {table}
    UNION ALL
    SELECT (SELECT min({column}) FROM {table} WHERE {column} > names.name) FROM names WHERE names.name IS NOT NULL
) SELECT name FROM names WHERE name IS NOT NULL
""")


_KEYS, _LABS, _CONTRACTS = _names("run_key", "key"), _names("runs", "lab"), _names("runs", "contract")
_BASIS = text("SELECT DISTINCT lab, key, number IS NOT NULL AS counts FROM basis_key")


def vocabulary(connection: Connection, labs: Mapping[str, Lab]) -> Vocabulary:
    """`labs`: those whose keys can be named before any Run has them."""
    units: dict[str, dict[str, str]] = {}
    kinds: dict[str, set[str]] = {}
    for name, lab in labs.items():
        for key, description in keys_of(lab.config).items():
            if "*" not in key:
                units.setdefault(key, {})[name] = description.unit
                kinds.setdefault(key, set()).update(description.kinds)
    for row in connection.execute(_BASIS):
        known = key_words(labs.get(row.lab), row.key)
        units.setdefault(row.key, {}).setdefault(row.lab, known.unit if known else "")
        kinds.setdefault(row.key, set()).update(known.kinds if known else {"number" if row.counts else "text"})
    for key in connection.execute(_KEYS).scalars():
        for name, lab in labs.items():
            if (known := key_words(lab, key)) is not None:
                units.setdefault(key, {}).setdefault(name, known.unit)
                kinds.setdefault(key, set()).update(known.kinds)
        units.setdefault(key, {})
        kinds.setdefault(key, set())
    metrics: dict[str, set[str]] = {}
    for kind in connection.execute(select(metric_kinds)):
        metrics.setdefault(kind.name, set()).add(kind.unit)
    both = frozenset({"number", "text"})
    return Vocabulary(
        labs=sorted({*labs, *connection.execute(_LABS).scalars()}),
        states=[str(state) for state in State],
        contracts=list(connection.execute(_CONTRACTS).scalars()),
        keys={key: KeyFacts(units[key], frozenset(kinds[key]) or both) for key in units},
        metrics={name: frozenset(units_of) for name, units_of in metrics.items()},
    )
