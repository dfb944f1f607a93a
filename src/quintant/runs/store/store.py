"""Store: the one place where Runs, Events, Artifacts and Documents live. The row is the truth, a queue only a doorbell.

Every change of state is a compare-and-set along `lifecycle.TRANSITIONS`; what a Worker writes carries its attempt, so
that a Worker which was declared lost can no longer change anything (fencing).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields, replace
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Select, Table, and_, bindparam, delete, exists, func, insert, literal, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql import ColumnElement

from quintant.errors import Conflict, NotFound
from quintant.lab import Lab, Metric
from quintant.runs import receipt as receipts
from quintant.runs.annotation import UNSET, Annotation, Change
from quintant.runs.artifact import Artifact
from quintant.runs.event import LoggedEvent
from quintant.runs.feed_entry import FeedEntry
from quintant.runs.filter import EVERYTHING, Expression, Vocabulary
from quintant.runs.lifecycle import FINAL, LIVE, TRANSITIONS, State
from quintant.runs.receipt import Receipt, Received
from quintant.runs.rows import Column, Query, RowPage
from quintant.runs.run import Page, Run
from quintant.runs.store import annotation, database, feed, index
from quintant.runs.store.index import NOTHING, Basis
from quintant.runs.store.listing import LabOf, Listing
from quintant.runs.store.models import artifacts, documents, events, metric_kinds, run_metrics, runs, sweeps
from quintant.runs.store.vocabulary import vocabulary
from quintant.runs.store.where import Where
from quintant.runs.sweep import Sweep

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite


class Every(Enum):
    """Of all contracts and of none, where None means of none."""

    ANY = "any"


ANY: Final = Every.ANY
"""Means "whatever it is" where None has a meaning of its own."""

SORTS = ("created_at", "started_at", "ended_at", "name", "lab", "state", "headline")

GROWING = "growing"
"""The kind of the documents that name sweeps to which Runs are added until they are precise; they lie where receipts do."""
MANY = 500
"""So many ids are named in one statement."""

_RUN_COLUMNS = [runs.c[field.name] for field in fields(Run)]

# What is asked many times a second is built once; SQLAlchemy then finds it compiled without looking through it.
_RUN = select(*_RUN_COLUMNS).where(runs.c.id == bindparam("run"))
_WANTED = select(runs.c.want, runs.c.state, runs.c.attempt).where(runs.c.id == bindparam("run"))
_STATE = select(runs.c.state).where(runs.c.id == bindparam("run"))
_SAME = ("lab", "lab_version", "config_hash", "root_seed")
"""What identical Runs have in common, as far as the Store can tell."""
_LENDING = (
    runs.c.state == State.COMPLETED.value, runs.c.contract.is_(None), runs.c.verify_of.is_(None), runs.c.hidden_until.is_(None),
)  # fmt: skip
_TWIN = runs.alias("twin")
_COMPUTING = (
    _TWIN.c.state.in_([State.STARTING.value, State.RUNNING.value]), _TWIN.c.contract.is_(None), _TWIN.c.verify_of.is_(None),
)  # fmt: skip
# Whoever may reuse waits for a Run that is identical to the hash of its config and computes now: two requests, one execution.
# One that is paused is not waited for.
_UNTWINNED = or_(runs.c.fresh, ~exists().where(*(_TWIN.c[name] == runs.c[name] for name in _SAME), *_COMPUTING))
_QUEUED_LANES = select(runs.c.lane).where(runs.c.state == State.QUEUED.value).distinct()


class Fenced(Exception):
    """Another attempt owns the Run, or it has ended: the writer must stop."""


@dataclass(frozen=True)
class Claim:
    """What a Worker needs to run, and to be recognised by: the Run and the attempt that was granted."""

    run: Run
    attempt: int
    worker: str


@dataclass(frozen=True)
class Held:
    """A live Run as its keeper sees it: who runs it, where, and for how long the lease holds (negative: it is over)."""

    run: Run
    host: str | None
    pid: int | None
    birth: str | None
    lease_left_s: float | None


@dataclass(frozen=True)
class NewEvent:
    kind: str
    payload: Mapping[str, Any]
    step: int | None = None


class Store:
    """Open with `migrate` once per start; Workers, which are many and short, open without."""

    def __init__(
        self, url: str, *, migrate: bool = True, now: Callable[[], float] = time.time, runs_folder: Path | None = None
    ) -> None:
        self.url = url
        self.now = now
        with database.opened(url):
            self.engine = database.connect(url)
            if migrate:
                database.migrate(self.engine, runs_folder)

    def close(self) -> None:
        self.engine.dispose()

    def _clock(self) -> Any:
        """By which leases are measured, in seconds: the database's own clock where machines share it, else the time since this
        machine's boot. Nobody's wall clock: one that is set would end the leases of the living."""
        if self.engine.dialect.name == "postgresql":
            return func.extract("epoch", func.clock_timestamp())
        return literal(_since_boot())

    # --- creating ---

    def create(
        self, new: Sequence[Run], *, sweep: Sweep | None = None, receipt: Receipt | None = None, basis: Basis = NOTHING
    ) -> None:
        """Store queued Runs (and their sweep) with their first events, in one transaction. `basis`: what their configs,
        all of one lab, are stored as differing from. Received, and nothing stored, when the `receipt`'s key is there."""
        with database.writing(self.engine) as connection:
            if receipt is not None:
                body = receipt.document(sweep.id if sweep else None, [run.id for run in new])
                row = {"lab": receipts.LAB, "kind": receipts.KIND, "key": receipt.key, "body": body, "at": self.now()}
                added = self._insert(documents).values(row).on_conflict_do_nothing().returning(documents.c.key)
                if connection.execute(added).first() is None:
                    raise Received("A request with this Idempotency-Key was faster.")
            if sweep is not None:
                connection.execute(insert(sweeps).values({**vars(sweep), "axes": dict(sweep.axes)}))
                if sweep.until is not None:
                    self._open(connection, sweep.id)
            self._created(connection, new, basis)
            self._notify(connection)

    def extend(self, sweep: Sweep, new: Sequence[Run], basis: Basis = NOTHING, *, growing: bool | None) -> None:
        """Store more queued Runs of a sweep that is there, and its row as it is with them, in one transaction. Conflict, and
        nothing stored, when the sweep is gone or has one of these places already: somebody else was faster.

        `growing`: more may follow by themselves (`growing`, `settle`); None: Conflict where that is over."""
        with database.writing(self.engine) as connection:
            first = index.numbers(connection, len(new)).start
            folds, families, taken = index.standing(connection, sweep.id)
            if sweep.id not in families:
                raise Conflict(f"Sweep {sweep.id} was deleted meanwhile.")
            here = _at(receipts.LAB, GROWING, sweep.id)
            if growing is None and connection.execute(select(documents.c.key).where(*here)).first() is None:
                raise Conflict(f"Sweep {sweep.id} was stopped meanwhile.")
            placed = index.places(new, first, folds, families)
            if taken & {(place["fold"], run.replicate) for place, run in zip(placed, new, strict=True)}:
                raise Conflict(f"Sweep {sweep.id} was extended by somebody else meanwhile.")
            row = {"seeds": sweep.seeds, "axes": dict(sweep.axes), "request": dict(sweep.request)}
            connection.execute(update(sweeps).where(sweeps.c.id == sweep.id).values(row))
            if growing:
                self._open(connection, sweep.id)
            if new:
                self._born(connection, new, placed, basis)
            for fold in {place["fold"] for place in placed}:
                index.lead(connection, fold, families[sweep.id])  # what stood there may be hidden
            self._notify(connection)

    def growing(self) -> list[str]:
        """The sweeps to which Runs are added until they are precise, the oldest first."""
        query = select(documents.c.key).where(documents.c.lab == receipts.LAB, documents.c.kind == GROWING)
        with database.reading(self.engine) as connection:
            return list(connection.execute(query.order_by(documents.c.at)).scalars())

    def grows(self, sweep_id: str) -> bool:
        return self.document(receipts.LAB, GROWING, sweep_id) is not None

    def go_on(self, sweep_id: str) -> None:
        """Add to this sweep again until it is precise."""
        with database.writing(self.engine) as connection:
            self._open(connection, sweep_id)

    def settle(self, sweep_id: str) -> None:
        """Nothing more is added to this sweep."""
        with database.writing(self.engine) as connection:
            connection.execute(delete(documents).where(*_at(receipts.LAB, GROWING, sweep_id)))
            self._notify(connection)

    def _open(self, connection: Connection, sweep_id: str) -> None:
        row = {"lab": receipts.LAB, "kind": GROWING, "key": sweep_id, "body": {}, "at": self.now()}
        connection.execute(self._insert(documents).values(row).on_conflict_do_nothing())

    def replace(self, pairs: Sequence[tuple[str, Run]], basis: Basis = NOTHING) -> None:
        """Store new Runs in the places of others (their ids first) that have ended: in a sweep, in its order, in lists. Those
        others stay as Runs that stand alone. One transaction; Conflict, and nothing stored, when one is not there any more."""
        with database.writing(self.engine) as connection:
            self._created(connection, [replace(new, sweep_id=None) for _, new in pairs], basis, tell=False)
            entries: list[tuple[str, str, Mapping[str, Any]]] = []
            for old, new in pairs:
                if (place := index.swap(connection, old, new.id, new.sweep_id)) is None:
                    raise Conflict(f"Run {old} was deleted or run again meanwhile.")
                fold, state = place
                entries.append((new.id, "created", _birth(new, fold)))
                entries.append((old, "restored", {"key": old, "state": state, "undo_until": None}))
            feed.tell(connection, self.now(), entries)
            self._notify(connection)

    def _created(self, connection: Connection, new: Sequence[Run], basis: Basis, *, tell: bool = True) -> None:
        placed = index.places(new, index.numbers(connection, len(new)).start, {}, {})
        self._born(connection, new, placed, basis, tell=tell)

    def _born(
        self, connection: Connection, new: Sequence[Run], placed: Sequence[dict[str, int]], basis: Basis, *, tell: bool = True
    ) -> None:
        at, facts = self.now(), [_first_facts(run) for run in new]
        connection.execute(
            insert(runs),
            [
                {
                    **{field.name: getattr(run, field.name) for field in fields(Run)},
                    "state": str(run.state),
                    "basis": basis.number,
                    "last_seq": run.last_seq + len(own_facts),
                    **place,
                }
                for run, place, own_facts in zip(new, placed, facts, strict=True)
            ],
        )
        connection.execute(
            insert(events),
            [
                row
                for run, own_facts in zip(new, facts, strict=True)
                for row in _event_rows(run.id, run.attempt, run.last_seq + 1, at, own_facts)
            ],
        )
        leads = {place["fold"]: run for run, place in zip(new, placed, strict=True) if place["lead"]}
        traits = {fold: basis.traits(run.config) for fold, run in leads.items()}
        index.store_traits(connection, self._insert, traits, [basis])
        born = [(run, place) for run, place in zip(new, placed, strict=True) if run.hidden_until is None and tell]
        feed.tell(connection, self.now(), [(run.id, "created", _birth(run, place["fold"])) for run, place in born])

    # --- reading ---

    def get(self, run_id: str, owner: str | None = None) -> Run:
        query = _RUN if owner is None else _RUN.where(runs.c.owner == owner)
        run = self._one(query, run=run_id)
        if run is None:
            raise NotFound("Run", run_id)
        return run

    def state(self, run_id: str) -> State:
        """The state alone: cheap enough to be asked at every notification."""
        with database.reading(self.engine) as connection:
            state = connection.execute(_STATE, {"run": run_id}).scalar()
        if state is None:
            raise NotFound("Run", run_id)
        return State(state)

    def states(self) -> dict[str, State]:
        """The state of every Run."""
        with database.reading(self.engine) as connection:
            return {row.id: State(row.state) for row in connection.execute(select(runs.c.id, runs.c.state))}

    def starting_with(self, prefix: str, owner: str | None = None, limit: int = 4) -> list[Run]:
        begins = (runs.c.id.startswith(prefix, autoescape=True), runs.c.hidden_until.is_(None))
        query = select(*_RUN_COLUMNS).where(*begins).limit(limit)
        if owner is not None:
            query = query.where(runs.c.owner == owner)
        return self._many(query)

    def sweeps_starting_with(self, prefix: str, owner: str | None = None, limit: int = 4) -> list[Sweep]:
        query = select(sweeps).where(sweeps.c.id.startswith(prefix, autoescape=True)).limit(limit)
        if owner is not None:
            query = query.where(sweeps.c.owner == owner)
        with database.reading(self.engine) as connection:
            return [Sweep(**row._mapping) for row in connection.execute(query)]

    def page(
        self,
        *,
        lab: str | None = None,
        states: Collection[State] | None = None,
        contract: str | Every | None = ANY,
        sweep_id: str | None = None,
        owner: str | None = None,
        text: str | None = None,
        sort: str = "-created_at",
        limit: int = 50,
        offset: int = 0,
        before: str | None = None,
        expression: Expression = EVERYTHING,
        vocabulary: Callable[[], Vocabulary] = Vocabulary,
    ) -> Page[Run]:
        """Whole Runs: which they are is found from an index, and only these are read. created_at is the order of creation.

        `before`: only Runs that are older than this one. `expression`: a bound filter, whose `vocabulary` are asked for.
        """
        rules: list[Any] = [runs.c.hidden_until.is_(None)]
        if lab is not None:
            rules.append(runs.c.lab == lab)
        if states is not None:
            rules.append(runs.c.state.in_([str(state) for state in states]))
        if contract is not ANY:
            rules.append(runs.c.contract.is_(None) if contract is None else runs.c.contract == contract)
        if sweep_id is not None:
            rules.append(runs.c.sweep_id == sweep_id)
        if owner is not None:
            rules.append(runs.c.owner == owner)
        if text:
            rules.append(or_(runs.c.name.icontains(text, autoescape=True), runs.c.id.startswith(text, autoescape=True)))
        name = sort.removeprefix("-")
        column = runs.c[name]
        down = sort.startswith("-")
        order: list[Any] = [] if name == "created_at" else [(column.desc() if down else column.asc()).nulls_last()]
        order.append(runs.c.number.desc() if down else runs.c.number)
        with database.reading(self.engine) as connection:
            if expression != EVERYTHING:
                rules.append(Where(connection, vocabulary(), self.now()).condition(expression))
            total = connection.execute(select(func.count()).select_from(runs).where(*rules)).scalar_one()
            if before is not None:
                edge = connection.execute(select(runs.c.number).where(runs.c.id == before)).scalar()
                if edge is None:
                    raise NotFound("Run", before)
                rules.append(runs.c.number < edge)
            chosen = select(runs.c.number).where(*rules).order_by(*order).limit(limit).offset(offset)
            numbers = connection.execute(chosen).scalars().all()
            rows = connection.execute(select(*_RUN_COLUMNS, runs.c.number).where(runs.c.number.in_(numbers)))
            by_number = {row.number: _run(row) for row in rows}
        return Page(tuple(by_number[number] for number in numbers if number in by_number), total)

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection to read from, for what is made of several questions."""
        return database.reading(self.engine)

    def rows(self, query: Query, columns: Sequence[Column], vocabulary: Callable[[], Vocabulary], lab: LabOf) -> RowPage:
        """One page of the table of Runs, read at one moment. `vocabulary`: asked for where names of keys must be understood."""
        with database.reading(self.engine) as connection:
            return Listing(connection, query, vocabulary, lab, self.now()).page(columns)

    def feed_cursor(self) -> int:
        """The place of the newest entry of all Runs."""
        with database.reading(self.engine) as connection:
            return feed.newest(connection)

    def vocabulary(self, labs: Mapping[str, Lab]) -> Vocabulary:
        """What the stored Runs, and those of `labs` to come, can be filtered by."""
        with database.reading(self.engine) as connection:
            return vocabulary(connection, labs)

    def metric_units(self, lab: str) -> dict[str, str]:
        """The metrics that Runs of a lab have had here, with their units."""
        query = select(metric_kinds.c.name, metric_kinds.c.unit).where(metric_kinds.c.lab == lab)
        with database.reading(self.engine) as connection:
            return {row.name: row.unit for row in connection.execute(query)}

    def metric_names(self) -> list[str]:
        """The metrics that Runs of this store have had, by name."""
        with database.reading(self.engine) as connection:
            return sorted(set(connection.execute(select(metric_kinds.c.name)).scalars()))

    def completed(self, lab: str, limit: int) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
        """Config and record of the newest completed Runs of a lab."""
        done = (runs.c.lab == lab, runs.c.state == State.COMPLETED.value, runs.c.hidden_until.is_(None))
        newest = select(runs.c.number).where(*done).order_by(runs.c.number.desc()).limit(limit)
        with database.reading(self.engine) as connection:
            rows = connection.execute(select(runs.c.config, runs.c.record).where(runs.c.number.in_(newest)))
            return [(row.config, row.record) for row in rows]

    def many(self, run_ids: Sequence[str]) -> list[Run]:
        """These Runs, in the order of their creation."""
        matches: list[Run] = []
        for first in range(0, len(run_ids), MANY):
            matches += self._many(
                select(*_RUN_COLUMNS).where(runs.c.id.in_(run_ids[first : first + MANY])).order_by(runs.c.number)
            )
        return matches

    def metrics(self, run_ids: Sequence[str]) -> dict[str, dict[str, Metric]]:
        """The metrics of these Runs, by id and name, as far as they have values."""
        columns = [run_metrics.c[name] for name in ("name", "value", "unit", "low", "high", "effective")]
        by_run: dict[str, dict[str, Metric]] = {}
        with database.reading(self.engine) as connection:
            for first in range(0, len(run_ids), MANY):
                query = select(runs.c.id, *columns).join_from(runs, run_metrics, run_metrics.c.run == runs.c.number)
                chosen = query.where(runs.c.id.in_(run_ids[first : first + MANY])).order_by(runs.c.number)
                for row in connection.execute(chosen):
                    by_run.setdefault(row.id, {})[row.name] = index.metric(row)
        return by_run

    def identical(self, lab: str, version: str, config_hashes: Collection[str], seeds: range | None = None) -> list[Run]:
        """The completed Runs of these configs (and root seeds) by this version of the lab: those that were executed first, then
        the newest. None of a contract and none that verifies another."""
        rules = [*_LENDING, runs.c.lab == lab, runs.c.lab_version == version]
        if seeds is not None:
            rules += [runs.c.root_seed >= seeds.start, runs.c.root_seed < seeds.stop]
        matches: list[Run] = []
        for some in _several(config_hashes):
            query = select(*_RUN_COLUMNS).where(runs.c.config_hash.in_(some), *rules)
            matches += self._many(query.order_by(runs.c.reused_from.is_not(None), runs.c.number.desc()))
        return matches

    def completed_before(self, run_id: str, lab: str, limit: int) -> list[Run]:
        """The newest completed native Runs of a lab that are older than this one, but none that verifies another."""
        number = select(runs.c.number).where(runs.c.id == run_id).scalar_subquery()
        rules = (*_LENDING, runs.c.lab == lab, runs.c.number < number)
        return self._many(select(*_RUN_COLUMNS).where(*rules).order_by(runs.c.number.desc()).limit(limit))

    def computing(self, run: Run) -> str | None:
        """The Run that computes the same at this moment, if one does."""
        query = select(_TWIN.c.id).where(*(_TWIN.c[name] == getattr(run, name) for name in _SAME), *_COMPUTING)
        with database.reading(self.engine) as connection:
            twin: str | None = connection.execute(query.limit(1)).scalar()
        return twin

    def of_sweep(self, sweep_id: str) -> list[Run]:
        """The Runs of a sweep in their order: point by point, replicate by replicate."""
        shown = (runs.c.sweep_id == sweep_id, runs.c.hidden_until.is_(None))
        query = select(*_RUN_COLUMNS).where(*shown).order_by(runs.c.fold, runs.c.number)  # some may have been added later
        return self._many(query)

    def changed(self, known: Mapping[str, int], sweep_id: str | None = None) -> tuple[set[str], list[Run]]:
        """Of the Runs in `known` (id → last seq that was seen; all of one sweep if it is named): which are still stored, and
        those of them to which something has happened since."""
        which = runs.c.sweep_id == sweep_id if sweep_id is not None else runs.c.id.in_(list(known))
        with database.reading(self.engine) as connection:
            seqs = {row.id: row.last_seq for row in connection.execute(select(runs.c.id, runs.c.last_seq).where(which))}
        moved = [run_id for run_id, seq in seqs.items() if known.get(run_id, seq) != seq]
        changed: list[Run] = []
        for some in _several(moved):
            changed += self._many(select(*_RUN_COLUMNS).where(runs.c.id.in_(some)))
        return set(seqs), changed

    def count_live(self) -> dict[tuple[str, State], int]:
        query = select(runs.c.lab, runs.c.state, func.count()).where(runs.c.state.not_in([str(state) for state in FINAL]))
        with database.reading(self.engine) as connection:
            return {(lab, State(state)): n for lab, state, n in connection.execute(query.group_by(runs.c.lab, runs.c.state))}

    def has_lab(self, lab: str) -> bool:
        """Whether a Run of this lab is stored."""
        with database.reading(self.engine) as connection:
            return connection.execute(select(runs.c.id).where(runs.c.lab == lab).limit(1)).first() is not None

    def count(self) -> int:
        with database.reading(self.engine) as connection:
            return connection.execute(select(func.count()).select_from(runs)).scalar_one()

    def sweep(self, sweep_id: str, owner: str | None = None) -> Sweep:
        rules = [sweeps.c.id == sweep_id] + ([sweeps.c.owner == owner] if owner is not None else [])
        with database.reading(self.engine) as connection:
            row = connection.execute(select(sweeps).where(*rules)).first()
        if row is None:
            raise NotFound("Sweep", sweep_id)
        return Sweep(**row._mapping)

    def sweeps(self, *, lab: str | None = None, owner: str | None = None, limit: int = 50, offset: int = 0) -> Page[Sweep]:
        rules = ([sweeps.c.lab == lab] if lab else []) + ([sweeps.c.owner == owner] if owner is not None else [])
        with database.reading(self.engine) as connection:
            total = connection.execute(select(func.count()).select_from(sweeps).where(*rules)).scalar_one()
            query = select(sweeps).where(*rules).order_by(sweeps.c.created_at.desc(), sweeps.c.id).limit(limit).offset(offset)
            return Page(tuple(Sweep(**row._mapping) for row in connection.execute(query)), total)

    # --- what people write ---

    def annotation(self, run_id: str) -> Annotation:
        with database.reading(self.engine) as connection:
            return annotation.read(connection, run_id)

    def annotations(self, run_id: str) -> list[Annotation]:
        """Every change of a Run's annotation, the first one first."""
        with database.reading(self.engine) as connection:
            return annotation.history(connection, run_id)

    def annotate(
        self, run_ids: Sequence[str], change: Change, *, by: str, expected: int | None = None, sweep_id: str | None = None
    ) -> dict[str, Annotation]:
        """Write a change to these Runs (and the name of their sweep) in one transaction."""
        with database.writing(self.engine) as connection:
            annotations = annotation.annotate(connection, run_ids, change, by=by, at=self.now(), expected=expected)
            if sweep_id is not None and change.name is not UNSET:
                annotation.name_sweep(connection, sweep_id, change.name)
            self._notify(connection)
        return annotations

    def members(self, key: str, *, hidden: bool = False) -> list[tuple[str, State]]:
        """The Runs of a row of a list (a Run, a point, a sweep), with their states; of those that are hidden if `hidden`."""
        with database.reading(self.engine) as connection:
            return annotation.members(connection, key, hidden=hidden)

    def row_key(self, run_id: str) -> str:
        query = select(runs.c.sweep_id, runs.c.fold).where(runs.c.id == run_id)
        with database.reading(self.engine) as connection:
            row = connection.execute(query).first()
        if row is None:
            raise NotFound("Run", run_id)
        return feed.fold_key(run_id, row.sweep_id, row.fold)

    def hide(self, run_ids: Sequence[str], for_s: float) -> tuple[list[str], float]:
        """Hide ended Runs, which `expired` gives up for deletion after so long; which were, and until when."""
        with database.writing(self.engine) as connection:
            now = self.now()
            hidden = annotation.hide(connection, run_ids, now + for_s, now)
            self._notify(connection)
        return hidden, now + for_s

    def show(self, run_ids: Sequence[str]) -> list[str]:
        """Bring back Runs that were hidden and are not deleted yet; which were."""
        with database.writing(self.engine) as connection:
            shown = annotation.show(connection, run_ids, self.now())
            self._notify(connection)
        return shown

    # --- the feed ---

    def feed(self, after: int, limit: int = 1000) -> list[FeedEntry]:
        """What has happened to all Runs after a cursor, in order."""
        with database.reading(self.engine) as connection:
            return feed.after(connection, after, limit)

    def feed_begin(self) -> int:
        """The first cursor that is still kept, 0 when nothing is."""
        with database.reading(self.engine) as connection:
            return feed.oldest(connection)

    def prune_feed(self) -> None:
        with database.writing(self.engine) as connection:
            feed.prune(connection, self.now())

    def advance(self) -> dict[str, Any]:
        """How far the live Runs are: id → fraction, values, last_seq, key."""
        columns = (runs.c.id, runs.c.fraction, runs.c["values"], runs.c.last_seq, runs.c.sweep_id, runs.c.fold)
        query = select(*columns).where(runs.c.state.in_([str(state) for state in LIVE]), runs.c.hidden_until.is_(None))
        with database.reading(self.engine) as connection:
            return {
                row.id: {
                    "fraction": row.fraction,
                    "values": row._mapping["values"],
                    "seq": row.last_seq,
                    "key": feed.fold_key(row.id, row.sweep_id, row.fold),
                }
                for row in connection.execute(query)
            }

    # --- changing state ---

    def queued_lanes(self) -> set[str]:
        """The lanes in which Runs are queued."""
        with database.reading(self.engine) as connection:
            return set(connection.execute(_QUEUED_LANES).scalars())

    def queued(
        self, lane: str, limit: int, only: Collection[str] | None = None, labs: Collection[str] | None = None
    ) -> list[str]:
        """Ids of the oldest queued Runs of a lane, those asked for by `only` and of the given labs."""
        query = select(runs.c.id).where(runs.c.state == State.QUEUED.value, runs.c.lane == lane, _UNTWINNED)
        if only is not None:
            query = query.where(runs.c.id.in_(list(only)))
        if labs is not None:
            query = query.where(runs.c.lab.in_(list(labs)))
        with database.reading(self.engine) as connection:
            return list(
                connection.execute(query.order_by(runs.c.created_at, runs.c.replicate, runs.c.id).limit(limit)).scalars()
            )

    def note(self, run_id: str, event: NewEvent, reason: str) -> None:
        """Tell of a queued Run why it waits: in its log, and in its row until it is claimed. Nothing when it is not queued."""
        with database.writing(self.engine) as connection:
            row = connection.execute(
                update(runs)
                .where(runs.c.id == run_id, runs.c.state == State.QUEUED.value)
                .values(reason=reason)
                .returning(runs.c.attempt, runs.c.sweep_id, runs.c.fold, runs.c.hidden_until)
            ).first()
            if row is None:
                return
            self._append(connection, run_id, row.attempt, [event])
            payload = {"key": feed.fold_key(run_id, row.sweep_id, row.fold), "from": "queued", "to": "queued", "reason": reason}
            if row.hidden_until is None:
                feed.tell(connection, self.now(), [(run_id, "state", payload)])
            self._notify(connection)

    def claim(self, run_id: str, worker: str, host: str, lease_s: float) -> Claim | None:
        """Take a queued Run, or None when somebody else was faster: a message delivered twice starts nothing twice."""
        now = self.now()
        with database.writing(self.engine) as connection:
            row = connection.execute(
                update(runs)
                .where(runs.c.id == run_id, runs.c.state == State.QUEUED.value, _UNTWINNED)
                .values(
                    state=State.STARTING.value,
                    reason=None,
                    worker=worker,
                    host=host,
                    pid=None,
                    birth=None,
                    attempt=runs.c.attempt + 1,
                    lease_until=self._clock() + lease_s,
                    started_at=func.coalesce(runs.c.started_at, now),
                )
                .returning(runs.c.attempt, runs.c.sweep_id, runs.c.fold, runs.c.hidden_until)
            ).first()
            if row is None:
                return None
            self._append(connection, run_id, row.attempt, [_moved("claim", State.QUEUED, State.STARTING, None, worker=worker)])
            payload = {"key": feed.fold_key(run_id, row.sweep_id, row.fold), "from": "queued", "to": "starting", "reason": None}
            if row.hidden_until is None:
                feed.tell(connection, now, [(run_id, "state", payload)])
            self._notify(connection)
        return Claim(self.get(run_id), row.attempt, worker)

    def move(
        self,
        run_id: str,
        verb: str,
        *,
        attempt: int | None = None,
        reason: str | None = None,
        artifacts: Sequence[Artifact] = (),
        before: Sequence[NewEvent] = (),
        noted: Mapping[str, Any] | None = None,
        metrics: Mapping[str, Metric] | None = None,
        within: Callable[[], None] | None = None,
        **columns: Any,
    ) -> Run:
        """Go along one transition and log it; `columns` are set in the same statement, `artifacts` registered with it, and
        `before` logged ahead of it. `metrics`: by which the Run will be found. `within`: called once the transition is certain
        and before others see it; what it raises leaves everything as it was.

        Raises Conflict when the Run is in another state, Fenced when `attempt` is not the Run's any more.
        """
        transition = TRANSITIONS[verb]
        with database.writing(self.engine) as connection:
            where = select(runs.c.state, runs.c.attempt, runs.c.sweep_id, runs.c.fold, runs.c.hidden_until).where(
                runs.c.id == run_id
            )
            row = connection.execute(where.with_for_update()).first()
            if row is None:
                raise NotFound("Run", run_id)
            source = State(row.state)
            if attempt is not None and row.attempt != attempt:
                raise Fenced(f"run {run_id}: attempt {attempt} was superseded by {row.attempt}")
            if source not in transition.sources:
                if attempt is not None:
                    raise Fenced(f"run {run_id} is {source}")
                raise Conflict(f"Run {run_id} is {source}; {verb} needs {' or '.join(sorted(transition.sources))}.")
            values: dict[str, Any] = {"state": transition.target.value, **columns}
            if transition.target.final:
                values |= {"reason": reason, "ended_at": self.now(), "lease_until": None, "pid": None, "birth": None}
            if transition.target is State.QUEUED:
                values |= {"worker": None, "pid": None, "birth": None, "lease_until": None}
            connection.execute(update(runs).where(runs.c.id == run_id).values(values))
            news = [
                *self._registered(connection, artifacts),
                *before,
                _moved(verb, source, transition.target, reason, **(noted or {})),
            ]
            self._append(connection, run_id, row.attempt, news)
            if metrics is not None:
                index.store_metrics(connection, self._insert, run_id, metrics)
            if within is not None:
                within()
            change = {
                "key": feed.fold_key(run_id, row.sweep_id, row.fold),
                "from": source.value,
                "to": transition.target.value,
                "reason": reason,
                **{name: value for name, value in columns.items() if name.startswith("headline")},
            }
            if row.hidden_until is None:
                feed.tell(connection, self.now(), [(run_id, "state", change)])
            self._notify(connection)
        return self.get(run_id)

    def cancel_queued(self, run_ids: Collection[str], reason: str) -> None:
        """Cancel those of the Runs that are queued, many in a statement: `move` by "cancel", as it is without a Worker."""
        transition, source = TRANSITIONS["cancel"], State.QUEUED
        event = _moved("cancel", source, transition.target, reason)
        change = {"from": source.value, "to": transition.target.value, "reason": reason}
        for some in _several(run_ids):
            with database.writing(self.engine) as connection:
                at = self.now()
                ended = {"state": transition.target.value, "reason": reason, "ended_at": at, "last_seq": runs.c.last_seq + 1}
                rows = connection.execute(
                    update(runs)
                    .where(runs.c.id.in_(some), runs.c.state == source.value)
                    .values(**ended, lease_until=None, pid=None, birth=None)
                    .returning(runs.c.id, runs.c.attempt, runs.c.last_seq, runs.c.sweep_id, runs.c.fold, runs.c.hidden_until)
                ).all()
                if rows:
                    facts = [fact for row in rows for fact in _event_rows(row.id, row.attempt, row.last_seq, at, [event])]
                    connection.execute(insert(events), facts)
                shown = [row for row in rows if row.hidden_until is None]
                keys = [(row.id, feed.fold_key(row.id, row.sweep_id, row.fold)) for row in shown]
                feed.tell(connection, at, [(run_id, "state", {"key": key, **change}) for run_id, key in keys])
                self._notify(connection)

    def want(self, run_ids: Collection[str], wish: str, states: Collection[State]) -> set[str]:
        """Leave a wish (run, pause, cancel), which is taken at the next step boundary, for those of the Runs that are in one of
        these states or, to go on, that were asked to pause; which. Nobody takes the wish to cancel back."""
        reached: set[str] = set()
        may: ColumnElement[bool] = runs.c.state.in_([str(state) for state in states])
        if wish == "run":
            may = or_(may, and_(runs.c.want == "pause", runs.c.state.not_in([str(state) for state in FINAL])))
        if wish != "cancel":
            may = and_(may, runs.c.want != "cancel")
        for some in _several(run_ids):
            with database.writing(self.engine) as connection:
                change = update(runs).where(runs.c.id.in_(some), may).values(want=wish).returning(runs.c.id)
                reached.update(connection.execute(change).scalars())
                self._notify(connection)
        return reached

    def wishes(self, run_ids: Collection[str]) -> dict[str, tuple[State, str]]:
        """State and wish of those of the Runs that are stored."""
        pairs: dict[str, tuple[State, str]] = {}
        with database.reading(self.engine) as connection:
            for some in _several(run_ids):
                rows = connection.execute(select(runs.c.id, runs.c.state, runs.c.want).where(runs.c.id.in_(some)))
                pairs.update((row.id, (State(row.state), row.want)) for row in rows)
        return pairs

    def wanted(self, run_id: str, attempt: int) -> str:
        """The wish of the moment; Fenced when the attempt is no longer the Run's or the Run has ended."""
        with database.reading(self.engine) as connection:
            row = connection.execute(_WANTED, {"run": run_id}).first()
        if row is None or row.attempt != attempt or State(row.state) not in LIVE:
            raise Fenced(f"run {run_id}: attempt {attempt} no longer owns it")
        text: str = row.want
        return text

    def occupy(self, run_id: str, attempt: int, pid: int, birth: str | None, lease_s: float) -> None:
        """The Worker's process announces itself: from now on its life can be checked."""
        self._own(run_id, attempt, pid=pid, birth=birth, lease_until=self._clock() + lease_s)

    def renew(self, run_id: str, attempt: int, lease_s: float) -> None:
        self._own(run_id, attempt, lease_until=self._clock() + lease_s)

    def held(self) -> list[Held]:
        """All live Runs with their keepers."""
        left = (runs.c.lease_until - self._clock()).label("lease_left_s")
        query = select(*_RUN_COLUMNS, runs.c.host, runs.c.pid, runs.c.birth, left)
        with database.reading(self.engine) as connection:
            rows = connection.execute(query.where(runs.c.state.in_([str(state) for state in LIVE]))).all()
        return [Held(_run(row), row.host, row.pid, row.birth, row.lease_left_s) for row in rows]

    # --- events ---

    def append(self, run_id: str, attempt: int, new: Sequence[NewEvent], **columns: Any) -> int:
        """Append facts as the owner of `attempt`; returns the last seq. `columns` of the row change in the same transaction."""
        with database.writing(self.engine) as connection:
            seq = self._append(connection, run_id, attempt, new, live=True, **columns)
            self._notify(connection)
            return seq

    def events(self, run_id: str, after: int = 0, limit: int = 1000, kinds: Collection[str] | None = None) -> list[LoggedEvent]:
        query = select(events.c.run_id, events.c.seq, events.c.at, events.c.kind, events.c.payload).where(
            events.c.run_id == run_id, events.c.seq > after
        )
        if kinds is not None:
            query = query.where(events.c.kind.in_(list(kinds)))
        with database.reading(self.engine) as connection:
            return [LoggedEvent(*row) for row in connection.execute(query.order_by(events.c.seq).limit(limit))]

    def last_step(self, run_id: str) -> int:
        """The last step of which events were stored, -1 if none: a continued Run does not tell them again."""
        with database.reading(self.engine) as connection:
            last = connection.execute(select(func.max(events.c.step)).where(events.c.run_id == run_id)).scalar()
        return -1 if last is None else last

    def losses(self, run_id: str) -> list[dict[str, Any]]:
        """What was noted of the Workers that this Run lost before, in order (`Loss.noted`)."""
        return [event.payload["lost"] for event in self.events(run_id, 0, 100_000, ["state"]) if "lost" in event.payload]

    # --- artifacts ---

    def artifacts(self, run_id: str) -> list[Artifact]:
        with database.reading(self.engine) as connection:
            rows = connection.execute(select(artifacts).where(artifacts.c.run_id == run_id).order_by(artifacts.c.path))
            return [Artifact(**row._mapping) for row in rows]

    # --- deleting ---

    def delete(self, run_id: str) -> str | None:
        """Remove a Run that has ended, with its events and artifact rows. Its sweep goes with its last Run: the id of one that
        went."""
        gone: str | None = None
        with database.writing(self.engine) as connection:
            where = select(runs.c.state, runs.c.sweep_id, runs.c.fold, runs.c.hidden_until).where(runs.c.id == run_id)
            row = connection.execute(where.with_for_update()).first()
            if row is None:
                raise NotFound("Run", run_id)
            if State(row.state) not in FINAL:
                raise Conflict(f"Run {run_id} is {row.state}; only a run that has ended can be deleted. Cancel it first.")
            index.forget(connection, run_id)
            if row.hidden_until is None:  # of one that was hidden it was told when it was
                key = feed.fold_key(run_id, row.sweep_id, row.fold)
                feed.tell(connection, self.now(), [(run_id, "deleted", {"key": key})])
            for table in (events, artifacts):
                connection.execute(delete(table).where(table.c.run_id == run_id))
            connection.execute(delete(runs).where(runs.c.id == run_id))
            if (
                row.sweep_id
                and not connection.execute(select(runs.c.id).where(runs.c.sweep_id == row.sweep_id).limit(1)).first()
            ):
                connection.execute(delete(sweeps).where(sweeps.c.id == row.sweep_id))
                connection.execute(delete(documents).where(*_at(receipts.LAB, GROWING, row.sweep_id)))
                gone = str(row.sweep_id)
            self._notify(connection)
        return gone

    def keep(self, run_id: str) -> None:
        """The Run no longer expires."""
        with database.writing(self.engine) as connection:
            connection.execute(update(runs).where(runs.c.id == run_id).values(expires_at=None))
            self._notify(connection)

    def expired(self, limit: int = 100) -> list[str]:
        """Ids of ended Runs whose time is over, or that were hidden and not asked for again."""
        ended, now = runs.c.state.in_([str(state) for state in FINAL]), self.now()
        with database.reading(self.engine) as connection:
            expired: dict[str, None] = {}
            for over in (runs.c.expires_at, runs.c.hidden_until):
                expired |= dict.fromkeys(connection.execute(select(runs.c.id).where(ended, over < now).limit(limit)).scalars())
            return list(expired)

    # --- documents ---

    def document(self, lab: str, kind: str, key: str) -> dict[str, Any] | None:
        with database.reading(self.engine) as connection:
            return connection.execute(select(documents.c.body).where(*_at(lab, kind, key))).scalar()

    def documents(self, lab: str, kind: str) -> dict[str, dict[str, Any]]:
        query = select(documents.c.key, documents.c.body).where(documents.c.lab == lab, documents.c.kind == kind)
        with database.reading(self.engine) as connection:
            return dict(connection.execute(query.order_by(documents.c.key)).all())

    def put_document(self, lab: str, kind: str, key: str, body: Mapping[str, Any], *, new: bool) -> None:
        row = {"lab": lab, "kind": kind, "key": key, "body": dict(body), "at": self.now()}
        try:
            with database.writing(self.engine) as connection:
                if new:
                    connection.execute(insert(documents).values(row))
                else:
                    changed = {"body": row["body"], "at": row["at"]}
                    connection.execute(
                        self._insert(documents)
                        .values(row)
                        .on_conflict_do_update(index_elements=["lab", "kind", "key"], set_=changed)
                    )
        except IntegrityError:
            raise Conflict(f"{kind} {key!r} exists already.") from None

    def change_document(
        self, lab: str, kind: str, key: str, change: Callable[[dict[str, Any]], dict[str, Any]]
    ) -> dict[str, Any]:
        """Read, change and write one document in one transaction; `change` may raise to leave it as it was."""
        with database.writing(self.engine) as connection:
            body = connection.execute(select(documents.c.body).where(*_at(lab, kind, key)).with_for_update()).scalar()
            if body is None:
                raise NotFound(kind, key)
            body = change(body)
            connection.execute(update(documents).where(*_at(lab, kind, key)).values(body=body, at=self.now()))
        return body

    def delete_document(self, lab: str, kind: str, key: str) -> None:
        with database.writing(self.engine) as connection:
            if not connection.execute(delete(documents).where(*_at(lab, kind, key))).rowcount:
                raise NotFound(kind, key)

    # --- inside ---

    def _append(
        self,
        connection: Connection,
        run_id: str,
        attempt: int,
        new: Sequence[NewEvent],
        *,
        live: bool = False,
        **columns: Any,
    ) -> int:
        rules = [runs.c.id == run_id, runs.c.attempt == attempt]
        if live:
            rules.append(runs.c.state.in_([str(state) for state in LIVE]))
        last = connection.execute(
            update(runs).where(and_(*rules)).values(last_seq=runs.c.last_seq + len(new), **columns).returning(runs.c.last_seq)
        ).scalar()
        if last is None:
            raise Fenced(f"run {run_id}: attempt {attempt} no longer owns it")
        if new:
            connection.execute(insert(events), _event_rows(run_id, attempt, last - len(new) + 1, self.now(), new))
        number: int = last
        return number

    def _registered(self, connection: Connection, new: Sequence[Artifact]) -> list[NewEvent]:
        """Rows for these files, in the place of older ones of the same paths; returns what is to be told of them."""
        if new:
            row = self._insert(artifacts)
            changed = {name: row.excluded[name] for name in ("size", "sha256", "media_type", "at")}
            rows = [dict(vars(item)) for item in new]
            connection.execute(row.on_conflict_do_update(index_elements=["run_id", "path"], set_=changed), rows)
        return [NewEvent("artifact", {"path": item.path, "size": item.size, "sha256": item.sha256}) for item in new]

    def _own(self, run_id: str, attempt: int, **columns: Any) -> None:
        with database.writing(self.engine) as connection:
            live = runs.c.state.in_([str(state) for state in LIVE])
            changed = connection.execute(
                update(runs).where(runs.c.id == run_id, runs.c.attempt == attempt, live).values(**columns)
            ).rowcount
        if not changed:
            raise Fenced(f"run {run_id}: attempt {attempt} no longer owns it")

    def _insert(self, table: Table) -> postgresql.Insert | sqlite.Insert:
        """INSERT … ON CONFLICT, which each dialect spells for itself; the other one's module is not imported."""
        dialect = "postgresql" if self.engine.dialect.name == "postgresql" else "sqlite"
        insert_new: postgresql.Insert | sqlite.Insert = import_module(f"sqlalchemy.dialects.{dialect}").insert(table)
        return insert_new

    def _notify(self, connection: Connection) -> None:
        if self.engine.dialect.name == "postgresql":
            connection.exec_driver_sql("NOTIFY quintant")

    def _one(self, query: Select[Any], **values: Any) -> Run | None:
        with database.reading(self.engine) as connection:
            row = connection.execute(query, values).first()
        return None if row is None else _run(row)

    def _many(self, query: Select[Any]) -> list[Run]:
        with database.reading(self.engine) as connection:
            return [_run(row) for row in connection.execute(query)]


