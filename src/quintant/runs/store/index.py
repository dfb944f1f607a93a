"""What a Run is found by: its place among all Runs, its fold, the keys of its config and its metrics, as rows of the Store.

A **fold** holds the Runs that differ in their root seed only: the replicates of one point of a sweep, or one Run that stands
alone. A **family** is a sweep, or one Run that stands alone. Both are named by the number of their first Run, and have a
**lead** and a **head**: the first one that is still there, so that a list of folds is a list of leads.

A config has up to a hundred and forty keys and a person changes three of them. What the Runs of a lab have in common is
therefore stored once, as their **basis** (the lab's defaults), and each fold has rows only for the keys that differ from it.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, Table, delete, func, insert, select, text, update

from quintant.config import canonical
from quintant.runs.store.models import basis_keys, metric_kinds, run_annotations, run_keys, run_metrics, run_tags, runs

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.dialects import postgresql, sqlite

    from quintant.lab import Metric
    from quintant.runs.run import Run

    InsertNew = Callable[[Table], postgresql.Insert | sqlite.Insert]
    """The dialect's INSERT … ON CONFLICT for a table."""

Leaf = float | int | str | bool
MOST_LEAVES = 400
LONGEST_LIST = 32
LONGEST_TEXT = 255
LONGEST_KEY = 255


@dataclass(frozen=True)
class Traits:
    """The keys of one config by which its Runs are found: `own` differ from the `basis`; None: the key is not there."""

    basis: int
    own: Mapping[str, Leaf | None]


@dataclass(frozen=True)
class Basis:
    """What configs of one lab have in common. `number` is made from its content: the same defaults are stored once."""

    leaves: Mapping[str, Leaf] = field(default_factory=dict)
    number: int = 0
    lab: str = ""

    @classmethod
    def from_config(cls, lab: str, config: Mapping[str, Any]) -> Basis:
        values = dict(leaves(config))
        digest = hashlib.sha256(canonical([lab, values])).digest()
        return cls(values, int.from_bytes(digest[:7], "big") + 1, lab)

    def traits(self, config: Mapping[str, Any]) -> Traits:
        values = dict(leaves(config))
        own: dict[str, Leaf | None] = {
            key: value for key, value in values.items() if key not in self.leaves or not _same(self.leaves[key], value)
        }
        own |= {key: None for key in self.leaves if key not in values}
        return Traits(self.number, own)


NOTHING = Basis()


def leaves(config: Mapping[str, Any]) -> Iterator[tuple[str, Leaf]]:
    """The dotted keys of a config with their single values, in order; lists by index while they are short. null is no value."""
    count = 0
    for key, value in _leaves(config, ""):
        if len(key) > LONGEST_KEY:
            continue
        if (count := count + 1) > MOST_LEAVES:
            return
        yield key, value


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Leaf]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value if len(value) <= LONGEST_LIST else ()):
            yield from _leaves(inner, f"{path}.{index}" if path else str(index))
    elif isinstance(value, (bool, int, float, str)) and path:
        yield path, value


def stored(value: Leaf | None) -> dict[str, Any]:
    """A leaf as the two columns that hold it: numbers as `number`, words (also true and false) as `text`."""
    if value is None:
        return {"number": None, "text": None}
    if isinstance(value, bool):
        return {"number": None, "text": "true" if value else "false"}
    if isinstance(value, (int, float)):
        return {"number": float(value), "text": None} if math.isfinite(value) else {"number": None, "text": None}
    return {"number": None, "text": value.replace("\0", "")[:LONGEST_TEXT]}


def _same(mine: Leaf, other: Leaf) -> bool:
    return type(mine) is type(other) and mine == other if isinstance(mine, (bool, str)) else mine == other


# --- at creation ---


def numbers(connection: Connection, count: int) -> range:
    """So many numbers in a row that no Run has; within the transaction that stores their Runs."""
    if connection.dialect.name == "postgresql":
        # One of two that create at once waits: the numbers of a sweep have no gap, and each begins behind all that are seen.
        connection.execute(text("SELECT pg_advisory_xact_lock(7153428)"))
    first = connection.execute(select(func.coalesce(func.max(runs.c.number), 0))).scalar_one() + 1
    return range(first, first + count)


Folds = dict[tuple[str, bytes], int]
"""(a sweep, a point of it) → the fold of its Runs."""


def places(new: Sequence[Run], first: int, folds: Folds, families: dict[str, int]) -> list[dict[str, int]]:
    """Where each of these Runs stands, numbered from `first` on. `folds` and `families`: those that are there already, of a
    sweep that gets more Runs; a new sweep comes whole."""
    places = []
    for number, run in enumerate(new, first):
        family = families.setdefault(run.sweep_id or run.id, number)
        fold = folds.setdefault((run.sweep_id or run.id, canonical(dict(run.point)) if run.sweep_id else b""), number)
        firsts = {"lead": int(fold == number), "head": int(family == number)}
        places.append({"number": number, "fold": fold, "family": family, **firsts})
    return places


def standing(connection: Connection, sweep_id: str) -> tuple[Folds, dict[str, int], set[tuple[int, int]]]:
    """What is there of a sweep: its folds, its family, and which (fold, replicate) are taken. Within a transaction that holds
    what `numbers` holds: nobody adds to the sweep meanwhile."""
    query = select(runs.c.fold, runs.c.family, runs.c.replicate, runs.c.point).where(runs.c.sweep_id == sweep_id)
    rows = connection.execute(query).all()
    folds = {(sweep_id, canonical(dict(row.point))): row.fold for row in rows}
    families = {sweep_id: rows[0].family} if rows else {}
    return folds, families, {(row.fold, row.replicate) for row in rows}


