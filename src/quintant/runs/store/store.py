"""Store: the one place where Runs, Events, Artifacts and Documents live. The row is the truth, a queue only a doorbell.

Every change of state is a compare-and-set along `lifecycle.TRANSITIONS`; what a Worker writes carries its attempt, so
that a Worker which was declared lost can no longer change anything (fencing).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from quintant.errors import Conflict, NotFound
from quintant.runs.artifact import Artifact
from quintant.runs.event import LoggedEvent
from quintant.runs.lifecycle import FINAL, LIVE, TRANSITIONS, State
from quintant.runs.run import Page, Run
from quintant.runs.store import database
from quintant.runs.store.models import artifacts, documents, events, runs, sweeps
from quintant.runs.sweep import Sweep

ANY: Any = object()
"""Means "whatever it is" where None has a meaning of its own."""

SORTS = ("created_at", "started_at", "ended_at", "name", "lab", "state", "headline")

_RUN_COLUMNS = [runs.c[field.name] for field in fields(Run)]

# What is asked many times a second is built once; SQLAlchemy then finds it compiled without looking through it.
_RUN = select(*_RUN_COLUMNS).where(runs.c.id == bindparam("run"))
_WANTED = select(runs.c.want, runs.c.state, runs.c.attempt).where(runs.c.id == bindparam("run"))
_STATE = select(runs.c.state).where(runs.c.id == bindparam("run"))
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
    """A live Run as its keeper sees it: who runs it, where, and until when the lease holds."""

    run: Run
    host: str | None
    pid: int | None
    pid_born: float | None
    lease_until: float | None


@dataclass(frozen=True)
class NewEvent:
    kind: str
    payload: Mapping[str, Any]
    step: int | None = None


class Store:
    """Open with `migrate` once per start; Workers, which are many and short, open without."""

    def __init__(self, url: str, *, migrate: bool = True, now: Callable[[], float] = time.time) -> None:
        self.url = url
        self.now = now
        with database.opened(url):
            self.engine = database.connect(url)
            if migrate:
                database.migrate(self.engine)

    def close(self) -> None:
        self.engine.dispose()

    # --- creating ---

    def create(self, new: Sequence[Run], *, sweep: Sweep | None = None, idempotency_key: str | None = None) -> None:
        """Store queued Runs (and their sweep) with their first events, in one transaction."""
        with database.writing(self.engine) as connection:
            if sweep is not None:
                connection.execute(insert(sweeps).values({**vars(sweep), "axes": dict(sweep.axes)}))
            for run in new:
                row = {field.name: getattr(run, field.name) for field in fields(Run)}
                row["state"] = str(run.state)
                row["idempotency_key"] = idempotency_key
                connection.execute(insert(runs).values(row))
                first = NewEvent(
                    "created",
                    {
                        "lab": run.lab,
                        "config_hash": run.config_hash,
                        "root_seed": run.root_seed,
                        "point": run.point,
                        "replicate": run.replicate,
                    },
                )
                told = [NewEvent("warning", warning) for warning in run.warnings]
                self._append(connection, run.id, run.attempt, [first, *told])
            self._notify(connection)

    def by_idempotency_key(self, owner: str, key: str) -> Run | None:
        return self._one(select(*_RUN_COLUMNS).where(runs.c.owner == owner, runs.c.idempotency_key == key))

    # --- reading ---

    def get(self, run_id: str, owner: str | None = None) -> Run:
        query = _RUN if owner is None else _RUN.where(runs.c.owner == owner)
        run = self._one(query, run=run_id)
        if run is None:
            raise NotFound("Run", run_id)
        return run

    def state(self, run_id: str) -> State:
        """The state alone: cheap enough to be asked at every ring of the bell."""
        with database.reading(self.engine) as connection:
            state = connection.execute(_STATE, {"run": run_id}).scalar()
        if state is None:
            raise NotFound("Run", run_id)
        return State(state)

    def starting_with(self, prefix: str, owner: str | None = None, limit: int = 4) -> list[Run]:
        query = select(*_RUN_COLUMNS).where(runs.c.id.startswith(prefix, autoescape=True)).limit(limit)
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
        contract: Any = ANY,
        sweep_id: str | None = None,
        owner: str | None = None,
        text: str | None = None,
        sort: str = "-created_at",
        limit: int = 50,
        offset: int = 0,
    ) -> Page[Run]:
        rules = []
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
        column = runs.c[sort.removeprefix("-")]
        order = (
            [column.desc().nulls_last(), runs.c.id.desc()] if sort.startswith("-") else [column.asc().nulls_last(), runs.c.id]
        )
        with database.reading(self.engine) as connection:
            total = connection.execute(select(func.count()).select_from(runs).where(*rules)).scalar_one()
            rows = connection.execute(select(*_RUN_COLUMNS).where(*rules).order_by(*order).limit(limit).offset(offset))
            return Page(tuple(_run(row) for row in rows), total)

    def of_sweep(self, sweep_id: str) -> list[Run]:
        """The Runs of a sweep in their order: point by point, replicate by replicate."""
        query = select(*_RUN_COLUMNS).where(runs.c.sweep_id == sweep_id).order_by(runs.c.created_at, runs.c.id)
        return self._many(query)

    def count_live(self) -> dict[tuple[str, State], int]:
        query = select(runs.c.lab, runs.c.state, func.count()).where(runs.c.state.not_in([str(state) for state in FINAL]))
        with database.reading(self.engine) as connection:
            return {(lab, State(state)): n for lab, state, n in connection.execute(query.group_by(runs.c.lab, runs.c.state))}

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

    # --- changing state ---

    def queued_lanes(self) -> set[str]:
        """The lanes in which Runs are queued."""
        with database.reading(self.engine) as connection:
            return set(connection.execute(_QUEUED_LANES).scalars())

    def queued(
        self, lane: str, limit: int, only: Collection[str] | None = None, labs: Collection[str] | None = None
    ) -> list[str]:
        """Ids of the oldest queued Runs of a lane, those asked for by `only` and of the given labs."""
        query = select(runs.c.id).where(runs.c.state == State.QUEUED.value, runs.c.lane == lane)
        if only is not None:
            query = query.where(runs.c.id.in_(list(only)))
        if labs is not None:
            query = query.where(runs.c.lab.in_(list(labs)))
        with database.reading(self.engine) as connection:
            return list(
                connection.execute(query.order_by(runs.c.created_at, runs.c.replicate, runs.c.id).limit(limit)).scalars()
            )

    def claim(self, run_id: str, worker: str, host: str, lease_s: float) -> Claim | None:
        """Take a queued Run, or None when somebody else was faster: a message delivered twice starts nothing twice."""
        now = self.now()
        with database.writing(self.engine) as connection:
            row = connection.execute(
                update(runs)
                .where(runs.c.id == run_id, runs.c.state == State.QUEUED.value)
                .values(
                    state=State.STARTING.value,
                    worker=worker,
                    host=host,
                    pid=None,
                    pid_born=None,
                    attempt=runs.c.attempt + 1,
                    lease_until=now + lease_s,
                    started_at=func.coalesce(runs.c.started_at, now),
                )
                .returning(runs.c.attempt)
            ).first()
            if row is None:
                return None
            self._append(connection, run_id, row.attempt, [_moved("claim", State.QUEUED, State.STARTING, None, worker=worker)])
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
        **columns: Any,
    ) -> Run:
        """Go along one transition and log it; `columns` are set in the same statement, `artifacts` registered with it, and
        `before` logged ahead of it.

        Raises Conflict when the Run is in another state, Fenced when `attempt` is not the Run's any more.
        """
        transition = TRANSITIONS[verb]
        with database.writing(self.engine) as connection:
            row = connection.execute(select(runs.c.state, runs.c.attempt).where(runs.c.id == run_id).with_for_update()).first()
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
                values |= {"reason": reason, "ended_at": self.now(), "lease_until": None, "pid": None, "pid_born": None}
            if transition.target is State.QUEUED:
                values |= {"worker": None, "pid": None, "pid_born": None, "lease_until": None}
            connection.execute(update(runs).where(runs.c.id == run_id).values(values))
            told = [*self._registered(connection, artifacts), *before, _moved(verb, source, transition.target, reason)]
            self._append(connection, run_id, row.attempt, told)
            self._notify(connection)
        return self.get(run_id)

    def want(self, run_id: str, wish: str) -> Run:
        """Leave a wish (run, pause, cancel) for the Driver; it is taken at the next step boundary."""
        with database.writing(self.engine) as connection:
            changed = connection.execute(
                update(runs).where(runs.c.id == run_id, runs.c.state.not_in([str(s) for s in FINAL])).values(want=wish)
            ).rowcount
            self._notify(connection)
        run = self.get(run_id)
        if not changed:
            raise Conflict(f"Run {run_id} is {run.state}; only a run that has not ended can be asked to {wish}.")
        return run

    def wanted(self, run_id: str, attempt: int) -> str:
        """The wish of the moment; Fenced when the attempt is no longer the Run's or the Run has ended."""
        with database.reading(self.engine) as connection:
            row = connection.execute(_WANTED, {"run": run_id}).first()
        if row is None or row.attempt != attempt or State(row.state) not in LIVE:
            raise Fenced(f"run {run_id}: attempt {attempt} no longer owns it")
        return row.want

    def occupy(self, run_id: str, attempt: int, pid: int, pid_born: float, lease_s: float) -> None:
        """The Worker's process announces itself: from now on its life can be checked."""
        self._own(run_id, attempt, pid=pid, pid_born=pid_born, lease_until=self.now() + lease_s)

    def renew(self, run_id: str, attempt: int, lease_s: float) -> None:
        self._own(run_id, attempt, lease_until=self.now() + lease_s)

    def held(self) -> list[Held]:
        """All live Runs with their keepers."""
        query = select(*_RUN_COLUMNS, runs.c.host, runs.c.pid, runs.c.pid_born, runs.c.lease_until)
        with database.reading(self.engine) as connection:
            rows = connection.execute(query.where(runs.c.state.in_([str(state) for state in LIVE]))).all()
        return [Held(_run(row), row.host, row.pid, row.pid_born, row.lease_until) for row in rows]

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

    # --- artifacts ---

    def artifacts(self, run_id: str) -> list[Artifact]:
        with database.reading(self.engine) as connection:
            rows = connection.execute(select(artifacts).where(artifacts.c.run_id == run_id).order_by(artifacts.c.path))
            return [Artifact(**row._mapping) for row in rows]

    # --- deleting ---

    def delete(self, run_id: str) -> None:
        """Remove a Run that has ended, with its events and artifact rows; its sweep goes with its last Run."""
        with database.writing(self.engine) as connection:
            row = connection.execute(select(runs.c.state, runs.c.sweep_id).where(runs.c.id == run_id).with_for_update()).first()
            if row is None:
                raise NotFound("Run", run_id)
            if State(row.state) not in FINAL:
                raise Conflict(f"Run {run_id} is {row.state}; only a run that has ended can be deleted. Cancel it first.")
            for table in (events, artifacts):
                connection.execute(delete(table).where(table.c.run_id == run_id))
            connection.execute(delete(runs).where(runs.c.id == run_id))
            if (
                row.sweep_id
                and not connection.execute(select(runs.c.id).where(runs.c.sweep_id == row.sweep_id).limit(1)).first()
            ):
                connection.execute(delete(sweeps).where(sweeps.c.id == row.sweep_id))
            self._notify(connection)

    def keep(self, run_id: str) -> None:
        """The Run no longer expires."""
        with database.writing(self.engine) as connection:
            connection.execute(update(runs).where(runs.c.id == run_id).values(expires_at=None))
            self._notify(connection)

    def expired(self, limit: int = 100) -> list[str]:
        """Ids of ended Runs whose time is over."""
        ended = runs.c.state.in_([str(state) for state in FINAL])
        with database.reading(self.engine) as connection:
            query = select(runs.c.id).where(ended, runs.c.expires_at < self.now()).limit(limit)
            return list(connection.execute(query).scalars())

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
            at = self.now()
            first = last - len(new) + 1
            connection.execute(
                insert(events),
                [
                    {
                        "run_id": run_id,
                        "seq": first + i,
                        "at": at,
                        "kind": e.kind,
                        "payload": dict(e.payload),
                        "step": e.step,
                        "attempt": attempt,
                    }
                    for i, e in enumerate(new)
                ],
            )
        return last

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

    def _insert(self, table: Any) -> Any:
        return (postgresql if self.engine.dialect.name == "postgresql" else sqlite).insert(table)

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


def _run(row: Any) -> Run:
    values = {field.name: row._mapping[field.name] for field in fields(Run)}
    return Run(**{**values, "state": State(values["state"]), "warnings": tuple(values["warnings"])})


def _moved(verb: str, source: State, target: State, reason: str | None, **more: Any) -> NewEvent:
    return NewEvent("state", {"from": source.value, "to": target.value, "verb": verb, "reason": reason, **more})


def _at(lab: str, kind: str, key: str) -> tuple[Any, ...]:
    return documents.c.lab == lab, documents.c.kind == kind, documents.c.key == key