def _since_boot() -> float:
    """Seconds, the same for all processes of this machine; it goes on while the machine sleeps, where the system tells."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def _several(run_ids: Collection[str]) -> Iterator[list[str]]:
    """As many at a time as one statement names."""
    ids = list(run_ids)
    yield from (ids[first : first + MANY] for first in range(0, len(ids), MANY))


def _run(row: Any) -> Run:
    values = {field.name: row._mapping[field.name] for field in fields(Run)}
    return Run(
        **{
            **values,
            "state": State(values["state"]),
            "warnings": tuple(values["warnings"]),
            "outside": tuple(values["outside"]),
        }
    )


def _first_facts(run: Run) -> list[NewEvent]:
    created = {
        "lab": run.lab,
        "config_hash": run.config_hash,
        "root_seed": run.root_seed,
        "point": run.point,
        "replicate": run.replicate,
    }
    return [NewEvent("created", created), *(NewEvent("warning", warning) for warning in run.warnings)]


def _event_rows(run_id: str, attempt: int, first: int, at: float, new: Sequence[NewEvent]) -> list[dict[str, Any]]:
    return [
        {
            "run_id": run_id,
            "seq": first + i,
            "at": at,
            "kind": event.kind,
            "payload": dict(event.payload),
            "step": event.step,
            "attempt": attempt,
        }
        for i, event in enumerate(new)
    ]


def _birth(run: Run, fold: int) -> dict[str, Any]:
    key = feed.fold_key(run.id, run.sweep_id, fold)
    return {"key": key, "lab": run.lab, "name": run.name, "sweep_id": run.sweep_id, "state": str(run.state)}


def _moved(verb: str, source: State, target: State, reason: str | None, **more: Any) -> NewEvent:
    return NewEvent("state", {"from": source.value, "to": target.value, "verb": verb, "reason": reason, **more})


def _at(lab: str, kind: str, key: str) -> tuple[Any, ...]:
    return documents.c.lab == lab, documents.c.kind == kind, documents.c.key == key