def store_traits(connection: Connection, insert_new: InsertNew, folds: Mapping[int, Traits], bases: Iterable[Basis]) -> None:
    """Rows for the keys of new folds. `insert_new(table)`: the dialect's insert."""
    for basis in bases:
        rows = [{"basis": basis.number, "lab": basis.lab, "key": key, **stored(value)} for key, value in basis.leaves.items()]
        known = select(basis_keys.c.key).where(basis_keys.c.basis == basis.number).limit(1)
        if rows and connection.execute(known).first() is None:
            connection.execute(insert_new(basis_keys).on_conflict_do_nothing(), rows)
    rows = [{"fold": fold, "key": key, **stored(value)} for fold, traits in folds.items() for key, value in traits.own.items()]
    if rows:
        connection.execute(insert(run_keys), rows)


# --- at the end ---


def store_metrics(connection: Connection, insert_new: InsertNew, run_id: str, metrics: Mapping[str, Metric]) -> None:
    """Rows for the metrics of a Run that has completed. `insert_new(table)`: the dialect's insert."""
    place = connection.execute(select(runs.c.number, runs.c.fold, runs.c.lab).where(runs.c.id == run_id)).one()
    rows = metric_rows(place.number, place.fold, metrics)
    connection.execute(delete(run_metrics).where(run_metrics.c.run == place.number))
    if not rows:
        return
    connection.execute(insert(run_metrics), rows)
    kinds = select(metric_kinds.c.name, metric_kinds.c.unit).where(metric_kinds.c.lab == place.lab)
    known = {(kind.name, kind.unit) for kind in connection.execute(kinds)}
    new = {(row["name"], row["unit"]) for row in rows} - known
    if new:
        rows = [{"name": name, "lab": place.lab, "unit": unit} for name, unit in sorted(new)]
        connection.execute(insert_new(metric_kinds).on_conflict_do_nothing(), rows)


def metric_rows(number: int, fold: int, metrics: Mapping[str, Metric]) -> list[dict[str, Any]]:
    return [
        {
            "run": number,
            "fold": fold,
            "name": name,
            "unit": metric.unit[:64],
            "value": finite(metric.value),
            "low": finite(metric.low),
            "high": finite(metric.high),
            "effective": finite(metric.effective),
        }
        for name, metric in metrics.items()
        if len(name) <= LONGEST_KEY
    ]


def metric(row: Row[Any]) -> Metric:
    """A row of `run_metric` as the metric that it was."""
    from quintant.lab import Metric

    return Metric(row.value, row.unit, row.low, row.high, effective=row.effective)


def finite(value: float | int | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def forget(connection: Connection, run_id: str) -> None:
    """Take a Run that is about to be deleted out of all lists; the next of its fold becomes the lead."""
    row = connection.execute(select(runs.c.number, runs.c.fold, runs.c.family).where(runs.c.id == run_id)).first()
    if row is None:
        return
    connection.execute(delete(run_metrics).where(run_metrics.c.run == row.number))
    connection.execute(delete(run_tags).where(run_tags.c.run == row.number))
    connection.execute(delete(run_annotations).where(run_annotations.c.run_id == run_id))
    if not lead(connection, row.fold, row.family, without=row.number):
        connection.execute(delete(run_keys).where(run_keys.c.fold == row.fold))


PLACE = ("number", "fold", "family", "lead", "head")


def swap(connection: Connection, old_id: str, new_id: str, sweep_id: str | None) -> tuple[int, str] | None:
    """A new Run takes the place of an ended one, which gets its place: number, fold, family. Both are of one config, so that
    the keys of the folds agree. The fold and the state of the ended one; None where it is not in that sweep any more."""
    columns = (*(runs.c[name] for name in PLACE), runs.c.state)
    here = runs.c.sweep_id.is_(None) if sweep_id is None else runs.c.sweep_id == sweep_id
    old = connection.execute(select(*columns).where(runs.c.id == old_id, here, runs.c.ended_at.is_not(None))).first()
    new = connection.execute(select(*columns).where(runs.c.id == new_id)).one()
    if old is None:
        return None
    free = -new.number  # a number is nobody else's, not even for a moment
    connection.execute(update(runs).where(runs.c.id == old_id).values(number=free))
    taken = {name: getattr(old, name) for name in PLACE}
    connection.execute(update(runs).where(runs.c.id == new_id).values(**taken, sweep_id=sweep_id))
    left = {name: getattr(new, name) for name in PLACE}
    connection.execute(update(runs).where(runs.c.id == old_id).values(**left, sweep_id=None))
    connection.execute(update(run_metrics).where(run_metrics.c.run == old.number).values(run=new.number, fold=new.fold))
    connection.execute(update(run_tags).where(run_tags.c.run == old.number).values(run=new.number))
    return old.fold, old.state


def lead(connection: Connection, fold: int, family: int, without: int | None = None) -> bool:
    """Name the lead of a fold and the head of its family anew: the first Run that is not hidden, else the first one.

    `without`: a Run that goes. Returns whether any other is left in the fold.
    """
    left = True
    for flag, member in ((runs.c.head, runs.c.family == family), (runs.c.lead, runs.c.fold == fold)):
        others = [member] if without is None else [member, runs.c.number != without]
        order = (runs.c.hidden_until.is_not(None), runs.c.number)
        first = connection.execute(select(runs.c.number).where(*others).order_by(*order).limit(1)).scalar()
        left = first is not None
        if left:
            connection.execute(update(runs).where(*others, runs.c.number != first, flag == 1).values({flag: 0}))
            connection.execute(update(runs).where(runs.c.number == first, flag == 0).values({flag: 1}))
    return left
