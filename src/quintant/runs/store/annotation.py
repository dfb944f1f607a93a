"""Annotations: names, tags and notes that people give to Runs; Runs that are hidden for a moment before they are deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from quintant.errors import NotFound, Outdated
from quintant.runs.annotation import Annotation, Change, body_of
from quintant.runs.lifecycle import FINAL, State
from quintant.runs.store import feed, index
from quintant.runs.store.models import run_annotations, run_tags, runs, sweeps


def read(connection: Connection, run_id: str) -> Annotation:
    return _current(connection, [run_id])[run_id]


def history(connection: Connection, run_id: str) -> list[Annotation]:
    """Every change, the first one first."""
    _current(connection, [run_id])
    query = select(run_annotations).where(run_annotations.c.run_id == run_id).order_by(run_annotations.c.version)
    return [_read(run_id, row) for row in connection.execute(query)]


def annotate(
    connection: Connection, run_ids: Sequence[str], change: Change, *, by: str, at: float, expected: int | None = None
) -> dict[str, Annotation]:
    """Write to these Runs; Outdated (and nothing written) where one is at another version than `expected`."""
    annotations = _current(connection, run_ids)
    for run_id, now in annotations.items():
        if expected is not None and now.version != expected:
            who = f" by {now.by}" if now.by else ""
            raise Outdated(f"Run {run_id} was annotated meanwhile{who}: it is at version {now.version}, not {expected}.")
    entries = []
    for run_id, now in annotations.items():
        new = change.apply(now)
        if not new.changed:
            continue
        new = replace(new, version=now.version + 1, at=at, by=by)
        annotations[run_id] = new
        row = {"run_id": run_id, "version": new.version, "at": at, "by": by, "body": dict(body_of(new))}
        connection.execute(insert(run_annotations).values(row))
        place = connection.execute(select(runs.c.number, runs.c.sweep_id, runs.c.fold).where(runs.c.id == run_id)).one()
        if "name" in new.changed:
            connection.execute(update(runs).where(runs.c.id == run_id).values(name=new.name))
        if "tags" in new.changed:
            connection.execute(delete(run_tags).where(run_tags.c.run == place.number))
            if new.tags:
                connection.execute(insert(run_tags), [{"run": place.number, "tag": tag} for tag in new.tags])
        key = feed.fold_key(run_id, place.sweep_id, place.fold)
        entries.append((run_id, "annotated", {"key": key, "version": new.version, "by": by, **body_of(new)}))
    feed.tell(connection, at, entries)
    return annotations


def name_sweep(connection: Connection, sweep_id: str, name: str) -> None:
    connection.execute(update(sweeps).where(sweeps.c.id == sweep_id).values(name=name))


def hide(connection: Connection, run_ids: Sequence[str], until: float, at: float) -> list[str]:
    """Take ended Runs out of every list until they are deleted; returns those that were."""
    ended = runs.c.state.in_([str(state) for state in FINAL])
    wanted = select(runs.c.id, runs.c.fold, runs.c.family, runs.c.sweep_id, runs.c.state)
    rows = connection.execute(wanted.where(runs.c.id.in_(run_ids), ended, runs.c.hidden_until.is_(None))).all()
    return _turn(connection, rows, until, "deleted", at)


def show(connection: Connection, run_ids: Sequence[str], at: float) -> list[str]:
    """Bring hidden Runs back; returns those that were."""
    wanted = select(runs.c.id, runs.c.fold, runs.c.family, runs.c.sweep_id, runs.c.state)
    hidden = runs.c.hidden_until.is_not(None)
    rows = connection.execute(wanted.where(runs.c.id.in_(run_ids), hidden, runs.c.hidden_until > at)).all()
    return _turn(connection, rows, None, "restored", at)


def _turn(connection: Connection, rows: Sequence[Any], until: float | None, kind: str, at: float) -> list[str]:
    ids = [row.id for row in rows]
    if ids:
        connection.execute(update(runs).where(runs.c.id.in_(ids)).values(hidden_until=until))
    for fold, family in {(row.fold, row.family) for row in rows}:
        index.lead(connection, fold, family)
    entries = [
        (row.id, kind, {"key": feed.fold_key(row.id, row.sweep_id, row.fold), "state": row.state, "undo_until": until})
        for row in rows
    ]
    feed.tell(connection, at, entries)
    return ids


def members(connection: Connection, key: str, *, hidden: bool = False) -> list[tuple[str, State]]:
    """The Runs below a row: of a sweep's id, a fold's key or a Run's own, in their order. NotFound where there is none."""
    sweep, dot, fold = key.partition(".")
    if dot and fold.isascii() and fold.isdecimal() and len(fold) < 19:
        rules = [runs.c.sweep_id == sweep, runs.c.fold == int(fold)]
    else:
        rules = [(runs.c.sweep_id == key) | (runs.c.id == key)]
    seen = runs.c.hidden_until.is_not(None) if hidden else runs.c.hidden_until.is_(None)
    query = select(runs.c.id, runs.c.state).where(*rules, seen).order_by(runs.c.fold, runs.c.number)
    matches = [(row.id, State(row.state)) for row in connection.execute(query)]
    if not matches:
        raise NotFound("Run, point or sweep", key)
    return matches


def _current(connection: Connection, run_ids: Sequence[str]) -> dict[str, Annotation]:
    """The annotation of each Run as it is now; NotFound for one that is not there."""
    named = {row.id: row.name for row in connection.execute(select(runs.c.id, runs.c.name).where(runs.c.id.in_(run_ids)))}
    for run_id in run_ids:
        if run_id not in named:
            raise NotFound("Run", run_id)
    annotations = {run_id: Annotation(run_id, named[run_id]) for run_id in run_ids}
    rows = select(run_annotations).where(run_annotations.c.run_id.in_(run_ids)).order_by(run_annotations.c.version)
    for row in connection.execute(rows):
        annotations[row.run_id] = replace(_read(row.run_id, row), name=named[row.run_id], changed=())
    return annotations


def _read(run_id: str, row: Any) -> Annotation:
    body: Mapping[str, Any] = row.body
    return Annotation(
        run_id, body["name"], tuple(body["tags"]), body["note"], row.version, row.at, row.by, tuple(body["changed"])
    )
